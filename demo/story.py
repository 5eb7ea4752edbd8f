"""The loop as a story: what each step does and what must then be seen, or must never be seen."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from demo.city import Account, Scene, Website
from demo.expects import Expects
from demo.lookout import Lookout
from demo.player import Contradiction, Player
from demo.reads import Notice

AT_ONCE = 6


class Story:
    """What is remembered from one step to the next, and the steps themselves."""

    def __init__(self, player: Player, expects: Expects) -> None:
        self.player = player
        self.plot = player.script.plot
        self.lookout = Lookout(player, expects)

    # -- a

    async def file_on_page(self) -> None:
        """The administrator of a unit files a website with the form."""
        target = self.plot.filed_on_page
        filing = await self.player.until(f"{target} is filed", lambda: self.player.file_on_page(target))
        await self.player.until("the office approves on its page", lambda: self.player.approve_on_page(target, filing))
        await self._in_force(target)

    async def file_by_api(self) -> None:
        """Programs file two accounts; the offices' programs approve."""
        for target in self.plot.filed_by_api:
            await self._open(target)

    async def open_the_rest(self) -> None:
        """Everything else in the city is filed and approved, what is in trouble first."""
        rest = [outlet for outlet in self.player.script.outlets if outlet.target not in self.player.ids]
        await _side_by_side(lambda one: self._open(one.target), sorted(rest, key=lambda one: not one.faults))

    # -- b

    async def everything_is_visited(self) -> None:
        """Websites were looked at and accounts read, and the marks of a healthy portal are found complete."""
        outlets = self.player.script.outlets
        await _side_by_side(lambda one: self.lookout.visited(one.target, one.faults), outlets)
        await self.lookout.row(self.plot.loses_mark.target, "clear", kind="deduction")

    async def known_troubles(self) -> None:
        """What was wrong from the start is found, each as its fault leads to, and nothing else."""
        outlets = self.player.script.outlets
        await _side_by_side(lambda one: self.lookout.as_expected(one.target, one.faults), outlets)

    # -- c

    async def announced_change(self) -> None:
        """A change that was filed and approved beforehand is carried out and raises nothing."""
        target, name = self.plot.announced.target, self.plot.announced.argument
        await self._change(target, name=name)
        since = await self.player.put(target, self.plot.announced.fault)
        for look in ("once", "twice"):
            since = await self.player.until(
                f"the new name of {target} is seen {look}",
                lambda: self.player.watched(target, "name", "quiet", since),  # noqa: B023 - awaited in this round
            )
        await self.lookout.nothing_about(target)

    async def unfiled_rename(self) -> None:
        """An account is renamed without a filing (the 郑州网警 case)."""
        await self._unfiled(self.plot.renamed, "name")

    async def unfiled_reverification(self) -> None:
        """An account is verified for another subject without a filing."""
        await self._unfiled(self.plot.reverified, "verified_as")

    # -- d

    async def lost_mark(self) -> None:
        """A portal loses a mark in its footer."""
        await self.player.put(self.plot.loses_mark.target, self.plot.loses_mark.fault)
        await self.lookout.notice_and_one_mail(self.plot.loses_mark.target)

    async def dead_website(self) -> None:
        """A website refuses connections: office and unit are told at once, and it is not judged yet."""
        target = self.plot.goes_dead.target
        since = await self.player.put(target, self.plot.goes_dead.fault)
        await self.lookout.alerted(target, since)
        await self.lookout.row(target, "undetermined", kind="veto")
        await self.lookout.nothing_about(target)

    # -- e

    async def mark_restored(self) -> None:
        """The mark is back, the administrator replies on the page, the finding clears and the notice closes."""
        target = self.plot.loses_mark.target
        notice = await self.lookout.notice(target)
        await self.player.until("the notice is signed for", lambda: self.player.sign(target, notice))
        await self.player.mend(target)
        await self._reply(target, notice, "已恢复页面底部的标识。")
        await self._closed(target)

    async def reply_alone(self) -> None:
        """A reply without mending anything leaves the notice open."""
        target = self.plot.renamed.target
        notice = await self.lookout.notice(target)
        await self.player.until("the notice is signed for", lambda: self.player.sign(target, notice))
        since = self.player.now()
        await self._reply(target, notice, "账号名称确已调整，正在补办手续。")
        await self.player.until(f"{target} is looked at at once", lambda: self.player.rechecked(target, since))
        await self.player.until(
            f"{target} was looked at again", lambda: self.player.watched(target, "name", "open", since)
        )
        if (await self.lookout.notice(target)).state != "replied":
            raise Contradiction(f"the notice about {target} did not stay open after a reply alone")

    async def late_filing(self) -> None:
        """The change is filed after all: the notice closes, and the filing stays on record as late."""
        target = self.plot.renamed.target
        await self._change(target, name=self.plot.renamed.argument)
        await self._closed(target)
        outlet = await self.player.until(f"the filings of {target}", lambda: self.player.outlet(target))
        if not any(filing.late for filing in outlet.filings):
            raise Contradiction(f"the late filing of {target} is not on record as late")

    async def put_back(self) -> None:
        """The other account shows again what was filed: the notice closes without a reply."""
        await self.player.mend(self.plot.reverified.target)
        await self._closed(self.plot.reverified.target)

    async def recovery(self) -> None:
        """The dead website answers again, and office and unit are told."""
        since = await self.player.mend(self.plot.goes_dead.target)
        await self.lookout.alerted(self.plot.goes_dead.target, since)

    async def nothing_else(self) -> None:
        """No other website or account has a notice or a finding it should not have; each notice came as one mail."""
        noticed = {scene.target for scene in (self.plot.renamed, self.plot.reverified, self.plot.loses_mark)}
        for target in noticed:
            await self.lookout.one_mail(target, await self.lookout.notice(target))
        outlets = self.player.script.outlets
        await _side_by_side(lambda one: self.lookout.visited(one.target, one.faults, at_last=True), outlets)
        others = [outlet for outlet in outlets if outlet.target not in noticed]
        await _side_by_side(lambda one: self.lookout.as_expected(one.target, one.faults), others)

    # -- parts of steps

    async def _open(self, target: str) -> None:
        filing = await self.player.until(f"{target} is filed", lambda: self.player.file_by_api(target))
        await self.player.until(f"{target} is approved", lambda: self.player.approve_by_api(target, filing))
        await self._in_force(target)

    async def _in_force(self, target: str) -> None:
        await self.player.until(f"{target} is in force", lambda: self.player.outlet(target))

    async def _change(self, target: str, *, name: str) -> None:
        filing = await self.player.until(
            f"a change of {target} is filed", lambda: self.player.file_by_api(target, "change", name=name)
        )
        await self.player.until(f"it is approved for {target}", lambda: self.player.approve_by_api(target, filing))

        async def changed() -> bool | None:
            outlet = await self.player.outlet(target)
            return True if outlet and outlet.filed["name"] == name else None

        await self.player.until(f"the change of {target} is in force", changed)

    async def _unfiled(self, scene: Scene, field: str) -> None:
        since = await self.player.put(scene.target, scene.fault)
        await self.player.until(
            f"the change of {scene.target} is confirmed",
            lambda: self.player.watched(scene.target, field, "open", since),
        )
        notice = await self.lookout.notice_and_one_mail(scene.target)
        await self.lookout.alerted(scene.target, since, notice)

    async def _reply(self, target: str, notice: Notice, measures: str) -> None:
        await self.player.until("the reply is on record", lambda: self.player.reply(target, notice, measures))

    async def _closed(self, target: str) -> None:
        await self.player.until(f"the notice about {target} is closed", lambda: self.player.notice(target, "closed"))
        if await self.player.until(f"findings on {target}", lambda: self.player.findings(target, open=True)):
            raise Contradiction(f"the notice about {target} is closed and its finding is open")


async def _side_by_side(
    act: Callable[[Website | Account], Awaitable[None]], outlets: Iterable[Website | Account]
) -> None:
    """Do something with every outlet, with a few at a time. Raises what the first that fails raises."""
    places = asyncio.Semaphore(AT_ONCE)

    async def one(outlet: Website | Account) -> None:
        async with places:
            await act(outlet)

    try:
        async with asyncio.TaskGroup() as group:
            for outlet in outlets:
                group.create_task(one(outlet))
    except ExceptionGroup as several:
        raise several.exceptions[0] from None
