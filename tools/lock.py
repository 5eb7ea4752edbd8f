"""Writes the lock files from pyproject.toml: ``lock.py [options of uv pip compile]``.

``requirements.lock`` is everything (servers, practice city, tools); ``requirements-runtime.lock`` is the part of it
that an image needs. Both name versions and hashes for every platform, and no address of a package index.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV = Path(sys.executable).parent / "uv"
SHAPE = ["--universal", "--python-version", "3.11", "--generate-hashes", "--custom-compile-command", "make lock"]
BARE = ["--no-annotate", "--no-emit-index-url", "--no-emit-find-links"]


def main(options: list[str]) -> None:
    """Write both files; ends with uv's exit code when it fails."""
    compile_to("requirements.lock", ["--all-extras", *options])
    compile_to("requirements-runtime.lock", ["--constraints", "requirements.lock"])


def compile_to(name: str, options: list[str]) -> None:
    """Let uv resolve pyproject.toml into the file ``name``; versions that stand there already are kept."""
    command = [str(UV), "pip", "compile", "--quiet", *SHAPE, *BARE, *options, "-o", name, "pyproject.toml"]
    done = subprocess.run(command, cwd=ROOT, check=False, stdout=subprocess.DEVNULL)
    if done.returncode != 0:
        raise SystemExit(done.returncode)


if __name__ == "__main__":
    main(sys.argv[1:])
