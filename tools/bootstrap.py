"""Makes a machine ready: ``bootstrap.py [servers] [browser]``. The Makefile calls it before every target.

It makes ``.venv`` from the hash-pinned lock; ``servers`` adds the Debian libraries the mongod wheel is linked with,
``browser`` adds Chromium, a Chinese font and the foreign website that a test serves. Debian packages are installed
when we are root; otherwise one sentence says which are missing. Only the standard library is used, in a form that
an old Python can read, so that it can say what is wrong.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOCK = ROOT / "requirements.lock"
OLDEST = (3, 11)
FOREIGN_WEBSITE = Path("/usr/share/doc/debmake-doc/html/index.zh-cn.html")
BROWSERS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


def main(steps: list[str]) -> None:
    """Do what ``steps`` names, in order. Whatever is missing ends it with one sentence and exit code 1."""
    python_is_new_enough(sys.version_info[:2])
    environment()
    for step in steps:
        {"servers": servers, "browser": browser}[step]()


def python_is_new_enough(version: tuple[int, ...]) -> None:
    """End with a sentence when ``version`` is older than what we are written for."""
    if version < OLDEST:
        found, needed = (".".join(map(str, v)) for v in (version, OLDEST))
        raise SystemExit(f"govwatch needs Python {needed} or newer, and this is {found}: install python{needed}.")


def environment() -> None:
    """``.venv`` with exactly what the lock names, and the project itself in place. Nothing to do when it is."""
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8").partition("\n[tool.")[0]
    place, contents = digest(sys.version, str(ROOT)), digest(LOCK.read_text(encoding="utf-8"), project)
    stamp = VENV / "govwatch.stamp"
    done = stamp.read_text(encoding="ascii").split() if stamp.is_file() else []
    if done == [place, contents]:
        return
    print("govwatch: installing what requirements.lock names", file=sys.stderr)
    if done[:1] != [place]:
        make_venv()
    stamp.write_text(place, encoding="ascii")
    uv = [str(VENV / "bin/uv"), "pip"]
    here = ["--quiet", "--python", str(VENV / "bin/python"), "--build-constraints", str(LOCK)]
    run([*uv, "sync", *here, "--require-hashes", str(LOCK)], "The locked dependencies could not be installed")
    run([*uv, "install", *here, "--no-deps", "--editable", str(ROOT)], "The project could not be installed")
    stamp.write_text(f"{place} {contents}", encoding="ascii")


def make_venv() -> None:
    """An empty ``.venv`` with the uv that the lock names."""
    if not venv_can_be_made():
        debian(["python3-venv"], "to make a virtual environment")
    run([sys.executable, "-m", "venv", "--clear", str(VENV)], "The virtual environment could not be made")
    with tempfile.TemporaryDirectory() as scratch:
        only_uv = Path(scratch, "uv.lock")
        only_uv.write_text(entry(LOCK.read_text(encoding="utf-8"), "uv"), encoding="utf-8")
        pip = [str(VENV / "bin/python"), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
        run([*pip, "--require-hashes", "--requirement", str(only_uv)], "pip could not install uv")


def digest(*contents: str) -> str:
    """``contents`` as one hash."""
    return hashlib.sha256("\0".join(contents).encode()).hexdigest()


def entry(lock: str, name: str) -> str:
    """The lines of ``lock`` that pin ``name``, hashes included. Raises ValueError when it pins no such package."""
    lines = iter(lock.splitlines(keepends=True))
    for line in lines:
        if line.startswith(f"{name}=="):
            taken = [line]
            while taken[-1].rstrip().endswith("\\"):
                taken.append(next(lines))
            return "".join(taken)
    raise ValueError(f"the lock does not pin {name}")


def venv_can_be_made() -> bool:
    """Debian keeps the half of ``venv`` that brings pip in a package of its own."""
    return subprocess.run([sys.executable, "-c", "import venv, ensurepip"], capture_output=True).returncode == 0


def servers() -> None:
    """The mongod of the wheel can be started. Where there is no wheel (other platforms), nothing to do here."""
    for mongod in mongods():
        if not runs(mongod):
            debian(["libcurl4", "libssl3", "liblzma5"], "for the MongoDB server")
        if not runs(mongod):
            raise SystemExit(f"The MongoDB server of the wheel does not start here ({mongod}): give MONGO_URL instead.")


def mongods() -> list[Path]:
    """The MongoDB server of the wheel, if there is one."""
    return list(VENV.glob("lib/python3*/site-packages/fiftyone/db/bin/mongod"))


def runs(program: Path) -> bool:
    """Whether the dynamic linker finds everything that ``program`` needs."""
    return subprocess.run([str(program), "--version"], capture_output=True).returncode == 0


def browser() -> None:
    """Chromium, a font with Chinese characters, and a website that nobody here wrote."""
    found = {
        "chromium": chromium() is not None,
        "fonts-noto-cjk": has_chinese_font(),
        "debmake-doc": FOREIGN_WEBSITE.is_file(),
    }
    missing = [package for package, there in found.items() if not there]
    if missing:
        debian(missing, "for the tests that look at pages")


def chromium() -> str | None:
    """Where a Chromium is; None when there is none."""
    return next((path for path in map(shutil.which, BROWSERS) if path), None)


def has_chinese_font() -> bool:
    """Whether fontconfig knows a font for simplified Chinese."""
    if not shutil.which("fc-list"):
        return False
    return bool(subprocess.run(["fc-list", ":lang=zh-cn"], capture_output=True).stdout.strip())


def debian(packages: list[str], purpose: str) -> None:
    """Install Debian ``packages`` as root; otherwise end with the one sentence that names them."""
    names = " ".join(packages)
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise SystemExit(f"Please install these Debian packages {purpose}, then try again: {names}")
    print(f"govwatch: installing {names} {purpose}", file=sys.stderr)
    # Small images leave documentation out; the foreign website is documentation.
    keep = f"Dpkg::Options::=--path-include={FOREIGN_WEBSITE.parent}/*"
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    run(["apt-get", "-qq", "update"], "apt-get could not read the package lists", quiet)
    install = ["apt-get", "-qq", "install", "--no-install-recommends", "--yes", "-o", keep, "-o", "Dpkg::Use-Pty=0"]
    run([*install, *packages], f"apt-get could not install {names}", quiet)


def run(command: list[str], otherwise: str, env: dict[str, str] | None = None) -> None:
    """Run ``command``, its messages shown; when it fails, end with ``otherwise``."""
    if subprocess.run(command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=sys.stderr).returncode != 0:
        raise SystemExit(f"{otherwise} (the reason stands above).")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        raise SystemExit("Stopped while getting ready; the next call continues.") from None
