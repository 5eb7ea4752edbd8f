"""From the address of an account's page to the account, and back."""

import re
from functools import cache
from typing import NamedTuple
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from services.registry.platforms.load import platforms
from services.registry.platforms.model import PLACE, Address, Form, Platform
from services.registry.platforms.naming import default_subtype

LONGEST = 2000


class Found(NamedTuple):
    """An account found in an address.

    ``subtype`` is empty when the address does not tell it, ``canonical`` where a platform has no page for such an id.
    """

    platform: str
    subtype: str
    account: str
    canonical: str


def parse(url: str) -> Found | None:
    """The account whose page ``url`` is, None when it is no account's page that we know.

    A shortened link, and an article whose address does not hold its author, name no account. ``https://`` may lack.
    """
    text = url.strip()
    if not text or len(text) > LONGEST:
        return None
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return None
    for platform in platforms().values():
        for address in platform.addresses:
            if parts.scheme in address.schemes and host in address.hosts:
                account = _account(platform, address, parts)
                if account:
                    return _found(platform, account)
    return None


def canonical(platform: str, subtype: str, account: str) -> str:
    """The address of the account's page, empty where there is none that can be made from its id."""
    known = platforms().get(platform)
    for form in known.forms if known else ():
        if re.fullmatch(form.pattern, account) and form.subtype in ("", subtype or default_subtype(platform)):
            return form.canonical.replace(PLACE, account)
    return ""


def _account(platform: Platform, address: Address, parts: SplitResult) -> str:
    path = unquote(parts.path)
    if address.query:
        if path.rstrip("/") != address.path:
            return ""
        [value] = parse_qs(parts.query).get(address.query, [""])[:1]
        candidate = value.removesuffix(address.ending)
    else:
        matched = _matcher(address.path).match(path)
        candidate = matched["account"] if matched else ""
    known = any(re.fullmatch(form.pattern, candidate) for form in platform.forms)
    return candidate if known and candidate.casefold() not in platform.reserved else ""


@cache
def _matcher(path: str) -> re.Pattern[str]:
    before, _, after = (re.escape(part).replace(r"\*", "[^/]+") for part in path.partition(PLACE))
    return re.compile(f"{before}(?P<account>[^/]+){after}(?:/|$)")


def _found(platform: Platform, account: str) -> Found:
    form: Form = next(form for form in platform.forms if re.fullmatch(form.pattern, account))
    code = platform.platform
    return Found(code, form.subtype, account, canonical(code, form.subtype, account))
