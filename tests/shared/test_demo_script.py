"""The script of a practice city is data, read strictly; its content follows the calendar; a seed gives another city."""

import itertools
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from demo.city import SCRIPT, Mark, Script, load, read
from demo.content import articles, posts
from demo.faults import ACCOUNT_FAULTS, WEBSITE_FAULTS, Active, account_view, check, website_view
from demo.pages import site_answer
from demo.variants import variant, write

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def script() -> Script:
    return load()


def test_the_city_that_comes_along_has_two_cities_and_the_zhengzhou_case(script: Script) -> None:
    towns = {unit.region[:5] for unit in script.units}
    assert {"41.01", "41.02"} == towns
    assert len(script.websites) >= 5
    assert len(script.accounts) >= 5
    assert {"郑州网警", "郑州惠济公安"} <= {one.name for one in script.accounts}
    assert script.outlet(script.plot.renamed.target).name == "郑州网警"
    assert script.plot.loses_mark.fault == "lose_mark:site_code"


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ("name: 郑州与开封（演练）", "name: 郑州与开封（演练）\nnickname: x", "Extra inputs"),
        ('code: "4101000001"', "code: 4101000001", "valid string"),
        ('code: "4101000001"', 'code: "4201000001"', "not of the region"),
        ("host: hehu.zhengzhou", "host: www.zhengzhou", "two have the same target"),
        ("host: hehu.zhengzhou.gov.cn.demo", "host: hehu.zhengzhou.gov.cn", "should match"),
        ("unit: zhengzhou-rivers\n", "unit: nobody\n", "no such unit"),
        ("healthy: www.kaifeng", "healthy: www.nowhere", "no such target of the plot"),
        ('approver, region: "41.02"', 'inspector, region: "41.02"', "nobody approves"),
        ("unit_administrator, unit: huiji-police", "inspector, unit: huiji-police", "no such unit administrator"),
        ("loses_mark: {target: www.jinshui", "loses_mark: {target: hehu.zhengzhou", "is no portal"),
        ("name: 郑州与开封（演练）", "name: [", "not YAML"),
    ],
)
def test_a_script_that_makes_no_sense_is_refused_with_the_reason(before: str, after: str, why: str) -> None:
    text = SCRIPT.read_text(encoding="utf-8")
    assert before in text
    with pytest.raises(ValueError, match=why):
        read(text.replace(before, after, 1))


def test_the_nearest_office_approves_and_the_administrator_of_the_unit_files(script: Script) -> None:
    assert script.approver_for("www.jinshui.gov.cn.demo").login == "jinshui-office"
    assert script.approver_for("wechat/huijigongan").login == "zhengzhou-office"
    assert script.administrator_of("wechat/huijigongan").login == "huiji-police"


def test_a_column_has_a_new_item_every_so_many_days_and_never_one_from_tomorrow(script: Script) -> None:
    column = script.websites[1].columns[0]
    for hour in range(0, 24 * 40, 7):
        now = NOW + timedelta(hours=hour)
        days = [one.day for one in articles(column, now)]
        assert days == sorted(days, reverse=True)
        assert {(a - b).days for a, b in itertools.pairwise(days)} == {column.every_days}
        assert datetime.fromisoformat(f"{days[0]}T09:00+08:00") <= now
        assert (now.date() - days[0]).days <= column.every_days + 1


def test_a_silent_account_stays_silent_from_the_moment_it_fell_silent(script: Script) -> None:
    account = script.accounts[0]
    view = account_view(account, [Active("silent:15", NOW)])
    for later in (timedelta(), timedelta(hours=5), timedelta(days=3)):
        assert posts(view, NOW + later)[0].at == NOW - timedelta(days=15)
    lively = posts(account_view(account, []), NOW)
    assert NOW - timedelta(hours=account.every_hours) < lively[0].at <= NOW


@pytest.mark.parametrize("mark", list(Mark))
def test_each_mark_can_be_lost_alone(script: Script, mark: Mark) -> None:
    site = script.websites[0]
    whole = _footer(script, [])
    without = _footer(script, [Active(f"lose_mark:{mark.value}", NOW)])
    assert len(whole) > len(without)
    shown = {
        Mark.PARTY_GOVERNMENT: "bszs.conac.cn",
        Mark.SITE_CODE: f"网站标识码：{site.code}",
        Mark.ICP: site.icp,
        Mark.POLICE: site.police,
        Mark.ORGANISER: "主办单位",
        Mark.CONTACT: "联系方式",
        Mark.ERROR_REPORT: "zfwzgl.www.gov.cn",
    }
    assert [one for one, text in shown.items() if text not in without] == [mark]
    assert all(text in whole for text in shown.values())


def _footer(script: Script, faults: list[Active]) -> str:
    page = site_answer(script, website_view(script.websites[0], faults), "/", NOW).body.decode()
    return page[page.index("<footer>") :]


@pytest.mark.parametrize(
    ("target", "fault"),
    [
        ("www.kaifeng.gov.cn.demo", "lose_mark:nothing"),
        ("www.kaifeng.gov.cn.demo", "slow:0"),
        ("www.kaifeng.gov.cn.demo", "slow:soon"),
        ("www.kaifeng.gov.cn.demo", "error:200"),
        ("www.kaifeng.gov.cn.demo", "dead:yes"),
        ("www.kaifeng.gov.cn.demo", "rename:别名"),
        ("weibo/zzwj", "rename:"),
        ("weibo/zzwj", "silent:-1"),
        ("weibo/zzwj", "dead"),
        ("weibo/zzwj", "unheard-of"),
    ],
)
def test_a_fault_that_does_not_fit_is_refused(script: Script, target: str, fault: str) -> None:
    with pytest.raises(ValueError, match="cannot be put on"):
        check(script.outlet(target), Active(fault, NOW))


def test_every_fault_offered_on_the_desk_can_be_put_on(script: Script) -> None:
    for name, on_website in WEBSITE_FAULTS.items():
        check(script.websites[0], Active(":".join(filter(None, (name, on_website.example))), NOW))
    for name, on_account in ACCOUNT_FAULTS.items():
        check(script.accounts[0], Active(":".join(filter(None, (name, on_account.example))), NOW))


@pytest.mark.parametrize("seed", range(30))
def test_a_seed_gives_the_same_city_again_and_nothing_of_the_one_that_comes_along(
    script: Script, seed: int, tmp_path: Path
) -> None:
    made = variant(seed)
    assert made == variant(seed)
    write(made, tmp_path / "city.yaml")
    assert load(tmp_path / "city.yaml") == made
    assert not _words(made) & _words(script)
    scenes = (made.plot.renamed, made.plot.reverified, made.plot.announced, made.plot.loses_mark, made.plot.goes_dead)
    for scene in scenes:
        check(made.outlet(scene.target), Active(scene.fault, NOW))
    assert made.plot.healthy not in {scene.target for scene in scenes}


def test_different_seeds_give_different_cities() -> None:
    assert not _words(variant(1)) & _words(variant(2))
    assert len({variant(seed).plot.loses_mark.fault for seed in range(40)}) == len(Mark) - 1


def _words(script: Script) -> set[str]:
    outlets = {word for one in script.outlets for word in (one.target, one.name)}
    return outlets | {one.code for one in script.websites} | {one.code for one in script.regions}


def test_a_script_is_never_changed_after_reading(script: Script) -> None:
    with pytest.raises(ValidationError):
        script.name = "另一个"  # type: ignore[misc]  # trying to change it is the test


def test_an_article_has_a_page_with_the_tags_of_its_level(script: Script) -> None:
    site = script.websites[0]
    item = articles(site.columns[0], NOW)[2]
    page = site_answer(script, website_view(site, []), f"/{site.columns[0].path}/{item.file}", NOW).body.decode()
    assert f'<meta name="ArticleTitle" content="{item.title}">' in page
    assert f'<meta name="PubDate" content="{item.day} 09:00">' in page
    assert item.day == date(2026, 11, 20)
    assert site_answer(script, website_view(site, []), "/zwdt/t19990101_1.html", NOW).status == 404
