"""What counts as opened, what as failed, and what we could not tell."""

from collections.abc import Callable

import pytest

from services.prober.blocked import Wall, wall
from services.prober.look import Look
from services.prober.looking import TROUBLES
from services.prober.probes.reachability import reachability
from shared import egress
from shared.events.probe import Outcome, Reason
from tests.prober.looks import URL, page_look, trouble_look

HOME = "<html><title>样例</title><body>" + "样例市人民政府门户网站新闻" * 80 + "</body></html>"
ERROR_PAGE = "<html><body><h1>错误 503</h1><p>服务器暂时无法处理您的请求。</p></body></html>"


@pytest.mark.parametrize(
    ("look", "outcome", "reason"),
    [
        (page_look(HOME), Outcome.ANSWERED, Reason.OK),
        (page_look(""), Outcome.ANSWERED, Reason.OK),
        (page_look(HOME, warnings=("body_cut_short",)), Outcome.ANSWERED, Reason.OK),
        (page_look(HOME, status=203), Outcome.ANSWERED, Reason.OK),
        (page_look(HOME, status=404), Outcome.FAILED, Reason.HTTP_4XX),
        (page_look(ERROR_PAGE, status=410), Outcome.FAILED, Reason.HTTP_4XX),
        (page_look(ERROR_PAGE, status=500), Outcome.FAILED, Reason.HTTP_5XX),
        (page_look(ERROR_PAGE, status=503), Outcome.FAILED, Reason.HTTP_5XX),
        (page_look("", status=502), Outcome.FAILED, Reason.HTTP_5XX),
        (page_look(ERROR_PAGE, status=403), Outcome.UNDETERMINED, Reason.BLOCKED_PAGE),
        (page_look(status=401), Outcome.UNDETERMINED, Reason.BLOCKED_PAGE),
        (page_look(status=429), Outcome.UNDETERMINED, Reason.BLOCKED_PAGE),
        (trouble_look(Outcome.FAILED, Reason.DNS), Outcome.FAILED, Reason.DNS),
        (trouble_look(Outcome.FAILED, Reason.TIMEOUT), Outcome.FAILED, Reason.TIMEOUT),
        (trouble_look(Outcome.UNDETERMINED, Reason.TLS), Outcome.UNDETERMINED, Reason.TLS),
        (trouble_look(Outcome.UNDETERMINED, Reason.REFUSED_BY_GATE), Outcome.UNDETERMINED, Reason.REFUSED_BY_GATE),
    ],
)
async def test_the_outcome_of_a_look(look: Look, outcome: Outcome, reason: Reason) -> None:
    measured = await reachability(look)
    assert (measured.outcome, measured.reason) == (outcome, reason)
    assert measured.measured["seconds"] == look.seconds


async def test_what_is_measured() -> None:
    measured = (await reachability(page_look(HOME, url=URL + "index.html", warnings=("body_cut_short",)))).measured
    assert measured == {
        "seconds": 0.25,
        "status": 200,
        "url": URL,
        "final_url": URL + "index.html",
        "bytes": len(HOME.encode()),
        "phases": {"total": 0.25},
        "warnings": ["body_cut_short"],
    }
    assert (await reachability(page_look(status=403))).measured["wall"] == "turned_away"


def test_every_way_a_request_can_fail_has_a_reason() -> None:
    raised = {
        kind
        for kind in vars(egress).values()
        if isinstance(kind, type) and issubclass(kind, egress.EgressError) and kind is not egress.EgressError
    }
    assert raised == set(TROUBLES)


WALLS: list[tuple[Callable[[], Look], Wall]] = [
    (lambda: page_look("x", status=403, cf_mitigated="challenge"), Wall.HEADER),
    (lambda: page_look("<script>1</script>", status=412), Wall.TURNED_AWAY),
    (lambda: page_look("<script>document.cookie='__jsl_clearance=1'</script>", status=521), Wall.CHALLENGE),
    (lambda: page_look("<script>var a=1;</script>", status=521), Wall.CHALLENGE),
    (lambda: page_look("<script>$_ts={};</script>", status=202), Wall.CHALLENGE),
    (lambda: page_look("<script>var arg1='x';acw_sc__v2</script>"), Wall.CHALLENGE),
    (lambda: page_look("<script>document.cookie='k=1';location.reload()</script>"), Wall.CHALLENGE),
    (lambda: page_look("<h1>Just a moment...</h1>", status=503), Wall.PHRASE),
    (lambda: page_look("<p>您的访问频率过高,请稍后再试</p>"), Wall.PHRASE),
    (lambda: page_look("<p>您的请求已被网站安全防护系统拦截</p>", status=500), Wall.PHRASE),
    (lambda: page_look("<p>请完成验证后继续</p>"), Wall.PHRASE),
]


@pytest.mark.parametrize(("look", "sign"), WALLS)
def test_a_wall_in_front_of_a_site_is_known_by_a_sign(look: Callable[[], Look], sign: Wall) -> None:
    page = look().page
    assert page is not None
    assert wall(page) is sign


@pytest.mark.parametrize(
    "look",
    [
        page_look(HOME),
        page_look(HOME + "关于规范人机验证的通知,访问频率过高时请稍后再试"),
        page_look(HOME.replace("<body>", "<body><script>document.cookie='a=1'; location.href</script>")),
        page_look("<script>location.href='/index/index.html'</script>"),
        page_look("<script>var a=1;</script>", status=521, server="cloudflare"),
        page_look(ERROR_PAGE, status=503),
        page_look("<!-- 访问频率过高 --><p>正在建设</p>"),
        page_look(""),
    ],
)
def test_the_site_itself_is_not_taken_for_a_wall(look: Look) -> None:
    assert look.page is not None
    assert wall(look.page) is None
