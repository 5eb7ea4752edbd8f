"""The lines of the matrix about units: method, path, rule, object, query, what is sent, whether it is a list."""

from collections.abc import Mapping
from typing import Any, NamedTuple


class UnitLine(NamedTuple):
    """A line as ``matrix.Line`` has it; ``rule`` is a key of ``matrix.UNIT_RULES``."""

    method: str
    path: str
    rule: str
    about: str = "registered"
    query: str = ""
    sends: Mapping[str, Any] = {}
    listing: bool = False


def _list(path: str, query: str = "") -> UnitLine:
    return UnitLine("GET", path, "see", query=query, listing=True)


NEW = {"region": "{prefix}.0", "name": "新单位{fresh}"}
CONTACT = {"duty": "staff", "name": "新联络人", "phone": "0371-66181234", "since": "2026-11-01"}
ALIAS = {"alias": "{fresh}"}
ACTS: tuple[tuple[str, str, Mapping[str, Any]], ...] = (
    ("/change", "mend", {"name": "改名{fresh}", "revision": 1, "reason": "机构改革"}),
    ("/move", "mend", {"region": "41.01.06.0", "on": "2026-11-01", "revision": 1, "reason": "区划调整"}),
    ("/aliases", "keep", {"alias": "又名"}),
    ("/aliases/confirm", "mend", ALIAS),
    ("/aliases/reject", "mend", ALIAS),
    ("/contacts", "keep", CONTACT),
    ("/contacts/{contact}/leave", "keep", {"leaves_on": "2026-12-01", "version": 1}),
)
UNIT_LINES = (
    _list("/registry/units"),
    _list("/registry/units", "q=单位之物&region=41&contacts=unreported"),
    _list("/registry/api/units", "limit=200"),
    _list("/registry/api/units", "q=单位之物&limit=200"),
    _list("/registry/api/unit-names", "name=常用名{id_}&region={prefix}.0"),
    UnitLine("GET", "/registry/units/add", "form", ""),
    UnitLine("POST", "/registry/units/add", "add", "unit", sends=NEW),
    UnitLine("POST", "/registry/api/units", "add", "unit", sends=NEW),
    UnitLine("GET", "/registry/units/{id_}", "see"),
    UnitLine("GET", "/registry/api/units/{id_}", "see"),
    UnitLine("GET", "/registry/units/{id_}/change", "mend"),
    UnitLine("GET", "/registry/units/{id_}/move", "mend"),
    UnitLine("GET", "/registry/units/{id_}/contacts", "look"),
    UnitLine("GET", "/registry/api/units/{id_}/contacts", "look"),
    *(
        UnitLine("POST", f"/registry{api}/units/{{id_}}{act}", rule, sends=sent)
        for api in ("", "/api")
        for act, rule, sent in ACTS
    ),
    UnitLine("POST", "/registry/api/units/{id_}/contacts/{contact}/change", "keep", sends={**CONTACT, "version": 1}),
)
UNIT_FORMS = (
    ("/registry/units/{id_}/change", "mend"),
    ("/registry/units/{id_}/move", "mend"),
    ("/registry/units/{id_}/aliases/confirm", "mend"),
    ('action="/registry/units/{id_}/aliases"', "keep"),
)
"""What the page of a unit offers, to whom."""
