"""What there is to say of something filed, all of it: refusals stop the filing, warnings go to unit and office."""

import re
from collections.abc import Collection, Iterator
from enum import StrEnum

from services.registry import regions
from services.registry.codes import review_code, review_numbers
from services.registry.domains import review_domains
from services.registry.platforms import parse, platforms, subtypes, title
from services.registry.regions import Known
from services.registry.remarks import Remark, Weight, refuse, warn
from shared.events.outlets import NewMedia, Particulars, Website
from shared.events.units import Unit
from shared.web.platforms import platform_names


class Reason(StrEnum):
    """Why there is something to say of a region or an account."""

    UNKNOWN_REGION = "unknown_region"
    STATISTICAL_REGION = "statistical_region"
    UNKNOWN_PLATFORM = "unknown_platform"
    UNKNOWN_SUBTYPE = "unknown_subtype"
    UNUSUAL_ID = "unusual_id"
    OTHER_ADDRESS = "other_address"


def review(
    filed: Particulars,
    unit: Unit,
    portal_domain: str = "",
    *,
    before: Particulars | None = None,
    local: Collection[str] = (),
    practice: str = "",
) -> list[Remark]:
    """What there is to say of ``filed`` for ``unit``, refusals first; nothing when it is fine.

    ``portal_domain`` is the domain of the portal of the unit's government, empty when not known; ``before`` what is in
    force of the outlet; ``local`` the regions with local codes that offices registered; ``practice`` what stands behind
    every name of a practice city (``.demo``).
    """
    found = [*review_region(unit.region, local)]
    if isinstance(filed, Website):
        found += review_code(filed.code, unit)
        found += review_numbers(filed, unit)
        found += review_domains(filed, unit, portal_domain, before if isinstance(before, Website) else None, practice)
    else:
        found += _account(filed)
    return sorted(found, key=lambda remark: remark.weight is Weight.WARN)


def review_region(region: str, local: Collection[str] = ()) -> Iterator[Remark]:
    """What is to be said of a region that something is filed or imported for."""
    match regions.known(region, local):
        case Known.UNKNOWN:
            sentence = f"行政区划“{region}”不在国家代码之内，也没有登记过；开发区等请先在“行政区划”页登记本地代码。"
            yield refuse(Reason.UNKNOWN_REGION, "region", sentence)
        case Known.STATISTICAL:
            sentence = f"行政区划“{region}”是统计上使用的代码（兵团、开发区），不在国家标准之内，请核对。"
            yield warn(Reason.STATISTICAL_REGION, "region", sentence)


def _account(filed: NewMedia) -> Iterator[Remark]:
    known = platforms().get(filed.platform)
    if known is None:
        sentence = f"没有代码为“{filed.platform[:40]}”的平台；不在列的平台请选“其他平台”。"
        yield refuse(Reason.UNKNOWN_PLATFORM, "platform", sentence)
        return
    name = title(filed.platform, filed.subtype)
    if filed.subtype and filed.subtype not in platform_names()[filed.platform].subtypes:
        yield refuse(
            Reason.UNKNOWN_SUBTYPE,
            "subtype",
            f"{name}没有“{subtypes().get(filed.subtype, filed.subtype[:40])}”这种账号。",
        )
    if known.forms and not any(re.fullmatch(form.pattern, filed.account) for form in known.forms):
        sentence = f"“{filed.account[:40]}”不像{name}的账号标识，请核对；不是填账号名称。"
        yield warn(Reason.UNUSUAL_ID, "account", sentence)
    found = parse(filed.url)
    if found and (found.platform, found.account) != (filed.platform, filed.account):
        shown = f"{title(found.platform, found.subtype)}账号“{found.account}”"
        yield warn(
            Reason.OTHER_ADDRESS, "url", f"填写的地址是{shown}的，与账号标识“{filed.account[:40]}”不同，请核对。"
        )
