"""A filing says what it must, fits what is in force, and is decided by those who may."""

from collections.abc import Callable
from typing import Any

import pytest

from services.registry import filing as decisions
from services.registry.filing import Act, Filing, FilingState, Refusal, Standing, Step
from services.registry.refusal import Refused
from shared.events.registry import Column, FilingKind, Outlet, OutletState, UnitRef
from tests.registry.filings import ACCOUNT, CITY, COUNTY, SITE, TODAY, approve, in_force, later, mend, step, submit

LONG_COLUMNS = tuple(Column(name=f"栏目{n}", url=f"https://x.gov.cn/{n}/{'a' * 1900}") for n in range(200))


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
        (ACCOUNT.model_copy(update={"account": "x" * 81}), "account"),
        (ACCOUNT.model_copy(update={"source": "json_feed"}), "source"),
        (ACCOUNT.model_copy(update={"source": "json_feed:file:///etc/passwd"}), "source"),
        (ACCOUNT.model_copy(update={"verified_as": "x\0"}), "verified_as"),
        (ACCOUNT.model_copy(update={"intro": "简" * 2001}), "intro"),
        (ACCOUNT.model_copy(update={"url": "weibo.com/zzwj"}), "url"),
        (ACCOUNT.model_copy(update={"subtype": "订阅号"}), "subtype"),
        (ACCOUNT.model_copy(update={"licences": ("许可证", "许可证")}), "licences"),
        (ACCOUNT.model_copy(update={"menu": (Column(name=""),)}), "menu"),
        (SITE.model_copy(update={"domains": ("http://x.gov.cn",)}), "domains"),
        (SITE.model_copy(update={"domains": tuple(f"x{n}.gov.cn" for n in range(501))}), "domains"),
        (SITE.model_copy(update={"redirects": ("javascript:alert(1)",)}), "redirects"),
        (SITE.model_copy(update={"columns": (Column(name="动态", url="x"),)}), "columns"),
        (SITE.model_copy(update={"icp": "豫" * 101}), "icp"),
        (SITE.model_copy(update={"columns": LONG_COLUMNS}), "columns"),
        (ACCOUNT.model_copy(update={"menu": LONG_COLUMNS}), "menu"),
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
    assert approve(filing, standing=Standing(in_force=in_force())).late is late


OTHER_UNIT = in_force().model_copy(update={"unit": UnitRef(id="health", name="郑州市卫生健康委")})


@pytest.mark.parametrize(
    ("now_in_force", "reason"), [(in_force(), Refusal.ALREADY_OPEN), (OTHER_UNIT, Refusal.OTHER_UNIT)]
)
def test_an_opening_overtaken_by_another_is_neither_mended_nor_approved(now_in_force: Outlet, reason: Refusal) -> None:
    returned = decisions.send_back(submit(), step("person:office", "return", "请核对名称"))
    with pytest.raises(Refused) as refused:
        mend(returned, RENAMED, standing=Standing(in_force=now_in_force))
    assert refused.value.reason is reason
    with pytest.raises(Refused) as refused:
        approve(submit(), standing=Standing(in_force=now_in_force))
    assert refused.value.reason is reason


def test_a_reason_has_an_end() -> None:
    long = "长" * 2001
    tried: tuple[Callable[[], Filing], ...] = (
        lambda: decisions.send_back(submit(), step("person:office", Act.RETURN, long)),
        lambda: decisions.withdraw(submit(), step(act=Act.WITHDRAW, reason=long)),
        lambda: decisions.accept(submit(), step("person:office", Act.ACCEPT, long)),
        lambda: approve(submit(), reason=long),
    )
    for decide in tried:
        with pytest.raises(Refused) as refused:
            decide()
        assert refused.value.field == "reason"


def _approved_by(filing: Filing, by: Step) -> Filing:
    return approve(filing, by.actor)


def test_nobody_decides_what_they_submitted_or_mended() -> None:
    mine = submit()
    returned = decisions.send_back(mine, step("person:office", "return", "请核对名称"))
    mended = mend(returned, RENAMED, "person:colleague")
    for filing, actor in ((mine, "person:unit"), (mended, "person:unit"), (mended, "person:colleague")):
        for decide in (decisions.send_back, decisions.accept, _approved_by):
            with pytest.raises(Refused) as refused:
                decide(filing, step(actor, Act.RETURN, "同意"))
            assert refused.value.reason is Refusal.OWN_FILING
    assert approve(mended).state is FilingState.APPROVED


def test_sending_back_says_what_to_mend() -> None:
    with pytest.raises(Refused) as refused:
        decisions.send_back(submit(), step("person:office", "return", "  "))
    assert refused.value.reason is Refusal.NO_REASON


def test_mending_cannot_turn_a_filing_into_one_of_another_outlet() -> None:
    returned = decisions.send_back(submit(), step("person:office", "return", "请核对名称"))
    with pytest.raises(Refused):
        mend(returned, ACCOUNT.model_copy(update={"account": "other"}))


@pytest.mark.parametrize(
    ("state", "kind", "filed", "reason"),
    [
        (OutletState.RUNNING, FilingKind.RESUME, SITE, Refusal.NOT_FROM_HERE),
        (OutletState.SUSPENDED, FilingKind.SUSPEND, SITE, Refusal.NOT_FROM_HERE),
        (OutletState.CLOSED, FilingKind.CHANGE, SITE, Refusal.NOT_FROM_HERE),
        (OutletState.MERGED, FilingKind.RESUME, SITE, Refusal.NOT_FROM_HERE),
        (OutletState.RUNNING, FilingKind.OFFLINE, ACCOUNT, Refusal.NOT_FROM_HERE),
        (OutletState.RUNNING, FilingKind.CANCEL, SITE, Refusal.NOT_FROM_HERE),
        (None, FilingKind.OFFLINE, SITE, Refusal.NOT_IN_FORCE),
        (OutletState.RUNNING, FilingKind.OPEN, SITE, Refusal.ALREADY_OPEN),
    ],
)
def test_what_may_be_filed_depends_on_what_is_in_force(
    state: OutletState | None, kind: FilingKind, filed: Any, reason: Refusal
) -> None:
    with pytest.raises(Refused) as refused:
        submit(filed, kind=kind, in_force=in_force(filed, state) if state else None)
    assert refused.value.reason is reason


def test_an_account_that_was_closed_may_be_opened_again_also_by_another_unit() -> None:
    closed = in_force(state=OutletState.CLOSED, unit=UnitRef(id="health", name="郑州市卫生健康委"))
    assert submit(in_force=closed).state is FilingState.SUBMITTED
    with pytest.raises(Refused) as refused:
        submit(kind=FilingKind.CANCEL, in_force=closed)
    assert refused.value.reason is Refusal.OTHER_UNIT


def test_each_level_agrees_in_its_turn_and_no_person_twice() -> None:
    filing = submit(levels=("office", "city"))
    agreed = approve(filing, "person:county")
    assert (agreed.state, agreed.waits_for) == (FilingState.ACCEPTED, "city")
    with pytest.raises(Refused) as refused:
        approve(agreed, "person:other county", COUNTY)
    assert (refused.value.reason, refused.value.sentence) == (Refusal.LEVEL_TOO_LOW, "这一步由市级主管单位审批。")
    with pytest.raises(Refused) as refused:
        approve(agreed, "person:county", CITY)
    assert refused.value.reason is Refusal.SAME_PERSON
    assert approve(agreed, "person:city", CITY).state is FilingState.APPROVED


def test_what_was_returned_and_mended_is_decided_anew_by_every_level() -> None:
    agreed = approve(submit(levels=("office", "city")), "person:county")
    returned = decisions.send_back(agreed, step("person:city", Act.RETURN, "请写全称"))
    mended = mend(returned, RENAMED)
    assert (mended.agreed, mended.waits_for) == ((), "office")


def test_a_filing_that_changes_nothing_else_keeps_what_is_in_force() -> None:
    closing = submit(RENAMED, kind=FilingKind.CLOSE, in_force=in_force())
    assert (closing.filed, closing.fields) == (ACCOUNT, ())


def test_a_change_of_domain_changes_the_domain_only() -> None:
    moved = SITE.model_copy(update={"url": "https://www.zz.gov.cn/"})
    assert submit(moved, kind=FilingKind.DOMAIN, in_force=in_force(SITE)).fields == ("url",)
    with pytest.raises(Refused) as refused:
        submit(moved.model_copy(update={"name": "郑州"}), kind=FilingKind.DOMAIN, in_force=in_force(SITE))
    assert (refused.value.reason, refused.value.field) == (Refusal.OTHER_FIELDS, "name")


@pytest.mark.parametrize(
    ("until", "suspensions", "breach", "reason"),
    [
        (29, 0, "refuse", None),
        (30, 0, "refuse", Refusal.TOO_LONG),
        (5, 1, "refuse", Refusal.TOO_OFTEN),
        (30, 1, "warn", None),
    ],
)
def test_a_suspension_has_a_longest_time_and_a_number(
    until: int, suspensions: int, breach: str, reason: Refusal | None
) -> None:
    options: dict[str, Any] = {
        "kind": FilingKind.SUSPEND,
        "in_force": in_force(SITE),
        "until": later(until).date(),
        "suspensions": suspensions,
        "longest": {"days": 30, "per_year": 1, "breach": breach},
    }
    if reason is None:
        assert len(submit(SITE, **options).remarks) == (2 if breach == "warn" else 0)
        return
    with pytest.raises(Refused) as refused:
        submit(SITE, **options)
    assert refused.value.reason is reason


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"effective_on": later(-1).date()}, "effective_on"),
        ({"effective_on": later(400).date()}, "effective_on"),
        ({"done_on": later(1).date()}, "done_on"),
        ({"until": TODAY}, "until"),
        ({"into": "a-weibo-x"}, "into"),
        ({"purpose": "长" * 2001}, "purpose"),
        ({"attachments": [{"id": "consent", "title": "负责人同意的文件"}]}, "attached"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_field(options: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refused:
        submit(**options)
    assert refused.value.field == field


def test_a_document_that_is_not_required_is_asked_for_and_no_more() -> None:
    asked = [{"id": "consent", "title": "负责人同意的文件", "required": False}]
    [told] = submit(attachments=asked).remarks
    assert told.startswith("未附负责人同意的文件")


def test_only_the_unit_takes_a_filing_back_and_only_before_it_counts() -> None:
    taken = decisions.withdraw(submit(), step(act=Act.WITHDRAW, reason="不办了"))
    assert taken.state is FilingState.WITHDRAWN
    counting = decisions.take_effect(approve(submit()), step("service:registry", Act.TAKE_EFFECT))
    with pytest.raises(Refused) as refused:
        decisions.withdraw(counting, step(act=Act.WITHDRAW))
    assert refused.value.reason is Refusal.WRONG_STATE
