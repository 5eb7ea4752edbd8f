"""Which encoding a page says it has, which one it was read in, and how sure that is. Pure."""

from pydantic import JsonValue

from services.prober.look import Page
from shared.egress.charset import BOMS, LOOK_AT, META, charset, sniff


def encoding_of(page: Page) -> dict[str, JsonValue]:
    """``{"header", "meta": str | None, "used": str, "sure": "certain" | "likely" | "doubtful", "replaced": int}``.

    ``header`` and ``meta`` are what the server and the page declare, in lower case; ``used`` is Python's name of what
    the text was read in; ``replaced`` counts the characters that could not be read. ``certain``: a byte order mark, or
    everything reads as UTF-8; ``likely``: everything reads; ``doubtful``: something had to be replaced.
    """
    header = charset(page.headers.get("content-type", ""))
    meta = META.search(page.body[:LOOK_AT])
    used = sniff(page.body, header)
    replaced = page.body.decode(used, "replace").count("\ufffd")
    marked = any(page.body.startswith(mark) for mark in BOMS)
    sure = "certain" if marked or (used == "utf-8" and not replaced) else "doubtful" if replaced else "likely"
    return {
        "header": header,
        "meta": meta[1].decode("ascii").lower() if meta else None,
        "used": used,
        "sure": sure,
        "replaced": replaced,
    }
