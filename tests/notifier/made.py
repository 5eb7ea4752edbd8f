"""What the tests of the notifier are about: a finding, its notice, people to tell."""

from datetime import UTC, datetime, timedelta
from typing import Literal

from services.notifier.case import Rectification
from services.notifier.delivery import Delivery, Kind
from services.notifier.message import Message
from services.notifier.rectification import issue
from services.notifier.routing import Recipient, Side
from shared.events.registry import UnitRef
from shared.events.score import Criterion, CriterionKind, Exhibit, Finding, Verdict

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
REGION = "41.01.05.0"
UNIT = UnitRef(id="u-police", name="某市公安局")


def finding(
    *,
    target: str = "m-weibo-1",
    criterion: str = "filing_violation",
    close: Literal["automatic", "reviewed"] = "automatic",
    verdict: Verdict = Verdict.VIOLATED,
    why: str = "账号名称已变更，未见变更备案。",
    episode: int = 1,
) -> Finding:
    """A finding on an account."""
    return Finding(
        id=f"{target}:{criterion}",
        target=target,
        target_name="某地网警",
        unit=UNIT,
        criterion=Criterion(
            id=criterion,
            name="变更未备案",
            kind=CriterionKind.OBLIGATION,
            citation="国办发〔2018〕123号",
            ruleset="zhengzhou-2026",
            digest="0123456789abcdef0123",
            close=close,
            probes=("profile",),
        ),
        verdict=verdict,
        why=why,
        evidence=(Exhibit(seen_at=NOW - timedelta(hours=1), note="账号名称为“某地公安”", sha256="ab" * 32),),
        as_of=NOW,
        episode=episode,
    )


def case(*, close: Literal["automatic", "reviewed"] = "automatic", now: datetime = NOW) -> Rectification:
    """A notice just issued."""
    return issue(finding(close=close), number="整改〔2026〕1号", now=now, term=10).case


def recipient(address: str = "li@zz.example") -> Recipient:
    """An administrator of the unit."""
    return Recipient(side=Side.UNIT, name="李四", address=address)


def message(address: str = "li@zz.example", **changed: str) -> Message:
    """A letter to them."""
    fields = {"id": "d-1", "name": "李四", "subject": "【整改通知】一号", "text": "您好\n", "html": "<p>您好</p>"}
    return Message.model_validate({**fields, "address": address, "written_at": NOW, **changed})


def delivery(kind: Kind = Kind.ISSUED) -> Delivery:
    """A delivery of it nobody has tried yet."""
    return Delivery(about="n-1", kind=kind, channel="mail", created_at=NOW, recipient=recipient(), message=message())
