"""Whose a website says it is: only what its home page really shows."""

import pytest

from services.prober.homepage import organiser, profile_of
from services.prober.look import Look, Measurement, undetermined
from services.prober.probes.marks import marks
from services.prober.probes.reachability import reachability
from shared.events.probe import Outcome, Profile, Reason
from tests.prober.looks import URL, page_look, trouble_look

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
