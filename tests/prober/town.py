"""Websites made of a few pages on loopback, and everything a probe needs to walk about in them."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime

from services.prober.look import Look
from services.prober.looking import looker
from services.prober.means import Around, Means, Render
from shared.egress import Egress
from tests.security.loopback import LOOPBACK, Respond, Site, page, serving

TODAY = date(2026, 11, 22)
SEED = "a seed"
NEVER = b""


def website(pages: Mapping[str, bytes | str]) -> Respond:
    """Answers by path: text is a page, bytes are a whole response, none at all is silence; 404 for the rest."""

    async def respond(request: bytes, writer: asyncio.StreamWriter) -> None:
        path = request.split(b" ")[1].decode()
        answer = pages.get(path, page("<title>404</title><p>Not Found</p>", status="404 Not Found"))
        if answer == NEVER:
            await asyncio.Event().wait()
        writer.write(page(answer) if isinstance(answer, str) else answer)

    return respond


def asked(site: Site) -> list[str]:
    """The paths a server was asked for, in order."""
    return [request.split(b" ")[1].decode() for request in site.requests]


@dataclass(frozen=True)
class Town:
    """A website that is being served: its first look, and what a probe may use around it."""

    site: Site
    home: Look
    around: Around


@asynccontextmanager
async def town(
    pages: Mapping[str, bytes | str],
    *,
    render: Render | None = None,
    most: int = 20,
    links: int = 300,
    online: bool = True,
    pause: float = 0.0,
) -> AsyncIterator[Town]:
    """Serve ``pages`` ("/" is the home page) and look at the home page."""

    async def are_we() -> bool:
        return online

    async with serving(website(pages)) as site, Egress(LOOPBACK, ceiling=1.0) as egress:
        look_at = looker(egress, lambda: datetime.now(UTC))
        means = Means(look_at, are_we, pause, render=render, pages=most, links=links)
        yield Town(site, await look_at(site.url()), Around(means, TODAY, SEED))


def listed(*items: tuple[str, str, str]) -> str:
    """A list of (address, title, what stands beside it)."""
    return (
        "<ul>" + "".join(f"<li><a href='{to}'>{name}</a> <span>{day}</span></li>" for to, name, day in items) + "</ul>"
    )
