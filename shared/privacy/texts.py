"""Text that must not end up where everybody reads: in logs, traces, error messages and on DEAD.

Such text is compared, searched, stored and sent like any other; only when it becomes part of a sentence (``str``,
``format``, ``%``, ``repr``, and so every log line, exception and model shown) does it read ``***``. Whoever writes to
a person or for a person says so, with ``plain``.
"""

from html import escape
from typing import Any, Self, get_args, get_origin

from pydantic import BaseModel, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

MASK = "***"


class Opaque(str):
    """See the module. A field of this type takes any text; MongoDB and JSON keep it as it is."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """``text``, whatever it says of itself."""
        return super().__new__(cls, text.plain if isinstance(text, Opaque) else text)

    def __repr__(self) -> str:
        return MASK

    def __str__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return format(MASK, spec)

    @property
    def plain(self) -> str:
        """What it really says."""
        return str.__str__(self)

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(cls, core_schema.str_schema())


class Secret(Opaque):
    """What lets somebody in: a password hash, a signing secret. No page shows it."""

    __slots__ = ()


class Personal(Opaque):
    """What says who somebody is or how to reach them: a name, a login, a mail address.

    A page shows it, because what a page shows was asked for by somebody who may see it.
    """

    __slots__ = ()

    def __html__(self) -> str:
        return escape(self.plain)


def blanked(model: BaseModel) -> dict[str, Any]:
    """The secret and personal fields of ``model`` (its own, not those of its parts), each with nothing in it.

    An optional one becomes None, one of several texts an empty tuple, a single text an empty one.
    """
    fields = {name: info.annotation for name, info in type(model).model_fields.items()}
    return {name: _nothing(hint) for name, hint in fields.items() if any(_is_opaque(part) for part in _parts(hint))}


def _nothing(hint: Any) -> Any:
    if _is_opaque(hint):
        return hint("")
    return () if get_origin(hint) is tuple else None


def _parts(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) or (hint,)


def _is_opaque(part: Any) -> bool:
    return isinstance(part, type) and issubclass(part, Opaque)
