"""The desk's refusals as answers of the web."""

from collections.abc import Iterator
from contextlib import contextmanager

from fastapi import HTTPException

from services.registry.desk import NotAllowed, NotThere
from services.registry.refusal import Refused
from shared import web


@contextmanager
def telling(*, but_refusals: bool = False) -> Iterator[None]:
    """Turn what the desk raises into what people and programs are told; ``but_refusals`` a form shows itself."""
    try:
        yield
    except NotThere as error:
        raise HTTPException(404) from error
    except NotAllowed as error:
        raise web.Refused("forbidden", str(error), 403) from error
    except Refused as refused:
        if but_refusals:
            raise
        fields = {refused.field: refused.sentence} if refused.field else {}
        raise web.Refused(refused.reason, refused.sentence, 422 if fields else 409, fields) from refused
