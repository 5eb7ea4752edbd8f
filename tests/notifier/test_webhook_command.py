"""``govwatch webhook``: what an operator types, what that does, and that a secret is seen once and nowhere else."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import structlog

from services.commands.register import register
from services.registry.intake import Intake
from shared.audit import Deed
from shared.audit.store import Chain
from shared.documents import SYSTEM
from shared.identity import Role
from shared.telemetry import set_up_logs
from tests.notifier.feed import Operator, arrives, endpoint_of, fed, impatient, line, numbered, registered, settled
from tests.notifier.receiver import OFFICE, Receiver, status
from tests.notifier.stage import Stage, eventually


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    impatient(monkeypatch)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Callable[[], str]]:
    """Everything the notifier logs at DEBUG, set up as in production."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers = []
    set_up_logs("DEBUG", service="notifier", file=tmp_path / "notifier.log")
    yield lambda: (tmp_path / "notifier.log").read_text(encoding="utf-8")
    for handler in root.handlers:
        handler.close()
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


async def test_w5_a_secret_is_shown_once_and_is_in_no_log_line_no_queue_and_no_answer(
    stage: Stage, receiver: Receiver, operator: Operator, log: Callable[[], str]
) -> None:
    await stage.person("wang", Role.SUBSCRIBER)
    async with register(operator.settings) as app:
        await Intake(app).office(OFFICE.id, OFFICE.name, OFFICE.region, OFFICE.looks_after, "operator:test")
    assert await operator.types("add", OFFICE.id, receiver.url, "--facts", "notice.*") == 0
    receiver.secret = operator.sees().splitlines()[-1]
    assert receiver.secret.startswith("whsec_")
    assert await operator.types("add", OFFICE.id, receiver.url) == 1
    receiver.answers = [status("503 Away")]
    async with fed(stage):
        await numbered(stage, 2)
        await eventually(lambda: settled(stage, 2))
        assert await operator.types("rotate", OFFICE.id) == 0
        fresh = operator.sees().splitlines()[-1]
        await numbered(stage, 1)
        await eventually(lambda: settled(stage, 3))
    assert await operator.types("list") == 0
    listed = operator.sees()
    assert receiver.verified()[-1:] == receiver.verified(fresh, first=len(receiver.arrived) - 1)
    queue = "".join(one.model_dump_json() for one in await line(stage))
    async with stage.browsing("wang") as browser:
        answer = (await browser.get(f"/notifier/api/events/{receiver.arrived[0].id}")).text
    logged = log()
    assert "an endpoint fails" in logged
    shown = logged + listed + queue + answer + repr(await endpoint_of(stage))
    for secret in (receiver.secret, fresh):
        assert secret not in shown
        assert secret.removeprefix("whsec_") not in shown
    assert "in-the-address" not in logged + queue + answer


async def test_the_operator_removes_an_endpoint_and_its_line(
    stage: Stage, receiver: Receiver, operator: Operator
) -> None:
    receiver.otherwise = lambda _: status("503 Away")
    await registered(stage, receiver.endpoint())
    async with fed(stage):
        await numbered(stage, 2)
        await arrives(receiver, 1)
        assert await operator.types("remove", OFFICE.id) == 0
        assert await stage.app.store.endpoints.count(SYSTEM) == 0
    assert await operator.types("list") == 0
    assert operator.sees() == "no endpoints\n"
    for act in ("rotate", "resume", "remove"):
        assert await operator.types(act, OFFICE.id) == 1
    assert await operator.types("add", "o-unknown", receiver.url) == 1


@pytest.mark.parametrize(
    "words",
    [
        ("add", OFFICE.id, "ftp://x.example/"),
        ("add", OFFICE.id, "http://user@x.example/"),
        ("add", OFFICE.id, "http://x.example/", "--facts", "probe.completed"),
        ("add", OFFICE.id, "http://x.example/", "--facts", "notice.*,work.*"),
    ],
)
async def test_what_cannot_be_an_endpoint_is_a_usage_error(operator: Operator, words: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit):
        await operator.types(*words)


async def test_what_is_done_to_an_endpoint_is_on_record_without_its_secrets(
    stage: Stage, receiver: Receiver, operator: Operator
) -> None:
    async with register(operator.settings) as app:
        await Intake(app).office(OFFICE.id, OFFICE.name, OFFICE.region, OFFICE.looks_after, "operator:test")
    secrets = []
    for act in ("add", "rotate", "resume", "remove"):
        assert await operator.types(act, OFFICE.id, *([receiver.url] if act == "add" else [])) == 0
        secrets += [line for line in operator.sees().splitlines() if line.startswith("whsec_")]
    chain = Chain(stage.app.store.database.client.database(f"{operator.settings.mongo_prefix}_notifier"), "notifier")
    found = list(reversed(await chain.find(SYSTEM, {"record.object": OFFICE.id})))
    assert [(one.deed, one.reason) for one in found] == [
        (Deed.ENDPOINT_ADDED, "added"),
        (Deed.ENDPOINT_CHANGED, "rotated"),
        (Deed.ENDPOINT_CHANGED, "resumed"),
        (Deed.ENDPOINT_REMOVED, "removed"),
    ]
    told = "".join(one.model_dump_json() for one in found)
    assert len(secrets) == 2
    assert not any(secret in told for secret in [*secrets, urlsplit(receiver.url).path.strip("/") or "whsec_"])
