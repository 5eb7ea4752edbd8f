"""The matrix as a page for people: what ``docs/roles.md`` says."""

from collections.abc import Iterable, Iterator

from services.notifier import rectification
from services.registry import filing
from tests.security.matrix import FORMS, LINES
from tests.security.matrix_rules import HELD, HIDDEN, REFUSED, RULES, SIGN_IN, YES, Persona, Place
from tests.security.open_routes import OWN, PUBLIC

NAMES = {
    Persona.NOBODY: "未登录",
    Persona.ADMINISTRATOR: "系统管理员",
    Persona.APPROVER: "审批人员",
    Persona.INSPECTOR: "检查人员",
    Persona.REVIEWER: "复核人员",
    Persona.UNIT_ADMINISTRATOR: "单位管理员",
    Persona.CO_SUPERVISOR: "协管人员（地区）",
    Persona.CO_SUPERVISOR_OF_A_UNIT: "协管人员（外地单位）",
    Persona.AUDITOR: "审计人员",
    Persona.SUBSCRIBER: "订阅方",
    Persona.ENDED: "授权已到期",
    Persona.TO_COME: "授权尚未开始",
}
PLACES = {Place.OWN: "本地区、本单位", Place.SAME_REGION: "本地区、其他单位", Place.ELSEWHERE: "其他地区"}
CELLS = {
    YES: "可以；对列表来说，是列在其中",
    REFUSED: "没有权限：看得到而不能办，页面不显示相应按钮；替单位备案一律这样答复，不论有没有这个单位",
    HIDDEN: "答复“没有找到”，与不存在的对象无法区分；不在任何列表和计数之中",
    SIGN_IN: "请先登录",
}
HEAD = """\
# 谁能看什么、办什么 · Roles and routes

每个角色能做的事见[术语表](glossary.md#谁能做什么--roles)；一项授权是一个角色加一个地区（或一个单位），有起止日期。
本页是承诺：`tests/security/matrix.py` 逐格写明，`tests/security/test_matrix.py` 在真实的服务和数据库上逐格核对，
新增的地址不写进来测试就不通过。未加范围的查询由 `tools/scopes.py` 查出（`make check`）。

页面和接口按同一条规则答复。任何答复（列表、计数、错误说明、文件名、响应头）都不出现看不到的对象的名称。
推送地址的登记只有命令 `govwatch webhook`，没有网页，也不出现在任何网页上。
"""


def page() -> str:
    """The whole page."""
    return "\n".join(line for part in (_people(), _rules(), _routes(), _public(), _duties()) for line in part) + "\n"


def _people() -> Iterator[str]:
    yield HEAD
    yield "## 谁\n"
    held = [(NAMES[who], f"`{role}`", f"`{over}`" if over else "全国") for who, (role, over) in HELD.items()]
    yield from _table(("测试中的人", "角色", "授权范围"), [(NAMES[Persona.NOBODY], "", ""), *held])
    yield "本地区指 `41.01`，本单位是其中的 `u-jia`；外地单位 `u-bing` 在 `41.02`。\n"
    yield from _table(("记号", "含义"), CELLS.items())


def _rules() -> Iterator[str]:
    yield "## 规则\n"
    for number, rule in enumerate(RULES, start=1):
        yield f"### {number} {rule.title}\n"
        rows = [(NAMES[who], *cells) for who, cells in rule.rows.items()]
        yield from _table(("", *PLACES.values()), rows)


def _routes() -> Iterator[str]:
    yield "## 地址\n"
    rows = []
    for line in LINES:
        names = {
            "id_": "ID",
            "unit": "UNIT",
            "sha256": "SHA256",
            "contact": "CONTACT",
            "prefix": "PREFIX",
            "duty": "DUTY",
        }
        path = line.path.format(**names) + (f"?{line.query.format(**names)}" if line.query else "")
        rule = f"{RULES.index(line.rule) + 1} {line.rule.title}"
        rows.append((line.method, f"`{path}`", rule, "列表" if line.listing else ""))
    yield from _table(("方法", "地址", "规则", ""), rows)


def _public() -> Iterator[str]:
    yield "## 不问是谁的地址\n"
    rows = [(method, f"`{path.format(digest='DIGEST', name='NAME')}`", why) for (method, path), why in PUBLIC.items()]
    yield from _table(("方法", "地址", "理由"), rows)
    yield "## 只关自己的地址\n"
    yield "登录后人人都有，与授权无关；令牌打不开。\n"
    yield from _table(("方法", "地址", "说明"), [(method, f"`{path}`", what) for (method, path), what in OWN.items()])


def _duties() -> Iterator[str]:
    yield "## 职责分离\n"
    yield "一个人有两项授权，仍是一个人：判断以账号为准，不以角色为准。\n"
    rows = (
        ("`own_filing`", "自己提交或补正过的备案，自己不能批准，也不能退回", filing.OWN),
        ("`own_reply`", "自己反馈过的整改，自己不能复核销号", rectification.WORDS[rectification.Refusal.OWN_REPLY]),
    )
    yield from _table(("理由", "规则", "答复"), rows)
    buttons = [form.action.format(id_="ID", duty="DUTY") for form in FORMS]
    yield "不该由他办的事，页面上也没有按钮：" + "、".join(f"`{button}`" for button in buttons) + "。"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    names = list(head)
    yield f"| {' | '.join(names)} |"
    yield f"|{'---|' * len(names)}"
    yield from (f"| {' | '.join(row)} |" for row in rows)
    yield ""
