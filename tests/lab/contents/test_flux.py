"""Flux and external-secrets as processes behind their pods, and all of it after the API server was killed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.lab.contents.stage import played

pytestmark = [pytest.mark.needs("a private network"), pytest.mark.xdist_group("contents with Flux")]

TOOLS = ("flux-operator", "source-controller", "kustomize-controller", "helm-controller", "external-secrets")


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the scenario saw; it is played once."""
    return played("scenario_flux", tmp_path_factory.mktemp("flux"), *TOOLS)


def test_the_operator_installs_controllers_that_run(seen: dict[str, Any]) -> None:
    """The real operator reconciles a FluxInstance to Ready, for the controllers' pods are processes that answer."""
    assert seen["instance"]["Ready"] == "True"
    assert seen["controllers"] == dict.fromkeys(TOOLS[1:4], True)
    for name in TOOLS[:4]:
        assert any(process.startswith(f"flux-system.{name}-") for process in seen["processes"])


def test_artifacts_are_served_at_the_services_address(seen: dict[str, Any]) -> None:
    """source-controller's server answers at the ClusterIP that its name leads to."""
    assert seen["named"] is True
    assert seen["artifacts"] == 404


def test_external_secrets_and_its_webhook_run(seen: dict[str, Any]) -> None:
    """The webhook, with the certificate that the third part made for it, refuses a store without a server."""
    assert "denied the request" in seen["bad store"]


def test_the_contents_outlive_the_api(seen: dict[str, Any]) -> None:
    """After the API server was killed, new pods run, and no process was lost."""
    assert seen["after the API was killed"] == ["Running", "Running"]
    assert set(seen["processes"]) <= set(seen["same processes"])
