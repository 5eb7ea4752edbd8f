"""``govwatch check``: look at websites once and judge them, with nothing else running."""

import argparse
import asyncio
import json
import os
import re
import shutil
import sys
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from pathlib import Path

from services.commands.checking.addresses import Address, NotAnAddress, address, listed
from services.commands.checking.as_json import as_json
from services.commands.checking.checked import Checked, Exit, worst
from services.commands.checking.paper import paper
from services.commands.checking.progress import Progress
from services.commands.checking.round import Table, Ways, check
from services.commands.checking.rules import NoRuleset, ruleset_for
from services.commands.checking.terminal import Sheet
from services.prober.headless import Headless
from services.prober.looking import looker
from services.prober.service import Ways as ProberWays
from services.scorer.observations import day_of
from services.scorer.ruleset import RulesetError
from shared.egress import Egress
from shared.events.region import COUNTRY, is_region, region_tokens
from shared.settings import Settings
from shared.workdays import end_of_day

PRIVATE = ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7")
PAGES, MOST_PAGES = 20, 500
AT_ONCE = 4
SIX_DIGITS = re.compile(r"[0-9]{6}")


class Usage(ValueError):  # noqa: N818 - it reads as what is wrong
    """The command line asks for what cannot be done."""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "check",
        help="look at websites once and judge them; needs no servers",
        epilog="exit code: 1 something is violated, else 2 a website could not be observed, else 0; 64 wrong usage",
    )
    option = parser.add_argument
    option("urls", nargs="*", metavar="URL", help="a website; without a scheme https is tried, then http")
    option("--file", type=Path, help="a file with further websites, one a line")
    option(
        "--pages", type=_pages, default=PAGES, metavar="N", help=f"columns read beside the home page, at most ({PAGES})"
    )
    option("--json", action="store_true", help="print JSON, one object a line for each website")
    option("--html", type=Path, metavar="FILE", help="write the scorecards to a page, too")
    option("--ruleset", default="", metavar="ID|FILE", help="the table to judge by; else the one of the region")
    option("--region", type=_region, default=COUNTRY, help="410105 or 41.01.05.0; else the whole country")
    option("--as-of", type=_day, metavar="DATE", help="judge as on the evening of a day (2026-11-22); else now")
    option("--class", dest="site_class", choices=("portal", "department"), default="portal", help="else portal")
    option("--allow-private", action="store_true", help="loopback and private addresses may be visited")
    parser.set_defaults(run=_run)


async def _run(arguments: argparse.Namespace, settings: Settings) -> int:
    try:
        addresses = _addresses(arguments)
        table = _table(arguments, settings)
        if arguments.html and not arguments.html.absolute().parent.is_dir():
            raise Usage(f"there is no directory {arguments.html.absolute().parent}")
        done = await _check_all(addresses, table, arguments, settings)
        if arguments.html:
            arguments.html.write_text(paper(done, _now()), encoding="utf-8")
    except (Usage, NotAnAddress, NoRuleset, RulesetError, OSError) as error:
        sys.stderr.write(f"govwatch check: {error}\n")
        return Exit.USAGE
    return worst(checked.exit for checked in done)


async def _check_all(
    addresses: Sequence[Address], table: Table, arguments: argparse.Namespace, settings: Settings
) -> list[Checked]:
    """Check the websites side by side, a few at a time, and print them in the order they were given."""
    progress = Progress(sys.stderr)
    sheet = Sheet(shutil.get_terminal_size().columns, colour=_in_colour())
    places = asyncio.Semaphore(AT_ONCE)
    done: list[Checked] = []
    try:
        async with _ways(settings, private=arguments.allow_private) as ways, asyncio.TaskGroup() as group:

            async def one(where: Address) -> Checked:
                async with places:
                    return await check(where, table, arguments.pages, ways, progress.say)

            for task in [group.create_task(one(where)) for where in addresses]:
                checked = await task
                progress.clear()
                _say([_line(checked)] if arguments.json else (*([""] if done else []), *sheet.lines(checked)))
                done.append(checked)
    finally:
        progress.clear()
    return done


@asynccontextmanager
async def _ways(settings: Settings, *, private: bool) -> AsyncIterator[Ways]:
    """The means of the prober by these settings, for as long as the checks take."""
    allow = [*settings.egress_allow, *(PRIVATE if private else ())]
    async with Egress(allow, settings.egress_resolver) as egress:
        headless = Headless(settings.chromium, looker(egress, _now)) if settings.chromium else None
        try:
            yield Ways(ProberWays(settings, egress, _now, headless).means, _now, settings.vantage)
        finally:
            if headless:
                await headless.aclose()


def _now() -> datetime:
    return datetime.now(UTC)


def _addresses(arguments: argparse.Namespace) -> list[Address]:
    texts = [*arguments.urls, *(listed(arguments.file.read_text("utf-8")) if arguments.file else ())]
    if not texts:
        raise Usage("name a website, or a file of them with --file")
    return [address(text) for text in dict.fromkeys(texts)]


def _table(arguments: argparse.Namespace, settings: Settings) -> Table:
    today = day_of(_now())
    on: date = arguments.as_of or today
    if on > today:
        raise Usage(f"{on} is still to come: nothing can be judged as on that day")
    ruleset = ruleset_for(arguments.ruleset, arguments.region, on, settings.ruleset_dir)
    return Table(ruleset, arguments.region, arguments.site_class, None if on == today else end_of_day(on))


def _in_colour() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _line(checked: Checked) -> str:
    return json.dumps(as_json(checked), ensure_ascii=False)


def _say(lines: Iterable[str]) -> None:
    """Print what the terminal can show of ``lines``; when nobody reads any more, the rest goes nowhere."""
    encoding = sys.stdout.encoding or "utf-8"
    try:
        for line in lines:
            sys.stdout.write(line.encode(encoding, "replace").decode(encoding) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _pages(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > MOST_PAGES:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 0 to {MOST_PAGES}")
    return int(text)


def _region(text: str) -> str:
    region = region_tokens(text) if SIX_DIGITS.fullmatch(text) else text
    if not is_region(region):
        raise argparse.ArgumentTypeError(f"{text!r} is no region such as 410105 or 41.01.05.0")
    return region


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day such as 2026-11-22") from None
