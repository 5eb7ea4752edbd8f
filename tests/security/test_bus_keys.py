"""A key of the bus is changed while everybody works, and the old one is worth nothing then."""

import argparse
import asyncio
import contextlib
import signal
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import nats as nats_py
import pytest
from nats.errors import Error
from pydantic import SecretStr

from services.commands import keys as keys_command
from services.commands import streams
from shared.bus import Bus, Heard, Hears, Listener
from shared.bus.consumers import consumer_config
from shared.bus.link import NotStored
from shared.bus.users import Keys, KeyTrouble, service_user
from shared.embedded import Nats, write_config
from shared.events import Event, registry
from shared.runtime import seed_of
from shared.runtime.renewal import keep_signed_in
from shared.settings import Settings
from tests.security.bus_town import ZHENGZHOU, quiet, restarted, sweep, told


@pytest.fixture(autouse=True)
def swept() -> Iterator[None]:
    """See ``sweep``."""
    yield from sweep()


class TestKeys:
    def test_the_three_steps_come_in_their_order(self, keys: Keys) -> None:
        old = keys.admitted("registry")
        for wrong in (keys.use_next, keys.drop_old):
            with pytest.raises(KeyTrouble):
                wrong("registry")
        keys.make_next("registry")
        assert keys.admitted("registry")[0:1] == old
        with pytest.raises(KeyTrouble):
            keys.make_next("registry")
        keys.use_next("registry")
        new, *rest = keys.admitted("registry")
        assert rest == old
        with pytest.raises(KeyTrouble):
            keys.make_next("registry")
        keys.drop_old("registry")
        assert keys.admitted("registry") == [new]
        assert new not in old
        with pytest.raises(KeyTrouble):
            keys.make_next("nobody")

    def test_keys_are_files_of_their_owner_and_offices_stay_offices(self, keys: Keys, tmp_path: Path) -> None:
        keys.make_office("zz")
        keys.make_next("office_zz")
        assert keys.offices() == ["zz"]
        assert {path.stat().st_mode & 0o777 for path in (tmp_path / "keys").iterdir()} == {0o600}

    async def test_the_command_says_what_is_wrong(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        Keys(tmp_path / "keys").seed("registry")
        settings = Settings(data_dir=tmp_path)
        parser = argparse.ArgumentParser()
        keys_command.add(parser.add_subparsers())

        async def types(words: str) -> int:
            parsed = parser.parse_args(["keys", *words.split()])
            code: int = await parsed.run(parsed, settings)
            return code

        assert await types("use registry") == 1
        assert "make it with `next`" in capsys.readouterr().err
        assert await types("next registry") == 0
        assert "govwatch streams users" in capsys.readouterr().err
        assert await types("list") == 0
        assert capsys.readouterr().out == "registry\tbeing changed\n"

    def test_a_key_from_a_file_is_read_again(self, tmp_path: Path) -> None:
        file = tmp_path / "seed"
        settings = Settings(nats_seed_file=file, nats_seed=SecretStr("not this"), data_dir=tmp_path)
        for seed in ("first", "second"):
            file.write_text(seed + "\n")
            assert seed_of("registry", settings) == seed


# nats-py leaves the socket of a connection that was refused to the garbage collector
LEFT_OPEN = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")


async def until(true: Callable[[], bool]) -> None:
    """Return when ``true`` says so; fails after 20 seconds."""
    for _ in range(1000):
        if true():
            return
        await asyncio.sleep(0.02)
    pytest.fail("it did not happen in 20 seconds")


class Worker:
    """A service that says an event every few milliseconds and hears its own, as ``running`` makes it work.

    What the server refuses while it reads its users again is said again with the same id, as the relay does.
    """

    def __init__(self) -> None:
        self.said: list[str] = []
        self.heard: set[str] = set()
        self.slowest = 0.0

    async def hear(self, _app: None, heard: Heard[Any]) -> None:
        self.heard.add(heard.event.id)

    async def say(self, bus: Bus) -> None:
        loop = asyncio.get_running_loop()
        while True:
            event = told(ZHENGZHOU)
            begun = loop.time()
            await self._store(bus, event)
            self.slowest = max(self.slowest, loop.time() - begun)
            self.said.append(event.id)
            await asyncio.sleep(0.005)

    async def _store(self, bus: Bus, event: Event[Any]) -> None:
        for _ in range(100):
            with contextlib.suppress(NotStored):
                await bus.publish(event)
                return
            await asyncio.sleep(0.02)
        pytest.fail("an event was refused for two seconds")

    async def more(self, number: int = 50) -> None:
        """Return when ``number`` more were said and all of them heard."""
        wanted = len(self.said) + number
        await until(lambda: len(self.said) >= wanted and self.heard.issuperset(self.said[:wanted]))


@LEFT_OPEN
async def test_a_service_works_on_while_its_key_is_changed_and_the_old_one_is_worth_nothing_then(
    nats: Nats, bus: Bus, nats_url: str, keys: Keys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """next, reload, use, drop, reload: no event is lost or doubled, and nothing is handed to the old key."""
    monkeypatch.setattr("shared.runtime.renewal.LOOK_EVERY", 0.05)
    monkeypatch.setattr("shared.bus.link.PUBLISH_PATIENCE", 1.0)
    worker = Worker()
    line = Hears("units", (registry.UnitChanged,), worker.hear)
    users = [service_user("t", [line], [registry.UnitChanged])]
    nats.allow(users)
    await restarted(nats, bus)
    await bus.js.add_consumer("FACTS", consumer_config("t", line))
    old_seed = keys.seed("t")
    service = await Bus.connect(nats_url, "t", old_seed)
    old = service.connection
    listener = Listener(service, nats_url, old_seed)
    listener.add(line, None)
    await listener.start()
    settings = Settings(data_dir=tmp_path, nats_url=nats_url)
    tasks = [
        asyncio.create_task(worker.say(service)),
        asyncio.create_task(keep_signed_in(service, listener, partial(seed_of, "t", settings))),
    ]

    def reload() -> None:
        write_config(tmp_path / "nats", nats.port, users, keys, tls=False)
        nats.signal(signal.SIGHUP)

    await worker.more()
    keys.make_next("t")
    reload()
    await worker.more()
    keys.use_next("t")
    await worker.more()
    await until(lambda: old.is_closed and listener.seed == service.seed != old_seed)
    keys.drop_old("t")
    reload()
    await worker.more()
    assert not tasks[0].done()
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    await listener.stop()
    await service.close()
    assert worker.slowest < 2.0
    assert len(worker.said) == len(set(worker.said)) <= (await bus.stream("FACTS")).state.messages
    with pytest.raises((Error, OSError)):
        await nats_py.connect(nats_url, nkeys_seed_str=old_seed, allow_reconnect=False, error_cb=quiet)


@LEFT_OPEN
async def test_the_commands_change_a_key_of_an_embedded_server_that_runs(
    nats: Nats, bus: Bus, nats_url: str, keys: Keys, tmp_path: Path
) -> None:
    nats.allow(streams.users({}))
    await restarted(nats, bus)
    process = nats.pid
    settings = Settings(data_dir=tmp_path, nats_url=nats_url)
    parser = argparse.ArgumentParser()
    keys_command.add(parser.add_subparsers())

    async def types(words: str) -> None:
        parsed = parser.parse_args(["keys", *words.split()])
        assert await parsed.run(parsed, settings) == 0

    async def let_in(seed: str) -> bool:
        try:
            connection = await nats_py.connect(
                nats_url, nkeys_seed_str=seed, allow_reconnect=False, error_cb=quiet, inbox_prefix=b"_INBOX.scorer"
            )
        except (Error, OSError):
            return False
        await connection.close()
        return True

    async def becomes(seed: str, *, known: bool) -> None:
        for _ in range(100):
            if await let_in(seed) is known:
                return
            await asyncio.sleep(0.05)
        pytest.fail("the server did not take the change")

    old = keys.seed("scorer")
    await types("next scorer")
    new = (tmp_path / "keys" / "scorer.next.nk").read_text()
    await becomes(new, known=True)
    await types("use scorer")
    assert keys.seed("scorer") == new
    assert await let_in(old)
    await types("drop scorer")
    await becomes(old, known=False)
    assert await let_in(new)
    assert nats.pid == process
