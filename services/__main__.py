"""``govwatch``: start one service or all, and the commands. The only place that knows all four, and the demo."""

from services import loading

# isort: split
import argparse
import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

from pydantic import ValidationError

from services.commands import (
    admin,
    all_in_one,
    audit,
    backfill,
    check,
    dead,
    events,
    keys,
    lists,
    one,
    practice,
    privacy,
    register,
    ruleset,
    streams,
    webhook,
)
from services.scorer.app import RulesetChanged
from services.scorer.ruleset import RulesetError
from shared.documents import UNAVAILABLE
from shared.embedded import CannotStart
from shared.secret_files import NoSecret
from shared.settings import Settings
from shared.telemetry import set_up_logs, set_up_traces

if TYPE_CHECKING:
    from demo.server import City

USAGE = 64
INTERRUPTED = 130
COMMANDS = (
    *(check, one, all_in_one, streams, keys, register, lists, ruleset, admin),
    *(privacy, backfill, dead, audit, events, webhook),
)


def main(arguments: list[str] | None = None) -> int:
    """Run what the command line says; returns the exit code."""
    try:
        return _main(arguments)
    except KeyboardInterrupt:
        return loading.INTERRUPTED


def _main(arguments: list[str] | None) -> int:
    parser = argparse.ArgumentParser(prog="govwatch", description="政府网站与政务新媒体常态化监管")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    for command in COMMANDS:
        command.add(commands)
    try:
        parsed = parser.parse_args(arguments)
    except SystemExit as ended:
        return USAGE if ended.code else 0
    parsed.practice = practice.Demo(open=_open_city, play=_play)
    try:
        settings = Settings() if "starts" in parsed else Settings().with_embedded()
    except (ValidationError, NoSecret) as error:
        sys.stderr.write(f"govwatch {parsed.command}: {_wrong(error)}\n")
        return USAGE
    level = settings.log_level if "starts" in parsed else "WARNING"
    set_up_logs(level, service=parsed.command, readable=sys.stderr.isatty())
    set_up_traces(parsed.command, settings.otlp_endpoint)
    try:
        return int(asyncio.run(parsed.run(parsed, settings)))
    except (CannotStart, TimeoutError, RulesetError, RulesetChanged) as error:
        sys.stderr.write(f"govwatch {parsed.command}: {error}\n")
        return 1
    except UNAVAILABLE:
        sys.stderr.write(f"govwatch {parsed.command}: MongoDB does not answer; is `govwatch all` running?\n")
        return 1


def _wrong(error: ValidationError | NoSecret) -> str:
    if isinstance(error, NoSecret):
        return str(error)
    return "; ".join(f"GOVWATCH_{'_'.join(map(str, one['loc'])).upper()}: {one['msg']}" for one in error.errors())


def _open_city(data: Path) -> practice.City:
    from demo.city import load
    from demo.server import City

    return City(data, load())


async def _play(city: practice.City, origin: str, password: str, token_for: practice.TokenFor) -> None:
    from demo.play import play

    await play(cast("City", city), origin, password, token_for)


loading.done()

if __name__ == "__main__":
    sys.exit(main())
