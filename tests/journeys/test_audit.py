"""What happened in a whole installation is on record in every service, anchored on the bus, witnessed, and sound."""

import pytest

from shared.audit import Deed
from shared.audit.store import Chain
from shared.documents import SYSTEM
from shared.events import audit
from tests.journeys.town import Town
from tests.world import until

pytestmark = [pytest.mark.asyncio(loop_scope="package"), pytest.mark.timeout(180)]


async def test_every_chain_is_sound_and_known_to_others(town: Town) -> None:
    world = town.world
    await town.opened(town.accounts[0])
    assert (await world.govwatch("audit", "anchor")).code == 0

    async def anchored() -> bool:
        return "registry" in {one.subject for one in await world.events() if one.type == audit.Anchored.type}

    await until("the registry says how far its chain is", anchored)
    async with world.documents() as client:
        chain = Chain(client.database(f"{world.settings.mongo_prefix}_notifier"), "notifier")

        async def witnessed() -> bool:
            seen = await chain.find(SYSTEM, {"record.deed": Deed.ANCHOR_WITNESSED.value})
            return "registry" in {one.object for one in seen}

        await until("the notifier has put that into its own chain", witnessed)
    verified = await world.govwatch("audit", "verify")
    assert (verified.code, verified.err) == (0, "")
    assert [line.split(":")[0] for line in verified.out.splitlines()] == ["registry", "prober", "scorer", "notifier"]
    assert "anchors fit" in verified.out
    shown = await world.govwatch("audit", "show", "--service", "registry", "--deed", "filing_approved")
    assert "filing f-" in shown.out
