"""A check as a scorecard on a terminal, readable in 80 columns. Pure."""

from collections.abc import Iterator, Sequence
from enum import StrEnum

from services.commands.checking import words
from services.commands.checking.checked import Checked, Exit
from services.commands.checking.layout import clean, padded, shortened, width, wrapped
from services.scorer.observations import Sample
from services.scorer.pages import KINDS, points_of
from services.scorer.scorecard import Row
from shared.events.probe import Outcome
from shared.events.score import Exhibit, Verdict
from shared.workdays import SHANGHAI

NARROWEST, WIDEST = 40, 100
TERM = 12
DIGEST = 12
MOST_EVIDENCE = 5


class Style(StrEnum):
    """How a terminal sets text off (ANSI SGR)."""

    STRONG = "1"
    SOFT = "2"
    VIOLATED = "1;31"
    CLEAR = "32"
    UNDETERMINED = "33"


MARKS = {
    Verdict.VIOLATED: ("✗", Style.VIOLATED),
    Verdict.CLEAR: ("✓", Style.CLEAR),
    Verdict.UNDETERMINED: ("?", Style.UNDETERMINED),
}
ENDS = {Exit.VIOLATED: Style.VIOLATED, Exit.NOT_OBSERVED: Style.UNDETERMINED, Exit.CLEAR: Style.CLEAR}


class Sheet:
    """Writes cards for a terminal of ``columns``, in colour or not."""

    def __init__(self, columns: int, *, colour: bool) -> None:
        self._columns = min(WIDEST, max(NARROWEST, columns))
        self._colour = colour

    def lines(self, checked: Checked) -> Iterator[str]:
        """The card of one website, line by line."""
        yield self._set(shortened(clean(checked.website.name), self._columns), Style.STRONG)
        yield from self._text(clean(checked.website.url), "  ", style=Style.SOFT)
        yield "─" * self._columns
        for term, description in words.facts(checked):
            yield from self._text(clean(description), padded(term, TERM))
        yield from self._failed(checked.pages)
        for verdict, title in words.VERDICTS.items():
            if rows := checked.rows(verdict):
                yield from self._heading(title, len(rows), MARKS[verdict][1])
            for row in rows:
                yield from self._row(row, checked)
        yield from self._waiting(checked)
        yield "─" * self._columns
        yield self._set(
            shortened(f"{words.summary(checked)} {clean(checked.typed)}", self._columns), ENDS[checked.exit]
        )

    def _row(self, row: Row, checked: Checked) -> Iterator[str]:
        mark, style = MARKS[row.conclusion.verdict]
        points = points_of(row)
        head = f"{row.indicator.title}（{KINDS[row.indicator.kind]}{f' {points}' if points != '—' else ''}）"
        yield f"{self._set(mark, style)} {self._set(shortened(clean(head), self._columns - 2), Style.STRONG)}"
        yield from self._text(clean(row.conclusion.why), "    ")
        if row.conclusion.verdict is Verdict.CLEAR:
            return
        citation = row.criterion.citation
        own = citation.document == checked.card.ruleset.document.cite
        yield from self._text(clean(citation.where if own else str(citation)), "    依据 ", style=Style.SOFT)
        evidence = row.conclusion.evidence
        for exhibit in evidence[:MOST_EVIDENCE]:
            yield self._set(self._exhibit(exhibit, checked), Style.SOFT)
        if len(evidence) > MOST_EVIDENCE:
            yield self._set(f"         另有 {len(evidence) - MOST_EVIDENCE} 条", Style.SOFT)

    def _exhibit(self, exhibit: Exhibit, checked: Checked) -> str:
        at = f"{exhibit.seen_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"
        where = checked.addresses.get(exhibit.sha256 or "", "").partition("://")[2]
        digest = f"sha256:{exhibit.sha256[:DIGEST]} " if exhibit.sha256 else ""
        return shortened(f"    证据 {at} {digest}{clean(where or exhibit.note)}", self._columns)

    def _failed(self, pages: Sequence[Sample]) -> Iterator[str]:
        for page in pages:
            if page.outcome is Outcome.FAILED:
                line = f"{words.told_of(page)}  {page.measured.get('url')}"
                yield from self._text(clean(line), " " * TERM, style=Style.SOFT)

    def _waiting(self, checked: Checked) -> Iterator[str]:
        if checked.waiting:
            yield from self._heading("须由人判断，机器不下结论", len(checked.waiting), Style.STRONG)
        for part, rows in words.waiting(checked):
            yield from self._text(f"{part}（{len(rows)}项）：{words.by_indicator(rows)}", "  ", hang="    ")

    def _heading(self, title: str, count: int, style: Style) -> Iterator[str]:
        yield ""
        yield self._set(f"{title} {count} 项", style)

    def _text(self, text: str, first: str, *, hang: str = "", style: Style | None = None) -> Iterator[str]:
        """``text`` after ``first``, its further lines below its beginning (or after ``hang``)."""
        below = hang or " " * width(first)
        for number, line in enumerate(wrapped(text, self._columns - max(width(first), width(below)))):
            yield self._set((first if number == 0 else below) + line, style)

    def _set(self, text: str, style: Style | None) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self._colour and style else text
