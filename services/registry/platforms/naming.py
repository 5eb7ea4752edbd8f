"""How platforms and accounts are named and told apart."""

import unicodedata

from services.registry.platforms.load import platforms
from shared.web.platforms import platform_name, platform_names


def default_subtype(platform: str) -> str:
    """The sub-type of an account of which none is stated, empty where a platform has none."""
    known = platform_names().get(platform)
    return next(iter(known.subtypes), "") if known else ""


def title(platform: str, subtype: str = "") -> str:
    """What a page calls it: 微信公众号, 微信视频号."""
    return platform_name(platform, subtype)


def is_application(platform: str, subtype: str = "") -> bool:
    """Whether it is an app, a mini-program or a quick app, for which there are rules of their own."""
    known = platforms().get(platform)
    return known is not None and (known.application or (subtype or default_subtype(platform)) in known.applications)


def key(platform: str, subtype: str, account: str) -> str:
    """The id of the outlet: ``a-<platform>-<account>``, with the sub-type between them when it is not the default.

    An account whose own id begins like a sub-type has its sub-type written out always: no two accounts of a platform
    have one key. The dots of a package name (of an app) become ``-``, since an id is one token of a subject.
    """
    id_ = account.replace(".", "-")
    default = default_subtype(platform)
    known = platform_names().get(platform)
    unclear = known is not None and id_.startswith(tuple(f"{each}-" for each in known.subtypes))
    stated = subtype or default
    return f"a-{platform}-{stated}-{id_}" if stated and (stated != default or unclear) else f"a-{platform}-{id_}"


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
