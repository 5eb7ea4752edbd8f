"""Requests and answers as a page of the handbook shows them, carried out."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

BLOCK = re.compile(r"^```http\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAME = re.compile(r"\b[A-Z]{4,}\b")
STATUS = re.compile(r"\n\n(\d{3})(?=\n)")


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request, and what of its answer is shown: the status, some headers, some of its JSON."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: str
    status: int
    answered: Mapping[str, str]
    shows: Any


def exchanges(text: str) -> Iterator[Exchange]:
    """The exchanges of a page, in order."""
    for block in BLOCK.findall(text):
        asked, status, answer = STATUS.split(block, maxsplit=1)
        head, _, body = asked.partition("\n\n")
        request, *headers = head.splitlines()
        method, target = request.split(" ", 1)
        lines = answer.strip().splitlines()
        answered = [line for line in lines if not line.startswith("{")]
        shown = "\n".join(lines[len(answered) :])
        yield Exchange(
            method, target, _headers(headers), body, int(status), _headers(answered), json.loads(shown or "{}")
        )


async def carried_out(http: httpx.AsyncClient, exchange: Exchange, known: dict[str, str]) -> None:
    """Ask, and compare. A name in capitals stands for what is ``known``, or is learnt from the answer."""
    answer = await http.request(
        exchange.method,
        _filled(exchange.target, known),
        headers={"Content-Type": "application/json"}
        | {name: _filled(value, known) for name, value in exchange.headers.items()},
        content=exchange.body.encode(),
    )
    assert answer.status_code == exchange.status, (exchange, answer.text)
    for name, value in exchange.answered.items():
        _learnt(value, answer.headers[name], known)
    if exchange.shows:
        _same(exchange.shows, answer.json(), known)


def _headers(lines: list[str]) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in lines)


def _filled(text: str, known: Mapping[str, str]) -> str:
    return NAME.sub(lambda name: known.get(name[0], name[0]), text)


def _same(shown: Any, got: Any, known: dict[str, str]) -> None:
    if isinstance(shown, dict):
        for name, value in shown.items():
            _same(value, got[name], known)
    elif isinstance(shown, str):
        _learnt(shown, got, known)
    else:
        assert got == shown


def _learnt(shown: str, got: str, known: dict[str, str]) -> None:
    pattern = NAME.sub(lambda name: f"(?P<{name[0]}>.+)", re.escape(_filled(shown, known)))
    match = re.fullmatch(pattern, got)
    assert match, (shown, got)
    known.update(match.groupdict())
