"""``docs/indicators.md`` says what the rulesets say.

A ruleset changed on purpose: ``GOLDEN=write pytest tests/contracts/test_indicators.py`` writes the page again.
"""

import os
from pathlib import Path

from services.scorer.evaluators import PARAMS
from services.scorer.ruleset import PACKAGED, load_directories
from services.scorer.ruleset.guide import guide

PAGE = Path(__file__).resolve().parents[2] / "docs" / "indicators.md"
RULESETS = load_directories([PACKAGED], PARAMS)


def test_the_page_is_what_the_rulesets_say() -> None:
    text = guide(RULESETS, PARAMS)
    if os.environ.get("GOLDEN") == "write":
        PAGE.write_text(text, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == text


def test_every_criterion_of_every_ruleset_is_on_the_page() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for ruleset in RULESETS.by_id.values():
        assert ruleset.digest in text
        for change in ruleset.differences:
            assert change.reason in text
        for duty in ruleset.duties:
            assert duty.text in text
        for indicator in ruleset.indicators:
            assert f"**{indicator.title}**" in text
            for criterion in indicator.criteria:
                assert f"| `{criterion.id}` | {criterion.text}" in text


def test_no_cell_breaks_its_table() -> None:
    width = None
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = line.replace("\\|", "").count("|") if line.startswith("|") else None
        if width is not None and cells is not None:
            assert cells == width, line
        width = cells
