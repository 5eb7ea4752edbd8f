"""``govwatch check``: look at websites once and judge them, with nothing else running."""

import argparse
import asyncio
import json
import os
import re
import shutil
import sys
from collections.abc import AsyncIterator, Awaitable, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from pathlib import Path

from services.commands.checking.addresses import Address, NotAnAddress, address, decoded, listed
from services.commands.checking.as_json import as_json
from services.commands.checking.checked import Checked, Crashed, Exit, worst
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
# The first two digits of GB/T 2260; 00 is the whole country.
PROVINCES = re.compile(r"00|1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[12]")


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
        if arguments.html:
            _try_out(arguments.html)
        done = await _check_all(addresses, table, arguments, settings)
    except (Usage, NotAnAddress, NoRuleset, RulesetError, OSError) as error:
        _complain(str(error))
        return Exit.USAGE
    exits = [each.exit for each in done]
    if arguments.html:
        try:
            arguments.html.write_text(paper(done, _now()), encoding="utf-8")
        except OSError as error:
            _complain(f"the page was not written: {error}")
            exits.append(Exit.NOT_OBSERVED)
    return worst(exits)


async def _check_all(
    addresses: Sequence[Address], table: Table, arguments: argparse.Namespace, settings: Settings
) -> list[Checked | Crashed]:
    """Check the websites side by side, a few at a time, and print them in the order they were given."""
    progress = Progress(sys.stderr)
    sheet = Sheet(shutil.get_terminal_size().columns, colour=_in_colour())
    places = asyncio.Semaphore(AT_ONCE)
    done: list[Checked | Crashed] = []
    try:
        async with _ways(settings, private=arguments.allow_private) as ways, asyncio.TaskGroup() as group:

            async def one(where: Address) -> tuple[Checked | Crashed, list[str]]:
                async with places:
                    checking = check(where, table, arguments.pages, ways, progress.say)
                    return await _alone(where, checking, None if arguments.json else sheet)

            saying = group.create_task(progress.now_and_then())
            for task in [group.create_task(one(where)) for where in addresses]:
                checked, lines = await task
                progress.clear()
                if isinstance(checked, Crashed):
                    _complain(f"{checked.typed} could not be checked: {checked.error}")
                between = [""] if lines and done and not arguments.json else []
                _say([*between, *lines])
                done.append(checked)
            saying.cancel()
    finally:
        progress.clear()
    return done


async def _alone(
    where: Address, checking: Awaitable[Checked], sheet: Sheet | None
) -> tuple[Checked | Crashed, list[str]]:
    """The check of one website and what is printed of it, without a ``sheet`` as JSON.

    Whatever goes wrong in it is its own affair and ends no other.
    """
    found: Checked | Crashed
    try:
        found = await checking
        if sheet is not None:
            return found, list(sheet.lines(found))
    except Exception as error:  # noqa: BLE001 - whatever it is, the other websites are to be checked
        found = Crashed(where.typed, f"{type(error).__name__}: {error}")
    return found, [json.dumps(as_json(found), ensure_ascii=False)] if sheet is None else []


def _try_out(file: Path) -> None:
    """See that ``file`` can be written before anything is looked at. Raises Usage or OSError."""
    if file.is_dir():
        raise Usage(f"{file} is a directory; name a file in it")
    if not file.absolute().parent.is_dir():
        raise Usage(f"there is no directory {file.absolute().parent}")
    was_there = file.exists()
    file.open("ab").close()
    if not was_there:
        file.unlink()


def _complain(what: str) -> None:
    sys.stderr.write(f"govwatch check: {what}\n")


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
    texts = [*arguments.urls, *(listed(decoded(arguments.file.read_bytes())) if arguments.file else ())]
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
    if not PROVINCES.fullmatch(region[:2]):
        raise argparse.ArgumentTypeError(f"{text!r} is no region: no province has the number {region[:2]}")
    return region


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day such as 2026-11-22") from None
