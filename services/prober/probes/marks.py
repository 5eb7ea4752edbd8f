"""The six marks that 网站标识 asks for in the footer, the 找错 entry, the site tags, and whether the codes agree.

党政机关网站标识、网站标识码、ICP备案编号、公安机关备案标识、网站主办单位、联系方式
(国办秘函〔2019〕19号, 功能设计: 网站标识; “我为政府网站找错”; 页面标签).
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from pydantic import JsonValue

from services.prober.blocked import unread
from services.prober.deeper import By, Depth, after_scripts, by_script_text
from services.prober.html import Seen, read, start
from services.prober.look import Look, Measurement, Page, undetermined
from services.prober.means import Around
from services.prober.scripts import file_name, uncommented
from services.prober.tags import SITE, tags_of
from shared.events.probe import Outcome, Reason

SNIPPET = 80
HEAD_TAGS = 500
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
CODE = re.compile(
    rf"(?:{_spaced('网站')}\s?)?" + LABEL + r"[^\w]{0,5}(?:bm\d{8}|\d{8,16})(?!\d)"
    rf"|{_spaced('网站标识')}[^\w]{{1,5}}(?:bm\d{{8}}|\d{{10}})(?!\d)",
    re.IGNORECASE,
)
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
PARTY_CAPTION = re.compile(r"^\W*(?:党政机关|事业单位)\s?(?:网站)?\s?(?:标识|标志)?\W*$")
ORGANISER = re.compile(
    rf"{_spaced('主办')}(?:\s?{_spaced('单位')})?\s?:\s?\S{{2,40}}|{_spaced('主办单位')}\s\S{{2,40}}"
    rf"|[\u4e00-\u9fff]{{4,30}}\s?{_spaced('主办')}(?!\s?单)"
)
ORGANISER_HINT = re.compile(r"版权所有|主管|承办|主\s?办|维护单位|建设单位|运维单位")
CONTACT = re.compile(
    r"(?:联系(?:方式|电话|我们)|电\s?话|传\s?真|热\s?线|邮\s?箱|邮\s?件|邮\s?编|e-?mail|tel)"
    r"\W{0,5}(?:\(?\+?\d[\d\s()-]{4,20}|[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+)|地\s?址\s?:\s?\S{4,60}",
    re.IGNORECASE,
)
CONTACT_LINK = re.compile(r"^(?:mailto|tel):\S+", re.IGNORECASE)
CONTACT_HINT = re.compile(r"联系我们|联系方式|联系电话|地\s?址|电\s?话")
# A number with its area code, a mobile or a service number; a mail address, also one that is to be kept from machines.
REACHED_AT = re.compile(
    r"(?<![\d-])(?:\(?0\d{2,3}\)?[\s-]{0,3}[2-8]\d{2,3}[\s-]?\d{4}|1[3-9]\d[\s-]?\d{4}[\s-]?\d{4}|[48]00-?\d{3}-?\d{4})(?!\d)"
    r"|(?<![\w.+-])[\w.+-]{1,64}\s?(?:[@#]|[\[(]\s?(?:at|@|#)\s?[\])])\s?[\w-]{1,63}(?:\.[\w-]{1,63}){0,5}\.[a-z]{2,10}",
    re.IGNORECASE,
)
BARE_CODE = re.compile(r"bm\d{8}|\d{8,16}", re.IGNORECASE)
OFFICIAL_ENTRY = re.compile(r"(?:zfwzgl\.www\.gov\.cn|121\.43\.68\.40)/exposure/jiucuo[^\s\"'<>]{0,200}", re.IGNORECASE)
LINKED_CODE = re.compile(r"site_?code=(bm\d{8}|\d{8,16})", re.IGNORECASE)
# The older snippet calls a function of this name, which opens the entry for the code.
CALLED = re.compile(r"\bLink\s?\(\s?['\"](bm\d{8}|\d{8,16})['\"]", re.IGNORECASE)
ENTRY_WORDS = re.compile(r"(?:我为)?(?:政府)?网站找错|我来找错|jiucuo", re.IGNORECASE)
# Pictures in a footer that are known to be something else: the other marks, 找错, codes to scan, parts of the layout.
OTHER_PICTURES = re.compile(
    r"jiucuo|zhaocuo|gongan|ghs|beian|weixin|weibo|wechat|qr|erweima|logo|icon|找错|公安|微信|微博|二维码",
    re.IGNORECASE,
)


def _party(seen: Seen) -> str | None:
    return (
        _first(PARTY_LINK, (*seen.links, *seen.clicks, *seen.script_addresses, uncommented(seen.scripts)))
        or _first(PARTY_WORDS, (seen.footer, seen.tail))
        or _first(PARTY_CAPTION, _captions(seen))
    )


def _party_hint(seen: Seen) -> str | None:
    """A picture that says nothing of itself may be the mark."""
    return next((src for src, caption in seen.pictures if not caption and not OTHER_PICTURES.search(_named(src))), None)


def _named(src: str) -> str:
    """How the file of a picture is named; one that stands on the page itself has no name."""
    return "" if src.startswith("data:") else file_name(src)


def _captions(seen: Seen) -> Iterator[str]:
    return (caption for _, caption in seen.pictures)


def _entry(seen: Seen) -> str | None:
    """The official address behind a link or a click, or opened by a script where there is something to click."""
    linked = _first(OFFICIAL_ENTRY, seen.entries)
    called = next((match[1] for click in seen.clicks if (match := CALLED.search(click))), "")
    if linked or not (seen.buttons or called or _first(ENTRY_WORDS, (seen.text, *_captions(seen)))):
        return linked
    address = _first(OFFICIAL_ENTRY, seen.opened)
    return address + called if address and address.endswith("site_code=") else address


def _entry_hint(seen: Seen) -> str | None:
    named = next(iter((*seen.entries, *seen.buttons, *seen.opened)), None)
    return named or _first(CALLED, seen.clicks) or _first(ENTRY_WORDS, (seen.text, *_captions(seen)))


MARKS: dict[str, Mark] = {
    "party_mark": Mark(_party, _party_hint),
    "site_code": Mark(
        lambda seen: _first(CODE, (seen.text,)),
        lambda seen: _first(CODE_HINT, (seen.text, uncommented(seen.scripts))) or _first(CODE, _captions(seen)),
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
        lambda seen: (
            _first(CONTACT_HINT, (seen.footer,)) or _first(CONTACT, (seen.text,)) or _first(REACHED_AT, (seen.text,))
        ),
    ),
}


REPORT_ENTRY = Mark(_entry, _entry_hint)


async def marks(look: Look, around: Around | None = None) -> Measurement:
    """Look for the marks on the home page, and behind it as long as one is missing and may still be there.

    ``measured``::

        {"marks": {name: {"state": "present" | "absent" | "unknown", "value": str | None,
                          "by": "static" | "script" | "rendered" | None}},
         "report_entry": {"state", "value", "by"},
         "tags": {"SiteName" | "SiteDomain" | "SiteIDCode": str | None},
         "site_codes": {"text" | "report_entry" | "meta": str | None, "agree": bool | None}}

    with the names ``party_mark, site_code, icp, police, organiser, contact``. ``value`` is the snippet that proves a
    mark (``present``) or makes its absence doubtful (``unknown``), at most 80 characters. ``by`` says what told: the
    page as it was sent, the text of its site's scripts, or the page after they ran. ``absent`` is said only when
    nothing could still bring the mark, and never of a page that forwards or stands in place of the home page.
    Comments never count, nor does what only stands in ``<meta>``. ``site_codes`` are the 网站标识码 in the text, in
    the 找错 link and in the tag; ``agree`` is None when fewer than two are there.
    Without ``around`` nothing but the page itself is read.
    ``undetermined``: ``no_page`` (nothing arrived, or an error page), ``blocked_page``, ``unreadable`` (no HTML).
    """
    page = look.page
    reason = unread(look)
    if page is None or reason:
        return undetermined(reason or Reason.NO_PAGE)
    try:
        found = await _found(page, around)
        tags = tags_of(start(page.text, HEAD_TAGS))
    except ValueError:
        return undetermined(Reason.UNREADABLE)
    entry = found.pop("report_entry")
    measured: dict[str, JsonValue] = {
        "marks": {name: each.as_json() for name, each in found.items()},
        "report_entry": entry.as_json(),
        "tags": {name: tags.get(name) for name in SITE},
        "site_codes": _codes(found["site_code"], entry, tags),
    }
    return Measurement(Outcome.ANSWERED, Reason.OK, measured)


@dataclass(frozen=True, slots=True)
class _Found:
    state: State
    value: str | None
    by: By | None

    def as_json(self) -> dict[str, JsonValue]:
        value = self.value[:SNIPPET] if self.value else None
        return {"state": self.state.value, "value": value, "by": self.by.value if self.by else None}


async def _found(page: Page, around: Around | None) -> dict[str, _Found]:
    """What became of every mark and of the entry, by the first means that could tell."""
    seen = read(page.text, page.url)
    sure = not (seen.may_add or seen.beyond_scripts or seen.doubtful or CUT & set(page.warnings))
    looked_for = MARKS | {"report_entry": REPORT_ENTRY}
    found = {name: _state(mark, Depth(seen, By.STATIC, sure)) for name, mark in looked_for.items()}
    for deeper in (by_script_text, after_scripts):
        unknown = [name for name, each in found.items() if each.state is State.UNKNOWN]
        depth = await deeper(page, seen, around) if unknown and around else None
        if depth:
            found |= {name: _state(looked_for[name], depth) for name in unknown}
    return found


def _state(mark: Mark, depth: Depth) -> _Found:
    proof = mark.find(depth.seen)
    if proof:
        return _Found(State.PRESENT, proof, depth.by)
    hint = mark.hint(depth.seen)
    if hint or not depth.sure:
        return _Found(State.UNKNOWN, hint, None)
    return _Found(State.ABSENT, None, depth.by)


def _codes(text: _Found, entry: _Found, tags: Mapping[str, str]) -> dict[str, JsonValue]:
    """The three places where the code stands, and whether they agree."""
    written = BARE_CODE.search(text.value or "") if text.state is State.PRESENT else None
    linked = LINKED_CODE.search(entry.value or "") if entry.state is State.PRESENT else None
    tagged = BARE_CODE.search(tags.get("SiteIDCode", ""))
    codes: dict[str, JsonValue] = {
        "text": written[0].lower() if written else None,
        "report_entry": linked[1].lower() if linked else None,
        "meta": tagged[0].lower() if tagged else None,
    }
    known = [code for code in codes.values() if code]
    return {**codes, "agree": len(set(map(str, known))) == 1 if len(known) > 1 else None}
