"""Keeping what comes with filings, and giving it out again: bytes by their hash, kept once."""

from collections.abc import Sequence
from hashlib import sha256

from services.registry.attachment import cleaned, received
from services.registry.filing import Attached
from services.registry.filing.checks import bad
from services.registry.records import AttachmentDocument, FilingDocument
from services.registry.store import Store
from shared.audit import Deed, Thing, noted
from shared.documents import SYSTEM, Stale
from shared.events.region import COUNTRY
from shared.identity import Person


class Damaged(Exception):  # noqa: N818 - it reads as what the file is
    """What is kept is not what was sent."""


class Attaching:
    """What is attached is known by its hash, and only to the units that sent it."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def keep(self, unit: str, sent: Sequence[tuple[Attached, bytes]]) -> None:
        """Keep the bytes, and that ``unit`` sent them."""
        for one, data in sent:
            await self._keep(unit, one, data)

    async def again(
        self, unit: str, named: Sequence[tuple[str, str, str]], field: str = "files"
    ) -> tuple[Attached, ...]:
        """What ``field`` of a form names of what was sent before: hash, purpose and name of each.

        Raises Refused for a file that this unit never sent: a hash alone is no key to another's document.
        """
        found = []
        for sha256_, what, name in named:
            kept = await self._store.attachments.get(sha256_, SYSTEM)
            if kept is None or unit not in kept.units:
                raise bad(field, f"附件“{cleaned(name)}”已经失效，请重新选择")
            found.append(received(name, kept.data, what))
        return tuple(found)

    async def taken(self, person: Person, filing: FilingDocument, sha256_: str) -> tuple[Attached, bytes] | None:
        """An attachment of a filing that was read in scope, put on record first; None when it has no such.

        Raises Damaged when what is kept is no longer what was sent.
        """
        attached = next((one for one in filing.filing.attached if one.sha256 == sha256_), None)
        kept = await self._store.attachments.get(sha256_, SYSTEM) if attached else None
        if attached is None or kept is None:
            return None
        if sha256(kept.data).hexdigest() != sha256_:
            raise Damaged(f"attachment {sha256_} of filing {filing.id} is damaged")
        thing = Thing("filing", filing.id, filing.region, filing.unit)
        details = {"number": filing.filing.number, "sha256": sha256_}
        deed = noted(Deed.ATTACHMENT_TAKEN, thing, actor=f"person:{person.id}", reason="asked", details=details)
        await self._store.audit.append(deed)
        return attached, kept.data

    async def _keep(self, unit: str, one: Attached, data: bytes) -> None:
        document = AttachmentDocument(id=one.sha256, region=COUNTRY, data=data, units=(unit,))
        while not await self._store.attachments.create(document, (), ()):
            kept = await self._store.attachments.get(one.sha256, SYSTEM)
            if kept is None or unit in kept.units:
                return
            try:
                await self._store.attachments.change(kept.model_copy(update={"units": (*kept.units, unit)}), (), ())
            except Stale:
                continue
            return
