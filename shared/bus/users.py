"""Who may do what on the bus, derived from HEARS and SAYS, and the server configuration that enforces it.

Every user has an nkey of its own; there is no anonymous one. A service may publish what it SAYS, take from its own
consumers and answer for what it took; an office may only take from its one consumer, in an account of its own.
"""

import contextlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import nkeys  # type: ignore[import-untyped]  # it ships no types

from shared.bus.consumers import consumer_name, office_name
from shared.bus.listen import Hears
from shared.bus.streams import STREAMS
from shared.events import Fact

ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class User:
    """A user of the bus: the subjects it may publish to, its own inbox, and whether it has an account of its own."""

    name: str
    may_publish: tuple[str, ...]
    may_subscribe: tuple[str, ...]
    apart: bool = False


def service_user(service: str, hears: Iterable[Hears], says: Iterable[type[Fact]]) -> User:
    """The user of a service, exactly as wide as its tables."""
    publish = {f"{fact.type}.>" for fact in says} | {f"dead.{service}.>"}
    for line in hears:
        publish |= _may_consume(line.stream, consumer_name(service, line))
        if line.stream == "WORK":
            publish |= {f"work.{service}.plan.*", "$JS.API.STREAM.PURGE.WORK"}
    publish |= {f"$JS.API.STREAM.INFO.{stream}" for stream in STREAMS}
    return User(service, tuple(sorted(publish)), (f"_INBOX.{service}.>",))


def office_user(office: str) -> User:
    """The user of an office: its consumer on FACTS, by name, and its inbox."""
    name = office_name(office)
    allowed = {f"$JS.API.CONSUMER.MSG.NEXT.FACTS.{name}", f"$JS.ACK.FACTS.{name}.>"}
    return User(name, tuple(sorted(allowed)), (f"_INBOX.{name}.>",), apart=True)


def _may_consume(stream: str, consumer: str) -> set[str]:
    return {
        f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{consumer}",
        f"$JS.API.CONSUMER.INFO.{stream}.{consumer}",
        f"$JS.ACK.{stream}.{consumer}.>",
    }


class Keys:
    """The nkey seeds of an installation that makes its own: one file a user, readable by its owner only."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def seed(self, user: str) -> str:
        """The seed of ``user``, made on first use."""
        path = self._directory / f"{user}.nk"
        if not path.exists():
            self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            part = path.with_suffix(f".{os.getpid()}")
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(nkeys.encode_seed(os.urandom(32), nkeys.PREFIX_BYTE_USER).decode())
            with contextlib.suppress(FileExistsError):  # somebody made it meanwhile: theirs counts
                os.link(part, path)
            part.unlink()
        return path.read_text().strip()

    def public(self, user: str) -> str:
        """The public key of ``user``."""
        return str(nkeys.from_seed(bytearray(self.seed(user).encode())).public_key.decode())

    def make_office(self, office: str) -> Path:
        """Make the key of an office, if it has none; returns the file that holds its seed."""
        self.seed(office_name(office))
        return self._directory / f"{office_name(office)}.nk"

    def offices(self) -> list[str]:
        """The offices that were given a key."""
        return sorted(path.stem.removeprefix("office_") for path in self._directory.glob("office_*.nk"))


def accounts(users: Iterable[User], keys: Keys) -> str:
    """The ``accounts`` of a nats-server's configuration: these users, and one administrator.

    An office has an account of its own that imports its few subjects. Were it a user of ours, a reply subject of its
    choosing would make the server publish there with our rights: permissions are not asked about replies.
    """
    users = list(users)
    ours = [user for user in users if not user.apart]
    apart = [user for user in users if user.apart]
    exports = [
        f"      {{ service: {json.dumps(subject)}, response_type: stream, accounts: [{user.name}] }}"
        for user in apart
        for subject in user.may_publish
    ]
    lines = [
        "accounts {",
        "  GOVWATCH {",
        "    jetstream: enabled",
        "    users: [",
        f"      {{ nkey: {keys.public(ADMIN)} }}",
        *(f"      {_user(user, keys)}" for user in ours),
        "    ]",
        *(["    exports: [", *exports, "    ]"] if exports else []),
        "  }",
        *(line for user in apart for line in _apart(user, keys)),
        "  SYS { users: [] }",
        "}",
        "system_account: SYS",
    ]
    return "\n".join(lines) + "\n"


def _apart(user: User, keys: Keys) -> list[str]:
    imports = [
        f"{{ service: {{ account: GOVWATCH, subject: {json.dumps(subject)} }} }}" for subject in user.may_publish
    ]
    return [f"  {user.name} {{", f"    users: [ {_user(user, keys)} ]", f"    imports: [ {', '.join(imports)} ]", "  }"]


def server_config(*, port: int, store: Path, users: Iterable[User], keys: Keys) -> str:
    """The whole configuration of an embedded nats-server with exactly these users."""
    head = [
        "server_name: govwatch",
        f"listen: 127.0.0.1:{port}",
        "max_payload: 1MB",
        f"jetstream {{ store_dir: {json.dumps(str(store))}, sync_interval: 10s }}",
    ]
    return "\n".join(head) + "\n" + accounts(users, keys)


def _user(user: User, keys: Keys) -> str:
    permissions = {"publish": {"allow": user.may_publish}, "subscribe": {"allow": user.may_subscribe}}
    return f"{{ nkey: {keys.public(user.name)}, permissions: {json.dumps(permissions)} }}"
