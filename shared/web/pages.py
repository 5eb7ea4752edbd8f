"""Pages: the frame, the service's own templates in it, and the part of a page that refreshes itself."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from shared.documents import NOTHING
from shared.identity import Action, Person, scope
from shared.web import filters
from shared.web.assets import Assets
from shared.web.forgery import FIELD, page_token
from shared.web.host import host_of
from shared.web.platforms import platform_name
from shared.web.regions import NO_LOCAL, region_choices, region_name, short_region_name
from shared.web.session import cookie_of
from shared.web.words import role_name

TEMPLATES = Path(__file__).with_name("templates")
FRAGMENT = "X-Fragment"
SECTIONS = (
    ("registry", "/registry/", "台账"),
    ("prober", "/prober/", "探测"),
    ("scorer", "/scorer/", "评分"),
    ("notifier", "/notifier/", "通知"),
)


def environment(templates: Path | None, assets: Assets, local: Mapping[str, str] = NO_LOCAL) -> Environment:
    """The templates of a service over the shared ones. A name that is not given is an error, never an empty place.

    ``local`` are the names of local codes by region, looked up whenever one is shown.
    """
    folders = [templates, TEMPLATES] if templates else [TEMPLATES]
    pages = Environment(
        loader=ChoiceLoader([FileSystemLoader(folder) for folder in folders]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters |= {
        "time": filters.moment,
        "day": filters.day,
        "last_day": filters.last_day,
        "ago": filters.ago,
        "region": partial(region_name, local=local),
        "short_region": partial(short_region_name, local=local),
        "regions": partial(_regions_of, local=local),
        "role": role_name,
        "platform": platform_name,
    }
    pages.globals |= {"static": assets.url, "sections": SECTIONS, "token_field": FIELD}
    pages.globals["ui"] = pages.get_template("ui.html").module
    return pages


def page(request: Request, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
    """The page ``template`` filled with ``context``; beside it a template sees ``person``, ``now``, ``ui`` and so on.

    When the request asks for a fragment (the header ``X-Fragment: <name>``), only the block of that name is filled:
    it must not need what the template sets or imports outside of it.
    """
    host = host_of(request)
    found = host.pages.get_template(template)
    everything = {**_always(request), **context}
    part = found.blocks.get(request.headers.get(FRAGMENT, ""))
    text = found.render(everything) if part is None else "".join(part(found.new_context(everything)))
    return HTMLResponse(text, status_code=status, headers={"Cache-Control": "no-store", "Vary": f"Cookie, {FRAGMENT}"})


def _regions_of(person: Person, *, local: Mapping[str, str], whole: bool = False) -> list[tuple[str, str]]:
    """The regions a form may suggest to ``person``: those of their grants and below."""
    below = {grant.region for grant in person.grants if grant.region is not None}
    return region_choices(below, local, whole=whole)


def _always(request: Request) -> Mapping[str, Any]:
    host, cookie = host_of(request), cookie_of(request)
    person: Person | None = getattr(request.state, "person", None)
    return {
        "service": host.service,
        "path": request.url.path,
        "tabs": host.tabs(person) if person and request.url.path.startswith(f"/{host.service}/") else (),
        "person": person,
        "may_audit": person is not None and scope(person, Action.AUDIT) != NOTHING,
        "page_token": page_token(cookie) if cookie else "",
        "now": host.now(),
        "demo": host.settings.demo,
        "demo_hint": host.settings.demo_hint,
    }
