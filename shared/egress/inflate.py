"""Undo the content encoding of a body, and stop where a bomb begins. Pure."""

import zlib

ONE_LAYER = {"gzip", "x-gzip", "deflate"}
NOT_UNDONE = {"br", "zstd", "compress", "x-compress", "dcb", "dcz"}
GZIP_OR_ZLIB = 47
RAW_DEFLATE = -15


class NotReadable(ValueError):  # noqa: N818 - it reads as what happened
    """A content encoding we did not ask for and cannot undo."""


def inflate(raw: bytes, encoding: str, cap: int) -> tuple[bytes, str | None]:
    """The body inside ``raw`` and a warning, or None.

    ``encoding`` is the Content-Encoding header; at most one layer is undone and at most ``cap`` bytes come back.
    A body that is not what its header says is taken as it is, and a word that names no encoding (``utf-8`` is a usual
    mistake) is passed over, as browsers do. Raises NotReadable for two layers or an encoding we never offer.
    """
    words = {word for part in encoding.split(",") if (word := part.strip().lower())}
    layers = [part.strip().lower() for part in encoding.split(",") if part.strip().lower() in ONE_LAYER | NOT_UNDONE]
    if not layers or not raw:
        return raw, "not_encoded_as_declared" if raw and words - {"identity"} else None
    if len(layers) > 1 or layers[0] in NOT_UNDONE:
        raise NotReadable(f"content encoding {encoding[:80]!r}")
    for window in (GZIP_OR_ZLIB, RAW_DEFLATE):
        try:
            body = zlib.decompressobj(window).decompress(raw, cap + 1)
        except zlib.error:
            continue
        return (body[:cap], "body_over_cap") if len(body) > cap else (body, None)
    return raw, "not_encoded_as_declared"
