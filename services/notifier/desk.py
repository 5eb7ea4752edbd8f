"""What people do with a notice: sign for it, reply, review it. Load, decide, save with events."""

from collections.abc import Callable, Mapping
from datetime import date

from fastapi import HTTPException
from pydantic import Field

from services.notifier.app import Notifier
from services.notifier.case import Rectification
from services.notifier.handlers import save
from services.notifier.rectification import LONGEST_TEXT, Decision, Refusal, Refused, receive, reply, review
from services.notifier.store import NoticeDocument
from shared import web
from shared.documents import Stale
from shared.identity import Action, Person, may, scope
from shared.web import Seen, unchanged

STALE = "您打开页面之后，该通知又有了新的处理，本次提交没有生效。请核对下面的最新情况，需要时再次提交。"
NOT_YOURS = "签收和反馈由责任单位的管理员办理，您没有这项权限。"
NOT_REVIEWER = "复核由主管单位的复核人员办理，您没有这项权限。"
FIELDS: Mapping[Refusal, str] = {
    Refusal.NO_MEASURES: "measures",
    Refusal.TOO_LONG: "measures",
    Refusal.DONE_IN_FUTURE: "done_on",
}
"""The refusals that are about one field of what was sent."""


class ReceiptAsked(web.Strict):
    """签收. ``version`` is that of the notice as the person saw it."""

    version: int


class ReplyAsked(web.Strict):
    """反馈: the measures taken and the day they were done."""

    version: int
    measures: str = Field(max_length=LONGEST_TEXT)
    done_on: date


class ReviewAsked(web.Strict):
    """复核通过, with an optional remark."""

    version: int
    remark: str = Field("", max_length=LONGEST_TEXT)


class Desk:
    """The notifier's decisions that people ask for.

    Raises HTTPException 404 for what a person may not see, Stale for what is not as ``seen``, and ``web.Refused`` with
    a named reason otherwise.
    """

    def __init__(self, app: Notifier) -> None:
        self._app = app

    async def notice(self, person: Person, id_: str) -> NoticeDocument:
        """A notice ``person`` may see."""
        document = await self._app.store.notices.get(id_, scope(person, Action.SEE))
        if document is None:
            raise HTTPException(404)
        return document

    async def receipt(self, person: Person, id_: str, asked: ReceiptAsked, seen: Seen = None) -> NoticeDocument:
        """签收 for one's unit."""
        document = await self._mine(person, id_, Action.REPLY, NOT_YOURS, seen)
        now = self._app.base.now()
        return await self._do(document, person, asked.version, lambda case: receive(case, by=person.name, now=now))

    async def reply(self, person: Person, id_: str, asked: ReplyAsked, seen: Seen = None) -> NoticeDocument:
        """反馈 for one's unit."""
        document = await self._mine(person, id_, Action.REPLY, NOT_YOURS, seen)
        done, now = asked.done_on, self._app.base.now()
        return await self._do(
            document,
            person,
            asked.version,
            lambda case: reply(
                case, by=person.name, actor=actor(person), measures=asked.measures, done_on=done, now=now
            ),
        )

    async def review(self, person: Person, id_: str, asked: ReviewAsked, seen: Seen = None) -> NoticeDocument:
        """复核 as a reviewer of the region."""
        document = await self._mine(person, id_, Action.REVIEW, NOT_REVIEWER, seen)
        now = self._app.base.now()
        return await self._do(
            document,
            person,
            asked.version,
            lambda case: review(case, by=person.name, actor=actor(person), remark=asked.remark, now=now),
        )

    async def _mine(self, person: Person, id_: str, action: Action, otherwise: str, seen: Seen) -> NoticeDocument:
        document = await self.notice(person, id_)
        if not may(person, action, region=document.region, unit=document.unit):
            raise web.Refused("forbidden", otherwise, 403)
        unchanged(document.version, seen)
        return document

    async def _do(
        self, document: NoticeDocument, person: Person, version: int, decide: Callable[[Rectification], Decision]
    ) -> NoticeDocument:
        """Apply one decision to the notice the person saw: what was decided twice has one effect."""
        decision = decide(document.case)
        if isinstance(decision, Refused):
            field = FIELDS.get(decision.refusal)
            fields = {field: decision.words} if field else {}
            raise web.Refused(decision.refusal, decision.words, 422 if field else 409, fields)
        if document.version != version:
            raise web.Refused("stale", STALE, 409)
        try:
            return await save(self._app, document, decision, actor=actor(person))
        except Stale as error:
            raise web.Refused("stale", STALE, 409) from error


def actor(person: Person) -> str:
    """How a person is named in facts and histories."""
    return f"person:{person.id}"
