"""The four services with their people and things, served over HTTP on loopback by a thread of its own."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from itertools import cycle
from threading import Thread

import uvicorn
from fastapi import FastAPI

from shared.embedded import free_port
from tests.security.matrix_rules import Persona, Place
from tests.security.offices import Installation, installed
from tests.security.places_registry import Made

MADE = 12
ABOUT = {
    "/registry/api/outlets/{id_}": "outlet",
    "/registry/api/filings/{id_}": "submitted",
    "/registry/api/filings/{id_}/approve": "submitted",
    "/registry/api/filings/{id_}/return": "submitted",
    "/registry/api/networks/{id_}/close": "network",
    "/registry/api/exemptions/{id_}": "exempted",
    "/registry/api/exemptions/{id_}/grant": "exemption",
    "/registry/api/exemptions/{id_}/refuse": "exemption",
    "/registry/api/exemptions/{id_}/revoke": "exempted",
    "/registry/api/regions/{id_}/rename": "region",
    "/registry/api/regions/{id_}/end": "region",
    "/registry/api/clues/{id_}": "clue",
    "/registry/api/units/{id_}": "registered",
    "/registry/api/units/{id_}/change": "registered",
    "/registry/api/units/{id_}/move": "registered",
    "/registry/api/units/{id_}/aliases": "registered",
    "/registry/api/units/{id_}/aliases/confirm": "registered",
    "/registry/api/units/{id_}/aliases/reject": "registered",
    "/registry/api/units/{id_}/contacts": "registered",
    "/registry/api/units/{id_}/contacts/{contact}/change": "registered",
    "/registry/api/units/{id_}/contacts/{contact}/leave": "registered",
    "/prober/api/outlets/{id_}": "outlet",
    "/prober/evidence/{sha256}": "outlet",
    "/scorer/api/outlets/{id_}/card": "outlet",
    "/scorer/api/rulesets/{id_}": "ruleset",
    "/notifier/api/notices/{id_}": "issued",
    "/notifier/api/notices/{id_}/receipt": "issued",
    "/notifier/api/notices/{id_}/reply": "received",
    "/notifier/api/notices/{id_}/review": "passed",
    "/notifier/api/events/{id_}": "event",
}
"""What each path that names something is about."""


@dataclass
class City:
    """Where each service is served, the tokens of people, and what there is to name, by kind."""

    urls: Mapping[str, str]
    tokens: Mapping[Persona, str]
    there: Mapping[str, Iterator[Made]]

    def named(self, path: str) -> Made:
        """Something that is there, of the kind that ``path`` is about; another one each time."""
        return next(self.there[ABOUT[path]])


@contextmanager
def served(mongo_url: str) -> Iterator[City]:
    """Serve until the end of the block."""
    ready: Future[City] = Future()
    loop = asyncio.new_event_loop()
    over = asyncio.Event()

    async def serve() -> None:
        async with AsyncExitStack() as stack:
            city = await stack.enter_async_context(installed(mongo_url, rate_factor=0))
            urls = {name: await _serving(stack, app) for name, app in city.apps.items()}
            ready.set_result(await _described(city, urls))
            await over.wait()

    def run() -> None:
        try:
            loop.run_until_complete(serve())
        except BaseException as error:
            if ready.done():
                raise
            ready.set_exception(error)

    thread = Thread(target=run, name="served")
    thread.start()
    try:
        yield ready.result(timeout=60)
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(timeout=30)
        loop.close()


async def _serving(stack: AsyncExitStack, app: FastAPI) -> str:
    port = free_port()
    config = uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None, lifespan="off", ws="none")
    server = uvicorn.Server(config)
    # the thread is not the main one: no signals there
    task = asyncio.create_task(server.serve())

    async def stop() -> None:
        server.should_exit = True
        await task

    stack.push_async_callback(stop)
    await _until(lambda: server.started)
    return f"http://127.0.0.1:{port}"


async def _until(ready: Callable[[], bool]) -> None:
    for _ in range(3000):
        if ready():
            return
        await asyncio.sleep(0.01)
    raise TimeoutError("a service did not begin to serve in 30 seconds")


async def _described(city: Installation, urls: Mapping[str, str]) -> City:
    there = {}
    for kind in sorted({*ABOUT.values()}):
        made = [await city.places.make(kind, Place.OWN) for _ in range(1 if kind == "ruleset" else MADE)]
        there[kind] = cycle(made)
    return City(urls, {who: one.token for who, one in city.people.items()}, there)
