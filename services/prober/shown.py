"""What a page shows without running its scripts, and whether that is all of it. Pure.

Many sites are one page for every address, which scripts fill in the browser (Vue, React, Angular): its bare text says
nothing of the address it was asked for.
"""

import re
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser

from services.prober.blocked import MARKUP
from services.prober.html import absolute, fold, may_write, start
from services.prober.look import Page
from services.prober.scripts import WRITES

# With scripts that may write, this much text is a frame around what they will show.
LITTLE = 100
# With scripts on, a browser reads all this as text, wherever it stands.
NOSCRIPT = re.compile(r"<noscript\b(?:(?!</noscript).)*+(?:</noscript[^>]*+>)?", re.DOTALL | re.IGNORECASE)
SCRIPT = re.compile(r"<script\b([^<>]*+)>", re.IGNORECASE)
SOURCE = re.compile(r"""\bsrc\s*+=\s*+["']?([^"'\s]++)""", re.IGNORECASE)
# A page has a few such elements; the text of thousands within each other would take quadratic time.
MOST_PARTS = 100
# Where the frameworks put the page they make, and what their templates look like before they do.
MOUNTS = "#app, #root, #__nuxt, #__next, #___gatsby, #q-app, app-root, [ng-app], [v-cloak], [data-reactroot]"
TEMPLATES = re.compile(r"\{\{|\$\{")
HIDDEN = (
    "[hidden], .hidden, .hide, .d-none, .none, [v-if], [v-show], [v-else], [ng-if], [ng-show], "
    "[style*='display:none' i], [style*='display: none' i], [style*='visibility:hidden' i], "
    "[style*='visibility: hidden' i]"
)


@dataclass(frozen=True, slots=True)
class Shown:
    """``text`` is the body without scripts and noscript; ``hidden`` the parts of it that nobody sees at first.

    ``unfilled``: scripts make what a visitor sees, so the text is not what the page says.
    """

    title: str
    text: str
    hidden: tuple[str, ...]
    unfilled: bool


def shown(page: Page) -> Shown:
    """What ``page`` shows; one that is made to keep a parser busy shows nothing and is unfilled."""
    try:
        tree = start(NOSCRIPT.sub("", page.text))
    except ValueError:
        return Shown("", "", (), unfilled=True)
    text = fold(tree.body.text(deep=True, separator=" ")) if tree.body else ""
    title = tree.css_first("title")
    return Shown(
        fold(title.text(deep=True)) if title else "",
        text,
        tuple(fold(node.text(deep=True, separator=" ")) for node in tree.css(HIDDEN)[:MOST_PARTS]),
        unfilled=_mounts(tree) or TEMPLATES.search(text) is not None or (len(text) < LITTLE and _writes(page)),
    )


def bare(page: Page) -> str:
    """All text between the tags of ``page``, title and noscript with it, whether anybody sees it or not."""
    return fold(MARKUP.sub(" ", page.text))


def _mounts(tree: LexborHTMLParser) -> bool:
    """Whether there is an element for scripts to fill that holds next to nothing as yet."""
    return any(len(fold(node.text(deep=True, separator=" "))) < LITTLE for node in tree.css(MOUNTS)[:MOST_PARTS])


def _writes(page: Page) -> bool:
    """Whether a script of the page may write into it."""
    sources = [source[1] for tag in SCRIPT.finditer(page.text) if (source := SOURCE.search(tag[1]))]
    own_ones = (may_write(page.url, absolute(page.url, source)) for source in sources)
    return WRITES.search(page.text) is not None or any(own_ones)
