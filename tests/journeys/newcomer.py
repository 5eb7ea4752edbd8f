"""``govwatch all`` as a newcomer starts it: a process with a directory and ports of its own."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from shared.embedded import free_port
from tests.world import until

ROOT = Path(__file__).parents[2]
PORTS = ("GOVWATCH_HTTP_PORT", "GOVWATCH_EMBEDDED_NATS_PORT", "GOVWATCH_EMBEDDED_MONGO_PORT")


class Govwatch:
    """A govwatch that was started in ``directory``, as a newcomer does."""

    def __init__(self, directory: Path, *arguments: str, **settings: str) -> None:
        directory.mkdir(exist_ok=True)
        self.directory = directory
        self.settings = {
            "GOVWATCH_DATA_DIR": str(directory / "var"),
            "GOVWATCH_VISIT_INTERVAL": "5",
            "GOVWATCH_SECOND_LOOK_AFTER": "0.3",
            "GOVWATCH_RATE_FACTOR": "100",
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
def started(directory: Path, *arguments: str, **settings: str) -> Iterator[Govwatch]:
    """``govwatch`` with these arguments, running; ended at the end of the block whatever happens."""
    one = Govwatch(directory, *arguments, **settings)
    try:
        yield one
    finally:
        one.end()
