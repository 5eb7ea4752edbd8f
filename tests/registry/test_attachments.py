"""What comes with filings: taken by content, kept once by hash, given out only through a filing in scope, on record."""

import io
import zipfile
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from demo.visitor import Page
from services.registry.attachment import LARGEST, MOST, cleaned, entry, kind_of, received, within
from services.registry.refusal import Refused
from services.registry.store import Store
from shared.audit import Deed
from shared.documents import SYSTEM, Client
from tests.registry.clicks import FILE, HOST, do, file, said
from tests.registry.stage import ACCOUNT, Desk

PDF = b"%PDF-1.7\n1 0 obj << >> endobj\n%%EOF\n"
APP = {"account": "zzga", "name": "郑州公安"}


def archive(*names: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as into:
        for name in names:
            into.writestr(name, "<x/>")
    return packed.getvalue()


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (PDF, "pdf"),
        (b"\xff\xd8\xff\xe0JFIF", "jpg"),
        (b"\x89PNG\r\n\x1a\n...", "png"),
        (archive("OFD.xml", "Doc_0/Document.xml"), "ofd"),
        (archive("[Content_Types].xml", "word/document.xml"), "docx"),
        (archive("[Content_Types].xml", "xl/workbook.xml"), "xlsx"),
        (archive("xl/workbook.xml", "xl/vbaProject.bin"), None),
        (archive("anything.txt"), None),
        (archive(*(f"word/{number}.xml" for number in range(2_001)), "word/document.xml"), None),
        (b"PK\x03\x04 and then nothing", None),
        (b"<html><script>alert(1)</script></html>", None),
        (b"MZ\x90\x00", None),
        (b"", None),
    ],
)
def test_a_file_is_what_it_holds(data: bytes, kind: str | None) -> None:
    assert kind_of(data) == kind


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("同意书.pdf", "同意书.pdf"),
        ("C:\\Users\\a\\同意书.pdf", "同意书.pdf"),
        ("../../etc/passwd", "passwd"),
        ('a"b<c>.pdf', "abc.pdf"),
        ("\u202efdp.exe", "fdp.exe"),
        ("\r\nSet-Cookie: x.pdf", "Set-Cookie x.pdf"),
        (" . ", "附件"),
        ("", "附件"),
        ("长" * 300 + ".pdf", "长" * 116 + ".pdf"),
    ],
)
def test_a_name_is_cleaned(name: str, clean: str) -> None:
    assert cleaned(name) == clean


def test_a_name_ends_as_what_the_file_is() -> None:
    assert received("同意书.exe", PDF).name == "同意书.exe.pdf"
    assert received("图.JPEG", b"\xff\xd8\xff").name == "图.JPEG"


@pytest.mark.parametrize("data", [b"", b"<html>", PDF + b"0" * LARGEST])
def test_what_is_empty_too_large_or_of_no_known_kind_is_refused_at_its_field(data: bytes) -> None:
    with pytest.raises(Refused) as refused:
        received("同意书.pdf", data, "consent")
    assert refused.value.field == "file-consent"


def test_a_filing_has_so_many_files_and_no_more() -> None:
    files = [received(f"{number}.pdf", PDF + bytes([number])) for number in range(MOST)]
    assert len(within([*files, *files])) == MOST
    with pytest.raises(Refused):
        within([*files, received("one more.pdf", PDF)])


def test_what_a_form_names_again_is_read_strictly() -> None:
    assert entry("a" * 64 + " - 同意 书.pdf") == ("a" * 64, "", "同意 书.pdf")
    for text in ("", "a" * 63 + " - x", "a" * 64 + " ../x x", "a" * 64 + " consent "):
        with pytest.raises(Refused):
            entry(text)


@pytest.fixture
async def store(desk: Desk, mongo_url: str) -> AsyncIterator[Store]:
    """What the registry at work keeps."""
    client = Client(mongo_url)
    yield Store(client.database(f"{desk.settings.mongo_prefix}_registry"))
    client.close()


async def send(
    client: httpx.AsyncClient, shown: httpx.Response, files: dict[str, tuple[str, bytes]], **typed: str
) -> httpx.Response:
    """Send the filing form of a page with files."""
    form = Page(HOST + str(shown.url.path), shown.text).form(FILE)
    return await client.post(FILE, data={**form.values, **typed}, files=files)


async def test_what_the_rules_ask_for_comes_with_the_form_and_survives_another_fault(desk: Desk, store: Store) -> None:
    police, office, province, kaifeng = [
        await desk.browser(name) for name in ("police", "office", "province", "kaifeng")
    ]
    building = await file(police, "kind=construct", **APP)
    await do(office, building, "approve")
    await do(province, building, "approve")

    opening = {"platform": "app", **APP}
    form = await police.get(f"{FILE}?what=new_media")
    without = await send(police, form, {}, **opening)
    assert (without.status_code, "请附上：备案材料" in without.text) == (422, True)
    bad = await send(police, without, {"file-record": ("材料.pdf", b"<html>")}, **opening)
    assert (bad.status_code, "“材料.pdf”不能接收" in bad.text) == (422, True)
    half = await send(police, without, {"file-record": ("材料.pdf", PDF)}, **{**opening, "url": "nowhere"})
    assert (half.status_code, "材料.pdf（1 KB）：备案材料" in half.text) == (422, True)
    filed = await send(police, half, {"files": ("盖章.png", b"\x89PNG\r\n\x1a\n")}, **{**opening, "url": ""})
    assert filed.status_code == 303, said(filed)

    page = filed.headers["location"]
    found = (await office.get(page.replace("/registry/", "/registry/api/"))).json()["attached"]
    assert [(one["name"], one["what"]) for one in found] == [("材料.pdf", "record"), ("盖章.png", "")]
    address = f"{page}/attachments/{found[0]['sha256']}"
    assert (await kaifeng.get(address)).status_code == 404
    assert (await office.get(f"{building}/attachments/{found[0]['sha256']}")).status_code == 404
    taken = await office.get(address)
    assert (taken.content, taken.headers["content-type"]) == (PDF, "application/pdf")
    assert taken.headers["content-disposition"].startswith("attachment;")
    assert "sandbox" in taken.headers["content-security-policy"]
    records = await store.audit.find(SYSTEM, {"record.deed": Deed.ATTACHMENT_TAKEN.value})
    assert [record.details["sha256"] for record in records] == [found[0]["sha256"]]


async def test_a_file_is_kept_once_and_known_only_to_those_who_sent_it(desk: Desk, store: Store) -> None:
    police, health = await desk.browser("police"), await desk.browser("health")
    mine = await send(police, await police.get(f"{FILE}?what=new_media"), {"files": ("a.pdf", PDF)}, **ACCOUNT)
    sha256 = received("a.pdf", PDF).sha256
    theirs = {**ACCOUNT, "account": "zzwjw", "attached": f"{sha256} - a.pdf"}
    stolen = await send(health, await health.get(f"{FILE}?what=new_media"), {}, **theirs)
    assert (mine.status_code, stolen.status_code, "已经失效" in stolen.text) == (303, 422, True)
    again = {"account": "zzwjw"}
    await send(health, await health.get(f"{FILE}?what=new_media"), {"files": ("b.pdf", PDF)}, **{**ACCOUNT, **again})
    [kept] = await store.attachments.find(SYSTEM)
    assert (kept.id, kept.units) == (sha256, ("police", "health"))

    await store.attachments.change(kept.model_copy(update={"data": PDF + b"!"}), (), ())
    damaged = await police.get(f"{mine.headers['location']}/attachments/{sha256}")
    assert (damaged.status_code, PDF in damaged.content) == (500, False)


ATTACH = "/registry/api/attachments"
FILINGS = "/registry/api/filings"


async def test_a_program_sends_files_first_and_names_them_in_what_it_files_and_mends(desk: Desk) -> None:
    police, office = desk.as_("police"), desk.as_("office")
    pdf, png = [
        (await police.post(ATTACH, params={"unit": "police", "name": name}, content=data)).json()
        for name, data in (("../同意书", PDF), ("盖章.png", b"\x89PNG\r\n\x1a\n"))
    ]
    assert (pdf["name"], pdf["sha256"], pdf["size"]) == ("同意书.pdf", received("", PDF).sha256, len(PDF))
    asked = {"unit": "police", "kind": "open", "new_media": ACCOUNT}
    files = [{"sha256": one["sha256"], "name": one["name"]} for one in (pdf, png)]
    filed = await police.post(FILINGS, json={**asked, "attached": [{**files[0], "what": "consent"}, files[1]]})
    assert (filed.status_code, names(filed)) == (201, [("同意书.pdf", "consent"), ("盖章.png", "")])

    address = f"{FILINGS}/{filed.json()['id']}"
    back = await office.post(f"{address}/return", json={"reason": "缺一份说明"}, headers=seen(filed))
    mended = await police.post(f"{address}/mend", json={**asked, "attached": files[1:]}, headers=seen(back))
    assert (mended.status_code, names(mended)) == (200, [("盖章.png", "")])


async def test_a_program_attaches_nothing_of_another_unit_and_no_file_that_is_not_taken(desk: Desk) -> None:
    police, health = desk.as_("police"), desk.as_("health")
    sent = await police.post(ATTACH, params={"unit": "police", "name": "a.pdf"}, content=PDF)
    named = {"attached": [{"sha256": sent.json()["sha256"], "name": "a.pdf"}]}
    asked: dict[str, Any] = {"kind": "open", "new_media": {**ACCOUNT, "account": "zzwjw"}, **named}
    stolen = await health.post(FILINGS, json={"unit": "health", **asked})
    assert (stolen.status_code, stolen.json()["error"]["fields"]) == (
        422,
        {"attached": "附件“a.pdf”已经失效，请重新选择"},
    )
    assert (await health.post(FILINGS, json={"unit": "police", **asked})).status_code == 403
    for unit, data, status in (("police", PDF, 403), ("health", b"<html>", 422), ("health", b"", 422)):
        answer = await health.post(ATTACH, params={"unit": unit, "name": "a.pdf"}, content=data)
        assert answer.status_code == status, answer.text


def names(answer: httpx.Response) -> list[tuple[str, str]]:
    return [(one["name"], one["what"]) for one in answer.json()["attached"]]


def seen(answer: httpx.Response) -> dict[str, str]:
    return {"If-Match": answer.headers["etag"]}
