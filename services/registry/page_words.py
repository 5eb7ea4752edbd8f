"""The words every page of the registry has."""

from typing import Any

from services.registry import filing as decisions
from services.registry import life
from services.registry.compared import FIELD_NAMES
from services.registry.life import KINDS
from services.registry.particulars import PLATFORMS, SUBTYPES, TITLES

WORDS: dict[str, Any] = {
    "kinds": KINDS,
    "platforms": PLATFORMS,
    "subtypes": SUBTYPES,
    "titles": TITLES,
    "watched": FIELD_NAMES,
    "states": decisions.WORDS,
    "acts": decisions.ACTS,
    "outlet_states": life.WORDS,
}
