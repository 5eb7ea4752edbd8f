"""How a website of the city answers one request: status, headers and bytes, from its view and the time."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from demo.city import Script, Website
from demo.content import articles
from demo.faults import WebsiteView

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")), autoescape=True, undefined=StrictUndefined
)
HTML = "text/html; charset=utf-8"


@dataclass(frozen=True)
class Answer:
    """An HTTP answer without the protocol."""

    status: int
    body: bytes
    content_type: str = HTML
    headers: tuple[tuple[str, str], ...] = field(default=())


def plain(status: int, title: str, *lines: str) -> Answer:
    """A short page of its own, in UTF-8."""
    return Answer(status, TEMPLATES.get_template("plain.html").render(title=title, lines=lines).encode())


def site_answer(script: Script, view: WebsiteView, path: str, now: datetime) -> Answer:
    """The page of the website at ``path`` (which starts with a slash), faults included; delays are the server's."""
    if view.blocked:
        wall = TEMPLATES.get_template("blocked.html").render(host=view.site.host)
        return Answer(403, wall.encode(), headers=(("Server", "yanlian-waf"),))
    if view.status != HTTPStatus.OK:
        return plain(view.status, f"错误 {view.status}", "服务器暂时无法处理您的请求。")
    html = _page(script, view, path.lstrip("/").split("/"), now)
    if html is None:
        return plain(404, "页面不存在", "您访问的页面不存在或已被删除。")
    return _encoded(view.site, html)


def _page(script: Script, view: WebsiteView, steps: list[str], now: datetime) -> str | None:
    site = view.site
    match steps:
        case [""] | ["index.html"]:
            columns = [(column, articles(column, now)) for column in site.columns]
            return _render("home.html", script, view, "", columns=columns)
        case [path, "" | "index.html"]:
            for column in site.columns:
                if column.path == path:
                    return _render("column.html", script, view, "../", column=column, items=articles(column, now))
        case [path, file]:
            for column in site.columns:
                for item in articles(column, now):
                    if (column.path, item.file) == (path, file):
                        return _render("article.html", script, view, "../", item=item)
    return None


def _render(template: str, script: Script, view: WebsiteView, up: str, **more: object) -> str:
    site = view.site
    return TEMPLATES.get_template(template).render(
        site=site,
        unit=script.unit(site.unit),
        marks=view.marks,
        charset=site.charset,
        badge=hashlib.md5(site.code.encode(), usedforsecurity=False).hexdigest().upper(),
        province=site.icp[0],
        up=up,
        **more,
    )


def _encoded(site: Website, page: str) -> Answer:
    """GBK sites name their charset in the page only, as many do."""
    if site.charset == "gbk":
        return Answer(200, page.encode("gbk", "xmlcharrefreplace"), "text/html")
    return Answer(200, page.encode())
