"""``govwatch dead``: what services gave up and kept on DEAD: look at it, play it again, or drop it with a reason.

It works beside running services, and needs the administrator's key of the bus.
"""

import argparse
import json
import re
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from services.catalog import SERVICES
from services.commands.operator import administrator, on_record, operator
from shared.audit import Deed, Thing
from shared.bus.dead import DeadDesk, DeadLetter, Replayed, Which
from shared.privacy import redacted, scrub
from shared.settings import Settings
from shared.telemetry import logger

USAGE = 64
LONGEST_SHOWN = 20_000
LONGEST_ERROR = 100
SPAN = re.compile(r"(\d{1,5})([mhd])")
UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
TOKENS = re.compile(r"[a-z_]+(\.[a-z_]+)*")
WORDS = {
    Replayed.WAITING_ALREADY: "the same work waits on its subject already; it stays on DEAD",
    Replayed.NOT_STORED: "the stream did not take it; it stays on DEAD, try again",
}
Act = Callable[[DeadDesk, argparse.Namespace], Awaitable[int]]


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("dead", help="messages that were given up: list, show, replay, drop")
    acts = parser.add_subparsers(dest="act", required=True)

    act = acts.add_parser("list", help="entries, the oldest first")
    act.add_argument("--service", type=_tokens, help="given up by this service")
    act.add_argument("--fact", type=_tokens, help="of this fact, for example registry.opened")
    act.add_argument("--since", type=_moment, help="given up since: 90m, 12h, 7d, or 2026-11-22T08:00 (UTC)")
    act.add_argument("--after", type=_number, default=0, help="go on after this entry")
    act.add_argument("--limit", type=_number, default=50, help="at most so many (50)")
    act.set_defaults(run=_command(_list))

    act = acts.add_parser("show", help="one entry: why, where, and what it says")
    act.add_argument("entry", type=_number)
    act.add_argument("--reveal", action="store_true", help="with secrets and personal data in its body; it is logged")
    act.set_defaults(run=_command(_show))

    act = acts.add_parser("replay", help="give messages to their consumers again; what fails again comes back")
    act.add_argument("entries", type=_number, nargs="*", metavar="entry")
    act.add_argument("--all", action="store_true", help="every entry there is now")
    act.add_argument("--service", type=_tokens, help="with --all: given up by this service")
    act.set_defaults(run=_command(_replay))

    act = acts.add_parser("drop", help="take an entry off DEAD for good")
    act.add_argument("entry", type=_number)
    act.add_argument("--reason", required=True, help="why; it is logged")
    act.set_defaults(run=_command(_drop))


def _command(act: Act) -> Callable[[argparse.Namespace, Settings], Awaitable[int]]:
    async def run(arguments: argparse.Namespace, settings: Settings) -> int:
        arguments.settings = settings
        async with administrator(settings) as bus:
            return await act(DeadDesk(bus), arguments)

    return run


async def _list(desk: DeadDesk, arguments: argparse.Namespace) -> int:
    which = Which(service=arguments.service or "", fact=arguments.fact or "", since=arguments.since)
    number = await desk.count(which, after=arguments.after)
    shown = [letter async for letter in desk.letters(which, after=arguments.after, limit=arguments.limit)]
    if shown:
        _say("ENTRY\tGIVEN UP\tHANDLER\tFACT\tWHERE\tTRIES\tERROR")
    for letter in shown:
        where = letter.subject.removeprefix(letter.fact + ".")
        error = letter.error if len(letter.error) <= LONGEST_ERROR else letter.error[: LONGEST_ERROR - 1] + "…"
        _say(
            f"{letter.sequence}\t{_time(letter.at)}\t{letter.handler}\t{letter.fact}\t{where}\t{letter.tries}\t{error}"
        )
    more = number - len(shown)
    _say(f"{len(shown)} shown, {more} more: --after {shown[-1].sequence}" if shown and more else f"{len(shown)} in all")
    return 0


async def _show(desk: DeadDesk, arguments: argparse.Namespace) -> int:
    letter = await desk.get(arguments.entry)
    if letter is None:
        return _not_there(arguments.entry)
    others = [number for number in await desk.entries(letter) if number != letter.sequence]
    _say(f"entry     {letter.sequence}")
    _say(f"given up  {_time(letter.at)} by {letter.handler} after {_count(letter.tries, 'try', 'tries')}")
    _say(f"error     {letter.error}")
    _say(f"subject   {letter.subject}")
    _say(f"message   {letter.message}")
    if others:
        _say(f"also      given up by others: {', '.join(map(str, others))}")
    _say(f"body      {len(letter.body)} bytes\n")
    if arguments.reveal:
        _log("revealed", letter)
    _say(_pretty(letter.body, reveal=arguments.reveal))
    return 0


async def _replay(desk: DeadDesk, arguments: argparse.Namespace) -> int:
    if arguments.all == bool(arguments.entries) or (arguments.service and not arguments.all):
        sys.stderr.write("govwatch dead replay: name entries, or --all (perhaps with --service)\n")
        return USAGE
    chosen = arguments.entries
    if arguments.all:
        chosen = [letter.sequence async for letter in desk.letters(Which(service=arguments.service or ""))]
    messages, failed = await _play(desk, chosen, arguments.settings)
    _say(f"{_count(messages, 'message', 'messages')} played again, {failed} not")
    return 1 if failed else 0


async def _play(desk: DeadDesk, chosen: list[int], settings: Settings) -> tuple[int, int]:
    """Play each message of these entries once; gives how many were, and how many were not."""
    done: set[int] = set()
    messages = failed = 0
    for sequence in chosen:
        if sequence in done:
            continue
        letter = await desk.get(sequence)
        if letter is None:
            failed += _not_there(sequence)
            continue
        entries = await desk.entries(letter)
        await _on_record(settings, Deed.DEAD_REPLAYED, letter, "replay")
        outcome = await desk.replay(letter, entries)
        done.update(entries)
        if outcome is Replayed.DONE:
            messages += 1
            _log("replayed", letter, entries=entries)
        else:
            failed += 1
            sys.stderr.write(f"govwatch dead: entry {sequence}: {WORDS[outcome]}\n")
    return messages, failed


async def _drop(desk: DeadDesk, arguments: argparse.Namespace) -> int:
    if not arguments.reason.strip():
        sys.stderr.write("govwatch dead drop: say why, with --reason\n")
        return USAGE
    letter = await desk.get(arguments.entry)
    if letter is None:
        return _not_there(arguments.entry)
    await _on_record(arguments.settings, Deed.DEAD_DROPPED, letter, arguments.reason.strip())
    if not await desk.drop(arguments.entry):
        return _not_there(arguments.entry)
    _log("dropped", letter, reason=arguments.reason.strip())
    _say(f"entry {letter.sequence} ({letter.subject}, {letter.handler}) is dropped")
    return 0


async def _on_record(settings: Settings, deed: Deed, letter: DeadLetter, reason: str) -> None:
    """Into the chain of the service that gave the message up, before anything is done to it."""
    service = letter.service if letter.service in SERVICES else "registry"
    details = {"subject": letter.subject, "handler": letter.handler}
    await on_record(settings, service, deed, Thing("message", letter.message), reason, details)


def _log(what: str, letter: DeadLetter, **more: object) -> None:
    logger("dead").warning(
        what,
        by=operator(),
        entry=letter.sequence,
        subject=letter.subject,
        handler=letter.handler,
        message=letter.message,
        **more,
    )


def _not_there(sequence: int) -> int:
    sys.stderr.write(f"govwatch dead: there is no entry {sequence}\n")
    return 1


def _pretty(body: bytes, *, reveal: bool) -> str:
    """A body as text that cannot play tricks on a terminal, redacted unless it is to be revealed."""
    try:
        said = json.loads(body)
        text = json.dumps(said if reveal else redacted(said), ensure_ascii=False, indent=2)
    except ValueError:
        text = repr(body) if reveal else scrub(body.decode(errors="replace"))
    text = "".join(c if c.isprintable() or c == "\n" else f"\\u{ord(c):04x}" for c in text)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}… ({len(text)} characters)"


def _moment(text: str) -> datetime:
    if span := SPAN.fullmatch(text):
        return datetime.now(UTC) - int(span[1]) * UNITS[span[2]]
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no time such as 90m, 12h, 7d or 2026-11-22T08:00") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _tokens(text: str) -> str:
    if not TOKENS.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no name of a service or fact")
    return text


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1")
    return int(text)


def _time(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
