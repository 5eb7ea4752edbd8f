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

from tools.unscoped import UNSCOPED

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("services", "shared")
ITSELF = "shared/documents/"
IDENTITY = "shared/identity/"
HOLDERS = frozenset({"store", "_store", "directory"})
MADE_BY_IDENTITY = {"Scope": "shared.documents", "Person": "shared.identity"}
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
