"""The loop, step by step: filing, visit, finding, notice, reply, closed. The steps are data; each has its own limit.

a  openings are filed on a page and by API, approved, in force
b  everything is visited, and what is wrong from the start is found
c  two accounts change unfiled, a third one with a filing
d  a website loses a mark, another goes dead
e  replies, mending, a late filing, going back: everything closes
"""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from demo.expects import Expects
from demo.player import Contradiction, Player
from demo.server import City
from demo.story import Story
from demo.visitor import Origins

LIMIT_SECONDS = 120.0
TokenFor = Callable[[str], Awaitable[str]]


class StepNotDone(Exception):  # noqa: N818 - it is what happened
    """A step of the loop did not happen in time, or something happened that never may; the message names the step."""


@dataclass(frozen=True)
class Step:
    """One step: its number, what it is called, and what is done."""

    number: str
    chinese: str
    english: str
    act: Callable[[Story], Awaitable[None]]

    def __str__(self) -> str:
        return f"{self.number} {self.chinese} · {self.english}"


STEPS = (
    Step("a1", "单位在页面上备案网站，主管单位审批", "a website is filed and approved on pages", Story.file_on_page),
    Step("a2", "两个账号通过接口备案并获批", "two accounts are filed and approved by API", Story.file_by_api),
    Step("a3", "全城其余网站和账号备案", "everything else is filed and approved", Story.open_the_rest),
    Step("b1", "全部对象都已探测", "everything is visited", Story.everything_is_visited),
    Step("b2", "原有的问题逐一发现，没有多余的", "what was wrong from the start is found", Story.known_troubles),
    Step("c1", "事先报备的改名不产生问题", "a change filed beforehand raises nothing", Story.announced_change),
    Step("c2", "账号擅自改名：预警、问题、一份通知", "an unfiled rename: one notice", Story.unfiled_rename),
    Step("c3", "账号擅自变更认证主体", "an unfiled change of subject: one notice", Story.unfiled_reverification),
    Step("d1", "门户网站页脚缺少标识：通知", "a portal loses a mark: one notice", Story.lost_mark),
    Step("d2", "网站无法访问：只预警，暂不认定", "a dead website: an alert, undetermined", Story.dead_website),
    Step("e1", "标识恢复，反馈后销号", "the mark is back: reply, clear, closed", Story.mark_restored),
    Step("e2", "只反馈不整改不能销号", "a reply alone leaves it open", Story.reply_alone),
    Step("e3", "补报变更后销号，补报留痕", "a late filing closes it and stays on record", Story.late_filing),
    Step("e4", "改回原状后销号", "putting it back closes it", Story.put_back),
    Step("e5", "网站恢复访问并告知", "the dead website's recovery is announced", Story.recovery),
    Step(
        "e6",
        "没有不该有的问题，通知不重复",
        "nothing was found that should not be, no mail came twice",
        Story.nothing_else,
    ),
)


async def run(
    player: Player,
    say: Callable[[str], None],
    limit_seconds: float = LIMIT_SECONDS,
    expects: Expects | None = None,
) -> None:
    """Play every step in order. Raises StepNotDone for the first that does not happen in its time.

    ``expects`` says what faults lead to; without one it is the table that comes along.
    """
    story = Story(player, expects or Expects.load())
    for step in STEPS:
        started = time.monotonic()
        try:
            async with asyncio.timeout(limit_seconds):
                await step.act(story)
        except TimeoutError as error:
            waited = f"{limit_seconds:.0f} s, still waiting for: {player.waits_for}"
            raise StepNotDone(f"{step} was not done in {waited}") from error
        except Contradiction as error:
            raise StepNotDone(f"{step}: {error}") from error
        say(f"✓ {step} ({time.monotonic() - started:.1f} s)")


async def play(city: City, origin: str, password: str, token_for: TokenFor) -> None:
    """Play the loop in a city that runs in this process, saying each step on standard output. Raises StepNotDone."""
    async with Player(city.script, city.addresses.control, Origins(origin), password, token_for) as player:
        await run(player, _print)


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
