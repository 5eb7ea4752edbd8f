"""What identity puts on record: sign-ins, and what people were given and lost. Never a name, a contact or a secret."""

from collections.abc import Collection
from datetime import datetime

from shared.audit.record import Deed, Entry, Thing, noted
from shared.events.region import COUNTRY, region_of
from shared.identity.permissions import Grant
from shared.identity.secrets import digest
from shared.identity.store import How, PersonDocument

NOBODY = "nobody"


def of_person(
    deed: Deed, document: PersonDocument, *, actor: str, reason: str, grants: Collection[Grant] = ()
) -> Entry:
    """``deed`` about a person, where their first grant is: a region, or a unit (whose region the reader fills in).

    ``grants`` are those given or ended; of a person created, all.
    """
    said = document.grants if deed is Deed.PERSON_CREATED else grants
    details = {"grants": "; ".join(_said(grant) for grant in said)} if said else {}
    return noted(deed, _person(document), actor=actor, reason=reason, details=details)


def signed_in(document: PersonDocument, how: How) -> Entry:
    """A person signed in."""
    return of_person(Deed.SIGNED_IN, document, actor=actor_of(document.id), reason=how.value)


def refused(document: PersonDocument | None, login: str, address: str, reason: str, until: datetime | None) -> Entry:
    """Somebody could not sign in as ``document``; a login nobody has may be a password, so it is not kept.

    While a login is locked (``until``) the refusals of an address are one entry, however many there are.
    """
    thing = _person(document) if document else Thing("person", NOBODY)
    once = digest(f"locked\n{login}\n{address}\n{until.isoformat()}") if until else None
    return noted(Deed.SIGN_IN_REFUSED, thing, actor="person:unknown", reason=reason, id_=once)


def _person(document: PersonDocument) -> Thing:
    first = document.grants[0] if document.grants else None
    region = COUNTRY if first is None or first.region is None else region_of(first.region)
    return Thing("person", document.id, region, (first.unit or "") if first else "")


def actor_of(person: str) -> str:
    """How a person (an id) is named as the one who acts."""
    return f"person:{person}"


def _said(grant: Grant) -> str:
    over = grant.unit if grant.unit is not None else grant.region or "the whole country"
    return f"{grant.role} of {over}"
