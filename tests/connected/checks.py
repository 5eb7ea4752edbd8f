"""Running ``govwatch check`` inside a test, and small websites for it."""

import argparse
import contextlib
import functools
import http.server
import io
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from demo.server import City
from services.commands import check as command
from shared.settings import Settings

FOREIGN = Path("/usr/share/doc/debmake-doc/html/index.zh-cn.html")
"""A page of the Debian package debmake-doc, which tools/bootstrap.py makes sure is there."""


@dataclass(frozen=True)
class Ran:
    """What a run said and how it ended."""

    code: int
    out: str
    err: str

    @property
    def cards(self) -> list[dict[str, Any]]:
        """What it printed as JSON."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def card(self) -> dict[str, Any]:
        """The only card it printed."""
        (card,) = self.cards
        return card

    @property
    def violated(self) -> list[dict[str, Any]]:
        """The findings of the only card that are violated."""
        return [one for one in self.card["findings"] if one["outcome"] == "violated"]


def settings_for(city: City) -> Settings:
    """Settings under which the city is found by its own name server."""
    return Settings(
        egress_resolver=city.addresses.dns,
        canaries=[city.addresses.canary],
        second_look_after=0.05,
        polite_pause=0,
        _env_file=None,
    )


async def check(settings: Settings, *arguments: str) -> Ran:
    """Run ``govwatch check`` with these arguments."""
    parser = argparse.ArgumentParser()
    command.add(parser.add_subparsers())
    parsed = parser.parse_args(["check", *arguments])
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
        code = await parsed.run(parsed, settings)
    return Ran(int(code), out.getvalue(), err.getvalue())


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def _serving(handler: Any) -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


@contextlib.contextmanager
def foreign_website() -> Iterator[str]:
    """Documentation of Debian, served; gives the address of its first page."""
    if not FOREIGN.is_file():
        pytest.fail("no foreign website here: install the package debmake-doc (make test does so as root on Debian)")
    with _serving(functools.partial(_Quiet, directory=str(FOREIGN.parent))) as origin:
        yield f"{origin}{FOREIGN.name}"


@contextlib.contextmanager
def website(body: bytes) -> Iterator[str]:
    """One page at every address."""

    class One(_Quiet):
        def do_GET(self) -> None:
            """Answer with the page."""
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with _serving(One) as origin:
        yield origin
