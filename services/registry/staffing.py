"""What administrators do about the people of their region: who is theirs, and what may be done about them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.registry.app import Registry
from services.registry.desk import NotAllowed, NotThere
from shared.identity import (
    Action,
    Grant,
    Identity,
    Objection,
    Person,
    PersonDocument,
    first_password,
    may_give,
    may_manage,
    scope,
    under,
)

SENTENCES: Mapping[Objection, str] = {
    Objection.ONESELF: "不能给自己授权，也不能在这里管理自己的账号；请由另一位管理员办理。",
    Objection.NOT_UNDER_YOU: "超出您的管辖范围。",
    Objection.HOLDS_MORE: "此人还有您管辖范围以外的授权，账号由上级管理员管理；您只能增减本辖区的授权。",
}


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody as an administrator sees them: only grants under the administrator, and what objects to more."""

    record: PersonDocument
    grants: tuple[Grant, ...]
    objection: Objection | None


class Staff:
    """Acts of one administrator. Raises NotThere for who is not theirs, NotAllowed for what goes beyond."""

    def __init__(self, app: Registry, identity: Identity, actor: Person) -> None:
        self._app = app
        self._identity = identity
        self._actor = actor
        self._by = f"person:{actor.id}"

    async def units(self) -> dict[str, tuple[str, str]]:
        """The units under the administrator: (name, region) by id. Raises NotAllowed for who administers nothing."""
        administered = scope(self._actor, Action.ADMINISTER)
        if not administered.regions:
            raise NotAllowed("只有系统管理员可以管理人员；请以系统管理员身份登录。")
        found = await self._app.store.units.find(administered, sort=[("_id", 1)])
        return {unit.id: (unit.body.name, unit.region) for unit in found}

    async def members(self, text: str = "") -> Sequence[Member]:
        """Everybody who holds, held or will hold something under the administrator, by login."""
        regions, now = await self._regions(), self._app.now()
        seen = [self._member(record, regions, now) for record in await self._identity.records()]
        return [one for one in seen if one.grants and _fits(one.record, text)]

    async def member(self, id_: str) -> Member:
        """One of them. Raises NotThere."""
        regions = await self._regions()
        record = await self._identity.record_of(id_)
        if record is not None:
            member = self._member(record, regions, self._app.now())
            if member.grants:
                return member
        raise NotThere

    async def add(self, *, login: str, name: str, email: str, grant: Grant) -> tuple[str, str]:
        """A new person: their id, and the first password, to be shown once. Raises NotAllowed, NotAccepted."""
        await self._must_give("", grant)
        password = first_password(login)
        person = await self._identity.create_person(
            login=login, name=name, email=email, password=password, grants=(grant,), first=True, by=self._by
        )
        return person.id, password

    async def grant(self, id_: str, grant: Grant) -> None:
        """One more grant. Raises NotThere, NotAllowed, NotAccepted when they hold it."""
        member = await self.member(id_)
        await self._must_give(id_, grant)
        await self._identity.grant(member.record.login, grant, self._by)

    async def ungrant(self, id_: str, number: int) -> None:
        """End the grant that is shown under ``number``, from 0. Raises NotThere, NotAllowed."""
        member = await self.member(id_)
        if not 0 <= number < len(member.grants):
            raise NotThere
        await self._must_give(id_, member.grants[number])
        await self._identity.ungrant(member.record.login, member.grants[number], self._by)

    async def new_password(self, id_: str) -> str:
        """Another first password, to be shown once; their sessions end. Raises NotThere, NotAllowed."""
        login = await self._managed(id_)
        password = first_password(login)
        await self._identity.set_password(login, password, first=True, by=self._by)
        return password

    async def no_second_step(self, id_: str) -> None:
        """Ask them for no code any more (the telephone is lost). Raises NotThere, NotAllowed."""
        await self._managed(id_)
        await self._identity.remove_second_step(id_, self._by)

    async def revoke_token(self, id_: str, token: str) -> None:
        """End one of their tokens. Raises NotThere, NotAllowed."""
        await self._managed(id_)
        await self._identity.revoke_token(id_, token, self._by)

    async def revoke(self, id_: str) -> None:
        """End every session and token of theirs. Raises NotThere, NotAllowed."""
        await self._identity.revoke(await self._managed(id_), self._by)

    async def end(self, id_: str) -> None:
        """Take every access from them for good. Raises NotThere, NotAllowed."""
        await self._identity.end(await self._managed(id_), self._by)

    async def _managed(self, id_: str) -> str:
        """The login of somebody whose whole account is the administrator's to manage."""
        member = await self.member(id_)
        if member.objection is not None:
            raise NotAllowed(SENTENCES[member.objection])
        return member.record.login

    async def _must_give(self, id_: str, grant: Grant) -> None:
        objection = may_give(self._actor, id_, grant, await self._regions())
        if objection is not None:
            raise NotAllowed(SENTENCES[objection])

    async def _regions(self) -> Mapping[str, str]:
        return {id_: region for id_, (_, region) in (await self.units()).items()}

    def _member(self, record: PersonDocument, units: Mapping[str, str], at: datetime) -> Member:
        grants = tuple(grant for grant in record.grants if under(self._actor, grant, units))
        return Member(record, grants, may_manage(self._actor, record.id, record.grants, units, at))


def _fits(record: PersonDocument, text: str) -> bool:
    wanted = text.strip().casefold()
    return not wanted or wanted in record.login or wanted in record.name.casefold()
