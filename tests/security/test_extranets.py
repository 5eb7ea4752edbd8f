"""S6: a private network is reached only where an administrator of that very region opened it, on record and dated."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any

import pytest

from services.registry import extranet
from services.registry.extranet import Act, Permission, Refusal
from services.registry.refusal import Refused
from shared.bus import Bus, Heard
from shared.bus.users import Keys
from shared.documents import SYSTEM, Database
from shared.egress import Egress, RefusedByGate
from shared.embedded import Nats
from shared.events import probe
from shared.events.notice import Received
from shared.events.registry import Extranet, ExtranetChanged
from shared.extranets import Extranets
from shared.networks import may_be_opened
from shared.outbox import say
from shared.settings import Settings
from tests.notifier.feed import NOTICE, arrives, endpoint_of, fed, impatient, registered, told
from tests.notifier.receiver import receiving
from tests.notifier.relay import relaying
from tests.notifier.stage import eventually
from tests.notifier.stage import staged as notifier_staged
from tests.prober.stage import HOME, KAIFENG, ZHENGZHOU, Stage, staged, website
from tests.security.loopback import serving

AT = datetime(2026, 11, 22, 8, tzinfo=UTC)
BOUNDS = ["10.0.0.0/8", "59.192.0.0/10", "fd00:3::/32", "127.0.0.0/8"]


def act(**changed: Any) -> Act:
    return Act(**{"at": AT, "actor": "person:p-1", "name": "王管理", "act": "open", "reason": "外网门户", **changed})


def opened(**changed: Any) -> Permission:
    asked = {"prefix": "41.01", "network": "10.3.0.0/16", "until": AT + timedelta(days=30), "bounds": BOUNDS}
    return extranet.open_("x-1", act=act(), **{**asked, **changed})


# -- what may be opened


@pytest.mark.parametrize(
    ("network", "bounds", "may"),
    [
        ("10.3.0.0/16", ["10.0.0.0/8"], True),
        ("10.0.0.0/8", ["10.0.0.0/8"], True),
        ("10.0.0.0/7", ["10.0.0.0/8"], False),
        ("192.168.0.0/16", ["10.0.0.0/8"], False),
        ("10.3.0.0/16", [], False),
        ("fd00:3::/48", ["fd00:3::/32"], True),
        ("fd00:4::/48", ["fd00:3::/32"], False),
        ("169.254.169.254/32", ["0.0.0.0/0"], False),
        ("127.0.0.1/32", ["0.0.0.0/0", "::/0"], False),
        ("0.0.0.0/0", ["0.0.0.0/0"], False),
        ("10.3.0.0/16", ["0.0.0.0/0"], True),
        ("::1/128", ["::/0"], False),
        ("::ffff:a00:0/104", ["::/0"], False),
        ("fe80::/10", ["::/0"], False),
        ("127.0.0.0/8", ["127.0.0.0/8"], True),
        ("169.254.0.0/16", ["169.254.0.0/16"], True),
    ],
)
def test_a_network_lies_in_what_the_operator_named_and_the_machine_itself_only_by_its_name(
    network: str, bounds: list[str], *, may: bool
) -> None:
    assert may_be_opened(ip_network(network), bounds) is may


@pytest.mark.parametrize(
    ("changed", "reason", "field"),
    [
        ({"network": "10.3.0.1/16"}, Refusal.NO_NETWORK, "network"),
        ({"network": "everything"}, Refusal.NO_NETWORK, "network"),
        ({"network": ""}, Refusal.NO_NETWORK, "network"),
        ({"network": "172.16.0.0/12"}, Refusal.OUT_OF_BOUNDS, "network"),
        ({"network": "10.3.0.0/16", "bounds": []}, Refusal.OUT_OF_BOUNDS, "network"),
        ({"prefix": "41.0"}, Refusal.NO_REGION, "region"),
        ({"prefix": "41.01."}, Refusal.NO_REGION, "region"),
        ({"until": AT}, Refusal.BAD_TERM, "until"),
        ({"until": AT + timedelta(days=367)}, Refusal.BAD_TERM, "until"),
    ],
)
def test_what_cannot_be_opened_is_refused_by_name_and_field(
    changed: dict[str, Any], reason: Refusal, field: str
) -> None:
    with pytest.raises(Refused) as refused:
        opened(**changed)
    assert (refused.value.reason, refused.value.field) == (reason, field)


@pytest.mark.parametrize("reason", ["", "  ", "很" * 501])
def test_nothing_is_opened_or_closed_without_a_reason(reason: str) -> None:
    with pytest.raises(Refused) as refused:
        extranet.open_(
            "x", prefix="41", network="10.3.0.0/16", until=AT + timedelta(1), act=act(reason=reason), bounds=BOUNDS
        )
    assert refused.value.reason is Refusal.NO_REASON
    with pytest.raises(Refused) as refused:
        extranet.close(opened(), act(act="close", reason=reason, at=AT + timedelta(days=1)))
    assert refused.value.reason is Refusal.NO_REASON


def test_a_permission_is_dated_and_remembers_who_did_what_and_why() -> None:
    first = opened()
    assert [first.extranet.in_force(AT + timedelta(days=day)) for day in (-1, 0, 29, 30)] == [False, True, True, False]
    later = AT + timedelta(days=2)
    closed = extranet.close(first, act(act="close", at=later, reason="已迁出"))
    assert (closed.extranet.until, closed.extranet.revision) == (later, 2)
    assert [(each.act, each.reason) for each in closed.acts] == [("open", "外网门户"), ("close", "已迁出")]
    with pytest.raises(Refused) as refused:
        extranet.close(closed, act(act="close", at=later))
    assert refused.value.reason is Refusal.OVER_ALREADY


@pytest.mark.parametrize(
    ("prefix", "region"),
    [("", "00.00.00.0"), ("41", "41.00.00.0"), ("41.01", "41.01.00.0"), ("41.01.05", "41.01.05.0"),
     ("41.01.05.gx", "41.01.05.gx")],
)  # fmt: skip  # pairs read better side by side
def test_a_permission_belongs_to_the_authority_of_its_prefix(prefix: str, region: str) -> None:
    assert extranet.region_of(prefix) == region


# -- what it opens


def permission(region: str = "41.01", network: str = "127.0.0.0/8", **changed: Any) -> Extranet:
    now = datetime.now(UTC)
    dated = {"since": now - timedelta(days=1), "until": now + timedelta(days=1), "revision": 1}
    return Extranet(**{"id": "x-1", "prefix": region, "network": network, **dated, **changed})


async def hear(extranets: Extranets, *bodies: Extranet) -> None:
    for body in bodies:
        region = extranet.region_of(body.prefix)
        event = say(ExtranetChanged(extranet=body), subject=body.id, region=region, actor="person:p", reason="open")
        await extranets.hear(Heard(event, AT, 1))


async def test_a_network_is_open_for_its_region_from_when_to_when_and_within_the_bounds(database: Database) -> None:
    extranets = Extranets(database, ["10.0.0.0/8"])
    now = datetime.now(UTC)
    await hear(
        extranets,
        permission(network="10.3.0.0/16"),
        permission(id="x-2", region="", network="10.9.0.0/16"),
        permission(id="x-3", region="41.01.05", network="10.4.0.0/16", until=now),
        permission(id="x-4", region="41.02", network="10.5.0.0/16"),
        permission(id="x-5", network="192.168.0.0/16"),
    )
    assert list(await extranets.of(ZHENGZHOU, now)) == ["10.3.0.0/16", "10.9.0.0/16"]
    assert list(await extranets.of(KAIFENG, now)) == ["10.9.0.0/16", "10.5.0.0/16"]
    assert list(await extranets.of("11.01.01.0", now)) == ["10.9.0.0/16"]
    assert list(await extranets.of(ZHENGZHOU, now + timedelta(days=1))) == []


async def test_the_newest_word_on_a_network_counts_in_whatever_order_it_comes(database: Database) -> None:
    extranets = Extranets(database, ["10.0.0.0/8"])
    now = datetime.now(UTC)
    first, closed = permission(network="10.3.0.0/16"), permission(network="10.3.0.0/16", until=now, revision=2)
    await hear(extranets, closed, first, closed)
    assert list(await extranets.of(ZHENGZHOU, now)) == []


async def test_the_gate_goes_there_for_one_errand_and_not_for_another() -> None:
    async with serving("inside") as site, Egress() as egress:
        assert (await egress.allowing(["127.0.0.0/8"]).get(site.url())).text == "inside"
        for closed in (egress, egress.allowing(["10.0.0.0/8"]), egress.allowing([])):
            with pytest.raises(RefusedByGate):
                await closed.get(site.url())
        assert len(site.requests) == 1
        with pytest.raises(ValueError, match="host bits"):
            egress.allowing(["10.0.0.1/8"])


@pytest.fixture
async def prober(mongo_url: str, nats: Nats, keys: Keys, bus: Bus) -> AsyncIterator[Stage]:
    """The prober, whose gate goes to the public Internet only."""
    settings = Settings(egress_extranets=["127.0.0.0/8"], second_look_after=0.05, polite_pause=0, _env_file=None)
    async with staged(mongo_url, nats, keys, bus, settings, allow=()) as made, made.working():
        yield made


async def test_the_prober_visits_it_for_outlets_of_that_region_only_and_until_it_is_closed(prober: Stage) -> None:
    async with serving(HOME) as site:
        await prober.open(website(site.url(), 1), website(site.url(), 2, KAIFENG))
        await opened_for(prober, permission())
        assert await outcome(prober, "w-1") == (probe.Outcome.ANSWERED, probe.Reason.OK)
        assert await outcome(prober, "w-2") == (probe.Outcome.UNDETERMINED, probe.Reason.REFUSED_BY_GATE)
        asked_before = len(site.requests)
        assert asked_before > 0
        await opened_for(prober, permission(until=datetime.now(UTC), revision=2))
        assert await outcome(prober, "w-1") == (probe.Outcome.UNDETERMINED, probe.Reason.REFUSED_BY_GATE)
        assert len(site.requests) == asked_before


async def opened_for(prober: Stage, body: Extranet) -> None:
    """Let the registry say so, and wait until the prober knows."""
    await prober.say(ExtranetChanged(extranet=body), body.id, "41.01.00.0")
    wanted = [body.network] if body.in_force(datetime.now(UTC)) else []

    async def known() -> bool:
        return list(await prober.app.extranets.of(ZHENGZHOU, datetime.now(UTC))) == wanted

    await prober.until(known)


async def outcome(prober: Stage, id_: str) -> tuple[probe.Outcome, probe.Reason]:
    """What the newest visit says of reachability."""
    await prober.visit(id_)
    recent = await prober.app.store.recents.get(id_, SYSTEM)
    assert recent is not None
    result = recent.visits[0].results["reachability"]
    return result.outcome, result.reason


async def test_links_and_scripts_of_a_visit_take_the_same_way_as_its_home_page(prober: Stage) -> None:
    async with serving("x") as site:
        open_, closed = prober.app.means_allowing(["127.0.0.0/8"]), prober.app.means
        for means, gets_there in ((open_, True), (closed, False)):
            for look in (means.look_at, means.follow, means.touch):
                assert look is not None
                assert ((await look(site.url())).page is not None) is gets_there
        assert len(site.requests) == 3


async def test_a_webhook_goes_there_for_an_office_of_that_region_and_no_longer_when_it_is_closed(
    mongo_url: str, nats: Nats, keys: Keys, bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    impatient(monkeypatch)
    async with (
        relaying() as relay,
        receiving() as receiver,
        Egress() as strict,
        notifier_staged(mongo_url, nats, keys, bus, relay, extranets=["127.0.0.0/8"], egress=strict) as stage,
    ):
        await registered(stage, receiver.endpoint())
        await hear(stage.app.extranets, permission(), permission(id="x-2", region="41.02"))
        async with fed(stage):
            await told(stage, Received(notice=NOTICE))
            await arrives(receiver, 1)
            await hear(stage.app.extranets, permission(until=datetime.now(UTC), revision=2))
            await told(stage, Received(notice=NOTICE))

            async def refused() -> bool:
                return "not an address we go to" in (await endpoint_of(stage)).why

            await eventually(refused)
    assert len(receiver.arrived) == 1
