"""The tables of the handbook that are made from the code: ``MADE`` by the name a document marks them with."""

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from prometheus_client import Counter
from prometheus_client.metrics import MetricWrapperBase

from demo.faults import ACCOUNT_FAULTS, WEBSITE_FAULTS
from demo.play import STEPS
from services.catalog import SERVICES
from services.notifier import channels
from services.notifier.store import Store as NotifierStore
from services.prober import probes, sources
from services.prober.store import Store as ProberStore
from services.registry.exemption import TRANSITIONS
from services.registry.store import Store as RegistryStore
from services.scorer import evaluators
from services.scorer.ruleset import PACKAGED, load_directories
from services.scorer.store import Store as ScorerStore
from shared.bus.streams import STREAMS
from shared.directory import Directory
from shared.identity import ALLOWED, Action, Role
from shared.identity.limiter import Limiter
from shared.identity.store import Store as IdentityStore
from shared.privacy.policy import policy
from shared.settings import env_example
from shared.telemetry import metrics
from tests.contracts import filing_tables

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"(<!-- made: (\w+) -->\n).*?(<!-- /made -->)", re.DOTALL)
PLACES: tuple[tuple[str, str, str, ModuleType], ...] = (
    ("a probe", "probes of websites", "PROBES", probes),
    ("a source", "ways to read an account", "SOURCES", sources),
    ("an evaluator", "ways to judge", "EVALUATORS", evaluators),
    ("a channel", "ways to tell people", "CHANNELS", channels),
)
ROLES = {
    Role.ADMINISTRATOR: "系统管理员",
    Role.APPROVER: "审批人员",
    Role.INSPECTOR: "检查人员",
    Role.REVIEWER: "复核人员",
    Role.UNIT_ADMINISTRATOR: "单位管理员",
    Role.CO_SUPERVISOR: "协管人员",
    Role.AUDITOR: "审计人员",
    Role.SUBSCRIBER: "订阅方",
}
ACTIONS = {
    Action.SEE: "查看",
    Action.FILE: "备案",
    Action.APPROVE: "审批",
    Action.REPLY: "签收、反馈",
    Action.REVIEW: "复核",
    Action.INSPECT: "检查",
    Action.IMPORT: "导入",
    Action.ADMINISTER: "管理",
    Action.AUDIT: "审计",
    Action.SUBSCRIBE: "订阅",
}


def renewed(text: str) -> str:
    """``text`` with every marked table as the code has it now. Raises KeyError for a table nobody makes."""
    return BLOCK.sub(lambda block: f"{block[1]}{MADE[block[2]]()}{block[3]}", text)


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    names = list(head)
    lines = [names, ["---"] * len(names), *map(list, rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _code(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _streams() -> str:
    rows = [
        [
            f"`{plan.name}`",
            _code(plan.subjects),
            f"{plan.kept.days} days" if plan.kept else "until done, one message a subject",
        ]
        for plan in STREAMS.values()
    ]
    return _table(("stream", "subjects", "kept"), rows)


def _hears() -> str:
    rows = []
    for service in SERVICES.values():
        for line in service.hears:
            how = f"{line.workers} at a time" if line.workers else "a fetch together, then the next"
            if line.batch:
                how = f"in batches of up to {line.batch}"
            facts = _code(fact.type for fact in line.facts)
            rows.append([service.name, f"`{service.name}_{line.durable}`", f"`{line.stream}`", facts, how])
    return _table(("service", "durable consumer", "stream", "facts", "handled"), rows)


def _says() -> str:
    rows = [[name, _code(fact.type for fact in service.says)] for name, service in SERVICES.items()]
    return _table(("service", "facts"), rows)


def _extension() -> str:
    rows = []
    for what, _, name, module in PLACES:
        file = Path(inspect.getfile(module)).relative_to(ROOT)
        lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
        number = next(n for n, line in enumerate(lines, start=1) if line.startswith(f"{name}:"))
        rows.append([what, f"[`{name}` in `{file}`](../{file}#L{number})", _code(getattr(module, name))])
    rows.append(["a ruleset", f"a file in `{PACKAGED.relative_to(ROOT)}/`", _code(_rulesets_by_id())])
    return _table(("to add", "a file, and a line in", "there now"), rows)


def _there() -> str:
    rows = [[plural, _code(getattr(module, name))] for _, plural, name, module in PLACES]
    return _table(("", "there now"), rows)


def _rulesets() -> str:
    rows = []
    for ruleset in _rulesets_by_id().values():
        criteria = [criterion for indicator in ruleset.indicators for criterion in indicator.criteria]
        judged = sum(criterion.evaluator is not None for criterion in criteria)
        where = f"`{ruleset.region}`" if ruleset.region else "the country"
        status = "compared with the original" if ruleset.document.status == "verified" else "not yet compared"
        rows.append([f"`{ruleset.id}`", where, ruleset.document.cite, str(len(criteria)), str(judged), status])
    head = ("ruleset", "for", "document", "criteria", "of these judged by a machine", "text")
    return _table(head, rows)


def _rulesets_by_id() -> Mapping[str, Any]:
    return load_directories([PACKAGED], evaluators.PARAMS).by_id


def _steps() -> str:
    return "```text\n" + "".join(f"✓ {step}\n" for step in STEPS) + "```\n"


def _faults() -> str:
    rows = [
        [of, ", ".join(f"`{name}:{example}`" if example else f"`{name}`" for example in fault.examples), fault.title]
        for of, faults in (("a website", WEBSITE_FAULTS), ("an account", ACCOUNT_FAULTS))
        for name, fault in faults.items()
    ]
    return _table(("of", "fault", "on the desk"), rows)


def _roles() -> str:
    rows = [
        [name, f"`{role}`", *("●" if action in ALLOWED[role] else "" for action in ACTIONS)]
        for role, name in ROLES.items()
    ]
    return _table(("角色", "in code", *ACTIONS.values()), rows)


def _exemptions() -> str:
    rows = [[f"`{before}`", f"`{act}`", f"`{after}`"] for (before, act), after in TRANSITIONS.items()]
    return _table(("before", "act", "after"), rows)


def _settings() -> str:
    lines = re.findall(r"^# (.+)\n#(GOVWATCH_\w+)=(.*)$", env_example(), re.MULTILINE)
    rows = [[f"`{name}`", f"`{value}`" if value else "", what.replace("<", "&lt;")] for what, name, value in lines]
    return _table(("setting", "default", "what"), rows)


def _metrics() -> str:
    found = [metric for metric in vars(metrics).values() if isinstance(metric, MetricWrapperBase)]
    rows = [
        [
            f"`{metric._name}{'_total' if isinstance(metric, Counter) else ''}`",
            str(metric._type),
            _code(metric._labelnames),
            metric._documentation,
        ]
        for metric in found
    ]
    return _table(("metric", "kind", "labels", "what"), rows)


class _Asked:
    """Stands where a database does and notes which collections a store asks for."""

    def __init__(self) -> None:
        self.models: dict[str, type[Any]] = {}

    def documents(self, name: str, model: type[Any], _indexes: object = ()) -> None:
        """Note one."""
        self.models[name] = model


def _collections() -> str:
    makers: Mapping[str, tuple[Callable[[Any], object], ...]] = {
        "registry": (RegistryStore,),
        "prober": (ProberStore, Directory),
        "scorer": (ScorerStore, Directory),
        "notifier": (NotifierStore,),
        "identity": (IdentityStore, Limiter),
    }
    rows = []
    for database, stores in makers.items():
        asked = _Asked()
        for make in stores:
            make(asked)
        for name, model in asked.models.items():
            said = (inspect.getdoc(model) or "").split("\n\n")[0].replace("\n", " ").replace("|", "\\|")
            rows.append([database, f"`{name}`", said])
    return _table(("database", "collection", "one document is"), rows)


def _privacy() -> str:
    rows = []
    for rule in policy():
        fields = _code(rule.fields)
        limit = f"{rule.days} days after {rule.since}" if rule.days is not None else "as long as the record"
        where = [rule.database, f"`{rule.collection}`"]
        rows.append([*where, rule.whose, fields, limit, rule.then, rule.by, rule.ground])
    return _table(("database", "collection", "of whom", "fields", "kept", "then", "by", "ground"), rows)


MADE: Mapping[str, Callable[[], str]] = {
    "collections": _collections,
    "exemptions": _exemptions,
    "extension": _extension,
    "faults": _faults,
    "filing_rules": lambda: _table(*filing_tables.rules()),
    "filings": lambda: _table(*filing_tables.filings()),
    "hears": _hears,
    "life": lambda: _table(*filing_tables.life()),
    "metrics": _metrics,
    "privacy": _privacy,
    "roles": _roles,
    "rulesets": _rulesets,
    "says": _says,
    "settings": _settings,
    "steps": _steps,
    "streams": _streams,
    "there": _there,
}
