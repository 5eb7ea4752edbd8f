"""Faults of accounts."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from demo.city import Account
from demo.faults.fault import Fault, days, nothing, something


class Hidden(StrEnum):
    """Why the platform does not show an account's feed."""

    SOURCE_DOWN = "source_down"
    BANNED = "banned"
    PRIVATE = "private"
    LOGIN = "login"


@dataclass(frozen=True)
class AccountView:
    """An account as the platform shows it. No post is newer than ``last_post_at`` when that is given."""

    account: Account
    name: str
    verified_as: str
    last_post_at: datetime | None = None
    hidden: Hidden | None = None
    only_reposts: bool = False
    has_posts: bool = True


def rename(view: AccountView, argument: str, _since: datetime) -> AccountView:
    """The account shows another name: rename:新名称."""
    return replace(view, name=something(argument))


def reverify(view: AccountView, argument: str, _since: datetime) -> AccountView:
    """The account is verified for another subject (认证主体): reverify:某某公司."""
    return replace(view, verified_as=something(argument))


def silent(view: AccountView, argument: str, since: datetime) -> AccountView:
    """The last post is this many days older than the moment the fault was put on: silent:15."""
    return replace(view, last_post_at=since - timedelta(days=days(argument)))


def no_posts(view: AccountView, argument: str, _since: datetime) -> AccountView:
    """The account shows no post at all."""
    nothing(argument)
    return replace(view, has_posts=False)


def only_reposts(view: AccountView, argument: str, _since: datetime) -> AccountView:
    """Whatever the account posts was written by others."""
    nothing(argument)
    return replace(view, only_reposts=True)


def source_down(view: AccountView, argument: str, _since: datetime) -> AccountView:
    """The platform does not hand out this account's feed: that says nothing about the account."""
    nothing(argument)
    return replace(view, hidden=Hidden.SOURCE_DOWN)


def banned(view: AccountView, argument: str, _since: datetime) -> AccountView:
    """The platform closed the account."""
    nothing(argument)
    return replace(view, hidden=Hidden.BANNED)


def private(view: AccountView, argument: str, _since: datetime) -> AccountView:
    """The account lets only its followers see it."""
    nothing(argument)
    return replace(view, hidden=Hidden.PRIVATE)


def login(view: AccountView, argument: str, _since: datetime) -> AccountView:
    """The platform shows a page to sign in on instead of the feed."""
    nothing(argument)
    return replace(view, hidden=Hidden.LOGIN)


ACCOUNT_FAULTS: dict[str, Fault[AccountView]] = {
    "rename": Fault("改名", ("演练新名称",), rename),
    "reverify": Fault("变更认证主体", ("演练文化传媒公司",), reverify),
    "silent": Fault("停更（天）", ("8", "15", "40"), silent),
    "no_posts": Fault("没有任何内容", ("",), no_posts),
    "only_reposts": Fault("只转发不原创", ("",), only_reposts),
    "source_down": Fault("平台接口故障", ("",), source_down),
    "banned": Fault("账号被平台封禁", ("",), banned),
    "private": Fault("账号设为不公开", ("",), private),
    "login": Fault("平台要求登录", ("",), login),
}
