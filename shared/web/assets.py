"""First-party style sheet, script and icon, from memory, at an address that changes with their content."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from fastapi import APIRouter, HTTPException, Response

FOLDER = Path(__file__).with_name("static")
TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file."""

    body: bytes
    digest: str
    type: str


def load(folder: Path = FOLDER) -> dict[str, Asset]:
    """Every file of ``folder`` by name."""
    return {
        file.name: Asset(body, sha256(body).hexdigest()[:16], TYPES[file.suffix])
        for file in sorted(folder.iterdir())
        for body in [file.read_bytes()]
    }


class Assets:
    """The files, served under ``/<service>/static/``."""

    def __init__(self, service: str, files: dict[str, Asset]) -> None:
        self._prefix = f"/{service}/static"
        self._files = files

    def url(self, name: str) -> str:
        """The address of the file called ``name``; raises KeyError when there is none."""
        return f"{self._prefix}/{self._files[name].digest}/{name}"

    def router(self) -> APIRouter:
        """The route that serves them. During an update old pages ask for old content: they get ours, uncached."""
        router = APIRouter(include_in_schema=False)

        @router.get(self._prefix + "/{digest}/{name}")
        async def asset(digest: str, name: str) -> Response:
            file = self._files.get(name)
            if file is None:
                raise HTTPException(404)
            keep = FOR_EVER if digest == file.digest else "no-cache"
            return Response(file.body, media_type=file.type, headers={"Cache-Control": keep})

        return router
