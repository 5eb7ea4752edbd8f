"""Which document's rule counts for a filing: by place, day, kind and what is filed; and what no file may say."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from services.registry.life import ONLY_OF
from services.registry.rules import BadRules, Breach, Count, Level, load, packaged
from services.registry.rules.load import PACKAGED
from shared.events.registry import FilingKind, Particulars
from tests.registry.filings import ACCOUNT, RULES, SITE

APP = ACCOUNT.model_copy(update={"platform": "app", "account": "cn.gov.fengdu"})
PROGRAM = ACCOUNT.model_copy(update={"subtype": "mini_program", "platform": "wechat"})
NATIONAL, APPS = "cn-national", "cn-apps-2026"
ZHENGZHOU, FENGDU, ANKANG = "cn-410100-zhengzhou", "cn-500230-fengdu-2019", "cn-610900-ankang-2023"
LATER, BEFORE_APPS, APPS_DAY = date(2026, 11, 23), date(2026, 1, 24), date(2026, 1, 25)


@pytest.mark.parametrize(
    ("region", "on", "kind", "filed", "ruleset"),
    [
        ("41.01.05.0", LATER, FilingKind.CHANGE, ACCOUNT, ZHENGZHOU),
        ("41.01.00.0", date(2023, 11, 27), FilingKind.CHANGE, ACCOUNT, ZHENGZHOU),
        ("41.01.00.0", date(2023, 11, 26), FilingKind.CHANGE, ACCOUNT, NATIONAL),
        ("41.01.05.0", LATER, FilingKind.CHANGE, SITE, NATIONAL),
        ("41.01.05.0", LATER, FilingKind.OPEN, ACCOUNT, NATIONAL),
        ("41.02.00.0", LATER, FilingKind.CHANGE, ACCOUNT, NATIONAL),
        ("41.01.05.0", LATER, FilingKind.CHANGE, APP, APPS),
        ("61.09.02.0", LATER, FilingKind.CLOSE, ACCOUNT, ANKANG),
        ("61.09.02.0", LATER, FilingKind.CANCEL, ACCOUNT, ANKANG),
        ("61.09.02.0", date(2022, 12, 31), FilingKind.CLOSE, ACCOUNT, NATIONAL),
        ("61.09.02.0", LATER, FilingKind.OFFLINE, SITE, NATIONAL),
        ("61.09.02.0", LATER, FilingKind.CLOSE, PROGRAM, APPS),
        ("50.02.30.0", LATER, FilingKind.OPEN, ACCOUNT, FENGDU),
        ("50.02.30.0", LATER, FilingKind.OPEN, SITE, NATIONAL),
        ("50.02.30.0", LATER, FilingKind.CONSTRUCT, APP, FENGDU),
        ("50.02.30.0", LATER, FilingKind.OPEN, APP, APPS),
        ("50.02.31.0", LATER, FilingKind.OPEN, ACCOUNT, NATIONAL),
        ("11.01.05.0", BEFORE_APPS, FilingKind.OPEN, APP, NATIONAL),
        ("11.01.05.0", APPS_DAY, FilingKind.OPEN, APP, APPS),
        ("11.01.05.0", APPS_DAY, FilingKind.OPEN, PROGRAM, APPS),
        ("11.01.05.0", APPS_DAY, FilingKind.OPEN, ACCOUNT, NATIONAL),
    ],
)
def test_the_closest_rule_counts_from_its_first_day_in_its_place(
    region: str, on: date, kind: FilingKind, filed: Particulars, ruleset: str
) -> None:
    assert packaged().rule(region, on, kind, filed).ruleset == ruleset


def test_what_the_documents_ask_beyond_the_country() -> None:
    rules = packaged()
    change = rules.rule("41.01.05.0", LATER, FilingKind.CHANGE, ACCOUNT).rule
    assert (change.first, change.before) == (True, None)
    close = rules.rule("61.09.02.0", LATER, FilingKind.CLOSE, ACCOUNT).rule
    assert str(close.within) == "5个工作日"
    [announcing] = close.duties
    assert (announcing.announces, str(announcing.within)) == (True, "5个工作日")
    app = rules.rule("50.02.30.0", LATER, FilingKind.CONSTRUCT, APP).rule
    assert app.levels == (Level.OFFICE, Level.CITY)
    assert [one.id for one in app.attachments] == ["consent", "proposal"]
    opening = rules.rule("11.01.05.0", APPS_DAY, FilingKind.OPEN, APP).rule
    assert (opening.levels, opening.first) == ((Level.OFFICE, Level.PROVINCE), True)
    assert opening.after == (FilingKind.CONSTRUCT,)


def test_the_numbers_a_county_sets_hold_in_the_county_only() -> None:
    rules = packaged()
    accounts = rules.limit("50.02.30.0", LATER, Count.ACCOUNTS_ON_A_PLATFORM)
    apps = rules.limit("50.02.30.0", LATER, Count.APPLICATIONS)
    assert accounts
    assert apps
    assert (accounts.most, accounts.breach, apps.most, apps.breach) == (1, Breach.WARN, 1, Breach.REFUSE)
    assert rules.limit("50.02.31.0", LATER, Count.APPLICATIONS) is None
    assert rules.limit("50.02.30.0", date(2019, 12, 17), Count.APPLICATIONS) is None
    assert [one.entry.id for one in rules.required("50.02.30.0", LATER)] == ["yukuaiban"]
    assert rules.required("41.01.05.0", LATER) == []


@pytest.mark.parametrize("filed", [SITE, ACCOUNT, APP, PROGRAM], ids=lambda filed: str(filed.name))
@pytest.mark.parametrize("kind", FilingKind)
def test_every_kind_has_a_rule_everywhere_and_the_country_sets_no_day(kind: FilingKind, filed: Particulars) -> None:
    if ONLY_OF.get(kind, filed.kind) != filed.kind:
        return
    pinned = packaged().rule("65.01.02.0", BEFORE_APPS, kind, filed)
    rule = pinned.rule
    assert (pinned.ruleset, rule.levels) == (NATIONAL, (Level.OFFICE,))
    assert (rule.before, rule.within, rule.decide, rule.mend, rule.first) == (None, None, None, None, False)
    assert all(duty.within is None for duty in rule.duties)
    assert rule.cite


def test_before_the_first_document_there_is_no_rule() -> None:
    with pytest.raises(LookupError):
        packaged().rule("41.01.05.0", date(2017, 5, 14), FilingKind.OPEN, SITE)


def test_a_rule_is_pinned_with_the_digest_of_its_file() -> None:
    pinned = packaged().rule("41.01.05.0", LATER, FilingKind.CHANGE, ACCOUNT)
    assert len(pinned.digest) == 12
    assert pinned.digest != packaged().rule("41.01.05.0", LATER, FilingKind.OPEN, ACCOUNT).digest
    assert {path.stem for path in PACKAGED.glob("*.yaml")} == set(packaged().by_id)


@pytest.mark.parametrize(
    ("region", "tokens", "reached"),
    [
        ("50.02.30.0", 0, {"office", "county", "city", "province", "country"}),
        ("50.02.30.0", 1, {"office", "county", "city", "province"}),
        ("50.02.30.0", 2, {"office", "county"}),
        ("50.02.30.0", 3, {"office", "county"}),
        ("50.02.30.0", 4, {"office"}),
        ("41.01.05.0", 0, {"office", "county", "city", "province", "country"}),
        ("41.01.05.0", 1, {"office", "county", "city", "province"}),
        ("41.01.05.0", 2, {"office", "county", "city"}),
        ("41.01.05.0", 3, {"office", "county"}),
        ("41.01.05.0", 4, {"office"}),
        ("11.01.05.0", 2, {"office", "county"}),
        ("31.01.15.0", 2, {"office", "county"}),
        ("12.01.01.0", 1, {"office", "county", "city", "province"}),
    ],
)
def test_in_a_municipality_the_city_is_the_municipality_itself(region: str, tokens: int, reached: set[str]) -> None:
    assert {level.value for level in Level if level.reached(region, tokens)} == reached


def refused(folder: Path, text: str, name: str = "cn-test.yaml") -> str:
    (folder / name).write_text(text, encoding="utf-8")
    with pytest.raises(BadRules) as error:
        load([folder])
    return str(error.value)


def rule(**said: Any) -> str:
    return f"{RULES}rules:\n  - { ({'kind': 'open', 'cite': 'x', **said})!r}\n"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (RULES + "surprise: 1\n", "surprise"),
        (RULES.replace("title: 规定\n", ""), "title"),
        (RULES.replace('"41"', '"4101"'), "region"),
        (RULES.replace("2020-01-01", "2020-02-30"), "day is out of range"),
        (RULES.replace("2020-01-01", "soon"), "effective.from"),
        (RULES + "limits: [{count: sites, most: 1, cite: x}]\n", "limits.0.count"),
        (RULES + "limits: [{count: applications, most: -1, cite: x}]\n", "limits.0.most"),
        (RULES + "grace: {sightings: 1}\n", "grace.sightings"),
        (rule(kind="reopen"), "rules.0.kind"),
        (rule(cite=""), "rules.0.cite"),
        (rule(levels=["mayor"]), "rules.0.levels.0"),
        (rule(within={"days": 0}), "rules.0.within.days"),
        (rule(within={"days": 5, "unit": "weeks"}), "rules.0.within.unit"),
        (rule(which={"outlets": ["poster"]}), "rules.0.which.outlets.0"),
        (rule(duties=[{"id": "a", "title": "公告", "proof": "photo"}]), "rules.0.duties.0.proof"),
        (rule(levels=[]), "somebody has to agree"),
        (rule(longest={"days": 3}), "only a suspension"),
        (rule(after=["open"]), "cannot wait for one of its own kind"),
        (rule(duties=[{"id": "a", "title": "x"}, {"id": "a", "title": "y"}]), "two duties"),
    ],
)
def test_a_file_that_says_what_cannot_be_is_refused_by_its_name_and_the_place(
    tmp_path: Path, text: str, place: str
) -> None:
    said = refused(tmp_path, text)
    assert said.startswith("cn-test.yaml: ")
    assert place in said


@pytest.mark.parametrize("text", ["filing_rules: [", "- 1\n", ""])
def test_what_is_no_mapping_at_all_is_refused_too(tmp_path: Path, text: str) -> None:
    assert refused(tmp_path, text).startswith("cn-test.yaml: ")


def test_a_file_is_named_as_its_rules_and_no_name_is_there_twice(tmp_path: Path) -> None:
    assert "filing_rules: other" in refused(tmp_path, RULES, "other.yaml")
    (tmp_path / "other.yaml").unlink()
    (tmp_path / "cn-test.yaml").write_text(RULES, encoding="utf-8")
    assert set(load([tmp_path]).by_id) == {"cn-test"}
    with pytest.raises(BadRules, match=r"cn-test\.yaml"):
        load([tmp_path, tmp_path])
