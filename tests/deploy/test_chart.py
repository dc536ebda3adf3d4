"""The chart renders, what it renders is valid, and what it promises is in it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from deploy.chart import CHART, KUBERNETES, Object, everything, has_helm, lint, misfits, render
from streams.connection.security import KafkaSecurity
from streams.connection.security import variable_of as variable_of_connection
from streams.worker.settings import WorkerSettings, variable_of
from tests.deploy.tools import NotHere, operators

pytestmark = [
    pytest.mark.skipif(not has_helm(), reason="Helm's library has no wheel for this platform"),
    # npm installs for all of them once.
    pytest.mark.xdist_group("chart"),
]

OF_THE_CONNECTION = {variable_of_connection(name) for name in KafkaSecurity.model_fields}
DEFAULTS: Mapping[str, Any] = {}
EVERYTHING: Mapping[str, Any] = everything()
WAYS = pytest.mark.parametrize("values", [DEFAULTS, EVERYTHING], ids=["defaults", "everything"])


def one(objects: list[Object], kind: str) -> Object:
    """The only object of a kind."""
    (found,) = [each for each in objects if each["kind"] == kind]
    return found


@WAYS
def test_helm_has_nothing_to_say_against_the_chart(values: Mapping[str, Any]) -> None:
    assert lint(values) == []


@WAYS
@pytest.mark.parametrize("version", KUBERNETES)
def test_every_object_of_kubernetes_itself_fits_its_schema(values: Mapping[str, Any], version: str) -> None:
    assert misfits(render(values), version) == []


def of_operators(objects: list[Object]) -> list[Object]:
    return [each for each in objects if each["apiVersion"].startswith(("keda.sh/", "monitoring.coreos.com/"))]


def told_by_operators(objects: list[Object]) -> list[str]:
    """What their definitions have against the objects."""
    try:
        folder = operators()
    except NotHere as why:
        pytest.skip(str(why))
    done = subprocess.run(
        ["node", "validate.mjs"],
        input=json.dumps(objects),
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


def test_every_object_of_an_operator_fits_its_definition() -> None:
    objects = of_operators(render(EVERYTHING))

    assert {each["kind"] for each in objects} == {"PrometheusRule", "ScaledObject", "ServiceMonitor"}
    assert told_by_operators(objects) == []


def test_an_object_of_an_operator_that_does_not_fit_is_found() -> None:
    scaled = one(render(EVERYTHING), "ScaledObject")
    del scaled["spec"]["triggers"][0]["type"]

    assert len(told_by_operators([scaled])) == 1


def test_an_object_that_does_not_fit_is_found() -> None:
    deployment = one(render(), "Deployment")
    deployment["spec"]["strategi"] = deployment["spec"].pop("strategy")

    assert len(misfits([deployment], "1.37")) == 1


@pytest.mark.parametrize(
    "values",
    [
        {"worker": {"replica": 3}},
        {"worker": {"replicas": 33}},
        {"worker": {"guarantee": "at_most_once"}},
        {"worker": {"terminationGracePeriodSeconds": 5}},
        {"kafka": {"brokers": []}},
        {"kafka": {"brokers": ["kafka"]}},
        {"worker": {"settings": {"TWOMOTION_KAFKA_SASL_PASSWORD": "hunter2"}}},
        {"image": {"digest": "latest"}},
    ],
    ids=lambda values: str(values),
)
def test_values_that_make_no_sense_are_refused(values: Mapping[str, Any]) -> None:
    import helm_python

    with pytest.raises(helm_python.HelmError):
        render(values)


@WAYS
def test_no_container_is_root_or_can_write_to_its_image(values: Mapping[str, Any]) -> None:
    for kind in ("Deployment", "Job"):
        pod = one(render(values), kind)["spec"]["template"]["spec"]
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["automountServiceAccountToken"] is False
        for container in pod["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            assert container["resources"]["limits"]["memory"]


def test_what_is_secret_comes_by_reference_into_workers_and_topics_job() -> None:
    objects = render(EVERYTHING)
    for kind in ("Deployment", "Job"):
        pod = one(objects, kind)["spec"]["template"]["spec"]
        environment = {each["name"]: each for each in pod["containers"][0]["env"]}
        assert environment["TWOMOTION_KAFKA_SASL_PASSWORD"]["valueFrom"]["secretKeyRef"] == {
            "name": "kafka-login",
            "key": "password",
        }
        assert {"name": "kafka-tls", "mountPath": "/etc/twomotion/kafka-tls", "readOnly": True} in pod[
            "containers"
        ][0]["volumeMounts"]
    assert [each for each in objects if each["kind"] == "Secret"] == []


def test_the_token_of_the_pages_is_the_workers_and_the_monitors() -> None:
    objects = render(EVERYTHING)
    (container,) = one(objects, "Deployment")["spec"]["template"]["spec"]["containers"]
    (token,) = [each for each in container["env"] if each["name"] == "TWOMOTION_HTTP_TOKEN"]
    (endpoint,) = one(objects, "ServiceMonitor")["spec"]["endpoints"]

    assert token["valueFrom"]["secretKeyRef"] == {"name": "scrape", "key": "token"}
    assert endpoint["authorization"] == {"type": "Bearer", "credentials": {"name": "scrape", "key": "token"}}


def test_files_of_secrets_are_no_secrets() -> None:
    settings = {"TWOMOTION_KAFKA_SASL_PASSWORD_FILE": "/etc/twomotion/kafka/password"}
    (container,) = one(render({"worker": {"settings": settings}}), "Job")["spec"]["template"]["spec"][
        "containers"
    ]

    assert {
        "name": "TWOMOTION_KAFKA_SASL_PASSWORD_FILE",
        "value": "/etc/twomotion/kafka/password",
    } in container["env"]


@WAYS
def test_a_roll_out_never_has_fewer_workers_than_before_and_waits_for_the_rebalance(
    values: Mapping[str, Any],
) -> None:
    spec = one(render(values), "Deployment")["spec"]

    assert spec["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
    assert spec["minReadySeconds"] >= 15
    assert spec["template"]["spec"]["terminationGracePeriodSeconds"] > 12


def test_alive_is_asked_of_healthz_and_ready_of_readyz() -> None:
    (container,) = one(render(), "Deployment")["spec"]["template"]["spec"]["containers"]

    assert container["livenessProbe"]["httpGet"]["path"] == "/healthz"
    assert container["startupProbe"]["httpGet"]["path"] == "/healthz"
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"


def test_workers_scale_on_lag_when_keda_is_on_and_by_number_when_it_is_not() -> None:
    scaled, fixed = render(EVERYTHING), render()

    assert "replicas" not in one(scaled, "Deployment")["spec"]
    assert one(fixed, "Deployment")["spec"]["replicas"] == 3
    assert [each for each in fixed if each["kind"] == "ScaledObject"] == []
    triggers = one(scaled, "ScaledObject")["spec"]["triggers"]
    assert {each["metadata"].get("topic") for each in triggers if each["type"] == "kafka"} == {
        "eu-product-usage",
        "eu-support-changes",
        "eu-crm-changes",
        "eu-account-journal",
    }
    assert {each["metadata"]["consumerGroup"] for each in triggers if each["type"] == "kafka"} == {
        "eu-twomotion"
    }


@pytest.mark.parametrize(
    ("stage", "topics"),
    [("door", {"product-usage", "support-changes", "crm-changes"}), ("engine", {"account-journal"})],
)
def test_workers_of_one_stage_scale_on_the_lag_of_their_own_group(stage: str, topics: set[str]) -> None:
    triggers = one(render({"worker": {"stages": stage}, "keda": {"enabled": True}}), "ScaledObject")["spec"][
        "triggers"
    ]

    assert {each["metadata"]["topic"] for each in triggers} == topics
    assert {each["metadata"]["consumerGroup"] for each in triggers} == {
        WorkerSettings(brokers="kafka:9092", stages=(stage,)).app_id
    }


def test_the_topics_are_there_before_any_worker_of_the_release() -> None:
    job = one(render(), "Job")

    assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
    (container,) = job["spec"]["template"]["spec"]["containers"]
    assert container["args"] == ["topics", "apply", "--replication-factor", "3"]
    # Nothing of the release is there yet when the hook of the first install runs.
    assert "serviceAccountName" not in job["spec"]["template"]["spec"]


def test_the_rules_of_the_chart_are_the_rules() -> None:
    rule = one(render(EVERYTHING), "PrometheusRule")
    files = [yaml.safe_load(path.read_text())["groups"] for path in sorted((CHART / "rules").glob("*.yaml"))]
    base = EVERYTHING["metrics"]["prometheusRule"]["runbookBase"]

    said = yaml.safe_dump([group for groups in files for group in groups])
    assert rule["spec"]["groups"] == yaml.safe_load(
        said.replace("docs/runbooks.md", f"{base}docs/runbooks.md")
    )


def test_the_three_dashboards_come_as_config_maps() -> None:
    maps = [each for each in render(EVERYTHING) if each["kind"] == "ConfigMap"]

    assert {name: text for each in maps for name, text in each["data"].items()} == {
        f"twomotion-{path.name}": path.read_text().rstrip("\n")
        for path in (CHART / "dashboards").glob("*.json")
    }
    assert all(each["metadata"]["labels"]["grafana_dashboard"] == "1" for each in maps)


@WAYS
def test_every_setting_that_the_chart_names_is_one(values: Mapping[str, Any]) -> None:
    known = {variable_of(name) for name in WorkerSettings.model_fields}
    for kind in ("Deployment", "Job"):
        for container in one(render(values), kind)["spec"]["template"]["spec"]["containers"]:
            named = {each["name"] for each in container["env"] if each["name"].startswith("TWOMOTION_")}
            assert named <= known | OF_THE_CONNECTION


def test_the_network_lets_in_whoever_scrapes_and_out_to_kafka_alone() -> None:
    policy = one(render(EVERYTHING), "NetworkPolicy")["spec"]

    (scrape,) = policy["ingress"]
    assert scrape["ports"] == [{"protocol": "TCP", "port": 9100}]
    assert scrape["from"] == EVERYTHING["networkPolicy"]["scrapers"]
    out = {port["port"] for rule in policy["egress"] for port in rule["ports"]}
    assert out == {53, 9092, 9093, 4317}


def test_a_node_can_be_drained_one_worker_at_a_time_and_also_while_kafka_is_away() -> None:
    budget = one(render(), "PodDisruptionBudget")["spec"]

    assert (budget["maxUnavailable"], budget["unhealthyPodEvictionPolicy"]) == (1, "AlwaysAllow")
