"""What is stored of people: who they are, what they sign in with, and where they have."""

from enum import StrEnum
from hashlib import sha256

from pydantic import AwareDatetime

from shared.documents import Database, Document, Documents, Index
from shared.events.region import COUNTRY, RegionPrefix
from shared.identity.permissions import Grant, Role
from shared.privacy import Personal, Secret


class How(StrEnum):
    """What somebody signed in with."""

    PASSWORD = "password"  # noqa: S105 - the name of a way
    SECOND_STEP = "second_step"
    PROVIDER = "provider"


class Outcome(StrEnum):
    """How an attempt to sign in ended."""

    SIGNED_IN = "signed_in"
    WRONG_PASSWORD = "wrong_password"  # noqa: S105 - the name of an outcome
    WRONG_CODE = "wrong_code"


class PersonDocument(Document):
    """A person. ``password`` is an argon2id hash, empty when they sign in through the provider only.

    ``password_due``: somebody else made this password. ``ended_at`` is when they lost every access. Once ``erased_at``
    nothing says who they were: their name is a pseudonym, which the records of their acts bear too.
    """

    region: str = COUNTRY
    login: Personal
    name: Personal
    email: Personal
    password: Secret
    password_due: bool = False
    grants: tuple[Grant, ...]
    created_at: AwareDatetime
    ended_at: AwareDatetime | None = None
    erased_at: AwareDatetime | None = None


class SessionDocument(Document):
    """A sign-in; its id is the digest of what the cookie holds. MongoDB removes it some time after it expired.

    ``half``: the password was right, the code of the second step is still to come.
    """

    region: str = COUNTRY
    person: str
    created_at: AwareDatetime
    expires_at: AwareDatetime
    address: Personal = Personal("")
    browser: str = ""
    how: How = How.PASSWORD
    half: bool = False


class SignInDocument(Document):
    """An attempt to sign in as somebody, right or wrong. MongoDB removes it after half a year."""

    region: str = COUNTRY
    person: str
    at: AwareDatetime
    expires_at: AwareDatetime
    outcome: Outcome
    how: How
    address: Personal
    browser: str


class TokenDocument(Document):
    """An API token; ``secret`` is a digest. MongoDB removes it some time after it expired.

    ``roles`` and ``under`` (a region prefix) make it narrower than its person; None leaves them as they are.
    """

    region: str = COUNTRY
    person: str
    secret: Secret
    name: str = ""
    roles: tuple[Role, ...] | None = None
    under: RegionPrefix | None = None
    created_at: AwareDatetime
    expires_at: AwareDatetime
    used_at: AwareDatetime | None = None


class SecondStepDocument(Document):
    """The second step of a person's sign-in; its id is the person's.

    ``sealed`` is the secret of the codes, ``since`` None until a first code was right, ``counter`` the last step used,
    ``recovery`` the digests of the codes for a lost telephone that are left.
    """

    region: str = COUNTRY
    sealed: Secret
    since: AwareDatetime | None = None
    counter: int = 0
    recovery: tuple[Secret, ...] = ()


class SubjectDocument(Document):
    """Who a subject of the sign-in provider is here; its id is the digest of issuer and subject."""

    region: str = COUNTRY
    person: str
    issuer: str
    subject: Personal


class FlowDocument(Document):
    """A sign-in that was sent to the provider; its id is the digest of the state. MongoDB removes old ones."""

    region: str = COUNTRY
    browser: str
    nonce: Secret
    verifier: Secret
    wanted: str
    expires_at: AwareDatetime


class Store:
    """The collections of identity, in a database of their own."""

    def __init__(self, database: Database) -> None:
        expires = Index(("expires_at",), expire_after=0)
        person = Index(("person",))
        self.people: Documents[PersonDocument] = database.documents(
            "people", PersonDocument, [Index(("grants.unit",)), Index(("grants.region",))]
        )
        self.sessions: Documents[SessionDocument] = database.documents("sessions", SessionDocument, [expires, person])
        self.sign_ins: Documents[SignInDocument] = database.documents(
            "sign_ins", SignInDocument, [expires, Index(("person", "-at"))]
        )
        self.tokens: Documents[TokenDocument] = database.documents("tokens", TokenDocument, [expires, person])
        self.second_steps: Documents[SecondStepDocument] = database.documents("second_steps", SecondStepDocument)
        self.subjects: Documents[SubjectDocument] = database.documents("subjects", SubjectDocument, [person])
        self.flows: Documents[FlowDocument] = database.documents("flows", FlowDocument, [expires])


def person_id(login: str) -> str:
    """The id of the person with ``login``: two people of one login cannot be stored."""
    return "p-" + sha256(login.encode()).hexdigest()[:16]


def pseudonym(id_: str) -> str:
    """What the person with this id is called after they were erased: always the same, and nobody else's."""
    return f"已清除·{id_.removeprefix('p-')}"
