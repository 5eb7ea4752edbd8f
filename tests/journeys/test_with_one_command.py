"""``govwatch all --demo --once``: the whole loop in a fresh directory, and nothing left of it."""

import sys

import pytest

from demo.play import STEPS
from tests.journeys.newcomer import Govwatch

pytestmark = [pytest.mark.asyncio(loop_scope="package"), pytest.mark.timeout(400)]


async def test_once_plays_every_step_and_leaves_nothing_behind(once: Govwatch) -> None:
    code = await once.ended(300)
    sys.stdout.write(once.said)
    assert code == 0
    done = [line for line in once.said.splitlines() if line.startswith("✓ ")]
    assert [line.rpartition(" (")[0] for line in done] == [f"✓ {step}" for step in STEPS]
    assert once.sentences == []
    assert [path.name for path in once.directory.iterdir() if path.name.startswith("govwatch-")] == []
