"""What an office already has is imported as it is, and a website nobody here wrote goes through the same loop."""

import csv
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from demo.mailbox import Mail
from services.registry.intake import ACCOUNTS, SITES
from tests.journeys.overlay import MARKS
from tests.journeys.town import Town
from tests.world import Ended
from tools.bootstrap import FOREIGN_WEBSITE

pytestmark = [pytest.mark.asyncio(loop_scope="package"), pytest.mark.timeout(180)]


def _list(path: Path, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([columns, *rows])
    return str(path)


async def test_good_rows_are_registered_once_and_every_bad_one_is_named_by_line_and_field(
    town: Town, tmp_path: Path
) -> None:
    unit, region = "演练区档案馆", town.world.script.units[0].region
    site, account = ["8600000001", "档案网"], ["weibo", "dangan", "档案在线", unit]
    sites = _list(
        tmp_path / "sites.csv",
        SITES,
        [
            [*site, "http://archive.gov.cn.demo/", unit, region, "department"],
            ["86", "短码网", "http://archive.gov.cn.demo/", unit, region, "department"],
            ["8600000002", "", "http://archive.gov.cn.demo/", unit, region, "portal"],
            ["8600000003", "无址网", "not an address", unit, region, "portal"],
            ["8600000004", "类别网", "http://archive.gov.cn.demo/", unit, region, "shop"],
            ["8600000005", "无主网", "http://archive.gov.cn.demo/", "", region, "portal"],
            ["8600000001", "重复网", "http://archive.gov.cn.demo/", unit, region, "portal"],
        ],
    )
    accounts = _list(
        tmp_path / "accounts.csv",
        ACCOUNTS,
        [[*account, region, ""], ["weibo", "a b", "空格", unit, region, ""], ["weibo", "c", "远方", unit, "far", ""]],
    )

    ended = await town.world.govwatch("import", sites, accounts)

    assert ended.code == 1
    assert ended.out == "新登记 2 个，变更 0 个，已在册 0 个，有误 8 行。\n"
    named = [line.partition("] ")[0].rpartition("：")[::2] for line in ended.err.splitlines()]
    assert [(Path(file).name, where) for file, where in named] == [
        *(("sites.csv", f"第 {line} 行 [{field}") for line, field in _faults("code name address class unit code")),
        *(("accounts.csv", f"第 {line} 行 [{field}") for line, field in _faults("id region")),
    ]

    again = await town.world.govwatch("import", sites, accounts)
    assert (again.code, again.out) == (1, "新登记 0 个，变更 0 个，已在册 2 个，有误 8 行。\n")
    for outlet, name in (("w-8600000001", "档案网"), ("a-weibo-dangan", "档案在线")):
        assert (await _in_force(town, outlet))["filed"]["name"] == name


def _faults(fields: str) -> Iterator[tuple[int, str]]:
    """The rows at fault: from the third line on, each by its field."""
    return enumerate(fields.split(), start=3)


async def test_a_website_nobody_here_wrote_goes_through_the_loop(town: Town, tmp_path: Path) -> None:
    assert FOREIGN_WEBSITE.is_file(), (
        f"{FOREIGN_WEBSITE} is missing: install the Debian package debmake-doc (`make test` does it as root), "
        "its manual is the website nobody here wrote"
    )
    unit = town.world.script.units[0]
    office = town.player.script.approver_for(town.websites[0])
    with _served(FOREIGN_WEBSITE.parent) as website:
        address = f"http://127.0.0.1:{website.port}/{FOREIGN_WEBSITE.name}"
        row = ["8600000042", "维护者指南网", address, "指南编写组", unit.region, "portal"]
        ended = await town.world.govwatch("import", _list(tmp_path / "sites.csv", SITES, [row]))
        assert ended == Ended(0, "新登记 1 个，变更 0 个，已在册 0 个，有误 0 行。\n", "")

        target = (await _in_force(town, "w-8600000042"))["id"]
        seen = await town.until("it is visited", lambda: _marks(town, target))
        assert seen["site_code"]["state"] == "absent"
        number = await town.until("a notice is open", lambda: _number(town, target, "open"))
        mails = await town.until(f"{office.login} is told", lambda: _mails(town, office.email, number))
        assert len(mails) == 1
        assert "维护者指南网" in mails[0].text

        website.footer = "<p>网站标识码：8600000042</p>".encode()
        await town.until("the notice is closed", lambda: _number(town, target, "closed"))


async def _in_force(town: Town, outlet: str) -> Mapping[str, Any]:
    program = await town.player.program("root")
    return await town.until(f"{outlet} is in force", lambda: program.get(f"/registry/api/outlets/{outlet}"))


async def _marks(town: Town, outlet: str) -> Mapping[str, Any] | None:
    """What the last visit saw of the marks."""
    program = await town.player.program("root")
    visits = (await program.get(f"/prober/api/outlets/{outlet}") or {}).get("visits", [])
    return visits[0]["results"]["marks"]["measured"]["marks"] if visits else None


async def _number(town: Town, outlet: str, state: str) -> str | None:
    """The number of the one notice about the marks of an outlet that is in a state."""
    found = await (await town.player.program("root")).get("/notifier/api/notices", state=state, limit="200")
    about = [one for one in found["notices"] if (one["target"], one["criterion"]["id"]) == (outlet, MARKS)]
    assert len(about) < 2, about
    return about[0]["number"] if about else None


async def _mails(town: Town, to: str, number: str) -> list[Mail] | None:
    return await town.player.mails(to, number) or None


class _Website(ThreadingHTTPServer):
    """A plain web server; ``footer`` is what its owner has put at the end of every page since."""

    footer = b""
    daemon_threads = True

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class _Pages(SimpleHTTPRequestHandler):
    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            self.send_error(404)
            return
        assert isinstance(self.server, _Website)
        body = path.read_bytes().replace(b"</body>", self.server.footer + b"</body>")
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def _served(directory: Path) -> Iterator[_Website]:
    """``directory`` as a website on loopback."""
    with _Website(("127.0.0.1", 0), partial(_Pages, directory=str(directory))) as website:
        thread = threading.Thread(target=website.serve_forever, name="a website nobody here wrote")
        thread.start()
        try:
            yield website
        finally:
            website.shutdown()
            thread.join()
