"""kstatus: objects as the API server gives them, and the status that the common rules call them."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from readiness.kstatus import Kind, Status, compute
from tests.readiness.cases import HERE, Case, cases


@pytest.mark.parametrize("case", cases("kstatus.yaml"))
def test_an_object_has_the_status_that_kstatus_gives_it(case: Case) -> None:
    """Every rule of every kind, with the message that says why."""
    found = compute(case.given["object"], case.given.get("now"))
    assert found == Status(Kind(case.expect["status"]), case.expect["message"])


def test_what_is_not_there_is_not_found() -> None:
    """None stands for an object that the API server does not have."""
    assert compute(None) == Status(Kind.NOT_FOUND, "does not exist")


def test_all_statuses_and_kinds_have_a_case() -> None:
    """The table covers every status but NotFound, and every kind that has a rule of its own."""
    documents = list(yaml.safe_load_all(Path(HERE / "kstatus.yaml").read_text(encoding="utf-8")))
    assert {d["expect"]["status"] for d in documents} == set(Kind) - {Kind.NOT_FOUND}
    kinds = {d["given"]["object"]["kind"] for d in documents}
    assert kinds >= {
        "ConfigMap",
        "CronJob",
        "CustomResourceDefinition",
        "DaemonSet",
        "Deployment",
        "Job",
        "PersistentVolumeClaim",
        "Pod",
        "PodDisruptionBudget",
        "ReplicaSet",
        "Secret",
        "Service",
        "StatefulSet",
    }
