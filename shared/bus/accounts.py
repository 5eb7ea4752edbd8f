"""The configuration of a nats-server that gives every user exactly its subjects.

Everybody has an account of its own, and the streams are in another, ``BUS``, that has no user but the administrator.
What a user may publish to, its account imports from ``BUS``, subject by subject. Were services users of one account, a
reply subject of their choosing would make the server publish there with the account's rights: permissions are not
asked about replies, and answers stay in the account of who asked.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from shared.bus.link import API
from shared.bus.users import ADMIN, JETSTREAM, Keys, User

BUS = "BUS"
MAX_PAYLOAD = "1MB"
MANY_ANSWERS = "$JS.API.CONSUMER.MSG.NEXT."


@dataclass(frozen=True, slots=True)
class Certificate:
    """The files (PEM) of a server's certificate and its key."""

    certificate: Path
    key: Path


def accounts(users: Iterable[User], keys: Keys) -> str:
    """The ``accounts`` of a nats-server's configuration: these users, and one administrator.

    A user whose key is being changed is let in with the old and with the new one.
    """
    users = list(users)
    lines = [
        "accounts {",
        f"  {BUS} {{",
        "    jetstream: enabled",
        f"    mappings: {{ {json.dumps(f'{API}.>')}: {json.dumps(f'{JETSTREAM}.>')} }}",
        f"    users: [ {', '.join(f'{{ nkey: {key} }}' for key in keys.admitted(ADMIN))} ]",
        *_block("exports", (_export(subject, who) for subject, who in _by_subject(users).items())),
        "  }",
        *(line for user in users for line in _account(user, keys)),
        "  SYS { users: [] }",
        "}",
        "system_account: SYS",
    ]
    return "\n".join(lines) + "\n"


def server_config(
    *, port: int, store: Path, users: Iterable[User], keys: Keys, certificate: Certificate | None = None
) -> str:
    """The whole configuration of an embedded nats-server with exactly these users."""
    head = [
        "server_name: govwatch",
        f"listen: 127.0.0.1:{port}",
        f"max_payload: {MAX_PAYLOAD}",
        f"jetstream {{ store_dir: {json.dumps(str(store))}, sync_interval: 10s }}",
        *(_tls(certificate) if certificate else []),
    ]
    return "\n".join(head) + "\n" + accounts(users, keys)


def _tls(files: Certificate) -> list[str]:
    """TLS before the first word: nobody in between can make a client go on without."""
    return [
        "tls {",
        f"  cert_file: {json.dumps(str(files.certificate))}",
        f"  key_file: {json.dumps(str(files.key))}",
        "  handshake_first: true",
        "}",
    ]


def _by_subject(users: Iterable[User]) -> dict[str, list[str]]:
    """Who may publish to each subject: it is exported once, to all of them."""
    found: dict[str, list[str]] = {}
    for user in users:
        for subject in user.may_publish:
            found.setdefault(subject, []).append(user.name)
    return dict(sorted(found.items()))


def _export(subject: str, who: Sequence[str]) -> str:
    answers = "stream" if subject.startswith(MANY_ANSWERS) else "singleton"
    return f"{{ service: {json.dumps(subject)}, response_type: {answers}, accounts: [{', '.join(who)}] }}"


def _account(user: User, keys: Keys) -> list[str]:
    publish = [user.local(subject) for subject in user.may_publish]
    permissions = json.dumps({"publish": {"allow": publish}, "subscribe": {"allow": user.may_subscribe}})
    return [
        f"  {user.name} {{",
        *_block("users", (f"{{ nkey: {key}, permissions: {permissions} }}" for key in keys.admitted(user.name))),
        *_block("imports", (_import(subject, user.local(subject)) for subject in user.may_publish)),
        "  }",
    ]


def _import(subject: str, local: str) -> str:
    return f"{{ service: {{ account: {BUS}, subject: {json.dumps(subject)} }}, to: {json.dumps(local)} }}"


def _block(name: str, lines: Iterable[str]) -> list[str]:
    return [f"    {name}: [", *(f"      {line}" for line in lines), "    ]"]
