"""What is compared of an outlet: for each field what was filed, what is shown, and when two values are the same.

Names are compared without width, case, spaces and punctuation; numbers by their digits; addresses by their host. What
a website calls itself and whom it names as 主办单位 is often worded otherwise than in the filing without anything
having changed: there a difference accuses only after the two had agreed, and is a hint before.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from services.registry.unfiled import Accuses, Against, Grace, alike, normal
from shared.events.probe import Profile
from shared.events.registry import Particulars, UnitRef, Website

LEAST = 4
# What names of websites end in without being others (门户网站 before 网站, the longer before the shorter).
TAILS = ("官方网站", "门户网站", "网站", "首页", "官网")
ICP = re.compile(r"(\d{6,10})(?:号)?(?:-(\d{1,3}))?")


@dataclass(frozen=True, slots=True)
class Terms:
    """What was filed at one time: by which unit, with which other names of that unit."""

    unit: UnitRef
    filed: Particulars
    aliases: tuple[str, ...] = ()

    def values(self, field: str) -> tuple[str, ...]:
        """Every value of ``field`` that is right by this filing, the one to be named first."""
        if field == "organiser":
            return tuple(filter(None, (self.unit.name, *self.aliases, self.filed.operator)))
        if field == "title":
            return (self.filed.name,)
        if field == "url" and isinstance(self.filed, Website):
            return (self.filed.url, *self.filed.domains, *self.filed.redirects)
        value = getattr(self.filed, field, "")
        return (value,) if value else ()


@dataclass(frozen=True, slots=True)
class Watched:
    """A field that is watched; ``name`` is what officials call it."""

    field: str
    name: str
    accuses: Accuses = Accuses.AT_ONCE
    same: Callable[[str, str], bool] = alike

    def shown(self, profile: Profile) -> str | None:
        """What ``profile`` shows of it."""
        value: str | None = getattr(profile, self.field)
        return value


def same_id(one: str, other: str) -> bool:
    """Whether two ids or codes are the same: there a stroke makes another."""
    return _folded(one) == _folded(other)


def same_number(one: str, other: str) -> bool:
    """Whether two numbers of a 公安 record are the same: by their digits."""
    return _digits(one) == _digits(other)


def same_icp(one: str, other: str) -> bool:
    """Whether two ICP numbers are the same; the number of the site behind the stroke counts where both have one."""
    first, second = ICP.search(_folded(one)), ICP.search(_folded(other))
    if first is None or second is None:
        return alike(one, other)
    return first[1] == second[1] and (first[2] is None or second[2] is None or first[2] == second[2])


def same_host(one: str, other: str) -> bool:
    """Whether two addresses are of the same host, with or without www."""
    return _host(one) == _host(other)


def same_site_name(one: str, other: str) -> bool:
    """Whether two names are of the same website: 门户网站 and the like at their end do not count."""
    return _bare(one) == _bare(other)


def holds(one: str, other: str) -> bool:
    """Whether one of two texts holds the other: a footer names more than the unit, a title more than the site."""
    first, second = sorted((_bare(one), _bare(other)), key=len)
    return first == second or (len(first) >= LEAST and first in second)


WEBSITE = (
    Watched("name", "名称", Accuses.ONCE_AGREED, same_site_name),
    Watched("title", "页面标题", Accuses.NEVER, holds),
    Watched("code", "网站标识码", same=same_id),
    Watched("organiser", "主办单位", Accuses.ONCE_AGREED, holds),
    Watched("icp", "ICP备案编号", same=same_icp),
    Watched("police", "公安机关备案号", same=same_number),
    Watched("url", "网站域名", same=same_host),
)
ACCOUNT = (
    Watched("name", "名称"),
    Watched("verified_as", "认证主体"),
    Watched("account", "账号标识", same=same_id),
    Watched("organiser", "主办单位", Accuses.ONCE_AGREED, holds),
    Watched("avatar", "头像", Accuses.NEVER),
    Watched("intro", "简介", Accuses.NEVER),
)
EXISTENCE = {"closure": "运行状态", "alive": "运行状态"}
"""Not fields of a filing, but followed alike: gone while filed as running, running while filed as closed."""
FIELD_NAMES = {watched.field: watched.name for watched in (*WEBSITE, *ACCOUNT)} | EXISTENCE


def watched(filed: Particulars) -> tuple[Watched, ...]:
    """The fields that are watched of an outlet of this kind."""
    return WEBSITE if isinstance(filed, Website) else ACCOUNT


@dataclass(frozen=True, slots=True)
class Counts:
    """What counts for a look: what was in force that day, what filings under way ask for, what was until lately."""

    that_day: Terms
    pending: Sequence[Terms] = ()
    lately: Sequence[Terms] = ()

    def against(self, what: Watched, grace: Grace) -> Against:
        """What a sighting of ``what`` is held against."""
        return Against(
            filed=self.that_day.values(what.field),
            pending=_values(self.pending, what) if grace.pending else (),
            lately=_values(self.lately, what) if grace.lately > timedelta(0) else (),
            accuses=what.accuses,
            same=what.same,
            sightings=grace.sightings,
        )


def _values(terms: Sequence[Terms], what: Watched) -> tuple[str, ...]:
    return tuple(value for one in terms for value in one.values(what.field))


def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, _folded(text)))


def _host(address: str) -> str:
    folded = _folded(address)
    try:
        host = urlsplit(folded if "://" in folded else f"//{folded}").hostname or folded
    except ValueError:
        return folded
    return host.removeprefix("www.")


def _bare(name: str) -> str:
    plain = normal(name)
    for tail in TAILS:
        shorter = plain.removesuffix(tail)
        if len(shorter) >= LEAST:
            plain = shorter
    return plain
