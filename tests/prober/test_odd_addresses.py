"""Whatever stands in the links of a page, a visit goes on: the probes take odd addresses as leading nowhere of ours."""

import asyncio
from html import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.prober.columns import leads, of_site, same_host
from services.prober.html import start
from services.prober.look import Look
from services.prober.means import Around, Means
from services.prober.probes.content import content
from services.prober.probes.links import links
from services.prober.probes.marks import marks
from shared.events.probe import Outcome
from tests.prober.looks import URL, page_look
from tests.prober.town import SEED, TODAY

ODD = [
    "http://www.sample.gov.cn:8O80/",
    "http://www.sample.gov.cn:99999/zwdt/",
    "http://www.sample.gov.cn:-1/",
    "http://[::1/zwdt/",
    "http://[bad]/",
    "http://]",
    "//[",
    "http://a\x00b/",
    "http://www.sample.gov.cn\x00/zwdt/",
    "http://:80/",
    "http://user:pa[ss@www.sample.gov.cn/",
    "http://www.sample.gov.cn\u2100/",
    "http://\u2488com/",
    "http://www.sample.gov.cn:８０８０/",
]
PIECES = st.sampled_from([*"[]:/@?#%.\\ \t\n\x00", "http:", "//", "www.sample.gov.cn", ":8O80", "art_1_123.html", "％"])
ADDRESSES = st.one_of(
    st.sampled_from(ODD), st.text(max_size=30), st.lists(PIECES, max_size=12).map("".join), st.just("/zwdt/")
)


async def _visited(home: str) -> list[Outcome]:
    async def follow(url: str, *, verify: bool = False) -> Look:
        return page_look(home, url=url)

    async def online() -> bool:
        return True

    around = Around(Means(follow, online, 0.0), TODAY, SEED)
    look = page_look(home)
    return [(await probe(look, around)).outcome for probe in (content, links, marks)]


def _page(*addresses: str) -> str:
    rows = "".join(
        f"<li><a href='{escape(address)}'>政务动态</a><a href='{escape(address)}'>关于召开全市工作会议的通知</a>"
        f"<img src='{escape(address)}'><iframe src='{escape(address)}'></iframe>"
        f"<script src='{escape(address)}'></script> 2026-11-20</li>"
        for address in addresses
    )
    return f"<html><body><ul>{rows}</ul></body></html>"


@settings(max_examples=20, deadline=None)
@given(st.lists(ADDRESSES, max_size=4))
def test_no_address_on_a_page_ends_a_visit(addresses: list[str]) -> None:
    assert asyncio.run(_visited(_page(*addresses))) == [Outcome.ANSWERED] * 3


@settings(max_examples=10, deadline=None)
@given(ADDRESSES)
def test_no_base_of_a_page_ends_a_visit(address: str) -> None:
    home = f"<base href='{escape(address)}'>" + _page("/zwdt/", "a/101.html", "http://www.sample.gov.cn:8O80/")
    assert asyncio.run(_visited(home)) == [Outcome.ANSWERED] * 3


@pytest.mark.parametrize("address", ODD)
def test_an_address_that_is_none_leads_to_no_column(address: str) -> None:
    found = leads(start(f"<a href='{escape(address)}'>政务动态</a><a href='/zwgk/'>政务公开</a>"), URL)
    assert [lead.url for lead in found] == [f"{URL}zwgk/"]
    assert not same_host(URL, address)


@pytest.mark.parametrize(
    ("address", "same", "below"),
    [
        ("http://sample.gov.cn/x", True, True),
        ("http://www.sample.gov.cn:80/", True, True),
        ("https://www.sample.gov.cn/", True, True),
        ("https://www.sample.gov.cn:443/", True, True),
        ("http://www.sample.gov.cn:8080/", False, False),
        ("http://news.sample.gov.cn/", False, True),
        ("http://newsample.gov.cn/", False, False),
        ("http://www.gov.cn/", False, False),
    ],
)
def test_what_belongs_to_a_website(address: str, same: bool, below: bool) -> None:
    assert (same_host(URL, address), of_site(URL, address)) == (same, below)
