"""The account platform of the city: a JSON Feed 1.1 and a public page for each account.

``/feeds/<platform>/<account>.json``: ``title`` is the name shown, ``authors[0].name`` the 认证主体, ``items`` the
newest posts; a repost says in ``_repost.of`` whose it was. A banned account is not there (404), a private one may not
be seen (403), a platform that hands nothing out answers 503 or with a page to sign in on.
"""

import json
from datetime import datetime
from http import HTTPStatus

from demo.city import PLATFORM_HOST, Account
from demo.content import SHANGHAI, Post, posts
from demo.faults import AccountView
from demo.faults.accounts import Hidden
from demo.pages import TEMPLATES, Answer, plain

FEED = "application/feed+json"
BANNED = "该账号因违反平台规则已被封禁。"
PRIVATE = "该账号仅对关注者可见。"
LOGIN = "登录后才能查看账号内容。"


def feed_url(account: Account, port: int) -> str:
    """Where the feed of an account is read."""
    return f"http://{PLATFORM_HOST}:{port}/feeds/{account.target}.json"


def feed_answer(view: AccountView, port: int, now: datetime) -> Answer:
    """The feed of an account, or why there is none."""
    match view.hidden:
        case Hidden.SOURCE_DOWN:
            return _json(503, {"error": "unavailable", "message": "平台接口暂不可用"})
        case Hidden.BANNED:
            return _json(404, {"error": "account_banned", "message": BANNED})
        case Hidden.PRIVATE:
            return _json(403, {"error": "account_private", "message": PRIVATE})
        case Hidden.LOGIN:
            return plain(200, "登录", LOGIN)
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
    match view.hidden:
        case Hidden.BANNED:
            return plain(404, "账号不可用", BANNED)
        case Hidden.PRIVATE:
            return plain(403, "账号不公开", PRIVATE)
        case Hidden.LOGIN:
            return plain(200, "登录", LOGIN)
    page = TEMPLATES.get_template("account.html").render(
        view=view, posts=[(_text(post), f"{post.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}") for post in posts(view, now)]
    )
    return Answer(200, page.encode())


def _item(home: str, post: Post) -> dict[str, object]:
    url = f"{home}#{post.number}"
    at = post.at.astimezone(SHANGHAI).isoformat(timespec="seconds")
    item: dict[str, object] = {"id": url, "url": url, "content_text": _text(post), "date_published": at}
    return {**item, "_repost": {"of": post.repost_of}} if post.repost_of else item


def _text(post: Post) -> str:
    return f"转发 @{post.repost_of}：{post.text}" if post.repost_of else post.text


def _json(status: int, content: dict[str, object]) -> Answer:
    kind = FEED if status == HTTPStatus.OK else "application/json"
    return Answer(status, json.dumps(content, ensure_ascii=False).encode(), kind)
