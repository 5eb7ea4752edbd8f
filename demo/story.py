"""The loop as a story: what each step does and what must then be seen, or must never be seen."""

from datetime import datetime

from demo.city import Scene
from demo.player import Contradiction, Player
from demo.reads import Notice


class Story:
    """What is remembered from one step to the next, and the steps themselves."""

    def __init__(self, player: Player) -> None:
        self.player = player
        self.plot = player.script.plot

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
        """Everything else in the city is filed and approved."""
        for outlet in self.player.script.outlets:
            if outlet.target not in self.player.ids:
                await self._open(outlet.target)

    # -- b

    async def everything_is_visited(self) -> None:
        """Websites were looked at and accounts read, and the marks of a healthy portal are found complete."""
        for outlet in self.player.script.outlets:
            await self._visited(outlet.target)
        target = self.plot.loses_mark.target
        await self.player.until(f"{target} is judged clear", lambda: self._row(target, "deduction", "clear"))

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
        await self._nothing_about(target)

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
        await self._notice_and_one_mail(self.plot.loses_mark.target)

    async def dead_website(self) -> None:
        """A website refuses connections: office and unit are told at once, and it is not judged yet."""
        target = self.plot.goes_dead.target
        since = await self.player.put(target, self.plot.goes_dead.fault)
        await self._alerted(target, since)
        await self.player.until(
            f"{target} is undetermined for want of samples", lambda: self._row(target, "veto", "undetermined")
        )
        await self._nothing_about(target)

    # -- e

    async def mark_restored(self) -> None:
        """The mark is back, the administrator replies on the page, the finding clears and the notice closes."""
        target = self.plot.loses_mark.target
        notice = await self._notice(target)
        await self.player.until("the notice is signed for", lambda: self.player.sign(target, notice))
        await self.player.mend(target)
        await self._reply(target, notice, "已恢复页面底部的标识。")
        await self._closed(target)

    async def reply_alone(self) -> None:
        """A reply without mending anything leaves the notice open."""
        target = self.plot.renamed.target
        notice = await self._notice(target)
        await self.player.until("the notice is signed for", lambda: self.player.sign(target, notice))
        since = self.player.now()
        await self._reply(target, notice, "账号名称确已调整，正在补办手续。")
        await self.player.until(f"{target} is looked at at once", lambda: self.player.rechecked(target, since))
        await self.player.until(
            f"{target} was looked at again", lambda: self.player.watched(target, "name", "open", since)
        )
        if (await self._notice(target)).state != "replied":
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
        await self._alerted(self.plot.goes_dead.target, since)

    async def nothing_else(self) -> None:
        """No other website or account has a notice or a finding; each notice came as one mail."""
        noticed = {scene.target for scene in (self.plot.renamed, self.plot.reverified, self.plot.loses_mark)}
        for outlet in self.player.script.outlets:
            if outlet.target in noticed:
                await self._one_mail(outlet.target, await self._notice(outlet.target))
            else:
                await self._nothing_about(outlet.target)

    # -- parts of steps

    async def _open(self, target: str) -> None:
        filing = await self.player.until(f"{target} is filed", lambda: self.player.file_by_api(target))
        await self.player.until(f"{target} is approved", lambda: self.player.approve_by_api(target, filing))
        await self._in_force(target)

    async def _visited(self, target: str) -> None:
        await self.player.until(f"{target} is visited", lambda: self.player.visited(target))

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
        notice = await self._notice_and_one_mail(scene.target)
        await self._alerted(scene.target, since, notice)

    async def _row(self, target: str, kind: str, verdict: str) -> bool | None:
        rows = await self.player.card(target)
        return True if any((row.kind, row.verdict) == (kind, verdict) for row in rows) else None

    async def _alerted(self, target: str, since: datetime, notice: Notice | None = None) -> None:
        """Unit and office each got a mail about ``target`` that is not the notice."""
        script = self.player.script
        name = script.outlet(target).name
        for person in (script.administrator_of(target), script.approver_for(target)):

            async def told(to: str = person.email) -> bool | None:
                mails = await self.player.mails(to, name, since)
                return any(notice is None or notice.number not in mail.text for mail in mails) or None

            await self.player.until(f"{person.login} is alerted about {target}", told)

    async def _notice(self, target: str) -> Notice:
        return await self.player.until(f"a notice about {target}", lambda: self.player.notice(target))

    async def _notice_and_one_mail(self, target: str) -> Notice:
        async def found() -> bool | None:
            return bool(await self.player.findings(target, open=True)) or None

        await self.player.until(f"a finding on {target}", found)
        notice = await self._notice(target)
        await self._one_mail(target, notice)
        return notice

    async def _one_mail(self, target: str, notice: Notice) -> None:
        """The notice came to the administrator once; a repetition with the same Message-ID is the same mail."""
        to = self.player.script.administrator_of(target).email

        async def came() -> int | None:
            return len({mail.message_id for mail in await self.player.mails(to, notice.number)}) or None

        number = await self.player.until(f"the mail with {notice.number} for {to}", came)
        if number != 1:
            raise Contradiction(f"the notice {notice.number} about {target} came {number} times to {to}")

    async def _reply(self, target: str, notice: Notice, measures: str) -> None:
        await self.player.until("the reply is on record", lambda: self.player.reply(target, notice, measures))

    async def _closed(self, target: str) -> None:
        await self.player.until(f"the notice about {target} is closed", lambda: self.player.notice(target, "closed"))
        if await self.player.until(f"findings on {target}", lambda: self.player.findings(target, open=True)):
            raise Contradiction(f"the notice about {target} is closed and its finding is open")

    async def _nothing_about(self, target: str) -> None:
        findings = await self.player.until(f"findings on {target}", lambda: self.player.findings(target, open=True))
        notices = await self.player.until(f"notices about {target}", lambda: self.player.notices(target))
        if findings or notices:
            raise Contradiction(f"{target} has a finding or a notice and should have none")
