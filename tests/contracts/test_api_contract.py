"""The API as it describes itself, tried by schemathesis: no 5xx, no answer that the description does not allow.

What a description cannot say (which cursor a list gave, which filing a rule allows, which version is the last) is
refused with 412 or 422 and a sentence; everything else that is valid must be taken, and what is not must be refused.
A NUL is never taken, anywhere (400): ``tests/security/test_inbound.py``.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import Status, events, from_schema

from services.catalog import SERVICES
from tests.contracts.serving import ABOUT, City, served
from tests.security.matrix_rules import Persona

SEED = 1
LEAST = 30
BRIEF = ("coverage", "fuzzing")
WHOLE = ("examples", *BRIEF, "stateful")
TAKEN_OR_TOLD = ["412", "422"]
OPENED_BY_PEOPLE = ("prober",)
"""Who opens evidence without being signed in is led to sign in (303), as on a page, where a program expects 401."""
TRIED = (
    ("registry", Persona.UNIT_ADMINISTRATOR, "."),
    ("registry", Persona.APPROVER, "/(filings|exemptions)/"),
    ("registry", Persona.ADMINISTRATOR, "/(networks|regions|units)"),
    ("registry", Persona.INSPECTOR, "/clues"),
    ("prober", Persona.APPROVER, "."),
    ("scorer", Persona.UNIT_ADMINISTRATOR, "."),
    ("notifier", Persona.UNIT_ADMINISTRATOR, "."),
    ("notifier", Persona.REVIEWER, "/review"),
)
"""Which service is tried as whom, on the paths that hold the pattern."""
EVERYBODY = [(service, who) for service in SERVICES for who in Persona if who is not Persona.NOBODY]


@pytest.fixture(scope="module")
def city(mongo_url: str) -> Iterator[City]:
    """The services with their people and things."""
    with served(mongo_url) as city:
        yield city


@pytest.mark.parametrize(("service", "who", "paths"), TRIED)
def test_every_answer_is_one_the_description_allows(city: City, service: str, who: Persona, paths: str) -> None:
    tried = Tried()
    tried.run(described(city, service, who, examples=2, phases=BRIEF).include(path_regex=paths))
    assert tried.counted.total() > LEAST
    assert not tried.faults, tried


@pytest.mark.experiment
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(("service", "who"), EVERYBODY)
def test_every_answer_is_one_the_description_allows_at_length(city: City, service: str, who: Persona) -> None:
    tried = Tried()
    tried.run(described(city, service, who, examples=100, phases=WHOLE))
    assert not tried.faults, tried


class Tried:
    """What was tried, by phase, and what was wrong, each fault once."""

    def __init__(self) -> None:
        self.counted: Counter[str] = Counter()
        self.faults: dict[str, str] = {}

    def __repr__(self) -> str:
        return "\n\n".join(f"{what}\n{why}" for what, why in self.faults.items())

    def run(self, schema: Any) -> None:
        """Try everything ``schema`` describes."""
        for event in from_schema(schema).execute():
            match event:
                case events.ScenarioFinished():
                    self._scenario(event)
                case events.NonFatalError():
                    self.faults[event.label] = repr(event.value)
                case events.FatalError():
                    self.faults["the trial broke"] = repr(event.exception)

    def _scenario(self, event: events.ScenarioFinished) -> None:
        self.counted[event.phase.name] += len(event.recorder.cases)
        for check in (check for checks in event.recorder.checks.values() for check in checks):
            if check.status is Status.FAILURE and check.failure_info is not None:
                failure = check.failure_info.failure
                what = f"{event.recorder.label}: {failure.title}"
                self.faults.setdefault(what, f"{failure.message}\n{check.failure_info.code_sample}")


def described(city: City, service: str, who: Persona, *, examples: int, phases: Sequence[str]) -> Any:
    """The description of one service, to be tried with the token of one person; paths name what is there."""
    url = f"{city.urls[service]}/{service}/api/openapi.json"
    schema = schemathesis.openapi.from_url(url, config=SchemathesisConfig(seed=SEED))
    settings = schema.config
    settings.headers = {"Authorization": f"Bearer {city.tokens[who]}"}
    settings.generation.update(max_examples=examples, deterministic=True, database="none", allow_x00=False)
    settings.phases.update(phases=list(phases))
    settings.phases.coverage.unexpected_methods = {"put"}
    settings.checks.positive_data_acceptance.expected_statuses += TAKEN_OR_TOLD
    settings.checks.missing_required_header.enabled = service not in OPENED_BY_PEOPLE

    @schema.hook
    def map_path_parameters(context: Any, path_parameters: dict[str, Any] | None) -> dict[str, Any] | None:
        if path_parameters and context.operation.path in ABOUT:
            made = city.named(context.operation.path)
            return {name: getattr(made, name) for name in path_parameters}
        return path_parameters

    return schema
