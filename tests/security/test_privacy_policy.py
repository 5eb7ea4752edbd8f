"""What is kept of people is written down, field by field, and nothing else is kept of them."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from services.__main__ import COMMANDS
from services.notifier.case import forget as forget_case
from services.notifier.case import signed
from services.notifier.delivery import FORGOTTEN, Attempt, Delivery, DeliveryState, Kind, forget
from services.notifier.rectification import Done, receive, reply
from services.notifier.store import FEED_KEPT
from services.notifier.store import Store as NotifierStore
from services.prober.store import Store as ProberStore
from services.registry import filing as registry
from services.registry.store import Store as RegistryStore
from services.scorer.store import Store as ScorerStore
from shared.directory import Directory
from shared.identity.limiter import Limiter
from shared.identity.store import Store as IdentityStore
from shared.identity.store import pseudonym
from shared.privacy import Personal, Secret, blanked
from shared.privacy.policy import Rule, kept, policy
from tests.notifier.made import NOW, case, recipient
from tests.registry.filings import step, submit
from tests.security.personal import opaque, telling

DATABASES: dict[str, tuple[Any, ...]] = {
    "registry": (RegistryStore,),
    "prober": (ProberStore, Directory),
    "scorer": (ScorerStore, Directory),
    "notifier": (NotifierStore,),
    "identity": (IdentityStore, Limiter),
}


class Asked:
    """Stands where a database does and notes the model of every collection that is asked for."""

    def __init__(self) -> None:
        self.models: dict[str, type[Any]] = {}

    def documents(self, name: str, model: type[Any], _indexes: object = ()) -> None:
        """Note one."""
        self.models[name] = model


def stored() -> dict[tuple[str, str], type[Any]]:
    """The model of every collection, by database and name."""
    found: dict[tuple[str, str], type[Any]] = {}
    for database, makers in DATABASES.items():
        asked = Asked()
        for make in makers:
            make(asked)
        found |= {(database, name): model for name, model in asked.models.items()}
    return found


def rules() -> dict[tuple[str, str], Rule]:
    return {(rule.database, rule.collection): rule for rule in policy()}


@pytest.mark.parametrize("where", stored(), ids=".".join)
def test_the_policy_names_every_personal_field_and_no_other(where: tuple[str, str]) -> None:
    personal = {path for path, kind in opaque(stored()[where]).items() if issubclass(kind, Personal)}
    assert personal == (set(rules()[where].fields) if where in rules() else set())


@pytest.mark.parametrize("where", stored(), ids=".".join)
def test_nothing_that_sounds_personal_is_kept_as_plain_text(where: tuple[str, str]) -> None:
    assert telling(stored()[where]) == set()


def test_each_rule_says_why_how_long_and_who_sees_to_it() -> None:
    assert len(rules()) == len(policy())
    names = {command.__name__.rpartition(".")[2] for command in COMMANDS}
    for rule in policy():
        assert "《个人信息保护法》" in rule.ground
        assert rule.then
        assert (rule.days is None) == (rule.since == "")
        assert set(re.findall(r"govwatch (\w+)", rule.by)) <= names
    assert kept("notifier", "feed") == timedelta(seconds=FEED_KEPT)
    assert kept("notifier", "deliveries") == timedelta(days=400)
    with pytest.raises(LookupError):
        kept("registry", "filings")


def test_the_handbook_says_the_same() -> None:
    text = (Path(__file__).resolve().parents[2] / "docs/privacy.md").read_text(encoding="utf-8")
    for rule in policy():
        assert f"| {rule.database} | `{rule.collection}` |" in text
        assert rule.then in text
        assert rule.days is None or f"{rule.days} days" in text


class Account(BaseModel):
    id: str
    name: Personal
    phone: Personal | None = None
    otp: Secret | None = None
    codes: tuple[Secret, ...] = ()


def test_blanking_leaves_nothing_secret_or_personal() -> None:
    account = Account(id="p-1", name=Personal("李四"), phone=Personal("1"), codes=(Secret("a"),))
    blank = account.model_copy(update=blanked(account))
    assert blank == Account(id="p-1", name=Personal(""))


def delivery(state: DeliveryState) -> Delivery:
    attempt = Attempt(started_at=NOW, ended_at=NOW, outcome="450 <li@zz.example> later")
    return Delivery(
        about="n-1",
        kind=Kind.ISSUED,
        channel="mail",
        created_at=NOW,
        recipient=recipient(),
        state=state,
        settled_at=None if state is DeliveryState.WAITING else NOW,
        why="450 <li@zz.example> later",
        attempts=(attempt,),
    )


def test_a_forgotten_delivery_says_that_it_was_made_and_how_it_ended_and_not_to_whom() -> None:
    was = delivery(DeliveryState.DELIVERED)
    after = forget(was, "某人", NOW + timedelta(days=400))
    assert "li@zz" not in after.model_dump_json()
    assert "李四" not in after.model_dump_json()
    assert (after.state, after.settled_at, after.why, after.about) == (was.state, NOW, FORGOTTEN, "n-1")
    assert after.attempts[0].started_at == NOW
    assert forget(after, "某人", NOW) == after


def test_one_that_waits_is_not_sent_any_more() -> None:
    now = datetime(2026, 12, 1, tzinfo=UTC)
    after = forget(delivery(DeliveryState.WAITING), "某人", now)
    assert (after.state, after.settled_at, after.next_at, after.message) == (DeliveryState.SUPERSEDED, now, None, None)


def test_the_acts_of_one_person_keep_a_pseudonym_and_those_of_a_namesake_stay() -> None:
    issued = signed(case(), None, "service:notifier")
    received = receive(issued, by="李四", now=NOW)
    assert isinstance(received, Done)
    mine = signed(received.case, issued, "person:p-1")
    replied = reply(mine, by="李四", actor="person:p-2", measures="已改", done_on=NOW.date(), now=NOW)
    assert isinstance(replied, Done)
    both = signed(replied.case, mine, "person:p-2")
    assert [one.actor for one in both.history] == ["service:notifier", "person:p-1", "person:p-2"]
    after = forget_case(both, "person:p-1", pseudonym("p-1"))
    assert [one.by for one in after.history] == ["系统", pseudonym("p-1"), "李四"]
    assert forget_case(after, "person:p-2", "某人").replies[0].by == "某人"

    filed = submit(step=step("person:p-1"))
    assert [one.name for one in registry.forget(filed, "person:p-1", "某人").steps] == ["某人"]
    assert registry.forget(filed, "person:p-9", "某人") == filed
