"""清理整合 lists as pure decisions: what nobody keeps up, what is silent, what is there twice, and what would mend it.

Sources: 国办发〔2018〕123号 asks for one account per platform and unit, for names that tell whose they are, and that
what cannot be kept up is closed. It gives no number of days: how long is long is asked by who looks (practice in
Guizhou, 2025: three months). 丰都县 (2019): what few people follow is merged first and then closed; it gives no number
of followers, so how few are few is asked, too.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from services.registry.platforms import bare_name, default_subtype, title
from shared.events.outlets import FilingKind, NewMedia, Outlet, OutletState
from shared.events.units import Unit

SHANGHAI = ZoneInfo("Asia/Shanghai")
TELLING = 4
"""Characters a name needs for one that has one more to be taken for the same."""


class Why(StrEnum):
    """The named reason why something is on a list."""

    NO_MAINTAINER = "no_maintainer"
    SILENT = "silent"
    FEW_FOLLOWERS = "few_followers"
    SEVERAL = "several"
    NEAR_NAMES = "near_names"


@dataclass(frozen=True, slots=True)
class Row:
    """One outlet on one list: why, a sentence, and the filing that would mend it (into which other, for a merger)."""

    why: Why
    outlet: Outlet
    sentence: str
    kind: FilingKind
    into: str = ""

    @property
    def form(self) -> str:
        """The address of the filing form."""
        asked = {"kind": self.kind.value, "outlet": self.outlet.id, **({"into": self.into} if self.into else {})}
        return f"/registry/file?{urlencode(asked)}"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known beside the outlets: units, which have an administrator, and by outlet posts and followers."""

    units: Mapping[str, Unit]
    administered: Collection[str]
    posts: Mapping[str, datetime]
    followers: Mapping[str, int]


def lists(outlets: Iterable[Outlet], known: Known, today: date, days: int, fewer: int) -> list[Row]:
    """Every list, in the order of ``Why``, each by unit and name.

    ``days`` without a post are long, fewer followers than ``fewer`` are few. Only outlets that run or are suspended
    count. An account whose latest post, or whose followers, are not known is on no list for it.
    """
    living = [one for one in outlets if one.state in (OutletState.RUNNING, OutletState.SUSPENDED)]
    rows = [*_unkept(living, known), *_silent(living, known.posts, today, days)]
    rows += [*_unheeded(living, known.followers, fewer), *_several(living), *_near(living)]
    order = {why: place for place, why in enumerate(Why)}
    return sorted(rows, key=lambda row: (order[row.why], row.outlet.unit.name, row.outlet.name, row.outlet.id))


def _unkept(outlets: Iterable[Outlet], known: Known) -> Iterator[Row]:
    for outlet in outlets:
        unit = known.units.get(outlet.unit.id)
        missing = [
            *(["没有单位管理员"] if outlet.unit.id not in known.administered else []),
            *(["没有报备值班联系人"] if unit is not None and unit.contacts_reported is False else []),
        ]
        if missing:
            sentence = f"{outlet.unit.name}{'，'.join(missing)}；补齐，或关停整合。"
            yield Row(Why.NO_MAINTAINER, outlet, sentence, _closing(outlet))


def _silent(outlets: Iterable[Outlet], posts: Mapping[str, datetime], today: date, days: int) -> Iterator[Row]:
    for outlet in outlets:
        latest = posts.get(outlet.id)
        if latest is None or outlet.state is not OutletState.RUNNING:
            continue
        day = latest.astimezone(SHANGHAI).date()
        if (silent := (today - day).days) >= days:
            sentence = f"最近一次发布在 {day}，已 {silent} 天没有更新。"
            yield Row(Why.SILENT, outlet, sentence, _closing(outlet))


def _unheeded(outlets: Iterable[Outlet], followers: Mapping[str, int], fewer: int) -> Iterator[Row]:
    for outlet in outlets:
        count = followers.get(outlet.id)
        if count is not None and count < fewer:
            yield Row(Why.FEW_FOLLOWERS, outlet, f"关注人数 {count}，少于 {fewer}；先整合后关停。", FilingKind.MERGE)


def _several(outlets: Iterable[Outlet]) -> Iterator[Row]:
    """Accounts of one unit on one platform (and of one sub-type) beside the main one, or the first that was opened."""
    groups: defaultdict[tuple[str, str, str], list[Outlet]] = defaultdict(list)
    for outlet in outlets:
        if isinstance(outlet.filed, NewMedia):
            filed = outlet.filed
            groups[outlet.unit.id, filed.platform, filed.subtype or default_subtype(filed.platform)].append(outlet)
    for (_, platform, subtype), group in groups.items():
        main, *others = sorted(group, key=lambda one: (not _is_main(one), one.since, one.id))
        for other in others:
            held = f"{other.unit.name}在{title(platform, subtype)}有 {len(group)} 个账号"
            sentence = f"{held}，原则上只开设一个；可并入“{main.name}”。"
            yield Row(Why.SEVERAL, other, sentence, FilingKind.MERGE, into=main.id)


def _near(outlets: Iterable[Outlet]) -> Iterator[Row]:
    """Accounts on one platform whose names are the same but for stop words, or for one character more."""
    groups: defaultdict[tuple[str, str], list[tuple[Outlet, str]]] = defaultdict(list)
    for outlet in outlets:
        if isinstance(outlet.filed, NewMedia):
            name = bare_name(outlet.filed.platform, outlet.name)
            for sign in _signs(name):
                groups[outlet.filed.platform, sign].append((outlet, name))
    near: dict[str, tuple[Outlet, Outlet]] = {}
    for (_, sign), group in groups.items():
        whole = [outlet for outlet, name in group if name == sign]
        everyone = [outlet for outlet, _ in group]
        for some, others in ((everyone, whole), (whole, everyone)):
            for outlet in some:
                other = next((one for one in others if one.unit.id != outlet.unit.id), None)
                if other is not None:
                    near.setdefault(outlet.id, (outlet, other))
    for outlet, other in near.values():
        sentence = f"与{other.unit.name}的“{other.name}”（{other.id}）名称相近，易混淆；名称应体现单位职责。"
        yield Row(Why.NEAR_NAMES, outlet, sentence, FilingKind.CHANGE)


def _signs(name: str) -> set[str]:
    shorter = {name[:at] + name[at + 1 :] for at in range(len(name))} if len(name) > TELLING else set()
    return {name, *shorter}


def _is_main(outlet: Outlet) -> bool:
    return isinstance(outlet.filed, NewMedia) and outlet.filed.main


def _closing(outlet: Outlet) -> FilingKind:
    return FilingKind.CLOSE if isinstance(outlet.filed, NewMedia) else FilingKind.OFFLINE
