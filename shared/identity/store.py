"""What is stored of people, their sessions and their tokens."""

from hashlib import sha256

from pydantic import AwareDatetime

from shared.documents import Database, Document, Documents, Index
from shared.events.region import COUNTRY
from shared.identity.permissions import Grant
from shared.privacy import Personal, Secret


class PersonDocument(Document):
    """A person. ``password`` is an argon2id hash; ``ended_at`` is when they lost every access.

    Once ``erased_at`` nothing says who they were: their name is a pseudonym, which the records of their acts bear too.
    """

    region: str = COUNTRY
    login: Personal
    name: Personal
    email: Personal
    password: Secret
    grants: tuple[Grant, ...]
    created_at: AwareDatetime
    ended_at: AwareDatetime | None = None
    erased_at: AwareDatetime | None = None


class SessionDocument(Document):
    """A sign-in; its id is the digest of what the cookie holds. MongoDB removes it some time after it expired."""

    region: str = COUNTRY
    person: str
    created_at: AwareDatetime
    expires_at: AwareDatetime


class TokenDocument(Document):
    """An API token; ``secret`` is a digest. MongoDB removes it some time after it expired."""

    region: str = COUNTRY
    person: str
    secret: Secret
    created_at: AwareDatetime
    expires_at: AwareDatetime


class Store:
    """The collections of identity, in a database of their own."""

    def __init__(self, database: Database) -> None:
        expires = Index(("expires_at",), expire_after=0)
        self.people: Documents[PersonDocument] = database.documents(
            "people", PersonDocument, [Index(("grants.unit",)), Index(("grants.region",))]
        )
        self.sessions: Documents[SessionDocument] = database.documents(
            "sessions", SessionDocument, [expires, Index(("person",))]
        )
        self.tokens: Documents[TokenDocument] = database.documents(
            "tokens", TokenDocument, [expires, Index(("person",))]
        )


def person_id(login: str) -> str:
    """The id of the person with ``login``: two people of one login cannot be stored."""
    return "p-" + sha256(login.encode()).hexdigest()[:16]


def pseudonym(id_: str) -> str:
    """What the person with this id is called after they were erased: always the same, and nobody else's."""
    return f"已清除·{id_.removeprefix('p-')}"
