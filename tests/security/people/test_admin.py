"""``govwatch admin``: first passwords, grants, narrowed tokens and the provider, as an operator types them."""

import argparse
import io
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from services.commands import admin
from shared.documents import Database
from shared.identity import Identity, Role
from shared.settings import Settings

PASSWORD = "correct horse battery"
WANG = ["create", "wang", "--name", "王管理", "--email", "wang@x", "--role", "inspector", "--region", "41.01"]
ISSUER = "https://id.example.gov.cn"


class Operator:
    """Types commands at one installation, and reads what they say."""

    def __init__(self, settings: Settings, identity: Identity, capsys: pytest.CaptureFixture[str]) -> None:
        self.settings = settings
        self.identity = identity
        self._capsys = capsys

    async def types(self, *words: str) -> str:
        """What the command says; an exit code that is not 0 comes first."""
        parser = argparse.ArgumentParser()
        admin.add(parser.add_subparsers())
        parsed = parser.parse_args(["admin", *words])
        code: int = await parsed.run(parsed, self.settings)
        said = self._capsys.readouterr()
        return f"{code} {said.err}" if code else said.out


@pytest.fixture
async def operator(
    mongo_url: str,
    database: Database,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Operator]:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{PASSWORD}\n"))
    settings = Settings(
        data_dir=tmp_path, mongo_url=SecretStr(mongo_url), mongo_prefix=database.name, oidc_issuer=ISSUER
    )
    identity = Identity(database.client.database(f"{database.name}_identity"), settings)
    operator = Operator(settings, identity, capsys)
    await operator.types(*WANG)
    yield operator
    await database.client.drop(f"{database.name}_identity")


async def test_a_password_taken_or_made_by_an_operator_is_a_first_one(operator: Operator) -> None:
    said = await operator.types("create", "li", "--generate", *WANG[2:])
    password = said.splitlines()[-1].removeprefix("first password: ")
    for login, known in (("wang", PASSWORD), ("li", password)):
        person = await operator.identity.person_of_session(await operator.identity.sign_in(login, known))
        assert person is not None
        assert person.password_due
    other = (await operator.types("password", "li", "--generate")).splitlines()[-1].removeprefix("first password: ")
    assert other != password
    assert await operator.identity.sign_in("li", other)
    assert "first, to be changed" in await operator.types("person", "li")


async def test_grants_are_given_for_a_while_and_ended(operator: Operator) -> None:
    said = await operator.types("grant", "wang", "--role", "approver", "--region", "41.02", "--until", "2099-06-30")
    assert said.splitlines()[-1] == "wang is approver of 41.02 until 2099-06-30"
    assert "hold this grant already" in await operator.types("grant", "wang", "--role", "approver", "--region", "41.02")
    await operator.types("ungrant", "wang", "--role", "inspector", "--region", "41.01")
    (person,) = await operator.identity.people()
    assert [(grant.role, grant.region) for grant in person.grants] == [(Role.APPROVER, "41.02")]
    assert "do not hold" in await operator.types("ungrant", "wang", "--role", "inspector", "--region", "41.01")
    assert "over one unit" in await operator.types("grant", "wang", "--role", "unit_administrator", "--region", "41")
    with pytest.raises(SystemExit):
        await operator.types("grant", "wang", "--role", "approver", "--region", "41", "--until", "tomorrow")


async def test_a_token_is_narrowed_as_asked_and_never_widened(operator: Operator) -> None:
    narrow = ["token", "wang", "--days", "30", "--for", "大屏", "--role", "inspector", "--under", "41.01.05"]
    person = await operator.identity.person_of_token((await operator.types(*narrow)).strip())
    assert person is not None
    assert [(grant.role, grant.region) for grant in person.grants] == [(Role.INSPECTOR, "41.01.05")]
    assert "大屏" in await operator.types("person", "wang")
    assert (await operator.types(*narrow[:-1], "41")).startswith("64 govwatch admin: a token is for no region")
    assert (await operator.types(*narrow, "--role", "auditor")).startswith("64 govwatch admin: a token has no role")


async def test_somebody_is_linked_to_the_provider_and_unlinked(operator: Operator) -> None:
    assert f"provider\tu-1 of {ISSUER}" in await operator.types("person", "wang", "--oidc-subject", "u-1")
    await operator.types("create", "li", "--generate", *WANG[2:])
    assert "linked to a person already" in await operator.types("person", "li", "--oidc-subject", "u-1")
    assert "provider\tno" in await operator.types("person", "wang", "--no-oidc")
    operator.settings = operator.settings.model_copy(update={"oidc_issuer": ""})
    assert "set GOVWATCH_OIDC_ISSUER" in await operator.types("person", "wang", "--oidc-subject", "u-1")


async def test_a_lost_telephone_is_taken_off(operator: Operator) -> None:
    person = (await operator.identity.people())[0]
    await operator.identity.second_steps.begin(person)
    await operator.types("person", "wang", "--no-second-step")
    assert await operator.identity.second_steps.begun(person) is None
