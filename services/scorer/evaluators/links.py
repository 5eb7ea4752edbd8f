"""可用性: which links of the home page do not open, each of them costing the criterion's points.

The probe's ``measured`` says how many links were ``found`` and ``checked``, which were ``broken`` (tried twice in one
visit), and how many it could not tell of (``unknown``). A link counts as broken when the last looks, as many as the
ruleset asks for, agree on it; one that is blocked by a firewall counts neither way. Nothing is broken only where links
were tried and the page is ``complete``: scripts show no others.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar

from pydantic import JsonValue

from services.scorer.conclusion import EXHIBITS, NOTHING, Conclusion, Reason
from services.scorer.evaluators.agreeing import AgreeingParams, answered
from services.scorer.evaluators.evaluator import Evaluator
from services.scorer.observations import Observations, Sample, local
from services.scorer.ruleset import Criterion
from shared.events.score import Verdict

KINDS = {"page": "页面", "image": "图片", "attachment": "附件", "external": "外部链接"}
NAMED = 3
# So many may be hidden where nobody can tell how many: more than any 分值 can cost.
MANY = 100


class LinksParams(AgreeingParams):
    """The last ``looks`` of ``observed_days`` must agree on a broken link."""

    probes: ClassVar = frozenset({"links"})


def judge(observations: Observations, criterion: Criterion, params: LinksParams, as_of: datetime) -> Conclusion:
    """The conclusion on one website; each broken link costs the criterion's points."""
    looks = answered(observations, criterion, params, as_of)
    each = criterion.points or NOTHING
    if not looks:
        return Conclusion(
            verdict=Verdict.UNDETERMINED,
            reason=Reason.NOT_SEEN,
            why=f"{params.observed_days}日内没有一次试过首页上的链接，无法判断能否打开。",
            at_most=criterion.most(None),
        )
    last = looks[0]
    broken = _agreed(looks, params.looks)
    unconfirmed = _number(last, "broken_count") - len(broken)
    untold = _number(last, "unknown") + _number(last, "found") - _number(last, "checked")
    open_ended = last.measured.get("complete") is not True
    tried = _number(last, "ok") + _number(last, "broken_count")
    verdict, reason = _verdict(len(broken), unconfirmed, sure=bool(tried and not untold and not open_ended))
    said = {
        Verdict.VIOLATED: f"打不开或者错误{len(broken)}个：{_named(broken)}。",
        Verdict.UNDETERMINED: "没有认定打不开的。",
        Verdict.CLEAR: "没有发现打不开或者错误的。",
    }
    measured: dict[str, JsonValue] = {
        "looked_at": last.looked_at.isoformat(),
        "checked": _number(last, "checked"),
        "broken": list(broken),
        "untold": unconfirmed + untold,
        "complete": not open_ended,
    }
    notes = [f"首页链接打不开：{url}" for url in broken] or ["首页链接"]
    return Conclusion(
        verdict=verdict,
        reason=reason,
        why=(
            f"{local(last.looked_at)}查看，首页链接试了{_number(last, 'checked')}个，"
            f"{said[verdict]}{_doubts(unconfirmed, untold, params)}{_unseen(tried, open_ended=open_ended)}"
        ),
        points=each * len(broken),
        at_most=each * (len(broken) + unconfirmed + untold + (MANY if open_ended or not tried else 0)),
        evidence=tuple(last.exhibit(note) for note in notes[:EXHIBITS]),
        measured=measured,
    )


def _verdict(broken: int, unconfirmed: int, *, sure: bool) -> tuple[Verdict, Reason]:
    if broken:
        return Verdict.VIOLATED, Reason.BROKEN
    if unconfirmed or not sure:
        return Verdict.UNDETERMINED, Reason.NOT_CONFIRMED if unconfirmed else Reason.NOT_READABLE
    return Verdict.CLEAR, Reason.NOTHING_BROKEN


def _agreed(looks: Sequence[Sample], needed: int) -> Mapping[str, Mapping[str, JsonValue]]:
    """The broken links that the last ``needed`` looks (the newest first) agree on, by address."""
    seen = [_broken(look) for look in looks[:needed]]
    if len(seen) < needed:
        return {}
    return {url: entry for url, entry in seen[0].items() if all(url in other for other in seen)}


def _broken(look: Sample) -> Mapping[str, Mapping[str, JsonValue]]:
    entries = look.measured.get("broken")
    told = [entry for entry in entries if isinstance(entry, Mapping)] if isinstance(entries, list) else []
    return {str(entry.get("url")): entry for entry in told}


def _number(look: Sample, name: str) -> int:
    value = look.measured.get(name)
    return value if isinstance(value, int) else 0


def _named(broken: Mapping[str, Mapping[str, JsonValue]]) -> str:
    """The first few links in words."""
    first = [
        f"“{entry.get('text') or url}”（{KINDS.get(str(entry.get('kind')), '链接')}）"
        for url, entry in list(broken.items())[:NAMED]
    ]
    return "、".join(first) + ("等" if len(broken) > NAMED else "")


def _doubts(unconfirmed: int, untold: int, params: LinksParams) -> str:
    return "".join(
        [
            f"另有{unconfirmed}个须连续{params.looks}次打不开才能认定。" if unconfirmed else "",
            f"另有{untold}个没有试或者无法判断，不作认定。" if untold else "",
        ]
    )


def _unseen(tried: int, *, open_ended: bool) -> str:
    if open_ended:
        return "页面上还可能有脚本显示的链接，没有看到。"
    return "" if tried else "没有一个链接试出结果。"


LINKS = Evaluator(LinksParams, judge)
