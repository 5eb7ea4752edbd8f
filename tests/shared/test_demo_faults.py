"""Each fault of the practice city shows what it says, and what does not fit is refused."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from demo.city import Mark, Script, load
from demo.content import articles, posts
from demo.faults import ACCOUNT_FAULTS, WEBSITE_FAULTS, Active, account_view, check, in_words, offers, website_view
from demo.pages import Answer, site_answer
from demo.platform import feed_answer

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
SITE = "www.zhengzhou.gov.cn.demo"
SECURE = "www.fengdu.gov.cn.demo"
ACCOUNT = "weibo/zzwj"
MARK = "网站标识码：4101000001"


@pytest.fixture(scope="module")
def script() -> Script:
    return load()


def seen(script: Script, *faults: str, path: str = "/", since: datetime = NOW, now: datetime = NOW) -> Answer:
    """A page of a website with these faults on."""
    site = next(one for one in script.websites if one.target == SITE)
    return site_answer(script, website_view(site, [Active(fault, since) for fault in faults]), path, now)


def text(answer: Answer) -> str:
    """What it says."""
    return answer.body.decode()


# -- marks


@pytest.mark.parametrize("mark", list(Mark))
def test_each_mark_can_be_lost_alone(script: Script, mark: Mark) -> None:
    site = script.websites[0]
    whole, without = text(seen(script)), text(seen(script, f"lose_mark:{mark.value}"))
    shown = {
        Mark.PARTY_GOVERNMENT: "bszs.conac.cn",
        Mark.SITE_CODE: MARK,
        Mark.ICP: site.icp,
        Mark.POLICE: site.police,
        Mark.ORGANISER: "主办单位",
        Mark.CONTACT: "联系方式",
        Mark.ERROR_REPORT: "zfwzgl.www.gov.cn",
    }
    assert [one for one, words in shown.items() if words not in without] == [mark]
    assert all(words in whole for words in shown.values())


def test_marks_can_be_written_by_a_script_of_the_site(script: Script) -> None:
    assert MARK not in text(seen(script, "marks_by:script"))
    assert '<script src="js/footer.js"></script>' in text(seen(script, "marks_by:script"))
    written = seen(script, "marks_by:script", path="/js/footer.js")
    assert written.content_type.startswith("text/javascript")
    assert text(written).startswith("document.write(")
    assert MARK in text(written)


def test_marks_can_be_there_only_after_rendering(script: Script) -> None:
    for path in ("/", "/js/footer.js"):
        assert MARK not in text(seen(script, "marks_by:rendering", path=path))
    data = seen(script, "marks_by:rendering", path="/data/footer.json")
    assert MARK in json.loads(data.body)["parts"]


def test_marks_can_stand_in_a_comment(script: Script) -> None:
    before, _, after = text(seen(script, "marks_by:comment")).partition(MARK)
    assert before.rindex("<!--") > before.rindex("<footer>")
    assert "-->" in after


# -- content


def test_a_stale_column_stays_as_it_was_and_the_others_go_on(script: Script) -> None:
    first, second, _ = next(one for one in script.websites if one.target == SITE).columns
    later = NOW + timedelta(days=40)
    page = text(seen(script, "stale:30", path=f"/{first.path}/", now=later))
    assert f"<time>{articles(first, NOW - timedelta(days=30))[0].day}</time>" in page
    assert str(articles(first, later)[0].day) not in page
    other = text(seen(script, "stale:30", path=f"/{second.path}/", now=later))
    assert f"<time>{articles(second, later)[0].day}</time>" in other
    named = text(seen(script, f"stale:200:{second.path}", path=f"/{second.path}/"))
    assert f"<time>{articles(second, NOW - timedelta(days=200))[0].day}</time>" in named


def test_a_blank_column_has_its_page_and_no_item(script: Script) -> None:
    page = seen(script, "blank:tzgg", path="/tzgg/")
    assert (page.status, "<li>" in text(page)) == (200, False)
    assert "<li>" in text(seen(script, "blank:tzgg", path="/zwdt/"))


def test_undated_items_bear_no_date_anywhere(script: Script) -> None:
    item = articles(script.websites[0].columns[0], NOW)[0]
    for path in ("/", "/zwdt/", f"/zwdt/{item.file}"):
        page = text(seen(script, "undated", path=path))
        assert item.title in page
        assert str(item.day) not in page
        assert "PubDate" not in page


def test_back_dated_items_are_the_same_items_with_newer_dates_every_morning(script: Script) -> None:
    item = articles(script.websites[0].columns[0], NOW)[0]
    for days in (0, 1, 30):
        now = NOW + timedelta(days=days)
        page = text(seen(script, "backdated", path="/zwdt/", now=now))
        assert f'<a href="{item.file}">{item.title}</a> <time>{item.day + timedelta(days=days)}</time>' in page
        assert text(seen(script, "backdated", path=f"/zwdt/{item.file}", now=now)).count(item.title) > 2


def test_an_article_has_a_page_with_the_tags_of_its_level(script: Script) -> None:
    item = articles(script.websites[0].columns[0], NOW)[2]
    page = text(seen(script, path=f"/zwdt/{item.file}"))
    assert f'<meta name="ArticleTitle" content="{item.title}">' in page
    assert f'<meta name="PubDate" content="{item.day} 09:00">' in page
    assert item.day == date(2026, 11, 20)
    assert seen(script, path="/zwdt/t19990101_1.html").status == 404


# -- how pages are served


@pytest.mark.parametrize(
    ("link", "address"),
    [("page", "zhuanti/"), ("image", "images/zhuanti.png"), ("attachment", "files/jihua.doc")],
)
def test_a_dead_link_leads_to_nothing_and_the_good_ones_to_something(script: Script, link: str, address: str) -> None:
    assert f'"{address}"' not in text(seen(script))
    assert f'"{address}"' in text(seen(script, f"dead_link:{link}"))
    assert seen(script, f"dead_link:{link}", path=f"/{address}").status == 404
    for good in ("/images/logo.png", "/files/biaoge.doc", "/zwdt/"):
        assert f'"{good[1:]}"' in text(seen(script))
        assert seen(script, path=good).status == 200


def test_an_external_dead_link_leads_to_a_website_that_is_not_there(script: Script) -> None:
    assert 'href="http://www.gone.gov.cn.demo/"' in text(seen(script, "dead_link:external"))
    assert "www.gone.gov.cn.demo" not in {one.target for one in script.outlets}


def test_a_page_that_is_not_there_can_look_as_if_it_were(script: Script) -> None:
    there = seen(script, "soft_404:text", path="/nowhere/")
    assert (there.status, "页面不存在" in text(there)) == (200, True)
    moved = seen(script, "soft_404:redirect", path="/nowhere/")
    assert (moved.status, moved.headers) == (302, (("Location", "/"),))


def test_a_page_can_be_gbk_and_say_that_it_is_utf_8(script: Script) -> None:
    page = seen(script, "wrong_charset")
    assert page.content_type == "text/html; charset=utf-8"
    assert '<meta charset="utf-8">' in page.body.decode("gbk")
    with pytest.raises(UnicodeDecodeError):
        page.body.decode()


def test_walls_stand_in_front_of_every_page(script: Script) -> None:
    for path in ("/", "/zwdt/", "/images/logo.png"):
        blocked, challenged = seen(script, "block_page", path=path), seen(script, "challenge", path=path)
        assert (blocked.status, "拦截" in text(blocked)) == (403, True)
        assert (challenged.status, "document.cookie" in text(challenged)) == (412, True)


# -- accounts


def feed(script: Script, *faults: str, now: datetime = NOW) -> Answer:
    """The feed of an account with these faults on."""
    account = next(one for one in script.accounts if one.target == ACCOUNT)
    return feed_answer(account_view(account, [Active(fault, NOW) for fault in faults]), 8080, now)


@pytest.mark.parametrize(("fault", "status"), [("source_down", 503), ("banned", 404), ("private", 403)])
def test_a_feed_that_is_not_handed_out_says_why(script: Script, fault: str, status: int) -> None:
    answer = feed(script, fault)
    assert (answer.status, "error" in json.loads(answer.body)) == (status, True)


def test_a_feed_can_be_a_page_to_sign_in_on(script: Script) -> None:
    answer = feed(script, "login")
    assert (answer.status, answer.content_type) == (200, "text/html; charset=utf-8")


def test_an_account_can_have_no_posts_or_those_of_others(script: Script) -> None:
    assert json.loads(feed(script, "no_posts").body)["items"] == []
    items = json.loads(feed(script, "only_reposts", "silent:3").body)["items"]
    assert all(item["_repost"]["of"] and item["content_text"].startswith("转发") for item in items)
    assert "_repost" not in json.loads(feed(script).body)["items"][0]


def test_a_silent_account_stays_silent_from_the_moment_it_fell_silent(script: Script) -> None:
    account = script.accounts[0]
    view = account_view(account, [Active("silent:15", NOW)])
    for later in (timedelta(), timedelta(hours=5), timedelta(days=3)):
        assert posts(view, NOW + later)[0].at == NOW - timedelta(days=15)
    lively = posts(account_view(account, []), NOW)
    assert NOW - timedelta(hours=account.every_hours) < lively[0].at <= NOW


# -- the tables


@pytest.mark.parametrize(
    ("target", "fault"),
    [
        (SITE, "lose_mark:nothing"),
        (SITE, "marks_by:magic"),
        (SITE, "slow:0"),
        (SITE, "slow:soon"),
        (SITE, "error:200"),
        (SITE, "dead:yes"),
        (SITE, "tls:expired"),
        (SECURE, "tls:old"),
        (SITE, "stale:0"),
        (SITE, "stale:30:nowhere"),
        (SITE, "blank:nowhere"),
        (SITE, "dead_link:film"),
        (SITE, "soft_404:maybe"),
        (SITE, "rename:别名"),
        (ACCOUNT, "rename:"),
        (ACCOUNT, "silent:-1"),
        (ACCOUNT, "dead"),
        (ACCOUNT, "unheard-of"),
    ],
)
def test_a_fault_that_does_not_fit_is_refused(script: Script, target: str, fault: str) -> None:
    with pytest.raises(ValueError, match="cannot be put on"):
        check(script.outlet(target), Active(fault, NOW))


def test_every_fault_offered_on_the_desk_can_be_put_on_and_has_a_name(script: Script) -> None:
    for outlet in script.outlets:
        for fault in offers(outlet):
            check(outlet, Active(fault, NOW))
            assert fault not in in_words(fault)
    kinds = {fault.partition(":")[0] for outlet in script.outlets for fault in offers(outlet)}
    assert kinds == {*WEBSITE_FAULTS, *ACCOUNT_FAULTS}
    assert not any(fault.startswith("tls") for fault in offers(script.outlet(SITE)))


def test_a_view_is_never_changed(script: Script) -> None:
    view = website_view(script.websites[0], [])
    assert website_view(script.websites[0], [Active("dead", NOW)]) == replace(view, listening=False)
