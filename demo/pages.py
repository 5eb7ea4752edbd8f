"""How a website of the city answers one request: status, headers and bytes, from its view and the time."""

import base64
import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from demo.city import Script
from demo.content import shown
from demo.faults import WebsiteView
from demo.faults.websites import MarksBy, Soft404, Wall

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")), autoescape=True, undefined=StrictUndefined
)
HTML = "text/html; charset=utf-8"
SCRIPT_TYPE = "text/javascript; charset=utf-8"
LOGO = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
ATTACHMENT = "演练表格：内容为虚构。\n".encode("gbk")
RENDERING = """fetch(new URL("../data/footer.json", document.currentScript.src)).then(function (answer) {
  return answer.json();
}).then(function (data) {
  document.getElementById("footer-parts").innerHTML = data.parts;
});
"""


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


def moved(status: int, address: str) -> Answer:
    """A redirect."""
    return Answer(status, b"", headers=(("Location", address),))


def site_answer(script: Script, view: WebsiteView, path: str, now: datetime) -> Answer:
    """The page of the website at ``path`` (which starts with a slash), faults included; delays are the server's."""
    if view.wall is not None:
        return _wall(view.site.host, view.wall)
    if view.status != HTTPStatus.OK:
        return plain(view.status, f"错误 {view.status}", "服务器暂时无法处理您的请求。")
    html = _page(script, view, path.lstrip("/").split("/"), now)
    if html is not None:
        return _encoded(view, html)
    return _file(script, view, path) or _missing(view)


def _wall(host: str, wall: Wall) -> Answer:
    if wall is Wall.CHALLENGE:
        return Answer(412, TEMPLATES.get_template("challenge.html").render().encode())
    page = TEMPLATES.get_template("blocked.html").render(host=host)
    return Answer(403, page.encode(), headers=(("Server", "yanlian-waf"),))


def _missing(view: WebsiteView) -> Answer:
    if view.soft_404 is Soft404.REDIRECT:
        return moved(302, "/")
    status = 200 if view.soft_404 is Soft404.TEXT else 404
    return plain(status, "页面不存在", "您访问的页面不存在或已被删除。")


def _file(script: Script, view: WebsiteView, path: str) -> Answer | None:
    """What belongs to pages without being one."""
    match path, view.marks_by:
        case "/images/logo.png", _:
            return Answer(200, LOGO, "image/png")
        case "/files/biaoge.doc", _:
            return Answer(200, ATTACHMENT, "application/msword")
        case "/js/footer.js", MarksBy.SCRIPT:
            written = json.dumps(_render("marks.html", script, view, ""), ensure_ascii=False)
            return Answer(200, f"document.write({written});\n".encode(), SCRIPT_TYPE)
        case "/js/footer.js", MarksBy.RENDERING:
            return Answer(200, RENDERING.encode(), SCRIPT_TYPE)
        case "/data/footer.json", MarksBy.RENDERING:
            parts = {"parts": _render("marks.html", script, view, "")}
            return Answer(200, json.dumps(parts, ensure_ascii=False).encode(), "application/json")
    return None


def _page(script: Script, view: WebsiteView, steps: list[str], now: datetime) -> str | None:
    site = view.site
    match steps:
        case [""] | ["index.html"]:
            columns = [(column, shown(view, column, now)) for column in site.columns]
            return _render("home.html", script, view, "", columns=columns)
        case [path, "" | "index.html"]:
            for column in site.columns:
                if column.path == path:
                    return _render("column.html", script, view, "../", column=column, items=shown(view, column, now))
        case [path, file]:
            for column in site.columns:
                for item in shown(view, column, now):
                    if (column.path, item.file) == (path, file):
                        return _render("article.html", script, view, "../", item=item)
    return None


def _render(template: str, script: Script, view: WebsiteView, up: str, **more: object) -> str:
    site = view.site
    return TEMPLATES.get_template(template).render(
        site=site,
        unit=script.unit(site.unit),
        view=view,
        charset=view.declared or site.charset,
        badge=hashlib.md5(site.code.encode(), usedforsecurity=False).hexdigest().upper(),
        province=site.icp[0],
        up=up,
        **more,
    )


def _encoded(view: WebsiteView, page: str) -> Answer:
    """GBK sites name their charset in the page only, as many do."""
    if view.declared:
        return Answer(200, page.encode("gbk", "xmlcharrefreplace"), f"text/html; charset={view.declared}")
    if view.site.charset == "gbk":
        return Answer(200, page.encode("gbk", "xmlcharrefreplace"), "text/html")
    return Answer(200, page.encode())
