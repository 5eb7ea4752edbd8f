"""``govwatch events``: the contract of events, as docs/events.md and docs/asyncapi.yaml hold it."""

import argparse
import sys

from services.commands.events.asyncapi import document, yaml_of
from services.commands.events.markdown import page
from services.commands.events.table import table
from shared.settings import Settings


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("events", help="every event: who says it, who hears it, what it carries")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--markdown", action="store_const", dest="form", const="markdown", help="for people (default)")
    form.add_argument("--asyncapi", action="store_const", dest="form", const="asyncapi", help="AsyncAPI 3.0.0 in YAML")
    parser.set_defaults(run=_run, form="markdown")


async def _run(arguments: argparse.Namespace, _settings: Settings) -> int:
    entries = table()
    sys.stdout.write(page(entries) if arguments.form == "markdown" else yaml_of(document(entries)))
    return 0
