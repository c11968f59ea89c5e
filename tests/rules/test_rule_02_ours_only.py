"""Rule 2: no effect reaches a cluster or a machine that is not the inventory's."""

from __future__ import annotations

import pytest

from bootstrap.outcome import Ending
from rehearsal.faults import Fault
from rehearsal.pki import value_of
from tests.rules.whole import finished, play, verified
from tree.reference import parsed

STRANGERS = [Fault("foreign", "k8s-4"), Fault("wrong-mac", "k8s-2"), Fault("foreign", "k8s-1")]


@pytest.mark.parametrize("fault", STRANGERS, ids=lambda fault: f"{fault.kind}-{fault.where}")
def test_rule_02_a_stranger_at_an_address_stops_the_run_before_the_first_effect(fault: Fault) -> None:
    """A machine of another cluster, or with another MAC: refused in the preflight, and no machine was touched."""
    scene = play(fault)
    ran = scene.run(agrees=True)
    assert (ran.code, ran.violations, ran.effects) == (3, (), ())
    assert fault.where in ran.refused["preflight"]


@pytest.mark.parametrize("fault", STRANGERS[:2], ids=lambda fault: fault.kind)
def test_rule_02_a_machine_that_is_swapped_after_the_preflight_gets_nothing(fault: Fault) -> None:
    """Guarded again at each machine: the others are configured, the stranger is refused."""
    scene = play()
    ran = scene.run(on=verified("preflight", lambda: scene.inject(fault)))
    assert (ran.code, ran.violations) == (3, ())
    assert fault.where not in ran.done("apply-config")
    assert any(fault.where in step for step in ran.refused)


def test_rule_02_another_cluster_behind_the_endpoint_gets_nothing() -> None:
    """The same PKI, another kube-system: within a generation its UID says who answers."""
    scene = finished()
    scene.world.objects["v1/Namespace"]["kube-system"]["metadata"]["uid"] = "another"
    for release in list(scene.world.releases):
        del scene.world.releases[release]
    ran = scene.run()
    assert (ran.code, ran.effects) == (3, ())
    assert "another cluster answers" in ran.refused["cluster_identity_pinned"]


def test_rule_02_a_kubeconfig_with_another_ca_is_never_written() -> None:
    """The machines are ours, what they hand out is not: nobody guesses who of them and the vault is right."""
    scene = play()
    assert scene.run(until=("etcd_bootstrapped",)).code == 0
    reference = scene.cluster.identity.kubernetes_ca
    other = value_of(parsed(reference), "second")
    for machine in scene.world.machines.values():
        machine.config = machine.config.replace(f"\u27e6{reference}\u27e7", other)
    ran = scene.run()
    assert (ran.code, scene.world.files) == (3, {})
    assert {effect["what"] for effect in ran.effects} <= {"apply-config"}
    assert "another CA than the vault's" in ran.refused["kubeconfig_fetched"]


def test_rule_02_a_kubeconfig_of_another_cluster_at_our_path_is_not_used() -> None:
    """Put there while the run is under way: no context name helps, the CA is compared whenever a connection is made."""
    scene = play()
    path = scene.cluster.files.kubeconfig
    other = value_of(parsed(scene.cluster.identity.kubernetes_ca), "second")

    def swap() -> None:
        ours = f"\u27e6{scene.cluster.identity.kubernetes_ca}\u27e7"
        assert ours in scene.world.files[path]
        scene.world.files[path] = scene.world.files[path].replace(ours, other)

    ran = scene.run(on=verified("kubeconfig_fetched", swap))
    assert ran.code == 3
    assert not {"apply", "helm-sync"} & {effect["what"] for effect in ran.effects}
    assert ran.rehearsed.result.outcomes["kube_api_ready"].ending is Ending.REFUSED
