"""What the web part of a service needs of it, and how a request finds it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol, TypeAlias, cast

from jinja2 import Environment
from starlette.requests import Request

from shared.identity import Identity, Person
from shared.settings import Settings

Tabs: TypeAlias = Callable[[Person], Sequence[tuple[str, str]]]
"""The parts of a service that a person has to do with: address and label each."""


def no_tabs(_person: Person) -> Sequence[tuple[str, str]]:
    """A service of one part."""
    return ()


class Named(Protocol):
    """A service: its name is its prefix, ``templates`` its folder of pages, ``tabs`` stand above each of them."""

    @property
    def name(self) -> str:
        """``registry``, ``prober``, ``scorer`` or ``notifier``."""
        ...

    @property
    def templates(self) -> Path | None:
        """Where its own templates are, None when it has no pages."""
        ...

    @property
    def tabs(self) -> Tabs:
        """Its parts, for who looks."""
        ...


class Base(Protocol):
    """What a service was given."""

    @property
    def settings(self) -> Settings:
        """The settings of the installation."""
        ...

    @property
    def identity(self) -> Identity:
        """Who people are."""
        ...

    @property
    def now(self) -> Callable[[], datetime]:
        """The clock."""
        ...


@dataclass(frozen=True, slots=True)
class Host:
    """The web part of one service."""

    service: str
    settings: Settings
    identity: Identity
    now: Callable[[], datetime]
    pages: Environment
    tabs: Tabs

    @property
    def cookie(self) -> str:
        """The name of the session cookie; over HTTPS with the prefix that ties it to this very host."""
        return "__Host-govwatch" if self.settings.cookie_secure else "govwatch"

    @property
    def api(self) -> str:
        """What the paths of the API begin with."""
        return f"/{self.service}/api/"


def host_of(request: Request) -> Host:
    """The host that serves ``request``."""
    return cast("Host", request.app.state.host)
