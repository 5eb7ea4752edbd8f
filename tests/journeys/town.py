"""An installation at work and the people in it: what the journeys do and see, in a word each.

Everything is done through pages, API, the city's control desk and mail, and everything is waited for by looking.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from random import Random
from typing import Any, TypeVar

from demo.mailbox import Mail
from demo.player import NOTICES, Player
from tests.journeys.overlay import MARKS, Overlay
from tests.world import World

PATIENCE = 90.0
MARK = "lose_mark:site_code"

Seen = TypeVar("Seen")


class Town:
    """``world`` judged by ``overlay``; ``draw`` is what it was drawn from."""

    def __init__(self, world: World, player: Player, overlay: Overlay, draw: Random) -> None:
        self.world = world
        self.player = player
        self.overlay = overlay
        self.draw = draw
        self.websites = [site.target for site in world.script.websites]
        self.accounts = [account.target for account in world.script.accounts]

    async def until(self, what: str, look: Callable[[], Awaitable[Seen | None]]) -> Seen:
        """What ``look`` shows once it shows something; what does not answer is asked again."""
        try:
            async with asyncio.timeout(PATIENCE):
                return await self.player.until(what, look)
        except TimeoutError:
            raise AssertionError(f"not in {PATIENCE:g} s: {self.player.waits_for}") from None

    @asynccontextmanager
    async def without(self, service: str) -> AsyncIterator[None]:
        """Stop one service; at the end of the block it is started again."""
        await self.world.halt(service)
        try:
            yield
        finally:
            self.world.run(service)
        await self.world.ready(service)

    # -- what people do

    async def opened(self, target: str) -> str:
        """File ``target``, have it approved, wait until it is in force; gives its id. What is open stays as it is."""
        if target in self.player.ids:
            return self.player.ids[target]
        filing = await self.until(f"{target} is filed", lambda: self.player.file_by_api(target))
        await self.until(f"{target} is approved", lambda: self.player.approve_by_api(target, filing))
        await self.until(f"{target} is in force", lambda: self.player.outlet(target))
        return filing.outlet

    async def clear(self, *targets: str) -> None:
        """Return when websites were found to show their marks, and no notice about them is open."""
        for target in targets:
            await self.judged(target, "clear")
            await self.closed(target)

    # -- what people see

    async def row(self, target: str) -> dict[str, Any]:
        """What the card of a website says of its marks, empty before there is a card."""
        program = await self.player.administrator(target)
        card = await program.get(f"/scorer/api/outlets/{self.player.ids[target]}/card") or {}
        return next((row for row in card.get("rows", ()) if row["criterion"] == MARKS), {})

    async def judged(self, target: str, verdict: str) -> dict[str, Any]:
        """The row of ``row``, once that is its verdict."""

        async def so() -> dict[str, Any] | None:
            row = await self.row(target)
            return row if row.get("verdict") == verdict else None

        return await self.until(f"{target} is judged {verdict}", so)

    async def visits(self, target: str, since: datetime) -> list[dict[str, Any]]:
        """The visits to ``target`` after ``since``, the newest first."""
        program = await self.player.administrator(target)
        found = await program.get(f"/prober/api/outlets/{self.player.ids[target]}") or {}
        return [one for one in found.get("visits", ()) if datetime.fromisoformat(one["looked_at"]) > since]

    async def looked_at(self, target: str, times: int, since: datetime) -> None:
        """Return when ``target`` was visited so many times after ``since``: the sign that things move on."""

        async def enough() -> bool | None:
            return len(await self.visits(target, since)) >= times or None

        await self.until(f"{target} is visited {times} times more", enough)

    async def finding(self, target: str) -> bool | None:
        """True when there is an open finding on ``target``."""
        return bool(await self.player.findings(target, open=True)) or None

    async def open_notice(self, target: str) -> dict[str, Any] | None:
        """The open notice about ``target``; fails when there are two."""
        program = await self.player.administrator(target)
        found = await program.get(NOTICES, state="open", limit="200")
        ours = [notice for notice in found["notices"] if notice["target"] == self.player.ids[target]]
        assert len(ours) < 2, ours
        return ours[0] if ours else None

    async def mails(self, target: str, contains: str) -> list[Mail]:
        """The mails to the administrator of ``target`` that contain a text."""
        return await self.player.mails(self.player.script.administrator_of(target).email, contains)

    async def notice_by_mail(self, target: str) -> Mail:
        """The mail that brings the notice about ``target``; fails when it comes twice."""
        notice = await self.until(f"a notice about {target}", lambda: self.open_notice(target))

        async def came() -> list[Mail] | None:
            return await self.mails(target, notice["number"]) or None

        mails = await self.until(f"the mail with {notice['number']}", came)
        assert len(mails) == 1, mails
        return mails[0]

    async def closed(self, target: str) -> None:
        """Return when no notice about ``target`` is open."""

        async def none() -> bool | None:
            return await self.open_notice(target) is None or None

        await self.until(f"the notice about {target} is closed", none)
