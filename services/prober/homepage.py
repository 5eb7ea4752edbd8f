"""What the home page of a website says of whose it is, from what the probes measured of one look. Pure.

Only what was really seen: a mark that only scripts may bring is not shown, and a page that could not be read shows
nothing at all.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from services.prober.articles import title_of
from services.prober.html import start
from services.prober.look import Measurement, Page
from services.prober.targets import Kind, targets
from shared.events.probe import ColumnSeen, Outcome, Profile

SOURCE = "page"
"""The name of the home page as a source of a profile."""
NEEDED = ("reachability", "marks")
HEAD_TAGS = 500
LONGEST = 200
MOST_OUTBOUND = 100
MOST_COLUMNS = 100
LONGEST_NAME = 100
OFFICIAL = ".gov.cn"
NUMBER = re.compile(r"\d{14}")
# What follows the name of the unit when a footer is written without blanks.
BEHIND = re.compile(r"承办|协办|技术支持|版权|地址|电话|联系|备案|网站标识|维护|建设|[|丨;,。、]")
LABEL = re.compile(r"^\s*主\s?办(?:\s?单\s?位)?\s?:?\s*")


def profile_of(page: Page | None, measured: Mapping[str, Measurement]) -> Profile | None:
    """What was shown; None when that cannot be told of this look."""
    opened, marks = (measured.get(name) for name in NEEDED)
    if page is None or opened is None or marks is None:
        return None
    if opened.outcome is not Outcome.ANSWERED or marks.outcome is not Outcome.ANSWERED:
        return None
    seen: Any = marks.measured
    tags = seen["tags"]
    found = {name: mark["value"] for name, mark in seen["marks"].items() if mark["state"] == "present"}
    codes = seen["site_codes"]
    columns, whole = columns_of(measured.get("content"))
    return Profile(
        name=tags.get("SiteName"),
        title=_title(page),
        code=codes["text"] or codes["meta"],
        organiser=organiser(found.get("organiser") or ""),
        icp=found.get("icp"),
        police=_number(found.get("police") or ""),
        url=page.url[:LONGEST],
        columns=columns,
        columns_whole=whole,
    )


def columns_of(content: Measurement | None) -> tuple[tuple[ColumnSeen, ...] | None, bool]:
    """The columns that the probe ``content`` read (None: it did not look), and whether they are all there are."""
    if content is None or content.outcome is not Outcome.ANSWERED:
        return None, False
    seen: Any = content.measured
    answered = [each for each in seen["columns"] if each["outcome"] == Outcome.ANSWERED]
    told = [each for each in answered if each["name"] and len(each["url"]) <= LONGEST]
    whole = seen["complete"] and seen["columns_found"] == seen["columns_tried"] and len(told) == len(seen["columns"])
    columns = tuple(
        ColumnSeen(name=each["name"][:LONGEST_NAME], url=each["url"], column_class=(each["type"] or "")[:LONGEST_NAME])
        for each in told[:MOST_COLUMNS]
    )
    return columns, whole and len(told) <= MOST_COLUMNS


def outbound(page: Page) -> tuple[str, ...]:
    """Where the home page leads outside its own host: each host or page once, at most 100."""
    try:
        found = targets(start(page.text), page.url)
    except ValueError:
        return ()
    here = urlsplit(page.url).hostname
    there = (each.url for each in found if each.kind is Kind.EXTERNAL or urlsplit(each.url).hostname != here)
    return tuple(dict.fromkeys(url for url in map(_short, there) if len(url) <= LONGEST))[:MOST_OUTBOUND]


def organiser(snippet: str) -> str | None:
    """The unit in ``主办单位:某某局``, ``某某局 主办`` and the like; None when there is none."""
    name = LABEL.sub("", snippet) if LABEL.match(snippet) else re.sub(r"\s?主\s?办$", "", snippet)
    return BEHIND.split(name.strip(), maxsplit=1)[0].strip()[:LONGEST] or None


def _short(url: str) -> str:
    """The home page of a government website, since any page of it will do; other addresses as they are."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}/" if (parts.hostname or "").endswith(OFFICIAL) else url


def _number(snippet: str) -> str | None:
    number = NUMBER.search(snippet)
    return number[0] if number else None


def _title(page: Page) -> str | None:
    try:
        return title_of(start(page.text, HEAD_TAGS))[:LONGEST] or None
    except ValueError:
        return None
