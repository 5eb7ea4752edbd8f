"""Whose a website says it is: only what its home page really shows."""

from typing import Any

import pytest

from services.prober.homepage import MOST_COLUMNS, columns_of, organiser, profile_of
from services.prober.look import Look, Measurement, undetermined
from services.prober.probes.content import content
from services.prober.probes.marks import marks
from services.prober.probes.reachability import reachability
from shared.events.probe import ColumnSeen, Outcome, Profile, Reason
from tests.prober.looks import URL, page_look, trouble_look
from tests.prober.town import asked, listed, town

HEAD = '<meta name="SiteName" content="金水区人民政府"><meta name="SiteIDCode" content="4101050001">'
FOOTER = (
    "<p>主办单位：金水区人民政府办公室 承办单位：金水区政务信息中心</p><p>网站标识码：4101050001 "
    "豫ICP备05000000号-2 豫公网安备 41010502000001号</p>"
)


def home(head: str = HEAD, footer: str = FOOTER, **options: str) -> Look:
    """A look at a home page."""
    text = (
        f"<html><head><title>首页 - 金水区人民政府</title>{head}</head><body>{'政务公开 ' * 200}{footer}</body></html>"
    )
    return page_look(text, **options)  # type: ignore[arg-type]  # the options are those of a look


async def shown(look: Look) -> Profile | None:
    """What a look shows."""
    measured = {"reachability": await reachability(look), "marks": await marks(look)}
    return profile_of(look.page, measured)


async def test_a_home_page_says_whose_it_is() -> None:
    assert await shown(home(url="http://www.other.gov.cn/index.html")) == Profile(
        name="金水区人民政府",
        title="首页 - 金水区人民政府",
        code="4101050001",
        organiser="金水区人民政府办公室",
        icp="豫ICP备05000000号-2",
        police="41010502000001",
        url="http://www.other.gov.cn/index.html",
    )


async def test_what_it_does_not_say_is_not_shown() -> None:
    seen = await shown(home(head="", footer=""))
    assert seen == Profile(title="首页 - 金水区人民政府", url=URL)


async def test_what_only_scripts_may_bring_is_not_shown() -> None:
    seen = await shown(home(head="", footer="<div id='footer'></div><script src='/footer.js'></script>"))
    assert seen is not None
    assert (seen.code, seen.organiser, seen.icp, seen.police) == (None, None, None, None)


@pytest.mark.parametrize(
    "look",
    [
        trouble_look(Outcome.FAILED, Reason.TIMEOUT),
        page_look("<h1>503</h1>", status=503),
        page_look("", status=200, content_type="application/pdf"),
    ],
)
async def test_a_look_that_could_not_be_read_shows_nothing(look: Look) -> None:
    assert await shown(look) is None


async def test_without_the_marks_nothing_is_told() -> None:
    look = home()
    opened = await reachability(look)
    assert profile_of(look.page, {"reachability": opened}) is None
    blocked: dict[str, Measurement] = {"reachability": opened, "marks": undetermined(Reason.BLOCKED_PAGE)}
    assert profile_of(look.page, blocked) is None


@pytest.mark.parametrize(
    ("snippet", "name"),
    [
        ("主办单位:某某局", "某某局"),
        ("主办单位 某某局", "某某局"),
        ("主 办:某某局", "某某局"),
        ("主办单位:某某局承办单位:某某中心", "某某局"),
        ("某某市人民政府 主办", "某某市人民政府"),
        ("某某市人民政府主办", "某某市人民政府"),
        ("主办:", None),
        ("", None),
    ],
)
def test_the_unit_is_cut_out_of_the_footer(snippet: str, name: str | None) -> None:
    assert organiser(snippet) == name


LEADS = "<nav><a href='/zwyw/'>要闻</a><a href='/zcwj/'>政策</a><a href='/gone/'>公告栏</a></nav>"
NEWS = listed(("/zwyw/1.html", "市政府召开常务会议研究部署工作", "2026-11-20"))
COLUMN = '<meta name="ColumnName" content="政务要闻"><meta name="ColumnType" content="工作动态">'


async def test_the_columns_are_those_of_the_same_visit_with_the_class_that_their_pages_state() -> None:
    pages = {"/": LEADS + NEWS, "/zwyw/": f"<head>{COLUMN}</head>{NEWS}", "/zcwj/": NEWS}
    async with town(pages) as there:
        read = await content(there.home, there.around)
        before = asked(there.site)
        columns, whole = columns_of(read)
        assert columns == (
            ColumnSeen(name="政务要闻", url=there.site.url("/zwyw/"), column_class="工作动态"),
            ColumnSeen(name="政策", url=there.site.url("/zcwj/")),
        )
        assert not whole  # the third could not be read
        assert asked(there.site) == before


def test_without_the_probe_or_when_it_could_not_tell_no_columns_were_looked_for() -> None:
    assert columns_of(None) == (None, False)
    assert columns_of(undetermined(Reason.BLOCKED_PAGE)) == (None, False)


@pytest.mark.parametrize(
    ("more", "count", "told", "whole"),
    [
        ({}, 2, 2, True),
        ({}, 0, 0, True),
        ({"complete": False}, 2, 2, False),
        ({"columns_found": 21}, 2, 2, False),
        ({}, 101, MOST_COLUMNS, False),
        ({"columns": [{"outcome": "failed", "reason": "timeout", "name": "要闻", "url": URL}]}, 0, 0, False),
    ],
)
def test_they_are_all_there_are_only_when_nothing_was_left_out(
    more: dict[str, object], count: int, told: int, whole: bool
) -> None:
    one = {"outcome": "answered", "name": "要闻", "type": None}
    columns = [{**one, "url": f"{URL}{number}/"} for number in range(count)]
    measured: dict[str, Any] = {"columns": columns, "complete": True, "columns_found": 20, "columns_tried": 20, **more}
    found, all_there_are = columns_of(Measurement(Outcome.ANSWERED, Reason.OK, measured))
    assert (len(found or ()), all_there_are) == (told, whole)
