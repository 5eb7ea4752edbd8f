"""An example of every fact, made from its fields: a plausible value for each name, else one that fits the type."""

import json
import types
from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from shared.events import Fact
from shared.events.envelope import event

AT = "2026-11-22T08:00:00Z"
EARLIER = "2026-11-22T07:30:00Z"
HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

FIELDS: Mapping[str, Any] = {
    "region": "41.01.05.0",
    "outlet": "w-4101050001",
    "target": "w-4101050001",
    "target_name": "示范区政府网站",
    "filing": "f-0001",
    "finding": "w-4101050001:footer_site_code",
    "vantage": "main",
    "evidence": HASH,
    "url": "https://www.example.gov.cn/",
    "since": EARLIER,
    "looked_at": AT,
    "due_at": AT,
    "seen_at": EARLIER,
    "as_of": AT,
    "revision": 1,
    "episode": 1,
    "probe": "marks",
    "probes": ["marks"],
    "name": "示范区政府网站",
    "outcome": "answered",
    "reason": "ok",
    "how": "复核通过，问题已消除。",
    "why": "首页底部未见网站标识码。",
    "citation": "国办发〔2019〕19号",
    "fields": ["name"],
}
OF: Mapping[str, Any] = {
    "Website.code": "4101050001",
    "UnitRef.id": "u-0001",
    "UnitRef.name": "示范区政府办公室",
    "Unit.id": "u-0001",
    "Unit.name": "示范区政府办公室",
    "Office.id": "o-zhengzhou",
    "Office.name": "市政务公开办公室",
    "Office.region": "41.01.00.0",
    "Office.looks_after": "41.01",
    "Extranet.id": "x-0001",
    "Extranet.prefix": "41.01",
    "Extranet.network": "10.3.0.0/16",
    "Extranet.until": "2027-11-21T16:00:00Z",
    "Outlet.id": "w-4101050001",
    "Filing.id": "f-0001",
    "Filing.number": "备〔2026〕1号",
    "Filing.title": "开设网站：示范区政府网站",
    "FilingReturned.mend": "请补充网站标识码。",
    "Difference.id": "w-4101050001:name:1",
    "Difference.field": "name",
    "Difference.filed": "示范区政府网站",
    "Difference.seen": "示范区政务网",
    "Sighting.source": "page",
    "UnfiledSettled.how": "reverted",
    "Completed.measured": {"site_code": False, "icp": True},
    "ProfileSeen.source": "page",
    "Failed.reason": "timeout",
    "Recovered.failed_since": EARLIER,
    "Recovered.since": AT,
    "Finding.id": "w-4101050001:footer_site_code",
    "Finding.verdict": "violated",
    "Finding.points": "2",
    "Criterion.id": "footer_site_code",
    "Criterion.name": "底部功能区未列明网站标识码",
    "Criterion.kind": "deduction",
    "Criterion.ruleset": "national-2019",
    "Criterion.digest": HASH,
    "Criterion.close": "automatic",
    "Finding.evidence": [{"seen_at": EARLIER, "note": "首页底部没有网站标识码", "sha256": HASH}],
    "Anchored.service": "registry",
    "Anchored.sequence": 1204,
    "Anchored.hash": HASH,
    "Anchored.at": AT,
    "Notice.id": "n-0001",
    "Notice.number": "整改〔2026〕1号",
    "Notice.issued_at": AT,
    "Notice.due_at": "2026-12-04T16:00:00Z",
    "NotifierDue.notice": "n-0001",
    "NotifierDue.at": AT,
    "VisitDue.interval": 3600,
}
BY_TYPE: Mapping[type, Any] = {str: "…", int: 1, float: 1.0, bool: False, datetime: AT, date: AT[:10], dict: {}}


def example(fact: type[Fact], said_by: str) -> dict[str, Any]:
    """An event of ``fact`` as its JSON says it. Raises pydantic's ValidationError when a value does not fit."""
    data = fact.model_validate(_object(fact))
    said = event(
        data,
        subject=_subject(data),
        region=None if fact.type.startswith("work.") else FIELDS["region"],
        actor=f"service:{said_by}",
        reason="example",
        id="0190f3c6a1e04b7d8c5e2f9a7b6d4c31",
        time=datetime.fromisoformat(AT),
    )
    made: dict[str, Any] = json.loads(said.encode())
    return made


def _subject(data: BaseModel) -> str:
    """The id of the first thing the fact carries."""
    for value in (getattr(data, name) for name in type(data).model_fields):
        if isinstance(value, BaseModel):
            return str(getattr(value, "id", FIELDS["outlet"]))
        if isinstance(value, str):
            return value
    return str(FIELDS["outlet"])


def _object(model: type[BaseModel]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, info in model.model_fields.items():
        key = f"{model.__name__}.{name}"
        if key in OF:
            made[name] = OF[key]
        elif name in FIELDS and _fits(FIELDS[name], info.annotation):
            made[name] = FIELDS[name]
        elif info.is_required() or get_origin(info.annotation) is Literal:
            made[name] = _value(info.annotation, info)
    return made


def _fits(value: Any, kind: Any) -> bool:
    try:
        TypeAdapter(kind).validate_python(value)
    except ValidationError:
        return False
    return True


def _value(kind: Any, info: FieldInfo) -> Any:
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Annotated or origin in (Union, types.UnionType):
        return _value(inner[0], info)
    if origin is Literal:
        return inner[0]
    if origin in (tuple, list):
        return [_value(inner[0], info)]
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return _object(kind)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return next(iter(kind)).value
    return BY_TYPE[origin or kind]
