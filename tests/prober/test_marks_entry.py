"""The older official snippet of 找错: a picture whose click calls a function, which opens the entry."""

from typing import Any

import pytest

from services.prober.probes.marks import marks
from tests.prober.looks import page_look
from tests.prober.town import town
from tests.security.loopback import page

NEWS = "<ul>" + "<li>样例市召开政务公开工作会议</li>" * 60 + "</ul>"
OLD = "http://121.43.68.40/exposure/jiucuo.html"
FUNCTION = f'function Link(siteCode){{window.open("{OLD}?site_code="+siteCode+"&url="+encodeURIComponent(location));}}'
PICTURE = "<img onclick=\"Link('4101000001')\" src='http://121.43.68.40/images/jiucuo.png'>"
UNNAMED = "<img onclick=\"Link('4101000001')\" src='/images/jc.png'>"


def home(*parts: str) -> str:
    """A home page that ends in these."""
    return f"<html><body>{NEWS}<footer>{'样例' * 30}{''.join(parts)}</footer></body></html>"


def told(measured: Any) -> tuple[str, str | None, str | None]:
    """State and means of the entry, and the code in it."""
    entry = measured["report_entry"]
    return entry["state"], entry["by"], measured["site_codes"]["report_entry"]


@pytest.mark.parametrize("button", [PICTURE, UNNAMED])
async def test_the_older_snippet_is_an_entry_with_its_code(button: str) -> None:
    measured = (await marks(page_look(home(button, f"<script>{FUNCTION}</script>")))).measured
    assert told(measured) == ("present", "static", "4101000001")


@pytest.mark.parametrize("button", [PICTURE, UNNAMED])
async def test_the_function_of_the_snippet_may_stand_in_a_script_of_the_site(button: str) -> None:
    script = page(FUNCTION, content_type="application/javascript")
    async with town({"/": home(button, "<script src='/jc.js'></script>"), "/jc.js": script}) as there:
        measured = (await marks(there.home, there.around)).measured
    assert told(measured) == ("present", "script", "4101000001")


@pytest.mark.parametrize(
    ("written", "state"),
    [
        (PICTURE, "unknown"),
        (UNNAMED, "unknown"),
        ("<img src='/images/JiuCuo_01.png'>", "unknown"),
        ("<span id='_span_jiucuo'></span>", "unknown"),
        (f"<script>{FUNCTION}</script>", "unknown"),
        (f"<script>/* {FUNCTION} */</script>", "absent"),
        (f"<!-- {PICTURE} <script>{FUNCTION}</script> -->", "absent"),
        ("<a onclick=\"Link('/about')\">关于</a>", "absent"),
        ("<img src='/jiucuo/logo.png'>", "absent"),
        ("<span id='_span_jiucuo'></span><script>s.src = '//zfwzgl.www.gov.cn/exposure/jiucuo.js'</script>", "present"),
        (f"{PICTURE}<script>var a = 'http://www.sample.gov.cn/exposure/jiucuo.html'</script>", "unknown"),
    ],
)
async def test_half_of_a_snippet_leaves_a_doubt_and_a_comment_none(written: str, state: str) -> None:
    assert told((await marks(page_look(home(written)))).measured)[0] == state
