"""deploy/k8s/base: every object is valid, confined, and names commands, settings and secrets that exist."""

import ipaddress
import tomllib
from pathlib import Path
from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]  # it ships no types
import pytest
import yaml

from services.__main__ import main
from services.catalog import SERVICES
from shared.settings import Settings, variables

ROOT = Path(__file__).resolve().parents[2]
BASE = ROOT / "deploy/k8s/base"
KUSTOMIZATION = yaml.safe_load((BASE / "kustomization.yaml").read_text(encoding="utf-8"))
OBJECTS: list[dict[str, Any]] = [
    document
    for name in KUSTOMIZATION["resources"]
    for document in yaml.safe_load_all((BASE / name).read_text(encoding="utf-8"))
]
WORKLOADS = [thing for thing in OBJECTS if thing["kind"] in {"Deployment", "Job"}]
OWN = {"govwatch-smtp", "govwatch-identity", "govwatch-oidc"}
"""Secrets that only the service which needs them is given."""
PRIVATE = (
    "10.1.2.3 172.16.0.1 172.31.255.255 192.168.0.1 127.0.0.1 169.254.169.254 100.64.0.1 0.0.0.0 ::1 fc00::1 fe80::1"
)


def name_of(thing: dict[str, Any]) -> str:
    return f"{thing['kind']}/{thing['metadata']['name']}"


def of_kind(kind: str) -> dict[str, dict[str, Any]]:
    return {thing["metadata"]["name"]: thing for thing in OBJECTS if thing["kind"] == kind}


def pod_of(workload: dict[str, Any]) -> dict[str, Any]:
    pod: dict[str, Any] = workload["spec"]["template"]["spec"]
    return pod


def container_of(workload: dict[str, Any]) -> dict[str, Any]:
    (container,) = pod_of(workload)["containers"]
    only: dict[str, Any] = container
    return only


def secrets_of(workload: dict[str, Any]) -> dict[str, str]:
    """The files a workload is given: the name of each, and of the Secret it comes from."""
    [volume] = [one["projected"] for one in pod_of(workload)["volumes"] if one["name"] == "secrets"]
    assert volume["defaultMode"] == 0o440
    return {
        item["path"]: source["secret"]["name"] for source in volume["sources"] for item in source["secret"]["items"]
    }


def test_every_file_is_part_of_the_base() -> None:
    assert {path.name for path in BASE.iterdir()} == {*KUSTOMIZATION["resources"], "kustomization.yaml"}
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert KUSTOMIZATION["images"] == [{"name": "govwatch", "newTag": version}]


@pytest.mark.parametrize("thing", OBJECTS, ids=name_of)
def test_is_a_valid_object(thing: dict[str, Any]) -> None:
    kubernetes_validate.validate(thing, "1.37", strict=True)


def test_a_wrong_object_would_be_noticed() -> None:
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate({**OBJECTS[0], "specs": {}}, "1.37", strict=True)


@pytest.mark.parametrize("workload", WORKLOADS, ids=name_of)
class TestWorkloads:
    def test_runs_a_command_that_exists(self, workload: dict[str, Any]) -> None:
        container = container_of(workload)
        assert container["image"] == "govwatch"
        assert main([*container["args"], "--help"]) == 0

    def test_reads_settings_that_exist_and_makes_no_secret(self, workload: dict[str, Any]) -> None:
        known = variables() | {"FORWARDED_ALLOW_IPS"}
        container = container_of(workload)
        named = {entry["name"] for entry in container.get("env", [])}
        assert named | of_kind("ConfigMap")["govwatch"]["data"].keys() <= known
        assert container["envFrom"] == [{"configMapRef": {"name": "govwatch"}}]
        assert of_kind("Secret") == {}
        assert named <= {"GOVWATCH_SMTP_USER"}
        files = {"bus/seed", "bus/ca.pem", *(f"govwatch_{name}" for name in Settings.model_fields)}
        assert secrets_of(workload).keys() <= files

    def test_may_do_nothing_it_does_not_need(self, workload: dict[str, Any]) -> None:
        pod, container = pod_of(workload), container_of(workload)
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["runAsUser"] == 10001
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        mounts = {mount["mountPath"]: mount.get("readOnly", False) for mount in container["volumeMounts"]}
        assert mounts == {"/tmp": False, "/run/secrets": True}  # noqa: S108 - an emptyDir
        assert set(container["resources"]) == {"requests", "limits"}


def test_one_deployment_one_service_one_budget_a_service_and_its_own_key() -> None:
    for kind in ("Deployment", "Service", "PodDisruptionBudget"):
        assert of_kind(kind).keys() == SERVICES.keys()
    for name, deployment in of_kind("Deployment").items():
        assert secrets_of(deployment)["bus/seed"] == secrets_of(deployment)["bus/ca.pem"] == f"govwatch-bus-{name}"
        assert of_kind("Service")[name]["spec"]["selector"] == deployment["spec"]["selector"]["matchLabels"]
        assert of_kind("PodDisruptionBudget")[name]["spec"]["selector"] == deployment["spec"]["selector"]


def test_the_bus_is_spoken_to_with_a_key_and_an_authority_that_are_mounted_files() -> None:
    settings = of_kind("ConfigMap")["govwatch"]["data"]
    assert settings["GOVWATCH_NATS_SEED_FILE"] == "/run/secrets/bus/seed"
    assert settings["GOVWATCH_NATS_CA"] == "/run/secrets/bus/ca.pem"
    assert secrets_of(of_kind("Job")["streams-apply"])["bus/seed"] == "govwatch-bus-admin"


def test_the_four_differ_only_in_name_size_the_mail_relay_and_who_signs_people_in() -> None:
    def shape(name: str) -> Any:
        text = yaml.safe_dump(of_kind("Deployment")[name]).replace(name, "service")
        deployment = yaml.safe_load(text)
        container = container_of(deployment)
        container["resources"] = {}
        container.pop("env", None)
        sources = next(one for one in pod_of(deployment)["volumes"] if one["name"] == "secrets")["projected"]["sources"]
        sources[:] = [one for one in sources if one["secret"]["name"] not in OWN]
        return deployment

    assert all(shape(name) == shape("registry") for name in SERVICES)


def test_a_pod_is_asked_how_it_is_and_given_time_to_finish() -> None:
    for deployment in of_kind("Deployment").values():
        container = container_of(deployment)
        asked = {probe: container[probe]["httpGet"]["path"] for probe in ("livenessProbe", "readinessProbe")}
        assert asked == {"livenessProbe": "/livez", "readinessProbe": "/readyz"}
        assert container["startupProbe"]["periodSeconds"] * container["startupProbe"]["failureThreshold"] >= 60
        assert pod_of(deployment)["terminationGracePeriodSeconds"] >= 60


class TestNetwork:
    policies = of_kind("NetworkPolicy")

    def test_nothing_is_allowed_unless_it_is_said(self) -> None:
        everything = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
        assert self.policies["default-deny"]["spec"] == everything

    def test_only_two_may_leave_and_only_to_what_is_public(self) -> None:
        blocks = {
            name: block
            for name, policy in self.policies.items()
            for rule in policy["spec"].get("egress", [])
            for to in rule["to"]
            if (block := to.get("ipBlock")) and block["cidr"] == "0.0.0.0/0"
        }
        assert blocks.keys() == {"internet"}
        internet = self.policies["internet"]["spec"]
        [who] = internet["podSelector"]["matchExpressions"]
        assert (who["key"], who["operator"], who["values"]) == ("app.kubernetes.io/name", "In", ["notifier", "prober"])
        refused = [
            ipaddress.ip_network(network) for to in internet["egress"][0]["to"] for network in to["ipBlock"]["except"]
        ]
        for address in map(ipaddress.ip_address, PRIVATE.split()):
            assert any(address in network for network in refused), address
        assert not any(ipaddress.ip_address("114.114.114.114") in network for network in refused)
