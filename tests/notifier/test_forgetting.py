"""Whom a notice went to is forgotten when its time is over, and not before; that it went stays."""

from datetime import datetime, timedelta

from services.notifier.delivery import Delivery, DeliveryState, Kind
from services.notifier.follow_up import forget_recipients
from services.notifier.message import Message
from services.notifier.store import DeliveryDocument
from shared.documents import SYSTEM
from tests.notifier.made import NOW, REGION, recipient
from tests.notifier.stage import Stage


def delivered(id_: str, at: datetime | None) -> DeliveryDocument:
    """A letter settled then, or still waiting."""
    to = recipient()
    letter = Message(
        id=id_, name=to.name, address=to.address, subject="通知", text="李四：", html="<p>李四：</p>", written_at=NOW
    )
    return DeliveryDocument(
        id=id_,
        region=REGION,
        delivery=Delivery(
            about="n-1",
            kind=Kind.ISSUED,
            channel="mail",
            created_at=NOW,
            recipient=to,
            message=letter,
            state=DeliveryState.DELIVERED if at else DeliveryState.WAITING,
            settled_at=at,
            why="250 ok <li@zz.example>",
        ),
    )


async def test_after_four_hundred_days_nothing_says_to_whom(stage: Stage) -> None:
    stage.clock.stopped = NOW
    deliveries = stage.app.store.deliveries
    for id_, at in (
        ("old", NOW - timedelta(days=400, seconds=1)),
        ("new", NOW - timedelta(days=400)),
        ("open", None),
    ):
        await deliveries.create(delivered(id_, at))
    for _ in range(2):
        await forget_recipients(stage.app)
    kept = {one.id: one for one in await deliveries.find(SYSTEM)}
    assert "李四" not in kept["old"].model_dump_json()
    assert "li@zz" not in kept["old"].model_dump_json()
    assert (kept["old"].delivery.state, kept["old"].delivery.about) == (DeliveryState.DELIVERED, "n-1")
    assert kept["old"].version == 2, "forgotten once"
    for id_ in ("new", "open"):
        assert kept[id_].delivery.recipient == recipient()
        assert kept[id_].delivery.message is not None
