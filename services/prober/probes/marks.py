"""Which of the six marks that 网站标识 asks for are in the footer.

党政机关网站标识、网站标识码、ICP备案编号、公安机关备案标识、网站主办单位、联系方式
(国办秘函〔2019〕19号, 功能设计: 网站标识).
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from pydantic import JsonValue

from services.prober.blocked import wall
from services.prober.html import Seen, read
from services.prober.look import Look, Measurement, undetermined
from shared.events.probe import Outcome, Reason

SNIPPET = 80
HTML_TYPES = ("text/html", "application/xhtml", "text/plain", "application/octet-stream")
CUT = {"body_cut_short", "body_over_cap"}


class State(StrEnum):
    """``unknown`` when the mark is not on the page as it was sent, but may be there for a person."""

    PRESENT = "present"
    ABSENT = "absent"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Mark:
    """How one mark is known. ``find`` gives what proves it; ``hint`` gives what makes its absence doubtful."""

    find: Callable[[Seen], str | None]
    hint: Callable[[Seen], str | None]


def _spaced(words: str) -> str:
    """``words`` with blanks allowed between the characters, as designers like to set them."""
    return r"\s?".join(words)


def _first(pattern: re.Pattern[str], texts: Iterable[str]) -> str | None:
    for text in texts:
        if match := pattern.search(text):
            return match[0].strip()
    return None


LABEL = rf"{_spaced('标识')}\s?(?:{_spaced('编码')}|码)"
CODE = re.compile(rf"(?:{_spaced('网站')}\s?)?" + LABEL + r"[^\w]{0,5}(?:bm\d{8}|\d{8,16})(?!\d)", re.IGNORECASE)
CODE_HINT = re.compile(LABEL)
ICP = re.compile(
    r"(?:[\u4e00-\u9fff]\s?)?ICP\s?[备证]\s?案?\D{0,10}\d{6,10}(?:\s?号)?(?:\s?-\s?\d{1,3})?", re.IGNORECASE
)
ICP_HINT = re.compile(r"ICP|beian\.miit\.gov\.cn|miitbeian\.gov\.cn", re.IGNORECASE)
POLICE = re.compile(
    r"(?:[\u4e00-\u9fff]\s?)?公\s?(?:网\s?安\s?备|安\s?(?:机\s?关\s?)?(?:联\s?网\s?)?备)\s?案?\D{0,12}\d{8,14}(?:\s?号)?"
)
POLICE_LINK = re.compile(
    r"beian\.gov\.cn/portal/registersysteminfo\?recordcode=\d{14}|beian\.mps\.gov\.cn/\S{0,40}code=\d{14}",
    re.IGNORECASE,
)
POLICE_HINT = re.compile(r"公\s?网\s?安\s?备|公\s?安.{0,6}备\s?案|beian\.gov\.cn|beian\.mps\.gov\.cn", re.IGNORECASE)
PARTY_LINK = re.compile(r"(?:bszs|dcs)\.conac\.cn/[^\s\"'<>]{1,120}", re.IGNORECASE)
PARTY_WORDS = re.compile(
    rf"(?:{_spaced('党政机关')}|{_spaced('事业单位')})\s?(?:{_spaced('网站')}\s?)?{_spaced('标识')}"
)
PARTY_CAPTION = re.compile("党政机关|事业单位")
ORGANISER = re.compile(
    rf"{_spaced('主办')}(?:\s?{_spaced('单位')})?\s?:\s?\S{{2,40}}|{_spaced('主办单位')}\s\S{{2,40}}"
    rf"|[\u4e00-\u9fff]{{4,30}}\s?{_spaced('主办')}(?!\s?单)"
)
ORGANISER_HINT = re.compile(r"版权所有|主管|承办|主\s?办|维护单位|建设单位|运维单位")
CONTACT = re.compile(
    r"(?:联系(?:方式|电话|我们)|电\s?话|传\s?真|热\s?线|邮\s?箱|邮\s?件|邮\s?编|e-?mail|tel)"
    r"\W{0,5}(?:\(?\+?\d[\d\s()-]{4,20}|[\w.+-]+@[\w-]+(?:\.[\w-]+)+)|地\s?址\s?:\s?\S{4,60}",
    re.IGNORECASE,
)
CONTACT_LINK = re.compile(r"^(?:mailto|tel):\S+", re.IGNORECASE)
CONTACT_HINT = re.compile(r"联系我们|联系方式|联系电话|地\s?址|电\s?话")
# Pictures in a footer that are known to be something else: the other marks, 找错, codes to scan, parts of the layout.
OTHER_PICTURES = re.compile(
    r"jiucuo|zhaocuo|gongan|ghs|beian|weixin|weibo|wechat|qr|erweima|logo|icon|找错|公安|微信|微博|二维码",
    re.IGNORECASE,
)


def _party(seen: Seen) -> str | None:
    captions = (caption for _, caption in seen.pictures)
    return (
        _first(PARTY_LINK, (*seen.links, *seen.script_addresses, seen.scripts))
        or _first(PARTY_WORDS, (seen.footer, seen.tail))
        or _first(PARTY_CAPTION, captions)
    )


def _party_hint(seen: Seen) -> str | None:
    """A picture that says nothing of itself may be the mark."""
    return next((src for src, caption in seen.pictures if not caption and not OTHER_PICTURES.search(src)), None)


MARKS: dict[str, Mark] = {
    "party_mark": Mark(_party, _party_hint),
    "site_code": Mark(
        lambda seen: _first(CODE, (seen.text,)),
        lambda seen: _first(CODE_HINT, (seen.text, seen.scripts)),
    ),
    "icp": Mark(
        lambda seen: _first(ICP, (seen.text,)),
        lambda seen: _first(ICP_HINT, (seen.text, *seen.links)),
    ),
    "police": Mark(
        lambda seen: _first(POLICE, (seen.text,)) or _first(POLICE_LINK, seen.links),
        lambda seen: _first(POLICE_HINT, (seen.text, *seen.links)),
    ),
    "organiser": Mark(
        lambda seen: _first(ORGANISER, (seen.footer, seen.tail)),
        lambda seen: _first(ORGANISER_HINT, (seen.footer,)) or _first(ORGANISER, (seen.text,)),
    ),
    "contact": Mark(
        lambda seen: _first(CONTACT, (seen.footer, seen.tail)) or _first(CONTACT_LINK, seen.links),
        lambda seen: _first(CONTACT_HINT, (seen.footer,)) or _first(CONTACT, (seen.text,)),
    ),
}


async def marks(look: Look) -> Measurement:
    """Look for the six marks in the page as it was sent; scripts are not run.

    ``measured``: ``{"marks": {name: {"state": "present" | "absent" | "unknown", "value": str | None}}}`` with the
    names ``party_mark, site_code, icp, police, organiser, contact``. ``value`` is the snippet that proves a mark
    (state ``present``) or makes its absence doubtful (``unknown``), at most 80 characters. ``absent`` is said only
    when nothing on the page could still bring the mark. Comments never count, nor does what only stands in ``<meta>``.
    ``undetermined``: ``no_page`` (nothing arrived, or an error page), ``blocked_page``, ``unreadable`` (no HTML).
    """
    page = look.page
    if page is None or page.status >= 400:  # noqa: PLR2004 - HTTP: errors begin here
        walled = page is not None and wall(page) is not None
        return undetermined(Reason.BLOCKED_PAGE if walled else Reason.NO_PAGE)
    if wall(page):
        return undetermined(Reason.BLOCKED_PAGE)
    if not page.text.strip():
        return undetermined(Reason.NO_PAGE)
    if not page.headers.get("content-type", HTML_TYPES[0]).lower().startswith(HTML_TYPES):
        return undetermined(Reason.UNREADABLE)
    try:
        seen = read(page.text, page.url)
    except ValueError:
        return undetermined(Reason.UNREADABLE)
    doubt = seen.may_add or bool(CUT & set(page.warnings))
    found: dict[str, JsonValue] = {name: _state(mark, seen, doubt=doubt) for name, mark in MARKS.items()}
    return Measurement(Outcome.ANSWERED, Reason.OK, {"marks": found})


def _state(mark: Mark, seen: Seen, *, doubt: bool) -> dict[str, JsonValue]:
    proof = mark.find(seen)
    if proof:
        return {"state": State.PRESENT.value, "value": proof[:SNIPPET]}
    hint = mark.hint(seen)
    state = State.UNKNOWN if hint or doubt else State.ABSENT
    return {"state": state.value, "value": hint[:SNIPPET] if hint else None}
