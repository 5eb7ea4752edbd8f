"""``govwatch admin``: what an operator types and what that does."""

import argparse
import io
import sys
from urllib.parse import urlsplit

import pytest
from pydantic import SecretStr

from services.commands import admin
from shared.documents import Database
from shared.embedded import CannotStart
from shared.identity import Identity, SignInRefused
from shared.settings import Settings

PASSWORD = "correct horse battery"
CREATE = ["create", "wang", "--name", "王管理", "--email", "wang@example.gov.cn"]


class Operator:
    """Types commands at one installation."""

    def __init__(self, mongo_url: str, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        self.settings = Settings(mongo_url=SecretStr(mongo_url), mongo_prefix=database.name)
        self.identity = Identity(database.client.database(f"{database.name}_identity"), self.settings)
        self._monkeypatch = monkeypatch

    async def types(self, *words: str, stdin: str = "") -> int:
        parser = argparse.ArgumentParser()
        admin.add(parser.add_subparsers())
        self._monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        parsed = parser.parse_args(["admin", *words])
        code: int = await parsed.run(parsed, self.settings)
        return code


@pytest.fixture
async def operator(mongo_url: str, database: Database, monkeypatch: pytest.MonkeyPatch) -> Operator:
    return Operator(mongo_url, database, monkeypatch)


@pytest.fixture(autouse=True)
async def _no_traces(database: Database) -> object:
    yield
    await database.client.drop(f"{database.name}_identity")


async def test_a_person_is_made_with_a_password_from_standard_input(
    operator: Operator, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await operator.types(*CREATE, "--role", "inspector", "--region", "41.01", stdin=PASSWORD + "\n") == 0
    session = await operator.identity.sign_in("wang", PASSWORD)
    person = await operator.identity.person_of_session(session)
    assert person is not None
    assert [(grant.role, grant.region) for grant in person.grants] == [("inspector", "41.01")]
    assert PASSWORD not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "stdin", "says"),
    [
        (["--role", "inspector", "--region", "41.01"], "short\n", "12 characters at least"),
        (["--role", "inspector", "--region", "41.01"], "", "12 characters at least"),
        (["--role", "inspector", "--unit", "u-1"], PASSWORD, "over one region"),
        (["--role", "unit_administrator", "--region", "41"], PASSWORD, "over one unit"),
        (["--role", "inspector", "--region", "4101"], PASSWORD, "pattern"),
    ],
)
async def test_what_cannot_be_is_told_in_a_sentence_and_nothing_is_made(
    operator: Operator, capsys: pytest.CaptureFixture[str], words: list[str], stdin: str, says: str
) -> None:
    assert await operator.types(*CREATE, *words, stdin=stdin) != 0
    assert says in capsys.readouterr().err
    assert await operator.identity.people() == []


async def test_the_embedded_mongod_of_a_running_installation_is_found(operator: Operator, mongo_url: str) -> None:
    port = urlsplit(mongo_url).port
    operator.settings = operator.settings.model_copy(update={"mongo_url": SecretStr(""), "embedded_mongo_port": port})
    operator.settings = operator.settings.with_embedded()
    assert await operator.types(*CREATE, "--role", "inspector", "--region", "41", stdin=PASSWORD) == 0
    assert [person.login for person in await operator.identity.people()] == ["wang"]


async def test_a_mongod_that_is_away_is_told_in_a_sentence(operator: Operator) -> None:
    operator.settings = operator.settings.model_copy(
        update={"mongo_url": SecretStr("mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=50")}
    )
    with pytest.raises(CannotStart, match="MongoDB does not answer"):
        await operator.types("list")


def test_a_password_has_no_place_on_the_command_line() -> None:
    parser = argparse.ArgumentParser()
    admin.add(parser.add_subparsers())
    with pytest.raises(SystemExit):
        parser.parse_args(["admin", *CREATE, "--role", "inspector", "--region", "41", "--password", PASSWORD])


async def test_a_token_is_printed_once_and_works(operator: Operator, capsys: pytest.CaptureFixture[str]) -> None:
    await operator.types(*CREATE, "--role", "unit_administrator", "--unit", "u-1", stdin=PASSWORD)
    capsys.readouterr()
    assert await operator.types("token", "wang", "--days", "30") == 0
    token = capsys.readouterr().out.strip()
    person = await operator.identity.person_of_token(token)
    assert person is not None
    assert await operator.types("list") == 0
    listed = capsys.readouterr().out
    assert listed.split("\t")[:2] == ["wang", "王管理"]
    assert "unit_administrator of u-1" in listed
    assert token not in listed
    assert await operator.types("revoke", "wang") == 0
    assert await operator.identity.person_of_token(token) is None


async def test_a_forgotten_password_is_replaced_and_a_person_who_left_is_ended(operator: Operator) -> None:
    await operator.types(*CREATE, "--role", "auditor", "--region", "", stdin=PASSWORD)
    assert await operator.types("password", "wang", stdin="a better one indeed") == 0
    assert await operator.identity.sign_in("wang", "a better one indeed")
    assert await operator.types("end", "wang") == 0
    with pytest.raises(SignInRefused):
        await operator.identity.sign_in("wang", "a better one indeed")


@pytest.mark.parametrize(
    "words", [["password", "nobody"], ["token", "nobody", "--days", "1"], ["revoke", "nobody"], ["end", "nobody"]]
)
async def test_an_unknown_login_is_told(
    operator: Operator, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    assert await operator.types(*words, stdin=PASSWORD) == 1
    assert "nobody has the login nobody" in capsys.readouterr().err
