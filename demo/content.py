"""What is published in the city, by the calendar: pure, and the same for everybody who looks on the same day.

Days are those of Asia/Shanghai; websites publish at nine in the morning.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, timezone

from demo.city import Column
from demo.faults import AccountView, WebsiteView

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
MORNING = time(9, tzinfo=SHANGHAI)
ITEMS = 8


@dataclass(frozen=True)
class Article:
    """One item of a column. ``day`` is the date it bears, ``written`` the day it was really put there."""

    number: int
    title: str
    day: date
    written: date

    @property
    def file(self) -> str:
        """Its file name inside the column, as content systems write it."""
        return f"t{self.written:%Y%m%d}_{self.number}.html"

    @property
    def published(self) -> str:
        """As ``PubDate`` wants it: YYYY-MM-DD HH:MM."""
        return f"{self.day.isoformat()} {MORNING:%H:%M}"


@dataclass(frozen=True)
class Post:
    """One post of an account; ``repost_of`` is whose it was, "" for its own."""

    number: int
    text: str
    at: datetime
    repost_of: str = ""


def last_working_morning(now: datetime) -> date:
    """The last day whose morning has come."""
    local = now.astimezone(SHANGHAI)
    return local.date() if local.timetz() >= MORNING else local.date() - timedelta(days=1)


def articles(column: Column, now: datetime) -> list[Article]:
    """The newest items of a column that nothing is wrong with, the newest first."""
    newest = last_working_morning(now).toordinal() // column.every_days
    return [_article(column, number) for number in range(newest, newest - ITEMS, -1)]


def shown(view: WebsiteView, column: Column, now: datetime) -> list[Article]:
    """The items a website shows in a column, the newest first, faults included."""
    if column.path in view.blank:
        return []
    latest = min(now, view.latest.get(column.path, now))
    if view.backdated_since is None:
        return articles(column, latest)
    old = articles(column, min(latest, view.backdated_since))
    later = last_working_morning(now) - old[0].day
    return [replace(item, day=item.day + later) for item in old]


def posts(view: AccountView, now: datetime) -> list[Post]:
    """The newest posts of an account, the newest first."""
    return list(_posts(view, now)) if view.has_posts else []


def _article(column: Column, number: int) -> Article:
    day = date.fromordinal(number * column.every_days)
    return Article(number, column.titles[number % len(column.titles)], day, day)


def _posts(view: AccountView, now: datetime) -> Iterator[Post]:
    step = view.account.every_hours * 3600
    texts = view.account.posts
    author = "演练省发布" if view.only_reposts else ""
    newest = int(now.timestamp()) // step
    if view.last_post_at is not None:
        newest = int(view.last_post_at.timestamp()) // step
        yield Post(newest + 1, texts[(newest + 1) % len(texts)], view.last_post_at, author)
    for number in range(newest, newest - ITEMS, -1):
        yield Post(number, texts[number % len(texts)], datetime.fromtimestamp(number * step, UTC), author)
