"""``python -m demo --data DIR``: run a practice city until SIGTERM or Ctrl-C.

When everything is open it prints one JSON line: the addresses (``demo.server.Addresses``). Exit 0 when it was asked
to stop, 1 with one sentence when it could not start, 2 for a wrong command line.
"""

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from demo.city import SCRIPT, Script, load
from demo.server import City, PortTakenError
from demo.state import Ports
from demo.variants import variant


def main() -> None:
    """The command line."""
    options = _options()
    try:
        script = load(options.script) if options.seed is None else variant(options.seed)
        asyncio.run(_run(options.data, script, options))
    except (PortTakenError, ValueError, OSError) as error:
        sys.exit(f"The practice city cannot start: {error}")


async def _run(data: Path, script: Script, options: argparse.Namespace) -> None:
    asked = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, asked.set)
    ports = Ports(**{door: getattr(options, f"{door}_port") for door in Ports.model_fields})
    async with City(data, script, ports) as city:
        sys.stdout.write(city.addresses.model_dump_json() + "\n")
        sys.stdout.flush()
        await asked.wait()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m demo", description="A practice city on loopback.")
    parser.add_argument("--data", type=Path, required=True, help="where the city keeps its memory")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--script", type=Path, default=SCRIPT, help="another script than the one that comes along")
    which.add_argument("--seed", type=int, help="a random city instead, always the same for the same seed")
    for door in Ports.model_fields:
        parser.add_argument(f"--{door}-port", type=int, default=0, help="0 = the one of the last run, or a free one")
    return parser.parse_args()


if __name__ == "__main__":
    main()
