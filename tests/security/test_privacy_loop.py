"""Everybody is a canary: after the whole loop nothing that says who they are is on the bus, in a log or in a trace."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from typing import Any, Self

import pytest
from nats.aio.msg import Msg
from nats.js.errors import NotFoundError

from demo.city import Person, Script
from demo.variants import variant
from shared.bus.streams import STREAMS
from tests.journeys.overlay import at_random
from tests.journeys.town import MARK, Town
from tests.world import World, at_work, seed, until

PHONE = "13812345678"
CANARIES = ("欧阳金丝", PHONE, "jinsi", "canary.example")
BROKEN = b'{"specversion":"1.0","type":"work.notifier.due","id":["' + "欧阳金丝".encode() + b' 13812345678","jinsi"],'
BROKEN += '"told":"写给 jinsi@canary.example，电话13812345678"}'.encode()


class Collector:
    """An OpenTelemetry collector that keeps what it is sent."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        kept = self.bodies

        class Take(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                kept.append(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Take)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def canaries(script: Script) -> Script:
    """``script`` with a canary for everybody in it, and portals, so that the marks are asked for."""

    def canary(number: int, person: Person) -> Person:
        name = f"欧阳金丝{PHONE}"
        return person.model_copy(
            update={"login": f"jinsi{number}", "name": name, "email": f"jinsi{number}@canary.example"}
        )

    people = tuple(canary(number, person) for number, person in enumerate(script.people))
    websites = tuple(site.model_copy(update={"site_class": "portal"}) for site in script.websites)
    return script.model_copy(update={"people": people, "websites": websites})


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as collector:
        yield collector


@pytest.fixture
async def town(tmp_path: Path, collector: Collector) -> AsyncIterator[Town]:
    number = seed()
    draw, script = Random(number), canaries(variant(number, units=2))
    overlay = replace(at_random(draw, script), looks=1, marks={"site_code": "网站标识码"})
    overlay.write(tmp_path / "rulesets")
    settings = {
        "GOVWATCH_RULESET_DIR": str(tmp_path / "rulesets"),
        "GOVWATCH_LOG_LEVEL": "DEBUG",
        "GOVWATCH_OTLP_ENDPOINT": collector.url,
    }
    async with at_work(World(tmp_path, script, settings)) as world, world.player() as player:
        yield Town(world, player, overlay, draw)


@asynccontextmanager
async def overheard(world: World) -> AsyncIterator[list[tuple[str, bytes]]]:
    """Everything that anybody says on the bus: (subject, headers and body)."""
    heard: list[tuple[str, bytes]] = []

    async def hear(message: Msg) -> None:
        heard.append((message.subject, str(message.headers).encode() + message.data))

    async with world.administrator() as bus:
        await bus.connection.subscribe(">", cb=hear)
        yield heard


async def kept(world: World) -> AsyncIterator[tuple[str, bytes]]:
    """Everything that lies on a stream: (subject, headers and body)."""
    async with world.administrator() as bus:
        for stream in STREAMS:
            state = (await bus.stream(stream)).state
            for number in range(max(state.first_seq, 1), state.last_seq + 1):
                try:
                    message = await bus.js.get_msg(stream, number)
                except NotFoundError:
                    continue
                yield f"{stream} {message.subject}", str(message.headers).encode() + (message.data or b"")


def logs(directory: Path) -> dict[str, bytes]:
    """Every log there is, by its name."""
    return {file.name: file.read_bytes() for file in directory.rglob("*.log") if file.is_file()}


def leaks(where: str, said: bytes) -> list[str]:
    return [f"{canary} in {where}" for canary in CANARIES if canary.encode() in said]


async def the_loop(town: Town, website: str) -> None:
    """A filing, its approval, a fault, the notice by mail, the receipt, the reply, and the end of it."""
    player = town.player
    await town.opened(website)
    await player.put(website, MARK)
    mail = await town.notice_by_mail(website)
    assert "欧阳金丝" in mail.text
    notice = await town.until("the notice", lambda: player.notice(website))
    await town.until("signed for", lambda: player.sign(website, notice))
    await town.until("replied", lambda: player.reply(website, notice, "已在页脚补上网站标识码"))
    await player.mend(website)
    await town.closed(website)


async def given_up(world: World) -> None:
    """Have the notifier give up a message that is none, and that says what it should not."""
    async with world.administrator() as bus:
        await bus.js.publish("work.notifier.due.broken", BROKEN)

        async def is_dead() -> Any:
            return (await bus.stream("DEAD")).state.messages

        await until("it lies on DEAD", is_dead)


@pytest.mark.timeout(180)
async def test_a_contact_is_nowhere_it_does_not_belong(town: Town, collector: Collector, tmp_path: Path) -> None:
    website, world = town.websites[0], town.world
    async with overheard(world) as heard:
        await the_loop(town, website)
        said = list(heard)
    found = [leak async for where, what in kept(world) for leak in leaks(where, what)]
    assert {subject.split(".")[0] for subject, _ in said} >= {"registry", "score", "notice", "probe", "work"}
    found += [leak for where, what in said for leak in leaks(where, what)]
    assert found == []

    await given_up(world)
    shown = await world.govwatch("dead", "show", "1")
    assert shown.code == 0, shown.err
    assert PHONE not in shown.out + shown.err
    assert "canary.example" not in shown.out + shown.err
    revealed = await world.govwatch("dead", "show", "1", "--reveal")
    assert PHONE in revealed.out
    assert '"event":"revealed"' in revealed.err
    assert PHONE not in revealed.err
    dead = [what.partition(BROKEN) async for where, what in kept(world) if where.startswith("DEAD")]
    assert [(body, leaks("headers", headers)) for headers, body, _ in dead] == [(BROKEN, [])]

    async def traced() -> bool:
        return any(b"notifier hears" in body for body in list(collector.bodies))

    await until("spans arrive", traced)
    await asyncio.gather(*(world.halt(name) for name in world.processes))
    told = logs(tmp_path)
    assert {"registry.log", "prober.log", "scorer.log", "notifier.log", "mongod.log", "nats-server.log"} <= told.keys()
    told |= {f"trace {number}": body for number, body in enumerate(collector.bodies)}
    assert [leak for where, what in told.items() for leak in leaks(where, what)] == []
