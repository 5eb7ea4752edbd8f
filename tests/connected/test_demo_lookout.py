"""What the loop of the practice city accepts: what a fault leads to, all of it, and nothing besides."""

import asyncio
from datetime import UTC, datetime

import pytest

from demo.city import Script, load
from demo.expects import Expects, Line
from demo.lookout import Lookout
from demo.mailbox import Mail
from demo.player import Contradiction, Player
from demo.reads import Criterion, Finding, Notice, Row
from demo.visitor import Origins

SCRIPT, EXPECTS = load(), Expects.load()
SILENT = "weibo/fengdufabu"
FAULT = "silent:8"
CRITERION = "V-A2-1"
NUMBER = "整〔2026〕7号"
ROW = Row(criterion=CRITERION, kind="veto", verdict="violated", method="automatic")
FINDING = Finding(target=SILENT, criterion=Criterion(id=CRITERION), open=True, verdict="violated")
NOTICE = Notice(id="n-1", number=NUMBER, target=SILENT, state="issued")


class Told(Player):
    """Somebody who was told what there is to see, instead of looking."""

    def __init__(self, script: Script) -> None:
        super().__init__(script, "http://127.0.0.1:9", Origins("http://127.0.0.1:9"), "x", self._no_token)
        self.rows = [ROW]
        self.found = [FINDING]
        self.noticed = [NOTICE]
        self.came = [mail("<1@x>")]

    async def _no_token(self, login: str) -> str:
        raise AssertionError(login)

    async def card(self, target: str) -> list[Row]:
        return self.rows

    async def findings(self, target: str, *, open: bool) -> list[Finding]:  # noqa: A002 - what the player calls it
        return self.found

    async def notices(self, target: str) -> list[Notice]:
        return self.noticed

    async def mails(self, to: str, contains: str, since: datetime | None = None) -> list[Mail]:
        return [one for one in self.came if to in one.to and contains in one.text]


def mail(message_id: str, text: str = NUMBER) -> Mail:
    """A mail to the administrator of the account."""
    to = SCRIPT.administrator_of(SILENT).email
    now = datetime(2026, 11, 22, tzinfo=UTC)
    return Mail(message_id=message_id, sender="x", to=(to,), subject="x", text=text, received_at=now)


@pytest.fixture
def told() -> Told:
    return Told(SCRIPT)


async def accepted(told: Told, *faults: str, table: Expects = EXPECTS) -> None:
    """Return when the lookout accepts what was told; fails when it waits for more."""
    async with asyncio.timeout(0.3):
        await Lookout(told, table).as_expected(SILENT, faults)


async def test_what_the_fault_leads_to_is_accepted(told: Told) -> None:
    await accepted(told, FAULT)
    told.came.append(mail("<1@x>"))
    await accepted(told, FAULT)


async def test_what_it_leads_to_without_it_is_a_contradiction(told: Told) -> None:
    with pytest.raises(Contradiction, match=r"has a finding it should not have: V-A2-1"):
        await accepted(told)
    told.found = []
    with pytest.raises(Contradiction, match="has 1 notices and should have 0"):
        await accepted(told)
    told.noticed = []
    await accepted(told)


async def test_another_finding_a_second_notice_and_a_second_mail_are_contradictions(told: Told) -> None:
    told.came = [mail("<1@x>"), mail("<2@x>")]
    with pytest.raises(Contradiction, match="came 2 times"):
        await accepted(told, FAULT)
    told.noticed = [NOTICE, NOTICE]
    with pytest.raises(Contradiction, match="has 2 notices and should have 1"):
        await accepted(told, FAULT)
    told.found = [FINDING, FINDING.model_copy(update={"criterion": Criterion(id="V-A3-1")})]
    with pytest.raises(Contradiction, match="should not have: V-A3-1"):
        await accepted(told, FAULT)


@pytest.mark.parametrize("missing", ["found", "noticed", "came", "rows"])
async def test_what_is_missing_is_waited_for(told: Told, missing: str) -> None:
    setattr(told, missing, [])
    with pytest.raises(TimeoutError):
        await accepted(told, FAULT)
    assert told.waits_for


async def test_what_is_left_to_people_is_found_by_nobody(told: Told) -> None:
    told.rows = [ROW.model_copy(update={"method": "manual", "verdict": "undetermined"})]
    told.found, told.noticed = [], []
    await accepted(told, FAULT)


async def test_what_comes_later_is_accepted_with_its_notice_and_not_waited_for(told: Told) -> None:
    table = EXPECTS.model_copy(update={"faults": {"silent": (Line(later=CRITERION),)}})
    await accepted(told, FAULT, table=table)
    told.noticed = []
    with pytest.raises(TimeoutError):
        await accepted(told, FAULT, table=table)
    told.found = []
    await accepted(told, FAULT, table=table)


async def test_what_must_stay_undetermined_is_no_verdict(told: Told) -> None:
    told.found, told.noticed = [], []
    with pytest.raises(TimeoutError):
        await accepted(told, "no_posts")
    told.rows = [ROW.model_copy(update={"verdict": "undetermined"})]
    await accepted(told, "no_posts")


async def test_an_alert_goes_to_unit_and_office(told: Told) -> None:
    told.found, told.noticed = [], []
    name = told.script.outlet(SILENT).name
    told.came = [mail("<1@x>", f"“{name}”的名称与备案不一致")]
    with pytest.raises(TimeoutError):
        await accepted(told, "rename:别名")
    assert told.waits_for == f"fengdu-office is alerted about {SILENT}"
    office = told.script.approver_for(SILENT).email
    told.came.append(told.came[0].model_copy(update={"to": (office,)}))
    await accepted(told, "rename:别名")
