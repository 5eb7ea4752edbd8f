"""The account platform of the city: a JSON Feed 1.1 and a public page for each account.

``/feeds/<platform>/<account>.json``: ``title`` is the name shown, ``authors[0].name`` the 认证主体, ``items`` the
newest posts. A banned account is not there (404); a platform that hands nothing out answers 503.
"""

import json
from datetime import datetime
from http import HTTPStatus

from demo.city import PLATFORM_HOST, Account
from demo.content import SHANGHAI, Post, posts
from demo.faults import AccountView
from demo.pages import TEMPLATES, Answer, plain

FEED = "application/feed+json"


def feed_url(account: Account, port: int) -> str:
    """Where the feed of an account is read."""
    return f"http://{PLATFORM_HOST}:{port}/feeds/{account.target}.json"


def feed_answer(view: AccountView, port: int, now: datetime) -> Answer:
    """The feed of an account, or why there is none."""
    if not view.source_up:
        return _json(503, {"error": "unavailable", "message": "平台接口暂不可用"})
    if view.banned:
        return _json(404, {"error": "account_banned", "message": "该账号因违反平台规则已被封禁"})
    home = f"http://{PLATFORM_HOST}:{port}/{view.account.target}"
    feed: dict[str, object] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": view.name,
        "home_page_url": home,
        "feed_url": feed_url(view.account, port),
        "description": view.account.intro,
        "language": "zh-CN",
        "authors": [{"name": view.verified_as}],
        "items": [_item(home, post) for post in posts(view, now)],
    }
    return _json(200, feed)


def account_page(view: AccountView, now: datetime) -> Answer:
    """What people see of an account."""
    if view.banned:
        return plain(404, "账号不可用", "该账号因违反平台规则已被封禁。")
    page = TEMPLATES.get_template("account.html").render(
        view=view, posts=[(post.text, f"{post.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}") for post in posts(view, now)]
    )
    return Answer(200, page.encode())


def _item(home: str, post: Post) -> dict[str, str]:
    url = f"{home}#{post.number}"
    at = post.at.astimezone(SHANGHAI).isoformat(timespec="seconds")
    return {"id": url, "url": url, "content_text": post.text, "date_published": at}


def _json(status: int, content: dict[str, object]) -> Answer:
    kind = FEED if status == HTTPStatus.OK else "application/json"
    return Answer(status, json.dumps(content, ensure_ascii=False).encode(), kind)
