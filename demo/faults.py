"""What can go wrong in the city, each fault a small function in a table.

A fault is written ``name`` or ``name:argument``. It changes the *view*: how a website or an account looks from
outside while the fault is on. To add one: a function and a line in its table.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from demo.city import Account, Mark, Website

MAX_DELAY_SECONDS = 120.0
MAX_SILENT_DAYS = 3650
MAX_TEXT = 100
ERROR_STATUS = range(400, 600)


@dataclass(frozen=True)
class Active:
    """A fault that is on, and since when."""

    fault: str
    since: datetime


@dataclass(frozen=True)
class WebsiteView:
    """A website as the public meets it. ``listening`` False: the connection is refused."""

    site: Website
    marks: frozenset[Mark] = frozenset(Mark)
    listening: bool = True
    delay_seconds: float = 0.0
    status: int = 200
    blocked: bool = False


@dataclass(frozen=True)
class AccountView:
    """An account as the platform shows it. No post is newer than ``last_post_at`` when that is given."""

    account: Account
    name: str
    verified_as: str
    last_post_at: datetime | None = None
    source_up: bool = True
    banned: bool = False


View = TypeVar("View", WebsiteView, AccountView)


@dataclass(frozen=True)
class Fault(Generic[View]):
    """``change`` takes the view, the argument and since when; it raises ValueError when the argument is no good.

    ``title`` stands on the control desk with ``example``, the argument offered there ("" = it takes none).
    """

    title: str
    example: str
    change: Callable[[View, str, datetime], View]


def lose_mark(view: WebsiteView, argument: str, _since: datetime) -> WebsiteView:
    """One of the footer marks is gone: lose_mark:site_code."""
    return replace(view, marks=view.marks - {Mark(argument)})


def dead(view: WebsiteView, argument: str, _since: datetime) -> WebsiteView:
    """Nothing listens: the name leads to an address that refuses connections."""
    _nothing(argument)
    return replace(view, listening=False)


def slow(view: WebsiteView, argument: str, _since: datetime) -> WebsiteView:
    """Every answer starts this many seconds late: slow:16."""
    seconds = float(argument)
    if not 0 < seconds <= MAX_DELAY_SECONDS:
        raise ValueError(f"a delay lies between 0 and {MAX_DELAY_SECONDS:.0f} seconds")
    return replace(view, delay_seconds=seconds)


def error(view: WebsiteView, argument: str, _since: datetime) -> WebsiteView:
    """Every page answers with this status: error:500."""
    status = int(argument)
    if status not in ERROR_STATUS:
        raise ValueError("an error status lies between 400 and 599")
    return replace(view, status=status)


def block_page(view: WebsiteView, argument: str, _since: datetime) -> WebsiteView:
    """A firewall in front answers with its own page instead of the website's."""
    _nothing(argument)
    return replace(view, blocked=True)


def rename(view: AccountView, argument: str, _since: datetime) -> AccountView:
    """The account shows another name: rename:新名称."""
    return replace(view, name=_something(argument))


def reverify(view: AccountView, argument: str, _since: datetime) -> AccountView:
    """The account is verified for another subject (认证主体): reverify:某某公司."""
    return replace(view, verified_as=_something(argument))


def silent(view: AccountView, argument: str, since: datetime) -> AccountView:
    """The last post is this many days older than the moment the fault was put on: silent:15."""
    days = int(argument)
    if not 0 < days <= MAX_SILENT_DAYS:
        raise ValueError(f"days of silence lie between 1 and {MAX_SILENT_DAYS}")
    return replace(view, last_post_at=since - timedelta(days=days))


def source_down(view: AccountView, argument: str, _since: datetime) -> AccountView:
    """The platform does not hand out this account's feed: that says nothing about the account."""
    _nothing(argument)
    return replace(view, source_up=False)


def banned(view: AccountView, argument: str, _since: datetime) -> AccountView:
    """The platform closed the account."""
    _nothing(argument)
    return replace(view, banned=True)


WEBSITE_FAULTS: dict[str, Fault[WebsiteView]] = {
    "lose_mark": Fault("页脚缺少一项标识", "site_code", lose_mark),
    "dead": Fault("无法访问（连接被拒绝）", "", dead),
    "slow": Fault("响应变慢（秒）", "16", slow),
    "error": Fault("返回错误状态码", "500", error),
    "block_page": Fault("被防护设备的拦截页挡住", "", block_page),
}

ACCOUNT_FAULTS: dict[str, Fault[AccountView]] = {
    "rename": Fault("改名", "演练新名称", rename),
    "reverify": Fault("变更认证主体", "演练文化传媒公司", reverify),
    "silent": Fault("停更（天）", "15", silent),
    "source_down": Fault("平台接口故障", "", source_down),
    "banned": Fault("账号被平台封禁", "", banned),
}


def website_view(site: Website, active: Iterable[Active]) -> WebsiteView:
    """``site`` with these faults on. Raises ValueError for an unknown fault or a wrong argument."""
    return _view(WebsiteView(site), WEBSITE_FAULTS, active)


def account_view(account: Account, active: Iterable[Active]) -> AccountView:
    """``account`` with these faults on. Raises ValueError for an unknown fault or a wrong argument."""
    return _view(AccountView(account, account.name, account.verified_as), ACCOUNT_FAULTS, active)


def check(outlet: Website | Account, active: Active) -> None:
    """Raises ValueError, with a sentence for people, when the fault cannot be put on this outlet."""
    try:
        if isinstance(outlet, Website):
            website_view(outlet, [active])
        else:
            account_view(outlet, [active])
    except ValueError as error:
        raise ValueError(f"{active.fault!r} cannot be put on {outlet.target}: {error}") from error


def _view(view: View, table: dict[str, Fault[View]], active: Iterable[Active]) -> View:
    for one in active:
        name, _, argument = one.fault.partition(":")
        if name not in table:
            raise ValueError(f"there is no such fault; there are {', '.join(table)}")
        view = table[name].change(view, argument, one.since)
    return view


def _nothing(argument: str) -> None:
    if argument:
        raise ValueError("this fault takes no argument")


def _something(argument: str) -> str:
    if not argument.strip() or len(argument) > MAX_TEXT:
        raise ValueError(f"this fault needs a text of at most {MAX_TEXT} characters")
    return argument.strip()
