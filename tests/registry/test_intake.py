"""Lists of offices: every fault named with its line and field, every good row taken."""

import pytest

from services.registry.intake import BadList, read
from shared.events.registry import NewMedia, Website

SITES = "code,name,address,unit,region,class\n"
ACCOUNTS = "platform,id,name,unit,region,source\n"


def test_good_rows_of_both_lists() -> None:
    sites, faults = read((SITES + "4101000001,郑州门户,https://www.zz.gov.cn/,市办,410100,门户\n").encode(), "sites")
    assert (faults, sites[0].region, sites[0].unit) == ([], "41.01.00.0", "市办")
    assert sites[0].filed == Website(
        code="4101000001", name="郑州门户", url="https://www.zz.gov.cn/", site_class="portal"
    )
    accounts, faults = read((ACCOUNTS + "weibo,zzwj,郑州网警,市公安局,41.01.00.0,\n").encode(), "accounts")
    assert (faults, accounts[0].filed) == ([], NewMedia(platform="weibo", account="zzwj", name="郑州网警"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_the_encodings_offices_have(encoding: str) -> None:
    [entry], _ = read((SITES + "4101000001,郑州门户,https://a.gov.cn/,市办,410100,portal\n").encode(encoding), "sites")
    assert entry.filed.name == "郑州门户"


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ("41010,郑州,https://a.gov.cn/,市办,410100,portal", "code"),
        ("4101000001,,https://a.gov.cn/,市办,410100,portal", "name"),
        ("4101000001,郑州,a gov cn,市办,410100,portal", "address"),
        ("4101000001,郑州,https://a.gov.cn/,,410100,portal", "unit"),
        ("4101000001,郑州,https://a.gov.cn/,市办,郑州市,portal", "region"),
        ("4101000001,郑州,https://a.gov.cn/,市办,410100,其他", "class"),
    ],
)
def test_a_bad_row_is_named_by_line_and_field_and_the_others_are_taken(row: str, field: str) -> None:
    good = "4101000002,金水,https://b.gov.cn/,区办,410105,department"
    entries, [fault] = read(f"{SITES}{row}\n{good}\n".encode(), "sites")
    assert (fault.line, fault.field) == (2, field)
    assert [entry.line for entry in entries] == [3]


def test_a_short_row_lacks_every_field_it_does_not_reach() -> None:
    _, faults = read(f"{SITES}4101000001,郑州\n".encode(), "sites")
    assert [fault.field for fault in faults] == ["address", "unit", "region", "class"]


def test_the_same_outlet_twice_in_a_list_is_a_fault() -> None:
    row = "weibo,zzwj,郑州网警,市公安局,410100,\n"
    entries, [fault] = read((ACCOUNTS + row + row).encode(), "accounts")
    assert (len(entries), fault.line) == (1, 3)
    assert "第 2 行" in fault.sentence


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"PK\x03\x04\x00\x00", "损坏"),
        (b"\xff\xff\xff\xff", "编码"),
        (b"name,code\nx,y\n", "缺少列"),
        (b"\n,,\n", "缺少列"),
        (b"", "空"),
        ((SITES + '"4101000001,x\n').encode(), "CSV"),
    ],
)
def test_a_file_that_is_no_list_gets_one_sentence(data: bytes, words: str) -> None:
    with pytest.raises(BadList, match=words):
        read(data, "sites")
