"""Which fields of a model are secret or personal, found by walking its types as far as they lead."""

import dataclasses
import re
from collections.abc import Iterator
from typing import Any, get_args, get_type_hints

from pydantic import BaseModel

from shared.privacy import Opaque

TELLING = re.compile(r"e_?mail|phone|mobile|telephone|contact|login|passw|totp|secret|address|id_?card", re.IGNORECASE)
"""Names of fields that say who somebody is, how to reach them, or how to get in."""


def fields(model: type[Any], path: str = "", seen: frozenset[type[Any]] = frozenset()) -> Iterator[tuple[str, Any]]:
    """Every field reachable from ``model``: its dotted path and a type it may be; the members of a union each."""
    if model in seen:
        return
    for name, hint in _hints(model):
        here = f"{path}{name}"
        for kind in kinds(hint):
            yield here, kind
            if isinstance(kind, type) and _hints(kind):
                yield from fields(kind, f"{here}.", seen | {model})


def kinds(hint: Any) -> Iterator[Any]:
    """What a hint is made of, however deep: ``tuple[Personal | None, ...]`` holds Personal and None."""
    parts = get_args(hint)
    if not parts:
        yield hint
    for part in parts:
        yield from kinds(part)


def opaque(model: type[Any]) -> dict[str, type[Opaque]]:
    """The fields of ``model`` that are secret or personal, by dotted path."""
    return {path: kind for path, kind in fields(model) if isinstance(kind, type) and issubclass(kind, Opaque)}


def telling(model: type[Any]) -> set[str]:
    """The fields of ``model`` that by their name should be, and are not."""
    return {
        path
        for path, kind in fields(model)
        if TELLING.search(path.rpartition(".")[2]) and kind in (str, bytes, dict, Any) and path not in opaque(model)
    }


def _hints(model: Any) -> list[tuple[str, Any]]:
    if isinstance(model, type) and issubclass(model, BaseModel):
        hints = get_type_hints(model, include_extras=False)
        return [(name, hints[name]) for name in model.model_fields]
    if dataclasses.is_dataclass(model) and isinstance(model, type):
        return list(get_type_hints(model).items())
    return []
