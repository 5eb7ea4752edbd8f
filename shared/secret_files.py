"""Secrets in files: each setting that is one may be ``GOVWATCH_<NAME>_FILE``, or a file in a directory of them.

The directory is what Kubernetes and compose mount. A file that is named and cannot be used stops the program: a
service that goes on without the password it was given would be one that nobody notices.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

PREFIX = "govwatch_"
LONGEST = 100_000


class NoSecret(ValueError):  # noqa: N818 - it reads as what happened
    """A setting names a file that gives no secret; the message names the setting and never says what is in the file."""


class SecretFiles(PydanticBaseSettingsSource):
    """The secrets of ``settings_cls`` that are in files, as the environment and ``.env`` name them."""

    def __init__(self, settings_cls: type[BaseSettings], *given: PydanticBaseSettingsSource) -> None:
        super().__init__(settings_cls)
        self._given: dict[str, str] = {}
        for source in reversed(given):
            self._given |= {key.lower(): value for key, value in _variables(source).items() if value}

    def __call__(self) -> dict[str, Any]:
        """The secrets, by the name of their setting. Raises NoSecret."""
        directory = self._directory()
        found = {}
        for name, field in self.settings_cls.model_fields.items():
            secret = self._secret(name, directory) if field.annotation is SecretStr else None
            if secret is not None:
                found[name] = secret
        return found

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Not asked for: all are read together."""
        raise NotImplementedError(f"{field_name}: {field}")

    def _directory(self) -> Path | None:
        key = f"{PREFIX}secrets_dir"
        directory = Path(self._given.get(key) or self.settings_cls.model_fields["secrets_dir"].default)
        if directory.is_dir():
            return directory
        if key in self._given:
            raise NoSecret(f"{key.upper()}: there is no directory {directory}")
        return None

    def _secret(self, name: str, directory: Path | None) -> str | None:
        key = PREFIX + name
        plain, named = key in self._given, self._given.get(f"{key}_file")
        if named:
            if plain:
                raise NoSecret(f"{key.upper()} and {key.upper()}_FILE are both set: keep one of them")
            return _read(Path(named), f"{key.upper()}_FILE")
        if directory is None or plain or not (directory / key).exists():
            return None
        return _read(directory / key, key.upper())


def _read(path: Path, setting: str) -> str:
    try:
        with path.open("rb") as file:
            text = file.read(LONGEST + 1).decode()
    except FileNotFoundError:
        raise NoSecret(f"{setting}: there is no file {path}") from None
    except OSError as error:
        raise NoSecret(f"{setting}: the file {path} cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise NoSecret(f"{setting}: the file {path} is no text") from None
    secret = text.strip()
    if not secret:
        raise NoSecret(f"{setting}: the file {path} is empty")
    if len(text) > LONGEST:
        raise NoSecret(f"{setting}: the file {path} is far too long for a secret")
    return secret


def _variables(source: PydanticBaseSettingsSource) -> Mapping[str, str | None]:
    variables: Mapping[str, str | None] = getattr(source, "env_vars", {})
    return variables
