"""What administrators do about the private networks of their region: open one, close it. Load, decide, save."""

from datetime import datetime
from uuid import uuid4

from services.registry import extranet
from services.registry.app import Registry
from services.registry.desk import NotAllowed, NotThere
from services.registry.extranet import Act, Permission
from services.registry.records import ExtranetDocument
from shared.audit import derived
from shared.events import covers, registry
from shared.identity import Action, Person, scope
from shared.outbox import say
from shared.web import Seen, unchanged

NOT_YOURS = "开放或关闭一个地区的政务外网网段，由该地区的系统管理员办理。"


class Opening:
    """The decisions. Raises NotThere, NotAllowed, Refused or Stale."""

    def __init__(self, app: Registry) -> None:
        self._app = app
        self._store = app.store

    async def open(self, person: Person, prefix: str, network: str, until: datetime, reason: str) -> ExtranetDocument:
        """Open ``network`` for the outlets of ``prefix``."""
        _require(person, prefix)
        act = self._act(person, "open", reason)
        bounds = self._app.extranet_bounds
        permission = extranet.open_(
            f"x-{uuid4().hex[:16]}", prefix=prefix, network=network, until=until, act=act, bounds=bounds
        )
        id_, region = permission.extranet.id, extranet.region_of(prefix)
        return await self._record(ExtranetDocument(id=id_, region=region, permission=permission), permission)

    async def close(self, person: Person, id_: str, reason: str, seen: Seen = None) -> ExtranetDocument:
        """Close a network again, at once; ``seen`` are the versions this is about."""
        kept = await self._store.extranets.get(id_, scope(person, Action.SEE))
        if kept is None:
            raise NotThere
        _require(person, kept.permission.extranet.prefix)
        unchanged(kept.version, seen)
        return await self._record(kept, extranet.close(kept.permission, self._act(person, "close", reason)))

    async def _record(self, document: ExtranetDocument, permission: Permission) -> ExtranetDocument:
        """Where every act on a permission is put on record: in the audit chain, in its own history, as a fact."""
        act, body = permission.acts[-1], permission.extranet
        changed = document.model_copy(update={"permission": permission})
        fact = registry.ExtranetChanged(extranet=body)
        event = say(fact, subject=body.id, region=document.region, actor=act.actor, reason=act.act)
        if document.version:
            return await self._store.extranets.change(changed, [event], derived([event], words=act.reason))
        await self._store.extranets.create(changed, [event], derived([event], words=act.reason))
        return changed.model_copy(update={"version": 1})

    def _act(self, person: Person, act: str, reason: str) -> Act:
        return Act.model_validate(
            {"at": self._app.now(), "actor": f"person:{person.id}", "name": person.name, "act": act, "reason": reason}
        )


def _require(person: Person, prefix: str) -> None:
    """Refuse unless ``person`` administers all of ``prefix``."""
    if not any(covers(region, prefix) for region in scope(person, Action.ADMINISTER).regions):
        raise NotAllowed(NOT_YOURS)
