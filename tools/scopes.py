"""Finds queries that do not ask what a person may see: ``scopes.py``; exit code 1 and one line for each.

A query gets its scope from a person (``shared.identity.scope``), or ``UNSCOPED`` says why nobody asks:

* a question to a store or to the directory carries a scope;
* ``SYSTEM``, the scope of a service reading for itself, is named at listed places only;
* so is a method of a store that reads with ``SYSTEM`` inside;
* nobody but ``shared.identity`` makes a scope or a person.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("services", "shared")
ITSELF = "shared/documents/"
IDENTITY = "shared/identity/"
HOLDERS = frozenset({"store", "_store", "directory"})
MADE_BY_IDENTITY = {"Scope": "shared.documents", "Person": "shared.identity"}
HEARS = "hears facts and does what falls due; no person asks"
COMMAND = "a command of the operator of the machine; nothing asks who runs it"

UNSCOPED: Mapping[str, str] = {
    "services/commands/audit.py": COMMAND,
    "services/commands/backfill.py": COMMAND,
    "services/commands/privacy.py": COMMAND,
    "services/commands/register.py": COMMAND,
    "services/commands/streams.py": COMMAND,
    "services/commands/webhook.py": COMMAND,
    "services/notifier/feeding.py": HEARS,
    "services/notifier/follow_up.py": HEARS,
    "services/notifier/handlers.py": HEARS,
    "services/notifier/sending.py": HEARS,
    "services/notifier/store.py:Store.next_in_feed": "the feed of one endpoint, for the sender alone",
    "services/notifier/store.py:_each": "what duties go through page by page",
    "services/prober/api.py:router.show": "puts the look at evidence on record before it is shown",
    "services/prober/handlers.py": HEARS,
    "services/prober/schedules.py": "keeps the schedules of everything that is watched",
    "services/prober/store.py:Store.evidence": "bytes by hash, read only after an exhibit of an outlet in scope",
    "services/prober/store.py:Store.keep_evidence": "whether the bytes are there already, told to nobody",
    "services/prober/store.py:change": "reads what it writes in the same breath",
    "services/registry/contact_desk.py:Contacts.look": "puts the look on record before it is shown",
    "services/registry/contact_desk.py:Contacts.leave": "who may take over, of a unit that was read in scope",
    "services/registry/contact_desk.py:Contacts._contact": "a contact of a unit that was read in scope",
    "services/registry/contact_desk.py:Contacts.settle": HEARS,
    "services/registry/contact_desk.py:Contacts.sweep": HEARS,
    "services/registry/counting.py:_as_they_stood": "the filings of outlets that were read in scope just before",
    "services/registry/browsing.py:Browsing.refresh": "numbers by region; each reader is told those of the own regions",
    "services/registry/desk.py:Desk.submit": "a code is one in the whole country: another's is refused, and not shown",
    "services/registry/excusing.py:Excusing._office": "offices are public bodies",
    "services/registry/excusing.py:Excusing.expire": "ends what is over, whoever's it is; no person asks",
    "services/registry/clues.py:propose": HEARS,
    "services/registry/clues.py:settle_clues": HEARS,
    "services/registry/comparing.py": HEARS,
    "services/registry/existing.py": HEARS,
    "services/registry/handlers.py": HEARS,
    "services/registry/intake.py": COMMAND,
    "services/registry/posts.py": HEARS,
    "services/registry/standing.py": "what decisions judge by; refusals name only what is of the same unit",
    "services/registry/moving.py": HEARS,
    "services/registry/official.py:looked_up": "the public look-up: what offices announce, and nothing else of it",
    "services/registry/store.py:Store.approved": "what an outlet in force is folded from",
    "services/registry/store.py:Store.unit_names": "the names of the units that somebody's own grants name",
    "services/registry/store.py:Store.local_regions": "names of regions are public",
    "services/registry/store.py:Store.portal_of": "addresses of portals are public",
    "services/registry/remarking.py": "what the review of a unit's own filing judges by",
    "services/registry/store.py:Store.region": "likewise; who changes one administers what is above it",
    "services/registry/zones.py": "names of regions are public",
    "services/registry/zoning.py:Zoning": "likewise; who changes one administers what is above it",
    "services/registry/store.py:Store.clues_of": "whether an address is known already, told to nobody",
    "services/registry/store.py:Store.filed_at": "whether an address was filed, told to nobody",
    "services/registry/store.py:Store.followed": "what duties go through",
    "services/registry/store.py:Store.track": "what was known of an outlet before what was just heard",
    "services/registry/store.py:Store.under_way": "whether another filing of the same outlet is under way",
    "services/registry/store.py:Store.running_of": "how many outlets the unit that files has, whoever files for it",
    "services/registry/store.py:Store.waking": HEARS,
    "services/registry/waking.py": HEARS,
    "services/registry/unit_api.py:UnitsAsked.where": "a filter within the scope of who asks",
    "services/registry/unit_desk.py:Units": "units and offices are public bodies; whoever changes one was asked before",
    "services/scorer/app.py:Scorer.check_used": "rulesets are nobody's",
    "services/scorer/card.py:_prepared": "the looks at an outlet that was read in scope just before",
    "services/scorer/handlers.py": HEARS,
    "services/scorer/judging.py": "judges by everything that is known of an outlet its caller was given",
    "services/scorer/store.py:Store.excuses": "what judging judges by",
    "services/scorer/store.py:Store.observations": "what judging judges by",
    "services/scorer/store.py:Store.offline": "what judging judges by",
    "shared/audit/store.py": "the chain is one, whoever it is about; who reads it does so by ``find``, in scope",
    "shared/directory.py:Directory.offices_of": "offices are public bodies",
    "shared/directory.py:Directory.unit": "the name of a unit an object in scope names",
    "shared/directory.py:_keep_newest": "reads what it writes in the same breath",
    "shared/extranets.py": "which networks the gate may go to for a region; nobody is shown them",
    "shared/localities.py": "names of regions are public",
    "shared/identity/": "who people are: asked by login, session or token, before there is a person",
    "shared/web/audit.py:Asked.where": "a filter within the scope of who asks",
}
"""Where nobody's scope is asked: a folder, a file, or a function of a file, each with its reason."""


@dataclass(frozen=True, slots=True)
class Known:
    """What stores offer: the methods that take a scope, and the methods and functions that read everything."""

    scoped: frozenset[str]
    methods: frozenset[str]
    functions: frozenset[str]


@dataclass
class Place:
    """The function being looked at: its name in the file, and the names in it that hold a scope."""

    name: str = ""
    scopes: frozenset[str] = frozenset()


@dataclass
class Search(ast.NodeVisitor):
    """Goes through one file and gathers (line, place, what)."""

    known: Known
    imported: frozenset[str]
    foreign: frozenset[str]
    store: bool
    place: Place = field(default_factory=Place)
    found: list[tuple[int, str, str]] = field(default_factory=list)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """Go into a class."""
        self._inside(node.name, frozenset(), node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        """Go into a function."""
        self._inside(node.name, _scopes_of(node), node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        """Go into a function."""
        self._inside(node.name, _scopes_of(node), node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        """Another name would hide what is made or read."""
        for alias in node.names:
            if alias.asname and alias.name in ("SYSTEM", *MADE_BY_IDENTITY):
                self.found.append((node.lineno, self.place.name, f"calls {alias.name} {alias.asname}"))

    def visit_Name(self, node: ast.Name) -> None:
        """The scope of the system, by its name."""
        if node.id == "SYSTEM":
            self._note(node, "reads as SYSTEM")

    def visit_Attribute(self, node: ast.Attribute) -> None:
        """The scope of the system, or a collection of the driver, as somebody's attribute."""
        if node.attr in ("SYSTEM", "_raw"):
            self._note(node, f"reads as {node.attr}")
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        """A question, or somebody made up."""
        called = dotted(node.func)
        *receiver, name = called.split(".")
        if called in self.foreign:
            self._note(node, f"makes a {called} of its own")
        asked = bool(HOLDERS & set(receiver)) or (self.store and receiver[:1] == ["self"])
        if (asked and name in self.known.methods) or called in self.known.functions & self.imported:
            self._note(node, f"calls {name}, which reads everything")
        elif asked and name in self.known.scoped and not self._scoped(node):
            self._note(node, f"asks {called} without a scope")
        self.generic_visit(node)

    def _scoped(self, call: ast.Call) -> bool:
        given = [*call.args, *(keyword.value for keyword in call.keywords)]
        return any(is_scope(each) or (isinstance(each, ast.Name) and each.id in self.place.scopes) for each in given)

    def _inside(self, name: str, scopes: frozenset[str], node: ast.AST) -> None:
        outer = self.place
        self.place = Place(f"{outer.name}.{name}".lstrip("."), outer.scopes | scopes)
        self.generic_visit(node)
        self.place = outer

    def _note(self, node: ast.expr, what: str) -> None:
        self.found.append((node.lineno, self.place.name, what))


def main() -> None:
    """Print every query without a scope, and every line of ``UNSCOPED`` that nothing needs."""
    files = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in sources()}
    found = list(problems(files, UNSCOPED))
    print("\n".join(found), end="\n" if found else "")
    raise SystemExit(1 if found else 0)


def sources() -> Iterator[Path]:
    """The files that ask: services and what they share, but the collections themselves."""
    for folder in FOLDERS:
        yield from (path for path in sorted((ROOT / folder).rglob("*.py")) if ITSELF not in f"{path}")


def problems(files: Mapping[str, str], allowed: Mapping[str, str]) -> Iterator[str]:
    """``path:line: place: what`` for each query of ``files`` (text by path) without a scope or a leave."""
    trees = {path: ast.parse(text) for path, text in files.items()}
    known, needed = offered(trees), set[str]()
    for path, tree in trees.items():
        for line, place, what in looked(path, tree, known):
            leave = next((entry for entry in leaves(path, place) if entry in allowed), None)
            if leave is None:
                yield f"{path}:{line}: {place or 'module'}: {what}"
            else:
                needed.add(leave)
    yield from (f"{entry}: listed in UNSCOPED, and needs no leave" for entry in allowed if entry not in needed)


def looked(path: str, tree: ast.Module, known: Known) -> list[tuple[int, str, str]]:
    """What one file does without a scope: (line, function, what)."""
    names = {name: module for module, name in _imports(tree)}
    made = {name for name, home in MADE_BY_IDENTITY.items() if names.get(name, "").startswith(home)}
    foreign = frozenset(() if path.startswith(IDENTITY) else made)
    imported = frozenset(name for name, module in names.items() if module.endswith(".store"))
    search = Search(known, imported, foreign, store=_is_store(path))
    search.visit(tree)
    return search.found


def leaves(path: str, place: str) -> Iterator[str]:
    """The entries that would give leave to ``place`` of ``path``, the narrowest first."""
    parts = place.split(".")
    yield from (f"{path}:{'.'.join(parts[:length])}" for length in range(len(parts), 0, -1))
    yield path
    yield from (f"{folder}/" for folder in map(str, Path(path).parents) if folder != ".")


def offered(trees: Mapping[str, ast.Module]) -> Known:
    """What the stores and the directory of ``trees``, and every collection, offer."""
    scoped, methods, plain = {"get", "find", "count", "delete"}, set[str](), set[str]()
    for tree in (tree for path, tree in trees.items() if _is_store(path)):
        functions = {node.name: node for node in ast.walk(tree) if isinstance(node, Function)}
        alone = {node.name for node in tree.body if isinstance(node, Function)}
        everything = _reading_everything(functions)
        scoped |= {name for name, node in functions.items() if _annotated(node)}
        methods |= everything - alone
        plain |= everything & alone
    return Known(frozenset(scoped), frozenset(methods - scoped), frozenset(plain))


Function = ast.FunctionDef | ast.AsyncFunctionDef


def _is_store(path: str) -> bool:
    return path.endswith(("/store.py", "shared/directory.py"))


def _reading_everything(functions: Mapping[str, Function]) -> set[str]:
    """The functions that name SYSTEM, or call one of the same file that does."""
    named = {name: {part for node in ast.walk(body) for part in _parts(node)} for name, body in functions.items()}
    found: set[str] = set()
    while more := {name for name, parts in named.items() if parts & (found | {"SYSTEM"})} - found:
        found |= more
    return found


def _parts(node: ast.AST) -> Iterable[str]:
    if isinstance(node, ast.Name):
        return (node.id,)
    return (node.attr,) if isinstance(node, ast.Attribute) and dotted(node.value) == "self" else ()


def _annotated(function: Function) -> set[str]:
    arguments = [*function.args.args, *function.args.kwonlyargs]
    return {each.arg for each in arguments if each.annotation is not None and dotted(each.annotation) == "Scope"}


def _scopes_of(function: Function) -> frozenset[str]:
    """The names in ``function`` that hold a scope: parameters, and what ``scope(…)`` was given to."""
    names = _annotated(function)
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            names |= set(_given_scopes(node.targets[0], node.value))
    return frozenset(names)


def _given_scopes(target: ast.expr, value: ast.expr) -> Iterator[str]:
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for one, part in zip(target.elts, value.elts, strict=False):
            yield from _given_scopes(one, part)
    elif isinstance(target, ast.Name) and is_scope(value):
        yield target.id


def is_scope(value: ast.expr) -> bool:
    """Whether ``value`` is made a scope right there: ``scope(person, …)``, or SYSTEM, which has its own rule."""
    made = isinstance(value, ast.Call) and dotted(value.func).rpartition(".")[2] == "scope"
    return made or dotted(value).rpartition(".")[2] == "SYSTEM"


def dotted(node: ast.expr) -> str:
    """A name with its attributes, ``app.store.outlets``; empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    return f"{dotted(node.value)}.{node.attr}" if isinstance(node, ast.Attribute) else ""


def _imports(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.module, alias.name) for alias in node.names)


if __name__ == "__main__":
    main()
