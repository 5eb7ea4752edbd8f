"""备案规则 as data: who approves, in what time, with which duties; one YAML for each official document."""

from services.registry.rules.choose import Demand, Rules, lacking
from services.registry.rules.load import BadRules, load, packaged
from services.registry.rules.model import (
    Attachment,
    Breach,
    Count,
    Duty,
    Grace,
    KindRule,
    Level,
    Limit,
    Pinned,
    Ruleset,
    Term,
    Unit,
)

__all__ = [
    "Attachment",
    "BadRules",
    "Breach",
    "Count",
    "Demand",
    "Duty",
    "Grace",
    "KindRule",
    "Level",
    "Limit",
    "Pinned",
    "Rules",
    "Ruleset",
    "Term",
    "Unit",
    "lacking",
    "load",
    "packaged",
]
