"""What a practice city remembers from one run to the next: the faults that are on, the mailbox's behaviour, its ports.

Everything lies in one JSON file that is replaced as a whole, so that a killed city never leaves half a file.
"""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from pydantic import AwareDatetime, BaseModel, ConfigDict

from demo.city import Account, Script, Website
from demo.faults import AccountView, Active, WebsiteView, account_view, check, website_view


class _Fault(BaseModel):
    fault: str
    since: AwareDatetime


class Ports(BaseModel):
    """TCP ports on loopback (``dns`` is UDP too); 0 = not chosen yet."""

    model_config = ConfigDict(frozen=True)

    http: int = 0
    https: int = 0
    dns: int = 0
    smtp: int = 0
    control: int = 0


class _Saved(BaseModel):
    faults: dict[str, list[_Fault]]
    mailbox: str = "accept"
    ports: Ports = Ports()


class State:
    """The city as it is now. Every change is on disk when the call returns."""

    def __init__(self, script: Script, file: Path, now: Callable[[], datetime]) -> None:
        self.script = script
        self._file = file
        self._now = now
        self._outlets = {one.target: one for one in script.outlets}
        self._saved = _Saved(faults={})

    @classmethod
    def open(cls, script: Script, file: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Self:
        """The state in ``file``; an outlet it does not know is as the script begins with it.

        Faults of outlets the script no longer has are forgotten. Raises ValueError when the script or the file
        names a fault that does not exist.
        """
        state = cls(script, file, now)
        saved = _Saved.model_validate_json(file.read_bytes()) if file.exists() else _Saved(faults={})
        start = {t: [_Fault(fault=f, since=now()) for f in one.faults] for t, one in state._outlets.items()}
        kept = {target: saved.faults.get(target, faults) for target, faults in start.items()}
        state._saved = saved.model_copy(update={"faults": kept})
        for target, outlet in state._outlets.items():
            for active in state.faults(target):
                check(outlet, active)
        state._save()
        return state

    def faults(self, target: str) -> list[Active]:
        """The faults that are on, in the order they were put on."""
        return [Active(one.fault, one.since) for one in self._saved.faults.get(target, ())]

    def put(self, target: str, fault: str) -> None:
        """Switch a fault on; one that is on already stays as it is.

        Raises KeyError for an unknown target and ValueError for a fault that does not fit it.
        """
        outlet = self._outlets[target]
        check(outlet, Active(fault, self._now()))
        before = self._saved.faults.get(target, [])
        if fault not in [one.fault for one in before]:
            self._saved.faults[target] = [*before, _Fault(fault=fault, since=self._now())]
            self._save()

    def mend(self, target: str, fault: str | None = None) -> None:
        """Switch one fault off, or all of them. Raises KeyError for an unknown target."""
        if target not in self._outlets:
            raise KeyError(target)
        kept = [one for one in self._saved.faults.get(target, []) if fault not in (None, one.fault)]
        self._saved.faults[target] = kept
        self._save()

    def website(self, host: str) -> WebsiteView | None:
        """The website of that host as it looks now, None when there is none."""
        site = self._outlets.get(host)
        return website_view(site, self.faults(host)) if isinstance(site, Website) else None

    def account(self, target: str) -> AccountView | None:
        """The account (platform/account) as the platform shows it now, None when there is none."""
        found = self._outlets.get(target)
        return account_view(found, self.faults(target)) if isinstance(found, Account) else None

    @property
    def mailbox(self) -> str:
        """How the mailbox behaves, as ``demo.mailbox`` writes it."""
        return self._saved.mailbox

    @mailbox.setter
    def mailbox(self, behaviour: str) -> None:
        self._saved.mailbox = behaviour
        self._save()

    @property
    def ports(self) -> Ports:
        """The ports of the last run."""
        return self._saved.ports

    @ports.setter
    def ports(self, ports: Ports) -> None:
        self._saved.ports = ports
        self._save()

    def _save(self) -> None:
        fresh = self._file.with_suffix(".new")
        with fresh.open("w", encoding="utf-8") as out:
            out.write(self._saved.model_dump_json(indent=1))
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(self._file)
