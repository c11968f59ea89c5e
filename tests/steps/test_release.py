"""Releases: installed while they are ours, only verified once Flux owns them (rule 10), never lowered (rule 13)."""

from __future__ import annotations

from typing import Any

import pytest

from bootstrap.errors import Permanent, Refused
from bootstrap.verdict import Holds, NotYet
from rehearsal import objects
from rehearsal.faults import Fault, inject
from steps.site import Options
from tests.steps.harness import Scene, begun, finished

COREDNS = "kube-system/coredns"
HELM_RELEASE = "helm.toolkit.fluxcd.io/v2/HelmRelease"


def changed(scene: Scene, **values: Any) -> Scene:
    scene.world.releases[COREDNS].update(values)
    return scene


@pytest.mark.parametrize("values", [{"status": "failed"}, {"version": "1.0.0"}, {"status": "pending-upgrade"}])
def test_failure_38_a_release_that_flux_owns_is_never_synced(values: dict[str, str]) -> None:
    """Failing, older or half done: Flux brings it there; the run waits, says how to take it back, and ends."""
    scene = changed(finished(), **values)
    scene.hurry(coredns=60.0)
    ran = scene.run()
    assert ran.code == 1
    assert ran.effects == ()
    assert "coredns" not in ran.acted
    assert "Flux owns it" in ran.problems["coredns"]
    assert "--take-back coredns" in ran.problems["coredns"]
    with pytest.raises(Refused, match="Flux owns release coredns"):
        scene.act("coredns")


def test_a_release_is_flux_as_soon_as_it_has_a_helm_release() -> None:
    """In the middle of its first upgrade helm-controller has no history yet, and a pending revision: hands off."""
    scene = changed(begun("cert_manager"), status="pending-upgrade")
    owner = objects.new(HELM_RELEASE, "kube-system", "coredns", spec={"interval": "1h"}, status={})
    objects.put(scene.world, HELM_RELEASE, owner)
    verdict = scene.look("coredns")
    assert isinstance(verdict, NotYet)
    assert verdict.underway
    with pytest.raises(Refused):
        scene.act("coredns")


@pytest.mark.parametrize(
    ("name", "namespace", "spec", "owned"),
    [
        ("dns", "kube-system", {"releaseName": "coredns"}, True),
        ("coredns", "flux-system", {"targetNamespace": "kube-system", "releaseName": "coredns"}, True),
        ("coredns", "flux-system", {"targetNamespace": "kube-system"}, False),
        ("coredns", "other", {}, False),
        ("coredns", "kube-system", {"targetNamespace": "other", "releaseName": "coredns"}, False),
    ],
)
def test_flux_owns_what_a_helm_release_installs_and_not_what_it_is_called(
    name: str, namespace: str, spec: dict[str, str], owned: bool
) -> None:
    """Release name and target namespace decide, as helm-controller reads them."""
    scene = begun("cert_manager")
    objects.put(scene.world, HELM_RELEASE, objects.new(HELM_RELEASE, namespace, name, spec=spec, status={}))
    verdict = scene.look("coredns")
    assert isinstance(verdict, Holds)
    assert verdict.evidence["by_flux"] is owned


@pytest.mark.parametrize("values", [{"status": "failed"}, {"version": "1.0.0"}])
def test_a_release_is_taken_back_on_the_operators_word(values: dict[str, str]) -> None:
    """That one, once, and no other."""
    scene = changed(finished(options=Options(take_back=frozenset({"coredns"}))), **values)
    ran = scene.run()
    assert ran.code == 0
    assert ran.done("helm-sync") == [COREDNS]


def test_a_release_that_is_as_it_should_be_is_not_synced_by_take_back() -> None:
    """The permission is no order."""
    assert finished(options=Options(take_back=frozenset({"coredns"}))).run().effects == ()


@pytest.mark.parametrize("status", ["pending-install", "pending-upgrade", "pending-rollback"])
def test_failure_34_an_unfinished_release_is_repaired_and_then_synced(status: str) -> None:
    """What a killed run left is cleared first, in this order, by one attempt."""
    scene = changed(begun("cert_manager"), status=status, previous=None)
    ran = scene.run(until=("coredns",))
    assert ran.code == 0
    assert [effect["what"] for effect in ran.effects] == ["helm-repair", "helm-sync"]
    assert ran.acted == ["coredns"]


@pytest.mark.parametrize("status", ["failed", "superseded", "uninstalled"])
def test_a_release_that_is_not_deployed_is_synced(status: str) -> None:
    """Without a repair: that is for unfinished ones."""
    scene = changed(begun("coredns"), status=status)
    ran = scene.run(until=("coredns",))
    assert ran.code == 0
    assert [effect["what"] for effect in ran.effects] == ["helm-sync"]


@pytest.mark.parametrize(
    ("version", "acts"),
    [("1.47.1", False), ("v1.47.0", False), ("1.47.0+up", False), ("1.46.9", True), ("1.47.0-rc.1", True)],
)
def test_a_release_is_brought_up_and_never_down(version: str, acts: bool) -> None:
    """Older ones are synced, newer ones are verified as they are."""
    scene = changed(begun("coredns"), version=version)
    ran = scene.run(until=("coredns",))
    assert ran.code == 0
    assert bool(ran.effects) is acts
    assert ran.evidence("coredns")["chart"] == ("1.47.0" if acts else version)


@pytest.mark.parametrize("status", ["failed", "pending-upgrade"])
def test_a_newer_release_that_is_broken_is_not_replaced_by_an_older_one(status: str) -> None:
    """Not even repaired: rolling it back is not what the tree says."""
    scene = changed(begun("coredns"), version="1.48.0", status=status)
    with pytest.raises(Permanent, match="newer than the tree"):
        scene.act("coredns")
    ran = scene.run(until=("coredns",))
    assert (ran.code, ran.effects) == (1, ())


def test_failure_31_cert_manager_waits_for_its_webhook_to_answer() -> None:
    """Deployments are ready before the CA is injected: a dry run tells, and leaves nothing."""
    scene = begun("cert_manager")
    webhook = objects.find(scene.world, objects.WEBHOOK, "cert-manager-webhook")
    assert webhook is not None
    del webhook["webhooks"][0]["clientConfig"]["caBundle"]
    assert isinstance(scene.look("cert_manager"), NotYet)
    webhook["webhooks"][0]["clientConfig"]["caBundle"] = "x"
    assert isinstance(scene.look("cert_manager"), Holds)
    assert not scene.world.objects.get("cert-manager.io/v1/Certificate")


def test_failure_25_a_slow_pull_is_waited_for_and_named() -> None:
    """Longer than any default of Helm's: the release is not torn down, and the sentence says which image."""
    scene = begun("crds_applied")
    inject(scene.world, [Fault("slow-pull", "cilium", for_s=400.0)])
    ran = scene.run(until=("cilium",))
    assert ran.code == 0
    assert ran.done("helm-sync") == ["kube-system/cilium"]
    assert "pulling quay.io/cilium/cilium" in repr(ran.entries)
