"""The script of a practice city: who lives there, what they run, and what will go wrong.

A script is data (``city.yaml``, or one written by ``demo.variants``). It is read strictly: an unknown key, a number
where a text belongs or a name nobody has is refused with the place it stands at.
"""

import json
from collections import Counter
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

SCRIPT = Path(__file__).with_name("city.yaml")
PLATFORM_HOST = "platform.demo"
CANARY_HOST = "canary.demo"

Region = Annotated[str, StringConstraints(pattern=r"^\d{2}\.\d{2}\.\d{2}\.[0-9A-Za-z]{1,12}$")]
Prefix = Annotated[str, StringConstraints(pattern=r"^(\d{2}(\.\d{2}){0,2}(\.[0-9A-Za-z]{1,12})?)?$")]
Code = Annotated[str, StringConstraints(pattern=r"^(bm\d{8}|\d{10})$")]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{1,40}$")]
Host = Annotated[str, StringConstraints(pattern=r"^([a-z0-9-]{1,63}\.)+gov\.cn\.demo$")]
Email = Annotated[str, StringConstraints(pattern=r"^[a-z0-9.-]+@[a-z0-9.-]+\.demo\.invalid$")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Mark(StrEnum):
    """What the footer of a government website shows (国办发〔2017〕47号, 网页设计规范); the last is the 找错 entry."""

    PARTY_GOVERNMENT = "party_government"
    SITE_CODE = "site_code"
    ICP = "icp"
    POLICE = "police"
    ORGANISER = "organiser"
    CONTACT = "contact"
    ERROR_REPORT = "error_report"


class Strict(BaseModel):
    """A part of the script: no unknown keys, nothing converted, never changed after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class RegionName(Strict):
    """A region and what people call it."""

    code: Region
    name: Text


class Office(Strict):
    """主管单位; ``looks_after`` is the prefix of the regions it supervises."""

    id: Slug
    name: Text
    region: Region
    looks_after: Prefix


class Unit(Strict):
    """主办单位, with the address and telephone its website shows."""

    id: Slug
    name: Text
    region: Region
    address: Text
    phone: Text


class Person(Strict):
    """Somebody who signs in: for a unit, or for a region prefix (the empty one is the whole country)."""

    login: Slug
    name: Text
    role: Literal["administrator", "approver", "inspector", "reviewer", "unit_administrator", "auditor"]
    email: Email
    region: Prefix | None = None
    unit: Slug | None = None

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.region is None) == (self.unit is None):
            raise ValueError(f"{self.login} needs either a region or a unit")
        return self


class Column(Strict):
    """A column of a website: a new item every ``every_days`` days, its titles taken in turn."""

    path: Slug
    name: Text
    type: Text
    every_days: int = Field(ge=1, le=400)
    titles: tuple[Text, ...] = Field(min_length=1)


class Website(Strict):
    """A government website on a host that exists only here; a ``secure`` one speaks TLS."""

    code: Code
    name: Text
    host: Host
    unit: Slug
    site_class: Literal["portal", "department"]
    charset: Literal["utf-8", "gbk"] = "utf-8"
    secure: bool = False
    icp: Text
    police: Annotated[str, StringConstraints(pattern=r"^\d{14}$")]
    columns: tuple[Column, ...] = Field(min_length=1)
    faults: tuple[Text, ...] = ()

    @property
    def target(self) -> str:
        """What its faults are switched by."""
        return self.host


class Account(Strict):
    """A new-media account on the platform of this city: one post every ``every_hours`` hours."""

    platform: Slug
    account: Slug
    name: Text
    verified_as: Text
    unit: Slug
    intro: Text
    every_hours: int = Field(ge=1, le=24 * 400)
    posts: tuple[Text, ...] = Field(min_length=1)
    faults: tuple[Text, ...] = ()

    @property
    def target(self) -> str:
        """What its faults are switched by."""
        return f"{self.platform}/{self.account}"


class Scene(Strict):
    """Something that will happen to one website (by host) or account (by platform/account)."""

    target: Text
    fault: Text

    @property
    def argument(self) -> str:
        """What the fault is about: a new name, a mark."""
        return self.fault.partition(":")[2]


class Plot(Strict):
    """Who plays which part in the loop.

    ``renamed`` is settled by a late filing, ``reverified`` by putting it back, ``announced`` was filed beforehand.
    ``loses_mark`` is a portal: only portals are scored nationally (国办秘函〔2019〕19号). Nothing is wrong with any of
    them from the start.
    """

    filed_on_page: Text
    filed_by_api: tuple[Text, ...] = Field(min_length=2)
    renamed: Scene
    reverified: Scene
    announced: Scene
    loses_mark: Scene
    goes_dead: Scene
    healthy: Text

    @property
    def targets(self) -> frozenset[str]:
        """Everything that has a part."""
        scenes = (self.renamed, self.reverified, self.announced, self.loses_mark, self.goes_dead)
        return frozenset({self.filed_on_page, *self.filed_by_api, self.healthy, *(scene.target for scene in scenes)})


class Script(Strict):
    """A whole city."""

    name: Text
    regions: tuple[RegionName, ...]
    offices: tuple[Office, ...]
    units: tuple[Unit, ...]
    people: tuple[Person, ...]
    websites: tuple[Website, ...]
    accounts: tuple[Account, ...]
    plot: Plot

    @model_validator(mode="after")
    def _everything_fits(self) -> Self:
        _no_twins("region", (one.code for one in self.regions))
        _no_twins("office", (one.id for one in self.offices))
        _no_twins("unit", (one.id for one in self.units))
        _no_twins("login", (one.login for one in self.people))
        _no_twins("target", (one.target for one in self.outlets))
        _no_twins("site code", (one.code for one in self.websites))
        units = {one.id: one for one in self.units}
        regions = [*(one.region for one in self.offices), *(one.region for one in self.units)]
        _known("region", regions, {one.code for one in self.regions})
        served = [one.unit for one in self.outlets]
        _known("unit", [*served, *(one.unit for one in self.people if one.unit)], set(units))
        for site in self.websites:
            if not _lies_in(site.code, units[site.unit].region):
                raise ValueError(f"the code {site.code} of {site.host} is not of the region of its unit")
        _known("target of the plot", self.plot.targets, (one.target for one in self.outlets))
        _known("unit administrator for", served, {one.unit for one in self.people if one.role == "unit_administrator"})
        if troubled := sorted({one.target for one in self.outlets if one.faults} & self.plot.targets):
            raise ValueError(f"{', '.join(troubled)} has a part in the plot and begins with a fault")
        if not any(one.target == self.plot.loses_mark.target and one.site_class == "portal" for one in self.websites):
            raise ValueError(f"{self.plot.loses_mark.target} is no portal, so nobody would score its marks")
        for unit in self.units:
            if not any(one.role == "approver" and covers(one.region, unit.region) for one in self.people):
                raise ValueError(f"nobody approves what {unit.id} files")
        return self

    @property
    def outlets(self) -> tuple[Website | Account, ...]:
        """Every website and account."""
        return (*self.websites, *self.accounts)

    def unit(self, id: str) -> Unit:  # noqa: A002 - the field is called id
        """The unit of that id. Raises KeyError when there is none."""
        return {one.id: one for one in self.units}[id]

    def administrator_of(self, target: str) -> Person:
        """Who files and answers for a website or account: the administrator of its unit."""
        unit = self.outlet(target).unit
        return next(one for one in self.people if one.role == "unit_administrator" and one.unit == unit)

    def approver_for(self, target: str) -> Person:
        """Who decides on what is filed for a website or account: the approver nearest to the region of its unit."""
        region = self.unit(self.outlet(target).unit).region
        fitting = [one for one in self.people if one.role == "approver" and covers(one.region, region)]
        return max(fitting, key=lambda one: len(one.region or ""))

    def outlet(self, target: str) -> Website | Account:
        """The website or account of that name. Raises KeyError when there is none."""
        return {one.target: one for one in self.outlets}[target]


def load(path: Path = SCRIPT) -> Script:
    """The script in a YAML file. Raises ValueError (pydantic's included) with the place that is wrong."""
    return read(path.read_text(encoding="utf-8"))


def read(text: str) -> Script:
    """The script in a YAML text. Raises ValueError (pydantic's included) with the place that is wrong."""
    try:
        return Script.model_validate_json(json.dumps(yaml.safe_load(text)))
    except yaml.YAMLError as error:
        raise ValueError(f"this is not YAML: {error}") from error


def covers(prefix: str | None, region: str) -> bool:
    """Whether a region lies in what a prefix stands for: whole tokens, "" is the whole country."""
    return prefix is not None and (prefix in ("", region) or region.startswith(prefix + "."))


def _no_twins(what: str, names: Iterable[str]) -> None:
    twins = sorted(name for name, times in Counter(names).items() if times > 1)
    if twins:
        raise ValueError(f"two have the same {what}: {', '.join(twins)}")


def _known(what: str, used: Iterable[str], there: Iterable[str | None]) -> None:
    missing = sorted(set(used) - set(there))
    if missing:
        raise ValueError(f"no such {what}: {', '.join(missing)}")


def _lies_in(code: str, region: str) -> bool:
    if code.startswith("bm"):
        return True
    own = region.replace(".", "")[:6]
    return code[:6] in (own, own[:4] + "00", own[:2] + "0000")
