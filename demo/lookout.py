"""What must be seen of the outlets of a city, and what must never be seen."""

from collections.abc import Iterable
from datetime import datetime

from demo.expects import Expects
from demo.player import Contradiction, Player
from demo.reads import Notice, Row

JUDGED_BY_MACHINE = "automatic"
NONE: frozenset[str] = frozenset()


class Lookout:
    """Looks with the eyes of ``player``; ``expects`` says what belongs to which fault."""

    def __init__(self, player: Player, expects: Expects) -> None:
        self._player = player
        self._expects = expects

    async def visited(self, target: str, faults: Iterable[str], *, at_last: bool = False) -> None:
        """Return when a visit ended as it must with these faults on; what takes long is waited for ``at_last``."""
        expected = self._expects.of(self._player.script, target, faults)
        if expected.late and not at_last:
            return
        outcome = expected.look
        await self._player.until(
            f"{target} is visited, and {outcome}", lambda: self._player.visited(target, outcome.value)
        )

    async def as_expected(self, target: str, faults: Iterable[str]) -> None:
        """Return when everything was found that these faults lead to. Raises Contradiction for anything else."""
        expected = self._expects.of(self._player.script, target, faults)
        told_of = expected.violated | expected.undetermined
        judged = await self._judged_by_machine(target) if told_of else NONE
        wanted = expected.violated & judged
        what = ", ".join(sorted(wanted))
        found = await self._player.until(f"{what} on {target}", lambda: self._found(target, wanted, expected.later))
        for notice in await self._player.until(
            f"notices about {target} for {what}",
            lambda: self._noticed(target, len(found), len(wanted | expected.later)),
        ):
            await self.one_mail(target, notice)
        for criterion in expected.undetermined & judged:
            await self.row(target, "undetermined", criterion=criterion)
        if expected.alert:
            await self.alerted(target, None)

    async def nothing_about(self, target: str) -> None:
        """Raises Contradiction when there is a finding or a notice."""
        await self._player.until(f"findings on {target}", lambda: self._found(target, NONE, NONE))
        await self._player.until(f"notices about {target}", lambda: self._noticed(target, 0, 0))

    async def row(self, target: str, verdict: str, *, criterion: str = "", kind: str = "") -> None:
        """Return when a line of the card, of this criterion or of this kind, has this verdict."""

        async def there() -> bool | None:
            rows = await self._player.card(target)
            ours = [row for row in rows if criterion in ("", row.criterion) and kind in ("", row.kind)]
            return any(row.verdict == verdict for row in ours) or None

        await self._player.until(f"{target} is judged {verdict} ({criterion or kind})", there)

    async def alerted(self, target: str, since: datetime | None, notice: Notice | None = None) -> None:
        """Unit and office each got a mail about ``target`` that is not the notice."""
        script = self._player.script
        name = script.outlet(target).name
        for person in (script.administrator_of(target), script.approver_for(target)):

            async def told(to: str = person.email) -> bool | None:
                mails = await self._player.mails(to, name, since)
                return any(notice is None or notice.number not in mail.text for mail in mails) or None

            await self._player.until(f"{person.login} is alerted about {target}", told)

    async def notice(self, target: str) -> Notice:
        """The one notice about ``target``."""
        return await self._player.until(f"a notice about {target}", lambda: self._player.notice(target))

    async def notice_and_one_mail(self, target: str) -> Notice:
        """The one notice about ``target``, when there is a finding and the mail has come."""

        async def found() -> bool | None:
            return bool(await self._player.findings(target, open=True)) or None

        await self._player.until(f"a finding on {target}", found)
        notice = await self.notice(target)
        await self.one_mail(target, notice)
        return notice

    async def one_mail(self, target: str, notice: Notice) -> None:
        """The notice came to the administrator once; a repetition with the same Message-ID is the same mail."""
        to = self._player.script.administrator_of(target).email

        async def came() -> int | None:
            return len({mail.message_id for mail in await self._player.mails(to, notice.number)}) or None

        number = await self._player.until(f"the mail with {notice.number} for {to}", came)
        if number != 1:
            raise Contradiction(f"the notice {notice.number} about {target} came {number} times to {to}")

    async def _judged_by_machine(self, target: str) -> frozenset[str]:
        async def card() -> list[Row] | None:
            return await self._player.card(target) or None

        rows = await self._player.until(f"a card of {target}", card)
        return frozenset(row.criterion for row in rows if row.method == JUDGED_BY_MACHINE)

    async def _found(self, target: str, wanted: frozenset[str], allowed: frozenset[str]) -> frozenset[str] | None:
        """The criteria of the open findings, once those wanted are there. Raises Contradiction when others are."""
        found = frozenset(finding.criterion.id for finding in await self._player.findings(target, open=True))
        if others := found - wanted - allowed:
            raise Contradiction(f"{target} has a finding it should not have: {', '.join(sorted(others))}")
        return found if wanted <= found else None

    async def _noticed(self, target: str, least: int, most: int) -> list[Notice] | None:
        """The notices about ``target``, once there are so many. Raises Contradiction when there are too many."""
        notices = await self._player.notices(target)
        if len(notices) > most:
            raise Contradiction(f"{target} has {len(notices)} notices and should have {most}")
        return notices if len(notices) >= least else None
