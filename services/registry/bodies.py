"""What programs send to be filed of a website or an account, and the files with it: every text has an end."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from services.registry.attachment import PURPOSE, SHA256
from services.registry.filing import LONGEST_NAME, LONGEST_TEXT, MOST
from services.registry.particulars import unbroken
from shared.web import Strict

Name = Annotated[str, Field(max_length=LONGEST_NAME)]
Text = Annotated[str, Field(max_length=LONGEST_TEXT)]


class ColumnAsked(Strict):
    """A column of a website, or a menu item of an account."""

    name: Name
    url: Text = ""
    column_class: Name = ""
    duty: Name = ""


class SharedPlatformAsked(Strict):
    """The 集约化平台 a website moves to."""

    name: Name
    state: Literal["planned", "migrating", "migrated"]
    since: date | None = None


class AssessmentAsked(Strict):
    """A 安全测评."""

    on: date
    what: Name
    by: Name = ""
    result: Name = ""


class WebsiteAsked(Strict):
    """A website as filed. ``code`` is the 网站标识码; see ``shared.events.outlets.Website`` for the rest."""

    code: Name
    name: Name
    url: Text
    site_class: Literal["portal", "department"] = "department"
    domains: Annotated[tuple[Name, ...], Field(max_length=MOST)] = ()
    redirects: Annotated[tuple[Text, ...], Field(max_length=MOST)] = ()
    icp: Name = ""
    police: Name = ""
    ipv6: bool | None = None
    operator: Name = ""
    columns: Annotated[tuple[ColumnAsked, ...], Field(max_length=MOST)] = ()
    shared_platform: SharedPlatformAsked | None = None
    assessments: Annotated[tuple[AssessmentAsked, ...], Field(max_length=MOST)] = ()


class AccountAsked(Strict):
    """A new-media account as filed; see ``shared.events.outlets.NewMedia``."""

    platform: Name
    account: Name
    name: Name
    verified_as: Name = ""
    source: Text = ""
    subtype: Name = ""
    url: Text = ""
    main: bool = False
    operator: Name = ""
    intro: Annotated[Text, BeforeValidator(unbroken)] = ""
    licences: Annotated[tuple[Name, ...], Field(max_length=MOST)] = ()
    menu: Annotated[tuple[ColumnAsked, ...], Field(max_length=MOST)] = ()


class AttachedAsked(Strict):
    """A file of ``POST /attachments``; ``what`` is the one it is of those that the rules ask for, empty for another."""

    sha256: Annotated[str, Field(pattern=SHA256, max_length=64)]
    name: Annotated[Name, Field(min_length=1)]
    what: Annotated[str, Field(pattern=PURPOSE, max_length=40)] = ""
