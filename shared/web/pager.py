"""Which part of a long list a page shows, and the links to the others."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.requests import Request

NEIGHBOURS = 2
DIGITS = 8


@dataclass(frozen=True, slots=True)
class Pager:
    """Page ``number`` (from 1) of ``total`` entries, ``size`` on each."""

    number: int
    size: int
    total: int
    path: str
    query: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, request: Request, total: int, size: int = 50) -> "Pager":
        """The page asked for by ``?page=``; one that does not exist becomes the nearest that does."""
        asked = request.query_params.get("page", "1")
        number = int(asked) if asked.isdecimal() and len(asked) <= DIGITS else 1
        query = tuple(pair for pair in request.query_params.multi_items() if pair[0] != "page")
        return cls(max(1, min(number, _pages(total, size))), size, total, request.url.path, query)

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return _pages(self.total, self.size)

    @property
    def skip(self) -> int:
        """How many entries come before this page."""
        return (self.number - 1) * self.size

    @property
    def first(self) -> int:
        """The number of the first entry shown, from 1; 0 when there is none."""
        return min(self.skip + 1, self.total)

    @property
    def last(self) -> int:
        """The number of the last entry shown."""
        return min(self.skip + self.size, self.total)

    def url(self, number: int) -> str:
        """The link to page ``number``, with everything else that was asked for."""
        pairs = (*self.query, *((("page", str(number)),) if number > 1 else ()))
        return self.path + (f"?{urlencode(pairs)}" if pairs else "")

    def numbers(self) -> Iterator[int | None]:
        """The page numbers to offer; None is a gap."""
        previous = 0
        for number in range(1, self.pages + 1):
            if number in (1, self.pages) or abs(number - self.number) <= NEIGHBOURS:
                if number - previous > 1:
                    yield None
                yield number
                previous = number


def _pages(total: int, size: int) -> int:
    return max(1, -(-total // size))
