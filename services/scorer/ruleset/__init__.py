"""Official documents as data: read, resolved, validated, chosen. Pure but for reading the files."""

from services.scorer.ruleset.document import Place, RulesetError
from services.scorer.ruleset.load import PACKAGED, Rulesets, load, load_directories
from services.scorer.ruleset.model import (
    Citation,
    Criterion,
    Days,
    Exact,
    Indicator,
    Key,
    Method,
    Params,
    Ratio,
    Ruleset,
    Scope,
    Status,
    Strict,
    Text,
    plain,
    strictly,
)

__all__ = [
    "PACKAGED",
    "Citation",
    "Criterion",
    "Days",
    "Exact",
    "Indicator",
    "Key",
    "Method",
    "Params",
    "Place",
    "Ratio",
    "Ruleset",
    "RulesetError",
    "Rulesets",
    "Scope",
    "Status",
    "Strict",
    "Text",
    "load",
    "load_directories",
    "plain",
    "strictly",
]
