"""What the registry's facts are about: outlets and what was filed of them, filings, differences, exemptions."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from shared.events.envelope import Shape
from shared.events.region import Region, RegionPrefix
from shared.events.units import UnitRef


class Column(Shape):
    """栏目 of a website, or a menu item of an account. ``duty`` is the 责任部门; empty values are not known.

    ``column_class`` is a ColumnType of 《政府网站发展指引》附件《网页设计规范》 (工作动态, 政策文件 …).
    """

    name: str
    url: str = ""
    column_class: str = ""
    duty: str = ""


class SharedPlatform(Shape):
    """集约化平台: which one a website moves to, how far it is, since when."""

    name: str
    state: Literal["planned", "migrating", "migrated"]
    since: date | None = None


class Assessment(Shape):
    """安全测评 (等级保护 and the like): when, what, by whom, with what result."""

    on: date
    what: str
    by: str = ""
    result: str = ""


class Website(Shape):
    """What was filed of a government website. ``code`` is the 网站标识码: ten digits, or bm and eight.

    ``url`` is the home page under the main domain; ``domains`` the other domains of the same site, ``redirects`` the
    addresses that lead to it from elsewhere (of a site merged into it, say). ``icp`` and ``police`` are the numbers
    of the ICP and of the 公安机关 record. None and empty mean not stated.
    """

    kind: Literal["website"] = "website"
    code: str
    name: str
    url: str
    site_class: Literal["portal", "department"] = "department"
    domains: tuple[str, ...] = ()
    redirects: tuple[str, ...] = ()
    icp: str = ""
    police: str = ""
    ipv6: bool | None = None
    operator: str = ""
    columns: tuple[Column, ...] = ()
    shared_platform: SharedPlatform | None = None
    assessments: tuple[Assessment, ...] = ()


class NewMedia(Shape):
    """What was filed of a government new-media account.

    ``platform`` and ``subtype`` are codes of the registry's table of platforms; ``account`` is the platform's own id.
    ``source`` says how it is read, as ``<name of the source>:<what it needs>``, for example
    ``json_feed:http://feeds.example/weibo/zzwj``; empty when nothing can read it yet. ``verified_as`` is the 认证主体,
    ``operator`` the 承办单位, ``url`` the canonical address, ``licences`` the permits it needs (新闻信息, 视听), and
    ``menu`` its menu items, which are its columns.
    """

    kind: Literal["new_media"] = "new_media"
    platform: str
    account: str
    name: str
    verified_as: str = ""
    source: str = ""
    subtype: str = ""
    url: str = ""
    main: bool = False
    operator: str = ""
    intro: str = ""
    licences: tuple[str, ...] = ()
    menu: tuple[Column, ...] = ()


Particulars = Annotated[Website | NewMedia, Field(discriminator="kind")]


class OutletState(StrEnum):
    """Life-cycle of an outlet. One that is not in force yet (开设中) has no state."""

    RUNNING = "running"
    SUSPENDED = "suspended"
    MERGED = "merged"
    CLOSED = "closed"


class Outlet(Shape):
    """监管对象 as it is in force. ``revision`` counts what was folded into it: the higher one wins.

    ``until`` is the day a suspension ends, ``into`` the outlet it was merged into.
    """

    id: str
    region: Region
    unit: UnitRef
    state: OutletState
    revision: int
    since: AwareDatetime
    filed: Particulars
    until: date | None = None
    into: str | None = None

    @property
    def name(self) -> str:
        """The filed name."""
        return self.filed.name


class LocalRegion(Shape):
    """A region with a local code (开发区, 管委会) below one of GB/T 2260, which its own path tells.

    In force from ``since`` to the end of the day ``until``; None: until further notice.
    """

    region: Region
    name: str
    since: date
    until: date | None = None
    revision: int

    def in_force(self, on: date) -> bool:
        """Whether it counts on a day."""
        return self.since <= on and (self.until is None or on <= self.until)


class Extranet(Shape):
    """A private network (CIDR) that may be visited for the outlets and offices of ``prefix``, from when to when."""

    id: str
    prefix: RegionPrefix
    network: str
    since: AwareDatetime
    until: AwareDatetime
    revision: int

    def in_force(self, at: AwareDatetime) -> bool:
        """Whether it counts at ``at``."""
        return self.since <= at < self.until


class FilingKind(StrEnum):
    """备案事项. ``close`` (关停) and ``cancel`` (注销) are of accounts, ``offline`` (永久下线) and ``domain`` of sites.

    ``construct`` (移动客户端建设), ``health`` (健康运行报备) and ``incident`` (安全事件) change nothing in force.
    """

    OPEN = "open"
    CHANGE = "change"
    DOMAIN = "domain"
    SUSPEND = "suspend"
    RESUME = "resume"
    MERGE = "merge"
    CLOSE = "close"
    CANCEL = "cancel"
    OFFLINE = "offline"
    CONSTRUCT = "construct"
    HEALTH = "health"
    INCIDENT = "incident"


class Filing(Shape):
    """A filing as others see it. ``late`` = it was submitted after the change it covers had been found unfiled.

    ``asked_on``, ``approved_on`` and ``in_force_on`` are three dates of their own (Asia/Shanghai); ``due_on`` is the
    last day for the step it waits for.
    """

    id: str
    number: str
    kind: FilingKind
    outlet: str
    region: Region
    unit: UnitRef
    title: str
    filed: Particulars
    fields: tuple[str, ...] = ()
    late: bool = False
    state: str = ""
    asked_on: date | None = None
    approved_on: date | None = None
    in_force_on: date | None = None
    due_on: date | None = None
    until: date | None = None
    into: str | None = None


class Sighting(Shape):
    """One time somebody looked and saw it."""

    seen_at: AwareDatetime
    source: str
    evidence: str | None = None


class Difference(Shape):
    """A field that is not what was filed. One per outlet, field and episode."""

    id: str
    field: str
    filed: str
    seen: str
    since: AwareDatetime
    sightings: tuple[Sighting, ...]


class Exemption(Shape):
    """豁免: for ``criterion`` an office excuses ``outlet`` (empty: the whole unit) to the end of the day ``until``.

    ``criterion`` is an id that rulesets share, for example ``V-S4-1``; the reason is public, the evidence a hash.
    ``column`` is the address of the one column that is left out of judging; empty: the whole criterion is. ``office``
    is the name of the office that granted it.
    """

    id: str
    outlet: str = ""
    unit: UnitRef
    criterion: str
    reason: str
    evidence: str | None = None
    since: date
    until: date
    revision: int
    column: str = ""
    office: str = ""
