"""Serving pages and API with uvicorn, as one step among others: it takes no signals and stops when told."""

import asyncio
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import uvicorn

from shared.embedded import CannotStart
from shared.runtime import Steps
from shared.settings import Settings

BACKLOG = 2048


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(web: Any, settings: Settings, steps: Steps) -> None:
    """Serve ``web``; returns when the port is open. Raises CannotStart when it is taken."""
    listening = socket.socket(socket.AF_INET6 if ":" in settings.http_host else socket.AF_INET)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.http_host, settings.http_port))
    except OSError as error:
        listening.close()
        raise CannotStart(
            f"port {settings.http_port} on {settings.http_host} cannot be opened ({error.strerror}): stop what uses it "
            "or choose another with GOVWATCH_HTTP_PORT"
        ) from error
    listening.listen(BACKLOG)
    config = uvicorn.Config(
        web, lifespan="off", log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=10
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listening]), name="web")

    async def stop() -> None:
        server.should_exit = True
        await task

    steps.on_stop("web", stop)
    while not server.started:
        if task.done():
            await task
            raise CannotStart("the web server ended at once")
        await asyncio.sleep(0.01)


def one_origin(apps: Mapping[str, Any], otherwise: str) -> Any:
    """One ASGI application for several services: the first part of the path chooses, ``otherwise`` gets the rest."""

    async def choose(scope: Any, receive: Any, send: Any) -> None:
        name = scope.get("path", "/").split("/")[1]
        await apps.get(name, apps[otherwise])(scope, receive, send)

    return choose
