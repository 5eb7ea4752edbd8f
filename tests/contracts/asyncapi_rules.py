"""What must hold in an AsyncAPI 3 document, found by us without any tool, and by the official parser where npm is."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator  # type: ignore[import-untyped]  # it ships no types

ROOT = Path(__file__).resolve().parents[2]
TOOL = Path(__file__).with_name("asyncapi")
ROOT_KEYS = {"asyncapi", "id", "info", "servers", "defaultContentType", "channels", "operations", "components"}

Json = dict[str, Any]


def problems(document: Json) -> list[str]:
    """What is wrong with ``document``: references, addresses, operations, schemas, examples."""
    dangling = [f"{ref} leads nowhere" for ref in _references(document) if _follow(document, ref) is None]
    if dangling:
        return dangling
    return [*_root(document), *_channels(document), *_operations(document), *_examples(document)]


def valid(document: Json, message: str, payload: Any) -> list[str]:
    """What is wrong with a payload of ``message``."""
    ref = document["components"]["messages"][message]["payload"]["$ref"]
    schema = {"allOf": [{"$ref": ref}], "components": document["components"]}
    return [f"{message}: {error.json_path} {error.message}" for error in Draft7Validator(schema).iter_errors(payload)]


def official_problems(text: str, npm: str) -> list[str]:
    """What ``@asyncapi/parser`` finds wrong, in the version and with the dependencies the lock file names."""
    home = _installed(npm)
    done = subprocess.run(
        ["node", home / "check.mjs"],  # noqa: S607 - it comes with npm
        input=text.encode(),
        capture_output=True,
        check=True,
        timeout=60,
    )
    found: list[str] = json.loads(done.stdout)
    return found


def _installed(npm: str) -> Path:
    """The parser's directory inside .venv, made when it is not there; it appears whole or not at all."""
    contents = b"".join((TOOL / name).read_bytes() for name in ("package.json", "package-lock.json", "check.mjs"))
    home = ROOT / ".venv" / f"asyncapi-{hashlib.sha256(contents).hexdigest()[:12]}"
    if not home.exists():
        making = Path(tempfile.mkdtemp(prefix="asyncapi-", dir=home.parent))
        shutil.copytree(TOOL, making, dirs_exist_ok=True)
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(command, cwd=making, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, f"npm cannot install the official parser:\n{done.stderr}"
        try:
            making.rename(home)
        except OSError:
            shutil.rmtree(making)
    return home


def _root(document: Json) -> Iterator[str]:
    if document.get("asyncapi") != "3.0.0":
        yield f"asyncapi is {document.get('asyncapi')}"
    yield from (f"there is no {key} in AsyncAPI" for key in document.keys() - ROOT_KEYS)
    for name, schema in document["components"]["schemas"].items():
        for error in Draft7Validator(Draft7Validator.META_SCHEMA).iter_errors(schema):
            yield f"schema {name}: {error.message}"


def _channels(document: Json) -> Iterator[str]:
    addresses = [channel["address"] for channel in document["channels"].values()]
    if len(set(addresses)) != len(addresses):
        yield "two channels have one address"
    for name, channel in document["channels"].items():
        if re.findall(r"\{(\w+)\}", channel["address"]) != list(channel["parameters"]):
            yield f"channel {name}: its parameters are not those of its address"
        if not channel["messages"]:
            yield f"channel {name} carries nothing"
    used = {_name(message) for channel in document["channels"].values() for message in channel["messages"].values()}
    yield from (f"message {name} is on no channel" for name in document["components"]["messages"].keys() - used)


def _operations(document: Json) -> Iterator[str]:
    for name, operation in document["operations"].items():
        if operation["action"] not in {"send", "receive"}:
            yield f"operation {name}: {operation['action']}"
        channel = operation["channel"]["$ref"]
        if not channel.startswith("#/channels/"):
            yield f"operation {name}: {channel} is no channel"
        if any(not message["$ref"].startswith(channel + "/messages/") for message in operation["messages"]):
            yield f"operation {name}: a message that is not on its channel"


def _examples(document: Json) -> Iterator[str]:
    for name, message in document["components"]["messages"].items():
        if not message["examples"]:
            yield f"message {name} has no example"
        for example in message["examples"]:
            yield from valid(document, name, example["payload"])


def _references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for value in part.values():
            yield from _references(value)
    elif isinstance(part, list):
        for value in part:
            yield from _references(value)


def _follow(document: Json, ref: str) -> Any:
    found: Any = document
    for token in ref.removeprefix("#/").split("/"):
        found = found.get(token.replace("~1", "/").replace("~0", "~")) if isinstance(found, dict) else None
    return found


def _name(reference: Json) -> str:
    return str(reference["$ref"]).rpartition("/")[2]


def npm() -> str | None:
    """Where npm is, if it is; with node beside it."""
    return shutil.which("npm") if shutil.which("node") else None


def golden(path: Path, text: str) -> str:
    """What a generated file holds, after writing it anew when GOLDEN=write."""
    if os.environ.get("GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    return path.read_text(encoding="utf-8")
