"""Who people are and what they may: persons, dated grants, sessions, tokens, in a database of their own."""

from shared.identity.contacts import Contact
from shared.identity.identity import (
    Identity,
    NotAccepted,
    Refusal,
    SignInRefused,
    UnknownLogin,
)
from shared.identity.passwords import Passwords
from shared.identity.permissions import ALLOWED, ALWAYS, Action, Grant, Person, Role, grants_in_force, may, scope

__all__ = [
    "ALLOWED",
    "ALWAYS",
    "Action",
    "Contact",
    "Grant",
    "Identity",
    "NotAccepted",
    "Passwords",
    "Person",
    "Refusal",
    "Role",
    "SignInRefused",
    "UnknownLogin",
    "grants_in_force",
    "may",
    "scope",
]
