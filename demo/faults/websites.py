"""Faults of websites."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from demo.city import Account, Mark, Website
from demo.faults.fault import Fault, days, nothing

MAX_DELAY_SECONDS = 120.0
ERROR_STATUS = range(400, 600)


class MarksBy(StrEnum):
    """How the marks in the footer come to be seen, or not."""

    PAGE = "page"
    SCRIPT = "script"
    RENDERING = "rendering"
    COMMENT = "comment"


class Link(StrEnum):
    """What a link on the home page leads to."""

    PAGE = "page"
    IMAGE = "image"
    ATTACHMENT = "attachment"
    EXTERNAL = "external"


class Soft404(StrEnum):
    """How a page that is not there is answered, instead of 404."""

    TEXT = "text"
    REDIRECT = "redirect"


class Tls(StrEnum):
    """What is wrong with the certificate; ``sm_only``: no cipher in common (国密)."""

    SELF_SIGNED = "self_signed"
    EXPIRED = "expired"
    WRONG_NAME = "wrong_name"
    SM_ONLY = "sm_only"


class Wall(StrEnum):
    """What stands in front of the website instead of it."""

    BLOCK_PAGE = "block_page"
    CHALLENGE = "challenge"


@dataclass(frozen=True)
class WebsiteView:
    """A website as the public meets it. ``listening`` False: the connection is refused.

    ``latest`` is column path -> no item is newer; ``backdated_since`` is when the content stopped, while its dates go
    on; ``declared`` is the charset the website claims to use, where that is not the one it uses.
    """

    site: Website
    marks: frozenset[Mark] = frozenset(Mark)
    marks_by: MarksBy = MarksBy.PAGE
    listening: bool = True
    delay_seconds: float = 0.0
    status: int = 200
    wall: Wall | None = None
    tls: Tls | None = None
    declared: str = ""
    latest: Mapping[str, datetime] = field(default_factory=dict)
    blank: frozenset[str] = frozenset()
    dated: bool = True
    backdated_since: datetime | None = None
    dead_links: frozenset[Link] = frozenset()
    soft_404: Soft404 | None = None


def lose_mark(view: WebsiteView, argument: str, _since: datetime) -> WebsiteView:
    """One of the footer marks is gone: lose_mark:site_code."""
    return replace(view, marks=view.marks - {Mark(argument)})


def marks_by(view: WebsiteView, argument: str, _since: datetime) -> WebsiteView:
    """The marks are not on the page as it is sent: marks_by:script, marks_by:rendering, marks_by:comment."""
    return replace(view, marks_by=MarksBy(argument))


def dead(view: WebsiteView, argument: str, _since: datetime) -> WebsiteView:
    """Nothing listens: the name leads to an address that refuses connections."""
    nothing(argument)
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
    nothing(argument)
    return replace(view, wall=Wall.BLOCK_PAGE)


def challenge(view: WebsiteView, argument: str, _since: datetime) -> WebsiteView:
    """A script has to run in a browser before the website shows itself."""
    nothing(argument)
    return replace(view, wall=Wall.CHALLENGE)


def tls(view: WebsiteView, argument: str, _since: datetime) -> WebsiteView:
    """The certificate is no good: tls:expired."""
    if not view.site.secure:
        raise ValueError("this website does not speak TLS")
    return replace(view, tls=Tls(argument))


def wrong_charset(view: WebsiteView, argument: str, _since: datetime) -> WebsiteView:
    """The pages are GBK and say that they are UTF-8."""
    nothing(argument)
    return replace(view, declared="utf-8")


def stale(view: WebsiteView, argument: str, since: datetime) -> WebsiteView:
    """A column has nothing newer than this many days before the fault was put on: stale:30, or stale:200:tzgg."""
    number, _, path = argument.partition(":")
    latest = since - timedelta(days=days(number))
    return replace(view, latest={**view.latest, _column(view.site, path): latest})


def blank(view: WebsiteView, argument: str, _since: datetime) -> WebsiteView:
    """A column has nothing at all: blank, or blank:tzgg."""
    return replace(view, blank=view.blank | {_column(view.site, argument)})


def undated(view: WebsiteView, argument: str, _since: datetime) -> WebsiteView:
    """No item says when it was published."""
    nothing(argument)
    return replace(view, dated=False)


def backdated(view: WebsiteView, argument: str, since: datetime) -> WebsiteView:
    """Nothing is published any more, and each morning the same items bear newer dates."""
    nothing(argument)
    return replace(view, backdated_since=since)


def dead_link(view: WebsiteView, argument: str, _since: datetime) -> WebsiteView:
    """The home page has a link that leads nowhere: dead_link:page, image, attachment or external."""
    return replace(view, dead_links=view.dead_links | {Link(argument)})


def soft_404(view: WebsiteView, argument: str, _since: datetime) -> WebsiteView:
    """A page that is not there is answered with 200 and a text, or with a redirect to the home page."""
    return replace(view, soft_404=Soft404(argument))


def _column(site: Website, path: str) -> str:
    """The path of the column that is meant: the first one, unless another is named."""
    paths = [column.path for column in site.columns]
    if path and path not in paths:
        raise ValueError(f"there is no column {path!r}; there are {', '.join(paths)}")
    return path or paths[0]


def _speaks_tls(outlet: Website | Account) -> bool:
    return isinstance(outlet, Website) and outlet.secure


WEBSITE_FAULTS: dict[str, Fault[WebsiteView]] = {
    "lose_mark": Fault("页脚缺少一项标识", tuple(Mark), lose_mark),
    "marks_by": Fault("页脚标识不在页面源码里", (MarksBy.SCRIPT, MarksBy.RENDERING, MarksBy.COMMENT), marks_by),
    "dead": Fault("无法访问（连接被拒绝）", ("",), dead),
    "slow": Fault("响应变慢（秒）", ("16",), slow),
    "error": Fault("返回错误状态码", ("500", "404"), error),
    "block_page": Fault("被防护设备的拦截页挡住", ("",), block_page),
    "challenge": Fault("被人机验证挡住", ("",), challenge),
    "tls": Fault("证书有问题", tuple(Tls), tls, _speaks_tls),
    "wrong_charset": Fault("页面编码与声明不符", ("",), wrong_charset),
    "stale": Fault("首个栏目停更（天）", ("30", "200"), stale),
    "blank": Fault("首个栏目空白", ("",), blank),
    "undated": Fault("稿件不注明日期", ("",), undated),
    "backdated": Fault("旧稿改成新日期", ("",), backdated),
    "dead_link": Fault("首页链接打不开", tuple(Link), dead_link),
    "soft_404": Fault("页面不存在却不返回404", tuple(Soft404), soft_404),
}

WORDS: Mapping[str, str] = {
    Mark.SITE_CODE: "网站标识码",
    Mark.PARTY_GOVERNMENT: "党政机关网站标识",
    Mark.ICP: "ICP备案编号",
    Mark.POLICE: "公安机关备案标识",
    Mark.ORGANISER: "主办单位",
    Mark.CONTACT: "联系方式",
    Mark.ERROR_REPORT: "找错入口",
    MarksBy.SCRIPT: "由脚本写出",
    MarksBy.RENDERING: "渲染后才出现",
    MarksBy.COMMENT: "写在注释里",
    Link.PAGE: "页面",
    Link.IMAGE: "图片",
    Link.ATTACHMENT: "附件",
    Link.EXTERNAL: "外部链接",
    Soft404.TEXT: "返回正常状态和提示文字",
    Soft404.REDIRECT: "跳回首页",
    Tls.SELF_SIGNED: "自签名",
    Tls.EXPIRED: "已过期",
    Tls.WRONG_NAME: "域名不符",
    Tls.SM_ONLY: "只支持国密",
}
"""Arguments as the control desk calls them."""
