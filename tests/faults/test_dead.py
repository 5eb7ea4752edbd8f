"""R7: what cannot be processed lies on DEAD, its neighbours do not notice, and it works once the handler is mended."""

import argparse
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import structlog
from pydantic import SecretStr

from services.commands import dead
from services.commands import operator as operator_commands
from services.notifier import handlers
from services.notifier.rectification import issue
from shared.bus import Bus, Heard, Hears, Listener, NotStored
from shared.bus.consumers import consumer_config
from shared.bus.users import ADMIN, Keys
from shared.embedded import CannotStart, Nats, free_port
from shared.events import registry, work
from shared.events.score import FindingRaised
from shared.outbox import say
from shared.settings import Settings
from tests.notifier.made import finding
from tests.notifier.relay import relaying
from tests.notifier.stage import Stage, eventually, staged

REGION = "41.01.05.0"
SUBJECT = f"registry.unit_changed.{REGION}"
Line = tuple[str, ...]


class Operator:
    """Types ``govwatch dead`` at a running installation."""

    def __init__(self, bus: Bus, settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
        self.bus = bus
        self.settings = settings
        self._capsys = capsys

    async def types(self, words: str) -> int:
        parser = argparse.ArgumentParser()
        dead.add(parser.add_subparsers())
        parsed = parser.parse_args(["dead", *words.split()])
        code: int = await parsed.run(parsed, self.settings)
        return code

    def sees(self) -> str:
        return self._capsys.readouterr().out

    async def entries(self, options: str = "") -> list[Line]:
        """The list, without its heading and last line."""
        self.sees()
        assert await self.types(f"list {options}") == 0
        lines = [tuple(line.split("\t")) for line in self.sees().splitlines()]
        return [line for line in lines if len(line) == 7 and line[0].isdigit()]

    async def dead(self, number: int) -> None:
        """Return once DEAD holds exactly ``number`` entries."""

        async def enough() -> bool:
            return (await self.bus.stream("DEAD")).state.messages == number

        await eventually(enough)


@pytest.fixture
def operator(bus: Bus, nats_url: str, tmp_path: Path, mongo_url: str, capsys: pytest.CaptureFixture[str]) -> Operator:
    return Operator(bus, Settings(nats_url=nats_url, data_dir=tmp_path, mongo_url=SecretStr(mongo_url)), capsys)


@pytest.fixture(autouse=True)
def _few_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.bus.listen.TRIES", 2)


class Service:
    """A service whose two consumers break on some units until it is mended."""

    def __init__(self) -> None:
        self.broken = {"bad", "worse"}
        self.heard: dict[str, list[str]] = {"one": [], "other": []}

    def hears(self, name: str) -> Hears:
        async def handler(_app: None, heard: Heard[Any]) -> None:
            if heard.event.subject in self.broken:
                raise ValueError(f"出错了\r\nNats-Rollup: all\x00{heard.event.subject}")
            self.heard[name].append(heard.event.subject)

        return Hears(name, (registry.UnitChanged,), handler)

    async def all_heard(self, word: str) -> None:
        """Return once both consumers heard ``word``."""

        async def everywhere() -> bool:
            return all(word in heard for heard in self.heard.values())

        await eventually(everywhere)


@asynccontextmanager
async def at_work(bus: Bus, url: str, keys: Keys, *lines: Hears) -> AsyncIterator[None]:
    listener = Listener(bus, url, keys.seed(ADMIN))
    for line in lines:
        await bus.js.add_consumer(line.stream, consumer_config(bus.name, line))
        listener.add(line, None)
    await listener.start()
    try:
        yield
    finally:
        await listener.stop()


def told(word: str) -> Any:
    unit = registry.Unit(id=word, name="郑州市“某”局\u202e", region=REGION, revision=1)
    return say(registry.UnitChanged(unit=unit), subject=word, region=REGION, actor="service:test", reason="test")


async def test_a_message_two_consumers_gave_up_is_played_once_and_leaves_dead(
    operator: Operator, bus: Bus, nats_url: str, keys: Keys
) -> None:
    service = Service()
    async with at_work(bus, nats_url, keys, service.hears("one"), service.hears("other")):
        for word in ("bad", "good", "worse"):
            await bus.publish(told(word))
        await operator.dead(4)
        assert service.heard == {"one": ["good"], "other": ["good"]}

        service.broken = {"worse"}
        assert await operator.types("replay --all") == 0
        assert "2 messages played again, 0 not" in operator.sees()
        await service.all_heard("bad")
        await operator.dead(2)  # not four: what fails again comes back as often as it had been given up
        assert {line[2] for line in await operator.entries()} == {"admin.one", "admin.other"}

        service.broken = set()
        [first, _] = await operator.entries()
        assert await operator.types(f"replay {first[0]}") == 0
        await service.all_heard("worse")
        await operator.dead(0)


async def test_the_list_says_what_was_given_up_by_whom_and_why_and_can_be_narrowed_and_paged(
    operator: Operator, bus: Bus, nats_url: str, keys: Keys
) -> None:
    assert await operator.types("list") == 0
    assert operator.sees() == "0 in all\n"
    service = Service()
    async with at_work(bus, nats_url, keys, service.hears("one"), service.hears("other")):
        await bus.publish(told("bad"))
        await bus.publish(told("worse"))
        await operator.dead(4)
    lines = await operator.entries()
    assert [line[0] for line in lines] == ["1", "2", "3", "4"]
    assert {line[2:6] for line in lines} == {
        (f"admin.{name}", "registry.unit_changed", REGION, "2") for name in ("one", "other")
    }
    assert {line[6] for line in lines} == {f"ValueError: 出错了 Nats-Rollup: all {word}" for word in ("bad", "worse")}
    for options, number in (
        ("--service admin", 4),
        ("--service prober", 0),
        ("--fact registry.unit_changed", 4),
        ("--fact registry.unit", 0),
        ("--since 1h", 4),
        (f"--since {datetime.now(UTC):%Y-%m-%dT%H:%M:%S}.999", 0),
        ("--after 3", 1),
    ):
        assert len(await operator.entries(options)) == number, options
    assert await operator.types("list --limit 3") == 0
    assert operator.sees().endswith("3 shown, 1 more: --after 3\n")


async def test_one_entry_is_shown_with_its_reason_and_body_and_plays_no_tricks(
    operator: Operator, bus: Bus, nats_url: str, keys: Keys
) -> None:
    service = Service()
    async with at_work(bus, nats_url, keys, service.hears("one"), service.hears("other")):
        await bus.publish(told("bad"))
        await operator.dead(2)
    assert await operator.types("show 1") == 0
    shown = operator.sees()
    assert "after 2 tries" in shown
    assert "error     ValueError: 出错了 Nats-Rollup: all bad\n" in shown
    assert f"subject   {SUBJECT}\n" in shown
    assert "message   FACTS:1\n" in shown
    assert "given up by others: 2" in shown
    assert '"name": "郑州市“某”局\\u202e"' in shown
    assert await operator.types("show 17") == 1


async def test_an_entry_is_dropped_with_a_reason_and_never_without(operator: Operator, bus: Bus) -> None:
    await bus.publish_raw(f"dead.prober.{SUBJECT}", b"{}", uuid4().hex)
    with pytest.raises(SystemExit):
        await operator.types("drop 1")
    with structlog.testing.capture_logs() as logged:
        assert await operator.types("drop 1 --reason superseded") == 0
    assert [(line["event"], line["reason"], line["subject"]) for line in logged] == [("dropped", "superseded", SUBJECT)]
    assert await operator.entries() == []
    assert await operator.types("drop 1 --reason again") == 1


@pytest.mark.parametrize("words", ["replay", "replay 1 --all", "replay 1 --service prober"])
async def test_what_to_replay_must_be_said(operator: Operator, words: str) -> None:
    assert await operator.types(words) == 64


@pytest.mark.parametrize("words", ["list --since yesterday", "list --fact a*", "show 0", "list --limit -1"])
async def test_what_is_no_answer_to_a_question_is_a_usage_error(operator: Operator, words: str) -> None:
    with pytest.raises(SystemExit):
        await operator.types(words)


async def test_a_bus_that_is_not_there_is_told_in_a_sentence(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operator_commands, "PATIENCE", 0.5)
    operator.settings = operator.settings.model_copy(update={"nats_url": f"nats://127.0.0.1:{free_port()}"})
    with pytest.raises(CannotStart, match="is it running"):
        await operator.types("list")


async def test_work_goes_back_to_its_own_subject_unless_newer_work_waits_there(operator: Operator, bus: Bus) -> None:
    due = say(work.VisitDue(outlet="w-1"), subject="w-1", region=None, actor="service:prober", reason="plan")
    await bus.publish_raw(f"dead.prober.{due.address}", due.encode(), "dead:WORK_prober:7:prober_visits")
    newer = await bus.publish(due.model_copy(update={"id": "newer"}))
    assert await operator.types("replay 1") == 1
    assert (await bus.js.get_msg("WORK_prober", newer)).seq == newer
    await operator.dead(1)
    await bus.js.delete_msg("WORK_prober", newer)
    assert await operator.types("replay 1") == 0
    kept = await bus.js.get_msg("WORK_prober", newer + 1)
    assert (kept.subject, kept.data) == (due.address, due.encode())
    await operator.dead(0)


async def test_five_megabytes_are_refused_where_they_are_said_and_nobody_else_notices(bus: Bus) -> None:
    with pytest.raises(NotStored):
        await bus.publish_raw(SUBJECT, b"x" * 5_000_000, uuid4().hex)
    assert await bus.publish(told("good")) == 1


def _changed(**changes: Any) -> Callable[[dict[str, Any]], bytes]:
    return lambda event: json.dumps({**event, **changes}).encode()


POISON: dict[str, Callable[[dict[str, Any]], bytes]] = {
    "invalid JSON": lambda event: json.dumps(event).encode()[:-1],
    "no JSON": lambda _: b"\x00\x01\x02",
    "nothing": lambda _: b"",
    "NUL in the middle": lambda event: json.dumps(event).encode().replace(b"finding", b"fin\x00ding"),
    "unknown type": _changed(type="score.unheard_of"),
    "unknown version": _changed(specversion="2.0"),
    "wrong types": _changed(data={"finding": {"episode": "many", "unit": 7}}),
    "too deep": lambda _: b"[" * 200_000,
}


async def test_the_notifier_survives_every_poison_and_hears_again_what_it_could_not_handle(
    operator: Operator, nats: Nats, keys: Keys, mongo_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with relaying() as relay, staged(mongo_url, nats, keys, operator.bus, relay) as stage, stage.working():

        def breaks(found: Any, **options: Any) -> Any:
            if found.target == "m-breaks":
                raise KeyError("a mistake of ours")
            return issue(found, **options)

        monkeypatch.setattr(handlers, "issue", breaks)
        await stage.say(FindingRaised(finding=finding(target="m-before")))
        await stage.say(FindingRaised(finding=finding(target="m-breaks")))
        event = say(FindingRaised(finding=finding()), subject="x", region=REGION, actor="service:test", reason="test")
        for poison in POISON.values():
            await operator.bus.publish_raw(event.address, poison(json.loads(event.encode())), uuid4().hex)
        await stage.say(FindingRaised(finding=finding(target="m-after")))
        await eventually(lambda: _noticed(stage, {"m-before", "m-after"}))
        await eventually(lambda: _given_up(operator, "notifier.findings", len(POISON) + 1))

        monkeypatch.setattr(handlers, "issue", issue)
        assert await operator.types("replay --all --service notifier") == 0
        await eventually(lambda: _noticed(stage, {"m-before", "m-after", "m-breaks"}))
        await eventually(lambda: _given_up(operator, "notifier.findings", len(POISON)))


async def _true(value: bool) -> bool:
    return value


async def _noticed(stage: Stage, targets: set[str]) -> bool:
    return {document.case.notice.target for document in await stage.notices()} == targets


async def _given_up(operator: Operator, handler: str, number: int) -> bool:
    return len([line for line in await operator.entries() if line[2] == handler]) == number
