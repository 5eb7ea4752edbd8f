"""Official documents as data: read, resolved, validated, chosen. Pure but for reading the files."""

from services.scorer.ruleset.criterion import Citation, Criterion, Decides, Indicator, Method, Sample, Status
from services.scorer.ruleset.document import Place, RulesetError
from services.scorer.ruleset.exact import Days, Exact, Key, Params, Period, Ratio, Strict, Text, Window, plain, strictly
from services.scorer.ruleset.load import PACKAGED, Rulesets, load, load_directories, read_directories, read_file
from services.scorer.ruleset.model import Ruleset, Scope

__all__ = [
    "PACKAGED",
    "Citation",
    "Criterion",
    "Days",
    "Decides",
    "Exact",
    "Indicator",
    "Key",
    "Method",
    "Params",
    "Period",
    "Place",
    "Ratio",
    "Ruleset",
    "RulesetError",
    "Rulesets",
    "Sample",
    "Scope",
    "Status",
    "Strict",
    "Text",
    "Window",
    "load",
    "load_directories",
    "plain",
    "read_directories",
    "read_file",
    "strictly",
]
