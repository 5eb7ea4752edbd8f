"""Every way to change something says what goes on record of it: a new route, command or fact without a line fails."""

import argparse
import re
from collections.abc import Collection, Iterator, Mapping

import pytest

from services.__main__ import COMMANDS
from services.catalog import SERVICES
from shared.audit import Deed, Record
from shared.audit.derived import LINES
from shared.web.audit import DEEDS, KINDS
from tests.contracts.handbook import ROOT

DRAFT = "what a unit has not submitted is nobody's record"
ROUTES: Mapping[str, Collection[Deed] | str] = {
    "registry/api.py /filings": {Deed.FILING_SUBMITTED},
    "registry/api.py /filings/{id_}/approve": {Deed.FILING_APPROVED},
    "registry/api.py /filings/{id_}/return": {Deed.FILING_RETURNED},
    "registry/file_pages.py /registry/file": {Deed.FILING_SUBMITTED},
    "registry/file_pages.py /registry/filings/{id_}/mend": {Deed.FILING_SUBMITTED},
    "registry/file_pages.py /registry/drafts/{id_}/discard": DRAFT,
    "registry/filing_pages.py /registry/filings/{id_}/accept": {Deed.FILING_ACCEPTED},
    "registry/filing_pages.py /registry/filings/{id_}/approve": {Deed.FILING_APPROVED, Deed.FILING_IN_FORCE},
    "registry/filing_pages.py /registry/filings/{id_}/return": {Deed.FILING_RETURNED},
    "registry/filing_pages.py /registry/filings/{id_}/attachments/{sha256}": {Deed.ATTACHMENT_TAKEN},
    "registry/filing_pages.py /registry/filings/{id_}/archive": {Deed.FILING_ARCHIVED},
    "registry/filing_pages.py /registry/filings/{id_}/withdraw": {Deed.FILING_WITHDRAWN},
    "registry/filing_pages.py /registry/filings/{id_}/duties/{duty}": {Deed.FILING_DUTY_DONE},
    "registry/filing_api.py /filings/{id_}/accept": {Deed.FILING_ACCEPTED},
    "registry/filing_api.py /filings/{id_}/archive": {Deed.FILING_ARCHIVED},
    "registry/filing_api.py /filings/{id_}/withdraw": {Deed.FILING_WITHDRAWN},
    "registry/filing_api.py /filings/{id_}/mend": {Deed.FILING_SUBMITTED},
    "registry/filing_api.py /filings/{id_}/duties/{duty}": {Deed.FILING_DUTY_DONE},
    "registry/filing_api.py /drafts": DRAFT,
    "registry/filing_api.py /attachments": "keeps a file; nothing in the register changes",
    "registry/filing_api.py /drafts/{id_}/discard": DRAFT,
    "notifier/api.py /notices/{id_}/receipt": {Deed.NOTICE_RECEIVED},
    "notifier/api.py /notices/{id_}/reply": {Deed.NOTICE_REPLIED},
    "notifier/api.py /notices/{id_}/review": {Deed.NOTICE_CLOSED},
    "notifier/pages.py /notices/{id_}/receipt": {Deed.NOTICE_RECEIVED},
    "notifier/pages.py /notices/{id_}/reply": {Deed.NOTICE_REPLIED},
    "notifier/pages.py /notices/{id_}/review": {Deed.NOTICE_CLOSED},
    "prober/api.py /evidence/{sha256}": {Deed.EVIDENCE_VIEWED, Deed.EVIDENCE_TAKEN},
    "web/sign_in.py /sign-in": {Deed.SIGNED_IN, Deed.SIGN_IN_REFUSED},
    "web/sign_in.py /sign-in/code": {Deed.SIGNED_IN, Deed.SIGN_IN_REFUSED},
    "web/sign_in.py /sign-out": "ends one's own session and changes nothing else",
    "account/first.py /password": {Deed.PASSWORD_CHANGED},
    "account/second_step.py /second-step/begin": "nothing counts before the first right code",
    "account/second_step.py /second-step/confirm": {Deed.SECOND_STEP_ON},
    "account/second_step.py /second-step/end": {Deed.SECOND_STEP_OFF},
    "account/sign_ins.py /sessions/end": {Deed.SESSIONS_ENDED},
    "account/sign_ins.py /sessions/end-others": {Deed.SESSIONS_ENDED},
    "account/tokens.py /tokens": {Deed.TOKEN_ISSUED},
    "account/tokens.py /tokens/revoke": {Deed.TOKEN_REVOKED},
    "registry/people.py /add": {Deed.PERSON_CREATED},
    "registry/people.py /{id_}/grant": {Deed.GRANT_GIVEN},
    "registry/people.py /{id_}/ungrant": {Deed.GRANT_ENDED},
    "registry/people.py /{id_}/password": {Deed.PASSWORD_CHANGED},
    "registry/people.py /{id_}/second-step": {Deed.SECOND_STEP_OFF},
    "registry/people.py /{id_}/revoke": {Deed.ACCESS_REVOKED},
    "registry/people.py /{id_}/tokens/revoke": {Deed.TOKEN_REVOKED},
    "registry/people.py /{id_}/end": {Deed.PERSON_ENDED},
    "registry/list_pages.py /registry/import": "keeps a file; nothing in the register changes",
    "registry/list_pages.py /registry/import/{id_}/columns": "says how a file is read; nothing in the register changes",
    "registry/list_pages.py /registry/import/{id_}/take": {Deed.FILING_IN_FORCE, Deed.UNIT_CHANGED},
    "registry/zones.py /regions": {Deed.REGION_CHANGED},
    "registry/zones.py /regions/{id_}/rename": {Deed.REGION_CHANGED},
    "registry/zones.py /regions/{id_}/end": {Deed.REGION_CHANGED},
    "registry/zones.py /api/regions": {Deed.REGION_CHANGED},
    "registry/zones.py /api/regions/{id_}/rename": {Deed.REGION_CHANGED},
    "registry/zones.py /api/regions/{id_}/end": {Deed.REGION_CHANGED},
    **{
        f"registry/unit_pages.py {path}": {Deed.UNIT_CHANGED}
        for path in ("/add", "/{id_}/change", "/{id_}/move", "/{id_}/aliases/confirm", "/{id_}/aliases/reject")
    },
    **{
        f"registry/unit_api.py /units{path}": {Deed.UNIT_CHANGED}
        for path in ("", "/{id_}/change", "/{id_}/move", "/{id_}/aliases/confirm", "/{id_}/aliases/reject")
    },
    "registry/unit_pages.py /{id_}/aliases": "puts a name forward; it counts when somebody confirms it",
    "registry/unit_api.py /units/{id_}/aliases": "likewise",
    **{
        f"registry/contact_pages.py {path}": {Deed.CONTACT_CHANGED}
        for path in (
            "/units/{id_}/contacts/{contact}/leave",
            "/api/units/{id_}/contacts/{contact}/change",
            "/api/units/{id_}/contacts/{contact}/leave",
        )
    },
    "registry/contact_pages.py /units/{id_}/contacts": {Deed.CONTACT_CHANGED, Deed.CONTACTS_VIEWED},
    "registry/contact_pages.py /api/units/{id_}/contacts": {Deed.CONTACT_CHANGED, Deed.CONTACTS_VIEWED},
    "registry/suspects.py /clues": {Deed.CLUE_HANDLED},
    "registry/suspects.py /clues/{id_}": {Deed.CLUE_HANDLED, Deed.OPENING_UNFILED},
    "registry/suspects.py /api/clues": {Deed.CLUE_HANDLED},
    "registry/suspects.py /api/clues/{id_}": {Deed.CLUE_HANDLED, Deed.OPENING_UNFILED},
    "registry/networks.py /networks": {Deed.NETWORK_CHANGED},
    "registry/networks.py /networks/{id_}/close": {Deed.NETWORK_CHANGED},
    "registry/networks.py /api/networks": {Deed.NETWORK_CHANGED},
    "registry/networks.py /api/networks/{id_}/close": {Deed.NETWORK_CHANGED},
    "registry/exemptions.py /exemptions/ask": {Deed.EXEMPTION_ASKED},
    "registry/exemptions.py /exemptions/{id_}/grant": {Deed.EXEMPTION_GRANTED},
    "registry/exemptions.py /exemptions/{id_}/refuse": {Deed.EXEMPTION_REFUSED},
    "registry/exemptions.py /exemptions/{id_}/revoke": {Deed.EXEMPTION_ENDED},
    "registry/exemption_api.py /exemptions": {Deed.EXEMPTION_ASKED},
    "registry/exemption_api.py /exemptions/{id_}/grant": {Deed.EXEMPTION_GRANTED},
    "registry/exemption_api.py /exemptions/{id_}/refuse": {Deed.EXEMPTION_REFUSED},
    "registry/exemption_api.py /exemptions/{id_}/revoke": {Deed.EXEMPTION_ENDED},
}
"""Routes that change something, or show evidence or contacts."""

COMMAND_DEEDS: Mapping[str, Collection[Deed] | str] = {
    "admin create": {Deed.PERSON_CREATED},
    "admin password": {Deed.PASSWORD_CHANGED},
    "admin token": {Deed.TOKEN_ISSUED},
    "admin revoke": {Deed.ACCESS_REVOKED},
    "admin end": {Deed.PERSON_ENDED},
    "admin list": "reads",
    "admin grant": {Deed.GRANT_GIVEN},
    "admin ungrant": {Deed.GRANT_ENDED},
    "admin person": {Deed.SUBJECT_LINKED, Deed.SUBJECT_UNLINKED, Deed.SECOND_STEP_OFF},
    "privacy erase": {Deed.PERSON_ERASED},
    "privacy report": "reads",
    "keys list": "reads",
    "keys certificate": "makes files on this machine, before there may be a database",
    "keys next": "likewise",
    "keys use": "likewise",
    "keys drop": "likewise",
    "audit verify": "reads",
    "audit show": "reads",
    "audit anchor": {Deed.ANCHOR_WITNESSED},
    "backfill": {Deed.VISITS_PUT_IN},
    "check": "looks from outside, stores nothing",
    "dead list": "reads",
    "dead show": "reads",
    "dead replay": {Deed.DEAD_REPLAYED},
    "dead drop": {Deed.DEAD_DROPPED},
    "events": "prints",
    "import": {Deed.FILING_IN_FORCE, Deed.UNIT_CHANGED},
    "export": "reads, for the operator of the machine",
    "unit": {Deed.UNIT_CHANGED},
    "office": {Deed.OFFICE_CHANGED, Deed.FEED_GRANTED},
    "ruleset check": "reads",
    "ruleset list": "reads",
    "ruleset show": "reads",
    "streams apply": "makes streams and consumers as the tables say; what is decided does not change",
    "streams users": "prints, and makes keys that are missing",
    "webhook add": {Deed.ENDPOINT_ADDED},
    "webhook list": "reads",
    "webhook rotate": {Deed.ENDPOINT_CHANGED},
    "webhook resume": {Deed.ENDPOINT_CHANGED},
    "webhook remove": {Deed.ENDPOINT_REMOVED},
    **dict.fromkeys(["all", *SERVICES], "starts services; what they do is on record"),
}

BY_THEMSELVES = {
    Deed.FILING_OVERDUE,
    Deed.RULESET_USED,
    Deed.UNFILED_CONFIRMED,
    Deed.UNFILED_SETTLED,
    Deed.CLOSURE_UNFILED,
    Deed.STILL_ALIVE,
    Deed.FINDING_RAISED,
    Deed.FINDING_CLEARED,
    Deed.NOTICE_ISSUED,
    Deed.NOTICE_OVERDUE,
    Deed.NOTICE_CHANGED,
}
"""What services decide without being asked."""

NO_DEEDS: Mapping[str, str] = {
    "registry.opened": "follows from an approved filing, which is on record",
    "registry.changed": "likewise",
    "registry.contacts_missing": "follows from a contact or an administrator who left, which is on record",
    "registry.suspended": "likewise",
    "registry.closed": "likewise",
    "probe.completed": "an observation, without any judgement",
    "probe.profile_seen": "likewise",
    "probe.failed": "a measured state, without any judgement",
    "probe.recovered": "likewise",
    "work.prober.due": "wakes somebody",
    "work.prober.asked": "wakes somebody",
    "work.notifier.due": "wakes somebody",
    "audit.anchored": "is about the record, and on record with those who witness it",
}
CHANGING = re.compile(r'\.(post|put|patch|delete)\(\s*"([^"]+)"')
SHOWING = re.compile(r'\.(get)\(\s*"(/evidence[^"]*|[^"]*/contacts|/registry/filings/\{id_\}/attachments[^"]*)"')


def routes() -> Iterator[str]:
    """Every route that changes something or shows evidence, as the sources have it."""
    for folder in ("services", "shared"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            text = file.read_text(encoding="utf-8")
            if "APIRouter" in text:
                for path in {path for _, path in [*CHANGING.findall(text), *SHOWING.findall(text)]}:
                    yield f"{file.parent.name}/{file.name} {path}"


def commands() -> Iterator[str]:
    """Every command there is."""
    parser = argparse.ArgumentParser()
    for command in COMMANDS:
        command.add(_first_or_new(parser))
    yield from _leaves(parser, ())


def test_every_route_that_changes_something_says_what_goes_on_record() -> None:
    assert sorted(routes()) == sorted(ROUTES)


def test_every_command_says_what_goes_on_record() -> None:
    assert sorted(commands()) == sorted(COMMAND_DEEDS)


def test_every_fact_is_a_deed_or_says_why_not() -> None:
    said = {fact.type for service in SERVICES.values() for fact in service.says}
    assert {fact.type for fact in LINES} | set(NO_DEEDS) == said
    assert {fact.type for fact in LINES}.isdisjoint(NO_DEEDS)


def test_every_deed_is_done_somewhere_and_has_a_name_on_the_page() -> None:
    named = [*ROUTES.values(), *COMMAND_DEEDS.values(), BY_THEMSELVES]
    assert {deed for deeds in named if not isinstance(deeds, str) for deed in deeds} == set(Deed)
    assert set(DEEDS) == set(Deed)
    assert len(set(DEEDS.values())) == len(Deed)


@pytest.mark.parametrize("word", sorted({line.kind for line in LINES.values()} | set(KINDS)))
def test_every_kind_of_thing_has_a_name_on_the_page(word: str) -> None:
    assert word in KINDS


def test_nothing_a_record_holds_is_a_name_or_a_contact() -> None:
    fields = set(Record.model_fields)
    assert fields == {
        *("id", "at", "actor", "deed", "kind", "object", "region", "unit", "reason", "details", "address", "trace"),
        *("sequence", "service", "previous", "hash"),
    }


def _first_or_new(parser: argparse.ArgumentParser) -> "argparse._SubParsersAction[argparse.ArgumentParser]":
    found = [one for one in parser._actions if isinstance(one, argparse._SubParsersAction)]
    return found[0] if found else parser.add_subparsers()


def _leaves(parser: argparse.ArgumentParser, words: tuple[str, ...]) -> Iterator[str]:
    below = [one for one in parser._actions if isinstance(one, argparse._SubParsersAction)]
    if not below:
        yield " ".join(words)
    for name, child in (pair for one in below for pair in one.choices.items()):
        yield from _leaves(child, (*words, name))
