"""Domains of government websites as pure checks.

Source: 国办函〔2018〕55号 (国务院办公厅关于加强政府网站域名管理的通知). English names end in ``.gov.cn``, Chinese
ones in ``.政务``, and there are no others; an institution (事业单位) without administrative duties has in principle no
``.gov.cn``; a portal is ``www.□□□.gov.cn``, a department's site ``○○○.□□□.gov.cn`` below the portal of its own
government (a unit under a ministry's direct rule, below the ministry's: so this only warns); one English and one
Chinese name a site, and of several one is the main one. The main domain is the one of the home page.
"""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from urllib.parse import urlsplit

from services.registry.remarks import Remark, refuse, warn
from shared.events.outlets import Website
from shared.events.units import Unit, UnitKind

ENGLISH = ".gov.cn"
CHINESE = ".xn--zfr164b"
LONGEST = 253
FOUR = 4
TWO = 2


class Reason(StrEnum):
    """Why there is something to say of a domain."""

    BAD_DOMAIN = "bad_domain"
    OTHER_SUFFIX = "other_suffix"
    INSTITUTION = "institution"
    PORTAL_FORM = "portal_form"
    NOT_UNDER_PORTAL = "not_under_portal"
    TWICE = "twice"
    SEVERAL = "several"


def ascii_host(text: str) -> str | None:
    """The host of an address or a domain, in lower case and with A-labels: ``郑州.政务`` -> ``xn--….xn--zfr164b``.

    None when ``text`` is no host.
    """
    try:
        host = urlsplit(text.strip() if "://" in text else f"//{text.strip()}").hostname or ""
        plain = host.rstrip(".").encode("idna").decode("ascii").lower()
    except (ValueError, UnicodeError):
        return None
    labels = plain.split(".")
    good = all(
        label and not label.startswith("-") and not label.endswith("-") and label.replace("-", "").isalnum()
        for label in labels
    )
    return plain if good and len(plain) <= LONGEST and len(labels) >= TWO else None


def shown_host(host: str) -> str:
    """A host as people read it, Chinese labels in Chinese."""
    try:
        return host.encode("ascii").decode("idna")
    except UnicodeError:
        return host


def domain_of(portal: str) -> str:
    """The domain a portal stands in: its host without ``www.``; empty when ``portal`` is no address."""
    return (ascii_host(portal) or "").removeprefix("www.")


def review_domains(
    filed: Website, unit: Unit, portal_domain: str, before: Website | None, practice: str = ""
) -> Iterator[Remark]:
    """What is to be said of the domains of ``filed``.

    ``portal_domain`` is that of the portal of the unit's government (see ``domain_of``), empty when it is not known.
    What is in force already (``before``) is not refused again: it gets a warning. ``practice`` stands behind every
    name of a practice city (``.demo``) and is not looked at.
    """
    named = [("url", filed.url), *(("domains", one) for one in filed.domains)]
    hosts: list[tuple[str, str]] = []
    for field, text in named:
        host = ascii_host(text)
        if host is None:
            yield refuse(Reason.BAD_DOMAIN, field, f"“{text[:80]}”不是有效的域名。")
        elif any(host.removesuffix(practice) == other for _, other in hosts):
            yield refuse(Reason.TWICE, field, f"域名“{shown_host(host)}”填了两次。")
        else:
            hosts.append((field, host.removesuffix(practice)))
    had = {(ascii_host(one) or "").removesuffix(practice) for one in (before.url, *before.domains)} if before else set()
    for field, host in hosts:
        if not host.endswith((ENGLISH, CHINESE)):
            sentence = f"政府网站应使用“.gov.cn”或“.政务”域名，“{shown_host(host)}”不是（国办函〔2018〕55号）。"
            yield (warn if host in had else refuse)(Reason.OTHER_SUFFIX, field, sentence)
    yield from _forms(filed, unit, hosts, portal_domain.removesuffix(practice))


def _forms(filed: Website, unit: Unit, hosts: Sequence[tuple[str, str]], portal_domain: str) -> Iterator[Remark]:
    english = [host for _, host in hosts if host.endswith(ENGLISH)]
    chinese = [host for _, host in hosts if host.endswith(CHINESE)]
    if english and unit.unit_kind is UnitKind.INSTITUTION:
        sentence = "不承担行政职能的事业单位原则上不使用“.gov.cn”域名；承担行政职能的，请在说明中写明依据。"
        yield warn(Reason.INSTITUTION, "url", sentence)
    main = hosts[0][1] if hosts and hosts[0][0] == "url" else ""
    if main.endswith(ENGLISH):
        yield from _main(filed, main, portal_domain)
    if len(english) > 1 or len(chinese) > 1:
        sentence = (
            f"一个网站原则上只注册一个英文域名和一个中文域名，"
            f"这里有 {len(english)} 个英文域名、{len(chinese)} 个中文域名；"
            f"以首页地址的“{shown_host(main)}”为主域名，闲置的请注销。"
        )
        yield warn(Reason.SEVERAL, "domains", sentence)


def _main(filed: Website, host: str, portal_domain: str) -> Iterator[Remark]:
    labels = host.split(".")
    if filed.site_class == "portal":
        if labels[0] != "www" or len(labels) != FOUR:
            yield warn(Reason.PORTAL_FORM, "url", f"政府门户网站的域名应为“www.□□□.gov.cn”，现在是“{host}”。")
    elif portal_domain.endswith(ENGLISH) and not host.endswith(f".{portal_domain}"):
        sentence = (
            f"部门网站应使用本级政府门户网站的下级域名（○○○.{portal_domain}），现在是“{host}”；垂直管理单位除外。"
        )
        yield warn(Reason.NOT_UNDER_PORTAL, "url", sentence)
