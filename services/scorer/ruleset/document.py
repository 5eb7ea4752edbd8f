"""Read one YAML file into plain values that remember where they stood.

Only a small, exact part of YAML is accepted: text, whole numbers, true/false, null, dates, lists and mappings.
A number with a decimal point is refused, because points are exact: they are written as text ("0.5").
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol, TypeAlias

import yaml

WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,8})")
DEEPEST = 12
TAG = "tag:yaml.org,2002:"
REMEDIES = {
    "bool": "write true or false, or put it in quotes",
    "int": "write a plain whole number, or put it in quotes",
    "timestamp": "write a day like 2019-04-01, or put it in quotes",
    "merge": "write the keys out",
    "value": "put it in quotes",
}


@dataclass(frozen=True)
class Place:
    """Where something stands in a file; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class RulesetError(ValueError):
    """A ruleset that is refused: where, what is wrong and what to do."""

    def __init__(self, place: Place, problem: str, remedy: str) -> None:
        super().__init__(f"{place}: {problem}; {remedy}")
        self.place = place
        self.problem = problem
        self.remedy = remedy


Value: TypeAlias = "str | int | bool | date | Block | Rows | None"


class Block(dict[str, Value]):
    """A mapping that knows its own place and the places of its keys."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place
        self.keys_at: dict[str, Place] = {}
        self.values_at: dict[str, Place] = {}

    def put(self, key: str, value: Value, key_at: Place, value_at: Place | None = None) -> None:
        """Set ``key`` and remember where it and its value were written."""
        self[key] = value
        self.keys_at[key] = key_at
        self.values_at[key] = value_at or key_at

    def place_of(self, step: str | int) -> Place | None:
        """Where the value of a key was written; None when there is no such key."""
        return self.values_at.get(step) if isinstance(step, str) else None

    def duplicate(self) -> "Block":
        """A deep copy with every place."""
        block = Block(self.place)
        for key, member in self.items():
            block.put(key, copy(member), self.keys_at[key], self.values_at[key])
        return block


class Rows(list[Value]):
    """A list that knows its own place and the places of its members."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place
        self.values_at: list[Place] = []

    def put(self, value: Value, value_at: Place) -> None:
        """Append ``value`` and remember where it was written."""
        self.append(value)
        self.values_at.append(value_at)

    def place_of(self, step: str | int) -> Place | None:
        """Where a member was written; None when there is no such member."""
        return self.values_at[step] if isinstance(step, int) and step < len(self) else None

    def duplicate(self) -> "Rows":
        """A deep copy with every place."""
        rows = Rows(self.place)
        for member, place in zip(self, self.values_at, strict=True):
            rows.put(copy(member), place)
        return rows

    def drop(self, index: int) -> None:
        """Take one member out."""
        del self[index]
        del self.values_at[index]


def read(file: str, text: str) -> Block:
    """The mapping written in ``text``. Raises RulesetError for anything but one plain YAML mapping."""
    start = Place(file, 1, 1)
    try:
        _refuse_cleverness(file, text)
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise RulesetError(
            _at(file, mark), f"this is not YAML ({error.problem})", "mend the indentation or the quotes"
        ) from None
    except yaml.YAMLError as error:
        raise RulesetError(start, f"this is not YAML ({error})", "save the file as plain UTF-8 text") from None
    value = _Reader(file).value(node) if node is not None else None
    if not isinstance(value, Block):
        raise RulesetError(start, "a ruleset is a mapping of keys", "begin with 'ruleset: <its id>'")
    return value


def place_of(tree: Block, path: Sequence[str | int]) -> Place:
    """Where the value at ``path`` stands; as deep as the path leads."""
    here: Value = tree
    place = tree.place
    for step in path:
        inner = here.place_of(step) if isinstance(here, Block | Rows) else None
        if inner is None:
            break
        place = inner
        here = here[step]  # type: ignore[index]  # place_of said that it is there
    return place


def copy(value: Value) -> Value:
    """``value``, deeply copied when it can be changed."""
    return value.duplicate() if isinstance(value, Block | Rows) else value


def _refuse_cleverness(file: str, text: str) -> None:
    """Anchors, aliases, second documents and deep nesting hide what a table says."""
    depth = documents = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        place = _at(file, event.start_mark)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise RulesetError(place, "anchors and aliases are not used in rulesets", "write the value out")
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise RulesetError(place, "a second document begins here", "write one ruleset a file")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEEPEST:
                raise RulesetError(place, f"this is nested more than {DEEPEST} deep", "write it flatter")
        if isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


class _Mark(Protocol):
    line: int
    column: int


def _at(file: str, mark: _Mark | None) -> Place:
    return Place(file, mark.line + 1, mark.column + 1) if mark else Place(file, 1, 1)


class _Reader:
    """Turns composed YAML nodes into values with places."""

    def __init__(self, file: str) -> None:
        self.file = file

    def place(self, node: yaml.Node) -> Place:
        return _at(self.file, node.start_mark)

    def value(self, node: yaml.Node) -> Value:
        if isinstance(node, yaml.MappingNode) and node.tag == TAG + "map":
            return self.block(node)
        if isinstance(node, yaml.SequenceNode) and node.tag == TAG + "seq":
            return self.rows(node)
        if isinstance(node, yaml.ScalarNode):
            return self.scalar(node)
        raise RulesetError(self.place(node), f"the tag {node.tag} means nothing here", "remove it")

    def block(self, node: yaml.MappingNode) -> Block:
        block = Block(self.place(node))
        for key_node, value_node in node.value:
            key = self.value(key_node)
            place = self.place(key_node)
            if not isinstance(key, str):
                raise RulesetError(place, "a key is text", "put the key in quotes")
            if key in block:
                raise RulesetError(place, f"{key!r} is already given at {block.keys_at[key]}", "keep one of them")
            block.put(key, self.value(value_node), place, self.place(value_node))
        return block

    def rows(self, node: yaml.SequenceNode) -> Rows:
        rows = Rows(self.place(node))
        for member in node.value:
            rows.put(self.value(member), self.place(member))
        return rows

    def scalar(self, node: yaml.ScalarNode) -> str | int | bool | date | None:
        place, text, kind = self.place(node), str(node.value), node.tag.removeprefix(TAG)
        if kind == "str":
            return text
        if kind == "null":
            return None
        if kind == "bool" and text in ("true", "false"):
            return text == "true"
        if kind == "int" and WHOLE.fullmatch(text):
            return int(text)
        if kind == "timestamp" and re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            return self.day(place, text)
        if kind == "float":
            raise RulesetError(place, f"{text} is not exact", f'write it as text: "{text}"')
        remedy = REMEDIES.get(kind, "remove the tag")
        raise RulesetError(place, f"{text!r} would be read as {kind}", remedy)

    def day(self, place: Place, text: str) -> date:
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise RulesetError(place, f"{text} is not a day of the calendar", "correct the date") from None
