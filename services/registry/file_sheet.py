"""A filing form as it is shown: what stands in it, which rule applies, what came of sending it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from fastapi import Request, Response

from services.registry.answers import telling
from services.registry.app import Registry
from services.registry.desk import NotAllowed
from services.registry.filing import UNDER_WAY, Attached, Filing, Refusal, Step, day_of
from services.registry.filing.checks import bad
from services.registry.filing.deciding import LEVELS
from services.registry.filing_form import LABELS, SAYS_ALL, WAITS, days_of, typed
from services.registry.filing_shown import terms_of
from services.registry.life import KINDS
from services.registry.page_words import WORDS
from services.registry.particulars import MIGRATION, TITLES, worded, written
from services.registry.records import FilingDocument, OutletDocument, UnitDocument
from services.registry.refusal import Refused
from services.registry.rules import Pinned
from services.registry.standing import since_then
from shared.events.registry import FilingKind, NewMedia, Particulars, Website
from shared.identity import Action, Person, scope
from shared.web import page

UNSEEN = "您打开本表以后已有改动，本次没有保存。请核对下面的改动，确认后再提交。"
MOST_CHOICES = 20
SAYS = SAYS_ALL | {FilingKind.DOMAIN}
"""Kinds that would write over what somebody else changed meanwhile."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A form: what stands in its fields, the submission's key, the draft it continues, the filing it mends.

    ``outlet`` is what it is about when that is in force, ``folded`` of how many filings that was made when somebody saw
    it (None: as it is now), ``version`` and ``steps`` the draft or filing as it was seen; ``refused`` says why it comes
    back, ``meanwhile`` what others did since it was opened, ``preview`` what submitting it would make of it.
    """

    kind: FilingKind
    values: Mapping[str, str]
    key: str = ""
    begun: str = ""
    mends: FilingDocument | None = None
    outlet: OutletDocument | None = None
    folded: int | None = None
    version: int | None = None
    steps: int = 0
    refused: Refused | None = None
    meanwhile: Sequence[Step] = ()
    preview: Filing | None = None
    changed: Sequence[str] = ()
    attached: tuple[Attached, ...] = ()

    @property
    def status(self) -> int:
        """Of the answer."""
        if self.refused is None:
            return 200
        return 409 if self.meanwhile else 422


async def drawn(request: Request, app: Registry, person: Person, sheet: Sheet) -> Response:
    """The page with the form."""
    units = await app.store.units.find(scope(person, Action.FILE), sort=[("_id", 1)])
    if not units:
        with telling():
            raise NotAllowed("只有单位管理员可以提交备案；请以单位管理员身份登录。")
    values = typed(sheet.values)
    unit = next((one for one in units if one.id == (sheet.values.get("unit") or _unit(sheet))), units[0])
    pinned = _rule(app, sheet, unit, day_of(app.now()))
    id_ = sheet.outlet.id if sheet.outlet else sheet.values.get("outlet", "")
    beside = await _beside(app, person, id_) if sheet.kind in WAITS and id_ else []
    return page(
        request,
        "file.html",
        status=sheet.status,
        sheet=sheet,
        filing_kind=sheet.kind,
        values={**values, "unit": unit.id} if sheet.outlet or sheet.mends else values,
        units=[one.body for one in units],
        unit=unit.body,
        unit_choices=[(one.id, one.body.name) for one in units],
        refused=sheet.refused,
        rule=pinned,
        terms=terms_of(pinned.rule),
        levels=LEVELS,
        days=days_of(sheet.kind),
        says_all=sheet.kind in SAYS_ALL,
        waits=[(one.id, f"{one.filing.number} {KINDS[one.filing.kind]}") for one in beside],
        told=worded(sheet.outlet.outlet.filed) if sheet.outlet else {},
        labels=_labels(sheet.values.get("kind", "website")),
        migration=list(MIGRATION.items()),
        **WORDS,
    )


async def caught_up(app: Registry, sheet: Sheet) -> Sheet | None:
    """The form again when its outlet was changed since it was opened, None when it was not.

    What the person had left as it was then becomes what it is now; what they typed stays.
    """
    kept = sheet.outlet
    if kept is None or sheet.kind not in SAYS or sheet.folded is None:
        return None
    seen, now, since = await since_then(app, kept, sheet.folded)
    if seen is not None and not since:
        return None
    old, new = written(seen) if seen else {}, written(now)
    left = {name for name, text in sheet.values.items() if old.get(name) == text.replace("\r\n", "\n")}
    values = {name: new.get(name, text) if name in left else text for name, text in sheet.values.items()}
    others = [name for name in new if old.get(name) != new[name]]
    was, became = worded(seen) if seen else {}, worded(now)
    changed = [f"{TITLES[name]}由“{was.get(name, '空')}”改为“{became.get(name, '空')}”" for name in others]
    steps = [step for one in since if (step := one.filing.decision)]
    refused = Refused(Refusal.WRONG_STATE, UNSEEN)
    folded = sheet.folded + len(since) if seen else len(kept.folded)
    return replace(sheet, values=values, folded=folded, refused=refused, meanwhile=steps, changed=changed)


async def target(app: Registry, person: Person, text: str, filed: Particulars | None) -> str | None:
    """The id of the outlet somebody means: by id, 网站标识码, or a name they may see. Raises Refused to ask again."""
    wanted = text.strip()
    if not wanted or wanted.startswith(("w-", "a-")):
        return wanted or None
    if isinstance(filed, Website) and wanted.isdecimal():
        return f"w-{wanted}"
    kind = filed.kind if filed else "website"
    where: dict[str, Any] = {"outlet.filed.kind": kind, "outlet.filed.name": wanted}
    found = await app.store.outlets.find(scope(person, Action.SEE), where, sort=[("_id", 1)], limit=MOST_CHOICES)
    if len(found) == 1:
        return found[0].id
    if not found:
        raise bad("into", "没有找到这个对象，请填写它的编号或网站标识码，或者完整的名称")
    raise bad("into", f"有几个同名的对象，请填写编号：{'、'.join(one.id for one in found)}")


def _unit(sheet: Sheet) -> str:
    return sheet.mends.unit if sheet.mends else sheet.outlet.unit if sheet.outlet else ""


def _rule(app: Registry, sheet: Sheet, unit: UnitDocument, today: date) -> Pinned:
    if sheet.preview is not None and sheet.preview.rule is not None:
        return sheet.preview.rule
    if sheet.mends is not None and sheet.mends.filing.rule is not None:
        return sheet.mends.filing.rule
    return app.rules.rule(unit.region, today, sheet.kind, _of(sheet))


def _of(sheet: Sheet) -> Particulars:
    if sheet.outlet is not None:
        return sheet.outlet.outlet.filed
    values = sheet.values
    if values.get("kind") == "new_media":
        return NewMedia(platform=values.get("platform", ""), subtype=values.get("subtype", ""), account="", name="")
    return Website(code="", name="", url="")


def _labels(kind: str) -> dict[str, str]:
    named = {"name": "网站名称", "url": "网站地址"} if kind == "website" else {"name": "账号名称", "url": "账号主页"}
    return {**TITLES, **LABELS, **named}


async def _beside(app: Registry, person: Person, outlet: str) -> Sequence[FilingDocument]:
    where = {"filing.outlet": outlet, "filing.state": {"$in": sorted(UNDER_WAY)}}
    return await app.store.filings.find(scope(person, Action.FILE), where, sort=[("asked_at", -1)])
