"""``govwatch all``: the four services in one process, with embedded servers unless yours are given."""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from services.catalog import SERVICES
from services.commands import practice, streams
from services.commands.serve import one_origin, serve
from shared.bus.users import Keys
from shared.documents import Client
from shared.embedded import Mongo, Nats, claim, free_port
from shared.runtime import Steps, on_signals, running
from shared.settings import Settings
from shared.telemetry import set_up_logs

USAGE = 64


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("all", help="all four services in this process; embedded servers unless yours are set")
    parser.add_argument("--demo", action="store_true", help="with a city to practise on, and the loop played once")
    parser.add_argument("--once", action="store_true", help="with --demo: play the loop in a fresh directory and leave")
    parser.set_defaults(run=_run, starts=True)


async def _run(arguments: argparse.Namespace, settings: Settings) -> int:
    if not arguments.once:
        return await _stay(settings, arguments.practice if arguments.demo else None, once=False)
    if not arguments.demo:
        sys.stderr.write("govwatch all: --once goes with --demo\n")
        return USAGE
    with tempfile.TemporaryDirectory(prefix="govwatch-") as directory:
        fresh = {
            "data_dir": Path(directory),
            "http_port": free_port(),
            "embedded_nats_port": free_port(),
            "embedded_mongo_port": free_port(),
        }
        return await _stay(settings.model_copy(update=fresh), arguments.practice, once=True)


async def _stay(settings: Settings, demo: practice.Demo | None, *, once: bool) -> int:
    told = on_signals()
    async with Steps("all") as steps:
        lock = claim(settings.data_dir)
        steps.on_stop("lock", _later(lock.close))
        city = await practice.start(demo, settings, steps) if demo else None
        if city:
            set_up_logs(settings.log_level, service="all", file=settings.data_dir / "govwatch.log")
        settings = await embed(city.settings if city else settings, steps)
        await streams.prepare(settings)
        fresh = await city.register(settings) if city else False
        failures = await _serve_all(settings, steps)
        if city:
            practice.say(f"\n  打开 {settings.origin}  {settings.demo_hint}")
            practice.say(f"  日志 {settings.data_dir / 'govwatch.log'}；Ctrl-C 退出，再次运行会接着上次的数据。\n")
        else:
            practice.say(f"\n  govwatch: {settings.origin}\n")
        playing = asyncio.create_task(_play(city, settings), name="the loop") if city and fresh else None
        waiting: list[asyncio.Future[Any]] = [asyncio.ensure_future(told.wait()), *failures]
        if playing and once:
            waiting.append(playing)
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        waiting[0].cancel()
        for failure in failures:
            if failure.done():
                failure.result()
        if playing is None:
            return 0
        played = playing.done() and playing.result()
        playing.cancel()
        return 0 if played or not once else 1


async def _serve_all(settings: Settings, steps: Steps) -> list[asyncio.Future[None]]:
    """Start the four services and serve them at one address; gives what tells that one of them died."""
    apps: dict[str, Any] = {}
    failures = [steps.failed]
    for name, service in SERVICES.items():
        entered = running(service, settings)
        apps[name], own = await entered.__aenter__()
        steps.on_stop(name, _leaving(entered))
        failures.append(own.failed)
    await serve(one_origin(apps, "registry"), settings, steps)
    return failures


async def _play(city: practice.Practice, settings: Settings) -> bool:
    try:
        await city.play(settings)
    except Exception as error:  # noqa: BLE001 - the player's own words name the step that did not happen
        practice.say(f"\n  ✗ {error}")
        return False
    return True


async def embed(settings: Settings, steps: Steps) -> Settings:
    """Start the embedded servers that are needed; returns the settings with their addresses."""
    if not settings.mongo_url.get_secret_value():
        mongo = Mongo(settings.data_dir / "mongo", settings.embedded_mongo_port)
        await mongo.start()
        steps.on_stop("mongod", mongo.stop)
        settings = settings.model_copy(update={"mongo_url": SecretStr(mongo.url)})
    if not settings.nats_url:
        tls = settings.embedded_nats_tls
        nats = Nats(settings.data_dir / "nats", settings.embedded_nats_port, Keys(settings.data_dir / "keys"), tls=tls)
        client = Client(settings.mongo_url.get_secret_value())
        nats.allow(streams.users(await streams.offices(settings, client)))
        client.close()
        await nats.start()
        steps.on_stop("nats-server", nats.stop)
        settings = settings.model_copy(update={"nats_url": nats.url, "nats_ca": nats.ca})
    return settings


def _later(stop: Callable[[], object]) -> Callable[[], Awaitable[None]]:
    async def stopping() -> None:
        stop()

    return stopping


def _leaving(entered: Any) -> Callable[[], Awaitable[object]]:
    async def leave() -> object:
        return await entered.__aexit__(None, None, None)

    return leave
