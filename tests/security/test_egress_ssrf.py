"""S2–S5, S7: names that lie and redirects that lead inside, on every hop; a secret is served next door, never asked."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.prober.looking import looker
from services.prober.means import Means
from services.prober.probes.reachability import reachability
from services.prober.visit import visit_website
from shared.egress import Egress, EgressError, NameUnresolved, RefusedByGate, TooManyRedirects, checked_url
from shared.egress.urls import target_of
from shared.events.probe import Outcome, Reason
from shared.events.registry import Website
from tests.security.loopback import LyingNameServer, Site, page, serving

OPEN = ("127.0.0.1/32",)
INSIDE = "127.0.0.9"
CODES = ("301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent")
NAMES = Sequence[Sequence[str]]


@pytest.fixture
async def secret() -> AsyncIterator[Site]:
    """What nobody may reach: a server on an address the gate is closed to."""
    async with serving("secret", host=INSIDE) as site:
        yield site
        assert site.requests == [], "the secret was asked for"


def to(location: str, code: str = "302 Found") -> bytes:
    """A redirect."""
    return page("moved", status=code, location=location)


# -- S2, S3: names


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ("www.gov.example", {"www.gov.example": [[INSIDE]]}),
        ("www.gov.example", {"www.gov.example": [["127.0.0.1", INSIDE]]}),
        ("www.gov.example", {"www.gov.example": [["127.0.0.1", "fd00::1"]]}),
        ("www.gov.example", {"www.gov.example": [["127.0.0.1", "::1"]]}),
        ("www.gov.example", {"www.gov.example": [["::ffff:7f00:9"]]}),
        ("www.gov.example", {"www.gov.example": [["in.gov.example"]], "in.gov.example": [[INSIDE]]}),
        (
            "www.gov.example",
            {"www.gov.example": [["cdn.example"]], "cdn.example": [["s.local"]], "s.local": [["127.0.0.1", INSIDE]]},
        ),
        ("kubernetes.default.svc", {"kubernetes.default.svc": [["10.96.0.1"]]}),
        ("mongo.govwatch.svc.cluster.local", {"mongo.govwatch.svc.cluster.local": [["10.96.7.7"]]}),
        ("metadata.google.internal", {"metadata.google.internal": [["169.254.169.254"]]}),
        ("www.gov.example.", {"www.gov.example": [[INSIDE]]}),
        ("WWW.GOV.example", {"www.gov.example": [[INSIDE]]}),
    ],
)  # fmt: skip  # a chain of names reads better on one line
async def test_a_name_that_leads_inside_by_any_of_its_answers_is_refused(
    secret: Site, asked: str, names: dict[str, NAMES]
) -> None:
    async with LyingNameServer(names) as server, Egress(OPEN, server.address) as egress:
        with pytest.raises(RefusedByGate, match="not allowed"):
            await egress.get(secret.url(host=asked), ceiling=2)


@pytest.mark.parametrize("other", [INSIDE, "10.0.0.1", "::1", "fd00::1"])
async def test_one_private_address_among_others_spoils_a_name_though_the_first_would_answer(other: str) -> None:
    names: dict[str, NAMES] = {"mixed.gov.example": [["127.0.0.1", other]]}
    async with LyingNameServer(names) as server, serving("ok") as site, Egress(OPEN, server.address) as egress:
        with pytest.raises(RefusedByGate):
            await egress.get(site.url(host="mixed.gov.example"))
        assert site.requests == []


async def test_a_name_that_stands_for_a_public_one_is_visited() -> None:
    names: dict[str, NAMES] = {"www.gov.example": [["cdn.example"]], "cdn.example": [["127.0.0.1"]]}
    async with LyingNameServer(names) as server, serving("ok") as site, Egress(OPEN, server.address) as egress:
        assert (await egress.get(site.url(host="www.gov.example"))).text == "ok"


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("turns_at", [1, 2, 4])
async def test_a_name_that_turns_private_between_two_hops_is_caught_at_that_hop(
    secret: Site, turns_at: int, code: str
) -> None:
    """TTL 0: public while it is checked, private when the redirect comes back to the same name."""
    answers = [["127.0.0.1"]] * turns_at + [[INSIDE]]
    async with LyingNameServer({"flip.gov.example": answers}) as server:

        async def on(_request: bytes, writer: asyncio.StreamWriter) -> None:
            writer.write(to(site.url(f"/{len(site.requests)}", host="flip.gov.example"), code))
            await writer.drain()

        async with serving(on) as site, Egress(OPEN, server.address) as egress:
            with pytest.raises(RefusedByGate, match=re.escape(INSIDE)):
                await egress.get(site.url(host="flip.gov.example"), ceiling=5)
            assert len(site.requests) == turns_at


async def test_the_answer_that_was_checked_is_the_one_used_though_the_next_would_lie(secret: Site) -> None:
    names: dict[str, NAMES] = {"flip.gov.example": [["127.0.0.1"], [INSIDE]]}
    async with LyingNameServer(names) as server, serving("outside") as site, Egress(OPEN, server.address) as egress:
        assert (await egress.get(site.url(host="flip.gov.example"))).text == "outside"
        assert server.asked == ["flip.gov.example"]


# -- S4: redirects


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize(
    "location",
    [
        "http://{inside}:{port}/",
        "//{inside}:{port}/",
        "http://2130706441:{port}/",
        "http://0x7f.0.0.9:{port}/",
        "http://[::ffff:7f00:9]:{port}/",
        "http://x@{inside}:{port}/",
        "http://127.0.0.1\\@{inside}:{port}/",
        "\\\\{inside}:{port}\\",
        "http:\\\\{inside}:{port}/",
        "file:///etc/passwd",
        "gopher://{inside}:{port}/_x",
        "ftp://{inside}:{port}/",
        "dict://{inside}:{port}/",
        "data:text/html,x",
        "javascript:alert(1)",
        "http://169.254.169.254/latest/meta-data/",
    ],
)
async def test_a_redirect_that_leads_inside_or_to_another_protocol_is_not_followed(
    secret: Site, location: str, code: str
) -> None:
    where = location.format(inside=INSIDE, port=secret.port)
    async with serving(to(where, code)) as site, Egress(OPEN) as egress:
        with pytest.raises(EgressError):
            await egress.get(site.url(), ceiling=2)
        with pytest.raises(EgressError):
            await egress.request("POST", site.url(), content=b"{}", redirects=3, ceiling=2)
        assert len(site.requests) == 2


@pytest.mark.parametrize("hops", [9, 10, 11])
async def test_ten_redirects_are_followed_and_not_one_more(hops: int) -> None:
    async def on(_request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(to(f"/{len(site.requests)}") if len(site.requests) <= hops else page("there"))
        await writer.drain()

    async with serving(on) as site, Egress(OPEN) as egress:
        if hops <= 10:
            assert (await egress.get(site.url())).hops == hops + 1
        else:
            with pytest.raises(TooManyRedirects):
                await egress.get(site.url())
            assert len(site.requests) == 11


async def test_a_loop_ends() -> None:
    async with serving(to("/")) as site, Egress(OPEN) as egress:
        with pytest.raises(TooManyRedirects):
            await egress.get(site.url())


@pytest.mark.parametrize(
    "body",
    [
        '<meta http-equiv="refresh" content="0;url={url}">',
        "<script>location = '{url}'</script>",
        '<body onload="fetch(\'{url}\')"><iframe src="{url}"></iframe><img src="{url}"><link href="{url}">',
        '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY s SYSTEM "{url}">]><x>&s;</x>',
    ],
    ids=["meta-refresh", "script", "embedded", "entity"],
)
async def test_what_a_page_says_about_where_to_go_is_only_text(secret: Site, body: str) -> None:
    text = body.format(url=secret.url(host=INSIDE))
    refresh = page(text, refresh=f"0;url={secret.url(host=INSIDE)}", link=f"<{secret.url(host=INSIDE)}>; rel=preload")
    async with serving(refresh) as site, Egress(OPEN) as egress:
        assert (await egress.get(site.url())).text == text
        assert len(site.requests) == 1


async def test_the_proxy_of_the_environment_is_not_asked(secret: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "https_proxy"):
        monkeypatch.setenv(name, secret.url(host=INSIDE))
    async with serving("straight") as site, Egress(OPEN) as egress:
        assert (await egress.get(site.url())).text == "straight"


# -- S5: what is read in one way is read the same way by others


@given(st.from_regex(r"https?://[^\s/]{1,40}(/[^\s]{0,10})?", fullmatch=True))
def test_what_we_take_for_the_host_is_the_host_to_pythons_own_reader_too(text: str) -> None:
    try:
        url = checked_url(text)
    except RefusedByGate:
        return
    again = urlsplit(str(url))
    assert (again.hostname or "").removesuffix(".") == target_of(url).host
    assert again.username is None


# -- S7: a name without an address is a finding, not a refusal


async def _yes() -> bool:
    return True


def means(egress: Egress) -> Means:
    return Means(looker(egress, lambda: datetime.now(UTC)), _yes, pause=0.0)


async def test_a_website_whose_name_is_gone_is_seen_to_have_failed_by_its_name() -> None:
    async with LyingNameServer({"gone.gov.example": [[]]}) as server, Egress((), server.address) as egress:
        with pytest.raises(NameUnresolved):
            await egress.get("http://gone.gov.example/")
        visit = await visit_website(Website(code="", name="", url="http://gone.gov.example/"), means(egress), ["none"])
    opened = visit.measurements["reachability"]
    assert (opened.outcome, opened.reason, visit.looks) == (Outcome.FAILED, Reason.DNS, 2)


async def test_a_website_that_leads_inside_is_not_accused_of_anything(secret: Site) -> None:
    async with LyingNameServer({"in.gov.example": [[INSIDE]]}) as server, Egress(OPEN, server.address) as egress:
        look = await means(egress).look_at(secret.url(host="in.gov.example"))
        opened = await reachability(look)
    assert (opened.outcome, opened.reason) == (Outcome.UNDETERMINED, Reason.REFUSED_BY_GATE)
    assert look.page is None
