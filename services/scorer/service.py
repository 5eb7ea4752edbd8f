"""Wiring: what the scorer hears, says, serves and does by itself."""

from functools import partial
from pathlib import Path

from services.scorer import api, handlers, pages
from services.scorer.app import Scorer
from services.scorer.evaluators import PARAMS
from services.scorer.ruleset import PACKAGED, load_directories
from services.scorer.store import Store
from shared import directory, localities
from shared.bus import Hears
from shared.events import audit, probe, registry, score
from shared.runtime import Base, Duty, Service

JUDGE_EVERY = 3600.0

HEARS = (
    Hears("observations", (probe.Completed, probe.ProfileSeen), handlers.on_observations, batch=100),
    Hears("unfiled", (registry.ChangeUnfiled, registry.UnfiledSettled), handlers.on_unfiled),
    Hears("exemptions", (registry.ExemptionGranted, registry.ExemptionEnded), handlers.on_exemption),
    Hears("directory", directory.HEARS, handlers.on_registry),
    localities.HEARD,
)
SAYS = (score.FindingRaised, score.FindingCleared, audit.Anchored)


async def build(base: Base) -> Scorer:
    """The scorer at work. Raises RulesetError or RulesetChanged when its rulesets cannot be trusted."""
    extra = base.settings.ruleset_dir
    rulesets = load_directories([PACKAGED, *([extra] if extra else [])], PARAMS)
    app = Scorer(Store(base.database), directory.Directory(base.database), rulesets, base.now)
    await app.check_used()
    app.routers = [api.router(app), pages.router(app)]
    app.duties = (Duty("judge all", JUDGE_EVERY, partial(handlers.judge_all, app)),)
    return app


SERVICE = Service("scorer", HEARS, SAYS, build, templates=Path(__file__).with_name("templates"))
