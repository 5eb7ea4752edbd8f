"""Filings for tests of pure decisions."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from services.registry import filing as decisions
from services.registry.filing import Act, Asked, Filing, Standing, Step, outlet_id
from services.registry.rules import KindRule, Pinned, Rules, load, packaged
from services.registry.rules.load import PACKAGED
from shared.events.registry import FilingKind, NewMedia, Outlet, OutletState, Particulars, UnitRef, Website
from shared.privacy import Personal

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)  # a Monday in Beijing
TODAY = date(2026, 11, 23)
REGION = "41.01.05.0"
UNIT = UnitRef(id="police", name="郑州市公安局")
SITE = Website(code="4101000001", name="郑州市政府门户网站", url="https://www.zhengzhou.gov.cn/", site_class="portal")
ACCOUNT = NewMedia(platform="weibo", account="zzwj", name="郑州网警", verified_as="郑州市公安局")
CITY, COUNTY = 2, 3
RULES = """filing_rules: cn-test
version: "1"
title: 规定
issuer: 某办
region: "41"
effective: {from: 2020-01-01}
"""
"""How a document of filing rules begins; its limits and rules come behind."""


def rules_with(folder: Path, text: str) -> Rules:
    """The packaged rules, and those of ``text`` for 41."""
    (folder / "cn-test.yaml").write_text(RULES + text, encoding="utf-8")
    return load([PACKAGED, folder])


def step(actor: str = "person:unit", act: Any = Act.SUBMIT, reason: str = "", at: datetime = NOW) -> Step:
    """One act."""
    return Step(at=at, actor=actor, name=Personal(actor), act=Act(act), reason=reason)


def in_force(
    filed: Particulars = ACCOUNT, state: OutletState = OutletState.RUNNING, unit: UnitRef = UNIT, **more: Any
) -> Outlet:
    """``filed`` in force."""
    known: dict[str, Any] = {"id": outlet_id(filed), "region": REGION, "revision": 1, "since": NOW, **more}
    return Outlet(unit=unit, state=state, filed=filed, **known)


def pinned(kind: FilingKind = FilingKind.OPEN, filed: Particulars = ACCOUNT, **rule: Any) -> Pinned:
    """The national rule of a kind, with what a test changes of it."""
    found = packaged().rule("99.00.00.0", date(2020, 1, 1), kind, filed)
    changed = KindRule.model_validate({**found.rule.model_dump(), **rule})
    return found.model_copy(update={"rule": changed})


def submit(filed: Particulars = ACCOUNT, kind: FilingKind = FilingKind.OPEN, **options: Any) -> Filing:
    """A filing of ``filed``, submitted by ``step``.

    Options are those of ``Asked``, of ``Standing`` and of the rule, whose ``after`` is called ``needs`` here.
    """
    asked = {name: options.pop(name) for name in list(options) if name in Asked.__dataclass_fields__}
    standing = {name: options.pop(name) for name in list(options) if name in Standing.__dataclass_fields__}
    by = options.pop("step", None) or step()
    needs = options.pop("needs", ())
    rule = {**options, "after": needs}
    return decisions.submit(
        Asked(kind=kind, filed=filed, **asked),
        number="备〔2026〕1号",
        unit=UNIT,
        step=by,
        standing=Standing(**standing),
        pinned=pinned(kind, filed, **rule),
        begun=None,
    )


def approve(
    filing: Filing, actor: str = "person:office", tokens: int = COUNTY, standing: Standing | None = None, **more: Any
) -> Filing:
    """``filing`` approved by somebody whose widest grant names ``tokens`` tokens."""
    by = step(actor, Act.APPROVE, **more)
    return decisions.approve(filing, by, standing or Standing(), region=REGION, tokens=tokens)


def mend(
    filing: Filing, filed: Particulars, actor: str = "person:unit", standing: Standing | None = None, **asked: Any
) -> Filing:
    """A returned filing, mended and submitted again by ``actor``."""
    assert filing.rule is not None
    again = Asked(kind=filing.kind, filed=filed, **asked)
    return decisions.resubmit(filing, again, step(actor, Act.RESUBMIT), standing or Standing(), filing.rule)


def later(days: int) -> datetime:
    """The same hour some days later."""
    return NOW + timedelta(days=days)
