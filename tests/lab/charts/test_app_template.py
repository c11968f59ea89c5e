"""The stand-in for app-template names objects as the published chart does, beyond what the trees use today."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.lab.charts.releases import Release, one, release, rendered, template
from tests.trees.reading import Document

CONTAINER = {"image": {"repository": "example.org/app", "tag": "1"}}


def with_values(**values: Any) -> Release:
    given = release("main", "whoami")
    return Release("main", "app", "default", given.chart, given.version, values)


def controllers(*names: str, **more: Any) -> dict[str, Any]:
    return {name: {"containers": {"app": CONTAINER}, **more} for name in names}


@pytest.fixture
def objects(chart: Callable[[Release], Path]) -> Callable[[Release], list[Document]]:
    return lambda each: rendered(each, chart(each))


def test_one_of_a_kind_is_named_as_the_release(objects: Callable[[Release], list[Document]]) -> None:
    """A single controller and a single service have no name of their own."""
    found = objects(with_values(controllers=controllers("main"), service={"web": {"ports": {"http": {"port": 80}}}}))
    assert one(found, "Deployment", "app")
    assert one(found, "Service", "app")["spec"]["selector"]["app.kubernetes.io/controller"] == "main"


def test_several_of_a_kind_have_their_keys_in_their_names(objects: Callable[[Release], list[Document]]) -> None:
    """With two controllers, each is named after the release and its own key."""
    services = {name: {"controller": name, "ports": {"http": {"port": 80}}} for name in ("web", "worker")}
    found = objects(with_values(controllers=controllers("web", "worker"), service=services))
    for name in ("web", "worker"):
        assert one(found, "Deployment", f"app-{name}")
        assert one(found, "Service", f"app-{name}")["spec"]["selector"]["app.kubernetes.io/controller"] == name


@pytest.mark.parametrize(
    ("kind", "expected"), [("statefulset", "StatefulSet"), ("daemonset", "DaemonSet"), ("deployment", "Deployment")]
)
def test_types_of_controllers(kind: str, expected: str, objects: Callable[[Release], list[Document]]) -> None:
    """A controller is of the kind that its type says."""
    assert one(objects(with_values(controllers=controllers("main", type=kind))), expected, "app")


def test_a_type_that_is_not_known_is_refused(chart: Callable[[Release], Path]) -> None:
    """What the stand-in cannot do is said, not left out."""
    each = with_values(controllers=controllers("main", type="cronjob"))
    done = template(each, chart(each))
    assert done.returncode != 0
    assert "knows no controller of type cronjob" in done.stderr


def test_a_volume_of_its_own(objects: Callable[[Release], list[Document]]) -> None:
    """Persistence without an existing claim makes one, and mounts it under its key."""
    given = {"data": {"accessMode": "ReadWriteOnce", "size": "1Gi", "storageClass": "fast"}}
    found = objects(with_values(controllers=controllers("main"), persistence=given))
    claim = one(found, "PersistentVolumeClaim", "app")["spec"]
    pod = one(found, "Deployment", "app")["spec"]["template"]["spec"]
    assert claim["storageClassName"] == "fast"
    assert pod["volumes"][0]["persistentVolumeClaim"] == {"claimName": "app"}
    assert pod["containers"][0]["volumeMounts"] == [{"name": "data", "mountPath": "/data"}]


def test_a_route_leads_to_the_service(objects: Callable[[Release], list[Document]]) -> None:
    """An HTTPRoute without rules of its own sends everything to the only service."""
    route = {"app": {"hostnames": ["{{ .Release.Name }}.example.org"], "parentRefs": [{"name": "external"}]}}
    service = {"app": {"ports": {"http": {"port": 8080}}}}
    found = objects(with_values(controllers=controllers("main"), service=service, route=route))
    spec = one(found, "HTTPRoute", "app")["spec"]
    assert spec["hostnames"] == ["app.example.org"]
    assert spec["rules"] == [{"backendRefs": [{"name": "app", "port": 8080}]}]
