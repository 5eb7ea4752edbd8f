"""The gate goes to the public Internet and to what this installation names; nowhere else, however it is written."""

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.egress import AddressRules, Egress, RefusedByGate, checked_url
from shared.egress.urls import checked_location, target_of

PRIVATE = [
    "127.0.0.1",
    "0.0.0.0",  # noqa: S104 - an address to refuse, not one to listen on
    "10.0.0.1",
    "10.255.255.255",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1",
    "100.127.255.255",
    "169.254.169.254",
    "192.0.0.8",
    "192.0.0.170",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:100.64.0.1",
    "::ffff:169.254.169.254",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "64:ff9b::a00:1",
    "64:ff9b:1::1",
    "2002:a00:1::",
    "2001:0:4136:e378::",
    "2001:20::1",
    "2001:db8::1",
    "3fff::1",
    "5f00::1",
    "100::1",
]
PUBLIC = [
    "1.1.1.1",
    "11.0.0.1",
    "100.63.255.254",
    "100.128.0.1",
    "172.15.255.254",
    "172.32.0.1",
    "192.167.255.254",
    "198.17.255.254",
    "198.20.0.1",
    "223.255.255.254",
    "::ffff:1.1.1.1",
    "2400:3200::1",
    "240e:0:1::1",
    "2606:4700::1111",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    assert not AddressRules().permits(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_permitted(address: str) -> None:
    assert AddressRules().permits(address)


def test_a_private_network_is_permitted_only_where_it_is_named() -> None:
    rules = AddressRules(["10.3.0.0/16", "fd00:3::/32"])
    assert rules.permits("10.3.200.1")
    assert rules.permits("::ffff:10.3.0.1")
    assert rules.permits("fd00:3::9")
    assert not rules.permits("10.4.0.1")
    assert not rules.permits("not an address")


@pytest.mark.parametrize(
    "text",
    [
        "http://127.1/",
        "http://0/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://0x7f000001/",
        "http://0177.0.0.1/",
        "http://127.0.0.1.1/",
        "http://www.zhengzhou.gov.cn.0x10/",
        "http://169.254.169.254\\@ok.gov.cn/",
        "http://ok.gov.cn\\.evil.example/",
        "http:\\\\ok.gov.cn/",
        "http://ok.gov.cn#@127.0.0.1/",
        "http://127.0.0.1#.gov.cn",
        "http://ok.gov.cn?@127.0.0.1/",
        "http://www.zhengzhou.gov.cn@evil.example/",
        "http://user:pass@ok.gov.cn/",
        "http://ok.gov.cn%2f@evil.example/",
        "http://%6c%6fcalhost/",
        "http://ok.gov.cn\t/",
        "http://ok.gov\n.cn/",
        "http://ok.gov.cn/\r\nHost: evil",
        "http://ok.gov.cn/\0",
        " http://ok.gov.cn/",
        "http://ok gov.cn/",
        "http://ok。gov。cn/",
        "http://\uff11\uff12\uff17.0.0.1/",
        "http://[::1%25eth0]/",
        "http://[fe80::1%eth0]/",
        "http://ok.gov.cn:0/",
        "http://ok.gov.cn:65536/",
        "http://ok.gov.cn:80:80/",
        "http://ok.gov.cn:8 0/",
        "http:///path",
        "http://",
        "http://:80/",
        "http://.gov.cn/",
        "http://ok..gov.cn/",
        "http://<script>/",
        "http://" + "a" * 64 + ".gov.cn/",
        "http://ok.gov.cn/" + "a" * 100_000,
        "www.zhengzhou.gov.cn",
        "//www.zhengzhou.gov.cn/",
        "",
        "ftp://ok.gov.cn/",
        "file:///etc/passwd",
        "gopher://ok.gov.cn/",
        "javascript:alert(1)",
    ],
)
def test_an_address_that_two_parsers_could_read_differently_is_refused(text: str) -> None:
    with pytest.raises(RefusedByGate) as refused:
        checked_url(text)
    assert str(refused.value)


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("http://www.zhengzhou.gov.cn", "www.zhengzhou.gov.cn", 80),
        ("HTTPS://WWW.Zhengzhou.GOV.cn/x?y=1#z", "www.zhengzhou.gov.cn", 443),
        ("http://www.zhengzhou.gov.cn.:8080/", "www.zhengzhou.gov.cn", 8080),
        ("http://郑州.政务/", "xn--6rt074i.xn--zfr164b", 80),
        ("http://1.1.1.1:81/", "1.1.1.1", 81),
        ("http://[2400:3200::1]/", "2400:3200::1", 80),
        ("http://a_b.gov.cn/~x/?q=a@b&r=%2f", "a_b.gov.cn", 80),
        ("http://123.gov.cn/栏目/", "123.gov.cn", 80),
    ],
)
def test_an_ordinary_address_is_read_as_a_browser_reads_it(text: str, host: str, port: int) -> None:
    target = target_of(checked_url(text))
    assert (target.host, target.port) == (host, port)


BASE = httpx.URL("http://www.zhengzhou.gov.cn/zw/")


@pytest.mark.parametrize(
    ("raw", "followed"),
    [
        (b" /index.html ", "http://www.zhengzhou.gov.cn/index.html"),
        (b"index.html", "http://www.zhengzhou.gov.cn/zw/index.html"),
        (b"?a=1", "http://www.zhengzhou.gov.cn/zw/?a=1"),
        ("/栏目/index.html".encode(), "http://www.zhengzhou.gov.cn/%E6%A0%8F%E7%9B%AE/index.html"),
        ("/栏目/".encode("gbk"), "http://www.zhengzhou.gov.cn/%C0%B8%C4%BF/"),
        ("http://郑州.政务/a".encode(), "http://xn--6rt074i.xn--zfr164b/a"),
        (b"/a b", "http://www.zhengzhou.gov.cn/a%20b"),
        (b"//www.kaifeng.gov.cn/", "http://www.kaifeng.gov.cn/"),
        (b"https://www.zhengzhou.gov.cn:443/", "https://www.zhengzhou.gov.cn/"),
    ],
)
def test_a_redirect_is_followed_to_where_a_browser_would_go(raw: bytes, followed: str) -> None:
    assert str(checked_location(raw, BASE)) == followed


@pytest.mark.parametrize(
    "raw",
    [
        b"\\\\evil/",
        b"/\\evil/",
        b"http://ok.gov.cn@evil/",
        b"//a\\@b/",
        b"http:///x",
        b"file:///etc/passwd",
        b"javascript:alert(1)",
        b"mailto:a@b",
        b"hxxp:foo",
        b"http:// ok/",
        b"/a\0b",
        b"http://127.1/",
        b"http://ok.gov.cn:99999/",
    ],
)
def test_a_redirect_that_could_be_read_differently_or_leads_nowhere_is_refused(raw: bytes) -> None:
    with pytest.raises(RefusedByGate):
        checked_location(raw, BASE)


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "localhost", "localhost.", "a.localhost"])
async def test_by_default_our_own_machine_is_not_visited(host: str) -> None:
    async with Egress() as egress:
        with pytest.raises(RefusedByGate, match="not allowed"):
            await egress.get(f"http://{host}:1/")


@given(st.text(max_size=60) | st.from_regex(r"https?://[^\s]{0,40}", fullmatch=True))
def test_any_text_is_either_read_or_refused(text: str) -> None:
    try:
        target = target_of(checked_url(text))
    except RefusedByGate:
        return
    assert target.scheme in ("http", "https")
    assert target.literal or target.host.isascii()


@given(st.binary(max_size=60) | st.from_regex(rb"(https?:)?//[^\r\n]{0,40}", fullmatch=True))
def test_any_redirect_is_either_followed_in_ascii_or_refused(raw: bytes) -> None:
    try:
        assert str(checked_location(raw, BASE)).isascii()
    except RefusedByGate:
        return
