"""Every route of the four services, and everything a request can put into it: read from the applications themselves."""

from collections.abc import Iterator
from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.params import Form
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import BaseModel

from shared.web import Strict


@dataclass(frozen=True)
class Route:
    """One method of one path. ``body`` is the model of a JSON body; ``form`` names the fields of a form.

    They are those that the route names one by one, or those of the model that its function reads by ``filled``.
    """

    service: str
    method: str
    path: str
    in_path: tuple[str, ...] = ()
    in_query: tuple[str, ...] = ()
    in_headers: tuple[str, ...] = ()
    body: type[BaseModel] | None = None
    form: tuple[str, ...] = ()

    @property
    def api(self) -> bool:
        """Whether it is for programs."""
        return self.path.startswith(f"/{self.service}/api/")

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def routes(service: str, app: FastAPI) -> Iterator[Route]:
    """The routes of one application."""
    for each in (context.original_route for context in iter_route_contexts(app.routes)):
        if not isinstance(each, APIRoute):
            continue
        needs = each.dependant
        json = [one for one in needs.body_params if not isinstance(one.field_info, Form)]
        model = json[0].field_info.annotation if json else None
        read = [one for one in models() if one.__name__ in each.endpoint.__code__.co_names]
        fields = [name for one in read for name in one.model_fields]
        for method in sorted(each.methods or ()):
            yield Route(
                service,
                method,
                each.path,
                tuple(one.alias for one in needs.path_params),
                tuple(one.alias for one in needs.query_params),
                tuple(one.alias for one in needs.header_params),
                model if isinstance(model, type) and issubclass(model, BaseModel) else None,
                (*(one.alias for one in needs.body_params if isinstance(one.field_info, Form)), *fields),
            )


def models() -> list[type[Strict]]:
    """Every model a form or a body is read into."""
    found: list[type[Strict]] = []
    waiting = list(Strict.__subclasses__())
    while waiting:
        model = waiting.pop()
        found.append(model)
        waiting += model.__subclasses__()
    return sorted((model for model in found if model.__module__.startswith("services.")), key=str)
