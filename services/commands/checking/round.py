"""One round: look at a website as the prober does, and judge it as the scorer does."""

import asyncio
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from typing import Literal
from urllib.parse import urlsplit

from services.commands.checking.addresses import Address
from services.commands.checking.checked import PAGE, Checked
from services.commands.checking.watch import Watch
from services.prober.evidence import name_of
from services.prober.look import Look, Measurement
from services.prober.means import Means
from services.prober.probes.reachability import reachability
from services.prober.visit import Visit, visit_website
from services.scorer.card import prepared
from services.scorer.conclusion import Reason
from services.scorer.judging import asked_of, concluded
from services.scorer.observations import Observations, Sample
from services.scorer.ruleset import Ruleset
from services.scorer.scorecard import Card, scorecard
from shared.events.probe import Purpose
from shared.events.registry import Website

MOST_LOOKS = 3
BUDGET = 900.0
TITLE = re.compile(r"<title\b[^>]{0,200}>([^<]{0,500})", re.IGNORECASE)
LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Table:
    """By what a website is judged, and as what. ``as_of`` None: at the time of the last look."""

    ruleset: Ruleset
    region: str
    site_class: Literal["portal", "department"]
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class Ways:
    """What a check needs of the world: the prober's means, the time, and the name of the place we look from.

    ``budget`` is how many seconds one website is given.
    """

    means: Means
    now: Callable[[], datetime]
    vantage: str
    budget: float = BUDGET


async def check(address: Address, table: Table, pages: int, ways: Ways, tell: Callable[[str], None]) -> Checked:
    """Look at a website as a visit of the prober does, with at most ``pages`` columns, and judge it.

    As long as a conclusion waits for another look to confirm it there is one, three in all, each after the pause the
    prober makes before a confirming look, and as long as there is time. ``tell`` is told in Chinese what is going on.
    """
    watch = Watch(ways.means, tell, ways.now, ways.budget)
    website = Website(code="", name="", url=await watch.begin(address.urls), site_class=table.site_class)
    visits: list[Visit] = []
    samples: list[Sample] = []
    asked: set[str] = set()
    while True:
        visit = await visit_website(website, watch.means(pages), asked)
        visits.append(visit)
        samples += [_sample(name, visit.look, each, ways.vantage) for name, each in visit.measurements.items()]
        as_of = table.as_of or ways.now()
        card = _card(table.ruleset, website, Observations(tuple(samples)), as_of)
        asked = _to_confirm(card)
        if len(visits) == MOST_LOOKS or not asked or watch.late:
            break
        tell(f"稍后再看一次，以便确认 {website.url}")
        await asyncio.sleep(ways.means.pause)
    further = [_sample(PAGE, look, await reachability(look), ways.vantage) for look in watch.pages.values()]
    return Checked(
        typed=address.typed,
        website=website.model_copy(update={"name": _name(visit.look)}),
        region=table.region,
        as_of=as_of,
        samples=(*samples, *further),
        look=visit.look,
        looks=sum(each.looks for each in visits),
        card=card,
        addresses=_addresses(visits),
        cut_short=watch.cut_short or bool(asked and watch.late),
    )


def _sample(probe: str, look: Look, measurement: Measurement, vantage: str) -> Sample:
    """What a probe said of a look. It is no sample of availability: nobody had scheduled it."""
    return Sample(
        probe=probe,
        vantage=vantage,
        due_at=look.looked_at,
        looked_at=look.looked_at,
        outcome=measurement.outcome,
        reason=measurement.reason,
        purpose=Purpose.RECHECK,
        measured=measurement.measured,
        evidence=name_of(look.page.body) if look.page and look.page.body else None,
    )


def _card(ruleset: Ruleset, website: Website, known: Observations, as_of: datetime) -> Card:
    judged = concluded(asked_of(ruleset, website), known, as_of)
    conclusions = {each.criterion.id: each.conclusion for each in judged}
    return scorecard(ruleset, website, conclusions | prepared(ruleset, website, known, as_of))


def _to_confirm(card: Card) -> set[str]:
    """The probes whose looks would confirm what was seen once."""
    waiting = [row.criterion for row in card.rows if row.conclusion.reason is Reason.NOT_CONFIRMED]
    return {probe for criterion in waiting for probe in criterion.probes}


def _name(look: Look) -> str:
    """The title of the page; where there is none, the host."""
    title = TITLE.search(look.page.text) if look.page else None
    return (" ".join(unescape(title[1]).split())[:LONGEST_NAME] if title else "") or urlsplit(look.url).netloc


def _addresses(visits: Iterable[Visit]) -> dict[str, str]:
    """Where each page was seen that a visit rests on, by the name of its evidence."""
    pages = [page for visit in visits for each in visit.measurements.values() for page in each.pages]
    homes = [visit.look.page for visit in visits if visit.look.page]
    return {name_of(page.body): page.url for page in (*pages, *homes) if page.body}
