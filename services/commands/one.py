"""``govwatch registry|prober|scorer|notifier``: one service in this process."""

import argparse
import asyncio
from typing import Any

from services.catalog import SERVICES
from services.commands.serve import serve
from shared.embedded import CannotStart
from shared.runtime import on_signals, running
from shared.settings import Settings

WORDS = {
    "registry": "who opened what, was it filed",
    "prober": "visits sites and reads accounts; measures, never judges",
    "scorer": "observations and official tables make findings",
    "notifier": "rectification notices, from issue to close",
}


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands to the command line."""
    for name in SERVICES:
        parser = commands.add_parser(name, help=f"start the {name}: {WORDS[name]}")
        parser.set_defaults(run=_run, service=name, starts=True)


async def _run(arguments: argparse.Namespace, settings: Settings) -> int:
    if not settings.nats_url or not settings.mongo_url.get_secret_value():
        raise CannotStart("a single service needs GOVWATCH_NATS_URL and GOVWATCH_MONGO_URL; `govwatch all` brings both")
    stop = on_signals()
    async with running(SERVICES[arguments.service], settings) as (web, steps):
        await serve(web, settings, steps)
        waiting: list[asyncio.Future[Any]] = [asyncio.ensure_future(stop.wait()), steps.failed]
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        waiting[0].cancel()
        if steps.failed.done():
            steps.failed.result()
    return 0
