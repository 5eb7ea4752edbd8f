"""``extends:`` and ``overrides:`` — a local document as the national one plus its differences, each with a reason."""

from collections.abc import Mapping

from services.scorer.ruleset.document import Block, Place, Rows, RulesetError, Value, copy, place_of

OWN_KEYS = ("ruleset", "version", "region", "effective", "document")
INHERITED = ("scopes", "scoring", "table", "indicators", "annual", "duties")
BASE_KEYS = OWN_KEYS + INHERITED
OVERLAY_KEYS = (
    "ruleset",
    "version",
    "extends",
    "region",
    "effective",
    "document",
    "restates_base",
    "overrides",
)
WHOLE = ("scoring", "table", "annual")
ADDED = {"scope": "scopes", "indicator": "indicators", "criterion": "criteria", "duty": "duties"}
OF_INDICATOR = ("name", "row", "kind", "applies", "category", "cap", "not_again")


class _Citation(Block):
    """A citation that has the name of its document."""


def resolve(name: str, trees: Mapping[str, Block], asked: tuple[str, ...] = ()) -> Block:
    """The tree of ruleset ``name`` with everything it extends written out. ``asked`` is the chain that led here."""
    tree = trees[name]
    _only(tree, OVERLAY_KEYS if "extends" in tree else BASE_KEYS)
    if "extends" not in tree:
        result = tree.duplicate()
        _stamp_all(result, tree)
        return result
    base_name, at = tree["extends"], tree.values_at["extends"]
    if not isinstance(base_name, str) or base_name not in trees:
        raise RulesetError(at, f"there is no ruleset {base_name!r} to extend", "name one that is loaded")
    if base_name in (*asked, name):
        raise RulesetError(at, "this extends itself: " + " -> ".join((*asked, name, base_name)), "break the circle")
    return _overlay(tree, resolve(base_name, trees, (*asked, name)))


def _overlay(tree: Block, base: Block) -> Block:
    result = Block(tree.place)
    for key, value in tree.items():
        if key != "overrides":
            result.put(key, copy(value), tree.keys_at[key], tree.values_at[key])
    for key in INHERITED:
        if key in base:
            result.put(key, base[key], base.keys_at[key], base.values_at[key])
    if tree.get("restates_base") is True:
        for criterion in _criteria(result):
            _cite(criterion, tree, tree.values_at["restates_base"])
            criterion.put("status", _of_document(tree, "status"), tree.values_at["restates_base"])
    changes = Rows(tree.values_at.get("overrides", tree.place))
    for entry in _blocks(tree, "overrides"):
        override = _Override(entry, tree, result)
        override.apply()
        changes.put(override.said(), entry.place)
    _stamp_all(result, tree)
    result.put("changes", changes, changes.place)
    return result


class _Override:
    """One entry of ``overrides``, applied to ``result`` in place."""

    def __init__(self, entry: Block, tree: Block, result: Block) -> None:
        self.entry, self.tree, self.result = entry, tree, result
        self.id = _text(entry, "id", "name the scope, indicator or criterion that changes")
        self.op = _text(entry, "op", "say add, replace or remove")
        self.reason = _text(entry, "reason", "say why this document differs, in a sentence")

    def said(self) -> Block:
        """What is changed and why, for people to read."""
        block = Block(self.entry.place)
        for key, value in (("id", self.id), ("op", self.op), ("reason", self.reason)):
            block.put(key, value, self.entry.values_at[key])
        return block

    def apply(self) -> None:
        match self.op:
            case "add":
                self.add()
            case "replace":
                self.replace()
            case "remove":
                _only(self.entry, ("id", "op", "reason"))
                rows, index = self.find()
                rows.drop(index)
            case _:
                at = self.entry.values_at["op"]
                raise RulesetError(at, f"there is no op {self.op!r}", "use add, replace or remove")

    def add(self) -> None:
        kinds = [key for key in ADDED if key in self.entry]
        if len(kinds) != 1:
            raise RulesetError(self.entry.place, "'add' says what is added", f"give one of {', '.join(ADDED)}")
        kind = kinds[0]
        _only(self.entry, ("id", "op", "reason", kind, *(("to",) if kind == "criterion" else ())))
        given, at = self.entry[kind], self.entry.values_at[kind]
        if not isinstance(given, Block):
            raise RulesetError(at, f"{kind!r} is a mapping", "write its keys below it")
        new = given.duplicate()
        new.put("id", self.id, self.entry.values_at["id"])
        if kind == "criterion":
            self.indicator_named(_text(self.entry, "to", "name its indicator")).put(new, at)
            return
        if ADDED[kind] not in self.result:
            self.result.put(ADDED[kind], Rows(at), at)
        _rows(self.result, ADDED[kind]).put(new, at)

    def indicator_named(self, name: str) -> Rows:
        for indicator in _blocks(self.result, "indicators"):
            if indicator.get("id") == name:
                return _rows(indicator, "criteria")
        raise RulesetError(self.entry.values_at["to"], f"there is no indicator {name!r}", "correct 'to'")

    def replace(self) -> None:
        _only(self.entry, ("id", "op", "reason", "set"))
        changes = self.entry.get("set")
        if not isinstance(changes, Block) or not changes:
            raise RulesetError(self.entry.place, "'replace' says nothing new", "give the new values under 'set'")
        if "id" in changes:
            raise RulesetError(changes.keys_at["id"], "an id is never replaced", "remove the old and add the new")
        if self.id in WHOLE:
            _merge(self.whole(changes.place), changes, tuple(changes))
            return
        indicator, criterion = self.rows_named()
        for_indicator = tuple(key for key in changes if criterion is None or (indicator and key in OF_INDICATOR))
        if indicator is not None:
            _merge(indicator, changes, for_indicator)
        rest = tuple(key for key in changes if key not in for_indicator)
        if criterion is not None and rest:
            self.replace_criterion(criterion, changes, rest)

    def whole(self, at: Place) -> Block:
        """What stands in a ruleset once under this name; an empty one where the base has none."""
        found = self.result.get(self.id)
        if isinstance(found, Block):
            return found
        made = Block(at)
        self.result.put(self.id, made, at)
        return made

    def replace_criterion(self, criterion: Block, changes: Block, keys: tuple[str, ...]) -> None:
        if "citation" not in changes and self.tree.get("restates_base") is not True:
            raise RulesetError(changes.place, "nothing is cited for the new values", "add 'citation' under 'set'")
        if "evaluator" in changes:
            criterion.pop("params", None)
        if changes.get("method") == "automatic":
            criterion.pop("decides", None)
            criterion.pop("needs", None)
        _merge(criterion, changes, keys)
        if "citation" in changes:
            _cite(criterion, self.tree, changes.values_at["citation"], changes["citation"])
        if "status" not in changes:
            criterion.put("status", _of_document(self.tree, "status"), self.entry.place)

    def rows_named(self) -> tuple[Block | None, Block | None]:
        """The scope or indicator, and the criterion or duty, of this id; one of the two may be missing."""
        owners = (*_blocks(self.result, "scopes"), *_blocks(self.result, "indicators"))
        owner = next((block for block in owners if block.get("id") == self.id), None)
        cited = (*_criteria(self.result), *_blocks(self.result, "duties"))
        criterion = next((block for block in cited if block.get("id") == self.id), None)
        if owner is None and criterion is None:
            raise self.unknown()
        return owner, criterion

    def find(self) -> tuple[Rows, int]:
        """Where the thing of this id is listed; an indicator goes before its criterion of the same id."""
        lists = [_rows(self.result, key) for key in ("indicators", "scopes", "duties") if key in self.result]
        lists += [_rows(indicator, "criteria") for indicator in _blocks(self.result, "indicators")]
        for rows in lists:
            for index, member in enumerate(rows):
                if isinstance(member, Block) and member.get("id") == self.id:
                    return rows, index
        raise self.unknown()

    def unknown(self) -> RulesetError:
        at = self.entry.values_at["id"]
        return RulesetError(at, f"nothing in the base is called {self.id!r}", "correct the id, or use op: add")


def _merge(target: Block, changes: Block, keys: tuple[str, ...]) -> None:
    """Set ``keys`` of ``changes`` in ``target``; a mapping is merged one level deep, anything else is replaced."""
    for key in keys:
        old, new = target.get(key), copy(changes[key])
        if isinstance(old, Block) and isinstance(new, Block):
            for inner, value in new.items():
                old.put(inner, value, new.keys_at[inner], new.values_at[inner])
        else:
            target.put(key, new, changes.keys_at[key], changes.values_at[key])


def _stamp_all(result: Block, tree: Block) -> None:
    """Complete what sentences may leave to their document, wherever it has not been done."""
    annual = result.get("annual")
    yearly = _blocks(annual, "rules") if isinstance(annual, Block) else ()
    for cited in (*_criteria(result), *_blocks(result, "duties"), *yearly):
        if isinstance(cited, Block):
            _stamp(cited, tree)


def _stamp(cited: Block, tree: Block) -> None:
    """Complete a citation that only says where with the name of the document, and give the document's status."""
    if isinstance(cited.get("citation"), _Citation):
        return
    if "citation" in cited:
        _cite(cited, tree, cited.values_at["citation"], cited["citation"])
    if "status" not in cited:
        cited.put("status", _of_document(tree, "status"), cited.place)


def _cite(criterion: Block, tree: Block, at: Place, where: Value = None) -> None:
    old = criterion.get("citation")
    if where is None and isinstance(old, Block):
        where = old.get("where")
    if not isinstance(where, str) or not where.strip():
        raise RulesetError(at, "a citation says where in the document the rule stands", "write it as text")
    citation = _Citation(at)
    citation.put("document", _of_document(tree, "cite"), at)
    citation.put("where", where, at)
    criterion.put("citation", citation, criterion.keys_at.get("citation", at), at)


def _of_document(tree: Block, key: str) -> str:
    document = tree.get("document")
    value = document.get(key) if isinstance(document, Block) else None
    if not isinstance(value, str):
        at = place_of(tree, ["document"])
        raise RulesetError(at, f"the document says no {key!r}", f"add '{key}: …' under 'document'")
    return value


def _only(block: Block, keys: tuple[str, ...]) -> None:
    for key in block:
        if key not in keys:
            raise RulesetError(block.keys_at[key], f"{key!r} is not a key here", f"use only {', '.join(keys)}")


def _text(entry: Block, key: str, remedy: str) -> str:
    value = entry.get(key)
    if not isinstance(value, str) or not value.strip():
        raise RulesetError(entry.values_at.get(key, entry.place), f"an override without {key!r}", remedy)
    return value


def _rows(tree: Block, key: str) -> Rows:
    value = tree.get(key)
    if isinstance(value, Rows):
        return value
    raise RulesetError(place_of(tree, [key]), f"{key!r} is a list", "write each member after a dash")


def _blocks(tree: Block, key: str) -> tuple[Block, ...]:
    """The mappings listed under ``key``; none when there is no such list (the shape is judged later)."""
    rows = tree.get(key)
    if rows is None:
        return ()
    members = _rows(tree, key)
    for member, place in zip(members, members.values_at, strict=True):
        if not isinstance(member, Block):
            raise RulesetError(place, f"a member of {key!r} is a mapping", "write its keys after the dash")
    return tuple(member for member in members if isinstance(member, Block))


def _criteria(tree: Block) -> tuple[Block, ...]:
    return tuple(criterion for indicator in _blocks(tree, "indicators") for criterion in _blocks(indicator, "criteria"))
