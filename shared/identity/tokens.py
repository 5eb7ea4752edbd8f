"""API tokens: narrower than their person where asked for, never wider."""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime, timedelta

from shared.documents import SYSTEM, Stale
from shared.events.region import covers
from shared.identity.errors import TokenFault, TokenRefused
from shared.identity.permissions import Grant, Person, Role
from shared.identity.secrets import TokenText, digest, same
from shared.identity.store import Store, TokenDocument

LONGEST_TOKEN = timedelta(days=366)
USE_NOTED_EVERY = timedelta(minutes=10)
_NO_SECRET = digest("")


def narrowed(grants: Iterable[Grant], roles: Collection[Role] | None, under: str | None) -> tuple[Grant, ...]:
    """Of ``grants`` what is left for a token of these ``roles`` below the region prefix ``under``. Pure.

    None leaves roles or regions as they are. Where a unit lies is not known here: a token of a region has no grant
    over a unit.
    """
    kept = [grant for grant in grants if roles is None or grant.role in roles]
    if under is None:
        return tuple(kept)
    parts = (_part(grant, under) for grant in kept)
    return tuple(part for part in parts if part is not None)


def _part(grant: Grant, under: str) -> Grant | None:
    if grant.region is None:
        return None
    if covers(grant.region, under):
        return grant.model_copy(update={"region": under})
    return grant if covers(under, grant.region) else None


class Tokens:
    """The API tokens of people."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._tokens = store.tokens
        self._now = now

    async def issue(
        self,
        person: Person,
        *,
        days: int,
        name: str = "",
        roles: Collection[Role] | None = None,
        under: str | None = None,
    ) -> str:
        """A new token of ``person``, to be shown once.

        ``name`` says what it is for; ``roles`` and ``under`` (a region prefix) make it narrower. Raises TokenRefused.
        """
        length = timedelta(days=days)
        if not timedelta() < length <= LONGEST_TOKEN:
            raise TokenRefused(TokenFault.DAYS, f"a token lasts from 1 to {LONGEST_TOKEN.days} days")
        if roles is not None and not set(roles) <= {grant.role for grant in person.grants}:
            raise TokenRefused(TokenFault.ROLES, "a token has no role that its person has not")
        left = narrowed(person.grants, roles, None)
        if under is not None and not any(grant.region is not None and covers(grant.region, under) for grant in left):
            raise TokenRefused(TokenFault.REGION, "a token is for no region that its person has not")
        token, now = TokenText.fresh(), self._now()
        await self._tokens.create(
            TokenDocument(
                id=token.id,
                person=person.id,
                secret=digest(token.secret),
                name=name,
                roles=None if roles is None else tuple(sorted(roles)),
                under=under,
                created_at=now,
                expires_at=now + length,
            )
        )
        return str(token)

    async def read(self, text: str) -> TokenDocument | None:
        """The token in ``text``, None when it is nobody's (any more). That it was used is noted now and then."""
        token = TokenText.read(text)
        if token is None:
            return None
        document = await self._tokens.get(token.id, SYSTEM)
        right = same(token.secret, document.secret if document else _NO_SECRET)
        now = self._now()
        if document is None or not right or document.expires_at <= now:
            return None
        if document.used_at is None or now - document.used_at >= USE_NOTED_EVERY:
            await self._note(document, now)
        return document

    async def of(self, person: str) -> list[TokenDocument]:
        """The tokens of a person that still count, the newest first."""
        where = {"person": person, "expires_at": {"$gt": self._now()}}
        return await self._tokens.find(SYSTEM, where, sort=[("created_at", -1)])

    async def revoke(self, person: str, id_: str) -> bool:
        """End a token of ``person``; says whether there was one."""
        return await self._tokens.delete(SYSTEM, {"_id": id_, "person": person}) == 1

    async def revoke_all(self, person: str) -> None:
        """End every token of a person."""
        await self._tokens.delete(SYSTEM, {"person": person})

    async def _note(self, document: TokenDocument, now: datetime) -> None:
        try:
            await self._tokens.change(document.model_copy(update={"used_at": now}))
        except Stale:
            return  # another request noted it, or the token has just been revoked
