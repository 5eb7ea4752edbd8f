"""The web application of a service: its routers in the common frame."""

from collections.abc import Mapping, Sequence

from fastapi import APIRouter, Depends, FastAPI

from shared.web import barred, errors
from shared.web.assets import Assets, load
from shared.web.forms import known_fields
from shared.web.guard import Guard
from shared.web.host import Base, Host, Named
from shared.web.pages import environment
from shared.web.regions import NO_LOCAL


def create_app(
    service: Named, base: Base, routers: Sequence[APIRouter], local: Mapping[str, str] = NO_LOCAL
) -> FastAPI:
    """The application that serves ``routers`` (each with the service's own prefix), guarded and in one frame.

    ``local`` are the names of local codes by region; who hands them in may change them later.
    The description of the API is at ``/<service>/api/openapi.json``.
    """
    assets = Assets(service.name, load())
    app = FastAPI(
        title=f"govwatch {service.name}",
        docs_url=None,
        redoc_url=None,
        openapi_url=f"/{service.name}/api/openapi.json",
        dependencies=[Depends(known_fields)],
    )
    app.state.host = Host(
        service=service.name,
        settings=base.settings,
        identity=base.identity,
        now=base.now,
        pages=environment(service.templates, assets, local),
        tabs=service.tabs,
    )
    app.add_middleware(Guard)
    errors.handle(app)
    barred.handle(app)
    for router in (assets.router(), *routers):
        app.include_router(router)
    return app
