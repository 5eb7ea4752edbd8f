"""The scorer as one object: what its handlers, duties, pages and API work on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from fastapi import APIRouter

from services.scorer.ruleset import Ruleset, Rulesets
from services.scorer.store import Store, UsedDocument
from shared.audit import Deed, Thing, noted
from shared.directory import Directory
from shared.documents import SYSTEM
from shared.events.region import region_of
from shared.runtime import Duty


class RulesetChanged(RuntimeError):  # noqa: N818 - it says what happened to the file
    """A ruleset on disk is not what it was when it judged under the same id and version."""

    def __init__(self, ruleset: Ruleset, used: UsedDocument) -> None:
        super().__init__(
            f"ruleset {ruleset.id} version {ruleset.version} has judged with digest {used.digest[:12]} and reads "
            f"{ruleset.digest[:12]} now; restore it, or raise its version (and that of each ruleset that extends it)"
        )


@dataclass
class Scorer:
    """What ``build`` makes."""

    store: Store
    directory: Directory
    rulesets: Rulesets
    now: Callable[[], datetime]
    routers: list[APIRouter] = field(default_factory=list)
    duties: Sequence[Duty] = ()
    recorded: set[str] = field(default_factory=set)

    async def check_used(self) -> None:
        """Raise RulesetChanged when a ruleset that has judged reads differently now."""
        for ruleset in self.rulesets.by_id.values():
            used = await self.store.used.get(_name(ruleset), SYSTEM)
            if used is not None and used.digest != ruleset.digest:
                raise RulesetChanged(ruleset, used)

    async def record_use(self, ruleset: Ruleset) -> None:
        """Remember that ``ruleset`` judges, as it is. Raises RulesetChanged when it judged as something else."""
        if ruleset.id in self.recorded:
            return
        document = UsedDocument(
            id=_name(ruleset),
            region=ruleset.region,
            digest=ruleset.digest,
            canonical=ruleset.canonical(),
            used_at=self.now(),
        )
        thing = Thing("ruleset", document.id, region_of(ruleset.region))
        entry = noted(
            Deed.RULESET_USED, thing, actor="service:scorer", reason="first_use", details={"digest": ruleset.digest}
        )
        if not await self.store.used.create(document, audit=[entry]):
            await self.check_used()
        self.recorded.add(ruleset.id)


def _name(ruleset: Ruleset) -> str:
    return f"{ruleset.id}@{ruleset.version}"
