"""Every way a ruleset can be wrong is refused where it is wrong, with what to do: a file each in rulesets_refused/."""

import re
from pathlib import Path

import pytest

from services.scorer.evaluators import PARAMS
from services.scorer.ruleset import RulesetError, load, load_directories

FOLDER = Path(__file__).with_name("rulesets_refused")
BASE = (FOLDER / "base.yaml").read_text(encoding="utf-8")
REFUSED = sorted(path for path in FOLDER.glob("*.yaml") if path.name != "base.yaml")
KNOWN = {name: PARAMS[name] for name in ("availability", "filing", "freshness", "home_freshness", "marks")}
FIRST_LINE = re.compile(r"# refused at (?P<place>\d+:\d+): (?P<what>.+)")


@pytest.mark.parametrize("path", REFUSED, ids=lambda path: path.stem)
def test_a_wrong_ruleset_is_refused_where_it_is_wrong(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    expected = FIRST_LINE.match(text)
    assert expected, "the first line of a fixture says what is refused and where"
    with pytest.raises(RulesetError) as refused:
        load({"base.yaml": BASE, path.name: text}, KNOWN)
    assert str(refused.value) == f"{path.name}:{expected['place']}: {expected['what']}"


def test_what_the_wrong_ones_were_made_from_is_right() -> None:
    assert load({"base.yaml": BASE}, PARAMS).by_id["base"].table.complete


def test_a_circle_of_two_is_refused() -> None:
    one = "ruleset: one\nextends: two\n"
    two = "ruleset: two\nextends: one\n"
    with pytest.raises(RulesetError, match="this extends itself: one -> two -> one"):
        load({"one.yaml": one, "two.yaml": two}, PARAMS)


def test_two_rulesets_for_one_region_from_one_day_are_refused() -> None:
    other = BASE.replace("ruleset: base", "ruleset: other")
    with pytest.raises(RulesetError, match=r"other.yaml:3:9: base and other are for the same region from the same day"):
        load({"base.yaml": BASE, "other.yaml": other}, PARAMS)


def test_a_ruleset_is_not_replaced_by_one_of_the_same_name_elsewhere(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    for directory in (ours, theirs):
        directory.mkdir()
        (directory / "base.yaml").write_text(BASE, encoding="utf-8")
    with pytest.raises(RulesetError, match="has a ruleset that exists already; give yours its own name"):
        load_directories([ours, theirs], PARAMS)


def test_a_directory_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RulesetError, match="there is no such directory"):
        load_directories([tmp_path / "nowhere"], PARAMS)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (BASE.encode("gb18030"), "this is not UTF-8; save the file as UTF-8"),
        (BASE.replace("某指标", "某\x07指标").encode(), "this is not YAML"),
    ],
)
def test_a_file_that_is_not_text_is_refused(tmp_path: Path, content: bytes, what: str) -> None:
    (tmp_path / "base.yaml").write_bytes(content)
    with pytest.raises(RulesetError, match=what):
        load_directories([tmp_path], PARAMS)
