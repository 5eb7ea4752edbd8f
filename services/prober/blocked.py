"""Whether a page can be read, or stands in front of the site: a firewall, a challenge, a sign-in. Pure.

Such a page says nothing about the site, so it must never count against it. The signs are those of the products in use
before Chinese government sites; a long page that merely mentions one of the phrases is not taken for a wall.
"""

import re
from enum import StrEnum

from services.prober.look import Look, Page
from shared.events.probe import Reason

SHORT_TEXT = 600
SHORT_PAGE = 60_000
# A site that answers a plain GET of its home page with these has not failed, it has turned us away.
TURNED_AWAY = {401, 403, 405, 407, 412, 418, 429, 468, 493, 511}
SCRIPT_ONLY = {202, 521}
CHALLENGE = re.compile(
    r"__jsl_clearance|__jsluid|acw_sc__v2|_\$ts\b|\$_ts\b|_cf_chl_opt|cf-browser-verification|challenge-platform"
    r"|/cdn-cgi/challenge|sec_defend|waf_captcha|wzws-waf|yunsuo_session|safeline_challenge|TencentCaptcha",
)
PHRASES = re.compile(
    r"访问(?:过于)?频(?:率|繁)(?:过[高快])?|请求(?:过于)?频繁|访问(?:已)?被(?:拦截|拒绝|禁止|阻断)|请求(?:已)?被(?:拦截|阻断)"
    r"|可能对网站造成(?:安全)?威胁|疑似(?:黑客)?攻击|(?:安全|人机|滑动)验证|请(?:完成|进行)验证|验证您是否是真人"
    r"|安全(?:防护|检测)系统.{0,20}(?:拦截|检测)|创宇盾|安全狗|云锁|WAF|just a moment|access denied|request blocked",
    re.IGNORECASE,
)
# Every alternative ends at the latest at the end of the page, so that no page can make this slow.
MARKUP = re.compile(
    r"<!--(?:(?!-->).)*+(?:-->)?|<(script|style)\b(?:(?!</\1).)*+(?:</\1[^>]*+>?)?|<[^>]*+>?", re.DOTALL | re.IGNORECASE
)
ERROR = 400
HTML_TYPES = ("text/html", "application/xhtml", "text/plain", "application/octet-stream")
SETS_COOKIE = re.compile(r"document\.cookie\s*=")


class Wall(StrEnum):
    """The sign by which a wall was known."""

    HEADER = "header"
    TURNED_AWAY = "turned_away"
    CHALLENGE = "challenge"
    PHRASE = "phrase"


def wall(page: Page) -> Wall | None:
    """By which sign ``page`` is a wall, or None when it is the site itself (or its failure)."""
    if "cf-mitigated" in page.headers:
        return Wall.HEADER
    if page.status in TURNED_AWAY:
        return Wall.TURNED_AWAY
    visible = "" if len(page.text) > SHORT_PAGE else MARKUP.sub(" ", page.text)
    if len(page.text) > SHORT_PAGE or len("".join(visible.split())) > SHORT_TEXT:
        return None
    if _is_challenge(page):
        return Wall.CHALLENGE
    return Wall.PHRASE if PHRASES.search(visible) else None


def unread(look: Look) -> Reason | None:
    """Why nothing can be said of the page that came: there is none, it is a wall, or no HTML. None: it can be read."""
    page = look.page
    if page is None:
        return Reason.NO_PAGE
    if wall(page):
        return Reason.BLOCKED_PAGE
    if page.status >= ERROR or not page.text.strip():
        return Reason.NO_PAGE
    is_html = page.headers.get("content-type", HTML_TYPES[0]).lower().startswith(HTML_TYPES)
    return None if is_html else Reason.UNREADABLE


def _is_challenge(page: Page) -> bool:
    """A script that must run before the site shows itself. 521 is one, but from Cloudflare: the origin is down."""
    if "<script" not in page.text.lower():
        return False
    if page.status in SCRIPT_ONLY and page.headers.get("server", "").lower() != "cloudflare":
        return True
    reloads = SETS_COOKIE.search(page.text) and "location" in page.text
    return bool(reloads or CHALLENGE.search(page.text))
