"""「这是不是官方的？」: what somebody outside asks of the register, and what they are answered. Pure.

Only what an office announces anyway is told: the name, the unit, the platform, the address, the state, since when. That
something is not found proves nothing about it, and the answer says so.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict

from services.registry.platforms import key, parse
from services.registry.search import holding, host_of, marks, named, page_of
from services.registry.unfiled import normal
from shared.events.registry import Outlet, OutletState, Website

MOST = 20
SHORTEST = 2
LONGEST = 500


class Verdict(StrEnum):
    """What the register says of what was asked."""

    OFFICIAL = "official"
    SUSPENDED = "suspended"
    CLOSED = "closed"
    SIMILAR = "similar"
    UNKNOWN = "unknown"


SENTENCES: Mapping[Verdict, str] = {
    Verdict.OFFICIAL: "是官方的，正在运行。",
    Verdict.SUSPENDED: "是官方的，目前临时下线。",
    Verdict.CLOSED: "曾是官方的，现已关停或整合；仍以它的名义发布的内容不是官方发布。",
    Verdict.SIMILAR: "台账里没有与此完全相同的，下面是名称、单位或标识中含有它的。",
    Verdict.UNKNOWN: "台账里没有找到。这不能证明它是假的：可能是写法不同，也可能尚未录入。",
}
REPORT = "如怀疑有人假冒政府网站或政务新媒体，请不要在上面填写个人信息，并向当地网信办、公安机关或网站主管单位反映。"


class Entry(BaseModel):
    """One outlet as anybody may see it. ``since`` is when it became ``state``: opened, or closed."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["website", "new_media"]
    name: str
    unit: str
    platform: str
    account: str
    address: str
    state: OutletState
    since: datetime


class Answer(BaseModel):
    """What is answered: the verdict in a word and in a sentence, and at most ``MOST`` entries."""

    model_config = ConfigDict(frozen=True)

    asked: str
    verdict: Verdict
    says: str
    report: str
    entries: tuple[Entry, ...]
    more: bool


def is_address(text: str) -> bool:
    """Whether ``text`` can be an address: a host with a dot in it, and no space."""
    return "." in host_of(text) and not any(char.isspace() for char in text)


def marks_of(text: str) -> tuple[str, ...]:
    """The marks (``search.marks``) one of which an outlet must have to be what ``text`` is exactly.

    The page of an account on a platform we know is found by whose page it is, whatever its address looks like.
    """
    named_so = () if "://" in text else _names(text)
    if not is_address(text):
        return named_so
    page = page_of(text)
    bare = page.partition("?")[0]
    paths = [bare.rsplit("/", depth)[0] for depth in range(bare.count("/") + 1)]
    marked = (*_account_at(text), f"=page:{page}", *(f"=page:{path}" for path in paths), f"=host:{host_of(text)}")
    return tuple(dict.fromkeys([*named_so, *marked]))


def _account_at(text: str) -> tuple[str, ...]:
    found = parse(text)
    return (f"=at:{key(found.platform, found.subtype, found.account)}",) if found else ()


def _names(text: str) -> tuple[str, ...]:
    return named(text), f"=account:{normal(text)}"


def similar(text: str) -> list[dict[str, Any]]:
    """The conditions an outlet must fulfil to be like ``text``: none for an address, or for what is too short."""
    return [] if is_address(text) or "://" in text or len(normal(text)) < SHORTEST else holding(text)


def fitting(text: str, found: Sequence[Outlet]) -> list[Outlet]:
    """Of the outlets that share a mark with ``text`` those that it is.

    An address is an account's own page and no page below it (that of another account, perhaps); of the websites on one
    host it is those with the longest path that begins it.
    """
    names = set(_names(text))
    called = [one for one in found if "://" not in text and names & set(marks(one))]
    if called or not is_address(text):
        return called
    page = page_of(text)
    own = (page, page.partition("?")[0])
    whose = _account_at(text)
    accounts = [
        one
        for one in found
        if not isinstance(one.filed, Website) and (page_of(one.filed.url) in own or f"=at:{one.id}" in whose)
    ]
    begun = {one.id: max((len(path) for path in _paths(one) if _begins(path, page)), default=0) for one in found}
    longest = max(begun.values(), default=0)
    return accounts or [one for one in found if 0 < begun[one.id] == longest]


def _paths(site: Outlet) -> Iterable[str]:
    """The pages a website begins at: its home page, and its other domains and redirects."""
    filed = site.filed
    if isinstance(filed, Website):
        yield _home(filed.url)
        yield from (page_of(one) for one in (*filed.domains, *filed.redirects))


def _home(address: str) -> str:
    """A home page without its file: ``zz.gov.cn/gaj/index.html`` is ``zz.gov.cn/gaj``."""
    path = urlsplit(address).path
    file = path.rpartition("/")[2]
    return page_of(address.partition("?")[0].removesuffix(file) if "." in file else address)


def _begins(path: str, page: str) -> bool:
    return page == path or page.startswith((f"{path}/", f"{path}?"))


def answer(text: str, exact: Sequence[Entry], like: Sequence[Entry] = ()) -> Answer:
    """The answer to ``text``: what is exactly that, else what is like it. A running one outweighs a closed one."""
    entries = exact or like
    verdict = _verdict([entry.state for entry in exact]) if exact else Verdict.SIMILAR if like else Verdict.UNKNOWN
    return Answer(
        asked=text,
        verdict=verdict,
        says=SENTENCES[verdict],
        report=REPORT,
        entries=tuple(entries[:MOST]),
        more=len(entries) > MOST,
    )


def _verdict(states: Sequence[OutletState]) -> Verdict:
    if OutletState.RUNNING in states:
        return Verdict.OFFICIAL
    return Verdict.SUSPENDED if OutletState.SUSPENDED in states else Verdict.CLOSED


def public(outlet: Outlet, changed_at: datetime | None) -> Entry:
    """What anybody may see of an outlet; ``changed_at`` is when the last filing of it came into force."""
    filed, site = outlet.filed, isinstance(outlet.filed, Website)
    running = outlet.state is OutletState.RUNNING
    return Entry(
        kind=filed.kind,
        name=filed.name,
        unit=outlet.unit.name,
        platform="" if isinstance(filed, Website) else filed.platform,
        account="" if isinstance(filed, Website) else filed.account,
        address=filed.url if site or filed.url.startswith(("http://", "https://")) else "",
        state=outlet.state,
        since=outlet.since if running or changed_at is None else changed_at,
    )
