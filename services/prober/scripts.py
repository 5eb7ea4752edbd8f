"""What scripts would write on a page, as far as it can be read in their text without running them. Pure.

Footers are often kept in one script for all pages: ``document.write("<p>…</p>")``, ``x.innerHTML = "…"``,
``$("#x").html("…")``, or the same by way of a variable. Strings that are only compared, and comments, are not written.
"""

import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from urllib.parse import unquote, urlsplit

LONGEST = 100_000
MOST_TOKENS = 8_000
MOST_PLACES = 20
WRITES = re.compile(
    r"document\.write|innerHTML|innerText|textContent|insertAdjacent|appendChild|append\(|\.html\(|\.text\(|\.load\("
    r"|createElement|XMLHttpRequest|fetch\(|ajax|import\(|createApp|new Vue"
)
# Scripts, by the names of their files, that write only what others tell them.
LIBRARIES = re.compile(
    r"jquery|bootstrap|swiper|superslide|^vue|react|angular|layui|layer|echarts|animate|modernizr|html5shiv|respond"
    r"|polyfill|lodash|underscore|require|axios|moment|slick|owl\.|wow\.|fancybox|lightbox|scrollbar|element-ui|jweixin"
    r"|analytics|tongji|hm\.js|video|flv|hls|wdatepicker|laydate|nicescroll|unslider|marquee|jsencrypt|crypto|qrcode",
    re.IGNORECASE,
)
LIKELY = re.compile(r"foot|bottom|copyright|banquan|common|public|base|inc|tail|mark|bzs|main", re.IGNORECASE)
# Not a page that takes itself out of a frame, or loads itself again.
FORWARDS = re.compile(
    r"\blocation\s{0,9}(?:\.\s{0,9}href\s{0,9}|\[\s{0,9}['\"]href['\"]\s{0,9}\]\s{0,9})?=(?!=)"
    r"(?!\s{0,9}(?:(?:self|window|document|this)\s{0,9}\.\s{0,9})?location(?:\.href)?\s{0,9}(?:[;})\n]|$))"
    r"|\blocation\s{0,9}\.\s{0,9}(?:replace|assign)\s{0,9}\(|\bnavigate\s{0,9}\(|open\s{0,9}\([^)]{0,200}['\"]_(?:self|top|parent)"
)
BRACES = re.compile(r"([{}])")
OPENED = re.compile(r"[\w:/.-]{0,60}exposure/jiucuo[^\s\"'<>]{0,200}", re.IGNORECASE)
MOST_OPENED = 10
# Whatever begins also ends, at the latest with its line or the script, so that no script can make this slow.
TOKEN = re.compile(
    r"""//[^\n]*+|/\*(?:(?!\*/).)*+(?:\*/)?|<!--[^\n]*+
      |(?P<string>"(?:[^"\\\n]|\\.)*+"?|'(?:[^'\\\n]|\\.)*+'?|`(?:[^`\\]|\\.)*+`?)
      |(?<=[=(,:;!&|?{}\[\n])[ \t]{0,20}
       (?P<pattern>/(?![*/])(?:[^/\\\n\[]|\\.|\[(?:[^\]\\\n]|\\.){0,40}\]){1,120}+/)""",
    re.DOTALL | re.VERBOSE,
)
CALL = r"(?:document\s*\.\s*write(?:ln)?|\.\s*(?:html|text|append|prepend|before|after|replaceWith))\s*\("
SET = r"\.\s*(?:innerHTML|outerHTML|innerText|textContent)\s*\+?=(?!=)"
DECODES = r"\s*(?:(?:unescape|decodeURI(?:Component)?)\s*\(\s*)?"
WRITTEN = re.compile(rf"(?:{CALL}|{SET}){DECODES}$")
VARIABLE = re.compile(rf"(?:{CALL}|{SET})\s*+([A-Za-z_$][\w$]*+)\s*+[;,)\n]")
ANY_WRITE = re.compile(rf"{CALL}|{SET}|insertAdjacentHTML")
PLACED = re.compile(r"insertAdjacentHTML\s*\(\s*$")
ASSIGNED = re.compile(r"(?:^|[\s;,{(])([A-Za-z_$][\w$]*)\s*\+?=(?!=)\s*$")
JOINED = re.compile(r"\s*+\)*+\s*+\+")
NEXT = re.compile(r"\s*+\)*+\s*+\+\s*+(?:[\w.$()\[\]]++\s*+\+\s*+)?")
UNKNOWN = "_"
DIRECTLY = re.compile(r"\s*+\)*+\s*+\+\s*+")
BY_ID = re.compile(r"(?:getElementById|\$|jQuery|querySelector)\s*\(\s*$")
INTO = re.compile(r"\s*\)\s*(?:\[0\]|\.get\(0\))?\s*$")
WIDE = re.compile(r"%u([0-9A-Fa-f]{4})")
ESCAPE = re.compile(r"\\(?:u\{([0-9A-Fa-f]{1,6})\}|u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|(\r?\n)|(.))", re.DOTALL)
PLAIN_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "", "f": "", "v": "", "0": ""}
ID = re.compile(r"^#?([\w:.-]{1,80})$")


@dataclass(slots=True)
class Wrote:
    """``html`` is what is written, wherever; ``into`` is what goes into the element with an id.

    ``more``: the script does further things that may write, which cannot be read this way.
    """

    html: list[str] = field(default_factory=list)
    into: dict[str, str] = field(default_factory=dict)
    more: bool = False


def wrote(scripts: Iterable[str]) -> Wrote:
    """What these scripts write, together."""
    all_of_it = Wrote()
    for script in scripts:
        if WRITES.search(script):
            _Script(all_of_it).read(script[:LONGEST])
        all_of_it.more |= len(script) > LONGEST
    return all_of_it


def uncommented(script: str) -> str:
    """``script`` without its comments."""
    return "".join(gap + token for gap, token in _tokens(script[:LONGEST]))


def is_library(address: str) -> bool:
    """Whether the script at ``address`` is one that writes only what others tell it."""
    name = file_name(address)
    return LIBRARIES.search(name) is not None and not LIKELY.search(name)


def file_name(address: str) -> str:
    """The last part of the path of ``address``."""
    return path_of(address).rpartition("/")[2]


def path_of(address: str) -> str:
    """The path of ``address``; empty when it is none."""
    try:
        return urlsplit(address).path
    except ValueError:
        return ""


def forwards(script: str, *, nested: bool = True) -> bool:
    """Whether ``script`` sends a visitor elsewhere; without ``nested`` only what it does outside of all braces counts.

    On a page that has everything, what stands in braces answers a click or a telephone.
    """
    if not FORWARDS.search(script):
        return False
    return FORWARDS.search(uncommented(script) if nested else _outside_braces(script)) is not None


def opened(script: str) -> tuple[str, ...]:
    """The addresses of 找错 (jiucuo) in ``script``, as far as they stand there in one piece."""
    if not OPENED.search(script):
        return ()
    return tuple(match[0] for match in islice(OPENED.finditer(uncommented(script)), MOST_OPENED))


def applied(html: str, written: Wrote) -> str:
    """The page ``html`` with what is written on it: in its element where that is known, else at the end."""
    rest = list(written.html)
    for number, (name, text) in enumerate(written.into.items()):
        place = re.compile(rf"""<[A-Za-z][^<>]*\bid\s*=\s*["']?{re.escape(name)}["'\s>][^<>]*>?""")
        found = place.search(html) if number < MOST_PLACES else None
        if found:
            html = html[: found.end()] + text + html[found.end() :]
        else:
            rest.append(text)
    return html + "".join(f"<div>{text}</div>" for text in rest)


class _Script:
    """Reads one script from its first token to its last."""

    def __init__(self, found: Wrote) -> None:
        self._found = found
        self._variables: dict[str, str] = {}
        self._how: tuple[str, str] | None = None
        self._understood = 0

    def read(self, script: str) -> None:
        """Add what ``script`` writes."""
        code: list[str] = []
        before, last = "", ""
        for gap, token in _tokens(script):
            code.append(gap)
            if self._how and JOINED.match(gap) and not (token and DIRECTLY.fullmatch(gap)):
                self._found.more = True
            if token:
                self._string(before, last, gap, token)
            before, last = gap, token
        self._by_way_of_variables("''".join(code))

    def _string(self, before: str, last: str, gap: str, token: str) -> None:
        """One string: what stands ``before`` the string ``last``, the ``gap`` from there, the string itself."""
        goes_on = self._how is not None and NEXT.fullmatch(gap) is not None
        if not goes_on:
            self._how = self._aim(before, last, gap)
            self._understood += self._how is not None and self._how[0] == "write"
        if self._how is None:
            return
        unknown = "" if not goes_on or DIRECTLY.fullmatch(gap) else UNKNOWN
        text = unknown + _unescaped(token)
        kind, name = self._how
        if "unescape" in gap or "decodeURI" in gap:
            text = unquote(WIDE.sub(lambda match: chr(int(match[1], 16)), text))
        if kind == "variable":
            self._variables[name] = self._variables.get(name, "") + text
        elif name:
            self._found.into[name] = self._found.into.get(name, "") + text
        elif goes_on:
            self._found.html[-1] += text
        else:
            self._found.html.append(text)

    def _aim(self, before: str, last: str, gap: str) -> tuple[str, str] | None:
        if PLACED.search(before) and gap.strip() == ",":
            return "write", ""
        written = WRITTEN.search(gap)
        if written:
            named = BY_ID.search(before) and INTO.fullmatch(gap[: written.start()]) and ID.match(_unescaped(last))
            return "write", named[1] if named else ""
        assigned = ASSIGNED.search(gap)
        return ("variable", assigned[1]) if assigned else None

    def _by_way_of_variables(self, code: str) -> None:
        """What goes from variables onto the page, and whether anything else in ``code`` may write."""
        for name, times in Counter(match[1] for match in VARIABLE.finditer(code)).items():
            if name in self._variables:
                self._understood += times
                self._found.html.append(self._variables[name])
        writes = sum(1 for _ in ANY_WRITE.finditer(code))
        self._found.more |= writes > self._understood or WRITES.search(ANY_WRITE.sub(" ", code)) is not None


def _outside_braces(script: str) -> str:
    depth, outside = 0, []
    for gap, token in _tokens(script[:LONGEST]):
        for piece in BRACES.split(gap):
            depth = max(0, depth + (piece == "{") - (piece == "}"))
            outside.append("" if depth else piece)
        outside.append("" if depth else token)
    return "".join(outside)


def _tokens(script: str) -> Iterator[tuple[str, str]]:
    """(code without comments, the string with its quotes that follows it); after the last code an empty string."""
    gap: list[str] = []
    end = 0
    for match in islice(TOKEN.finditer(script), MOST_TOKENS):
        gap.append(script[end : match.start()])
        end = match.end()
        if match["string"]:
            yield "".join(gap), match["string"]
            gap = []
        elif match["pattern"]:
            gap.append("//")
    yield "".join([*gap, script[end:]]), ""


def _unescaped(token: str) -> str:
    """A string literal as the text it stands for."""

    def one(match: re.Match[str]) -> str:
        code = match[1] or match[2] or match[3]
        if code:
            return chr(min(int(code, 16), sys.maxunicode))
        return "" if match[4] else PLAIN_ESCAPES.get(match[5], match[5])

    return ESCAPE.sub(one, token[1:-1])
