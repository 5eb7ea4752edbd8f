"""``govwatch all``: what a newcomer starts, stops, starts again, and is told when it cannot start."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from demo.city import load
from demo.play import STEPS
from demo.visitor import Origins, Visitor
from services.commands.practice import PASSWORD
from shared.embedded import free_port
from tests.world import until

pytestmark = [pytest.mark.asyncio(loop_scope="package"), pytest.mark.timeout(400)]
ROOT = Path(__file__).parents[2]
PORTS = ("GOVWATCH_HTTP_PORT", "GOVWATCH_EMBEDDED_NATS_PORT", "GOVWATCH_EMBEDDED_MONGO_PORT")
USAGE = 64


class Govwatch:
    """A govwatch that was started in ``directory``, as a newcomer does."""

    def __init__(self, directory: Path, *arguments: str, **settings: str) -> None:
        directory.mkdir(exist_ok=True)
        self.directory = directory
        self.settings = {
            "GOVWATCH_DATA_DIR": str(directory / "var"),
            "GOVWATCH_VISIT_INTERVAL": "5",
            "GOVWATCH_SECOND_LOOK_AFTER": "0.3",
            **{port: str(free_port()) for port in PORTS},
            **settings,
        }
        self._out, self._err = directory / "out.txt", directory / "err.txt"
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "services", *arguments],
                env={**_clean(), "TMPDIR": str(directory), "PYTHONPATH": str(ROOT), **self.settings},
                cwd=directory,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
            )

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.settings['GOVWATCH_HTTP_PORT']}"

    @property
    def said(self) -> str:
        """What it has said on standard output."""
        return self._out.read_text(encoding="utf-8")

    @property
    def sentences(self) -> list[str]:
        """What it has said on standard error beside its log."""
        return [line for line in self._err.read_text(encoding="utf-8").splitlines() if not line.startswith("{")]

    async def ended(self, patience: float) -> int:
        """Its exit code, when it has ended."""
        return await asyncio.to_thread(self.process.wait, patience)

    async def answers(self) -> None:
        """Return when it has printed its address and answers there."""

        async def answer() -> bool:
            assert self.process.poll() is None, self.sentences
            try:
                async with httpx.AsyncClient() as client:
                    answered = await client.get(f"{self.origin}/sign-in")
            except httpx.HTTPError:
                return False
            return answered.status_code == 200 and self.origin in self.said

        await until("it answers where it says", answer, patience=60)

    def end(self) -> None:
        """Whatever happened, it does not run any longer."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def _clean() -> Mapping[str, str]:
    return {key: value for key, value in os.environ.items() if not key.startswith("GOVWATCH_")}


@contextmanager
def _started(directory: Path, *arguments: str, **settings: str) -> Iterator[Govwatch]:
    one = Govwatch(directory, *arguments, **settings)
    try:
        yield one
    finally:
        one.end()


@pytest_asyncio.fixture(scope="module", loop_scope="package", autouse=True)
async def once(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Govwatch]:
    """The loop played once; it takes its time while the other promises are tried."""
    with _started(tmp_path_factory.mktemp("once"), "all", "--demo", "--once") as govwatch:
        yield govwatch


async def test_it_starts_stops_without_a_trace_and_finds_its_data_again(tmp_path: Path) -> None:
    with _started(tmp_path, "all", "--demo") as govwatch:
        await govwatch.answers()
        assert PASSWORD in govwatch.said
        filing = await _filed_on_a_page(govwatch)
        with _started(tmp_path / "another", "all", GOVWATCH_DATA_DIR=govwatch.settings["GOVWATCH_DATA_DIR"]) as second:
            assert await second.ended(30) == 1
            [sentence] = second.sentences
            pid = govwatch.process.pid
            assert sentence.startswith(f"govwatch all: another govwatch (process {pid}) is using {tmp_path / 'var'}")
        assert {"mongod", "nats-server"} <= {*_running(tmp_path)}

        govwatch.process.terminate()

        assert await govwatch.ended(20) == 0
        assert govwatch.sentences == []
        assert _running(tmp_path) == []

    with _started(tmp_path, "all", "--demo", **govwatch.settings) as again:
        await again.answers()
        assert "已批准" in await _decided_on_a_page(again, filing)
        assert not [step for step in STEPS if str(step) in again.said]
        again.process.send_signal(signal.SIGINT)
        assert await again.ended(20) == 0
        assert again.sentences == []


@pytest.mark.parametrize("port", PORTS)
async def test_a_port_that_is_taken_is_told_in_one_sentence(tmp_path: Path, port: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = str(taken.getsockname()[1])
        with _started(tmp_path, "all", **{port: number}) as govwatch:
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
    with _started(tmp_path, *arguments) as govwatch:
        assert await govwatch.ended(60) == code
        [told] = govwatch.sentences
        assert told.startswith(sentence)


async def test_once_plays_every_step_and_leaves_nothing_behind(once: Govwatch) -> None:
    code = await once.ended(300)
    sys.stdout.write(once.said)
    assert code == 0
    done = [line for line in once.said.splitlines() if line.startswith("✓ ")]
    assert [line.rpartition(" (")[0] for line in done] == [f"✓ {step}" for step in STEPS]
    assert once.sentences == []
    assert [path.name for path in once.directory.iterdir() if path.name.startswith("govwatch-")] == []


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
