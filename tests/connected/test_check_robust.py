"""``govwatch check`` when something goes wrong: one website, the file, the time, the user."""

import asyncio
import codecs
import io
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from services.__main__ import main
from services.commands import check as command
from services.commands.checking.addresses import NotAnAddress, address, decoded
from services.commands.checking.checked import Checked
from services.commands.checking.progress import Progress
from services.commands.checking.round import Table, Ways
from services.commands.checking.round import check as check_one
from services.commands.checking.rules import ruleset_for
from services.commands.checking.watch import Watch
from services.prober.look import Look
from services.prober.means import Means
from shared.events.probe import Outcome, Reason
from shared.events.region import COUNTRY
from shared.events.score import Verdict
from tests.connected.checks import check, website
from tests.connected.test_check import ALONE
from tests.prober.looks import NOW, page_look, trouble_look

NEWS = "样例市人民政府召开全体会议，部署下一阶段政务公开工作。" * 5
FOOT = "样例市人民政府 " * 8
FRONT = f"<title>样例市人民政府</title><p>{NEWS}</p><footer>{FOOT}</footer>".encode()


async def test_a_crash_in_one_website_ends_no_other(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    async def crashing(where: Any, *rest: Any) -> Checked:
        if "bad" in where.typed:
            raise ValueError("a port of letters")
        return await check_one(where, *rest)

    monkeypatch.setattr(command, "check", crashing)
    page = tmp_path / "cards.html"
    with website(FRONT) as good:
        both = ["http://bad.gov.cn/", good]
        ran = await check(ALONE, *both, "--allow-private", "--json", "--html", str(page), "--class", "department")
        assert [one["outlet"]["typed"] for one in ran.cards] == both
        assert ran.cards[0]["error"] == "ValueError: a port of letters"
        assert ran.err == "govwatch check: http://bad.gov.cn/ could not be checked: ValueError: a port of letters\n"
        assert ran.code == 2
        assert "样例市人民政府" in page.read_text("utf-8")
        assert "http://bad.gov.cn/" in page.read_text("utf-8")
        told = await check(ALONE, *both, "--allow-private")
    assert (told.code, told.out.splitlines()[1]) == (1, "样例市人民政府"), "the other one lacks its marks"


LINES = "# 名单\nhttp://www.样例.cn/\n"
SAVED = {
    "utf-8": LINES.encode(),
    "utf-8 of Windows": codecs.BOM_UTF8 + LINES.encode(),
    "utf-16 of Windows": LINES.encode("utf-16"),
    "utf-16 big end first": codecs.BOM_UTF16_BE + LINES.encode("utf-16-be"),
    "gbk": LINES.encode("gbk"),
}


@pytest.mark.parametrize("body", SAVED.values(), ids=SAVED)
def test_a_list_is_read_however_it_was_saved(body: bytes) -> None:
    assert decoded(body) == LINES


@pytest.mark.parametrize("body", [b"\xff\xff\xff", b"a.cn\x00\x00", b"\xff\xfea"])
def test_what_is_no_text_is_told(body: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(NotAnAddress):
        decoded(body)
    (tmp_path / "list").write_bytes(body)
    assert main(["check", "--file", str(tmp_path / "list")]) == 64
    assert "UTF-8, UTF-16 or GB18030" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["", "nowhere.html"])
def test_a_page_that_cannot_be_written_is_refused_before_anything_is_looked_at(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "check", None)
    (tmp_path / "nowhere.html").symlink_to(tmp_path / "missing" / "card.html")
    assert main(["check", "a.cn", "--html", str(tmp_path / name)]) == 64
    assert "\ngovwatch check: " in "\n" + capsys.readouterr().err


async def test_trying_out_the_page_leaves_what_was_there(tmp_path: Path) -> None:
    page = tmp_path / "card.html"
    page.write_text("kept")
    assert (await check(ALONE, "不是网址", "--html", str(page))).code == 64
    assert page.read_text() == "kept"


@pytest.mark.parametrize("region", ["999999", "160000", "99.01.05.0", "000001x"])
def test_a_region_in_no_province_is_refused(region: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--region", region, "a.cn"]) == 64
    assert region in capsys.readouterr().err


BOTH = ("https://www.sample.gov.cn/", "http://www.sample.gov.cn/")


async def chosen(looks: Mapping[str, Look]) -> str:
    """Which of the two addresses is taken when they look so."""

    async def look_at(url: str, *, verify: bool = False) -> Look:
        assert not verify
        return replace(looks[url], url=url)

    async def online() -> bool:
        return True

    return await Watch(Means(look_at, online, 0.0), lambda _: None, lambda: NOW, 60.0).begin(BOTH)


SITE = page_look(FRONT.decode())
NO_SITE = {
    "not found": page_look("404", status=404),
    "forbidden": page_look("403", status=403),
    "error": page_look("oops", status=502),
    "nginx": page_look("<html><head><title>Welcome to nginx!</title></head><body><h1>Welcome to nginx!</h1>"),
    "apache": page_look("<html><body><h1>It works!</h1></body></html>"),
    "debian": page_look("<title>Apache2 Debian Default Page: It works</title>"),
    "iis": page_look("<head><title>IIS Windows Server</title>"),
    "tomcat": page_look("<title>Apache Tomcat/9.0.65</title>"),
    "tls": trouble_look(Outcome.FAILED, Reason.TLS),
}


@pytest.mark.parametrize("https", NO_SITE.values(), ids=NO_SITE)
async def test_http_is_taken_where_https_shows_no_website(https: Look) -> None:
    assert await chosen({BOTH[0]: https, BOTH[1]: SITE}) == BOTH[1]


async def test_https_is_taken_where_http_is_no_better() -> None:
    assert await chosen({BOTH[0]: SITE, BOTH[1]: SITE}) == BOTH[0]
    assert await chosen({BOTH[0]: NO_SITE["error"], BOTH[1]: NO_SITE["nginx"]}) == BOTH[0]
    assert await chosen({BOTH[0]: NO_SITE["tls"], BOTH[1]: NO_SITE["tls"]}) == BOTH[0]
    assert await chosen({BOTH[0]: trouble_look(Outcome.FAILED, Reason.DNS), BOTH[1]: SITE}) == BOTH[0]


async def test_a_website_that_takes_too_long_is_judged_by_what_was_seen_in_time() -> None:
    front = f"<p>{NEWS}</p><a href='/zwgk/'>政务公开</a><a href='/a.pdf'>附件</a>"

    async def look_at(url: str, *, verify: bool = False) -> Look:
        assert not verify
        if url != BOTH[0]:
            await asyncio.Event().wait()
        return page_look(front, url=url)

    async def online() -> bool:
        return True

    table = Table(ruleset_for("", COUNTRY, NOW.date(), None), COUNTRY, "portal")
    ways = Ways(Means(look_at, online, 0.0), lambda: NOW, "here", budget=0.05)
    checked = await check_one(address(BOTH[0]), table, 20, ways, lambda _: None)
    assert (checked.observed, checked.cut_short) == (True, True)
    assert {(page.outcome, page.reason) for page in checked.pages} == {(Outcome.UNDETERMINED, Reason.TIMEOUT)}
    links = next(sample for sample in checked.samples if sample.probe == "links")
    assert (links.measured["unknown"], links.measured["broken"]) == (2, [])
    assert "D-403-a" not in {row.criterion.id for row in checked.rows(Verdict.VIOLATED)}


async def test_a_dead_link_is_looked_at_again_before_anybody_is_accused() -> None:
    async def look_at(url: str, *, verify: bool = False) -> Look:
        assert not verify
        front = f"<p>{NEWS}</p><a href='/a.pdf'>附件</a>"
        return page_look(front, url=url) if url == BOTH[0] else page_look("404", status=404, url=url)

    async def online() -> bool:
        return True

    said: list[str] = []
    table = Table(ruleset_for("", COUNTRY, NOW.date(), None), COUNTRY, "portal")
    checked = await check_one(
        address(BOTH[0]), table, 0, Ways(Means(look_at, online, 0.0), lambda: NOW, "here"), said.append
    )
    assert f"稍后再看一次，以便确认 {BOTH[0]}" in said
    assert sum(sample.probe == "links" for sample in checked.samples) == 2
    (row,) = [row for row in checked.rows(Verdict.VIOLATED) if row.criterion.id == "D-403-a"]
    assert "打不开或者错误1个" in row.conclusion.why


async def test_where_there_is_no_terminal_a_line_says_now_and_then_what_is_going_on() -> None:
    written = asyncio.Event()

    class Stream(io.StringIO):
        def flush(self) -> None:
            if self.getvalue().count("\n") == 2:
                written.set()

    stream = Stream()
    progress = Progress(stream)
    saying = asyncio.create_task(progress.now_and_then(every=0.0))
    progress.say("正在查看\x1b")
    await written.wait()
    saying.cancel()
    assert set(stream.getvalue().splitlines()) == {"正在查看\ufffd"}


INTERRUPTED = """
import os, signal, sys
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == sys.argv[-1]:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Finder())
from services.__main__ import main
"""


@pytest.mark.parametrize("module", ["argparse", "services.commands"])
def test_ctrl_c_while_the_program_is_loaded_ends_it_without_a_word(module: str) -> None:
    ran = subprocess.run([sys.executable, "-c", INTERRUPTED, module], capture_output=True, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (130, b"", b"")
