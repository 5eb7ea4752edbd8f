"""The filing form: what it may say, what of it counts for a kind of filing, and its fields as they were typed."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from services.registry.filing import LONGEST_NAME, LONGEST_TEXT, Asked, Attached, Refusal
from services.registry.filing.checks import bad
from services.registry.particulars import assessments, columns, lines, unbroken, written
from services.registry.refusal import Refused
from shared.events.registry import FilingKind, NewMedia, Particulars, SharedPlatform, Website
from shared.web import Filled, Strict

LONGEST_LIST = 100_000
SAYS_ALL = frozenset({FilingKind.OPEN, FilingKind.CHANGE, FilingKind.CONSTRUCT})
WEBSITE = ("code", "name", "url", "site_class", "icp", "police", "operator")
ACCOUNT = ("platform", "account", "name", "verified_as", "source", "subtype", "url", "operator", "intro")
DAYS: Mapping[FilingKind, tuple[str, ...]] = {
    FilingKind.SUSPEND: ("effective_on", "until"),
    FilingKind.CONSTRUCT: (),
    FilingKind.HEALTH: (),
    FilingKind.INCIDENT: ("done_on",),
}
"""The days a kind of filing asks for; every other asks from when on, or when it was done already."""
WAITS = frozenset({FilingKind.CLOSE, FilingKind.CANCEL, FilingKind.OFFLINE})
"""Kinds that may wait for another filing: 先整合后关停."""
LABELS: Mapping[str, str] = {
    "unit": "主办单位",
    "purpose": "说明",
    "effective_on": "生效日期",
    "done_on": "实际实施日期",
    "until": "临时下线的最后一天",
    "into": "并入",
    "after": "依据的备案",
    "attached": "附件",
    "platform_name": "集约化平台",
    "platform_state": "迁移情况",
    "platform_since": "迁移日期",
}


class FilingSent(Strict):
    """The filing form, of every kind; ``begun`` is the draft it continues.

    ``folded`` is of how many filings the outlet was made when the form was opened.
    """

    key: str = Field("", max_length=LONGEST_NAME)
    act: Literal["submit", "look", "draft"] = "submit"
    begun: str = Field("", max_length=LONGEST_NAME)
    version: int | None = None
    steps: int = 0
    folded: int | None = None
    kind: Literal["website", "new_media"] = "website"
    filing_kind: FilingKind = FilingKind.OPEN
    unit: str = Field("", max_length=LONGEST_NAME)
    outlet: str = Field("", max_length=LONGEST_TEXT)
    code: str = Field("", max_length=LONGEST_NAME)
    name: str = Field("", max_length=LONGEST_NAME)
    url: str = Field("", max_length=LONGEST_TEXT)
    site_class: Literal["portal", "department"] = "department"
    domains: str = Field("", max_length=LONGEST_LIST)
    redirects: str = Field("", max_length=LONGEST_LIST)
    icp: str = Field("", max_length=LONGEST_NAME)
    police: str = Field("", max_length=LONGEST_NAME)
    ipv6: bool | None = None
    operator: str = Field("", max_length=LONGEST_NAME)
    columns: str = Field("", max_length=LONGEST_LIST)
    platform_name: str = Field("", max_length=LONGEST_NAME)
    platform_state: Literal["planned", "migrating", "migrated"] = "planned"
    platform_since: date | None = None
    assessments: str = Field("", max_length=LONGEST_LIST)
    platform: str = Field("", max_length=LONGEST_NAME)
    subtype: str = Field("", max_length=LONGEST_NAME)
    account: str = Field("", max_length=LONGEST_NAME)
    verified_as: str = Field("", max_length=LONGEST_NAME)
    source: str = Field("", max_length=LONGEST_TEXT)
    main: bool = False
    intro: Annotated[str, BeforeValidator(unbroken)] = Field("", max_length=LONGEST_TEXT)
    licences: str = Field("", max_length=LONGEST_LIST)
    menu: str = Field("", max_length=LONGEST_LIST)
    purpose: str = Field("", max_length=LONGEST_TEXT)
    effective_on: date | None = None
    done_on: date | None = None
    until: date | None = None
    into: str = Field("", max_length=LONGEST_TEXT)
    after: str = Field("", max_length=LONGEST_NAME)


def days_of(kind: FilingKind) -> tuple[str, ...]:
    """The days the form of a kind has."""
    return DAYS.get(kind, ("effective_on", "done_on"))


def right(form: Filled[FilingSent]) -> FilingSent:
    """What was sent. Raises Refused with the first field that is wrong."""
    if form.model is None:
        field, sentence = next(iter(form.errors.items()))
        raise bad(field, sentence)
    return form.model


def asked_of(
    sent: FilingSent, filed: Particulars | None, *, into: str | None = None, attached: tuple[Attached, ...] = ()
) -> Asked:
    """What the form asks for; ``filed`` is what was filed of its outlet before. Only what the kind needs counts.

    Raises Refused for a list that cannot be read.
    """
    kind = sent.filing_kind
    days = {name: getattr(sent, name) for name in days_of(kind)}
    return Asked(
        kind=kind,
        filed=_filed(sent, filed),
        purpose=sent.purpose,
        into=into if kind is FilingKind.MERGE else None,
        after=(sent.after or None) if kind in WAITS else None,
        attached=attached,
        **days,
    )


def _filed(sent: FilingSent, filed: Particulars | None) -> Particulars:
    kind = sent.filing_kind
    if kind is FilingKind.DOMAIN and isinstance(filed, Website):
        told = {"url": sent.url, "domains": lines(sent.domains), "redirects": lines(sent.redirects)}
        return filed.model_copy(update=told)
    if kind in SAYS_ALL:
        return _account(sent) if sent.kind == "new_media" else _website(sent)
    if filed is None:
        raise Refused(Refusal.NOT_IN_FORCE, "请从该对象的页面打开备案表。")
    return filed


def _website(sent: FilingSent) -> Website:
    shared = None
    if sent.platform_name:
        shared = SharedPlatform(name=sent.platform_name, state=sent.platform_state, since=sent.platform_since)
    return Website(
        **{name: getattr(sent, name) for name in WEBSITE},
        domains=lines(sent.domains),
        redirects=lines(sent.redirects),
        ipv6=sent.ipv6,
        columns=columns("columns", sent.columns),
        shared_platform=shared,
        assessments=assessments("assessments", sent.assessments),
    )


def _account(sent: FilingSent) -> NewMedia:
    return NewMedia(
        **{name: getattr(sent, name) for name in ACCOUNT},
        main=sent.main,
        licences=lines(sent.licences),
        menu=columns("menu", sent.menu),
    )


def values_of(filed: Particulars, asked: Asked | None = None) -> dict[str, str]:
    """The fields of a form that says ``filed``, and the days and ties of ``asked``."""
    values = {"kind": filed.kind, **written(filed)}
    if isinstance(filed, Website) and (shared := filed.shared_platform):
        since = shared.since.isoformat() if shared.since else ""
        values |= {"platform_name": shared.name, "platform_state": shared.state, "platform_since": since}
    if asked is not None:
        said = {name: getattr(asked, name) for name in ("purpose", "effective_on", "done_on", "until", "into", "after")}
        values |= {name: "" if value is None else str(value) for name, value in said.items()}
    return values


def typed(values: Mapping[str, str]) -> dict[str, str]:
    """What was typed, with an empty place for each field left out."""
    empty = {name: "" if value is None else str(value) for name, value in FilingSent().model_dump().items()}
    return {**empty, "main": "", **values}
