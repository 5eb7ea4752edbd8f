"""What an evaluator is: params with every number, and a pure function that judges by them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from services.scorer.conclusion import Conclusion
from services.scorer.observations import Observations
from services.scorer.ruleset import Criterion, Params, Window, strictly

P = TypeVar("P", bound=Params)


@dataclass(frozen=True, slots=True)
class Evaluator(Generic[P]):
    """A way to judge. ``on_unfiled`` = it rests on changes nobody filed, beside the looks of the criterion's probes."""

    params: type[P]
    judge: Callable[[Observations, Criterion, P, datetime], Conclusion]
    on_unfiled: bool = False

    def __call__(self, observations: Observations, criterion: Criterion, as_of: datetime) -> Conclusion:
        """The conclusion on ``criterion`` at ``as_of`` (aware). The loader has validated its params."""
        return self.judge(observations, criterion, self.params_of(criterion), as_of)

    def params_of(self, criterion: Criterion) -> P:
        """The params of a criterion in their own shape."""
        return strictly(self.params, dict(criterion.params))


def window_of(criterion: Criterion) -> Window:
    """How far back something counts, for an evaluator whose params ask for it: then the loader has seen it."""
    if criterion.window is None:
        raise ValueError(f"criterion {criterion.id} has no window")
    return criterion.window


def sample_of(criterion: Criterion) -> int:
    """How many are drawn, for an evaluator whose params ask for it: then the loader has seen it."""
    if criterion.sample is None:
        raise ValueError(f"criterion {criterion.id} has no sample")
    return criterion.sample.n
