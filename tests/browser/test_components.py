"""The component page shows every building block, reads well to axe, fits every screen and prints."""

import re
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]  # it ships no types
from playwright.async_api import Page

from shared.web import components
from shared.web.pages import TEMPLATES

pytestmark = pytest.mark.asyncio(loop_scope="session")

INSIDE = {
    "symbol",
    "label_of",
    "attributes",
    "token",
    "action",
    "row_problems",
}  # parts of others, or in need of a session


async def test_every_building_block_is_on_the_page() -> None:
    blocks = set(re.findall(r"{% macro (\w+)", (TEMPLATES / "ui.html").read_text(encoding="utf-8")))
    shown = set(re.findall(r"ui\.(\w+)\(", (TEMPLATES / "components.html").read_text(encoding="utf-8")))
    assert blocks - shown - INSIDE == set()


@pytest.mark.parametrize("width", [1280, 768, 360])
async def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(tab: Page, width: int) -> None:
    await tab.set_viewport_size({"width": width, "height": 800})
    await tab.goto(components.ADDRESS)
    results = await Axe().run(tab)
    assert [violation["id"] for violation in results.response["violations"]] == []
    assert await tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


async def test_it_prints_on_paper_without_what_cannot_be_clicked_there(tab: Page, tmp_path: Path) -> None:
    await tab.goto(components.ADDRESS)
    pdf = tmp_path / "components.pdf"
    await tab.pdf(path=pdf, format="A4")
    assert pdf.stat().st_size > 10_000
    await tab.emulate_media(media="print")
    assert not await tab.get_by_role("button", name="提交备案").is_visible()
    assert await tab.get_by_role("table").first.is_visible()
