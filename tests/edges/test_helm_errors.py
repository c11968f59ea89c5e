"""What helm and helmfile say when they fail, captured from Helm 3 and 4, and what that means."""

from __future__ import annotations

import pytest

from bootstrap.errors import Permanent, Refused, Transient
from edges.helm_errors import said_by_helm, understood

REPORT = """Upgrading release=demo, chart=charts/demo, namespace=default

================== Failed Releases ==================
NAME   NAMESPACE   CHART           VERSION   DURATION
demo   default     ./charts/demo                   0s

in ./01-apps.yaml: failed processing release demo: command "/usr/bin/helm" exited with non-zero status:

PATH:
  /usr/bin/helm

ARGS:
  0: helm (4 bytes)
  1: upgrade (7 bytes)

ERROR:
  exit status 1

EXIT STATUS
  1

STDERR:
  Error: {}

COMBINED OUTPUT:
  Release "demo" does not exist. Installing it now.
  Error: {}
"""

DIAL = 'Get "https://10.11.0.10:6443/version": dial tcp 10.11.0.10:6443: connect: connection refused'
FETCH = 'failed to perform "FetchReference" on source: '
MANIFEST = 'Get "https://quay.io/v2/cilium/charts/cilium/manifests/1.20.1": '

TRANSIENT = {
    "API down, Helm 3": f"Kubernetes cluster unreachable: {DIAL}",
    "API down, Helm 4": f"kubernetes cluster unreachable: {DIAL}",
    "API starts": "the server is currently unable to handle the request",
    "unfinished": "UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress",
    "registry down": f"{FETCH}{MANIFEST}dial tcp 198.18.0.1:443: connect: connection refused",
    "registry without a name": f"{FETCH}{MANIFEST}dial tcp: lookup quay.io: no such host",
    "registry in trouble": f"{FETCH}{MANIFEST}response status code 502: bad gateway",
    "webhook": 'failed to create resource: Internal error occurred: failed calling webhook "webhook.cert-manager.io": '
    'failed to call webhook: Post "https://cert-manager-webhook.cert-manager.svc:443/mutate": no endpoints available',
    "webhook's certificate": 'failed calling webhook "webhook.cert-manager.io": x509: certificate signed by unknown '
    "authority",
    "kind": 'unable to build kubernetes objects from release manifest: resource mapping not found for name: "a" '
    'namespace: "" from "": no matches for kind "FluxInstance" in version "fluxcd.controlplane.io/v1"\n'
    "  ensure CRDs are installed first",
    "hook": "UPGRADE FAILED: pre-upgrade hooks failed: timed out waiting for the condition",
}
PERMANENT = {
    "template": "execution error at (cilium/templates/validate.yaml:1:3): no way",
    "schema": "values don't meet the specifications of the schema(s) in the following chart(s): demo: a is required",
    "version": f"{FETCH}quay.io/cilium/charts/cilium:9.9.9: not found",
    "private": f"{FETCH}{MANIFEST}response status code 401: unauthorized: access to the requested resource",
    "chart": "repo charts not found",
    "owner, Helm 3": 'Unable to continue with install: ConfigMap "demo" in namespace "default" exists and cannot be '
    "imported into the current release: invalid ownership metadata",
    "owner, Helm 4": 'unable to continue with install: ConfigMap "demo" in namespace "default" exists and cannot be '
    "imported into the current release: invalid ownership metadata",
    "policy": 'admission webhook "policy.example.com" denied the request: no latest tags',
    "immutable": 'cannot patch "demo" with kind Deployment: Deployment.apps "demo" is invalid: spec.selector: Invalid '
    "value: field is immutable",
    "failure_1": 'invalid argument "bash" for "--post-renderer" flag: plugin "bash" not found',
    "failed hook": "INSTALLATION FAILED: failed post-install: 1 error occurred:\n\t* job check failed: "
    "BackoffLimitExceeded",
    "too old": "chart requires kubeVersion: >=1.35.0-0 which is incompatible with Kubernetes v1.34.4",
    "unknown": "the moon is in the way",
}


def report(said: str) -> str:
    return REPORT.format(said, said)


@pytest.mark.parametrize("said", TRANSIENT.values(), ids=TRANSIENT)
def test_what_may_heal_is_transient(said: str) -> None:
    """By helmfile's whole report, and by helm's own line."""
    for text in (report(said), f"Error: {said}\n"):
        error = understood(text, "demo")
        assert isinstance(error, Transient), error
        assert error.sentence.startswith("release demo: ")


@pytest.mark.parametrize("said", PERMANENT.values(), ids=PERMANENT)
def test_what_needs_the_operator_is_permanent(said: str) -> None:
    """What is not known is, too; all of it says what to do next."""
    for text in (report(said), f"Error: {said}\n"):
        error = understood(text, "demo")
        assert type(error) is Permanent, error
        assert error.next_action


@pytest.mark.parametrize(
    "said",
    [
        f"Kubernetes cluster unreachable: {DIAL.replace('connect: connection refused', '')} tls: failed to verify "
        "certificate: x509: certificate signed by unknown authority",
        "Kubernetes cluster unreachable: the server has asked for the client to provide credentials",
    ],
)
def test_an_api_that_is_not_ours_is_refused(said: str) -> None:
    """It answers, so waiting for it does not help, and nothing of ours may reach it."""
    assert type(understood(report(said), "demo")) is Refused


def test_a_registry_that_limits_us_is_not_asked_at_once() -> None:
    """The delay of the table wins over the policy's own."""
    error = understood(report(f"{FETCH}{MANIFEST}response status code 429: toomanyrequests"), "demo")
    assert isinstance(error, Transient)
    assert error.delay_s == 60.0


def test_a_missing_namespace_is_named() -> None:
    """It is the tree's to bring."""
    error = understood(report('create: failed to create: namespaces "network" not found'), "demo")
    assert type(error) is Permanent
    assert "namespace network does not exist" in error.sentence


def test_a_field_of_another_manager_names_the_manager() -> None:
    """As Helm 4's server-side apply says it."""
    said = (
        "UPGRADE FAILED: conflict occurred while applying object default/demo apps/v1, Kind=Deployment: Apply failed "
        'with 1 conflict: conflict with "kustomize-controller" using apps/v1: .spec.replicas'
    )
    error = understood(report(said), "demo")
    assert isinstance(error, Permanent)
    assert "belongs to kustomize-controller" in error.sentence


def test_only_helms_own_words_are_kept() -> None:
    """helmfile's report of the whole command line is not what the operator needs."""
    assert said_by_helm(report("no way")) == "no way"
    assert said_by_helm("in ./a.yaml: no releases found\n") == "in ./a.yaml: no releases found"
    assert said_by_helm("") == ""
