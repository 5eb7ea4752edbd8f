"""Pages as large as they may be, made to be slow: of their text little is read, once, and it is known to be little."""

import unicodedata
from collections.abc import Callable, Iterable

import pytest

from services.prober import deeper, html
from services.prober.html import MOST_TEXT, fold, read
from services.prober.probes.marks import MARKS, marks
from services.prober.scripts import LONGEST, Wrote, wrote
from tests.prober.looks import URL, page_look
from tests.prober.town import town
from tests.security.loopback import page

CAP = 5_000_000
NEWS = "<ul>" + "<li>样例市召开政务公开工作会议</li>" * 60 + "</ul>"
FOOT = "<footer>网站标识码:4101000001 豫ICP备05000000号 主办:样例市人民政府办公室 联系电话:0371-60000000</footer>"


@pytest.fixture
def folded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How long each text is that is folded: before and after."""
    lengths: list[int] = []

    class Counting:
        @staticmethod
        def normalize(form: str, text: str) -> str:
            """As that of unicodedata."""
            plain = unicodedata.normalize(form, text)  # type: ignore[arg-type]  # the form is passed on as it is
            lengths.extend((len(text), len(plain)))
            return plain

    monkeypatch.setattr(html, "unicodedata", Counting)
    return lengths


LARGE: dict[str, Callable[[], str]] = {
    "text": lambda: "<body>" + "发布时间来源" * (CAP // 18),
    "ligatures": lambda: "<body>" + "\ufdfa" * (CAP // 3),
    "squares": lambda: "<body>" + "\u3316" * (CAP // 3),
    "nested footers": lambda: "<body>" + "<div class=foot>" * 10_000 + "字" * (CAP // 4),
    "many footers": lambda: "<body>" + ("<div class=foot>" + "字" * 400 + "</div>") * 4_000,
    "captions": lambda: "<body>" + ("<img alt='" + "\ufdfb" * 300 + "'>") * 5_000,
    "squares in captions": lambda: "<body>" + ("<img alt='" + "\u3316" * 300 + "'>") * 5_000,
}


@pytest.mark.parametrize("name", LARGE)
def test_no_page_gives_much_to_fold(name: str, folded: list[int]) -> None:
    seen = read(LARGE[name](), URL)
    assert sum(folded) < 20 * MOST_TEXT
    assert len(seen.text) + len(seen.footer) <= 2 * MOST_TEXT
    assert sum(len(caption) for _, caption in seen.pictures) <= 2 * MOST_TEXT


def test_of_nested_footers_only_the_outermost_is_read() -> None:
    text = "网站标识码" * 10
    inside = "<div class=footer><p class=foot>" * 100 + text + "</p></div>" * 100
    assert read(inside + "<footer>版权</footer>", URL).footer == f"{text} 版权"


@pytest.mark.parametrize("length", [MOST_TEXT, MOST_TEXT + 1, CAP])
def test_of_a_long_text_both_ends_are_kept(length: int) -> None:
    text = "首" + "中" * (length - 2) + "尾"
    assert len(fold(text)) == min(length, MOST_TEXT)
    assert (fold(text)[0], fold(text)[-1]) == ("首", "尾")


def test_blanks_do_not_make_a_text_long() -> None:
    seen = read("<body>" + NEWS + " \n" * 200_000 + FOOT, URL)
    assert "网站标识码:4101000001" in seen.text
    assert not seen.doubtful


@pytest.mark.parametrize("filling", ["中" * 300_000, " 中" * 300_000, "\u3000中" * 700_000])
async def test_what_stands_at_the_end_of_a_large_page_is_found_and_the_rest_is_not_called_absent(filling: str) -> None:
    found = (await marks(page_look(f"<body>{filling}{FOOT}"))).measured["marks"]
    assert isinstance(found, dict)
    told = {name: each["state"] for name, each in found.items() if isinstance(each, dict)}
    missing = {"party_mark", "police"}
    assert told == {name: "unknown" if name in missing else "present" for name in MARKS}


def test_of_inline_scripts_without_end_only_the_beginning_is_read_and_the_rest_leaves_a_doubt() -> None:
    seen = read(f"<body>{NEWS}{FOOT}<script>{'a();' * (CAP // 4)}</script>", URL)
    assert len(seen.scripts) <= LONGEST + 1
    assert seen.may_add


async def test_of_a_script_of_the_site_only_the_beginning_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    lengths: list[int] = []

    def counting(scripts: Iterable[str]) -> Wrote:
        lengths.extend(map(len, scripts))
        return wrote(scripts)

    monkeypatch.setattr(deeper, "wrote", counting)
    script = page("a();" * (CAP // 5), content_type="application/javascript")
    async with town({"/": f"{NEWS}{FOOT}<script src='/a.js'></script>", "/a.js": script}) as there:
        await marks(there.home, there.around)
    assert max(lengths) == LONGEST + 1
