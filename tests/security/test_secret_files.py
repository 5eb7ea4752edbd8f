"""A secret setting may be a file; one that is named and cannot be used is told by the name of its setting."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from pydantic import SecretStr

from services.__main__ import USAGE, main
from shared.secret_files import NoSecret
from shared.settings import Settings, env_example

SECRETS = [name for name, info in Settings.model_fields.items() if info.annotation is SecretStr]


@pytest.fixture(autouse=True)
def _nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.upper().startswith("GOVWATCH_"):
            monkeypatch.delenv(name)


def given(monkeypatch: pytest.MonkeyPatch, variables: Mapping[str, str]) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


def secret(settings: Settings, name: str) -> str:
    kept: SecretStr = getattr(settings, name)
    return kept.get_secret_value()


def test_there_are_some() -> None:
    assert {"nats_seed", "mongo_url", "smtp_password"} <= set(SECRETS)


@pytest.mark.parametrize("name", SECRETS)
def test_each_may_be_a_named_file(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "it").write_text("geheim 1\r\n", encoding="utf-8")
    given(monkeypatch, {f"GOVWATCH_{name.upper()}_FILE": str(tmp_path / "it")})
    assert secret(Settings(), name) == "geheim 1"
    assert f"GOVWATCH_{name.upper()}_FILE=" in env_example()


@pytest.mark.parametrize("name", SECRETS)
def test_each_may_lie_in_a_directory_as_kubernetes_mounts_it(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "..2026").mkdir()
    (tmp_path / "..2026" / f"govwatch_{name}").write_text("geheim\n", encoding="utf-8")
    (tmp_path / "..data").symlink_to("..2026")
    (tmp_path / f"govwatch_{name}").symlink_to(f"..data/govwatch_{name}")
    given(monkeypatch, {"GOVWATCH_SECRETS_DIR": str(tmp_path), f"GOVWATCH_{name.upper()}": ""})
    assert secret(Settings(), name) == "geheim"


def test_a_file_may_be_named_in_the_dotenv_file(tmp_path: Path) -> None:
    (tmp_path / "it").write_text("geheim", encoding="utf-8")
    (tmp_path / ".env").write_text("GOVWATCH_SMTP_PASSWORD_FILE=it\nGOVWATCH_SMTP_HOST=relay\n", encoding="utf-8")
    settings = Settings()
    assert (secret(settings, "smtp_password"), settings.smtp_host) == ("geheim", "relay")


def test_what_is_said_in_the_environment_counts_before_the_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "govwatch_smtp_password").write_text("of the directory", encoding="utf-8")
    given(monkeypatch, {"GOVWATCH_SECRETS_DIR": str(tmp_path), "GOVWATCH_SMTP_PASSWORD": "of the environment"})
    assert secret(Settings(), "smtp_password") == "of the environment"
    assert secret(Settings(smtp_password=SecretStr("of the code")), "smtp_password") == "of the code"


def test_without_any_file_there_is_nothing() -> None:
    assert {secret(Settings(), name) for name in SECRETS} == {""}


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"GOVWATCH_SMTP_PASSWORD_FILE": "nowhere"}, "GOVWATCH_SMTP_PASSWORD_FILE: there is no file nowhere"),
        ({"GOVWATCH_MONGO_URL_FILE": "folder"}, "GOVWATCH_MONGO_URL_FILE: the file folder cannot be read ("),
        ({"GOVWATCH_NATS_SEED_FILE": "empty"}, "GOVWATCH_NATS_SEED_FILE: the file empty is empty"),
        ({"GOVWATCH_NATS_SEED_FILE": "binary"}, "GOVWATCH_NATS_SEED_FILE: the file binary is no text"),
        ({"GOVWATCH_NATS_SEED_FILE": "long"}, "GOVWATCH_NATS_SEED_FILE: the file long is far too long"),
        (
            {"GOVWATCH_NATS_SEED_FILE": "good", "GOVWATCH_NATS_SEED": "SUAB"},
            "GOVWATCH_NATS_SEED and GOVWATCH_NATS_SEED_FILE are both set",
        ),
        ({"GOVWATCH_SECRETS_DIR": "nowhere"}, "GOVWATCH_SECRETS_DIR: there is no directory nowhere"),
        ({"GOVWATCH_SECRETS_DIR": "folder"}, "GOVWATCH_MONGO_URL: the file folder/govwatch_mongo_url is empty"),
    ],
)
def test_one_that_cannot_be_used_stops_the_program_and_names_the_setting(
    variables: Mapping[str, str],
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/govwatch_mongo_url").touch()
    (tmp_path / "empty").write_text(" \n", encoding="utf-8")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    (tmp_path / "long").write_text("x" * 200_000, encoding="utf-8")
    (tmp_path / "good").write_text("SUAC", encoding="utf-8")
    given(monkeypatch, variables)
    with pytest.raises(NoSecret) as problem:
        Settings()
    assert str(problem.value).startswith(told)
    assert main(["registry"]) == USAGE
    said = capsys.readouterr().err
    assert said.startswith(f"govwatch registry: {told}")
    assert "SUA" not in said.replace("both set", "")


def test_a_wrong_setting_is_told_without_what_the_others_say(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given(monkeypatch, {"GOVWATCH_SMTP_PASSWORD": "geheim", "GOVWATCH_HTTP_PORT": "none of your business"})
    assert main(["registry"]) == USAGE
    said = capsys.readouterr().err
    assert "GOVWATCH_HTTP_PORT: " in said
    assert "geheim" not in said
    assert "geheim" not in repr(Settings(http_port=1))
