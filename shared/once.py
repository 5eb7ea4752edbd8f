"""What was asked for under an Idempotency-Key, and what was answered: kept for a day, so that it is done once."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from pydantic import AwareDatetime, BaseModel, ConfigDict

from shared.documents import SYSTEM, Database, Document, Index, Stale
from shared.privacy import Personal

KEPT = 86_400
"""Seconds for which a key is remembered."""
ABANDONED = timedelta(minutes=1)
"""Nobody works on a request for longer: whoever did so died, and the same request may be tried again."""
NOWHERE = "00.00.00.0"


class Answer(BaseModel):
    """An answer as it was given. ``body`` is JSON text; it may name people."""

    model_config = ConfigDict(frozen=True)

    status: int
    headers: dict[str, str]
    body: Personal


class AskedDocument(Document):
    """One key of one person: ``what`` was asked for when, with which content, and the ``answer`` once there is one."""

    actor: str
    what: str
    content: str
    asked_at: AwareDatetime
    answer: Answer | None = None


class Conflict(StrEnum):
    """Why a request under a known key is not done."""

    KEY_USED = "key_used"
    UNDER_WAY = "under_way"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request: by whom (an actor), under which key, what for (method and path), and the hash of its content."""

    actor: str
    key: str
    what: str
    content: str

    @property
    def id(self) -> str:
        """Keys of different people never meet."""
        return sha256(f"{self.actor}\n{self.key}".encode()).hexdigest()


Begun = AskedDocument | Answer | Conflict
"""Ours to do; done already; or neither."""


class Once:
    """The keys of one service."""

    def __init__(self, database: Database) -> None:
        self._asked = database.documents("asked", AskedDocument, [Index(("asked_at",), expire_after=KEPT)])

    async def begin(self, asked: Asked, now: datetime) -> Begun:
        """Take a request on. Of two at once one gets its document, and ends it by ``finish`` or ``release``."""
        document = AskedDocument(
            id=asked.id,
            region=NOWHERE,
            version=1,
            actor=asked.actor,
            what=asked.what,
            content=asked.content,
            asked_at=now,
        )
        if await self._asked.create(document):
            return document
        known = await self._asked.get(asked.id, SYSTEM)
        if known is None:
            return await self.begin(asked, now)
        if (known.what, known.content) != (asked.what, asked.content):
            return Conflict.KEY_USED
        if known.answer is not None:
            return known.answer
        return await self._take_over(known, now)

    async def _take_over(self, known: AskedDocument, now: datetime) -> Begun:
        if now - known.asked_at < ABANDONED:
            return Conflict.UNDER_WAY
        try:
            return await self._asked.change(known.model_copy(update={"asked_at": now}))
        except Stale:
            return Conflict.UNDER_WAY

    async def finish(self, begun: AskedDocument, status: int, headers: Mapping[str, str], body: str) -> None:
        """Remember the answer to ``begun``. Raises Stale when somebody thought us dead and took it over."""
        answer = Answer(status=status, headers=dict(headers), body=Personal(body))
        await self._asked.change(begun.model_copy(update={"answer": answer}))

    async def release(self, begun: AskedDocument) -> None:
        """Forget ``begun``: nothing was done, and the key may be used again."""
        await self._asked.delete(SYSTEM, {"_id": begun.id, "version": begun.version})

    async def forget(self, actor: str, name: str) -> int:
        """Forget what ``actor`` asked for, and every answer that names them; returns how many there were."""
        named = {"answer.body": {"$regex": re.escape(name)}} if name else {"_id": ""}
        return await self._asked.delete(SYSTEM, {"$or": [{"actor": actor}, named]})
