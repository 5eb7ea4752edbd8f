"""Which faults a random city begins with: drawn from the same tables that the control desk offers."""

from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from random import Random
from typing import TypeVar

from demo.city import Account, Plot, Website
from demo.faults import ACCOUNT_FAULTS, WEBSITE_FAULTS

Outlet = TypeVar("Outlet", Website, Account)

ARGUMENTS: Mapping[str, Callable[[Random], str]] = {
    "slow": lambda draw: str(draw.randint(15, 17)),
    "error": lambda draw: draw.choice(("404", "500", "502", "503")),
    "stale": lambda draw: str(draw.randint(15, 400)),
    # never the day before a limit: it may pass at midnight, while somebody looks
    "silent": lambda draw: str(draw.choice([*range(1, 6), *range(8, 13), *range(15, 61)])),
    "rename": lambda draw: f"{draw.choice('飞流长清远')}{draw.choice('声讯闻报览')}快线",
    "reverify": lambda draw: f"{draw.choice('启润恒嘉')}{draw.choice('泰达信和')}传媒公司",
}
"""Arguments that are drawn; any other fault takes one of the examples on the desk."""


def troubled(draw: Random, outlets: Sequence[Outlet], plot: Plot, number: int) -> tuple[Outlet, ...]:
    """``outlets``, so many of them with a fault; those with a part in the plot have none.

    Raises ValueError when there are not so many.
    """
    free = [outlet.target for outlet in outlets if outlet.target not in plot.targets]
    if number > len(free):
        raise ValueError(f"{number} faults are too many: {len(free)} of {len(outlets)} have no part in the plot")
    chosen = dict(zip(draw.sample(free, number), _kinds(draw, outlets, number), strict=True))
    return tuple(_with(draw, outlet, chosen.get(outlet.target)) for outlet in outlets)


def _kinds(draw: Random, outlets: Sequence[Outlet], number: int) -> list[str]:
    """So many kinds of faults, none again before each had its turn."""
    table = [*(WEBSITE_FAULTS if any(isinstance(one, Website) for one in outlets) else ACCOUNT_FAULTS)]
    rounds = (kind for _ in range(number) for kind in draw.sample(table, len(table)))
    return list(islice(rounds, number))


def _with(draw: Random, outlet: Outlet, kind: str | None) -> Outlet:
    if kind is None:
        return outlet
    fault = _drawn(draw, kind)
    secure = {"secure": True} if kind == "tls" else {}
    return outlet.model_copy(update={"faults": (fault,), **secure})


def _drawn(draw: Random, kind: str) -> str:
    """A fault of this kind, written whole."""
    examples = (WEBSITE_FAULTS.get(kind) or ACCOUNT_FAULTS[kind]).examples
    argument = ARGUMENTS[kind](draw) if kind in ARGUMENTS else draw.choice(examples)
    return f"{kind}:{argument}" if argument else kind
