"""Who gets what, as data: every route under the rule it follows.

Read by people as ``docs/roles.md``; tried cell by cell in ``test_matrix.py``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from services.catalog import SERVICES
from tests.security.matrix_rules import (
    ADD_FORM,
    ADD_STAFF,
    ANSWER,
    APPROVE,
    ASK,
    ASK_FORM,
    AUDIT,
    CLOSE_NETWORK,
    FILE_ANY,
    FILE_FOR,
    FILE_ONE,
    HANDLE_CLUE,
    IMPORT,
    IMPORT_ANY,
    INBOX,
    KEEP_REGION,
    NETWORKS,
    OPEN_NETWORK,
    RECEIVE,
    REPORT_CLUE,
    REVIEW,
    SEE,
    SIGNED_IN,
    STAFF,
    UNIT_RULES,
    Rule,
)
from tests.security.unit_lines import UNIT_FORMS, UNIT_LINES


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
MENDED = {"unit": "{unit}", "kind": "open", "new_media": NEW}
PROOF = {"proof": "https://www.zz.example/notice"}
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
    _listed("/registry/inbox", INBOX, "submitted"),
    _listed("/registry/inbox", FILE_ONE, "returned"),
    _listed("/registry/inbox", FILE_ONE, "in_force"),
    _listed("/registry/inbox", FILE_ONE, "draft"),
    _listed("/registry/inbox", INBOX, "fulfilled", "state=announced"),
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
    Line("POST", "/registry/api/filings/{id_}/mend", ANSWER, "returned", sends=MENDED),
    Line("GET", "/registry/filings/{id_}/print", SEE, "submitted"),
    Line("GET", "/registry/filings/{id_}/attachments/{sha256}", SEE, "attached"),
    Line("POST", "/registry/api/attachments", FILE_FOR, "unit", "unit={unit}&name=a.pdf", {"body": b"%PDF-1.7"}),
    Line("POST", "/registry/filings/{id_}/accept", APPROVE, "submitted"),
    Line("POST", "/registry/api/filings/{id_}/accept", APPROVE, "submitted"),
    Line("POST", "/registry/filings/{id_}/withdraw", ANSWER, "submitted"),
    Line("POST", "/registry/api/filings/{id_}/withdraw", ANSWER, "submitted"),
    Line("POST", "/registry/filings/{id_}/archive", APPROVE, "fulfilled"),
    Line("POST", "/registry/api/filings/{id_}/archive", APPROVE, "fulfilled"),
    Line("POST", "/registry/filings/{id_}/duties/{duty}", ANSWER, "in_force", sends=PROOF),
    Line("POST", "/registry/api/filings/{id_}/duties/{duty}", ANSWER, "in_force", sends=PROOF),
    Line("GET", "/registry/file", FILE_ONE, "draft", query="draft={id_}"),
    _listed("/registry/api/drafts", FILE_ONE, "draft"),
    Line("GET", "/registry/api/drafts/{id_}", FILE_ONE, "draft"),
    Line("POST", "/registry/api/drafts", FILE_FOR, "unit", sends={"unit": "{unit}", "kind": "open", "new_media": NEW}),
    Line("POST", "/registry/drafts/{id_}/discard", FILE_ONE, "draft"),
    Line("POST", "/registry/api/drafts/{id_}/discard", FILE_ONE, "draft"),
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
    Line("GET", "/registry/api/clues/{id_}", SEE, "clue"),
    Line("POST", "/registry/clues", REPORT_CLUE, "unit", sends=CLUE),
    Line("POST", "/registry/api/clues", REPORT_CLUE, "unit", sends=CLUE),
    Line("POST", "/registry/clues/{id_}", HANDLE_CLUE, "clue", sends={"kind": "opening", **HANDLED}),
    Line("POST", "/registry/api/clues/{id_}", HANDLE_CLUE, "counterfeit", sends=HANDLED),
    _lists("/registry/export", "outlet", "form=csv"),
    Line("GET", "/registry/import", IMPORT_ANY),
    Line("POST", "/registry/import", IMPORT_ANY, sends={"kind": "sites", "file": b"code,name\n1,2\n"}),
    Line("GET", "/registry/import/{id_}", IMPORT, "import"),
    Line("GET", "/registry/import/{id_}/returned", IMPORT, "import"),
    Line("POST", "/registry/import/{id_}/columns", IMPORT, "import", sends={"column-0": "code"}),
    Line("POST", "/registry/import/{id_}/take", IMPORT, "import"),
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
    _lists("/notifier/api/notices", "issued", "state=open&limit=200"),
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
    Form("/registry/filings/{id_}", "/registry/filings/{id_}/accept", "submitted", APPROVE),
    Form("/registry/filings/{id_}", "/registry/filings/{id_}/withdraw", "submitted", ANSWER),
    Form("/registry/filings/{id_}", "/registry/filings/{id_}/archive", "fulfilled", APPROVE),
    Form("/registry/filings/{id_}", "/registry/filings/{id_}/duties/{duty}", "in_force", ANSWER),
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
