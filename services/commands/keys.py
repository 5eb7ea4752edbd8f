"""``govwatch keys``: keys of the bus, changed without anybody being locked out, and a certificate for its server."""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from services.commands import streams
from shared.bus.certificates import AUTHORITY, certify
from shared.bus.users import Keys, KeyTrouble
from shared.readmit import readmit
from shared.settings import Settings

RELOAD = "now print the accounts (`govwatch streams users`) and let every nats-server read them again"


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("keys", help="change keys of the bus in three steps: next, use, drop")
    acts = parser.add_subparsers(dest="act", required=True)
    acts.add_parser("list", help="who has a key, and whose is being changed").set_defaults(run=_list)
    for act, words in (
        ("next", "1: make another key, which is let in, too"),
        ("use", "2: make that the one to sign in with; services notice by themselves"),
        ("drop", "3: let the old one in no more"),
    ):
        step = acts.add_parser(act, help=words)
        step.add_argument("user", help="registry, prober, scorer, notifier, admin or office_<id>")
        step.set_defaults(run=_change)
    step = acts.add_parser("certificate", help="make a certificate for a nats-server, and its authority, if missing")
    step.add_argument("directory", type=Path)
    step.add_argument("names", nargs="+", metavar="name", help="host name or address it is reached by")
    step.set_defaults(run=_certificate)


async def _list(_arguments: argparse.Namespace, settings: Settings) -> int:
    keys = Keys(settings.data_dir / "keys")
    for user in keys.users():
        sys.stdout.write(f"{user}\t{'being changed' if len(keys.admitted(user)) > 1 else ''}".rstrip() + "\n")
    return 0


async def _change(arguments: argparse.Namespace, settings: Settings) -> int:
    keys = Keys(settings.data_dir / "keys")
    try:
        if arguments.act == "next":
            sys.stdout.write(f"{keys.make_next(arguments.user)}\n")
        elif arguments.act == "use":
            sys.stdout.write(f"{keys.use_next(arguments.user)}\n")
            return 0
        else:
            keys.drop_old(arguments.user)
    except KeyTrouble as trouble:
        sys.stderr.write(f"govwatch keys: {trouble}\n")
        return 1
    if (settings.data_dir / "nats").is_dir():
        port = urlsplit(settings.nats_url).port or settings.embedded_nats_port
        everybody = streams.users(dict.fromkeys(keys.offices(), ""))
        tls = settings.embedded_nats_tls
        await readmit(settings.data_dir / "nats", port, everybody, keys, tls=tls, others=False)
    else:
        sys.stderr.write(f"govwatch keys: {RELOAD}\n")
    return 0


async def _certificate(arguments: argparse.Namespace, _settings: Settings) -> int:
    certify(arguments.directory, arguments.names, datetime.now(UTC))
    sys.stdout.write(f"{arguments.directory / AUTHORITY}\n")
    return 0
