"""People and programs that use govwatch from outside: a visitor at a browser, and a program with a bearer token."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self
from urllib.parse import urljoin, urlsplit

import httpx
from selectolax.lexbor import LexborHTMLParser, LexborNode

REQUEST_SECONDS = 30.0
FIRST_SERVICE = "registry"


class NotServed(Exception):  # noqa: N818 - it is what happened
    """A page or an API did not answer as it should; the message has the address, the status and what it said."""


@dataclass(frozen=True)
class Origins:
    """Where govwatch is: one origin for everything, or one for each service by name."""

    of: str | Mapping[str, str]

    def address(self, path: str) -> str:
        """The whole address of a path; what belongs to no service is served by the registry."""
        if isinstance(self.of, str):
            return self.of.rstrip("/") + path
        service = path.split("/")[1]
        return self.of.get(service, self.of[FIRST_SERVICE]).rstrip("/") + path


@dataclass(frozen=True)
class Form:
    """A form as it stands on a page: where it is sent, and what would be sent if nothing were changed."""

    address: str
    values: Mapping[str, str]


@dataclass(frozen=True)
class Page:
    """A page somebody looks at."""

    address: str
    text: str

    def form(self, path: str) -> Form:
        """The form that is sent to ``path``. Raises NotServed when the page has none."""
        for node in LexborHTMLParser(self.text).css("form"):
            address = urljoin(self.address, node.attributes.get("action") or "")
            if urlsplit(address).path == path:
                return Form(address, _values(node))
        raise NotServed(f"{self.address} has no form for {path}: {self.said}")

    @property
    def said(self) -> str:
        """What a refusal on the page says, or else its heading."""
        tree = LexborHTMLParser(self.text)
        found = tree.css(".message, .error") or tree.css("h1")
        return " ".join(" ".join(one.text().split()) for one in found)


class Visitor:
    """Somebody at a browser. Use as a context manager."""

    def __init__(self, origins: Origins) -> None:
        self._origins = origins
        self._http = httpx.AsyncClient(follow_redirects=True, trust_env=False, timeout=REQUEST_SECONDS)

    async def __aenter__(self) -> Self:
        await self._http.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.__aexit__(kind, error, trace)

    async def sign_in(self, login: str, password: str) -> None:
        """Sign in on the page. Raises NotServed when refused."""
        page = await self.open("/sign-in")
        await self.send(page.form("/sign-in"), login=login, password=password)

    async def open(self, path: str) -> Page:
        """Look at a page. Raises NotServed when it does not answer 200."""
        return _page(await _asked(self._http.get(self._origins.address(path))))

    async def send(self, form: Form, **typed: str) -> Page:
        """Fill in a form and send it as a browser does; returns the page one lands on. Raises NotServed if refused."""
        unknown = typed.keys() - form.values.keys()
        if unknown:
            raise NotServed(f"the form for {form.address} has no {', '.join(sorted(unknown))}")
        parts = urlsplit(form.address)
        headers = {"Origin": f"{parts.scheme}://{parts.netloc}"}
        return _page(await _asked(self._http.post(form.address, data={**form.values, **typed}, headers=headers)))


class Program:
    """Somebody's program: the API with a bearer token. Use as a context manager."""

    def __init__(self, origins: Origins, token: str) -> None:
        self._origins = origins
        headers = {"Authorization": f"Bearer {token}"}
        self._http = httpx.AsyncClient(trust_env=False, timeout=REQUEST_SECONDS, headers=headers)

    async def __aenter__(self) -> Self:
        await self._http.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.__aexit__(kind, error, trace)

    async def get(self, path: str, **asked: str) -> Any:
        """What a path of the API answers, None for 404. Raises NotServed for any other refusal."""
        answer = await _asked(self._http.get(self._origins.address(path), params=asked))
        return None if answer.status_code == HTTPStatus.NOT_FOUND else _good(answer).json()

    async def post(self, path: str, content: Mapping[str, Any], *, key: str = "") -> Any:
        """Send JSON to a path of the API, under an idempotency key if one is given. Raises NotServed if refused."""
        headers = {"Idempotency-Key": key} if key else {}
        return _good(await _asked(self._http.post(self._origins.address(path), json=content, headers=headers))).json()


async def _asked(request: Any) -> httpx.Response:
    try:
        answer: httpx.Response = await request
    except httpx.HTTPError as error:
        raise NotServed(f"{error.request.url}: {type(error).__name__} {error}") from error
    return answer


def _page(answer: httpx.Response) -> Page:
    page = Page(str(answer.url), answer.text)
    if answer.status_code != HTTPStatus.OK:
        raise NotServed(f"{page.address} answered {answer.status_code}: {page.said}")
    return page


def _good(answer: httpx.Response) -> httpx.Response:
    if not answer.is_success:
        raise NotServed(f"{answer.url} answered {answer.status_code}: {answer.text[:500]}")
    return answer


def _values(form: LexborNode) -> dict[str, str]:
    """What a browser would send of an untouched form, except for its buttons."""
    values: dict[str, str] = {}
    for node in form.css("input, textarea, select"):
        name, kind = node.attributes.get("name"), node.attributes.get("type") or "text"
        ticked = kind not in ("checkbox", "radio") or "checked" in node.attributes
        if name and kind not in ("submit", "button", "file") and ticked:
            values[name] = _value(node)
    return values


def _value(node: LexborNode) -> str:
    if node.tag == "select":
        options = node.css("option[selected]") or node.css("option")
        return (options[0].attributes.get("value") or "") if options else ""
    if node.tag == "textarea":
        return node.text()
    return node.attributes.get("value") or ""
