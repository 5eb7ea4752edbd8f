"""Who gets what, as data: every kind of person, every place an object can lie in, and the rules routes follow.

A cell is written out, not derived from the table of roles: it is what was promised, and the code has to keep it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from shared.identity import Role


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
INBOX = _rule("等待本级审批的备案", others="404 404 404", approver="● ● 404")
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
IMPORT = _rule("导入清单：查看、改列对应、确认", others="403 403 403", administrator="● ● 404")
IMPORT_ANY = _rule("打开导入页、上传清单", others="403 403 403", administrator="● ● ●")
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
    *(SEE, APPROVE, ANSWER, REVIEW, FILE_FOR, FILE_ONE, FILE_ANY, INBOX, RECEIVE, SIGNED_IN),
    *(STAFF, ADD_STAFF, ADD_FORM, NETWORKS, OPEN_NETWORK, CLOSE_NETWORK, KEEP_REGION, AUDIT, ASK_FORM, ASK),
    *(UNIT_ADD, UNIT_MEND, UNIT_KEEP, CONTACTS, IMPORT, IMPORT_ANY, REPORT_CLUE, HANDLE_CLUE),
)


def granted(rule: Rule, persona: Persona) -> set[Place]:
    """The places whose objects a rule gives to a persona."""
    return {place for place, cell in zip(Place, rule.rows[persona], strict=True) if cell == YES}
