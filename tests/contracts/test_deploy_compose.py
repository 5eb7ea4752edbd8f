"""`docker compose up`: the file is one that compose reads, names our commands, and gives nobody more than they need."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from services.__main__ import main
from services.catalog import SERVICES
from shared.settings import variables

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
OURS = {*SERVICES, "keys", "streams"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """docker-compose.yml as compose itself resolves it; an unknown key is an error."""
    done = subprocess.run(
        [BIN / "docker-compose", "config", "--format", "json"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    resolved: dict[str, Any] = json.loads(done.stdout)
    return resolved


def test_every_container_is_confined(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert service["read_only"], name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert "cap_add" not in service, name
        assert not service.get("privileged"), name


def test_the_commands_exist(compose: dict[str, Any]) -> None:
    for name in {*SERVICES, "streams"}:
        assert main([*compose["services"][name]["command"], "--help"]) == 0
    assert {name: compose["services"][name]["command"] for name in SERVICES} == {name: [name] for name in SERVICES}
    assert compose["services"]["streams"]["command"] == ["streams", "apply"]


def test_our_containers_read_settings_that_exist(compose: dict[str, Any]) -> None:
    known = variables() | {"FORWARDED_ALLOW_IPS"}
    for name in OURS:
        assert set(compose["services"][name]["environment"]) <= known, name


def test_only_the_origin_can_be_reached_and_only_from_this_host(compose: dict[str, Any]) -> None:
    published = {name: service["ports"] for name, service in compose["services"].items() if service.get("ports")}
    assert published.keys() == {"origin"}
    assert {port["host_ip"] for port in published["origin"]} == {"127.0.0.1"}
    assert compose["networks"]["inside"]["internal"]
    outside = {name for name, service in compose["services"].items() if "outside" in service.get("networks", {})}
    assert outside == {"origin", "prober", "notifier"}


def test_nobody_starts_before_what_it_needs_is_ready(compose: dict[str, Any]) -> None:
    services = compose["services"]
    gates = {
        (name, needed): how["condition"]
        for name, service in services.items()
        for needed, how in service.get("depends_on", {}).items()
    }
    assert {gates[name, "streams"] for name in SERVICES} == {"service_completed_successfully"}
    assert gates["streams", "nats"] == gates["streams", "mongo"] == "service_healthy"
    assert gates["nats", "keys"] == "service_completed_successfully"
    assert {gates["origin", name] for name in SERVICES} == {"service_healthy"}
    assert {"healthcheck"} <= services["nats"].keys() & services["mongo"].keys()


def test_each_has_its_own_key_and_no_other(compose: dict[str, Any]) -> None:
    for name in {*SERVICES, "streams"}:
        settings = compose["services"][name]["environment"]
        assert settings["GOVWATCH_NATS_SEED_FILE"] == "/run/secrets/seed"
        assert settings["GOVWATCH_NATS_CA"] == "/run/secrets/ca.pem"
        mounted = {mount["source"]: mount for mount in compose["services"][name]["volumes"]}
        key = f"key-{'admin' if name == 'streams' else name}"
        assert {source for source in mounted if source.startswith("key")} == {key}
        assert mounted[key]["target"] == "/run/secrets"
        assert mounted[key]["read_only"]


def test_the_keys_are_made_once_and_the_bus_takes_them(tmp_path: Path) -> None:
    """The real script with the real command, and the real server reads what they wrote."""
    users = ("admin", *SERVICES)
    for folder in ("bus", *users):
        (tmp_path / folder).mkdir()
    environment = {
        **os.environ,
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "GOVWATCH_DATA_DIR": str(tmp_path / "all"),
    }

    def make() -> dict[str, str]:
        script = ["/bin/sh", str(ROOT / "deploy/compose/keys.sh"), str(tmp_path)]
        subprocess.run(script, env=environment, cwd=tmp_path, check=True, capture_output=True)
        sealing = (tmp_path / "registry" / "govwatch_identity_key").read_text().strip()
        return {"sealing": sealing, **{user: (tmp_path / user / "seed").read_text() for user in users}}

    first = make()
    assert len(set(first.values())) == len(users) + 1
    assert all(first[user].startswith("SU") for user in users)
    assert len(first["sealing"]) == 44
    authority = (tmp_path / "registry" / "ca.pem").read_bytes()
    assert make() == first
    assert {(tmp_path / user / "ca.pem").read_bytes() for user in users} == {authority}
    assert not any((tmp_path / user / "server.key").exists() for user in users)
    config = (ROOT / "deploy/compose/nats.conf").read_text().replace("/etc/nats/bus/", f"{tmp_path}/bus/")
    (tmp_path / "nats.conf").write_text(config)
    subprocess.run([BIN / "nats-server", "-t", "-c", tmp_path / "nats.conf"], check=True, capture_output=True)


def test_the_origin_sends_each_page_to_the_service_it_belongs_to() -> None:
    config = (ROOT / "deploy/compose/nginx.conf").read_text()
    block = re.search(r"map \$uri \$service \{(.*?)\}", config, re.DOTALL)
    assert block
    routes = [line.split() for line in block[1].replace(";", "").strip().splitlines()]
    table = [(re.compile(pattern.removeprefix("~")), service) for pattern, service in routes if pattern != "default"]
    default = dict(routes)["default"]

    def owner(path: str) -> str:
        return next((service for pattern, service in table if pattern.match(path)), default)

    for name in SERVICES:
        assert owner(f"/{name}/x") == owner(f"/{name}") == name
    assert owner("/") == owner("/sign-in") == owner("/probers") == "registry"
    assert re.search(r"location ~ \^/\(livez\|readyz\|metrics\)\$ \{\s+return 404;", config)
