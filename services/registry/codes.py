"""网站标识码, ICP备案号 and 公安备案号 as pure checks.

A 网站标识码 is ``bm`` and eight digits for the State Council's departments, else a region's six digits (GB/T 2260)
and a serial of four. Its region is that of the unit or one above. 兵团 and others have prefixes that the national
table does not know: that warns and refuses nothing. That a code is used once is its being the outlet's id.
"""

import re
from collections.abc import Iterator
from enum import StrEnum

from services.registry import regions
from services.registry.regions import Known, Level
from services.registry.remarks import Remark, refuse, warn
from shared.events.outlets import Website
from shared.events.region import covers, prefix_of
from shared.events.units import Unit
from shared.web.regions import region_name, short_region_name

CODE = re.compile(r"bm[0-9]{8}|[0-9]{10}")
PROVINCES = {
    "京": "11", "津": "12", "冀": "13", "晋": "14", "蒙": "15", "辽": "21", "吉": "22", "黑": "23", "沪": "31",
    "苏": "32", "浙": "33", "皖": "34", "闽": "35", "赣": "36", "鲁": "37", "豫": "41", "鄂": "42", "湘": "43",
    "粤": "44", "桂": "45", "琼": "46", "渝": "50", "川": "51", "蜀": "51", "贵": "52", "黔": "52", "云": "53",
    "滇": "53", "藏": "54", "陕": "61", "秦": "61", "甘": "62", "陇": "62", "青": "63", "宁": "64", "新": "65",
}  # fmt: skip  # pairs read better side by side
ICP = re.compile(
    rf"(?P<province>[{''.join(PROVINCES)}])ICP[备证](?:[0-9]{{6}}|[0-9]{{8}}|[0-9]{{10}})号(?:-[0-9]{{1,4}})?"
)
POLICE = re.compile(rf"(?P<province>[{''.join(PROVINCES)}])公网安备[0-9]{{11,14}}号")


class Reason(StrEnum):
    """Why there is something to say of a number."""

    BAD_CODE = "bad_code"
    FOREIGN_CODE = "foreign_code"
    UNKNOWN_PREFIX = "unknown_prefix"
    MINISTRY_CODE = "ministry_code"
    BAD_ICP = "bad_icp"
    FOREIGN_ICP = "foreign_icp"
    BAD_POLICE = "bad_police"
    FOREIGN_POLICE = "foreign_police"


def review_code(code: str, unit: Unit) -> Iterator[Remark]:
    """What is to be said of a 网站标识码 for a site of ``unit``."""
    if not CODE.fullmatch(code):
        yield refuse(Reason.BAD_CODE, "code", f"网站标识码应为 10 位数字，或 bm 加 8 位数字，不能是“{code[:40]}”。")
    elif code.startswith("bm"):
        if regions.level(unit.region) is not Level.COUNTRY:
            sentence = f"以 bm 开头的网站标识码属于国务院部门，{unit.name}在{region_name(unit.region)}，请核对。"
            yield warn(Reason.MINISTRY_CODE, "code", sentence)
    else:
        region = regions.of_code(code[:6])
        if regions.known(region) is not Known.YES:
            sentence = f"网站标识码前六位“{code[:6]}”不在国家行政区划代码之内，请核对是否填错。"
            yield warn(Reason.UNKNOWN_PREFIX, "code", sentence)
        elif not covers(prefix_of(region), unit.region):
            sentence = (
                f"网站标识码前六位“{code[:6]}”是{region_name(region)}，"
                f"应为主办单位所在的{region_name(unit.region)}或其上级地区。"
            )
            yield refuse(Reason.FOREIGN_CODE, "code", sentence)


def review_numbers(filed: Website, unit: Unit) -> Iterator[Remark]:
    """What is to be said of the ICP备案号 and the 公安备案号. Neither need be stated."""
    yield from _number(
        filed.icp, ICP, "icp", unit, (Reason.BAD_ICP, Reason.FOREIGN_ICP), ("ICP备案号", "豫ICP备05000001号-1")
    )
    yield from _number(
        filed.police,
        POLICE,
        "police",
        unit,
        (Reason.BAD_POLICE, Reason.FOREIGN_POLICE),
        ("公安备案号", "豫公网安备41010502000001号"),
    )


def _number(
    text: str, form: re.Pattern[str], field: str, unit: Unit, reasons: tuple[Reason, Reason], words: tuple[str, str]
) -> Iterator[Remark]:
    bad, foreign = reasons
    title, example = words
    number = "".join(text.split())
    if not number:
        return
    matched = form.fullmatch(number)
    if not matched:
        yield refuse(bad, field, f"{title}应写成“{example}”的样子，不能是“{text[:40]}”。")
        return
    province = PROVINCES[matched["province"]]
    if regions.level(unit.region) is not Level.COUNTRY and not covers(province, unit.region):
        there, here = short_region_name(province), region_name(unit.region)
        yield warn(foreign, field, f"{title}“{number}”属于{there}，主办单位在{here}，请核对。")
