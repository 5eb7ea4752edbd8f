"""Looks made by hand, for tests of what is made of them."""

from datetime import UTC, datetime

from services.prober.look import Look, Page, Trouble
from shared.events.probe import Outcome, Reason

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
URL = "http://www.sample.gov.cn/"


def page_look(
    text: str = "",
    *,
    status: int = 200,
    url: str = URL,
    warnings: tuple[str, ...] = (),
    content_type: str = "text/html",
    **headers: str,
) -> Look:
    """A look to which ``text`` came back; ``server="x"`` becomes a header."""
    shown = {"content-type": content_type} | {name.replace("_", "-"): value for name, value in headers.items()}
    page = Page(status, url, shown, text.encode(), text, warnings)
    return Look(URL, NOW, 0.25, {"total": 0.25}, page=page)


def trouble_look(outcome: Outcome, reason: Reason) -> Look:
    """A look to which nothing came back."""
    return Look(URL, NOW, 20.0, {"total": 20.0}, trouble=Trouble(outcome, reason, "told"))
