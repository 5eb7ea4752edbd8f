"""EVALUATORS: every way to judge, by the name a ruleset uses, pure. To add one: a file here and a line below."""

from collections.abc import Mapping
from typing import Any

from services.scorer.evaluators.availability import AVAILABILITY
from services.scorer.evaluators.columns import BLANK_COLUMNS, CLASS_FRESHNESS, STALE_COLUMNS
from services.scorer.evaluators.evaluator import Evaluator
from services.scorer.evaluators.filing import FILING
from services.scorer.evaluators.freshness import FRESHNESS
from services.scorer.evaluators.home_freshness import HOME_FRESHNESS
from services.scorer.evaluators.links import LINKS
from services.scorer.evaluators.marks import MARKS
from services.scorer.evaluators.page_tags import PAGE_TAGS
from services.scorer.ruleset import Params

EVALUATORS: Mapping[str, Evaluator[Any]] = {
    "availability": AVAILABILITY,
    "blank_columns": BLANK_COLUMNS,
    "class_freshness": CLASS_FRESHNESS,
    "filing": FILING,
    "freshness": FRESHNESS,
    "home_freshness": HOME_FRESHNESS,
    "links": LINKS,
    "marks": MARKS,
    "page_tags": PAGE_TAGS,
    "stale_columns": STALE_COLUMNS,
}

PARAMS: Mapping[str, type[Params]] = {name: evaluator.params for name, evaluator in EVALUATORS.items()}

__all__ = ["EVALUATORS", "PARAMS", "Evaluator"]
