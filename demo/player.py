"""What the people of the city do and see, only through pages, the public API, the control desk and mail."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from types import TracebackType
from typing import Self, TypeVar

import httpx
from pydantic import TypeAdapter

from demo.city import Account, Script, Website
from demo.desk import CityNow
from demo.mailbox import Mail
from demo.reads import Filing, Finding, Notice, Outlet, Row, Visit
from demo.visitor import NotServed, Origins, Program, Visitor

DECIDED = frozenset({"approved", "in_force", "announced", "archived"})
"""States of a filing that every level has agreed to."""
LOOK_EVERY_SECONDS = 0.5
SHANGHAI = timezone(timedelta(hours=8))
FILINGS, NOTICES, FINDINGS = "/registry/api/filings", "/notifier/api/notices", "/scorer/api/findings"

Seen = TypeVar("Seen")


class Contradiction(Exception):  # noqa: N818 - it is what was seen
    """Something was seen that must never be."""


class Player:
    """Everybody in the city at once. Use as a context manager.

    ``token_for`` gives a bearer token for a login, as its operator would hand it over.
    """

    def __init__(
        self,
        script: Script,
        control: str,
        origins: Origins,
        password: str,
        token_for: Callable[[str], Awaitable[str]],
    ) -> None:
        self.script = script
        self.ids: dict[str, str] = {}
        self.waits_for = ""
        self._origins = origins
        self._password = password
        self._token_for = token_for
        self._desk = httpx.AsyncClient(base_url=control, trust_env=False, timeout=30)
        self._visitors: dict[str, Visitor] = {}
        self._signed_in: set[str] = set()
        self._programs: dict[str, Program] = {}
        self._entering = asyncio.Lock()
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self._open.enter_async_context(self._desk)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._open.aclose()

    # -- waiting

    async def until(self, what: str, look: Callable[[], Awaitable[Seen | None]]) -> Seen:
        """Look again and again until there is something to see; whoever calls sets the limit.

        ``waits_for`` says meanwhile what is missing, and why the last look showed nothing.
        """
        while True:
            self.waits_for = what
            try:
                seen = await look()
            except (NotServed, httpx.HTTPError) as error:
                self.waits_for = f"{what} ({error})"
            else:
                if seen is not None:
                    return seen
            await asyncio.sleep(LOOK_EVERY_SECONDS)

    # -- people and their programs

    async def visitor(self, login: str) -> Visitor:
        """This person at a browser, signed in."""
        async with self._entering:
            if login not in self._visitors:
                self._visitors[login] = await self._open.enter_async_context(Visitor(self._origins))
            if login not in self._signed_in:
                await self._visitors[login].sign_in(login, self._password)
                self._signed_in.add(login)
        return self._visitors[login]

    async def program(self, login: str) -> Program:
        """This person's program, with a bearer token."""
        async with self._entering:
            if login not in self._programs:
                program = Program(self._origins, await self._token_for(login))
                self._programs[login] = await self._open.enter_async_context(program)
        return self._programs[login]

    async def administrator(self, target: str) -> Program:
        """The program of the administrator of the unit that runs ``target``."""
        return await self.program(self.script.administrator_of(target).login)

    # -- the register

    async def file_by_api(self, target: str, kind: str = "open", **changed: str) -> Filing:
        """File an opening, or a change to these particulars. Doing it twice files it once."""
        outlet = self.script.outlet(target)
        wanted = {**await self._particulars(outlet), **changed}
        what = "website" if isinstance(outlet, Website) else "new_media"
        program = await self.administrator(target)
        key = sha256(f"{kind} {target} {sorted(changed.items())}".encode()).hexdigest()
        filed = await program.post(FILINGS, {"unit": outlet.unit, "kind": kind, what: wanted}, key=key)
        return self._filed(target, Filing.model_validate(filed))

    async def file_on_page(self, target: str) -> Filing:
        """File the opening of a website with the form on the page, unless it was filed already."""
        wanted = await self._particulars(self.script.outlet(target))
        found = await (await self.administrator(target)).get(FILINGS, limit="200")
        for one in found["filings"]:
            if one["kind"] == "open" and one["filed"].get("code") == wanted["code"]:
                return self._filed(target, Filing.model_validate(one))
        visitor = await self.visitor(self.script.administrator_of(target).login)
        form = (await visitor.open("/registry/file?kind=open&what=website")).form("/registry/file")
        landed = await visitor.send(form, **wanted)
        return self._filed(target, await self.filing(target, landed.address.rpartition("/")[2]))

    async def filing(self, target: str, filing: str) -> Filing:
        """A filing of ``target`` as its unit sees it."""
        return Filing.model_validate(await (await self.administrator(target)).get(f"{FILINGS}/{filing}"))

    async def approve_by_api(self, target: str, filing: Filing) -> bool | None:
        """The office approves; True when the filing is approved."""
        if (await self.filing(target, filing.id)).state in DECIDED:
            return True
        office = await self.program(self.script.approver_for(target).login)
        await office.post(f"{FILINGS}/{filing.id}/approve", {})
        return None

    async def approve_on_page(self, target: str, filing: Filing) -> bool | None:
        """The office approves on the page of the filing; True when the filing is approved."""
        if (await self.filing(target, filing.id)).state in DECIDED:
            return True
        office = await self.visitor(self.script.approver_for(target).login)
        page = await office.open(f"/registry/filings/{filing.id}")
        await office.send(page.form(f"/registry/filings/{filing.id}/approve"), reason="同意")
        return None

    async def outlet(self, target: str) -> Outlet | None:
        """What the registry shows of ``target``, None before it is in force."""
        found = await (await self.administrator(target)).get(f"/registry/api/outlets/{self.ids[target]}")
        return Outlet.model_validate(found) if found else None

    async def watched(self, target: str, field: str, phase: str, since: datetime) -> datetime | None:
        """When the registry last saw a field in this phase, None when that was not after ``since``."""
        outlet = await self.outlet(target)
        looks = [
            one.looked_at
            for one in (outlet.watched if outlet else ())
            if (one.field, one.phase) == (field, phase) and one.looked_at is not None and one.looked_at > since
        ]
        return looks[0] if looks else None

    # -- the city

    async def city(self) -> CityNow:
        """The city as the control desk shows it."""
        return CityNow.model_validate_json((await self._desk.get("/state")).raise_for_status().content)

    async def put(self, target: str, fault: str) -> datetime:
        """Put a fault on; returns when it was on."""
        (await self._desk.post(f"/faults/{target}", json={"fault": fault})).raise_for_status()
        return self.now()

    async def mend(self, target: str) -> datetime:
        """Mend everything about ``target``; returns when it was mended."""
        (await self._desk.delete(f"/faults/{target}")).raise_for_status()
        return self.now()

    def now(self) -> datetime:
        """The time, in UTC."""
        return datetime.now(UTC)

    async def mails(self, to: str, contains: str, since: datetime | None = None) -> list[Mail]:
        """The mails to an address that contain a text."""
        answer = await self._desk.get("/mails", params={"to": to, "contains": contains})
        mails = TypeAdapter(list[Mail]).validate_json(answer.raise_for_status().content)
        return [mail for mail in mails if since is None or mail.received_at > since]

    # -- visits, findings and notices

    async def visited(self, target: str, outcome: str) -> bool | None:
        """True once the last visit ended so: whether a website opened, whether an account was shown."""
        what = "reachability" if isinstance(self.script.outlet(target), Website) else "profile"
        looked = [visit.results[what] for visit in await self._visits(target) if what in visit.results]
        return (looked != [] and looked[0]["outcome"] == outcome) or None

    async def rechecked(self, target: str, since: datetime) -> bool | None:
        """True once ``target`` was looked at out of turn, after ``since``."""
        looks = [visit.looked_at for visit in await self._visits(target) if visit.purpose == "recheck"]
        return any(at > since for at in looks) or None

    async def _visits(self, target: str) -> list[Visit]:
        """The latest visits, the newest first."""
        found = await (await self.administrator(target)).get(f"/prober/api/outlets/{self.ids[target]}")
        return TypeAdapter(list[Visit]).validate_python((found or {}).get("visits", []))

    async def findings(self, target: str, *, open: bool) -> list[Finding]:  # noqa: A002 - what the API calls it
        """The findings on ``target`` that are open, or that are not."""
        asked = {"outlet": self.ids[target], "open": str(open).lower()}
        found = await (await self.administrator(target)).get(FINDINGS, **asked)
        return TypeAdapter(list[Finding]).validate_python(found["findings"])

    async def card(self, target: str) -> list[Row]:
        """The lines of the card of ``target``, none when it is not judged."""
        found = await (await self.administrator(target)).get(f"/scorer/api/outlets/{self.ids[target]}/card")
        return TypeAdapter(list[Row]).validate_python((found or {}).get("rows", []))

    async def notices(self, target: str) -> list[Notice]:
        """Every notice there ever was about ``target``."""
        found = await (await self.administrator(target)).get(NOTICES, limit="200")
        notices = TypeAdapter(list[Notice]).validate_python(found["notices"])
        return [notice for notice in notices if notice.target == self.ids[target]]

    async def notice(self, target: str, *states: str) -> Notice | None:
        """The one notice about ``target`` when it is in one of these states (any, if none is named).

        Raises Contradiction when there is more than one.
        """
        notices = await self.notices(target)
        if len(notices) > 1:
            raise Contradiction(f"{target} has {len(notices)} notices instead of one")
        return next((one for one in notices if not states or one.state in states), None)

    async def sign(self, target: str, notice: Notice) -> bool | None:
        """Sign for a notice on its page; True when it is signed for."""
        if await self.notice(target, "issued") is None:
            return True
        visitor = await self.visitor(self.script.administrator_of(target).login)
        path = f"/notifier/notices/{notice.id}"
        await visitor.send((await visitor.open(path)).form(f"{path}/receipt"))
        return None

    async def reply(self, target: str, notice: Notice, measures: str) -> bool | None:
        """Reply to a notice on its page; True when the reply is on record, or the notice closed before it."""
        if await self.notice(target, "replied", "closed"):
            return True
        visitor = await self.visitor(self.script.administrator_of(target).login)
        path = f"/notifier/notices/{notice.id}"
        today = self.now().astimezone(SHANGHAI).date().isoformat()
        await visitor.send((await visitor.open(path)).form(f"{path}/reply"), measures=measures, done_on=today)
        return None

    async def _particulars(self, outlet: Website | Account) -> dict[str, str]:
        """What is filed of an outlet, with its address in the city."""
        now = await self.city()
        if isinstance(outlet, Website):
            url = next(one.url for one in now.websites if one.target == outlet.target)
            return {"code": outlet.code, "name": outlet.name, "url": url, "site_class": outlet.site_class}
        feed = next(one.feed for one in now.accounts if one.target == outlet.target)
        named = {"platform": outlet.platform, "account": outlet.account, "name": outlet.name}
        return {**named, "verified_as": outlet.verified_as, "source": f"json_feed:{feed}"}

    def _filed(self, target: str, filing: Filing) -> Filing:
        self.ids[target] = filing.outlet
        return filing
