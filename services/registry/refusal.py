"""How the registry's decisions say no."""

from enum import StrEnum


class Refused(Exception):  # noqa: N818 - it is an answer to a person
    """A refusal with its reason, a Chinese sentence for the person who asked, and the field at fault if it is one."""

    def __init__(self, reason: StrEnum, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.reason = reason
        self.sentence = sentence
        self.field = field
