"""What compose and Kubernetes are told to keep apart: who may reach the bus, the database and the Internet, as whom."""

import ipaddress
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from uvicorn.middleware.proxy_headers import _TrustedHosts

from services.catalog import SERVICES
from shared.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
BASE = ROOT / "deploy/k8s/base"
ROOT_WITHOUT_RIGHTS = {
    "keys": "writes fresh volumes, which are root's; on no network",
    "nats": "its volume is root's; on a network without a way out",
}
"""Containers that are not given a number of their own, and why; they have no capability and a read-only file system."""
USERS = {"mongo": "999:999", "origin": "of the image: nginx-unprivileged", **dict.fromkeys(SERVICES, "of our image")}


def compose(**variables: str) -> dict[str, Any]:
    """docker-compose.yml as compose resolves it with these variables in the environment."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GOVWATCH_")} | variables
    command = [str(Path(sys.executable).parent / "docker-compose"), "config", "--format", "json"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    resolved: dict[str, Any] = json.loads(done.stdout)
    return resolved


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    found: dict[str, Any] = compose()["services"]
    return found


def objects() -> list[dict[str, Any]]:
    return [one for file in sorted(BASE.glob("*.yaml")) for one in yaml.safe_load_all(file.read_text()) if one]


def pods() -> dict[str, dict[str, Any]]:
    return {
        one["metadata"]["name"]: one["spec"]["template"]["spec"]
        for one in objects()
        if one["kind"] in {"Deployment", "Job", "CronJob", "StatefulSet", "DaemonSet"}
    }


class TestCompose:
    def test_every_container_is_bounded_and_shares_nothing_with_the_host(self, services: dict[str, Any]) -> None:
        for name, service in services.items():
            assert service["mem_limit"], name
            assert service["pids_limit"] > 0, name
            assert service["cpus"] > 0, name
            assert not {"network_mode", "pid", "ipc", "userns_mode", "devices", "cap_add"} & service.keys() or (
                name == "keys" and service["network_mode"] == "none"
            ), name
            assert not any("unconfined" in option for option in service["security_opt"]), name
            mounts = [mount for mount in service.get("volumes", []) if mount["type"] == "bind"]
            assert all(mount["read_only"] for mount in mounts), name
            assert not any("docker.sock" in mount["source"] for mount in mounts), name

    def test_whoever_is_root_has_a_reason(self, services: dict[str, Any]) -> None:
        root = {name for name in services if name not in USERS and services[name].get("image") != "govwatch"}
        root |= {name for name, service in services.items() if service.get("user", "").startswith("0")}
        assert root == ROOT_WITHOUT_RIGHTS.keys()
        assert services["mongo"]["user"] == USERS["mongo"]
        assert "unprivileged" in services["origin"]["image"]

    def test_the_bus_and_the_database_are_met_by_services_alone(self, services: dict[str, Any]) -> None:
        inside = {name for name, service in services.items() if "inside" in (service.get("networks") or {})}
        assert inside == {*SERVICES, "streams", "nats", "mongo"}
        for name in ("nats", "mongo"):
            assert set(services[name]["networks"]) == {"inside"}
            assert "ports" not in services[name]
        assert set(services["origin"]["networks"]) == {"front", "outside"}
        assert compose()["networks"]["front"]["internal"]

    @pytest.mark.parametrize("subnet", ["172.31.91", "10.99.1"])
    def test_the_address_the_origin_tells_is_believed_and_nobody_elses(self, subnet: str) -> None:
        told = compose(GOVWATCH_SUBNET=subnet)
        origin = told["services"]["origin"]["networks"]["front"]["ipv4_address"]
        [config] = told["networks"]["front"]["ipam"]["config"]
        assert ipaddress.ip_address(origin) in ipaddress.ip_network(config["subnet"])
        for name in SERVICES:
            trusted = _TrustedHosts(told["services"][name]["environment"]["FORWARDED_ALLOW_IPS"])
            assert not trusted.always_trust
            assert origin in trusted
            assert f"{subnet}.11" not in trusted
            assert "127.0.0.1" not in trusted
        assert "X-Forwarded-For $remote_addr;" in (ROOT / "deploy/compose/nginx.conf").read_text(encoding="utf-8")

    def test_no_secret_is_in_the_environment_of_a_container(self, tmp_path: Path) -> None:
        (tmp_path / "password").write_text("geheim", encoding="utf-8")
        told = compose(GOVWATCH_SMTP_PASSWORD_FILE=str(tmp_path / "password"), GOVWATCH_SMTP_PASSWORD="geheim")
        assert "geheim" not in json.dumps(told)
        notifier = told["services"]["notifier"]
        [mount] = [one for one in notifier["volumes"] if one["source"] == str(tmp_path / "password")]
        assert notifier["environment"]["GOVWATCH_SMTP_PASSWORD_FILE"] == mount["target"]
        assert compose()["services"]["notifier"]["environment"]["GOVWATCH_SMTP_PASSWORD_FILE"] == ""


class TestKubernetes:
    def test_no_pod_is_more_than_a_number_without_rights(self) -> None:
        assert pods().keys() >= SERVICES.keys()
        for name, pod in pods().items():
            assert not {"hostNetwork", "hostPID", "hostIPC", "initContainers"} & pod.keys(), name
            assert pod["automountServiceAccountToken"] is False, name
            assert pod["securityContext"]["runAsNonRoot"] is True, name
            assert pod["securityContext"]["runAsUser"] >= 10_000, name
            assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
            assert {kind for volume in pod["volumes"] for kind in volume.keys() - {"name"}} <= {"emptyDir", "projected"}
            for container in pod["containers"]:
                rights = container["securityContext"]
                assert rights["capabilities"] == {"drop": ["ALL"]}, name
                assert rights["allowPrivilegeEscalation"] is False, name
                assert rights["readOnlyRootFilesystem"] is True, name
                assert {"cpu", "memory"} <= container["resources"]["limits"].keys(), name
                assert all(mount["readOnly"] for mount in container["volumeMounts"] if mount["name"] == "secrets"), name

    def test_the_namespace_refuses_what_is_not_so(self) -> None:
        [namespace] = [one for one in objects() if one["kind"] == "Namespace"]
        assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"

    def test_secrets_come_as_files_and_belong_to_settings(self) -> None:
        secret = {
            f"govwatch_{name}" for name, info in Settings.model_fields.items() if "Secret" in str(info.annotation)
        }
        for name, pod in pods().items():
            [volume] = [one for one in pod["volumes"] if "projected" in one]
            given = {item["path"] for source in volume["projected"]["sources"] for item in source["secret"]["items"]}
            assert {"govwatch_mongo_url", "bus/seed"} <= given <= {"bus/seed", "bus/ca.pem", *secret}, name
            names = {entry["name"] for container in pod["containers"] for entry in container.get("env", [])}
            assert not {one.lower() for one in names} & secret, name

    def test_everything_is_shut_and_the_bus_and_the_database_are_open_to_services_alone(self) -> None:
        policies = {one["metadata"]["name"]: one["spec"] for one in objects() if one["kind"] == "NetworkPolicy"}
        assert policies["default-deny"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
        open_to = [
            (name, spec["podSelector"])
            for name, spec in policies.items()
            for rule in spec.get("egress", [])
            if {4222, 27017} & {port["port"] for port in rule["ports"]}
        ]
        assert open_to == [("backing", {"matchLabels": {"app.kubernetes.io/part-of": "govwatch"}})]
        for name, spec in policies.items():
            for rule in [*spec.get("egress", []), *spec.get("ingress", [])]:
                assert rule.get("to") or rule.get("from"), f"{name} names nobody"
                assert rule["ports"], f"{name} names no port"

    def test_webhooks_and_visits_may_leave_but_not_into_private_ranges(self) -> None:
        [spec] = [one["spec"] for one in objects() if one.get("metadata", {}).get("name") == "internet"]
        assert spec["podSelector"]["matchExpressions"][0]["values"] == ["notifier", "prober"]
        shut = [ipaddress.ip_network(one) for to in spec["egress"][0]["to"] for one in to["ipBlock"]["except"]]
        private = "10.0.0.1 172.16.0.1 192.168.1.1 127.0.0.1 169.254.169.254 100.64.0.1 fd00::1 fe80::1 ::1"
        for address in map(ipaddress.ip_address, private.split()):
            assert any(address in network for network in shut), address

    def test_the_address_the_origin_tells_is_believed(self) -> None:
        [settings] = [one["data"] for one in objects() if one["kind"] == "ConfigMap"]
        trusted = _TrustedHosts(settings["FORWARDED_ALLOW_IPS"])
        assert not trusted.always_trust
        assert all(network.is_private and network.prefixlen >= 16 for network in trusted.trusted_networks)
        assert trusted.trusted_networks


def test_the_image_is_run_by_a_number_and_made_from_the_lock() -> None:
    last = (ROOT / "Dockerfile").read_text(encoding="utf-8").rpartition("\nFROM ")[2]
    assert "\nUSER 10001:10001\n" in last
    assert "\nRUN " not in last
    assert not [line for line in last.splitlines() if "SECRET" in line.upper() or "PASSWORD" in line.upper()]
