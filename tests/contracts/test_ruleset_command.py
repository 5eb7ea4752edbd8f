"""``govwatch ruleset``: an office checks its own table before the scorer ever reads it."""

import argparse
import hashlib
import shutil
from pathlib import Path

import pytest

from services.commands import ruleset
from services.scorer.ruleset import PACKAGED
from shared.settings import Settings

REFUSED = Path(__file__).with_name("rulesets_refused")


async def run(*arguments: str | Path, directory: Path | None = None) -> int:
    """The command with these arguments, in an installation with its own directory of rulesets."""
    parser = argparse.ArgumentParser()
    ruleset.add(parser.add_subparsers())
    parsed = parser.parse_args(["ruleset", *map(str, arguments)])
    result = await parsed.run(parsed, Settings(ruleset_dir=directory))
    assert isinstance(result, int)
    return result


async def test_a_good_table_is_accepted_with_what_it_comes_to(capsys: pytest.CaptureFixture[str]) -> None:
    assert await run("check", PACKAGED / "cn-500230-fengdu-2019.yaml") == 0
    told = capsys.readouterr()
    assert told.err == ""
    for words in (
        "cn-500230-fengdu-2019, version 3: accepted",
        "inherits     cn-500230-fengdu-2019 -> cn-national-2019-19\n",
        "table        whole",
        "veto         indicators 9, criteria 25: automatic 3, assisted 2, manual 20\n",
        "deduction    indicators 28 (in rows: 29), criteria 57: automatic 8, assisted 2, manual 47; ",
        "points 100 = 31 + 25 + 23 + 21\n",
        "bonus        indicators 10, criteria 19: manual 19; points 30 = 7 + 6 + 8 + 6 + 3\n",
        "beside       duties 19, annual rules 3",
    ):
        assert words in told.out


async def test_who_inherits_from_whom_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert await run("check", PACKAGED / "cn-national-2019-19.yaml") == 0
    heirs = "cn-410100-zhengzhou, cn-500230-fengdu-2019, cn-532300-chuxiong-2019"
    assert f"inherited by {heirs}\n" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["points-as-float", "override-cites-nothing", "not-yaml"])
async def test_a_wrong_table_is_refused_where_it_is_wrong(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = REFUSED / f"{name}.yaml"
    expected = path.read_text(encoding="utf-8").splitlines()[0].removeprefix("# refused at ")
    assert await run("check", path) == 1
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", f"{path}:{expected}\n")


async def test_each_file_is_answered_and_the_worst_answer_is_the_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = PACKAGED / "cn-410100-zhengzhou.yaml"
    assert await run("check", REFUSED / "empty.yaml", good, tmp_path / "nobody.yaml") == 64
    told = capsys.readouterr()
    assert "cn-410100-zhengzhou, version 3: accepted" in told.out
    assert told.err.count("\n") == 2
    assert f"{tmp_path / 'nobody.yaml'}: this cannot be read" in told.err


async def test_a_base_beside_the_file_comes_before_the_one_we_ship(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("cn-national-2019-19.yaml", "cn-410100-zhengzhou.yaml"):
        shutil.copy(PACKAGED / name, tmp_path / name)
    base = tmp_path / "cn-national-2019-19.yaml"
    base.write_text(base.read_text(encoding="utf-8").replace("cap: 3\n", "cap: 3.5\n", 1), encoding="utf-8")
    assert await run("check", tmp_path / "cn-410100-zhengzhou.yaml") == 1
    assert capsys.readouterr().err.startswith(f"{base}:")


async def test_the_tables_of_an_installation_are_listed_below_what_they_extend(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (PACKAGED / "cn-410100-zhengzhou.yaml").read_text(encoding="utf-8")
    text = text.replace("cn-410100-zhengzhou", "cn-410105-jinshui").replace('region: "41.01"', 'region: "41.01.05"')
    (tmp_path / "cn-410105-jinshui.yaml").write_text(text, encoding="utf-8")
    assert await run("list", directory=tmp_path) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [
        "cn-national-2019-19",
        "cn-410100-zhengzhou",
        "cn-410105-jinshui",
        "cn-500230-fengdu-2019",
        "cn-532300-chuxiong-2019",
    ]
    assert [line.startswith("  ") for line in lines] == [False, True, True, True, True]


async def test_one_table_is_shown_for_people_and_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    assert await run("show", "cn-500230-fengdu-2019") == 0
    assert "| `D-304-c` | 没有严格履行“三审三校”程序。 | 2／次 |" in capsys.readouterr().out
    assert await run("show", "cn-500230-fengdu-2019", "--json") == 0
    canonical = capsys.readouterr().out.removesuffix("\n")
    assert await run("check", PACKAGED / "cn-500230-fengdu-2019.yaml") == 0
    assert hashlib.sha256(canonical.encode()).hexdigest() in capsys.readouterr().out
    assert await run("show", "nobody") == 1
    assert "there is no ruleset 'nobody'; there are cn-410100-zhengzhou" in capsys.readouterr().err
