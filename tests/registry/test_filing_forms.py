"""Forms that were not right at once, and drafts: what was typed and attached stays, and what they are about."""

import re
from typing import Any

import httpx
import pytest

from demo.visitor import Page
from tests.registry.clicks import FILE, HOST, again, do, file, press, said
from tests.registry.stage import ACCOUNT, Desk
from tests.registry.test_attachments import PDF, send
from tests.registry.test_filing_pages import OUTLET, SITE, opened, outlet_says

TOO_MUCH = "多" * 2001
OF_A_WEBSITE = {
    "domain": {"url": "https://www.gaj.zz.gov.cn/"},
    "incident": {"purpose": "首页被改，已恢复"},
    "change": {"operator": "郑州市大数据局"},
}


async def of(desk: Desk, kind: str) -> tuple[str, dict[str, str]]:
    """An outlet in force, and what is typed to file this kind of it."""
    if kind in OF_A_WEBSITE:
        return await opened(desk, **SITE), OF_A_WEBSITE[kind]
    await desk.in_force()
    return OUTLET, {}


async def filed(client: httpx.AsyncClient, answer: httpx.Response) -> dict[str, Any]:
    """The filing that a form became."""
    assert answer.status_code == 303, said(answer)
    page = answer.headers["location"]
    return dict((await client.get(page.replace("/registry/", "/registry/api/"))).json())


@pytest.mark.parametrize("kind", ["close", *OF_A_WEBSITE])
async def test_a_form_with_a_fault_first_and_then_a_draft_is_filed_of_its_outlet(desk: Desk, kind: str) -> None:
    police = await desk.browser("police")
    outlet, typed = await of(desk, kind)
    form = await police.get(f"{FILE}?kind={kind}&outlet={outlet}")
    kept = await send(police, form, {"files": ("说明.pdf", PDF)}, **{**typed, "purpose": TOO_MUCH})
    assert (kept.status_code, f'name="outlet" value="{outlet}"' in kept.text) == (422, True)
    bad = await send(police, kept, {"files": ("说明.doc", b"\xd0\xcf\x11\xe0")}, purpose="说明")
    assert (bad.status_code, "“说明.doc”不能接收" in bad.text, "说明.pdf（1 KB）" in bad.text) == (422, True, True)
    draft = await again(police, bad, FILE, act="draft")
    assert draft.status_code == 303, said(draft)
    shown = await police.get(draft.headers["location"])
    assert f'name="outlet" value="{outlet}"' in shown.text
    assert ('id="code"' in shown.text, 'id="account"' in shown.text) == (False, False)
    found = await filed(police, await again(police, shown, FILE))
    assert (found["kind"], found["outlet"], found["purpose"]) == (kind, outlet, "说明")
    assert [one["name"] for one in found["attached"]] == ["说明.pdf"]


async def test_a_draft_and_what_was_returned_are_told_what_others_changed_since_they_were_written(desk: Desk) -> None:
    police, office = await desk.browser("police"), await desk.browser("office")
    outlet = await opened(desk, **SITE)
    draft = await press(police, f"{FILE}?kind=change&outlet={outlet}", FILE, name="郑州公安网", act="draft")
    await do(office, await file(police, f"kind=change&outlet={outlet}", operator="郑州市大数据局"), "approve")
    await outlet_says(police, outlet, "郑州市大数据局")
    late = await press(police, draft.headers["location"], FILE)
    assert (late.status_code, "承办单位由“空”改为“郑州市大数据局”" in late.text) == (409, True)
    found = await filed(police, await again(police, late, FILE))
    assert (found["fields"], found["filed"]["operator"]) == (["name"], "郑州市大数据局")


async def test_what_was_returned_is_mended_of_its_outlet_though_a_fault_came_first(desk: Desk) -> None:
    police, office = await desk.browser("police"), await desk.browser("office")
    outlet = await opened(desk, **SITE)
    filing = await file(police, f"kind=domain&outlet={outlet}", url="https://gongan.zz.gov.cn/")
    await do(office, filing, "return", reason="请核对")
    wrong = await press(police, f"{filing}/mend", f"{filing}/mend", purpose=TOO_MUCH)
    assert wrong.status_code == 422
    mended = await again(police, wrong, f"{filing}/mend", purpose="已核对", url="https://jcy.zz.gov.cn/")
    found = await filed(police, mended)
    assert (found["state"], found["filed"]["url"]) == ("submitted", "https://jcy.zz.gov.cn/")


async def test_a_fault_does_not_take_from_a_form_what_it_had_seen(desk: Desk) -> None:
    police, other, office = [await desk.browser(name) for name in ("police", "police", "office")]
    outlet = await opened(desk, **SITE)
    form = await other.get(f"{FILE}?kind=change&outlet={outlet}")
    await do(office, await file(police, f"kind=change&outlet={outlet}", operator="郑州市大数据局"), "approve")
    await outlet_says(police, outlet, "郑州市大数据局")
    wrong = await again(other, form, FILE, purpose=TOO_MUCH, name="郑州公安网")
    late = await again(other, wrong, FILE, purpose="")
    assert (wrong.status_code, late.status_code, "承办单位由“空”改为" in late.text) == (422, 409, True)

    draft = (await again(police, await police.get(f"{FILE}?what=website"), FILE, act="draft")).headers["location"]
    seen = await other.get(draft)
    await press(police, draft, FILE, name="二稿", act="draft")
    wrong = await again(other, seen, FILE, name="三稿", purpose=TOO_MUCH)
    for typed in ({"act": "draft"}, dict(SITE)):
        late = await again(other, wrong, FILE, purpose="", **typed)
        assert (late.status_code, "police 起草" in said(late)) == (409, True)
    id_ = draft.rpartition("=")[2]
    form_ = Page(HOST, wrong.text).form(f"/registry/drafts/{id_}/discard")
    assert (await other.post(f"/registry/drafts/{id_}/discard", data=form_.values)).status_code == 409
    broken = {**form_.values, "version": "None"}
    assert (await other.post(f"/registry/drafts/{id_}/discard", data=broken)).status_code == 422
    assert "二稿" in (await police.get(draft)).text

    filing = await file(police, "what=new_media", **ACCOUNT)
    await do(office, filing, "return", reason="请核对")
    seen = await other.get(f"{filing}/mend")
    await press(police, f"{filing}/mend", f"{filing}/mend", purpose="已核对")
    wrong = await again(other, seen, f"{filing}/mend", purpose=TOO_MUCH)
    late = await again(other, wrong, f"{filing}/mend", purpose="")
    assert (late.status_code, "police 补正提交" in said(late)) == (409, True)


async def test_the_kind_of_an_account_is_chosen_by_name_and_called_so_wherever_it_is_shown(desk: Desk) -> None:
    police, office = await desk.browser("police"), await desk.browser("office")
    form = await police.get(f"{FILE}?what=new_media")
    names = ["微信订阅号", "微信服务号", "微信视频号", "微信小程序"]
    assert re.findall(r'<option value="\w+">(微信\w+号|微信小程序)</option>', form.text)[-4:] == names
    assert "subtype" not in (await police.get(f"{FILE}?kind=construct")).text
    typed = {"platform": "wechat", "account": "zhengzhoujingcha", "name": "郑州警察", "subtype": "service"}
    wrong = await again(police, form, FILE, **typed, url="nowhere")
    assert '<option value="service" selected>微信服务号</option>' in wrong.text
    filing = (await again(police, wrong, FILE, url="")).headers["location"]
    outlet = "a-wechat_service-zhengzhoujingcha"
    await do(office, filing, "approve")
    await outlet_says(police, outlet, "微信服务号")
    change = f"{FILE}?kind=change&outlet={outlet}"
    for page in (filing, f"{filing}/print", f"/registry/outlets/{outlet}", change):
        shown = said(await police.get(page))
        assert ("微信服务号" in shown, "service" in shown.replace(outlet, "")) == (True, False), page
    other = await press(police, f"{FILE}?what=new_media", FILE, **{**ACCOUNT, "subtype": "service"})
    assert "没有“微信服务号”这种账号" in other.text


async def test_an_intro_may_have_several_lines(desk: Desk) -> None:
    police, office = await desk.browser("police"), await desk.browser("office")
    form = await police.get(f"{FILE}?what=new_media")
    wrong = await again(police, form, FILE, **ACCOUNT, intro="一\r\n二\x07")
    assert (wrong.status_code, "除换行外不能含控制字符" in wrong.text) == (422, True)
    answer = await again(police, wrong, FILE, intro="发布警务信息。\r\n解答群众咨询。")
    assert (await filed(police, answer))["filed"]["intro"] == "发布警务信息。\n解答群众咨询。"
    filing = answer.headers["location"]
    await do(office, filing, "approve")
    await outlet_says(police, OUTLET, '<span class="lines">发布警务信息。\n解答群众咨询。</span>')
    for page in (filing, f"{filing}/print"):
        assert re.search(r'class="lines"[^>]*>发布警务信息。\n解答群众咨询。<', (await police.get(page)).text)
    unchanged = await press(police, f"{FILE}?kind=change&outlet={OUTLET}", FILE)
    assert "没有需要变更的内容" in unchanged.text
    by_program = await desk.file(kind="change", new_media={**ACCOUNT, "intro": "发布警务信息。\r\n接受报警。"})
    assert by_program.json()["filed"]["intro"] == "发布警务信息。\n接受报警。"
