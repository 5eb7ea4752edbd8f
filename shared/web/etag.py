"""ETags: a reader who has it already is told so (304), and nobody changes what they did not see (412).

A tag is ``"<version>.<digest>"``: the version of the document, and a digest of everything that is shown with it. A
reader compares the whole tag. A change asks for the version alone: that a message about a filing was delivered
meanwhile does not make it another filing.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from typing import Annotated

from fastapi import Depends, Header
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from shared.documents import Stale
from shared.web.errors import Refused

STALE = "您取得它之后，已有人改动了它，本次操作没有执行。请重新获取（GET），核对后以新的 ETag 再提交。"
LONGEST = 500
DIGEST = 16
_TAG = re.compile(r'(?:W/)?"([^"]*)"')
_VERSION = re.compile(r"([1-9][0-9]{0,9})\.[0-9a-f]{16}")

Seen = frozenset[int] | None
"""The versions a change is for; None is whichever there is."""


def seen(
    if_match: Annotated[str | None, Header(max_length=LONGEST, description="ETag as it was read; stale: 412")] = None,
) -> Seen:
    """What ``If-Match`` asks for. A tag that is none of ours matches nothing."""
    if if_match is None or if_match.strip() == "*":
        return None
    versions = (_VERSION.fullmatch(tag) for tag in _TAG.findall(if_match))
    return frozenset(int(version[1]) for version in versions if version)


IfMatch = Annotated[Seen, Depends(seen)]
"""A parameter of this type is what the program saw before it asked for a change."""


def saw(version: int | None) -> Seen:
    """What a form says it showed: one version, or None when it does not say."""
    return None if version is None else frozenset({version})


def unchanged(document_version: int, asked: Seen) -> None:
    """Raise Stale when a document is none of those asked for."""
    if asked is not None and document_version not in asked:
        raise Stale(f"version {document_version} is not what was seen")


@contextmanager
def matching(asked: Seen) -> Iterator[None]:
    """Turn what is stale into 412 where the request said what it had seen; otherwise it stays a 409."""
    try:
        yield
    except (Stale, Refused) as error:
        if asked is None or (isinstance(error, Refused) and error.code != "stale"):
            raise
        raise Refused("stale", STALE, 412) from error


def tagged(
    request: Request, shown: BaseModel, version: int, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """``shown`` as JSON with its ETag; 304 and nothing when it is asked for by GET and the reader has it."""
    body = shown.model_dump_json(by_alias=True).encode()
    tag = f'"{version}.{sha256(body).hexdigest()[:DIGEST]}"'
    if request.method == "GET" and _has(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers={"ETag": tag})
    return Response(body, status, {**(headers or {}), "ETag": tag}, "application/json")


def _has(if_none_match: str, tag: str) -> bool:
    return if_none_match.strip() == "*" or tag.strip('"') in _TAG.findall(if_none_match)
