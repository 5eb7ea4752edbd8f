"""Which day a text or an address states, as Chinese websites write it. Pure: ``today`` is an argument everywhere.

A day without a year that would be later than today is one of last year; days yet to come, days that do not exist and
the empty values of databases (1754-01-01 and the like) are not read; of several days the latest counts, because the
day of writing (成文) often stands beside the day of publishing (发布).
"""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from itertools import islice
from urllib.parse import unquote, urlsplit

from services.prober.html import fold
from shared.workdays import SHANGHAI

LONGEST = 400
# What databases write for "no date" lies before this day, or is the one below.
FIRST = date(1949, 10, 1)
EMPTY = date(1970, 1, 1)
# Dashes, and brackets that fold() leaves, as plain ones.
PLAIN = str.maketrans(dict.fromkeys("‐‑‒–—―−", "-") | dict.fromkeys("【〔「", "[") | dict.fromkeys("】〕」", "]"))
CHINESE = {char: n for n, char in enumerate("〇一二三四五六七八九")} | dict.fromkeys("○零Oo0", 0)
MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]


class By(StrEnum):
    """Where a day was read: beside the title, from the address of the article, or on the article's own page.

    ``nowhere``: not in the list, and the article's own page, read whole, states none.
    """

    TEXT = "text"
    ADDRESS = "address"
    ARTICLE = "article"
    NOWHERE = "nowhere"


def stated(text: str, today: date) -> list[date]:
    """Every day that ``text`` states, none later than ``today``."""
    return _read(text, today)[0]


def alone(text: str, today: date) -> list[date]:
    """The days of a ``text`` that states nothing else, but for a time, a label or punctuation; else none."""
    days, rest = _read(text, today)
    return days if days and not re.sub(ORNAMENTS, "", rest) else []


def of_item(outside: str, inside: Iterable[str], url: str, today: date) -> tuple[date, By] | None:
    """The day of one item of a list.

    ``outside`` is the text of the item that is not the title: it is asked first, because titles speak of other days.
    ``inside`` are the pieces of text of the title, of which only a piece (or the edge of one) that is nothing but a
    day counts; the address is asked last.
    """
    days = stated(outside, today)
    for piece in inside:
        days = days or _at_the_edge(piece, today)
    if days:
        return max(days), By.TEXT
    day = in_address(url, today)
    return (day, By.ADDRESS) if day else None


def in_address(url: str, today: date) -> date | None:
    """The day in the path of an address (``/art/2023/11/30/``, ``t20231130_``), by the longest form that fits."""
    try:
        path = unquote(urlsplit(url).path)
    except ValueError:
        return None
    for form in ADDRESSES:
        for match in form.finditer(path):
            if day := _day(*map(int, match.groups()), today=today):
                return day
    for match in MILLISECONDS.finditer(path):
        day = datetime.fromtimestamp(int(match[1]) / 1000, UTC).astimezone(SHANGHAI).date()
        if FIRST_STAMP <= day <= today:
            return day
    return None


def of_article(published: str, text: str, today: date, title: str = "") -> date | None:
    """The day an article's own page states: its ``PubDate`` tag, a labelled day, one beside its 来源, one by its title.

    ``text`` is folded; of the days by the ``title`` only one counts that is set off from the words around it.
    """
    days = stated(published, today)
    for match in LABELLED.finditer(text):
        days = days or stated(match[1] or match[2] or "", today)
    for match in COMPANY.finditer(text):
        days = days or stated(text[max(0, match.start() - NEAR) : match.end() + NEAR], today)
    return max(days or _by_the_title(title, text, today), default=None)


def may_state(text: str) -> bool:
    """Whether anything in ``text`` could be a day for a person, however it is written and wherever it stands."""
    return ANY_DAY.search(text.translate(PLAIN)) is not None


def _by_the_title(title: str, text: str, today: date) -> list[date]:
    """The days set off from their words right before or after the first places where ``title`` stands in ``text``."""
    if len(title) < SHORTEST_TITLE:
        return []
    days: list[date] = []
    for place in islice(re.finditer(re.escape(title), text), MOST_PLACES):
        for beside in (text[max(0, place.start() - NEAR) : place.start()], text[place.end() :][:BELOW]):
            for match in SET_OFF.finditer(beside.translate(PLAIN)):
                days += stated(match[0], today)
    return days


def _read(text: str, today: date) -> tuple[list[date], str]:
    """The days in ``text``, and the text without anything that looked like one."""
    rest = fold(text[:LONGEST]).translate(PLAIN)
    days: list[date] = []
    if not MAY_STATE.search(rest):
        return days, rest
    for form, read in FORMS:
        days += [day for match in form.finditer(rest) if (day := read(match, today))]
        rest = form.sub(" ", rest)
    return days, rest


def _at_the_edge(piece: str, today: date) -> list[date]:
    """The day at the beginning or the end of ``piece``, when a blank or a bracket sets it off."""
    chunks = [chunk for chunk in re.split(r"\s+|(?=[\[(])|(?<=[\])])", fold(piece).translate(PLAIN)) if chunk]
    edges = (chunks, chunks[-1:], chunks[:1], chunks[-2:], chunks[:2])
    return next((days for edge in edges if (days := alone(" ".join(edge), today))), [])


def _day(year: int, month: int, day: int, *, today: date) -> date | None:
    try:
        found = date(year, month, day)
    except ValueError:
        return None
    return found if FIRST <= found <= today and found != EMPTY else None


def _without_year(month: int, day: int, today: date) -> date | None:
    return _day(today.year, month, day, today=today) or _day(today.year - 1, month, day, today=today)


def _number(text: str) -> int:
    """廿三, 二十三 or 二〇二三 as a number."""
    text = text.replace("廿", "二十").replace("卅", "三十")
    if "十" in text:
        tens, _, ones = text.partition("十")
        return (CHINESE.get(tens, 1)) * 10 + CHINESE.get(ones, 0)
    return int("".join(str(CHINESE[char]) for char in text))


def _month(name: str) -> int:
    return MONTHS.index(name[:3].lower()) + 1


def _ago(match: re.Match[str], today: date) -> date:
    count = int(match[1])
    days = {"小时": count // 24, "天": count, "周": 7 * count, "星期": 7 * count, "个月": 30 * count}
    return today - timedelta(days=days.get(match[2], 0))


Read = Callable[[re.Match[str], date], date | None]


def _full(year: int, month: int, day: int, century: int = 0) -> Read:
    """Reads year, month and day from these groups of a match."""
    return lambda m, today: _day(century + int(m[year]), int(m[month]), int(m[day]), today=today)


def _short(month: int, day: int) -> Read:
    """Reads month and day from these groups of a match."""
    return lambda m, today: _without_year(int(m[month]), int(m[day]), today)


def _named(year: int, month: int, day: int) -> Read:
    """Reads a day whose month is an English name."""
    return lambda m, today: _day(int(m[year]), _month(m[month]), int(m[day]), today=today)


def _back(days: int) -> Read:
    """A day so many days ago."""
    return lambda _, today: today - timedelta(days=days)


# A day without a year is believed only where it stands by itself.
START = r"(?:^|(?<=[\s\[\](){}<>|,;:、。·•*]))"
END = r"(?=$|[\s\[\](){}<>|,;、。·•*])"
NAMES = "|".join(MONTHS)
CN = "一二三四五六七八九十廿卅"
SPOKEN: tuple[tuple[str, Read], ...] = (
    (
        rf"([〇○零Oo0一二三四五六七八九]{{4}})\s?年\s?([{CN}]{{1,3}})\s?月\s?([{CN}]{{1,3}})\s?[日号]",
        lambda m, today: _day(_number(m[1]), _number(m[2]), _number(m[3]), today=today),
    ),
    (rf"\b({NAMES})[a-z]*\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+(\d{{4}})\b", _named(3, 1, 2)),
    (rf"\b(\d{{1,2}})(?:st|nd|rd|th)?\s+({NAMES})[a-z]*\.?,?\s+(\d{{4}})\b", _named(3, 2, 1)),
)
FULL: tuple[tuple[str, Read], ...] = (
    (r"(?<!\d)(?<!\d[./-])(\d{4})\s?[-./年]\s?(\d{1,2})\s?[-./月]\s?(\d{1,2})(?!\d)\s?[日号]?", _full(1, 2, 3)),
    *SPOKEN,
    (r"(?<!\d)((?:19|20)\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?!\d)", _full(1, 2, 3)),
    # in blocks of their own: the day large over year and month, and the like
    (rf"{START}(\d{{1,2}})日?\s+/?\s?(\d{{4}})\s?[-./年]\s?(\d{{1,2}})月?{END}", _full(2, 3, 1)),
    (rf"{START}(\d{{4}})\s?[-./年]\s?(\d{{1,2}})月?\s+(\d{{1,2}})日?{END}", _full(1, 2, 3)),
    (rf"{START}(\d{{1,2}})\s?[-./月]\s?(\d{{1,2}})日?\s+(\d{{4}})年?{END}", _full(3, 1, 2)),
    (rf"{START}(\d{{4}})年?\s+(\d{{1,2}})\s?[-./月]\s?(\d{{1,2}})日?{END}", _full(1, 2, 3)),
    (rf"{START}(\d{{2}})([-./])(\d{{1,2}})\2(\d{{1,2}})(?=T|$|[\s\[\](){{}}<>|,;])", _full(1, 3, 4, 2000)),
    (r"(?<!\d)(\d{2})年(\d{1,2})月(\d{1,2})日", _full(1, 2, 3, 2000)),
)
SHORT: tuple[tuple[str, Read], ...] = (
    (r"(?<![\d.年/-])(\d{1,2})\s?月\s?(\d{1,2})\s?[日号]", _short(1, 2)),
    (rf"{START}(\d{{1,2}})日?\s+/?\s?(\d{{1,2}})\s?月{END}", _short(2, 1)),
    (rf"{START}(\d{{1,2}})-(\d{{1,2}}){END}", _short(1, 2)),
    # "1/8" is the first of eight pictures
    (rf"{START}(\d{{2}})/(\d{{2}}){END}", _short(1, 2)),
    (r"(?:^|(?<=[\[(]))(\d{1,2})\.(\d{1,2})(?=$|[\])])", _short(1, 2)),
)
PASSED: tuple[tuple[str, Read], ...] = (
    (r"刚刚|刚才|半个?小时[之以]?前", _back(0)),
    (r"(?<!\d)(\d{1,3})\s?(?:个(?!月))?(秒|分钟|小时|天|周|星期|个月)钟?[之以]?前", _ago),
    (rf"{START}(?:今天|今日)(?=$|[\s\])]|\d)", _back(0)),
    (rf"{START}(?:昨天|昨日)(?=$|[\s\])]|\d)", _back(1)),
    (rf"{START}前天(?=$|[\s\])]|\d)", _back(2)),
)
FORMS = tuple((re.compile(form, re.IGNORECASE), read) for form, read in (*FULL, *SHORT, *PASSED))
MAY_STATE = re.compile(rf"[0-9{CN}]|刚|昨|今|前")
ORNAMENTS = r"\d{1,2}:\d{2}(?::\d{2})?|发布|更新|发表|成文|时间|日期|于|星期.|周[一二三四五六日]|[\W_]|T|Z"
ADDRESSES = tuple(
    map(
        re.compile,
        (
            r"(?<!\d)((?:19|20)\d{2})(\d{2})(\d{2})\d{6}(?:\d{3})?(?!\d)",
            r"(?<!\d)((?:19|20)\d{2})[-/_](\d{1,2})[-/_](\d{1,2})(?!\d)",
            r"(?<!\d)((?:19|20)\d{2})-?(\d{2})/(\d{2})(?!\d)",
            r"(?<!\d)((?:19|20)\d{2})/(\d{2})-?(\d{2})(?!\d)",
            r"(?<!\d)((?:19|20)\d{2})(\d{2})(\d{2})(?!\d)",
        ),
    )
)
MILLISECONDS = re.compile(r"(?<!\d)(1\d{12})(?!\d)")
FIRST_STAMP = date(2001, 9, 9)
NEAR = 40
BELOW = 120
SHORTEST_TITLE = 4
MOST_PLACES = 4
LABELLED = re.compile(
    r"(?:发布|发文|更新|成文|发表|上传|录入|印发|生成|公开|编辑)?\s?(?:时\s?间|日\s?期)\s?[:：]?(.{0,30})"
    r"|(?:发布|发表|刊发|更新|转载)\s?(?:于|[:：])(.{0,30})"
)
COMPANY = re.compile(
    r"来\s?源|作\s?者|浏览|点击|阅读|访问次数|字体|字号|打印|分享|编\s?辑|责编|审核|校对|稿源|供稿|发布(?:者|人|机构|单位)"
)
SET_OFF = re.compile(r"(?:^|(?<=[\s\[(:|>·/]))\d{4}\s?[-./年]\s?\d{1,2}\s?[-./月]\s?\d{1,2}(?:\s?日)?(?=$|[\s\])|T])")
ANY_DAY = re.compile(
    rf"(?<!\d)(?:19|20)\d\d\s?[-./年]\s?[01]?\d(?!\d)|(?<!\d)20\d\d[01]\d[0-3]\d(?!\d)|年[{CN}\s]{{1,3}}月|\d\s?月\s?\d"
    rf"|(?:^|[\s\[(])[01]?\d[-./][0-3]?\d(?:$|[\s\])])|\b(?:{NAMES})[a-z]*\b\.?[\s\d,]{{1,8}}\d{{4}}"
    r"|\d\s?(?:秒|分钟|小时|天|周|个月)[之以]?前|刚刚|昨[天日]|前天|今[天日]\s?\d",
    re.IGNORECASE,
)
