"""Who people are and what they may: persons, dated grants, sessions, tokens, in a database of their own."""

from shared.identity.contacts import Contact
from shared.identity.errors import NotAccepted, Refusal, SignInRefused, TokenFault, TokenRefused, UnknownLogin
from shared.identity.granting import Objection, may_give, may_manage, under
from shared.identity.id_token import BadToken, TokenFlaw
from shared.identity.identity import Identity
from shared.identity.passwords import Passwords, Weakness, first_password
from shared.identity.permissions import (
    ALLOWED,
    ALWAYS,
    Action,
    Grant,
    Person,
    Role,
    grants_in_force,
    height,
    may,
    scope,
)
from shared.identity.provider import Provider, ProviderFailed
from shared.identity.sealing import NotOpened
from shared.identity.sessions import Device
from shared.identity.store import How, Outcome, PersonDocument

__all__ = [
    "ALLOWED",
    "ALWAYS",
    "Action",
    "BadToken",
    "Contact",
    "Device",
    "Grant",
    "How",
    "Identity",
    "NotAccepted",
    "NotOpened",
    "Objection",
    "Outcome",
    "Passwords",
    "Person",
    "PersonDocument",
    "Provider",
    "ProviderFailed",
    "Refusal",
    "Role",
    "SignInRefused",
    "TokenFault",
    "TokenFlaw",
    "TokenRefused",
    "UnknownLogin",
    "Weakness",
    "first_password",
    "grants_in_force",
    "height",
    "may",
    "may_give",
    "may_manage",
    "scope",
    "under",
]
