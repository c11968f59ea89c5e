"""What befalls a bootstrap from outside: it waits with a true sentence and goes on when the fault ends, or ends with a
true error that names what stands against it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.commands.desk import Desk, Ended
from tests.lab.whole.evidence import fault, journal
from tests.lab.whole.hearing import failures, heard, run, true
from tests.lab.whole.homelab import CLUSTER, LAB
from tests.lab.whole.walk import left_by

pytestmark = [
    pytest.mark.needs("a private network"), pytest.mark.xdist_group("lab"), pytest.mark.timeout(3600), pytest.mark.full
]  # fmt: skip

CONTROL_PLANES = ("k8s-1", "k8s-2", "k8s-3")
SHORT_S = "120"
"""For a whole run that is to end by its deadline: what is true already takes it a good part of that to see."""


def test_every_fault_is_waited_for_or_named(own_desk: Desk) -> None:
    """One walk, fault after fault, each where it hurts; no run needs anything but the same command, and the last one
    ends well."""
    up = own_desk.run("lab.up", *CLUSTER)
    assert up.code == 0, up.end_of_it
    for trouble in TROUBLES:
        trouble(own_desk)
        assert left_by(own_desk) == [], trouble.__name__
    ended = own_desk.run("bootstrap", *LAB)
    assert ended.code == 0, ended.end_of_it


def a_node_goes_off_and_a_clock_is_wrong(desk: Desk) -> None:
    """k8s-5 goes off as it is given its config, and comes back once the others have etcd; k8s-1 has no time."""
    fault(desk, "lose-time-sync", name="k8s-1")
    with run(desk, "--until", "kube_api_ready", "--until", "talos_config_applied") as running:
        heard(running, "Acting", "talos_config_applied[k8s-5]")
        fault(desk, "node-off", name="k8s-5")
        heard(running, "AttemptFailed", "etcd_bootstrapped", "k8s-1 (10.11.0.11)", "its clock is not in sync yet")
        fault(desk, "restore-time-sync", name="k8s-1")
        true(running, "kube_api_ready")
        fault(desk, "node-on", name="k8s-5")
        true(running, "talos_config_applied[k8s-5]")
        assert running.end().code == 0
    said = _sentences(desk, "talos_config_applied[k8s-5]")
    assert any("k8s-5 (10.11.0.15)" in sentence and "does not answer" in sentence for sentence in said), said
    pinned = [fields["value"] for kind, fields in journal(desk) if kind == "Pinned" and fields["key"] == "etcd_node"]
    assert pinned == ["k8s-1"]


def the_api_servers_go_while_cilium_comes(desk: Desk) -> None:
    """All three are stopped as its release begins, and come back later."""
    with run(desk, "--until", "cilium") as running:
        heard(running, "Acting", "cilium")
        for name in CONTROL_PLANES:
            fault(desk, "stop-api-server", name=name)
        heard(running, "AttemptFailed Waiting", "cilium", "10.11.0.10:6443")
        for name in CONTROL_PLANES:
            fault(desk, "start-api-server", name=name)
        true(running, "cilium")
        assert running.end().code == 0


def the_registry_goes_before_cert_manager(desk: Desk) -> None:
    """The chart cannot be pulled: said as what it is, tried again, and installed once the registry is back."""
    with run(desk, "--until", "cert_manager") as running:
        heard(running, "Acted", "spegel")
        fault(desk, "registry-down")
        heard(running, "AttemptFailed", "cert_manager", "release cert-manager", "could not be reached")
        fault(desk, "registry-up")
        true(running, "cert_manager")
        assert running.end().code == 0


def the_webhook_is_down(desk: Desk) -> None:
    """It crashes again and again: the run ends, and names it."""
    fault(desk, "pods-crash", workload="cert-manager/cert-manager-webhook")
    ended = _ends(desk, "cert_manager")
    assert "cert-manager-webhook" in failures(ended)["cert_manager"]
    fault(desk, "heal-pods")
    assert desk.run("bootstrap", *LAB, "--until", "cert_manager").code == 0


def an_image_cannot_be_pulled(desk: Desk) -> None:
    """For ever: the run ends by its deadline, and names the image."""
    fault(desk, "failing-pulls", pattern="flux-operator")
    ended = _ends(desk, "flux_operator")
    assert "ImagePullBackOff" in failures(ended)["flux_operator"]
    assert "flux-operator:v" in failures(ended)["flux_operator"]
    fault(desk, "heal-pods")
    assert desk.run("bootstrap", *LAB, "--until", "flux_operator").code == 0


def git_is_down(desk: Desk) -> None:
    """Before a run: nothing is begun. While Flux comes up: the run ends by its deadline, and names the repository."""
    fault(desk, "git-down")
    ended = desk.run("bootstrap", *LAB, "--format", "json", "--until", "source_synced")
    assert ended.code == 1, ended.end_of_it
    assert "https://github.com/example-homelab/homelab cannot be read" in failures(ended)["preflight"]
    fault(desk, "git-up")
    with run(desk, "--until", "source_synced", "--deadline", SHORT_S) as running:
        heard(running, "Acting", "flux_instance")
        fault(desk, "git-down")
        ended = running.end()
    assert ended.code == 1, ended.end_of_it
    said = "; ".join(failures(ended).values())
    assert "GitRepository flux-system/flux-system" in said
    assert "https://github.com/example-homelab/homelab" in said
    fault(desk, "git-up")


TROUBLES: tuple[Callable[[Desk], None], ...] = (
    a_node_goes_off_and_a_clock_is_wrong,
    the_api_servers_go_while_cilium_comes,
    the_registry_goes_before_cert_manager,
    the_webhook_is_down,
    an_image_cannot_be_pulled,
    git_is_down,
)


def _ends(desk: Desk, step: str) -> Ended:
    ended = desk.run("bootstrap", *LAB, "--format", "json", "--until", step, "--deadline", SHORT_S)
    assert ended.code == 1, ended.end_of_it
    return ended


def _sentences(desk: Desk, step: str) -> list[str]:
    """What a step waited for, and what failed."""
    entries = [fields for _, fields in journal(desk) if fields.get("step") == step]
    return [str(fields.get("reason") or fields.get("sentence") or "") for fields in entries]
