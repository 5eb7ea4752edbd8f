"""Addresses as people type them. Pure."""

import codecs
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from shared.egress import RefusedByGate, checked_url

SCHEMES = ("https://", "http://")


class NotAnAddress(ValueError):  # noqa: N818 - it reads as what is wrong
    """What was typed leads to no website."""


@dataclass(frozen=True, slots=True)
class Address:
    """``typed`` as it was given, ``urls`` the addresses it may stand for, in the order they are tried."""

    typed: str
    urls: tuple[str, ...]


def address(text: str) -> Address:
    """The address ``text``; without a scheme it is tried with https and then with http. Raises NotAnAddress."""
    typed = text.strip()
    urls = (typed,) if "://" in typed else tuple(scheme + typed for scheme in SCHEMES)
    for url in urls:
        try:
            host = checked_url(url).host
        except RefusedByGate as error:
            raise NotAnAddress(f"{text!r} is no address of a website: {error}") from None
        if "." not in host.strip(".") and ":" not in host and host != "localhost":
            raise NotAnAddress(f"{text!r} is no address of a website: {host!r} is no full host name")
    return Address(typed, urls)


def decoded(body: bytes) -> str:
    """The text of a list as Windows and others save it: UTF-8, UTF-16 with its mark, or GB18030 (GBK).

    Raises NotAnAddress when it is none of them.
    """
    encodings = ("utf-16",) if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        with suppress(UnicodeDecodeError):
            text = body.decode(encoding)
            if "\x00" not in text:
                return text
    raise NotAnAddress("a list of websites is a text in UTF-8, UTF-16 or GB18030, not this file")


def listed(text: str) -> Iterator[str]:
    """The addresses of a file: one a line; empty lines and what follows a # at the start of a line are passed over."""
    for line in text.removeprefix("\ufeff").splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            yield line.strip()
