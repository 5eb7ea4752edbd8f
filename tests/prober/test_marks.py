"""The six marks of the footer: found however they are written, and never called absent when they may be there."""

import pytest

from services.prober.html import own, read
from services.prober.probes.marks import MARKS, marks
from shared.events.probe import Outcome, Reason
from tests.prober.looks import URL, page_look, trouble_look

NEWS = "<ul>" + "<li>样例市召开政务公开工作会议</li>" * 60 + "</ul>"
FULL = {
    "party_mark": '<a href="http://bszs.conac.cn/sitename?method=show&id=0A1B2C3D4E5F"><img src="/i/a.png"></a>',
    "site_code": "<span>网站标识码:4101000001</span>",
    "icp": "<a href='https://beian.miit.gov.cn/'>豫ICP备05000000号-1</a>",
    "police": "<a href='https://beian.mps.gov.cn/#/query/webSearch?code=41010502000000'>豫公网安备41010502000000号</a>",
    "organiser": "<p>主办单位:样例市人民政府办公室</p>",
    "contact": "<p>联系方式:0371-60000000</p>",
}


def site(*parts: str, head: str = "", body: str = NEWS) -> str:
    """A page with a footer made of ``parts``."""
    return f"<html><head><title>样例</title>{head}</head><body>{body}<footer>{' '.join(parts)}</footer></body></html>"


async def states(html: str, **more: object) -> dict[str, str]:
    """What the probe says of each mark."""
    measured = await marks(page_look(html, **more))  # type: ignore[arg-type]  # a page stands in for a whole look
    assert (measured.outcome, measured.reason) == (Outcome.ANSWERED, Reason.OK)
    found = measured.measured["marks"]
    assert isinstance(found, dict)
    return {name: entry["state"] for name, entry in found.items() if isinstance(entry, dict)}  # type: ignore[misc]  # narrowed by isinstance, entry by entry


async def test_a_footer_with_everything_has_everything() -> None:
    assert await states(site(*FULL.values())) == dict.fromkeys(MARKS, "present")


@pytest.mark.parametrize("lost", FULL)
async def test_a_lost_mark_is_absent_and_only_that_one(lost: str) -> None:
    kept = [text for name, text in FULL.items() if name != lost]
    assert await states(site(*kept)) == {name: "absent" if name == lost else "present" for name in MARKS}


async def test_an_empty_footer_lacks_everything() -> None:
    assert await states(site()) == dict.fromkeys(MARKS, "absent")


WRITINGS = [
    ("site_code", "网站标识码4101000001"),
    ("site_code", "政府网站标识码:4101000001"),
    ("site_code", "网站标识码 : bm01000001"),
    ("site_code", "网 站 标 识 码:4101000001"),
    ("site_code", "标识编码:4101000001"),
    ("site_code", "网站标识码(4101000001)"),
    ("site_code", "<b>网站标识码</b>:<i>4101000001</i>"),
    ("site_code", "网站标识码:&nbsp;4101000001"),
    ("site_code", "网站标识码:4101000001"),
    ("site_code", "\u200b网站标识码\u200b:4101000001"),
    ("site_code", "网站标识：4101000001"),
    ("site_code", "党政机关网站标识 bm01000001"),
    ("icp", "ICP备案编号:豫ICP备05000000号"),
    ("icp", "豫ICP备2021012345号-2"),
    ("icp", "京ICP证030173号"),
    ("icp", "粤ICP备-05070829"),
    ("icp", "豫 ICP备 05000000 号"),
    ("icp", "备案序号:豫icp备05000000号"),
    ("police", "豫公网安备41010502000000号"),
    ("police", "豫公网安备 41010502000000"),
    ("police", "公安备案号:41010502000000"),
    ("police", "公安机关备案号:41010502000000"),
    ("police", "公安联网备案 41010502000000"),
    ("police", "<a href='http://www.beian.gov.cn/portal/registerSystemInfo?recordcode=41010502000000'><img></a>"),
    ("police", "<a href='https://beian.mps.gov.cn/#/query/webSearch?code=41010502000000'>备案</a>"),
    ("party_mark", "<script src='http://dcs.conac.cn/js/01/000/0000/40407561/CA010000000404075610001.js'></script>"),
    ("party_mark", "<a href='//bszs.conac.cn/sitename?method=show&id=AA'>标识</a>"),
    ("party_mark", "<img src='/i/red.png' alt='党政机关'>"),
    ("party_mark", "党政机关网站标识"),
    ("party_mark", "<img src='/i/1.png' alt=x onclick=\"window.open('http://bszs.conac.cn/sitename?method=show')\">"),
    ("party_mark", "<img src='/i/blue.png' title='事业单位标识'>"),
    ("organiser", "主办:样例市人民政府办公室"),
    ("organiser", "主办单位 样例市人民政府办公室"),
    ("organiser", "样例市人民政府办公室主办"),
    ("organiser", "主 办 单 位:样例市人民政府"),
    ("contact", "联系电话:(0371)60000000"),
    ("contact", "电话 0371 6000 0000"),
    ("contact", "电子邮箱:office@sample.gov.cn"),
    ("contact", "地址:样例市中心路1号"),
    ("contact", "<a href='mailto:office@sample.gov.cn'>写信</a>"),
    ("contact", "传真:0371-60000001"),
]


@pytest.mark.parametrize(("name", "written"), WRITINGS)
async def test_a_mark_is_known_however_it_is_written(name: str, written: str) -> None:
    others = [text for mark, text in FULL.items() if mark != name]
    assert await states(site(*others, written)) == dict.fromkeys(MARKS, "present")


@pytest.mark.parametrize("name", FULL)
async def test_a_comment_never_counts(name: str) -> None:
    others = [text for mark, text in FULL.items() if mark != name]
    assert (await states(site(*others, f"<!-- {FULL[name]} -->")))[name] == "absent"


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("site_code", "<meta name='SiteIDCode' content='4101000001'>"),
        ("site_code", "<a href='https://zfwzgl.www.gov.cn/exposure/jiucuo.html?site_code=4101000001'>找错</a>"),
        ("site_code", "<style>.a::after{content:'网站标识码:4101000001'}</style>"),
        ("site_code", "<noscript>网站标识码:4101000001</noscript>"),
        ("organiser", "<meta name='author' content='主办单位:样例市人民政府'>"),
    ],
)
async def test_what_nobody_sees_does_not_count(name: str, near: str) -> None:
    others = [text for mark, text in FULL.items() if mark != name]
    assert (await states(site(*others, near)))[name] == "absent"


async def test_the_organiser_of_an_event_in_the_news_is_not_the_organiser_of_the_site() -> None:
    others = [text for mark, text in FULL.items() if mark != "organiser"]
    news = "<p>活动主办单位:样例市文化馆</p>" + NEWS
    assert (await states(site(*others, body=news)))["organiser"] == "unknown"


@pytest.mark.parametrize(
    "adds",
    [
        "<script src='/js/footer.js'></script>",
        "<script src='js/footer.js'></script>",
        "<script src='http://static.sample.gov.cn/footer.js'></script>",
        "<script src='https://platform.province.gov.cn/footer.js'></script>",
        "<script>document.writeln('网站标识码:4101000001')</script>",
        "<script>document.getElementById('code').innerText='4101000001'</script>",
        "<script>$('#foot').load('/foot.html')</script>",
        "<iframe src='/footer.html'></iframe>",
        "<meta http-equiv='Refresh' content='0; URL=/index/index.html'>",
    ],
)
async def test_a_mark_that_a_script_or_frame_could_still_bring_is_unknown(adds: str) -> None:
    assert await states(site(adds)) == dict.fromkeys(MARKS, "unknown")
    whole = await states(site(*FULL.values(), adds))
    assert set(whole.values()) == {"present"}


@pytest.mark.parametrize(
    "adds",
    [
        "<script src='https://cdn.example.com/jquery.js'></script>",
        "<script src='https://zfwzgl.www.gov.cn/exposure/jiucuo.js'></script>",
        "<script>var today = new Date();</script>",
        "<iframe src='https://map.example.com/'></iframe>",
        "<meta http-equiv='refresh' content='300'>",
    ],
)
async def test_what_cannot_bring_a_mark_is_no_excuse(adds: str) -> None:
    assert await states(site(adds)) == dict.fromkeys(MARKS, "absent")


@pytest.mark.parametrize(
    ("name", "doubt"),
    [
        ("party_mark", "<img src='/images/foot_03.png'>"),
        ("party_mark", "<img src='/images/icons/dzjg.png'>"),
        ("party_mark", "<img src='http://www.gongan.gov.cn/images/red.png'>"),
        ("party_mark", "<img src='data:image/png;base64,iVBORw/icon'>"),
        ("site_code", "网站标识码:<img src='/images/code.png'>"),
        ("site_code", "<img src='/images/code.png' alt='网站标识码：4101000001'>"),
        ("icp", "<a href='https://beian.miit.gov.cn/'>备案信息</a>"),
        ("police", "<a href='http://www.beian.gov.cn/'>备案</a>"),
        ("organiser", "版权所有:样例市人民政府"),
        ("contact", "<a href='/contact.html'>联系我们</a>"),
        ("contact", "网站维护：0371-60000000"),
        ("contact", "(0371) 6000 0000"),
        ("contact", "13800000000"),
        ("contact", "400-600-0000"),
        ("contact", "邮箱：abc#sample.gov.cn"),
        ("contact", "abc[at]sample.gov.cn"),
        ("contact", "abc@sample.gov.cn"),
    ],
)
async def test_a_mark_that_is_hinted_at_is_unknown_not_absent(name: str, doubt: str) -> None:
    others = [text for mark, text in FULL.items() if mark != name]
    assert (await states(site(*others, doubt)))[name] == "unknown"


@pytest.mark.parametrize(
    "number", ["豫ICP备05000000号-1", "4101000001", "41010502000000", "2026-11-22", "0371", "01000001"]
)
async def test_not_every_number_is_one_to_call(number: str) -> None:
    others = [text for mark, text in FULL.items() if mark != "contact"]
    assert (await states(site(*others, number)))["contact"] == "absent"


@pytest.mark.parametrize("picture", ["/images/jiucuo.png", "/i/gongan_01.png", "/icons/weixin-icon.gif?v=1"])
async def test_a_picture_known_by_its_name_to_be_something_else_is_not_the_mark(picture: str) -> None:
    others = [text for mark, text in FULL.items() if mark != "party_mark"]
    assert (await states(site(*others, f"<img src='{picture}'>")))["party_mark"] == "absent"


@pytest.mark.parametrize("warning", ["body_cut_short", "body_over_cap"])
async def test_what_may_have_been_cut_off_is_unknown(warning: str) -> None:
    assert await states(site(), warnings=(warning,)) == dict.fromkeys(MARKS, "unknown")


async def test_the_value_is_the_snippet_that_was_found() -> None:
    measured = (await marks(page_look(site(*FULL.values())))).measured["marks"]
    assert isinstance(measured, dict)
    assert measured["site_code"] == {"state": "present", "value": "网站标识码:4101000001", "by": "static"}
    assert measured["icp"] == {"state": "present", "value": "豫ICP备05000000号-1", "by": "static"}
    absent = (await marks(page_look(site()))).measured["marks"]
    assert isinstance(absent, dict)
    assert absent["icp"] == {"state": "absent", "value": None, "by": "static"}


@pytest.mark.parametrize(
    ("look", "reason"),
    [
        (trouble_look(Outcome.FAILED, Reason.TIMEOUT), Reason.NO_PAGE),
        (page_look(site(), status=404), Reason.NO_PAGE),
        (page_look("", status=200), Reason.NO_PAGE),
        (page_look("拦截", status=403), Reason.BLOCKED_PAGE),
        (page_look("<p>访问频率过高</p>"), Reason.BLOCKED_PAGE),
        (page_look("%PDF-1.7", content_type="application/pdf"), Reason.UNREADABLE),
    ],
)
async def test_without_a_page_nothing_is_said_of_its_marks(look: object, reason: Reason) -> None:
    measured = await marks(look)  # type: ignore[arg-type]  # a page stands in for a whole look
    assert (measured.outcome, measured.reason, measured.measured) == (Outcome.UNDETERMINED, reason, {})


HOSTILE = {
    "nul": "\0" * 100 + "<p>x",
    "nested": "<div>" * 200_000,
    "nested-lists": "<ul><li>" * 200_000,
    "angle-brackets": "<" * 1_000_000,
    "comments": "<!--" * 100_000,
    "scripts": "<script>" * 100_000,
    "bad-link": "<a href='http://[bad'>x</a>",
    "formatting": "<b><p>" * 100_000,
}


@pytest.mark.parametrize("html", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.timeout(30)
async def test_hostile_html_is_read_all_the_same_and_quickly(html: str) -> None:
    assert set(await states(html + NEWS + "<footer>" + FULL["icp"])) == set(MARKS)


@pytest.mark.parametrize(
    "start", ["<a ", "<a x=\"<b y='" * 5000, "<a x='>' ", '<script x="\'" ', "<a b' ", "<!--x--><a/"]
)
@pytest.mark.timeout(30)
async def test_an_element_with_attributes_without_end_is_unreadable(start: str) -> None:
    html = start + " ".join(f"a{n}=1" for n in range(100_000)) + ">"
    assert (await marks(page_look(html + NEWS))).reason is Reason.UNREADABLE


async def test_of_a_page_with_very_many_tags_the_footer_is_read_and_nothing_is_called_absent() -> None:
    kept = [text for name, text in FULL.items() if name != "icp"]
    found = await states(site(*kept, body="<p><b>要闻</b></p>" * 10_000))
    assert found == {name: "unknown" if name == "icp" else "present" for name in MARKS}


@pytest.mark.parametrize(
    ("address", "mine"),
    [
        ("http://www.sample.gov.cn/a.js", True),
        ("https://static.sample.gov.cn/a.js", True),
        ("http://other.gov.cn/a.js", False),
        ("http://127.0.0.1/a.js", False),
    ],
)
def test_a_site_is_known_by_its_registered_name(address: str, mine: bool) -> None:
    assert own(URL, address) is mine


def test_the_page_as_a_person_sees_it() -> None:
    seen = read("<title>t</title><script>var a</script><p>正文</p><div class='Footer-x'>" + "底" * 50 + "</div>", URL)
    assert seen.text == "正文 " + "底" * 50
    assert seen.footer == "底" * 50
    assert not seen.may_add
