"""What a channel takes, and the three ways it can end. Pure."""

from dataclasses import dataclass

from pydantic import AwareDatetime, BaseModel, ConfigDict

from shared.privacy import Personal


class Message(BaseModel):
    """What is sent. ``id`` is the delivery's: sending it again is recognisably the same message.

    A letter begins with the name of whom it is to, so the whole of it is personal.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    name: Personal
    address: Personal
    subject: str
    text: Personal
    html: Personal
    written_at: AwareDatetime


@dataclass(frozen=True, slots=True)
class Delivered:
    """The other side took it; ``said`` is its answer."""

    said: str


@dataclass(frozen=True, slots=True)
class Again:
    """Not taken now: worth another try. ``after`` in seconds when the other side named a time, else None."""

    why: str
    after: float | None = None


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Refused for good; ``gone`` when the whole address is, and not only this message."""

    why: str
    gone: bool = False


Result = Delivered | Again | GiveUp
