"""The shape of one platform's file."""

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

PLACE = "{account}"
Code = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,20}$")]


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"{text!r} is no regular expression: {error}") from error
    return text


def _with_place(text: str) -> str:
    if text and text.count(PLACE) != 1:
        raise ValueError(f"{text!r} must hold {PLACE} once")
    return text


Pattern = Annotated[str, AfterValidator(_pattern)]
Template = Annotated[str, AfterValidator(_with_place)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Form(_Strict):
    """One way the platform writes an id: ``pattern`` fits all of it.

    ``canonical`` is the address of such an account's page, empty where there is none that can be made from the id.
    ``subtype`` is what an id of this form tells, empty when it tells nothing.
    """

    pattern: Pattern
    canonical: Template = ""
    subtype: str = ""


class Address(_Strict):
    """One way an account's page is addressed. Hosts are compared whole, the rest of a path after the id is ignored.

    ``path`` holds the id as ``{account}``, and ``*`` for a part that may be anything; or ``query`` names the parameter
    with the id and ``path`` is the path itself. ``ending`` are characters at the end of that parameter that are no
    part of the id.
    """

    hosts: list[str] = Field(min_length=1)
    path: str
    query: str = ""
    ending: str = ""
    schemes: list[str] = ["http", "https"]

    @model_validator(mode="after")
    def _one_place(self) -> "Address":
        if self.path.count(PLACE) != (0 if self.query else 1):
            raise ValueError(f"either the path {self.path!r} holds {PLACE} once, or a query names the parameter")
        return self


class Platform(_Strict):
    """One platform.

    ``forms`` are the ids it gives, the most telling first; ``reserved`` are words that stand where ids stand and are
    none; ``stop_words`` are left out when names of accounts are compared. ``applications`` are the sub-types that are
    apps or mini-programs, ``application`` says it of the whole platform. ``source`` is the prober's source that can
    read an account once a feed of it is published; empty: nothing can.
    """

    platform: Code
    forms: list[Form] = []
    addresses: list[Address] = []
    reserved: list[str] = []
    stop_words: list[str] = []
    application: bool = False
    applications: list[str] = []
    source: str = ""
