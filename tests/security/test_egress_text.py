"""Bodies become text whatever they declare, and inflate no further than they may."""

import gzip
import zlib

import pytest

from shared.egress.charset import decode, sniff
from shared.egress.inflate import NotReadable, inflate

TEXT = "<title>郑州市人民政府</title>网站标识码:4101000001 主办单位:郑州市人民政府办公厅" * 3


@pytest.mark.parametrize("meta", ["", "gb2312", "gbk", "utf-8", "iso-8859-1", "big5", "no-such-codec", "punycode"])
@pytest.mark.parametrize("declared", [None, "gb2312", "UTF-8", "ISO-8859-1", "hex"])
@pytest.mark.parametrize("real", ["utf-8", "gbk", "gb18030", "utf-8-sig"])
def test_a_page_is_read_in_the_encoding_it_is_in(meta: str, declared: str | None, real: str) -> None:
    page = (f'<meta http-equiv="Content-Type" content="text/html; charset={meta}">' if meta else "") + TEXT
    assert TEXT in decode(page.encode(real), declared)


def test_big5_is_believed_when_declared() -> None:
    traditional = '<meta charset="big5">' + "網站標識碼與主辦單位" * 5
    assert sniff(traditional.encode("big5")) == "big5hkscs"
    assert decode(traditional.encode("big5")) == traditional


def test_utf_8_cut_in_the_middle_of_a_character_is_still_utf_8() -> None:
    assert sniff("政府网站".encode()[:-1]) == "utf-8"


def test_utf_16_and_nothing_and_nul_are_no_trouble() -> None:
    assert decode("政府".encode("utf-16")) == "政府"
    assert decode(b"") == ""
    assert decode(b"a\0b") == "a\0b"


@pytest.mark.parametrize(
    ("raw", "encoding", "body", "warning"),
    [
        (b"plain", "", b"plain", None),
        (b"plain", "identity", b"plain", None),
        (b"plain", "utf-8", b"plain", "not_encoded_as_declared"),
        (gzip.compress(b"x" * 10, mtime=0), "UTF-8, gzip", b"x" * 10, None),
        (gzip.compress(b"x" * 10, mtime=0), "gzip", b"x" * 10, None),
        (gzip.compress(b"x" * 10, mtime=0), "X-GZIP", b"x" * 10, None),
        (zlib.compress(b"x" * 10), "deflate", b"x" * 10, None),
        (zlib.compress(b"x" * 10)[2:-4], "deflate", b"x" * 10, None),
        (gzip.compress(b"x" * 101, mtime=0), "gzip", b"x" * 100, "body_over_cap"),
        (gzip.compress(bytes(range(256)), mtime=0)[:-20], "gzip", None, None),
        (b"plain", "gzip", b"plain", "not_encoded_as_declared"),
        (b"", "gzip", b"", None),
    ],
)
def test_one_layer_is_undone(raw: bytes, encoding: str, body: bytes | None, warning: str | None) -> None:
    got, warned = inflate(raw, encoding, 100)
    assert warned == (warning if body is not None else "body_over_cap")
    assert got == body if body is not None else len(got) == 100


@pytest.mark.parametrize("encoding", ["gzip, gzip", "br", "zstd", "compress"])
def test_what_was_not_offered_is_not_guessed_at(encoding: str) -> None:
    with pytest.raises(NotReadable):
        inflate(b"x", encoding, 100)
