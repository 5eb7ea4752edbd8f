"""A random city from a seed, of the same shape as ``city.yaml`` but with nothing of it: for held-back tests.

``python -m demo.variants SEED FILE`` writes the script as YAML. The same seed and size always give the same city.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Literal

import yaml

from demo.city import Account, Column, Mark, Office, Person, Plot, RegionName, Scene, Script, Unit, Website
from demo.draws import troubled
from shared.events import region_tokens
from shared.web.regions import names

PROVINCES = {"13": "冀", "21": "辽", "32": "苏", "34": "皖", "36": "赣", "43": "湘", "45": "桂", "52": "黔", "62": "甘"}
CITY = len("3201")
FIRST = "青云柏松兰梅竹枫榆桐溪泉岭洲渡川原安宁和"
SECOND = "山水河湖江海峰林田源桥关台丘浦塘坪塬湾岗"
FIELDS = ("水务", "文化", "体育", "气象", "档案", "园林", "粮食", "交通", "教育", "民政", "市场", "住房")
KINDS = ("服务中心", "事务中心", "管理局", "信息中心")
PLATFORMS = ("weibo", "wechat", "toutiao", "douyin", "kuaishou")
TOPICS = ("办事指南", "出行提示", "天气提醒", "活动预告", "问答选登", "办理进度", "服务时间", "安全常识")
COLUMNS = (  # path, name, type
    ("dt", "动态", "工作动态"),
    ("gg", "公告", "政策文件"),
    ("jd", "解读", "政策解读"),
    ("fw", "服务", "办事服务"),
)
LOSABLE = [mark for mark in Mark if mark is not Mark.ERROR_REPORT]
TOWNS = 2
COUNTIES = 2
UNITS = 3


@dataclass(frozen=True)
class _Place:
    """A region with the code, the name and the letters used in hosts."""

    region: str
    name: str
    letters: str

    @property
    def code(self) -> str:
        return self.region.replace(".", "")[:6]


class _Maker:
    """Draws everything from one generator, and nothing twice."""

    def __init__(self, seed: int) -> None:
        self.draw = Random(seed)
        self.used: set[str] = set()
        self.people: list[Person] = []
        self.province = self.draw.choice(sorted(PROVINCES))

    def fresh(self, make: str, *choices: Sequence[str]) -> str:
        """``make`` with a letter of each of ``choices`` put in, never the same twice."""
        while True:
            text = make.format(*(self.draw.choice(one) for one in choices))
            if text not in self.used:
                self.used.add(text)
                return text

    def letters(self) -> str:
        """A short word for a host or a login."""
        return self.fresh("{}{}{}{}", "bcdfghjklmnp", "aeiou", "bcdfghjklmnp", "aeiou")

    def place(self, region: str, kind: str) -> _Place:
        """A place that exists nowhere."""
        return _Place(region, self.fresh("{}{}", FIRST, SECOND) + kind, self.letters())

    def person(self, name: str, role: Literal["approver", "unit_administrator"], **where: str) -> Person:
        """Somebody with a login and an address."""
        login = self.letters()
        email = f"{login}@{self.letters()}.demo.invalid"
        one = Person(login=login, name=name, role=role, email=email, region=where.get("region"), unit=where.get("unit"))
        self.people.append(one)
        return one


def variant(seed: int, *, units: int = UNITS, faults: int = 0) -> Script:
    """The city of a seed: two towns with two counties each, a website and an account for each of their ``units``.

    So many of its websites, and so many of its accounts, begin with a fault, each with another kind while there are
    kinds left; what that leads to says ``demo.expects``. Raises ValueError when there are not so many without a part
    in the plot.
    """
    make = _Maker(seed)
    make.people.append(_administrator())
    towns = _towns(make.province)
    places: list[_Place] = []
    offices: list[Office] = []
    made: list[tuple[Unit, _Place]] = []
    for code in make.draw.sample(sorted(towns), TOWNS):
        town = make.place(region_tokens(code.ljust(6, "0")), "市")
        counties = [make.place(region_tokens(county), "区") for county in make.draw.sample(towns[code], COUNTIES)]
        places += [town, *counties]
        prefix = town.region[:5]
        offices.append(
            Office(id=town.letters, name=f"{town.name}人民政府办公室", region=town.region, looks_after=prefix)
        )
        make.person(f"{town.name}审批", "approver", region=prefix)
        made += [_unit(make, make.draw.choice((town, *counties))) for _ in range(units)]
    portal = make.draw.randrange(len(made))
    websites = tuple(_website(make, *one, portal=number == portal) for number, one in enumerate(made))
    accounts = tuple(_account(make, unit, place) for unit, place in made)
    plot = _plot(make, websites, accounts)
    return Script(
        name=f"随机城市 {seed}（演练）",
        regions=tuple(RegionName(code=place.region, name=place.name) for place in places),
        offices=tuple(offices),
        units=tuple(unit for unit, _ in made),
        people=tuple(make.people),
        websites=troubled(make.draw, websites, plot, faults),
        accounts=troubled(make.draw, accounts, plot, faults),
        plot=plot,
    )


def write(script: Script, file: Path) -> None:
    """``script`` as YAML that ``demo.city.load`` reads."""
    content = json.loads(script.model_dump_json(exclude_none=True))
    file.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")


def _towns(province: str) -> dict[str, list[str]]:
    """The codes of the cities of a province that have counties enough, with the codes of those."""
    cities = [code for code in names() if code.startswith(province) and len(code) == CITY]
    counties = {city: sorted(code for code in names() if code.startswith(city) and code != city) for city in cities}
    return {city: found for city, found in counties.items() if len(found) >= COUNTIES}


def _administrator() -> Person:
    email = "root@govwatch.demo.invalid"
    return Person(login="root", name="系统管理员", role="administrator", email=email, region="")


def _unit(make: _Maker, place: _Place) -> tuple[Unit, _Place]:
    name = f"{place.name}{make.fresh('{}{}', FIELDS, KINDS)}"
    phone = f"0{make.draw.randint(310, 999)}-0000{make.draw.randint(1000, 9999)}"
    address = f"{place.name}演练路{make.draw.randint(1, 300)}号"
    unit = Unit(id=make.letters(), name=name, region=place.region, address=address, phone=phone)
    make.person(f"{name}管理员", "unit_administrator", unit=unit.id)
    return unit, place


def _website(make: _Maker, unit: Unit, place: _Place, *, portal: bool) -> Website:
    draw = make.draw
    code = make.fresh(place.code + "{}{}{}{}", *["0123456789"] * 4)
    return Website(
        code=code,
        name=f"{unit.name}网（演练）",
        host=f"{unit.id}.{place.letters}.gov.cn.demo",
        unit=unit.id,
        site_class="portal" if portal else draw.choice(("portal", "department")),
        charset=draw.choice(("utf-8", "gbk")),
        icp=f"{PROVINCES[make.province]}ICP备{draw.randint(0, 99999):08}号",
        police=f"{place.code}02{draw.randint(0, 999999):06}",
        columns=tuple(_column(draw, *one) for one in draw.sample(COLUMNS, draw.randint(2, 3))),
    )


def _column(draw: Random, path: str, name: str, kind: str) -> Column:
    titles = tuple(f"{draw.choice(FIELDS)}{topic}" for topic in draw.sample(TOPICS, 4))
    return Column(path=path, name=name, type=kind, every_days=draw.randint(1, 12), titles=titles)


def _account(make: _Maker, unit: Unit, place: _Place) -> Account:
    name = make.fresh(place.name + "{}{}", FIELDS, ("发布", "之声", "在线", "服务"))
    posts = tuple(make.draw.sample(TOPICS, 4))
    return Account(
        platform=make.draw.choice(PLATFORMS),
        account=make.letters(),
        name=name,
        verified_as=unit.name,
        unit=unit.id,
        intro=f"{unit.name}的账号",
        every_hours=make.draw.randint(6, 72),
        posts=posts,
    )


def _plot(make: _Maker, websites: tuple[Website, ...], accounts: tuple[Account, ...]) -> Plot:
    loser = make.draw.choice([one.target for one in websites if one.site_class == "portal"])
    dead, healthy = make.draw.sample([one.target for one in websites if one.target != loser], 2)
    renamed, reverified, announced = make.draw.sample(accounts, 3)
    new_name, other_name = (make.fresh("{}{}" + ending, FIRST, SECOND) for ending in ("速递", "快报"))
    return Plot(
        filed_on_page=loser,
        filed_by_api=(renamed.target, reverified.target),
        renamed=Scene(target=renamed.target, fault=f"rename:{new_name}"),
        reverified=Scene(target=reverified.target, fault=f"reverify:{make.fresh('{}{}传媒公司', FIRST, SECOND)}"),
        announced=Scene(target=announced.target, fault=f"rename:{other_name}"),
        loses_mark=Scene(target=loser, fault=f"lose_mark:{make.draw.choice(LOSABLE).value}"),
        goes_dead=Scene(target=dead, fault="dead"),
        healthy=healthy,
    )


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m demo.variants", description="Write a random practice city.")
    parser.add_argument("seed", type=int)
    parser.add_argument("file", type=Path)
    parser.add_argument("--units", type=int, default=UNITS, help="units of each of the two towns")
    parser.add_argument("--faults", type=int, default=0, help="websites, and accounts, that begin with a fault")
    options = parser.parse_args()
    write(variant(options.seed, units=options.units, faults=options.faults), options.file)


if __name__ == "__main__":
    main()
