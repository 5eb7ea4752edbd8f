"""What a unit does before it submits: keep a draft, throw it away, look what the rules will say. Load, decide, save."""

from services.registry import filing as decisions
from services.registry import standing
from services.registry.app import Registry
from services.registry.desk import SENT, Desk, NotThere, actor, draft_id, warned
from services.registry.filing import Act, Asked, Filing, Refusal, Step
from services.registry.records import FilingDocument
from services.registry.refusal import Refused
from services.registry.remarking import insist, remarks
from shared.documents import Stale
from shared.events.registry import Unit, UnitRef
from shared.identity import Action, Person, scope
from shared.web import Seen, unchanged


class Drafting:
    """Raises NotThere, NotAllowed, Refused or Stale, as ``Desk`` does."""

    def __init__(self, app: Registry) -> None:
        self._app = app
        self._store = app.store
        self._desk = Desk(app)

    async def keep(
        self, person: Person, unit_id: str, asked: Asked, key: str, *, begun: str = "", seen: Seen = None
    ) -> FilingDocument:
        """Keep what a unit has begun to write; the same key again, or the id of a draft ``begun``, replaces it."""
        unit = await self._desk.unit_of(person, unit_id)
        id_ = begun or draft_id(person, key)
        if await self._store.filings.get(id_, scope(person, Action.FILE)):
            raise Refused(Refusal.KEY_USED, SENT)
        filing = decisions.draft(asked, unit=_ref(unit), step=self._step(person, Act.DRAFT))
        document = FilingDocument.wrap(filing, id_=id_, region=unit.region)
        if not begun and await self._store.drafts.create(document, (), ()):
            return document
        kept = await self._draft(person, id_, seen)
        others = tuple(step for step in kept.filing.steps if step.actor != actor(person))
        filing = filing.model_copy(update={"steps": (*others, *filing.steps)})
        return await self._store.drafts.change(kept.moved(filing), (), ())

    async def discard(self, person: Person, id_: str, seen: Seen = None) -> None:
        """Throw a draft away: nobody but its unit ever saw it."""
        kept = await self._draft(person, id_, seen)
        if not await self._store.drafts.delete(scope(person, Action.FILE), {"_id": id_, "version": kept.version}):
            raise Stale(f"draft {id_} is no longer at version {kept.version}")

    async def preview(self, person: Person, unit_id: str, asked: Asked, own: str = "") -> Filing:
        """What submitting ``asked`` now would make of it, remarks and limits included; nothing is kept.

        ``own`` is the filing that it would mend.
        """
        unit = await self._desk.unit_of(person, unit_id)
        decisions.check(asked.filed)
        now = self._app.now()
        state = await standing.to_file(self._app, asked, unit, now, own)
        found = await remarks(self._app, asked.filed, unit, state.in_force.filed if state.in_force else None)
        insist(found)
        filing = decisions.submit(
            asked,
            number="",
            unit=_ref(unit),
            step=self._step(person, Act.SUBMIT),
            standing=state,
            pinned=self._app.rules.rule(unit.region, decisions.day_of(now), asked.kind, asked.filed),
            begun=None,
        )
        return warned(filing, found)

    async def _draft(self, person: Person, id_: str, seen: Seen) -> FilingDocument:
        document = await self._store.drafts.get(id_, scope(person, Action.FILE))
        if document is None:
            raise NotThere
        unchanged(document.version, seen)
        return document

    def _step(self, person: Person, act: Act) -> Step:
        return Step(at=self._app.now(), actor=actor(person), name=person.name, act=act)


def _ref(unit: Unit) -> UnitRef:
    return UnitRef(id=unit.id, name=unit.name)
