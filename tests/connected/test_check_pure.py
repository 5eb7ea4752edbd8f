"""The parts of ``govwatch check`` that touch nothing, and its command line."""

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.__main__ import main
from services.commands.checking.addresses import NotAnAddress, address, listed
from services.commands.checking.checked import Exit, worst
from services.commands.checking.layout import clean, padded, shortened, width, wrapped
from services.commands.checking.progress import Progress

ADDRESSES = {
    "www.zhengzhou.gov.cn": ("https://www.zhengzhou.gov.cn", "http://www.zhengzhou.gov.cn"),
    " http://www.zhengzhou.gov.cn/a?b#c ": ("http://www.zhengzhou.gov.cn/a?b#c",),
    "郑州.政务": ("https://郑州.政务", "http://郑州.政务"),
    "localhost:8000": ("https://localhost:8000", "http://localhost:8000"),
    "http://[::1]:8000/": ("http://[::1]:8000/",),
}
NONE = [
    "",
    "   ",
    "不是网址",
    "word",
    "two words.cn",
    "ftp://www.gov.cn/",
    "http://",
    "http://a@b.cn/",
    "x.cn\x00",
    "1.2.3",
]


@pytest.mark.parametrize(("typed", "urls"), ADDRESSES.items())
def test_an_address_is_read_as_it_was_meant(typed: str, urls: tuple[str, ...]) -> None:
    assert address(typed).urls == urls


@pytest.mark.parametrize("typed", NONE)
def test_what_is_no_address_is_told_before_anything_is_looked_at(typed: str) -> None:
    with pytest.raises(NotAnAddress):
        address(typed)


def test_a_list_has_one_address_a_line_and_remarks() -> None:
    assert list(listed("\ufeffa.cn\r\n\n  # 名单\n b.cn/#x \n")) == ["a.cn", "b.cn/#x"]


@pytest.mark.parametrize(("exits", "code"), [([], 0), ([0, 0], 0), ([0, 2], 2), ([2, 1, 0], 1), ([1], 1)])
def test_violated_outweighs_not_observed_and_that_outweighs_clear(exits: list[int], code: int) -> None:
    assert worst(map(Exit, exits)) == code


@pytest.mark.parametrize(
    ("text", "columns"), [("abc", 3), ("网站", 4), ("“网站”", 6), ("e\u0301", 1), ("", 0), ("ｱ", 1), ("Ａ", 2)]
)
def test_wide_characters_take_two_columns(text: str, columns: int) -> None:
    assert width(text) == columns
    assert width(padded(text, 12)) == 12


TEXTS = st.text(st.sampled_from("网站标识，。（）“”ab c-/1．"), max_size=80)


@given(TEXTS, st.integers(min_value=4, max_value=40))
def test_no_line_is_too_wide_and_nothing_is_lost(text: str, columns: int) -> None:
    lines = wrapped(text, columns)
    assert all(width(line) <= columns for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert width(shortened(text, columns)) <= columns


def test_a_line_does_not_begin_with_punctuation_nor_part_a_word() -> None:
    assert wrapped("页面底部缺少标识，共一项", 16) == ["页面底部缺少标", "识，共一项"]
    assert wrapped("see www.gov.cn now", 12) == ["see", "www.gov.cn", "now"]


def test_nothing_a_terminal_would_obey_is_left() -> None:
    assert clean("a\x1b[31m\n\u202eb\x07") == "a\ufffd[31m \ufffdb\ufffd"


def test_progress_is_for_terminals(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress(sys.stderr)
    progress.say("正在查看")
    progress.clear()
    assert capsys.readouterr().err == ""


WRONG = [
    ["--nope"],
    [],
    ["不是网址"],
    ["--pages", "-1", "a.cn"],
    ["--pages", "many", "a.cn"],
    ["--region", "41", "a.cn"],
    ["--as-of", "yesterday", "a.cn"],
    ["--as-of", "2999-01-01", "a.cn"],
    ["--as-of", "2001-01-01", "a.cn"],
    ["--class", "ministry", "a.cn"],
    ["--ruleset", "no-such", "a.cn"],
    ["--ruleset", "no-such.yaml", "a.cn"],
    ["--file", "no-such.txt"],
    ["--html", "no-such-directory/x.html", "a.cn"],
]


@pytest.mark.parametrize("arguments", WRONG, ids=" ".join)
def test_wrong_usage_is_said_in_one_go_and_looks_at_nothing(
    arguments: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["check", *arguments]) == 64
    said = capsys.readouterr()
    assert said.out == ""
    assert re.search(r"govwatch( check)?: \S", said.err)


def test_ctrl_c_leaves_cleanly() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        command = [sys.executable, "-m", "services", "check", "--allow-private", address]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            visitor, _ = silent.accept()
            os.kill(process.pid, signal.SIGINT)
            assert process.communicate(timeout=20) == ("", "")
            visitor.close()
    assert process.returncode == 130
