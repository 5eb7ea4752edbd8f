"""``govwatch check`` on the practice city and on a website nobody here wrote: what it finds, and its exit code."""

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from demo.city import load
from demo.server import City
from services.commands.checking.layout import width
from shared.settings import Settings
from tests.connected.checks import Ran, check, foreign_website, settings_for, website

PORTAL = "www.zhengzhou.gov.cn.demo"
OTHER = "www.kaifeng.gov.cn.demo"
ALONE = Settings(second_look_after=0, polite_pause=0, canaries=[], _env_file=None)
DOCUMENTED = re.compile(r"^\| `(outlet|observations|findings|scorecard)([^`]*)` \|", re.MULTILINE)


@pytest.fixture
async def city(tmp_path: Path) -> AsyncIterator[City]:
    async with City(tmp_path / "city", load()) as city:
        for site in city.script.websites:
            city.state.mend(site.host)
        yield city


async def check_city(city: City, *arguments: str, host: str = PORTAL, private: bool = True) -> Ran:
    """Check a website of the city, as JSON."""
    address = f"http://{host}:{city.addresses.http_port}/"
    allow = ["--allow-private"] if private else []
    return await check(settings_for(city), address, "--json", *allow, *arguments)


def finding(card: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = [one for one in card["findings"] if one["name"] == name]
    return dict(found)


def seen(card: dict[str, Any], probe: str) -> dict[str, Any]:
    return dict([one for one in card["observations"] if one["probe"] == probe][-1])


async def test_a_healthy_website_violates_nothing(city: City) -> None:
    ran = await check_city(city)
    assert ran.violated == []
    assert ran.code == 0
    assert seen(ran.card, "reachability")["outcome"] == "answered"
    assert finding(ran.card, "站点无法访问")["outcome"] == "undetermined"
    assert finding(ran.card, "网站标识")["outcome"] == "clear"


async def test_a_lost_mark_is_violated_with_citation_and_two_looks_as_evidence(city: City) -> None:
    city.state.put(PORTAL, "lose_mark:icp")
    ran = await check_city(city)
    found = finding(ran.card, "网站标识")
    assert (ran.code, found["outcome"], found["points"]) == (1, "violated", "0.5")
    assert "ICP备案编号" in found["why"]
    assert "功能设计“网站标识”" in found["citation"]
    looks = [one["looked_at"] for one in ran.card["observations"] if one["probe"] == "marks"]
    assert sorted(exhibit["seen_at"] for exhibit in found["evidence"]) == looks
    assert len(set(looks)) == 2
    assert all(exhibit["url"].startswith(f"http://{PORTAL}:") for exhibit in found["evidence"])
    assert {exhibit["sha256"] for exhibit in found["evidence"]} <= {one["evidence"] for one in ran.card["observations"]}


async def test_a_home_page_without_news_is_confirmed_by_a_second_look(city: City) -> None:
    (site,) = [each for each in city.script.websites if each.host == PORTAL]
    for column in site.columns:
        city.state.put(PORTAL, f"stale:30:{column.path}")
    ran = await check_city(city)
    (found,) = [one for one in ran.card["findings"] if one["criterion"] == "V-S3-1"]
    assert (ran.code, found["outcome"]) == (1, "violated"), found["why"]
    looks = [one["looked_at"] for one in ran.card["observations"] if one["probe"] == "content"]
    assert sorted(exhibit["seen_at"] for exhibit in found["evidence"]) == looks
    assert len(set(looks)) == 2


@pytest.mark.parametrize(
    ("fault", "outcome", "reason"),
    [
        ("dead", "failed", "connect"),
        ("error:500", "failed", "http_5xx"),
        ("block_page", "undetermined", "blocked_page"),
    ],
)
async def test_a_website_that_is_not_seen_is_not_accused(city: City, fault: str, outcome: str, reason: str) -> None:
    city.state.put(PORTAL, fault)
    ran = await check_city(city)
    opened = seen(ran.card, "reachability")
    assert (opened["outcome"], opened["reason"]) == (outcome, reason)
    assert ran.violated == []
    assert ran.code == 2


async def test_a_private_address_is_refused_unless_it_is_allowed(city: City) -> None:
    ran = await check_city(city, private=False)
    assert (ran.code, ran.violated) == (2, [])
    assert seen(ran.card, "reachability")["reason"] == "refused_by_gate"
    assert city.web.visits == {}
    told = await check(settings_for(city), f"http://{PORTAL}:{city.addresses.http_port}/")
    assert "地址不在允许访问的范围内，没有访问" in told.out
    assert "--allow-private" in told.out


async def test_every_field_is_documented_and_nothing_else_is(city: City) -> None:
    city.state.put(PORTAL, "lose_mark:icp")
    ran = await check_city(city)
    text = (Path(__file__).parents[2] / "docs" / "check.md").read_text(encoding="utf-8")
    assert set(_paths(ran.card)) == {"".join(found) for found in DOCUMENTED.findall(text)}


def _paths(value: Any, at: str = "") -> Iterator[str]:
    """Every field of ``value`` that is no mapping or list itself, written as in docs/check.md."""
    if isinstance(value, dict) and not at.endswith(".measured"):
        for name, part in value.items():
            yield from _paths(part, f"{at}.{name}" if at else name)
    elif isinstance(value, list):
        for part in value:
            yield from _paths(part, f"{at}[]")
    else:
        yield at


async def test_the_table_of_the_region_and_of_the_day_is_used(city: City) -> None:
    local = await check_city(city, "--region", "500230")
    assert local.card["scorecard"]["ruleset"]["id"].startswith("cn-500230-fengdu")
    earlier = await check_city(city, "--as-of", "2019-05-01", "--region", "500230")
    assert earlier.card["scorecard"]["ruleset"]["id"] == "cn-national-2019-19"
    assert earlier.card["scorecard"]["as_of"] == "2019-05-01T15:59:59+00:00"
    named = await check_city(city, "--ruleset", "cn-410100-zhengzhou")
    assert named.card["scorecard"]["ruleset"]["id"] == "cn-410100-zhengzhou"


async def test_a_ruleset_of_ones_own_judges_without_agreeing_with_the_others(city: City, tmp_path: Path) -> None:
    own = tmp_path / "trial.yaml"
    own.write_text(
        'ruleset: trial\nversion: "1"\nextends: cn-national-2019-19\n'
        'region: "50.02.30"\neffective: {from: 2019-12-18}\n'
        "document: {cite: 试行稿, issuer: 某办公室, issued_on: 2019-04-01, status: unverified}\n",
        encoding="utf-8",
    )
    ran = await check_city(city, "--ruleset", str(own))
    assert ran.card["scorecard"]["ruleset"]["id"] == "trial"
    own.write_text("ruleset: [", encoding="utf-8")
    refused = await check_city(city, "--ruleset", str(own))
    assert (refused.code, refused.out) == (64, "")
    assert "trial.yaml" in refused.err


async def test_a_department_is_judged_by_what_holds_for_departments(city: City) -> None:
    portal, department = await check_city(city), await check_city(city, "--class", "department")
    assert {one["kind"] for one in department.card["findings"]} == {"veto"}
    assert {one["kind"] for one in portal.card["findings"]} > {"veto"}


async def test_of_several_websites_the_worst_decides_and_their_order_is_kept(city: City, tmp_path: Path) -> None:
    city.state.put(PORTAL, "dead")
    city.state.put(OTHER, "lose_mark:icp")
    port = city.addresses.http_port
    (tmp_path / "list.txt").write_text(f"# 名单\n\nhttp://{OTHER}:{port}/\n", encoding="utf-8")
    ran = await check_city(city, "--file", str(tmp_path / "list.txt"))
    assert [one["outlet"]["url"] for one in ran.cards] == [f"http://{host}:{port}/" for host in (PORTAL, OTHER)]
    assert ran.code == 1
    city.state.mend(OTHER)
    assert (await check_city(city, "--file", str(tmp_path / "list.txt"))).code == 2


async def test_the_card_on_a_terminal_keeps_to_80_columns_and_ends_with_one_line(city: City) -> None:
    city.state.put(PORTAL, "lose_mark:icp")
    address = f"http://{PORTAL}:{city.addresses.http_port}/"
    ran = await check(settings_for(city), address, "--allow-private")
    lines = ran.out.splitlines()
    assert max(map(width, lines)) <= 80
    assert "\x1b" not in ran.out
    assert ran.err == ""
    assert [line for line in lines if line.startswith("✗ 网站标识（扣分 −0.5）")]
    assert [line for line in lines if re.match(r"    证据 \d{4}-\d\d-\d\d \d\d:\d\d:\d\d sha256:[0-9a-f]{12} ", line)]
    assert "依据 二、扣分指标 功能设计“网站标识”" in ran.out
    assert "须由人判断" in ran.out
    assert lines[-1].startswith("违反 1 项，")


async def test_a_website_nobody_here_wrote_is_read_as_it_is(tmp_path: Path) -> None:
    with foreign_website() as address:
        page = tmp_path / "card.html"
        ran = await check(ALONE, address, "--json", "--allow-private", "--html", str(page))
        assert ran.card["outlet"]["name"] == "Debian 维护者指南"
        assert (ran.code, "网站标识" in [one["name"] for one in ran.violated]) == (1, True)
        assert "Debian 维护者指南" in page.read_text(encoding="utf-8")


async def test_without_a_scheme_https_is_tried_and_then_http() -> None:
    with website(b"<title>x</title>") as address:
        ran = await check(ALONE, address.removeprefix("http://"), "--json", "--allow-private")
    assert ran.card["outlet"]["typed"] == address.removeprefix("http://")
    assert ran.card["outlet"]["url"] == address
    assert seen(ran.card, "reachability")["outcome"] == "answered"


HOSTILE = "<!DOCTYPE html><title>&lt;script&gt;alert(1)&lt;/script&gt;\x1b[31m\u202e红</title><p>页面</p>".encode()


async def test_a_hostile_title_stays_a_title(tmp_path: Path) -> None:
    page = tmp_path / "card.html"
    with website(HOSTILE) as address:
        ran = await check(ALONE, address, "--allow-private", "--html", str(page))
    html = page.read_text(encoding="utf-8")
    assert "<script" not in html.lower()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert 'http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;' in html
    assert not {"\x1b", "\u202e"} & set(ran.out)
    assert not re.search(r"(?:src|href)=", html)
