"""Pods that are real processes, against a real API server: CoreDNS answers, cert-manager issues and refuses."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography import x509

from tests.lab.contents.stage import played

pytestmark = [pytest.mark.needs("a private network"), pytest.mark.xdist_group("contents: processes")]

API = ["10.43.0.1"]
"""The addresses of kubernetes.default."""


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the scenario saw; it is played once."""
    return played("scenario_processes", tmp_path_factory.mktemp("processes"), "coredns", "cert-manager")


def test_a_pod_has_only_the_rights_of_its_service_account(seen: dict[str, Any]) -> None:
    """CoreDNS runs but is not ready until its service account may read what it serves."""
    assert seen["ready without rights"] is False


def test_coredns_answers_at_each_pod(seen: dict[str, Any]) -> None:
    """Both replicas answer a lookup of the API's name, each at its own address."""
    assert len(seen["at pods"]) == 2
    assert all(answer == API for answer in seen["at pods"].values())


@pytest.mark.parametrize("way", ["at ClusterIP", "at ClusterIP by TCP"])
def test_coredns_answers_at_its_cluster_ip(seen: dict[str, Any], way: str) -> None:
    """The address that every pod asks answers too, by UDP and TCP."""
    assert seen[way] == API


def test_services_with_processes_have_names(seen: dict[str, Any]) -> None:
    """Programs that do not ask the cluster's DNS find a Service by both of its names."""
    assert seen["hosts"]["kube-dns.kube-system.svc"] == "10.43.0.10"
    assert seen["hosts"]["kube-dns.kube-system.svc.cluster.local"] == "10.43.0.10"


def test_a_process_that_dies_comes_back(seen: dict[str, Any]) -> None:
    """After a kill the pod was unready with one restart (the scenario waited for it), and the Service answers again."""
    assert seen["at ClusterIP after a kill"] == API


def test_the_webhook_refuses_a_bad_object(seen: dict[str, Any]) -> None:
    """cert-manager's webhook denies a certificate that lives for a minute, and says why."""
    assert "denied the request" in seen["refusal"]
    assert "duration" in seen["refusal"]


def test_a_certificate_is_issued(seen: dict[str, Any]) -> None:
    """The self-signed issuer issues a certificate for the asked name."""
    certificate = x509.load_pem_x509_certificate(seen["certificate"].encode())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["real.invalid"]


def test_processes_end_with_their_pods(seen: dict[str, Any]) -> None:
    """When a Deployment is deleted, its processes end, and its ClusterIP refuses as one without endpoints does."""
    before = [name for name in seen["processes before"] if name.startswith("kube-system.coredns")]
    after = [name for name in seen["processes after"] if name.startswith("kube-system.coredns")]
    assert (len(before), after) == (2, [])
    assert seen["ClusterIP without pods"] == "ConnectionRefusedError"


def test_deployments_are_told_when_they_are_ready(seen: dict[str, Any]) -> None:
    """The fact that a benchmark measures from is told for each workload."""
    facts = {fact for fact, _ in seen["facts"]}
    assert {"deployment kube-system/coredns ready", "daemonset kube-system/cilium ready"} <= facts
