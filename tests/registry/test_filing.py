"""A filing goes only where the table lets it, and says what it must."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from services.registry import filing as decisions
from services.registry.filing import Filing, FilingState, Refusal, Step, outlet_id
from services.registry.refusal import Refused
from shared.events.registry import FilingKind, NewMedia, Outlet, OutletState, UnitRef, Website

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
UNIT = UnitRef(id="police", name="郑州市公安局")
SITE = Website(code="4101000001", name="郑州市政府门户网站", url="https://www.zhengzhou.gov.cn/", site_class="portal")
ACCOUNT = NewMedia(platform="weibo", account="zzwj", name="郑州网警", verified_as="郑州市公安局")


def step(actor: str = "person:unit", act: Any = "submit", reason: str = "") -> Step:
    """One act."""
    return Step(at=NOW, actor=actor, name=actor, act=act, reason=reason)


def in_force(filed: Any = ACCOUNT) -> Outlet:
    """``filed`` in force."""
    return Outlet(
        id=outlet_id(filed),
        region="41.01.00.0",
        unit=UNIT,
        state=OutletState.RUNNING,
        revision=1,
        since=NOW,
        filed=filed,
    )


def submit(filed: Any = ACCOUNT, **options: Any) -> Filing:
    """A filing of ``filed``, submitted."""
    asked: dict[str, Any] = {
        "kind": FilingKind.OPEN,
        "number": "备〔2026〕1号",
        "unit": UNIT,
        "filed": filed,
        "purpose": "",
        "step": step(),
    }
    standing = {name: options.pop(name) for name in ("in_force", "under_way", "open_fields") if name in options}
    return decisions.submit(**{**asked, **options}, standing=decisions.Standing(**standing))


@pytest.mark.parametrize("filed", [SITE, ACCOUNT, SITE.model_copy(update={"code": "bm55000001"})])
def test_what_is_well_formed_can_be_filed(filed: Any) -> None:
    assert submit(filed).state is FilingState.SUBMITTED


@pytest.mark.parametrize(
    ("filed", "field"),
    [
        (SITE.model_copy(update={"code": "41010000"}), "code"),
        (SITE.model_copy(update={"code": "bm1234"}), "code"),
        (SITE.model_copy(update={"code": "4101000001x"}), "code"),
        (SITE.model_copy(update={"name": "  "}), "name"),
        (SITE.model_copy(update={"name": "郑" * 101}), "name"),
        (SITE.model_copy(update={"name": "郑州\r\n网站"}), "name"),
        (SITE.model_copy(update={"url": "ftp://x.gov.cn/"}), "url"),
        (SITE.model_copy(update={"url": "https://"}), "url"),
        (SITE.model_copy(update={"url": "http://a@b.gov.cn/"}), "url"),
        (SITE.model_copy(update={"url": "http://x.gov.cn:0/"}), "url"),
        (SITE.model_copy(update={"url": "http://x.gov.cn:99999/"}), "url"),
        (SITE.model_copy(update={"url": "http://x.gov.cn/\n"}), "url"),
        (ACCOUNT.model_copy(update={"platform": ""}), "platform"),
        (ACCOUNT.model_copy(update={"account": "a.b>"}), "account"),
        (ACCOUNT.model_copy(update={"account": "x" * 65}), "account"),
        (ACCOUNT.model_copy(update={"source": "json_feed"}), "source"),
        (ACCOUNT.model_copy(update={"source": "json_feed:file:///etc/passwd"}), "source"),
        (ACCOUNT.model_copy(update={"verified_as": "x\0"}), "verified_as"),
    ],
)
def test_what_is_not_is_refused_by_field(filed: Any, field: str) -> None:
    with pytest.raises(Refused) as refused:
        submit(filed)
    assert (refused.value.reason, refused.value.field) == (Refusal.BAD_FIELD, field)


RENAMED = ACCOUNT.model_copy(update={"name": "郑州网络安全警示"})


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"in_force": in_force()}, Refusal.ALREADY_OPEN),
        ({"under_way": 1}, Refusal.ANOTHER_UNDER_WAY),
        ({"kind": FilingKind.CHANGE}, Refusal.NOT_IN_FORCE),
        ({"kind": FilingKind.CHANGE, "in_force": in_force()}, Refusal.NOTHING_CHANGES),
        ({"kind": FilingKind.CHANGE, "in_force": in_force(), "under_way": 1}, Refusal.ANOTHER_UNDER_WAY),
    ],
)
def test_a_filing_must_fit_what_is_in_force(options: dict[str, Any], reason: Refusal) -> None:
    with pytest.raises(Refused) as refused:
        submit(**options)
    assert refused.value.reason is reason


@pytest.mark.parametrize(("open_fields", "late"), [(frozenset(), False), ({"verified_as"}, False), ({"name"}, True)])
def test_a_change_found_before_it_was_filed_is_filed_late_and_stays_so(open_fields: set[str], late: bool) -> None:
    filing = submit(RENAMED, kind=FilingKind.CHANGE, in_force=in_force(), open_fields=frozenset(open_fields))
    assert (filing.fields, filing.late) == (("name",), late)
    assert decisions.approve(filing, step("person:office", "approve"), in_force()).late is late


OTHER_UNIT = in_force().model_copy(update={"unit": UnitRef(id="health", name="郑州市卫生健康委")})


@pytest.mark.parametrize(
    ("now_in_force", "reason"), [(in_force(), Refusal.ALREADY_OPEN), (OTHER_UNIT, Refusal.OTHER_UNIT)]
)
def test_an_opening_overtaken_by_another_is_neither_mended_nor_approved(now_in_force: Outlet, reason: Refusal) -> None:
    returned = decisions.send_back(submit(), step("person:office", "return", "请核对名称"))
    with pytest.raises(Refused) as refused:
        decisions.resubmit(returned, RENAMED, step(act="resubmit"), now_in_force)
    assert refused.value.reason is reason
    with pytest.raises(Refused) as refused:
        decisions.approve(submit(), step("person:office", "approve"), now_in_force)
    assert refused.value.reason is reason


def test_a_reason_has_an_end() -> None:
    for decide in (decisions.send_back, lambda filing, step: decisions.approve(filing, step, None)):
        with pytest.raises(Refused) as refused:
            decide(submit(), step("person:office", "return", "长" * 2001))
        assert refused.value.field == "reason"


def test_nobody_decides_what_they_submitted_or_mended() -> None:
    mine = submit()
    returned = decisions.send_back(mine, step("person:office", "return", "请核对名称"))
    mended = decisions.resubmit(returned, RENAMED, step("person:colleague", "resubmit"), None)
    for filing, actor in ((mine, "person:unit"), (mended, "person:unit"), (mended, "person:colleague")):
        for decide in (decisions.send_back, lambda filing, step: decisions.approve(filing, step, None)):
            with pytest.raises(Refused) as refused:
                decide(filing, step(actor, "approve", "同意"))
            assert refused.value.reason is Refusal.OWN_FILING
    assert decisions.approve(mended, step("person:office", "approve"), None).state is decisions.FilingState.APPROVED


def test_sending_back_says_what_to_mend() -> None:
    with pytest.raises(Refused) as refused:
        decisions.send_back(submit(), step("person:office", "return", "  "))
    assert refused.value.reason is Refusal.NO_REASON


def test_mending_cannot_turn_a_filing_into_one_of_another_outlet() -> None:
    returned = decisions.send_back(submit(), step("person:office", "return", "请核对名称"))
    with pytest.raises(Refused):
        decisions.resubmit(returned, ACCOUNT.model_copy(update={"account": "other"}), step(), None)


class Walk(RuleBasedStateMachine):
    """Whatever is tried in whatever order, a filing only makes the moves of the table."""

    def __init__(self) -> None:
        super().__init__()
        self.filing = submit()

    def attempt(self, act: decisions.Act, change: Any) -> None:
        """Try one act; it works exactly when the table has it."""
        before = self.filing
        allowed = decisions.TRANSITIONS.get((before.state, act))
        if allowed is None:
            with pytest.raises(Refused, match="现在是"):
                change()
            return
        self.filing = change()
        assert self.filing.state is allowed
        assert len(self.filing.steps) == len(before.steps) + 1

    @rule()
    def approve(self) -> None:
        self.attempt(
            decisions.Act.APPROVE, lambda: decisions.approve(self.filing, step("person:office", "approve"), None)
        )

    @rule(words=st.sampled_from(["请补充认证主体", "名称有误"]))
    def send_back(self, words: str) -> None:
        back = step("person:office", "return", words)
        self.attempt(decisions.Act.RETURN, lambda: decisions.send_back(self.filing, back))

    @rule()
    def resubmit(self) -> None:
        again = step(act="resubmit")
        self.attempt(decisions.Act.RESUBMIT, lambda: decisions.resubmit(self.filing, RENAMED, again, None))

    @invariant()
    def approved_is_the_end(self) -> None:
        assert (self.filing.approved_at is not None) == (self.filing.state is FilingState.APPROVED)


TestWalk = Walk.TestCase
