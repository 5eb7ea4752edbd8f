"""Who gets what, as data: every route, every kind of person, every place an object can lie in.

Read by people as ``docs/roles.md``; tried cell by cell in ``test_matrix.py``. A cell is written out, not derived from
the table of roles: it is what was promised, and the code has to keep it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from services.catalog import SERVICES
from shared.identity import Role
from tests.security.unit_lines import UNIT_FORMS, UNIT_LINES


class Place(StrEnum):
    """Where an object lies, seen from somebody whose region is 41.01 and whose unit is ``u-jia``."""

    OWN = "jia"
    SAME_REGION = "yi"
    ELSEWHERE = "bing"


REGIONS = {Place.OWN: "41.01.05.0", Place.SAME_REGION: "41.01.05.0", Place.ELSEWHERE: "41.02.02.0"}
MARKS = {Place.OWN: "甲单位之物", Place.SAME_REGION: "乙单位之物", Place.ELSEWHERE: "丙单位之物"}
"""Words in every name, number, address and sentence about what lies there, and nowhere else."""


class Persona(StrEnum):
    """Everybody who may come along: nobody, one person of each role, and the special cases."""

    NOBODY = "nobody"
    ADMINISTRATOR = "administrator"
    APPROVER = "approver"
    INSPECTOR = "inspector"
    REVIEWER = "reviewer"
    UNIT_ADMINISTRATOR = "unit_administrator"
    CO_SUPERVISOR = "co_supervisor"
    CO_SUPERVISOR_OF_A_UNIT = "co_supervisor_of_a_unit"
    AUDITOR = "auditor"
    SUBSCRIBER = "subscriber"
    ENDED = "ended"
    TO_COME = "to_come"


HELD: Mapping[Persona, tuple[Role, str]] = {
    Persona.ADMINISTRATOR: (Role.ADMINISTRATOR, "41.01"),
    Persona.APPROVER: (Role.APPROVER, "41.01"),
    Persona.INSPECTOR: (Role.INSPECTOR, "41.01"),
    Persona.REVIEWER: (Role.REVIEWER, "41.01"),
    Persona.UNIT_ADMINISTRATOR: (Role.UNIT_ADMINISTRATOR, "u-jia"),
    Persona.CO_SUPERVISOR: (Role.CO_SUPERVISOR, "41.01"),
    Persona.CO_SUPERVISOR_OF_A_UNIT: (Role.CO_SUPERVISOR, "u-bing"),
    Persona.AUDITOR: (Role.AUDITOR, "41.01"),
    Persona.SUBSCRIBER: (Role.SUBSCRIBER, "41.01"),
    Persona.ENDED: (Role.ADMINISTRATOR, ""),
    Persona.TO_COME: (Role.ADMINISTRATOR, ""),
}
"""The one grant of each: a role over a region prefix or a unit. The last two are over the whole country, at no time
that is now."""

YES, HIDDEN, REFUSED, SIGN_IN = "●", "404", "403", "401"


@dataclass(frozen=True, slots=True)
class Rule:
    """What one kind of route gives: a row for each persona, a cell for each place, in their order."""

    title: str
    rows: Mapping[Persona, tuple[str, str, str]]


def _rule(title: str, **rows: str) -> Rule:
    """A rule written in short; ``others`` stands for everybody who is signed in and has no row."""
    written = {Persona(name): row.split() for name, row in rows.items() if name != "others"}
    default = {Persona.NOBODY: [SIGN_IN] * 3}
    whole = {persona: written.get(persona) or default.get(persona) or rows["others"].split() for persona in Persona}
    return Rule(title, {persona: (row[0], row[1], row[2]) for persona, row in whole.items()})


LOOKERS = {
    "administrator": "● ● 404",
    "approver": "● ● 404",
    "inspector": "● ● 404",
    "reviewer": "● ● 404",
    "unit_administrator": "● 404 404",
    "co_supervisor": "● ● 404",
    "co_supervisor_of_a_unit": "404 404 ●",
    "auditor": "● ● 404",
}
ONLOOKERS = {
    "administrator": "403 403 404",
    "approver": "403 403 404",
    "inspector": "403 403 404",
    "reviewer": "403 403 404",
    "unit_administrator": "403 404 404",
    "co_supervisor": "403 403 404",
    "co_supervisor_of_a_unit": "404 404 403",
    "auditor": "403 403 404",
}
"""Those who may see a thing and do nothing to it: they are told so. From others its existence is hidden."""

SEE = _rule("查看", others="404 404 404", **LOOKERS)
APPROVE = _rule("审批：批准、退回", others="404 404 404", **{**ONLOOKERS, "approver": "● ● 404"})
ANSWER = _rule("签收、反馈、补正", others="404 404 404", **{**ONLOOKERS, "unit_administrator": "● 404 404"})
REVIEW = _rule("复核", others="404 404 404", **{**ONLOOKERS, "reviewer": "● ● 404"})
FILE_FOR = _rule("替单位提交备案", others="403 403 403", unit_administrator="● 403 403")
FILE_ONE = _rule("打开填好的备案表", others="404 404 404", unit_administrator="● 404 404")
FILE_ANY = _rule("打开空白备案表", others="403 403 403", unit_administrator="● ● ●")
RECEIVE = _rule("取事件全文", others="404 404 404", subscriber="● ● 404")
SIGNED_IN = _rule("登录即可：公开的检查指标", others="● ● ●")
STAFF = _rule("管理人员：查看、授权、停用", others="403 403 403", administrator="● ● 404")
ADD_STAFF = _rule("添加人员", others="403 403 403", administrator="● ● 403")
ADD_FORM = _rule("打开添加人员的表", others="403 403 403", administrator="● ● ●")
_WATCHING = ("administrator", "approver", "inspector", "reviewer", "co_supervisor", "auditor")
NETWORKS = _rule("查看政务外网网段", others="404 404 404", **dict.fromkeys(_WATCHING, "● ● 404"))
OPEN_NETWORK = _rule("开放政务外网网段", others="403 403 403", administrator="● ● 403")
CLOSE_NETWORK = _rule(
    "关闭政务外网网段",
    others="404 404 404",
    **{**dict.fromkeys(_WATCHING, "403 403 404"), "administrator": "● ● 404"},
)
KEEP_REGION = _rule("登记、更名、停用本地区划代码", others="403 403 403", administrator="● ● 403")
UNIT_ADD = _rule("登记单位", others="403 403 403", administrator="● ● 403")
UNIT_MEND = _rule("变更、划转单位，确认别名", others="404 404 404", **{**ONLOOKERS, "administrator": "● ● 404"})
_KEEPERS = {"administrator": "● ● 404", "unit_administrator": "● 404 404"}
UNIT_KEEP = _rule("提出别名，登记联络人", others="404 404 404", **{**ONLOOKERS, **_KEEPERS})
CONTACTS = _rule(
    "查看联络人",
    others="404 404 404",
    **{**ONLOOKERS, **_KEEPERS, **dict.fromkeys(("approver", "inspector", "reviewer"), "● ● 404")},
)
UNIT_RULES = {"see": SEE, "form": ADD_FORM, "add": UNIT_ADD, "mend": UNIT_MEND, "keep": UNIT_KEEP, "look": CONTACTS}
REPORT_CLUE = _rule(
    "上报线索",
    others="403 403 403",
    **{who: row.replace("404", "403") for who, row in LOOKERS.items()},
)
HANDLE_CLUE = _rule("办理线索：核实、排除、移交", others="404 404 404", **{**ONLOOKERS, "inspector": "● ● 404"})
AUDIT = _rule("查阅审计记录", others="403 403 403", administrator="● ● 404", auditor="● ● 404")
ASK_FORM = _rule("打开豁免申请表", others="404 404 404", inspector="● ● 404", unit_administrator="● 404 404")
ASK_OF = {**ONLOOKERS, "inspector": "● ● 404", "unit_administrator": "● 404 404"}
ASK = _rule("申请豁免", others="404 404 404", **ASK_OF)
RULES = (
    *(SEE, APPROVE, ANSWER, REVIEW, FILE_FOR, FILE_ONE, FILE_ANY, RECEIVE, SIGNED_IN),
    *(STAFF, ADD_STAFF, ADD_FORM, NETWORKS, OPEN_NETWORK, CLOSE_NETWORK, KEEP_REGION, AUDIT, ASK_FORM, ASK),
    *(UNIT_ADD, UNIT_MEND, UNIT_KEEP, CONTACTS),
    *(STAFF, ADD_STAFF, ADD_FORM, NETWORKS, OPEN_NETWORK, CLOSE_NETWORK, AUDIT),
    *(REPORT_CLUE, HANDLE_CLUE),
)


def granted(rule: Rule, persona: Persona) -> set[Place]:
    """The places whose objects a rule gives to a persona."""
    return {place for place, cell in zip(Place, rule.rows[persona], strict=True) if cell == YES}


@dataclass(frozen=True, slots=True)
class Line:
    """One route. ``about`` is the kind of object asked for (see ``places.py``), ``sends`` what a form or program sends.

    A ``listing`` always answers; there ``●`` means that the object is on it, and ``404`` that nothing tells of it.
    """

    method: str
    path: str
    rule: Rule
    about: str = ""
    query: str = ""
    sends: Mapping[str, Any] = field(default_factory=dict)
    listing: bool = False

    @property
    def same_for_all(self) -> bool:
        """Whether it names no object: one request tells of every place."""
        return self.listing and "{" not in self.query

    @property
    def route(self) -> tuple[str, str]:
        """How an application knows it."""
        return self.method, self.path


def _lists(path: str, about: str, query: str = "") -> Line:
    return _listed(path, SEE, about, query)


def _listed(path: str, rule: Rule, about: str, query: str = "") -> Line:
    return Line("GET", path, rule, about, query, listing=True)


NEW = {"platform": "weibo", "account": "{fresh}", "name": "新开账号"}
REPLY = {"version": 1, "measures": "已整改", "done_on": "2026-11-01"}
PERSON = {
    "role": "unit_administrator",
    "unit": "{unit}",
    "login": "new-{fresh}",
    "name": "新来的人",
    "email": "new@zz.example",
}
NETWORK = {"region": "{prefix}", "network": "10.41.0.0/16", "until": "{tomorrow}", "reason": "单位在政务外网"}
NOTE = {"reason": "全年没有人事变动", "evidence_url": "http://zz.example/note"}
EXEMPTION = {"outlet": "{id_}", "criterion": "V-S4-1", "until": "{tomorrow}", **NOTE}
REGION = {"region": "{prefix}.{fresh}", "name": "新区{fresh}", "since": "{tomorrow}"}
CLUE = {"kind": "counterfeit", "url": "https://{fresh}.example/", "name": "冒用单位名义", "unit": "{unit}"}
HANDLED = {"act": "dismiss", "reason": "经核实不是"}
LINES = (
    _lists("/registry/", "outlet"),
    _lists("/registry/api/outlets", "outlet"),
    _lists("/registry/api/filings", "submitted"),
    _lists("/registry/api/unfiled", "outlet"),
    _lists("/registry/", "outlet", "q=单位之物"),
    _lists("/registry/", "outlet", "sort=changed&kind=website&unfiled=1&region=41"),
    _lists("/registry/unfiled", "outlet"),
    _lists("/registry/api/outlets", "outlet", "q=单位之物&limit=200"),
    _lists("/registry/api/filings", "submitted", "state=submitted&limit=200"),
    Line("GET", "/registry/outlets/{id_}", SEE, "outlet"),
    Line("GET", "/registry/api/outlets/{id_}", SEE, "outlet"),
    Line("GET", "/registry/filings/{id_}", SEE, "submitted"),
    Line("GET", "/registry/api/filings/{id_}", SEE, "submitted"),
    Line("GET", "/registry/file", FILE_ANY),
    Line("GET", "/registry/file", FILE_ONE, "outlet", query="kind=change&outlet={id_}"),
    Line("POST", "/registry/file", FILE_FOR, "unit", sends={"unit": "{unit}", "kind": "new_media", **NEW}),
    Line("POST", "/registry/api/filings", FILE_FOR, "unit", sends={"unit": "{unit}", "kind": "open", "new_media": NEW}),
    Line("GET", "/registry/filings/{id_}/mend", FILE_ONE, "returned"),
    Line("POST", "/registry/filings/{id_}/mend", ANSWER, "returned", sends={"kind": "new_media", **NEW}),
    Line("POST", "/registry/filings/{id_}/approve", APPROVE, "submitted"),
    Line("POST", "/registry/api/filings/{id_}/approve", APPROVE, "submitted"),
    Line("POST", "/registry/filings/{id_}/return", APPROVE, "submitted", sends={"reason": "请核对名称"}),
    Line("POST", "/registry/api/filings/{id_}/return", APPROVE, "submitted", sends={"reason": "请核对名称"}),
    _listed("/registry/people", STAFF, "person"),
    Line("GET", "/registry/people/add", ADD_FORM),
    Line("POST", "/registry/people/add", ADD_STAFF, "unit", sends=PERSON),
    Line("GET", "/registry/people/{id_}", STAFF, "person"),
    Line("POST", "/registry/people/{id_}/grant", STAFF, "person", sends={"role": "auditor", "region": "41.01.05"}),
    Line("POST", "/registry/people/{id_}/ungrant", STAFF, "person", sends={"number": "0"}),
    Line("POST", "/registry/people/{id_}/password", STAFF, "person"),
    Line("POST", "/registry/people/{id_}/second-step", STAFF, "person"),
    Line("POST", "/registry/people/{id_}/revoke", STAFF, "person"),
    Line("POST", "/registry/people/{id_}/tokens/revoke", STAFF, "person", sends={"token": "000000000000"}),
    Line("POST", "/registry/people/{id_}/end", STAFF, "person", sends={"sure": "yes"}),
    _lists("/registry/found", "clue"),
    _lists("/registry/counterfeits", "counterfeit"),
    _lists("/registry/api/clues", "clue"),
    _lists("/registry/api/clues", "counterfeit", "kind=counterfeit&state=reported&limit=200"),
    Line("POST", "/registry/clues", REPORT_CLUE, "unit", sends=CLUE),
    Line("POST", "/registry/api/clues", REPORT_CLUE, "unit", sends=CLUE),
    Line("POST", "/registry/clues/{id_}", HANDLE_CLUE, "clue", sends={"kind": "opening", **HANDLED}),
    Line("POST", "/registry/api/clues/{id_}", HANDLE_CLUE, "counterfeit", sends=HANDLED),
    _listed("/registry/networks", NETWORKS, "network"),
    _listed("/registry/api/networks", NETWORKS, "network"),
    Line("POST", "/registry/networks", OPEN_NETWORK, "unit", sends=NETWORK),
    Line("POST", "/registry/api/networks", OPEN_NETWORK, "unit", sends=NETWORK),
    Line("POST", "/registry/networks/{id_}/close", CLOSE_NETWORK, "network", sends={"reason": "不再需要"}),
    Line("POST", "/registry/api/networks/{id_}/close", CLOSE_NETWORK, "network", sends={"reason": "不再需要"}),
    _lists("/registry/exemptions", "exemption"),
    _lists("/registry/exemptions", "exemption", "state=asked"),
    _lists("/registry/api/exemptions", "exemption", "state=asked&limit=200"),
    Line("GET", "/registry/exemptions/ask", ASK_FORM, "outlet", query="outlet={id_}"),
    Line("GET", "/registry/exemptions/{id_}", SEE, "exemption"),
    Line("GET", "/registry/api/exemptions/{id_}", SEE, "exemption"),
    Line("POST", "/registry/exemptions/ask", ASK, "outlet", sends=EXEMPTION),
    Line("POST", "/registry/api/exemptions", ASK, "outlet", sends=EXEMPTION),
    Line("POST", "/registry/exemptions/{id_}/grant", APPROVE, "exemption"),
    Line("POST", "/registry/api/exemptions/{id_}/grant", APPROVE, "exemption"),
    Line("POST", "/registry/exemptions/{id_}/refuse", APPROVE, "exemption", sends={"reason": "理由不足"}),
    Line("POST", "/registry/api/exemptions/{id_}/refuse", APPROVE, "exemption", sends={"reason": "理由不足"}),
    Line("POST", "/registry/exemptions/{id_}/revoke", APPROVE, "exempted", sends={"reason": "情况已变"}),
    Line("POST", "/registry/api/exemptions/{id_}/revoke", APPROVE, "exempted", sends={"reason": "情况已变"}),
    _lists("/registry/cleanup", "outlet"),
    _lists("/registry/api/cleanup", "outlet"),
    Line("GET", "/registry/statistics", SIGNED_IN),
    Line("GET", "/registry/statistics.csv", SIGNED_IN),
    Line("GET", "/registry/api/statistics", SIGNED_IN),
    Line("GET", "/registry/regions", SIGNED_IN),
    Line("GET", "/registry/api/regions", SIGNED_IN),
    Line("POST", "/registry/regions", KEEP_REGION, "unit", sends=REGION),
    Line("POST", "/registry/api/regions", KEEP_REGION, "unit", sends=REGION),
    Line("POST", "/registry/regions/{id_}/rename", KEEP_REGION, "region", sends={"name": "更名{id_}"}),
    Line("POST", "/registry/api/regions/{id_}/rename", KEEP_REGION, "region", sends={"name": "更名{id_}"}),
    Line("POST", "/registry/regions/{id_}/end", KEEP_REGION, "region", sends={"until": "{tomorrow}"}),
    Line("POST", "/registry/api/regions/{id_}/end", KEEP_REGION, "region", sends={"until": "{tomorrow}"}),
    *(Line(one.method, one.path, UNIT_RULES[one.rule], *one[3:]) for one in UNIT_LINES),
    *(_listed(f"/{service}/audit", AUDIT, "audited") for service in SERVICES),
    _lists("/prober/", "outlet"),
    _lists("/prober/api/outlets", "outlet"),
    _lists("/prober/", "outlet", "q=单位之物"),
    _lists("/prober/api/outlets", "outlet", "q=单位之物"),
    Line("GET", "/prober/outlets/{id_}", SEE, "outlet"),
    Line("GET", "/prober/api/outlets/{id_}", SEE, "outlet"),
    Line("GET", "/prober/evidence/{sha256}", SEE, "outlet", query="outlet={id_}"),
    Line("GET", "/prober/evidence/{sha256}", SEE, "outlet", query="outlet={id_}&download=1"),
    _lists("/scorer/", "outlet"),
    _lists("/scorer/api/findings", "outlet"),
    _lists("/scorer/api/findings", "outlet", "outlet={id_}&open=true"),
    Line("GET", "/scorer/outlets/{id_}", SEE, "outlet"),
    Line("GET", "/scorer/api/outlets/{id_}/card", SEE, "outlet"),
    Line("GET", "/scorer/rulesets/{id_}", SIGNED_IN, "ruleset"),
    Line("GET", "/scorer/api/rulesets", SIGNED_IN),
    Line("GET", "/scorer/api/rulesets/{id_}", SIGNED_IN, "ruleset"),
    _lists("/notifier/", "issued"),
    _lists("/notifier/api/notices", "issued"),
    _lists("/notifier/", "issued", "state=issued"),
    _lists("/notifier/api/notices", "issued", "state=open&skip=0"),
    Line("GET", "/notifier/notices/{id_}", SEE, "issued"),
    Line("GET", "/notifier/api/notices/{id_}", SEE, "issued"),
    Line("GET", "/notifier/alerts/{id_}", SEE, "alert"),
    Line("GET", "/notifier/api/events/{id_}", RECEIVE, "event"),
    Line("POST", "/notifier/notices/{id_}/receipt", ANSWER, "issued", sends={"version": 1}),
    Line("POST", "/notifier/api/notices/{id_}/receipt", ANSWER, "issued", sends={"version": 1}),
    Line("POST", "/notifier/notices/{id_}/reply", ANSWER, "received", sends=REPLY),
    Line("POST", "/notifier/api/notices/{id_}/reply", ANSWER, "received", sends=REPLY),
    Line("POST", "/notifier/notices/{id_}/review", REVIEW, "passed", sends={"version": 1}),
    Line("POST", "/notifier/api/notices/{id_}/review", REVIEW, "passed", sends={"version": 1}),
)


@dataclass(frozen=True, slots=True)
class Form:
    """A button or form on the ``page`` of an object: there for those whom the rule lets do it, and for nobody else."""

    page: str
    action: str
    about: str
    rule: Rule


FORMS = (
    Form("/registry/", "/registry/file?kind=open", "", FILE_ANY),
    Form("/registry/outlets/{id_}", "/registry/file?kind=change", "outlet", FILE_ONE),
    Form("/registry/filings/{id_}", "/registry/filings/{id_}/approve", "submitted", APPROVE),
    Form("/registry/filings/{id_}", "/registry/filings/{id_}/return", "submitted", APPROVE),
    Form("/registry/filings/{id_}", "/registry/filings/{id_}/mend", "returned", ANSWER),
    Form("/registry/outlets/{id_}", "/registry/exemptions/ask?outlet=", "outlet", ASK_FORM),
    Form("/registry/exemptions/{id_}", "/registry/exemptions/{id_}/grant", "exemption", APPROVE),
    Form("/registry/exemptions/{id_}", "/registry/exemptions/{id_}/refuse", "exemption", APPROVE),
    Form("/registry/exemptions/{id_}", "/registry/exemptions/{id_}/revoke", "exempted", APPROVE),
    *(Form("/registry/units/{id_}", action, "registered", UNIT_RULES[rule]) for action, rule in UNIT_FORMS),
    Form("/notifier/notices/{id_}", "/notifier/notices/{id_}/receipt", "issued", ANSWER),
    Form("/notifier/notices/{id_}", "/notifier/notices/{id_}/reply", "received", ANSWER),
    Form("/notifier/notices/{id_}", "/notifier/notices/{id_}/review", "passed", REVIEW),
)
