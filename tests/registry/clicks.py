"""People at a browser, page by page: what they see of a form is what they send, but for what they type."""

import re

import httpx

from demo.visitor import Page

FILE = "/registry/file"
HOST = "http://x.gov.cn"


async def press(client: httpx.AsyncClient, page: str, path: str, **typed: str) -> httpx.Response:
    """Open ``page``, fill its form for ``path`` and send it."""
    shown = await client.get(page)
    assert shown.status_code == 200, shown.text
    return await again(client, shown, path, **typed)


async def again(client: httpx.AsyncClient, shown: httpx.Response, path: str, **typed: str) -> httpx.Response:
    """Send the form for ``path`` of a page that was opened before, with what is typed into it now."""
    form = Page(HOST + str(shown.url.path), shown.text).form(path)
    return await client.post(path, data={**form.values, **typed})


async def file(client: httpx.AsyncClient, query: str, **typed: str) -> str:
    """File something; the page of the filing."""
    answer = await press(client, f"{FILE}?{query}", FILE, **typed)
    assert answer.status_code == 303, said(answer)
    return answer.headers["location"]


async def do(client: httpx.AsyncClient, filing: str, act: str, **typed: str) -> None:
    """Do something to a filing on its page, where there has to be a button for it."""
    shown = await client.get(filing)
    assert f'"{filing}/{act}"' in shown.text, said(shown)
    form = Page(HOST + filing, shown.text)
    own = f'action="{filing}/{act}"' in shown.text.replace("formaction", "")
    values = form.form(f"{filing}/{act}" if own else f"{filing}/approve").values
    answer = await client.post(f"{filing}/{act}", data={**values, **typed})
    assert answer.status_code == 303, said(answer)


def said(answer: httpx.Response) -> str:
    """What a page says, without its markup."""
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())
