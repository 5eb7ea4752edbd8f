"""What officials read says who, what, since when, by which rule, until when, and where to go."""

from datetime import UTC, date, datetime
from html.parser import HTMLParser

import pytest

from services.notifier.alerts import ALERTING, TITLES, Alert, AlertKind, alert_of
from services.notifier.letter import Letter, alert_letter, notice_letter, overdue_letter
from services.notifier.routing import GAP_WORDS, Gap, Recipient, Side
from services.notifier.wording import FIELDS, REASONS, deadline, field, moment
from shared.events import Fact, probe, registry
from shared.outbox import say
from tests.notifier.made import NOW, REGION, UNIT, case, recipient

SINCE = datetime(2026, 11, 19, 22, 5, tzinfo=UTC)
LINK = "https://jianguan.zz.example/notifier/notices/n-1?a=1&b=2"
OFFICE = Recipient(side=Side.OFFICE, name="王五", address="wang@office.example")
RENAMED = registry.Difference(
    id="m-1:name:1",
    field="name",
    filed="某地网警",
    seen="某地公安",
    since=SINCE,
    sightings=(
        registry.Sighting(seen_at=SINCE, source="json_feed", evidence="ab" * 32),
        registry.Sighting(seen_at=NOW, source="json_feed"),
    ),
)
CHANGED = registry.ChangeUnfiled(outlet="m-1", unit=UNIT, name="某地网警", difference=RENAMED)
REVERTED = registry.UnfiledSettled(outlet="m-1", unit=UNIT, name="某地网警", difference=RENAMED, how="reverted")
FILED_LATE = REVERTED.model_copy(update={"how": "filed_late"})
ENDED = REVERTED.model_copy(update={"how": "ended"})
GONE = registry.ClosureUnfiled(outlet="m-1", unit=UNIT, name="某地网警", since=SINCE, sightings=RENAMED.sightings)
ALIVE = registry.StillAlive(outlet="m-1", unit=UNIT, name="某地网警", sightings=RENAMED.sightings)
RESUMED = ALIVE.model_copy(update={"suspended_until": date(2026, 11, 9)})
FAILED = probe.Failed(
    outlet="w-1",
    unit=UNIT,
    name="某区政府",
    url="http://www.example.gov.cn/",
    reason=probe.Reason.TIMEOUT,
    since=SINCE,
    evidence="cd" * 32,
    vantage="main",
)
RECOVERED = probe.Recovered(
    outlet="w-1",
    unit=UNIT,
    name="某区政府",
    url="http://www.example.gov.cn/",
    since=NOW,
    failed_since=SINCE,
    vantage="main",
)


def alert(fact: Fact) -> Alert:
    """The alert of ``fact``."""
    return alert_of(say(fact, subject="x", region=REGION, actor="service:test", reason="test", time=NOW))


@pytest.mark.parametrize(
    ("fact", "words", "evidence"),
    [
        (
            CHANGED,
            ["“某地网警”的名称", "备案为“某地网警”", "2026年11月20日 06:05起见为“某地公安”", "2次"],
            ("ab" * 32,),
        ),
        (GONE, ["在案为运行，2026年11月20日 06:05起", "2次查看确认", "未见关停或暂停备案"], ("ab" * 32,)),
        (ALIVE, ["已备案关停，2026年11月20日 06:05查看时仍以原单位名义运行"], ("ab" * 32,)),
        (RESUMED, ["临时下线至2026年11月9日期满，2026年11月20日 06:05查看时已在运行", "未见恢复备案"], ("ab" * 32,)),
        (REVERTED, ["已恢复为备案内容"], ("ab" * 32,)),
        (FILED_LATE, ["已补办变更备案", "逾期补办"], ("ab" * 32,)),
        (ENDED, ["原备案已终止，不再比对"], ("ab" * 32,)),
        (FAILED, ["自2026年11月20日 06:05起无法访问：响应超时", "http://www.example.gov.cn/"], ("cd" * 32,)),
        (RECOVERED, ["2026年11月20日 10:00查看时已恢复访问"], ()),
    ],
)
def test_an_alert_says_what_was_seen_and_since_when(fact: Fact, words: list[str], evidence: tuple[str, ...]) -> None:
    one = alert(fact)
    assert [word for word in words if word not in one.says] == []
    assert (one.evidence, one.at, one.unit) == (evidence, NOW, UNIT)
    assert isinstance(fact, ALERTING)


def test_the_same_fact_is_the_same_alert_and_any_other_another() -> None:
    assert alert(CHANGED) == alert(CHANGED)
    later = FAILED.model_copy(update={"since": NOW})
    assert len({alert(fact).id for fact in (CHANGED, REVERTED, FILED_LATE, FAILED, later, RECOVERED)}) == 6


def test_what_runs_after_its_suspension_is_not_said_to_have_been_closed() -> None:
    assert "关停" not in alert(RESUMED).says + alert(RESUMED).title
    assert alert(RESUMED).kind is AlertKind.RESUMED_UNFILED


def test_nothing_else_alerts() -> None:
    with pytest.raises(TypeError, match="alerts nobody"):
        alert(registry.UnitChanged(unit=registry.Unit(id="u", name="某局", region=REGION, revision=1)))


def test_a_notice_tells_its_unit_everything_it_needs() -> None:
    letter = notice_letter(case(), recipient(), gap=None, link=LINK)
    assert letter.subject == "【整改通知】整改〔2026〕1号 某地网警：变更未备案"
    expected = [
        "李四",
        UNIT.name,
        "账号名称已变更，未见变更备案。",
        "国办发〔2018〕123号",
        "zhengzhou-2026",
        "2026年12月4日",
        LINK,
    ]
    assert [words for words in expected if words not in letter.text()] == []


def test_an_office_is_told_to_urge_and_when_the_unit_could_not_be_told_to_pass_it_on() -> None:
    assert "请督促" in notice_letter(case(), OFFICE, gap=None, link=LINK).text()
    for write in (notice_letter, overdue_letter):
        text = write(case(), OFFICE, gap=Gap.UNIT_WITHOUT_CONTACT, link=LINK).text()
        assert GAP_WORDS[Gap.UNIT_WITHOUT_CONTACT] in text
    text = alert_letter(alert(CHANGED), OFFICE, gap=Gap.UNIT_WITHOUT_CONTACT, link=LINK).text()
    assert GAP_WORDS[Gap.UNIT_WITHOUT_CONTACT] in text


def test_an_overdue_notice_says_so_and_an_alert_says_that_it_is_no_notice() -> None:
    assert overdue_letter(case(), recipient(), gap=None, link=LINK).subject.startswith("【整改逾期】整改〔2026〕1号")
    letter = alert_letter(alert(FAILED), recipient(), gap=None, link=LINK)
    assert letter.subject == "【预警】网站无法访问：某区政府"
    assert "不是整改通知" in letter.text()


class Reader(HTMLParser):
    """Collects tags and text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.words = ""
        self.links: list[str | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        self.words += data


def test_names_and_findings_are_text_in_the_html_of_a_letter_never_markup() -> None:
    hostile = "<script>alert(1)</script>&amp;<img src=x onerror=alert(1)>"
    reader = Reader()
    reader.feed(Letter(hostile, hostile, [(hostile, hostile)], hostile, LINK).html())
    assert {"script", "img"}.isdisjoint(reader.tags)
    assert reader.words.count(hostile) == 4
    assert reader.links == [LINK]


def test_words_are_there_for_everything_that_is_written() -> None:
    assert set(REASONS) == set(probe.Reason)
    assert set(TITLES) == set(AlertKind)
    assert set(registry.Website.model_fields) | set(registry.NewMedia.model_fields) <= {*FIELDS, "kind", "source"}
    assert (field("name"), field("something_new")) == ("名称", "something_new")
    assert moment(NOW) == "2026年11月20日 10:00"
    assert deadline(datetime(2026, 12, 4, 15, 59, 59, tzinfo=UTC), provisional=False) == "2026年12月4日"
    assert "暂定" in deadline(NOW, provisional=True)
