"""The chart as Helm renders it, what `helm lint` and `helm template` would say, by Helm's own library."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

CHART: Final = Path(__file__).parent / "helm" / "twomotion"
#: The oldest Kubernetes that the chart takes, and the newest whose schemas are in the lock.
KUBERNETES: Final = ("1.27", "1.37")
#: Groups whose objects are defined by operators, not by Kubernetes.
_OPERATORS: Final = ("monitoring.coreos.com/", "keda.sh/")

Object = dict[str, Any]


def has_helm() -> bool:
    """Whether Helm's library has a wheel for this platform."""
    return importlib.util.find_spec("helm_python") is not None


def everything() -> dict[str, Any]:
    """Values with all that can be switched on."""
    return dict(yaml.safe_load((CHART / "ci" / "everything-values.yaml").read_text()))


def lint(values: Mapping[str, Any]) -> list[str]:
    """What Helm has against the chart with these values; hints are not among it."""
    import helm_python

    report = helm_python.lint(CHART, dict(values), strict=True)
    warnings = [f"{each['path']}: {each['error']}" for each in report["messages"] if each["severity"] > 1]
    return [*report["errors"], *warnings]


def render(values: Mapping[str, Any] | None = None) -> list[Object]:
    """The objects of the chart, in no order. Raises helm_python's HelmError on values that the schema refuses."""
    import helm_python

    with helm_python.Chart.load(CHART) as chart:
        files = chart.render(dict(values or {}), name="prod", namespace="signals")
    return [
        document
        for name, text in files.items()
        if not name.endswith(".txt")
        for document in yaml.safe_load_all(text)
        if document is not None
    ]


def misfits(objects: list[Object], version: str) -> list[str]:
    """Where the objects of Kubernetes itself do not fit its schemas of this version; unknown fields count."""
    import kubernetes_validate

    found = []
    for each in objects:
        if each["apiVersion"].startswith(_OPERATORS):
            continue
        try:
            kubernetes_validate.validate(each, version, strict=True)
        except kubernetes_validate.ValidationError as wrong:
            found.append(f"{each['kind']} {each['metadata']['name']} in {version}: {wrong.message}")
    return found
