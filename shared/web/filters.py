"""How values are written on a page: Beijing time, days, distances in time, names of regions."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

BEIJING = ZoneInfo("Asia/Shanghai")
NOTHING = "—"
_STEPS = ((60, "秒"), (60, "分钟"), (24, "小时"), (31, "天"))


def moment(at: datetime | None) -> Markup | str:
    """``2026-10-17 08:22`` in Beijing time, in a ``time`` element; a dash for None."""
    if at is None:
        return NOTHING
    text = at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M")
    return Markup('<time datetime="{}">{}</time>').format(_machine(at), text)


def clock(at: datetime) -> str:
    """``08:22:05`` in Beijing time."""
    return at.astimezone(BEIJING).strftime("%H:%M:%S")


def day(on: date | datetime | None) -> Markup | str:
    """``2026年10月17日``, of a moment the day in Beijing; a dash for None."""
    if on is None:
        return NOTHING
    local = on.astimezone(BEIJING).date() if isinstance(on, datetime) else on
    return Markup('<time datetime="{}">{}年{}月{}日</time>').format(
        local.isoformat(), local.year, local.month, local.day
    )


def last_day(end: datetime | None) -> Markup | str:
    """The last day that counts before ``end``: of a grant that ends at midnight the day before it."""
    return day(end if end is None else end - timedelta(microseconds=1))


@pass_context
def ago(context: Context, at: datetime | None) -> Markup | str:
    """``3 分钟前`` or ``2 天后``, by the ``now`` of the page; the moment itself is its title."""
    if at is None:
        return NOTHING
    now: datetime = context["now"]
    exact = at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")
    return Markup('<time datetime="{}" title="{}">{}</time>').format(_machine(at), exact, distance(at, now))


def distance(at: datetime, now: datetime) -> str:
    """How far ``at`` is from ``now`` in words; a day when that is more than a month."""
    away = abs(now - at)
    if away < timedelta(seconds=5):
        return "刚刚"
    amount = int(away.total_seconds())
    for size, unit in _STEPS:
        if amount < size:
            return f"{amount} {unit}{'前' if at <= now else '后'}"
        amount //= size
    return at.astimezone(BEIJING).strftime("%Y-%m-%d")


def _machine(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
