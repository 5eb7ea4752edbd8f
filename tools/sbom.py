"""Writes software bills of materials (CycloneDX 1.6, JSON) from the lock files: ``sbom.py [directory]``.

``govwatch.cdx.json`` is what an image holds, ``govwatch-development.cdx.json`` everything. Each package has its
version, the hashes of all its files that may be installed, its licence, and what it asks for.
"""

import os
import sys
import tomllib
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL
from packaging.markers import Marker

from tools.packages import ROOT, Package, licence, locked, normal, requires

FILES = {"govwatch.cdx.json": "requirements-runtime.lock", "govwatch-development.cdx.json": "requirements.lock"}
EXTRAS = {"requirements-runtime.lock": frozenset[str](), "requirements.lock": frozenset({"embedded", "demo", "dev"})}


def main(directory: Path) -> None:
    """Write both files, and say where."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, lock in FILES.items():
        (directory / name).write_text(text(lock), encoding="utf-8")
        print(directory / name)


def text(lock: str) -> str:
    """The bill of the lock file called ``lock``; with SOURCE_DATE_EPOCH the same to the byte whenever it is made."""
    packages = locked(lock)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    whole = Component(
        name=project["name"],
        version=project["version"],
        type=ComponentType.APPLICATION,
        bom_ref=project["name"],
        licenses=[LicenseFactory().make_from_string(project["license"])],
    )
    parts = {package.name: _component(package) for package in packages}
    bom = Bom(components=parts.values(), serial_number=uuid5(NAMESPACE_URL, repr((project["version"], packages))))
    bom.metadata.component = whole
    bom.metadata.timestamp = datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", _now())), tz=UTC)
    bom.register_dependency(whole, _named(requires(project["name"], EXTRAS[lock]), parts))
    for package in packages:
        asked = requires(package.name) if _is_here(package) else set[str]()
        bom.register_dependency(parts[package.name], _named(asked, parts))
    return JsonV1Dot6(bom).output_as_string(indent=2) + "\n"


def _component(package: Package) -> Component:
    where = [Property(name="govwatch:installed-where", value=package.marker)] if package.marker else []
    return Component(
        name=package.name,
        version=package.version,
        type=ComponentType.LIBRARY,
        scope=ComponentScope.REQUIRED,
        bom_ref=f"{package.name}=={package.version}",
        purl=PackageURL("pypi", name=package.name, version=package.version),
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=one) for one in package.hashes],
        licenses=[LicenseFactory().make_from_string(licence(package.name))],
        properties=where,
    )


def _named(names: Iterable[str], parts: dict[str, Component]) -> list[Component]:
    return [parts[name] for name in sorted(map(normal, names)) if name in parts]


def _is_here(package: Package) -> bool:
    return not package.marker or Marker(package.marker).evaluate()


def _now() -> int:
    return int(datetime.now(UTC).timestamp())


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "dist"))
