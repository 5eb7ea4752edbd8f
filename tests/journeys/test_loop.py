"""The loop on four processes, in a city and under a ruleset drawn at random from a printed seed: nothing is learnt."""

import sys
from dataclasses import replace

import pytest

from demo.city import load
from demo.play import STEPS, run
from tests.journeys.overlay import MARKS, probed
from tests.journeys.town import Town
from tests.world import until

pytestmark = [pytest.mark.asyncio(loop_scope="package"), pytest.mark.timeout(400)]


async def test_a_city_and_a_ruleset_never_seen_before_give_the_right_findings_and_no_others(held_back: Town) -> None:
    known = load()
    assert not {one.target for one in known.outlets} & {*held_back.websites, *held_back.accounts}
    assert not {one.name for one in known.units} & {one.name for one in held_back.world.script.units}
    said: list[str] = []

    await run(held_back.player, said.append)

    sys.stdout.write("\n".join(said) + "\n")
    assert len(said) == len(STEPS)
    plot, ids, overlay = held_back.world.script.plot, held_back.player.ids, held_back.overlay
    wanted = {
        (ids[plot.loses_mark.target], MARKS): overlay.marks[probed(plot.loses_mark.argument)],
        (ids[plot.renamed.target], overlay.obligation): overlay.fields["name"],
        (ids[plot.reverified.target], overlay.obligation): overlay.fields["verified_as"],
    }
    facts = await held_back.world.events()
    for type_ in ("score.finding_raised", "score.finding_cleared"):
        told = [one.data.finding for one in facts if one.type == type_]
        assert sorted((one.target, one.criterion.id) for one in told) == sorted(wanted), type_
        for one in told:
            assert one.criterion.ruleset == overlay.id
            assert overlay.cite in one.criterion.citation
            if type_ == "score.finding_raised":
                assert wanted[one.target, one.criterion.id] in one.why
    issued = [one.data.notice for one in facts if one.type == "notice.issued"]
    assert sorted(one.target for one in issued) == sorted(target for target, _ in wanted)


async def test_changing_only_the_yaml_of_a_criterion_changes_the_verdict(held_back: Town) -> None:
    scene, overlay = held_back.world.script.plot.loses_mark, held_back.overlay
    target, lost = scene.target, probed(scene.argument)
    await held_back.opened(target)
    await held_back.player.put(target, scene.fault)
    row = await held_back.judged(target, "violated")
    assert (row["reason"], row["points"]) == ("absent", overlay.points)
    await held_back.until("the finding is open", lambda: held_back.finding(target))
    others = {name: title for name, title in overlay.marks.items() if name != lost}

    not_asked = replace(overlay, version=overlay.version + 1, marks=others or {"icp": "备案编号"})
    async with held_back.without("scorer"):
        not_asked.write(held_back.world.directory / "rulesets")
    row = await held_back.judged(target, "clear")
    assert row["reason"] == "all_present"
    await held_back.closed(target)

    dearer = replace(overlay, version=overlay.version + 2, points="1.25", marks={lost: "另一种叫法"})
    async with held_back.without("scorer"):
        dearer.write(held_back.world.directory / "rulesets")
    row = await held_back.judged(target, "violated")
    assert row["points"] == "1.25"
    assert "另一种叫法" in row["why"]
    await held_back.notice_by_mail(target)


async def test_a_ruleset_that_has_judged_is_not_changed_under_its_version(held_back: Town) -> None:
    world = held_back.world
    target = held_back.world.script.plot.loses_mark.target
    await held_back.opened(target)
    await held_back.until(f"{target} is judged", lambda: held_back.row(target))
    path = world.directory / "rulesets" / f"{held_back.overlay.id}.yaml"
    text = path.read_text(encoding="utf-8")
    await world.halt("scorer")

    path.write_text(text.replace("演练第二条", "演练第三条"), encoding="utf-8")
    world.run("scorer")
    try:
        await until("the scorer ends", lambda: _ended(held_back))
        *_, sentence = (world.directory / "scorer.log").read_text(encoding="utf-8").splitlines()
        assert sentence.startswith(f"govwatch scorer: ruleset {held_back.overlay.id} version ")
        assert "restore it, or raise its version" in sentence
    finally:
        path.write_text(text, encoding="utf-8")
        world.run("scorer")
    await world.ready("scorer")


async def _ended(town: Town) -> bool:
    return town.world.processes["scorer"].poll() not in (None, 0)
