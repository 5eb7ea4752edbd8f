"""How platforms and accounts are named and told apart."""

import unicodedata
from collections.abc import Mapping

from services.registry.platforms.load import platforms
from shared.web.platforms import platform_name, platform_names


def default_subtype(platform: str) -> str:
    """The sub-type of an account of which none is stated, empty where a platform has none."""
    known = platform_names().get(platform)
    return next(iter(known.subtypes), "") if known else ""


def title(platform: str, subtype: str = "") -> str:
    """What a page calls it: 微信公众号, 微信视频号."""
    return platform_name(platform, subtype)


def subtypes() -> Mapping[str, str]:
    """What pages call the sub-types of every platform, by code; one that several platforms have names them all."""
    found: dict[str, str] = {}
    for known in platform_names().values():
        for code, name in known.subtypes.items():
            found[code] = f"{found[code]}、{name}" if code in found else name
    return found


def is_application(platform: str, subtype: str = "") -> bool:
    """Whether it is an app, a mini-program or a quick app, for which there are rules of their own."""
    known = platforms().get(platform)
    return known is not None and (known.application or (subtype or default_subtype(platform)) in known.applications)


def key(platform: str, subtype: str, account: str) -> str:
    """The id of the outlet: ``a-<platform>-<account>``, or ``a-<platform>_<sub-type>-<account>``.

    The default sub-type is left out: stating it later changes no id. One name on two platforms is two accounts. The
    dots of a package name (of an app) become ``-``, since an id is one token of a subject.
    """
    kind = "" if subtype == default_subtype(platform) else subtype
    return f"a-{platform}{'_' if kind else ''}{kind}-{account.replace('.', '-')}"


def bare_name(platform: str, name: str) -> str:
    """``name`` as it is compared: without width, case, spaces, punctuation and the platform's stop words.

    A name that is nothing but stop words keeps them.
    """
    folded = unicodedata.normalize("NFKC", name).casefold()
    letters = "".join(sign for sign in folded if unicodedata.category(sign)[0] in "LN")
    known = platforms().get(platform)
    rest = letters
    for word in sorted(known.stop_words if known else (), key=len, reverse=True):
        rest = rest.replace(word, "")
    return rest or letters
