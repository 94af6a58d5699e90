"""What lies in deploy/ fits the code: every metric that a dashboard or a rule names is one that we serve."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from flowforge import metrics
from flowforge.api.exposition import _counted, _open_work
from flowforge.orchestrator.backlog import Backlog

DEPLOY = Path(__file__).parent.parent / "deploy"
DASHBOARD = DEPLOY / "grafana" / "flowforge.json"
RULES = DEPLOY / "prometheus" / "flowforge-alerts.yaml"


def served() -> dict[str, set[str]]:
    """Every series by its name on the page, with its labels."""
    found: dict[str, set[str]] = {gauge.name: set() for gauge in metrics.GAUGES.values()}
    for family in _counted():
        labels = set(metrics.FAMILIES[family.name].labels)
        for ending in ("_total",) if family.type == "counter" else ("_bucket", "_sum", "_count"):
            found[family.name + ending] = labels | ({"le"} if ending == "_bucket" else set())
    for family in _open_work(Backlog(ready={"f": 1}, parked={"sleeping": 1})):
        found[family.name] = {label for sample in family.samples for label in sample.labels}
    return found


def expressions(path: Path) -> list[str]:
    if path == DASHBOARD:
        return [target["expr"] for panel in json.loads(path.read_text())["panels"] for target in panel["targets"]]
    return [rule["expr"] for group in yaml.safe_load(path.read_text())["groups"] for rule in group["rules"]]


@pytest.mark.parametrize("path", [DASHBOARD, RULES], ids=["dashboard", "rules"])
def test_every_metric_and_label_that_is_named_is_served(path):
    known = served()
    for expression in expressions(path):
        names = re.findall(r"flowforge_\w+", expression)
        assert names and set(names) <= set(known), expression
        labels = {label for name in names for label in known[name]} | {"instance"}
        by = {label.strip() for group in re.findall(r"by \(([^)]*)\)", expression) for label in group.split(",")}
        assert by | set(re.findall(r"(\w+)=\"", expression)) <= labels, expression


def test_no_metric_of_the_engine_is_left_off_the_dashboard():
    shown = " ".join(expressions(DASHBOARD))
    missing = [name for name in metrics.FAMILIES if name not in shown]
    assert missing == ["flowforge_runs_claimed", "flowforge_changes_refused"]
