"""S8: nothing but the gate opens a connection to the outside, save what is named here with its reason."""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.security.doors import doors

ROOT = Path(__file__).resolve().parents[2]
GATE = ROOT / "shared/egress"
EXCEPTIONS: Mapping[tuple[str, str], str] = {
    ("services/notifier/channels/mail.py", "aiosmtplib"): "goes to the relay named in the settings, and nowhere else",
    ("services/prober/headless.py", "playwright"): "drives a Chromium that goes nowhere: the gate asks for it",
    ("shared/telemetry/traces.py", "opentelemetry.exporter"): "goes to the collector named in the settings",
    ("services/commands/serve.py", "socket.socket"): "listens, and never connects",
    ("shared/embedded.py", "socket.socket"): "asks this machine for a free port, or whether one is taken",
    ("shared/embedded.py", "probe.connect_ex"): "asks this machine whether a port of it is taken",
    ("deploy/healthcheck", "urllib.request"): "asks this very container whether it is ready",
}


def found() -> Iterator[tuple[str, str, int]]:
    """(file, door, line) of every door of what is installed, outside of the gate."""
    files = [path for folder in ("services", "shared", "deploy") for path in (ROOT / folder).rglob("*")]
    for path in sorted(file for file in files if file.is_file() and not file.is_relative_to(GATE)):
        if path.suffix == ".py" or re.match(rb"#!.*python", path.read_bytes()):
            for line, door in doors(ast.parse(path.read_text(encoding="utf-8"))):
                yield str(path.relative_to(ROOT)), door, line


def test_nobody_opens_a_connection_but_the_gate_and_what_is_named_with_its_reason() -> None:
    assert [f"{file}:{line} {door}" for file, door, line in found() if (file, door) not in EXCEPTIONS] == []


def test_no_exception_outlives_its_reason() -> None:
    assert set(EXCEPTIONS) - {(file, door) for file, door, _ in found()} == set()
    assert all(len(reason.split()) > 3 for reason in EXCEPTIONS.values())


def test_the_gate_itself_is_where_curl_is() -> None:
    inside = [door for path in GATE.glob("*.py") for _, door in doors(ast.parse(path.read_text(encoding="utf-8")))]
    assert {"pycurl", "httpx.AsyncClient"} <= set(inside)


@pytest.mark.parametrize(
    "source",
    [
        "import pycurl",
        "import requests",
        "import aiohttp.client as a",
        "from aiohttp import ClientSession",
        "import urllib.request",
        "from urllib import request",
        "from urllib.request import urlopen as u",
        "from http import client",
        "from http.client import HTTPSConnection",
        "import smtplib",
        "from aiosmtplib import send",
        "from playwright.async_api import async_playwright",
        "import httpx\nclient = httpx.AsyncClient()",
        "import httpx as h\nh.get('http://x')",
        "import httpx\nhttpx.stream('GET', 'http://x')",
        "from httpx import get\nget('http://x')",
        "from httpx import AsyncClient as C\nC()",
        "import socket\nsocket.create_connection(('x', 1))",
        "import socket as s\ns.socket()",
        "from socket import socket\nsocket().connect(('x', 1))",
        "from socket import create_connection as c\nc(('x', 1))",
        "import asyncio\nasync def f(): await asyncio.open_connection('x', 1)",
        "from asyncio import open_connection\nasync def f(): await open_connection('x', 1)",
        "async def f(loop): await loop.create_connection(print, 'x', 1)",
        "import asyncio\nasync def f(): await asyncio.get_running_loop().create_datagram_endpoint(print)",
        "import anyio\nasync def f(): await anyio.connect_tcp('x', 1)",
        "def f(loop, made): return loop.sock_connect(made, ('x', 1))",
        "def f():\n    import urllib3",
    ],
)
def test_each_way_around_the_gate_is_found(source: str) -> None:
    assert len(list(doors(ast.parse(source)))) == 1


@pytest.mark.parametrize(
    "source",
    [
        "import httpx\ndef f(r: httpx.Response, c: httpx.AsyncClient): c.get('/')",
        "from urllib.parse import urlsplit\nimport urllib.parse\nfrom http import HTTPStatus",
        "import asyncio\nasync def f(): await asyncio.start_server(print, '127.0.0.1', 0)",
        "import requests_like\nfrom httpx_like import get\nget('x')",
        "from shared.egress import Egress\nasync def f(e: Egress): await e.get('http://x')",
        "def f(d: dict[str, int]): d.get('httpx')",
    ],
)
def test_what_opens_nothing_is_left_alone(source: str) -> None:
    assert list(doors(ast.parse(source))) == []
