"""The rules of the house as functions over syntax trees: each gives ``line: what`` for every place that breaks it."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LONGEST_FUNCTION = 50
INJECTORS = frozenset({"Context", "ContextRepo", "Logger", "Path", "Depends"})
LOCAL_CLOCKS = frozenset({"datetime.utcnow", "datetime.today", "datetime.utcfromtimestamp", "date.today"})
CLOCKS = frozenset({"datetime.now", "time.time", "time.monotonic", "time.perf_counter"}) | LOCAL_CLOCKS
NEEDS_ZONE = {"datetime.now": 0, "datetime.fromtimestamp": 1}
DRIVERS = frozenset({"motor", "pymongo", "bson", "gridfs"})

Function = ast.FunctionDef | ast.AsyncFunctionDef
Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def python_files(*folders: str) -> list[Path]:
    """The Python files of these folders of the repository."""
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def injected_parameters(tree: ast.Module) -> Iterator[str]:
    """What FastStream injects costs a thread-pool hop for each message, so nobody takes it."""
    for line, module, name in _imports(tree):
        faststream = module.split(".")[0] in {"faststream", "fast_depends"}
        if faststream and (name in INJECTORS or module.endswith("annotations")):
            yield f"{line}: {name} from {module}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in INJECTORS and _dotted(node).startswith("faststream."):
            yield f"{node.lineno}: {_dotted(node)}"


def framework_in_sight(tree: ast.Module) -> Iterator[str]:
    """Services hear and speak through shared.bus; FastStream and nats-py are behind it."""
    for line, module, _ in _imports(tree):
        if module.split(".")[0] in {"faststream", "fast_depends", "nats"}:
            yield f"{line}: imports {module}"


def times_without_zone(tree: ast.Module) -> Iterator[str]:
    """Times are aware; nothing reads this machine's own time zone."""
    for call in _calls(tree):
        called = _last_two(call.func)
        given = len(call.args) + sum(keyword.arg == "tz" for keyword in call.keywords)
        if called in LOCAL_CLOCKS or given <= NEEDS_ZONE.get(called, -1):
            yield f"{call.lineno}: {called} without a zone"


def clocks(tree: ast.Module) -> Iterator[str]:
    """A decision is given the time; it never asks for it."""
    for call in _calls(tree):
        if _last_two(call.func) in CLOCKS:
            yield f"{call.lineno}: {_last_two(call.func)}"


def long_functions(tree: ast.Module) -> Iterator[str]:
    """Functions longer than fits on a screen."""
    for node in ast.walk(tree):
        if isinstance(node, Function):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > LONGEST_FUNCTION:
                yield f"{node.lineno}: {node.name} has {lines} lines"


def missing_docstrings(tree: ast.Module) -> Iterator[str]:
    """Public functions, classes and methods that do not say what they are for."""
    for node in _public(tree):
        if ast.get_docstring(node) is None:
            yield f"{node.lineno}: {node.name}"


def database_drivers(tree: ast.Module) -> Iterator[str]:
    """Imports of the MongoDB driver."""
    for line, module, _ in _imports(tree):
        if module.split(".")[0] in DRIVERS:
            yield f"{line}: imports {module}"


def _public(parent: ast.Module | ast.ClassDef) -> Iterator[Definition]:
    for node in parent.body:
        if not isinstance(node, Definition) or node.name.startswith("_"):
            continue
        if isinstance(node, Function) and any(_last_two(d) in {"overload", "override"} for d in node.decorator_list):
            continue
        yield node
        if isinstance(node, ast.ClassDef):
            yield from _public(node)


def _imports(tree: ast.Module) -> Iterator[tuple[int, str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.lineno, node.module, alias.name) for alias in node.names)


def _calls(tree: ast.Module) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    return f"{_dotted(node.value)}.{node.attr}" if isinstance(node, ast.Attribute) else ""


def _last_two(node: ast.expr) -> str:
    return ".".join(_dotted(node).split(".")[-2:])
