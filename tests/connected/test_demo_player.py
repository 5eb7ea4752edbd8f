"""A visitor sends a form as a browser would; a play that cannot go on names its step."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from demo.city import load
from demo.play import STEPS, StepNotDone, run
from demo.player import Player
from demo.server import City
from demo.visitor import NotServed, Origins, Page

SCRIPT = load()
PAGE = Page(
    "http://127.0.0.1:8000/registry/file?kind=open",
    """
<h1>开设备案</h1>
<form action="/search"><input name="q"></form>
<form method="post" action="/registry/file">
<input type="hidden" name="page_token" value="abc"><input name="name" value="旧名"><input name="empty">
<input type="checkbox" name="agreed"><input type="checkbox" name="told" checked value="1">
<input type="radio" name="size" value="s"><input type="radio" name="size" value="l" checked>
<select name="site_class"><option value="portal">门户<option value="department" selected>部门</select>
<select name="first"><option value="a">甲<option value="b">乙</select>
<textarea name="purpose">说明</textarea>
<input name="no_value_no_send" type="submit"><button name="do" value="x">提交</button>
</form>""",
)


def test_an_untouched_form_has_what_a_browser_would_send() -> None:
    form = PAGE.form("/registry/file")
    assert form.address == "http://127.0.0.1:8000/registry/file"
    assert form.values == {
        "page_token": "abc",
        "name": "旧名",
        "empty": "",
        "told": "1",
        "size": "l",
        "site_class": "department",
        "first": "a",
        "purpose": "说明",
    }


def test_a_form_that_is_not_there_is_told_with_what_the_page_says() -> None:
    with pytest.raises(NotServed, match=r"no form for /nowhere: 开设备案"):
        PAGE.form("/nowhere")


def test_an_address_belongs_to_the_service_its_path_begins_with() -> None:
    one = Origins("http://127.0.0.1:8000/")
    assert one.address("/notifier/notices/1") == "http://127.0.0.1:8000/notifier/notices/1"
    four = Origins({"registry": "http://127.0.0.1:8001", "notifier": "http://127.0.0.1:8004"})
    assert four.address("/notifier/") == "http://127.0.0.1:8004/notifier/"
    assert four.address("/sign-in") == "http://127.0.0.1:8001/sign-in"


@pytest.fixture
async def city(tmp_path: Path) -> AsyncIterator[City]:
    async with City(tmp_path, SCRIPT) as city:
        yield city


async def test_a_step_that_is_not_done_in_its_time_is_named_with_what_it_waits_for(city: City) -> None:
    async def token_for(login: str) -> str:
        return f"token of {login}"

    said: list[str] = []
    nobody = Origins("http://127.0.0.1:9")
    async with Player(city.script, city.addresses.control, nobody, "x", token_for) as player:
        with pytest.raises(StepNotDone) as failed:
            await run(player, said.append, limit_seconds=1)
    assert said == []
    told = str(failed.value)
    assert told.startswith(str(STEPS[0]))
    assert "still waiting for: www.jinshui.gov.cn.demo is filed" in told
    assert "127.0.0.1:9" in told


def test_the_steps_are_numbered_in_order_and_tell_in_two_languages() -> None:
    numbers = [step.number for step in STEPS]
    assert numbers == sorted(numbers)
    assert {number[0] for number in numbers} == set("abcde")
    assert all(step.chinese and step.english for step in STEPS)
