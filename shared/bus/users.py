"""Who may do what on the bus, derived from HEARS and SAYS, and the keys they sign in with.

Every user has an nkey of its own; there is no anonymous one. A service may publish what it SAYS, take from its own
consumers and answer for what it took; an office may only take from its one consumer.
"""

import contextlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import nkeys  # type: ignore[import-untyped]  # it ships no types

from shared.bus.consumers import consumer_name, filter_of, office_name
from shared.bus.hears import Hears
from shared.bus.link import API
from shared.bus.streams import work_of
from shared.events import Fact

ADMIN = "admin"
JETSTREAM = "$JS.API"


@dataclass(frozen=True, slots=True)
class User:
    """A user: the subjects of the bus it may publish to, its own inbox, and what it calls the API of JetStream."""

    name: str
    may_publish: tuple[str, ...]
    may_subscribe: tuple[str, ...]
    api: str = JETSTREAM

    def local(self, subject: str) -> str:
        """What it calls ``subject``."""
        return self.api + subject.removeprefix(JETSTREAM) if subject.startswith(JETSTREAM) else subject


def service_user(service: str, hears: Iterable[Hears], says: Iterable[type[Fact]]) -> User:
    """The user of a service, exactly as wide as its tables."""
    publish = {filter_of(fact) for fact in says}
    for line in hears:
        publish |= _may_consume(line.stream, consumer_name(service, line))
        publish |= {f"$JS.API.CONSUMER.INFO.{line.stream}.{consumer_name(service, line)}"}
        publish |= {f"dead.{service}.{filter_of(fact)}" for fact in line.facts}
        if line.stream == work_of(service):
            publish |= {f"work.{service}.plan.*", f"work.{service}.cancel", f"$JS.API.STREAM.INFO.{line.stream}"}
    return User(service, tuple(sorted(publish)), (f"_INBOX.{service}.>",), API)


def office_user(office: str) -> User:
    """The user of an office: its consumer on FACTS, by name, and its inbox."""
    name = office_name(office)
    return User(name, tuple(sorted(_may_consume("FACTS", name))), (f"_INBOX.{name}.>",))


def _may_consume(stream: str, consumer: str) -> set[str]:
    return {f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{consumer}", f"$JS.ACK.{stream}.{consumer}.>"}


class KeyTrouble(Exception):  # noqa: N818 - it is told to a person as it is
    """A key cannot be changed now; the text says why and what to do."""


class Keys:
    """The nkey seeds of an installation that makes its own: one file a user, readable by its owner only.

    A key is changed in three steps, so that nobody is ever locked out: ``make_next`` (the new one is let in, too),
    ``use_next`` (it is the one to sign in with, the old one is still let in), ``drop_old``.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def path(self, user: str) -> Path:
        """The file with the seed ``user`` signs in with."""
        return self._directory / f"{user}.nk"

    def seed(self, user: str) -> str:
        """The seed of ``user``, made on first use."""
        path = self.path(user)
        if not path.exists():
            self._make(path)
        return path.read_text().strip()

    def admitted(self, user: str) -> list[str]:
        """The public keys ``user`` may sign in with: one, or two while it is being changed."""
        self.seed(user)
        files = (self.path(user), self._next(user), self._old(user))
        return [_public(path.read_text().strip()) for path in files if path.exists()]

    def users(self) -> list[str]:
        """Everybody who has a key."""
        return sorted(path.stem for path in self._directory.glob("*.nk") if "." not in path.stem)

    def make_office(self, office: str) -> Path:
        """Make the key of an office, if it has none; returns the file that holds its seed."""
        self.seed(office_name(office))
        return self.path(office_name(office))

    def offices(self) -> list[str]:
        """The offices that were given a key."""
        return [user.removeprefix("office_") for user in self.users() if user.startswith("office_")]

    def make_next(self, user: str) -> Path:
        """Make the key that follows the one of ``user``; returns its file. Raises KeyTrouble."""
        self._must_exist(user)
        if self._next(user).exists() or self._old(user).exists():
            raise KeyTrouble(f"the key of {user} is being changed already: finish that with `use` and `drop`")
        self._make(self._next(user))
        return self._next(user)

    def use_next(self, user: str) -> Path:
        """Make the next key of ``user`` the one it signs in with; returns its file. Raises KeyTrouble."""
        self._must_exist(user)
        if not self._next(user).exists():
            raise KeyTrouble(f"{user} has no next key: make it with `next`")
        os.link(self.path(user), self._old(user))
        self._next(user).replace(self.path(user))
        return self.path(user)

    def drop_old(self, user: str) -> None:
        """Forget the key ``user`` signed in with before. Raises KeyTrouble."""
        self._must_exist(user)
        if not self._old(user).exists():
            raise KeyTrouble(f"{user} has no old key")
        self._old(user).unlink()

    def _must_exist(self, user: str) -> None:
        if user not in self.users():
            raise KeyTrouble(f"{user} has no key in {self._directory}")

    def _next(self, user: str) -> Path:
        return self._directory / f"{user}.next.nk"

    def _old(self, user: str) -> Path:
        return self._directory / f"{user}.old.nk"

    def _make(self, path: Path) -> None:
        self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = path.with_suffix(f".{os.getpid()}")
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(nkeys.encode_seed(os.urandom(32), nkeys.PREFIX_BYTE_USER).decode())
        with contextlib.suppress(FileExistsError):  # somebody made it meanwhile: theirs counts
            os.link(part, path)
        part.unlink()


def _public(seed: str) -> str:
    return str(nkeys.from_seed(bytearray(seed.encode())).public_key.decode())
