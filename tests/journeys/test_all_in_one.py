"""``govwatch all``: what a newcomer starts, stops, starts again, and is told when it cannot start."""

import signal
import socket
from contextlib import suppress
from pathlib import Path

import pytest

from demo.city import load
from demo.play import STEPS
from demo.visitor import Origins, Visitor
from services.commands.practice import PASSWORD
from tests.journeys.newcomer import PORTS, Govwatch, started

pytestmark = [
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.timeout(400),
    # the loop played once takes its time meanwhile; test_with_one_command looks at how it ended
    pytest.mark.usefixtures("once"),
]
USAGE = 64


async def test_it_starts_stops_without_a_trace_and_finds_its_data_again(tmp_path: Path) -> None:
    with started(tmp_path, "all", "--demo") as govwatch:
        await govwatch.answers()
        assert PASSWORD in govwatch.said
        filing = await _filed_on_a_page(govwatch)
        with started(tmp_path / "another", "all", GOVWATCH_DATA_DIR=govwatch.settings["GOVWATCH_DATA_DIR"]) as second:
            assert await second.ended(30) == 1
            [sentence] = second.sentences
            pid = govwatch.process.pid
            assert sentence.startswith(f"govwatch all: another govwatch (process {pid}) is using {tmp_path / 'var'}")
        assert {"mongod", "nats-server"} <= {*_running(tmp_path)}

        govwatch.process.terminate()

        assert await govwatch.ended(20) == 0
        assert govwatch.sentences == []
        assert _running(tmp_path) == []

    with started(tmp_path, "all", "--demo", **govwatch.settings) as again:
        await again.answers()
        assert "已归档" in await _decided_on_a_page(again, filing)
        assert not [step for step in STEPS if str(step) in again.said]
        again.process.send_signal(signal.SIGINT)
        assert await again.ended(20) == 0
        assert again.sentences == []


@pytest.mark.parametrize("port", PORTS)
async def test_a_port_that_is_taken_is_told_in_one_sentence(tmp_path: Path, port: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = str(taken.getsockname()[1])
        with started(tmp_path, "all", **{port: number}) as govwatch:
            assert await govwatch.ended(60) == 1
            [sentence] = govwatch.sentences
            assert sentence.startswith(f"govwatch all: port {number} ")
            assert port in sentence
        assert _running(tmp_path) == []


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("all", "--once"), USAGE, "govwatch all: --once goes with --demo"),
        (("prober",), 1, "govwatch prober: a single service needs GOVWATCH_NATS_URL and GOVWATCH_MONGO_URL"),
    ],
)
async def test_what_is_missing_is_told_in_one_sentence(
    tmp_path: Path, arguments: tuple[str, ...], code: int, sentence: str
) -> None:
    with started(tmp_path, *arguments) as govwatch:
        assert await govwatch.ended(60) == code
        [told] = govwatch.sentences
        assert told.startswith(sentence)


async def _filed_on_a_page(govwatch: Govwatch) -> str:
    """The page of a filing that the loop knows nothing of."""
    script = load()
    login = script.administrator_of(script.plot.healthy).login
    async with Visitor(Origins(govwatch.origin)) as visitor:
        await visitor.sign_in(login, PASSWORD)
        form = (await visitor.open("/registry/file?kind=open&what=new_media")).form("/registry/file")
        landed = await visitor.send(form, platform="weibo", account="journey", name="旅途发布（演练）")
    return landed.address.removeprefix(govwatch.origin)


async def _decided_on_a_page(govwatch: Govwatch, path: str) -> str:
    """What the page of a filing says after the office approved it there."""
    script = load()
    login = script.approver_for(script.plot.healthy).login
    async with Visitor(Origins(govwatch.origin)) as visitor:
        await visitor.sign_in(login, PASSWORD)
        page = await visitor.open(path)
        return (await visitor.send(page.form(f"{path}/approve"), reason="同意")).text


def _running(directory: Path) -> list[str]:
    """Every process that a govwatch started in ``directory`` has started, by the environment they all inherit."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if f"TMPDIR={directory}\0".encode() in (process / "environ").read_bytes():
                found.append((process / "comm").read_text().strip())
    return found
