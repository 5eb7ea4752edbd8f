"""Pages of a website for tests of what is read of its content."""

from collections.abc import Mapping
from typing import Any

from services.prober.probes.content import content
from shared.events.probe import Outcome, Reason
from tests.prober.town import Town, listed


def title(number: int) -> str:
    """The title of an article."""
    return f"关于召开全市第{number}次工作会议的通知"


def home(*items: tuple[str, str, str], nav: str = "", more: str = "") -> str:
    """A home page with navigation and a list."""
    return (
        f"<html><head><title>样例市</title>{more}</head><body><nav>{nav}</nav>{listed(*items)}<p>欢迎</p></body></html>"
    )


def column(name: str, *items: tuple[str, str, str], kind: str = "", body: str = "", nav: str = "") -> str:
    """A page of a column."""
    tags = f'<meta name="ColumnName" content="{name}"><meta content="{kind or name}" name="columntype">'
    return f"<html><head>{tags}<title>{name}</title></head><body><nav>{nav}</nav>{listed(*items)}{body}</body></html>"


async def measured(town: Town) -> Mapping[str, Any]:
    """What the probe measures, as an event carries it."""
    seen = await content(town.home, town.around)
    assert (seen.outcome, seen.reason) == (Outcome.ANSWERED, Reason.OK)
    return seen.measured


def sketch(nav: Mapping[str, str], *items: tuple[str, str, str]) -> str:
    """A home page that leads to these columns (path -> name)."""
    return home(*items, nav="".join(f"<a href='{path}'>{name}</a>" for path, name in nav.items()))
