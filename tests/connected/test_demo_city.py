"""The practice city met by real clients: a browser's HTTP, a resolver, a mail program, the control desk."""

import asyncio
import json
import os
import signal
import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import dns.asyncquery
import dns.message
import dns.rcode
import dns.rdatatype
import httpx
import pytest

from demo.city import load
from demo.desk import CityNow
from demo.mailbox import Mail
from demo.server import City, PortTakenError
from demo.state import Ports

SCRIPT = load()
HEALTHY = "www.kaifeng.gov.cn.demo"
GBK = "www.huiji.gov.cn.demo"


@pytest.fixture
async def city(tmp_path: Path) -> AsyncIterator[City]:
    async with City(tmp_path / "city", SCRIPT) as city:
        yield city


@pytest.fixture
async def desk(city: City) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=city.addresses.control, trust_env=False) as client:
        yield client


@pytest.fixture
async def public(city: City) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{city.web.port}", trust_env=False) as client:
        yield client


async def see(public: httpx.AsyncClient, host: str, path: str = "/") -> httpx.Response:
    return await public.get(path, headers={"Host": host})


async def resolve(city: City, name: str, kind: str = "A", *, tcp: bool = False) -> dns.message.Message:
    ask = dns.asyncquery.tcp if tcp else dns.asyncquery.udp
    return await ask(dns.message.make_query(name, kind), "127.0.0.1", port=city.names.port, timeout=5)


def send(city: City, message_id: str, to: str = "a@x.demo.invalid", timeout: float = 10) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Message-ID"] = "gov@x.demo.invalid", to, message_id
    mail["Subject"] = "整改通知〔2026〕1号"
    mail.set_content("请于11月30日前整改:https://example.invalid/通知")
    with smtplib.SMTP("127.0.0.1", city.mailbox.port, timeout=timeout) as client:
        client.send_message(mail)


async def test_a_website_answers_by_its_name_with_pages_that_lead_to_each_other(public: httpx.AsyncClient) -> None:
    home = await see(public, HEALTHY)
    assert home.status_code == 200
    assert "网站标识码：4102000001" in home.text
    assert '<a href="kfyw/">' in home.text
    column = await see(public, HEALTHY, "/kfyw/")
    article = column.text.partition('<li><a href="')[2].partition('"')[0]
    assert "发布时间" in (await see(public, HEALTHY, f"/kfyw/{article}")).text
    assert (await see(public, HEALTHY, "/nowhere/")).status_code == 404
    assert (await see(public, "www.unknown.gov.cn.demo")).status_code == 404
    head = await public.head("/", headers={"Host": HEALTHY})
    assert (head.content, head.headers["content-length"]) == (b"", str(len(home.content)))
    assert (await public.post("/", headers={"Host": HEALTHY})).status_code == 405


async def test_a_gbk_website_says_so_in_the_page_only(public: httpx.AsyncClient) -> None:
    answer = await see(public, GBK)
    assert answer.headers["content-type"] == "text/html"
    assert 'charset="gbk"' in answer.content.decode("gbk")
    assert "惠济要闻" in answer.content.decode("gbk")


async def test_a_feed_shows_name_subject_and_newest_post(city: City, public: httpx.AsyncClient) -> None:
    answer = await see(public, "platform.demo", "/feeds/weibo/zzwj.json")
    feed = answer.json()
    assert answer.headers["content-type"] == "application/feed+json"
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert (feed["title"], feed["authors"]) == ("郑州网警", [{"name": "郑州市公安局"}])
    newest = datetime.fromisoformat(feed["items"][0]["date_published"])
    assert (datetime.now(UTC) - newest).total_seconds() < city.script.accounts[0].every_hours * 3600
    assert (await see(public, "platform.demo", "/feeds/weibo/nobody.json")).status_code == 404
    assert "郑州网警" in (await see(public, "platform.demo", "/weibo/zzwj")).text


async def test_names_lead_to_the_city_and_nowhere_else(city: City) -> None:
    for tcp in (False, True):
        for name in (HEALTHY, HEALTHY.upper(), "platform.demo", "canary.demo"):
            answer = await resolve(city, name, tcp=tcp)
            assert [str(one) for rrset in answer.answer for one in rrset] == ["127.0.0.1"]
            assert answer.answer[0].ttl == 0
        for name in ("www.nowhere.gov.cn.demo", "www.gov.cn", "localhost", "demo"):
            assert (await resolve(city, name, tcp=tcp)).rcode() == dns.rcode.NXDOMAIN
    none = await resolve(city, HEALTHY, "AAAA")
    assert (none.rcode(), none.answer) == (dns.rcode.NOERROR, [])


async def test_a_dead_website_refuses_connections_until_it_is_mended(
    city: City, desk: httpx.AsyncClient, public: httpx.AsyncClient
) -> None:
    assert (await desk.post(f"/faults/{HEALTHY}", json={"fault": "dead"})).json()["faults"] == ["dead"]
    (rrset,) = (await resolve(city, HEALTHY)).answer
    assert str(rrset[0]) == "127.0.0.9"
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.9", city.web.port)
    with pytest.raises(httpx.TransportError):
        await see(public, HEALTHY)
    assert "拒绝了连接" in (await desk.get(f"/look/{HEALTHY}/")).text
    assert (await desk.delete(f"/faults/{HEALTHY}")).json()["faults"] == []
    assert (await see(public, HEALTHY)).status_code == 200


async def test_every_website_fault_shows_at_once_and_goes_with_mending(
    desk: httpx.AsyncClient, public: httpx.AsyncClient
) -> None:
    async def seen(fault: str) -> httpx.Response:
        await desk.delete(f"/faults/{HEALTHY}")
        assert (await desk.post(f"/faults/{HEALTHY}", json={"fault": fault})).status_code == 200
        return await see(public, HEALTHY)

    assert "网站标识码" not in (await seen("lose_mark:site_code")).text
    assert (await seen("error:503")).status_code == 503
    blocked = await seen("block_page")
    assert (blocked.status_code, "拦截" in blocked.text) == (403, True)
    started = time.monotonic()
    await seen("slow:0.4")
    assert 0.4 <= time.monotonic() - started < 5


async def test_every_account_fault_shows_in_the_feed(desk: httpx.AsyncClient, public: httpx.AsyncClient) -> None:
    async def feed(*faults: str) -> httpx.Response:
        await desk.delete("/faults/weibo/zzwj")
        for fault in faults:
            assert (await desk.post("/faults/weibo/zzwj", json={"fault": fault})).status_code == 200
        return await see(public, "platform.demo", "/feeds/weibo/zzwj.json")

    changed = (await feed("rename:郑州网络安全警示", "reverify:某某公司")).json()
    assert (changed["title"], changed["authors"][0]["name"]) == ("郑州网络安全警示", "某某公司")
    last = datetime.fromisoformat((await feed("silent:15")).json()["items"][0]["date_published"])
    assert 15 <= (datetime.now(UTC) - last).total_seconds() / 86400 < 15.01
    assert (await feed("source_down")).status_code == 503
    assert (await feed("banned")).status_code == 404


async def test_one_of_several_faults_can_be_mended(desk: httpx.AsyncClient) -> None:
    for fault in ("lose_mark:icp", "slow:0.1", "slow:0.1"):
        await desk.post(f"/faults/{HEALTHY}", json={"fault": fault})
    left = await desk.delete(f"/faults/{HEALTHY}", params={"fault": "lose_mark:icp"})
    assert left.json()["faults"] == ["slow:0.1"]


async def test_the_desk_refuses_what_it_does_not_know(desk: httpx.AsyncClient) -> None:
    assert (await desk.post("/faults/www.nowhere.demo", json={"fault": "dead"})).status_code == 404
    assert (await desk.post(f"/faults/{HEALTHY}", json={"fault": "plague"})).status_code == 422
    assert (await desk.post(f"/faults/{HEALTHY}", json={"wrong": "dead"})).status_code == 422
    assert (await desk.post(f"/faults/{HEALTHY}", content=b"\xff")).status_code == 422
    assert (await desk.delete("/faults/nobody")).status_code == 404
    assert (await desk.post("/mailbox/behaviour", json={"behaviour": "burn"})).status_code == 422


async def test_the_state_lists_everything_with_faults_and_visits(
    city: City, desk: httpx.AsyncClient, public: httpx.AsyncClient
) -> None:
    await see(public, HEALTHY)
    await desk.post("/faults/weibo/zzwj", json={"fault": "rename:新名称"})
    now = CityNow.model_validate_json((await desk.get("/state")).content)
    assert now.addresses == city.addresses.model_dump()
    assert {one.target: one.visits for one in now.websites}[HEALTHY] == 1
    account = next(one for one in now.accounts if one.target == "weibo/zzwj")
    assert (account.name, account.shown_name, account.faults[0].fault) == ("郑州网警", "新名称", "rename:新名称")
    assert account.feed == f"http://platform.demo:{city.web.port}/feeds/weibo/zzwj.json"


async def test_people_switch_faults_with_buttons_and_look_at_the_city(desk: httpx.AsyncClient) -> None:
    press = {"target": HEALTHY, "fault": "lose_mark", "argument": "icp", "do": "put"}
    answer = await desk.post("/desk/faults", data=press)
    assert answer.status_code == 303
    assert '<span class="on">页脚缺少一项标识：ICP备案编号</span>' in (await desk.get("/")).text
    assert "ICP备案编号" not in (await desk.get(f"/look/{HEALTHY}/")).text
    await desk.post("/desk/faults", data={"target": HEALTHY, "fault": "lose_mark:icp", "do": "mend"})
    assert "ICP备案编号" in (await desk.get(f"/look/{HEALTHY}/")).text
    await desk.post("/desk/faults", data={"target": HEALTHY, "fault": "dead_link:image", "argument": "", "do": "put"})
    assert '<span class="on">首页链接打不开：图片</span>' in (await desk.get("/")).text
    wrong = await desk.post("/desk/faults", data={"target": HEALTHY, "fault": "slow:16", "argument": "慢", "do": "put"})
    assert (wrong.status_code, "没有改动" in wrong.text) == (422, True)
    assert "郑州网警" in (await desk.get("/look/platform.demo/weibo/zzwj")).text
    assert (await desk.post("/desk/mailbox", data={"behaviour": "451"})).status_code == 303


async def test_mail_is_kept_and_can_be_read(city: City, desk: httpx.AsyncClient) -> None:
    await asyncio.to_thread(send, city, "<1@x>")
    await asyncio.to_thread(send, city, "<2@x>", "b@x.demo.invalid")
    (mail,) = [
        Mail.model_validate(one) for one in (await desk.get("/mails?to=b@x.demo.invalid&contains=11月30日")).json()
    ]
    assert (mail.message_id, mail.subject, mail.to) == ("<2@x>", "整改通知〔2026〕1号", ("b@x.demo.invalid",))
    assert (await desk.get("/mails?contains=没有这样的话")).json() == []
    page = (await desk.get("/mailbox?to=b@x.demo.invalid")).text
    assert "整改通知〔2026〕1号" in page
    assert "&lt;1@x&gt;" not in page


@pytest.mark.parametrize(("behaviour", "code"), [("451", 451), ("550", 550)])
async def test_a_refusing_mailbox_keeps_nothing(city: City, desk: httpx.AsyncClient, behaviour: str, code: int) -> None:
    await desk.post("/mailbox/behaviour", json={"behaviour": behaviour})
    with pytest.raises(smtplib.SMTPDataError) as refusal:
        await asyncio.to_thread(send, city, "<1@x>")
    assert refusal.value.smtp_code == code
    assert (await desk.get("/mails")).json() == []


async def test_a_slow_mailbox_has_the_mail_before_it_says_so(city: City, desk: httpx.AsyncClient) -> None:
    await desk.post("/mailbox/behaviour", json={"behaviour": "slow:30"})
    with pytest.raises(smtplib.SMTPServerDisconnected, match="timed out"):
        await asyncio.to_thread(send, city, "<1@x>", timeout=0.5)
    assert [one["message_id"] for one in (await desk.get("/mails")).json()] == ["<1@x>"]


async def test_a_port_that_is_taken_is_named_and_everything_is_closed_again(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        city = City(tmp_path, SCRIPT, Ports(smtp=port))
        with pytest.raises(PortTakenError, match=rf"port {port}: .*--smtp-port"):
            await city.start()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", city.web.port)


def run(data: Path, *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "demo", "--data", str(data), *more]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def ready(process: subprocess.Popen[str]) -> dict[str, str]:
    assert process.stdout is not None
    found: dict[str, str] = json.loads(process.stdout.readline())
    return found


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_as_a_process_it_tells_where_it_is_and_stops_when_asked(tmp_path: Path, number: signal.Signals) -> None:
    with run(tmp_path, "--seed", "7") as process:
        with httpx.Client(base_url=ready(process)["control"], trust_env=False) as desk:
            assert "随机城市 7" in desk.get("/state").json()["name"]
            os.kill(process.pid, number)
            assert process.wait(10) == 0
        assert process.communicate() == ("", "")


def test_a_killed_city_is_found_as_it_was(tmp_path: Path) -> None:
    with run(tmp_path) as process:
        before = ready(process)
        httpx.post(f"{before['control']}/faults/weibo/zzwj", json={"fault": "rename:新名称"}, trust_env=False)
        httpx.post(f"{before['control']}/mailbox/behaviour", json={"behaviour": "slow:0.1"}, trust_env=False)
        host, _, port = before["smtp"].partition(":")
        with smtplib.SMTP(host, int(port), timeout=10) as client:
            client.sendmail("a@x.demo.invalid", ["b@x.demo.invalid"], "Subject: one\r\nMessage-ID: <1@x>\r\n\r\nx")
        process.kill()
    with (tmp_path / "mails.jsonl").open("a") as half:
        half.write('{"message_id": "<2@x>", "sen')
    with run(tmp_path) as process:
        after = ready(process)
        assert after == before
        state = httpx.get(f"{after['control']}/state", trust_env=False).json()
        assert next(one["shown_name"] for one in state["accounts"] if one["target"] == "weibo/zzwj") == "新名称"
        assert (state["mailbox"], state["mails"]) == ("slow:0.1", 1)
        process.terminate()


def test_a_taken_port_and_a_wrong_script_are_one_sentence_each(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with run(tmp_path, "--http-port", port) as process:
            _, said = process.communicate(timeout=10)
    assert process.returncode == 1
    assert (said.count("\n"), f"port {port}" in said) == (1, True)
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("name: [")
    with run(tmp_path, "--script", str(wrong)) as process:
        _, said = process.communicate(timeout=10)
    assert (process.returncode, "not YAML" in said, "Traceback" in said) == (1, True, False)
