"""Other users, or other keys, for an embedded nats-server that another process keeps."""

import asyncio
import os
import signal
import subprocess
from collections.abc import Iterable
from pathlib import Path

from shared.bus.users import Keys, User
from shared.embedded import START_PATIENCE, CannotStart, answers, write_config


async def readmit(
    directory: Path, port: int, users: Iterable[User], keys: Keys, *, tls: bool = False, others: bool = True
) -> None:
    """Give the embedded nats-server of ``directory``, kept by another process, other users: it is started again.

    When there are no ``others`` than before, only other keys, it reads its configuration again and nobody notices.
    Returns when the new one answers. Raises CannotStart when none runs, or none comes back.
    """
    old = _pid_in(directory)
    if not old:
        raise CannotStart("the embedded nats-server does not run: start `govwatch all` first")
    write_config(directory, port, users, keys, tls=tls)
    if not others:
        os.kill(old, signal.SIGHUP)
        return
    os.kill(old, signal.SIGTERM)
    for _ in range(int(START_PATIENCE / 0.1)):
        await asyncio.sleep(0.1)
        if _pid_in(directory) not in (0, old) and answers(port):
            return
    raise CannotStart(f"the embedded nats-server did not come back with its new users; see the logs in {directory}")


def _pid_in(directory: Path) -> int:
    """The nats-server whose process id is kept there, 0 when that is none (any more)."""
    try:
        pid = int((directory / "nats.pid").read_text())
    except (OSError, ValueError):
        return 0
    command = ["ps", "-o", "comm=", "-p", str(pid)]
    asked = subprocess.run(command, capture_output=True, text=True, check=False)
    return pid if Path(asked.stdout.strip()).name == "nats-server" else 0
