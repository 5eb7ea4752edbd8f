"""S8: every place that could open a connection to the outside, found in the syntax tree: ``line: what``.

What it knows: clients of HTTP, FTP, mail and browsers by their import, httpx by what is made or called of it, and bare
sockets by the call that connects them.
"""

import ast
from collections.abc import Iterator

HTTPX_MADE = frozenset({"AsyncClient", "Client", "AsyncHTTPTransport", "HTTPTransport"})
HTTPX_DONE = HTTPX_MADE | {"get", "head", "post", "put", "patch", "delete", "options", "request", "stream"}
CLIENTS = (
    "pycurl", "requests", "urllib3", "aiohttp", "urllib.request", "http.client", "httpcore", "niquests", "httplib2",
    "ftplib", "smtplib", "aiosmtplib", "imaplib", "poplib", "telnetlib", "xmlrpc.client", "websockets", "websocket",
    "asyncssh", "paramiko", "playwright", "selenium", "opentelemetry.exporter",
)  # fmt: skip  # a list of names reads better side by side
CONNECTING = frozenset(
    {
        "create_connection",
        "create_datagram_endpoint",
        "open_connection",
        "connect_tcp",
        "sock_connect",
        "connect_ex",
        "socketpair",
    }
)
BARE = frozenset({"socket.socket", "socket.SocketType", "ssl.wrap_socket"})


def doors(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """(line, what) of each place in ``tree`` that could open a connection."""
    names = _names(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from ((node.lineno, client) for client in sorted(_imported(node)))
        elif isinstance(node, ast.Call):
            called = _called(node.func, names)
            by_httpx = called.startswith("httpx.") and called.removeprefix("httpx.") in HTTPX_DONE
            if by_httpx or called in BARE or called.rpartition(".")[2] in CONNECTING:
                yield node.lineno, called


def _imported(node: ast.Import | ast.ImportFrom) -> set[str]:
    if isinstance(node, ast.Import):
        modules = {alias.name for alias in node.names}
    else:
        modules = {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
    return {client for client in CLIENTS for module in modules if f"{module}.".startswith(f"{client}.")}


def _names(tree: ast.Module) -> dict[str, str]:
    """What a plain name stands for: ``from asyncio import open_connection as o`` makes ``o`` known."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.asname: alias.name for alias in node.names if alias.asname}
        elif isinstance(node, ast.ImportFrom):
            found |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return found


def _called(node: ast.expr, names: dict[str, str]) -> str:
    """The dotted name of what is called; of a method of something unnamed only the method, with a dot before it."""
    if isinstance(node, ast.Name):
        return names.get(node.id, node.id)
    return f"{_called(node.value, names)}.{node.attr}" if isinstance(node, ast.Attribute) else ""
