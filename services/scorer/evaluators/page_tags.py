"""页面标签: of a few pages drawn at random, how many carry none of the tags of a group (站点标签, 内容标签, 栏目标签).

What is drawn follows from the looks' own seed: the articles as the probe drew them, the columns by the digest of their
address, so that anybody can draw the same again.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Annotated, ClassVar, Literal

from pydantic import Field, JsonValue

from services.scorer.conclusion import NOTHING, Conclusion, Reason
from services.scorer.evaluators.agreeing import RecentParams, answered
from services.scorer.evaluators.evaluator import Evaluator, sample_of
from services.scorer.observations import Observations, Sample, local
from services.scorer.ruleset import Criterion, Text
from shared.events.score import Exhibit, Verdict

KINDS = {"articles": "内容页面", "columns": "栏目页面"}


class PageTagsParams(RecentParams):
    """Each page of the criterion's sample needs a tag of each group; the newest look of ``observed_days`` counts."""

    probes: ClassVar = frozenset({"content"})
    asks: ClassVar = frozenset({"sample"})

    pages: Literal["articles", "columns"] = Field(title="页面类别")
    tags: Annotated[dict[Text, tuple[Text, ...]], Field(min_length=1)] = Field(title="须有的标签")


def judge(observations: Observations, criterion: Criterion, params: PageTagsParams, as_of: datetime) -> Conclusion:
    """The conclusion on one website; each page without its tags costs the criterion's points."""
    take = sample_of(criterion)
    looks = [(look, _drawn(look, params)[:take]) for look in answered(observations, criterion, params, as_of)]
    look, drawn = next((each for each in looks if each[1]), (None, []))
    each, kind = criterion.points or NOTHING, KINDS[params.pages]
    if look is None:
        return Conclusion(
            verdict=Verdict.UNDETERMINED,
            reason=Reason.NOT_SEEN,
            why=f"{params.observed_days}日内没有读到可以抽查的{kind}。",
            at_most=each * take,
        )
    missing = {str(page["url"]): absent for page in drawn if (absent := _absent(page, params.tags))}
    said = f"{local(look.looked_at)}查看，抽查{kind}{len(drawn)}个"
    told: dict[str, JsonValue] = {url: list[JsonValue](groups) for url, groups in missing.items()}
    measured: dict[str, JsonValue] = {"looked_at": look.looked_at.isoformat(), "missing": told}
    if not missing:
        return Conclusion(
            verdict=Verdict.CLEAR,
            reason=Reason.ALL_PRESENT,
            why=f"{said}，都有{'和'.join(params.tags)}。",
            measured=measured,
        )
    first_url, absent = next(iter(missing.items()))
    return Conclusion(
        verdict=Verdict.VIOLATED,
        reason=Reason.ABSENT,
        why=f"{said}，标签不全的{len(missing)}个，如{first_url}没有{'和'.join(absent)}。",
        points=each * len(missing),
        at_most=each * len(missing),
        evidence=tuple(_exhibit(look, page, kind) for page in drawn if str(page["url"]) in missing),
        measured=measured,
    )


def _drawn(look: Sample, params: PageTagsParams) -> list[Mapping[str, JsonValue]]:
    entries = look.measured.get(params.pages)
    pages = [entry for entry in entries if isinstance(entry, Mapping)] if isinstance(entries, list) else []
    readable = [page for page in pages if isinstance(page.get("tags"), list) and page.get("url")]
    return sorted(readable, key=lambda page: sha256(str(page["url"]).encode()).digest())


def _absent(page: Mapping[str, JsonValue], groups: Mapping[str, Sequence[str]]) -> list[str]:
    """The groups of which the page has no tag."""
    found = page["tags"]
    there = {str(tag) for tag in found} if isinstance(found, list) else set()
    return [group for group, tags in groups.items() if there.isdisjoint(tags)]


def _exhibit(look: Sample, page: Mapping[str, JsonValue], kind: str) -> Exhibit:
    kept = page.get("evidence")
    return Exhibit(
        seen_at=look.looked_at,
        note=f"{kind}标签不全：{page['url']}",
        sha256=kept if isinstance(kept, str) else None,
    )


PAGE_TAGS = Evaluator(PageTagsParams, judge)
