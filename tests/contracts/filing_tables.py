"""The tables of filings for the handbook: their states, the life of an outlet, the packaged rules. Head and rows."""

from collections.abc import Iterable, Sequence

from services.registry.filing import ACTS, TRANSITIONS
from services.registry.filing import WORDS as FILINGS
from services.registry.life import KINDS, LIFE
from services.registry.life import WORDS as OUTLETS
from services.registry.rules import Duty, KindRule, packaged

Table = tuple[Sequence[str], list[list[str]]]


def filings() -> Table:
    """What may be done to a filing in each state."""
    head = ("状态", "before", "办理", "act", "之后", "after")
    return head, [
        [FILINGS[before] if before else "", _codes([before]), ACTS[act], f"`{act}`", FILINGS[after], f"`{after}`"]
        for (before, act), after in TRANSITIONS.items()
    ]


def life() -> Table:
    """What may be filed of an outlet in each state."""
    head = ("状态", "before", "备案", "kind", "之后", "after")
    return head, [
        [OUTLETS[before], _codes([before]), KINDS[kind], f"`{kind}`", OUTLETS[after], _codes([after])]
        for (before, kind), after in LIFE.items()
    ]


def rules() -> Table:
    """Every rule of the packaged documents."""
    rows = []
    for ruleset, _ in packaged().by_id.values():
        where = f"`{ruleset.region}`" if ruleset.region else "the country"
        for rule in ruleset.rules:
            which = (*rule.which.outlets, *rule.which.platforms, *rule.which.subtypes)
            cite = rule.cite + ("" if rule.status == "verified" else " (not compared with the original)")
            says = [KINDS[rule.kind], _codes(which) or "all", _codes(rule.levels), "; ".join(_demands(rule)), cite]
            rows.append([f"`{ruleset.filing_rules}`", where, ruleset.effective.since.isoformat(), *says])
    return ("rules", "for", "since", "备案", "of", "who agrees", "what is demanded", "source"), rows


def _demands(rule: KindRule) -> Iterable[str]:
    terms = {"before": rule.before, "within": rule.within, "decide": rule.decide, "mend": rule.mend}
    yield from (f"`{name}` {term}" for name, term in terms.items() if term)
    if rule.first:
        yield "`first`"
    if rule.after:
        yield f"after {_codes(rule.after)}"
    if rule.may_change:
        yield f"changes only {_codes(rule.may_change)}"
    if rule.longest:
        yield f"at most {rule.longest.days}日, {rule.longest.per_year} a year (`{rule.longest.breach}`)"
    yield from (f"附：{one.title}" for one in rule.attachments)
    yield from (f"生效后：{duty.title}{_when(duty)}" for duty in rule.duties)


def _when(duty: Duty) -> str:
    fields = f"（{_codes(duty.when)} 改变时）" if duty.when else ""
    return f"{fields}（{duty.within}内）" if duty.within else fields


def _codes(names: Iterable[str | None]) -> str:
    return ", ".join(f"`{name}`" for name in names if name)
