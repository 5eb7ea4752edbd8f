"""What looking needs of the world, as the probes see it: ways to look, and the day it is. Nothing here goes out."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from services.prober.look import Look, Page

PAGES, LINKS = 20, 300


class LookAt(Protocol):
    """A way to look at an address."""

    def __call__(self, url: str, *, verify: bool = False) -> Awaitable[Look]:
        """One look. ``verify``: the certificate must be good, because what is read will be believed."""
        ...


@dataclass(frozen=True, slots=True)
class Rendered:
    """A page after its scripts ran. ``whole``: everything its own site was asked for meanwhile arrived."""

    html: str
    whole: bool


class Render(Protocol):
    """A way to let the scripts of a page run."""

    def __call__(self, page: Page, /) -> Awaitable[Rendered | None]:
        """What became of ``page``; None when that could not be seen."""
        ...


@dataclass(frozen=True, slots=True)
class Means:
    """What a visit needs: a way to look, the question whether we are online, the pause before a confirming look.

    ``follow`` looks at further pages and ``touch`` at no more than the beginning of what a link leads to, both without
    crowding a site; without them it is ``look_at``. ``render`` runs scripts where that is possible. ``pages`` is how
    many columns of a site are read, ``links`` how many links of its home page are tried.
    """

    look_at: LookAt
    online: Callable[[], Awaitable[bool]]
    pause: float
    follow: LookAt | None = None
    touch: LookAt | None = None
    render: Render | None = None
    pages: int = PAGES
    links: int = LINKS


@dataclass(frozen=True, slots=True)
class Around:
    """What a probe may use beside the look at the home page.

    ``today`` is the day of the look in Asia/Shanghai; ``seed`` decides what is drawn where not everything is looked at.
    """

    means: Means
    today: date
    seed: str

    @property
    def follow(self) -> LookAt:
        """A way to look at a further page."""
        return self.means.follow or self.means.look_at

    @property
    def touch(self) -> LookAt:
        """A way to see whether a link leads anywhere."""
        return self.means.touch or self.means.look_at
