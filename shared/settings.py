"""Every setting, once. Read from the environment (``GOVWATCH_…``) and a ``.env`` file; secrets from files as well."""

from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from shared.secret_files import SecretFiles

ISSUER = r"^(|https://[^\s?#]+|http://(127\.0\.0\.1|localhost)(:\d+)?(/[^\s?#]*)?)$"
"""OpenID Connect Discovery 1.0 (3): https, without query and fragment. Plain http on this very machine only."""
HEADER = """\
# Settings of govwatch. This file is generated from shared/settings.py; a test keeps it true.
# Every line shows the default. A secret is better kept in a file: GOVWATCH_<NAME>_FILE names it, or it lies in the
# directory of secrets as govwatch_<name>.
"""


class Settings(BaseSettings):
    """Settings of one installation; the four services read the same ones."""

    model_config = SettingsConfigDict(
        env_prefix="GOVWATCH_",
        env_file=".env",
        extra="ignore",
        hide_input_in_errors=True,
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - ours takes its place
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is given in code, then secrets in files, then the environment, then ``.env``."""
        return init_settings, SecretFiles(settings_cls, env_settings, dotenv_settings), env_settings, dotenv_settings

    # where things are
    data_dir: Path = Field(Path("var"), description="Where the embedded servers and generated keys live")
    secrets_dir: Path = Field(Path("/run/secrets"), description="A directory that may hold a file for each secret")
    nats_url: str = Field("", description="nats://host:port; empty: an embedded nats-server")
    nats_seed: SecretStr = Field(SecretStr(""), description="The nkey seed of this service; embedded: generated")
    nats_seed_file: Path | None = Field(
        None, description="A file with the nkey seed, read again when it changes: a key is replaced without a restart"
    )
    nats_ca: Path | None = Field(
        None, description="Certificate authority (PEM file) of the nats-server; set: TLS from the first byte, verified"
    )
    mongo_url: SecretStr = Field(SecretStr(""), description="mongodb://…; empty: an embedded mongod")
    mongo_prefix: str = Field("govwatch", description="Databases are called <prefix>_<service>")
    embedded_nats_port: int = Field(14222, description="Port of the embedded nats-server")
    embedded_nats_tls: bool = Field(
        False, description="The embedded nats-server speaks TLS, with an authority made for it"
    )
    embedded_mongo_port: int = Field(14017, description="Port of the embedded mongod")

    # what is served
    http_host: str = Field("127.0.0.1", description="Address the pages and the API listen on")
    http_port: int = Field(8000, description="Port of `govwatch all`; a single service listens there too")
    public_url: str = Field("", description="How people reach the pages, for links in mails; empty: host and port")
    cookie_secure: bool = Field(False, description="true wherever the pages are served over HTTPS")
    rate_factor: float = Field(
        1.0, ge=0, description="Multiplies the limits on requests a minute (docs/operating.md); 0: no limits"
    )
    upload_megabytes: int = Field(15, ge=1, le=15, description="Size of a list that people may send on a page")
    session_hours: int = Field(8, ge=1, le=168, description="How long a sign-in lasts")

    # who signs in
    identity_key: SecretStr = Field(
        SecretStr(""),
        description="Seals secrets of second steps; empty: generated under data_dir; same for all replicas",
    )
    oidc_issuer: str = Field(
        "", description="OpenID Connect provider people may sign in through, https://…; empty: none", pattern=ISSUER
    )
    oidc_client_id: str = Field("", description="What the provider calls this installation")
    oidc_client_secret: SecretStr = Field(SecretStr(""), description="For the provider; empty: a public client (PKCE)")

    # looking
    vantage: str = Field("main", description="Name of the place this prober looks from")
    visit_interval: int = Field(
        3600, description="Seconds between two visits: 5, 10, 15, 20, 30, 60, 300, 600, 900, 1800 or 3600"
    )
    content_interval: int = Field(
        86_400,
        description="Seconds between two readings of a website's columns: as above, 21600, 43200, 86400 or 604800",
    )
    links_interval: int = Field(604_800, description="Seconds between two trials of the links of a home page: likewise")
    column_pages: int = Field(20, ge=0, le=500, description="Columns read of a website at most")
    links_tried: int = Field(300, ge=0, le=5000, description="Links tried of a home page at most, else drawn by lot")
    polite_pause: float = Field(0.5, ge=0, description="Seconds between two requests to one host while following links")
    chromium: str = Field(
        "", description="Path of a Chromium (with the extra headless) for marks that only scripts show; empty: unknown"
    )
    visit_workers: int = Field(64, ge=1, le=128, description="Visits under way at once")
    second_look_after: float = Field(5.0, ge=0, description="Seconds before the confirming look")
    canaries: list[str] = Field(
        default_factory=lambda: ["https://www.gov.cn/"],
        description="Pages that answer when we ourselves are online (a JSON list)",
    )
    egress_allow: list[str] = Field(
        default_factory=list, description="Private networks (CIDR) that may be visited, a JSON list"
    )
    egress_extranets: list[str] = Field(
        default_factory=list,
        description="Private networks (CIDR) of which administrators may open parts for their region, a JSON list",
    )
    egress_resolver: str = Field("", description="Name server as ip:port; empty: the system's")

    # judging
    ruleset_dir: Path | None = Field(None, description="A directory with further rulesets (*.yaml)")

    # telling
    notice_working_days: int = Field(10, ge=1, description="Working days to put something right, unless the rule says")
    smtp_host: str = Field("127.0.0.1", description="Mail relay")
    smtp_port: int = Field(25, description="Mail relay")
    smtp_from: str = Field("govwatch@localhost.localdomain", description="Sender of notices")
    smtp_user: str = Field("", description="Mail relay; empty: no sign-in")
    smtp_password: SecretStr = Field(SecretStr(""), description="Mail relay")
    smtp_tls: bool = Field(False, description="STARTTLS with the mail relay is required")

    # being seen
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR")
    otlp_endpoint: str = Field("", description="OpenTelemetry collector (OTLP over HTTP); empty: traces stay here")

    # practising
    demo: bool = Field(False, description="Practice installation: known passwords, said on the sign-in page")
    demo_hint: str = Field("", description="What the sign-in page of a practice installation says")

    def with_embedded(self) -> "Settings":
        """These settings with the addresses of the embedded servers where none are given."""
        update: dict[str, Any] = {}
        if not self.nats_url:
            update["nats_url"] = f"nats://127.0.0.1:{self.embedded_nats_port}"
            if self.embedded_nats_tls:
                update["nats_ca"] = self.data_dir / "nats" / "tls" / "ca.pem"
        if not self.mongo_url.get_secret_value():
            update["mongo_url"] = SecretStr(f"mongodb://127.0.0.1:{self.embedded_mongo_port}/?replicaSet=rs0")
        return self.model_copy(update=update)

    @property
    def origin(self) -> str:
        """How people reach the pages, without a final slash."""
        return (self.public_url or f"http://{self.http_host}:{self.http_port}").rstrip("/")


def env_example() -> str:
    """The text of ``.env.example``."""
    lines = [HEADER]
    for name, info in Settings.model_fields.items():
        default = _shown(info.get_default(call_default_factory=True))
        key = f"GOVWATCH_{name.upper()}"
        own_file = f"{name}_file" in Settings.model_fields
        file = f"#{key}_FILE=\n" if info.annotation is SecretStr and not own_file else ""
        lines.append(f"# {info.description}\n#{key}={default}\n{file}")
    return "\n".join(lines)


def variables() -> frozenset[str]:
    """Every variable of the environment that is read."""
    fields = Settings.model_fields.items()
    files = {f"GOVWATCH_{name.upper()}_FILE" for name, info in fields if info.annotation is SecretStr}
    return frozenset(files | {f"GOVWATCH_{name.upper()}" for name, _ in fields})


def _shown(default: Any) -> str:
    if isinstance(default, SecretStr) or default is None:
        return ""
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, list):
        return "[" + ", ".join(f'"{item}"' for item in default) + "]"
    return str(default)
