"""Credential files, and proof of who answers them (rule 2)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bootstrap.errors import Refused, Transient
from bootstrap.memory import Memory
from bootstrap.secret import Secret
from bootstrap.verdict import Holds, Never, NotYet
from rehearsal.kubeconfig import kubeconfig
from rehearsal.pki import value_of
from tests.steps.harness import Remembering, Scene, bare, begun, connected, finished
from tree.reference import parsed

OTHER_CA = value_of(parsed("op://other/talos/CLUSTER_CA_CRT"))
PIN = "kube_system_uid"


def other_kubeconfig() -> str:
    return kubeconfig("other", "https://10.99.0.10:6443", OTHER_CA)


def test_both_files_are_written_once() -> None:
    """And not again by a run that finds them as they should be."""
    scene = finished()
    files = scene.cluster.files
    assert [e["target"] for e in scene.world.effects if e["what"] == "write-file"] == [
        files.kubeconfig,
        files.talosconfig,
    ]
    assert scene.run().effects == ()


@pytest.mark.parametrize("text", ["", "not yaml: [", "clusters: []"])
def test_a_kubeconfig_that_is_no_clusters_is_fetched_anew(text: str) -> None:
    """An empty or a broken file at our path: what the machines hand out takes its place."""
    scene = finished()
    path = scene.cluster.files.kubeconfig
    before = scene.world.files[path]
    scene.world.files[path] = text
    assert isinstance(scene.look("kubeconfig_fetched"), NotYet)
    ran = scene.run()
    assert ran.code == 0
    assert scene.world.files[path] == before
    assert {effect["what"] for effect in ran.effects} == {"write-file"}


@pytest.mark.parametrize("scene", [bare, finished], ids=["bare", "finished"])
def test_the_kubeconfig_of_another_cluster_is_refused_and_stays(scene: Callable[[], Scene]) -> None:
    """It may be the only one: it is neither used nor replaced, and nothing else is done either."""
    place = scene()
    path = place.cluster.files.kubeconfig
    place.world.files[path] = other_kubeconfig()
    ran = place.run()
    assert (ran.code, ran.effects) == (3, ())
    assert place.world.files[path] == other_kubeconfig()
    assert f"{path} carries another CA than the vault's" in ran.problems["preflight"]
    assert isinstance(place.look("kubeconfig_fetched"), NotYet)


def test_a_talosconfig_that_is_not_the_vaults_is_written_anew() -> None:
    """The vault decides, not what was left on this computer."""
    scene = finished()
    path = scene.cluster.files.talosconfig
    scene.world.files[path] = "context: other"
    assert path in scene.run().done("write-file")


def test_a_machine_that_hands_out_another_ca_is_refused() -> None:
    """Nothing is written over what is there, and the run ends with 3."""
    scene = begun("etcd_bootstrapped")
    scene.adapt = connected("talos", kubeconfig=lambda _: Secret(other_kubeconfig()))
    ran = scene.run()
    assert ran.code == 3
    assert scene.world.files == {}
    assert "another CA than the vault's" in ran.problems["kubeconfig_fetched"]


@pytest.mark.parametrize("step", ["crds_applied", "resources_applied", "cilium", "apps_settled"])
def test_no_step_uses_the_kubeconfig_of_another_cluster(step: str) -> None:
    """The CA is compared whenever a connection is made, by every step that makes one."""
    scene = finished()
    scene.world.files[scene.cluster.files.kubeconfig] = other_kubeconfig()
    with pytest.raises(Refused, match="not the vault's"):
        scene.look(step)


def test_another_cluster_behind_the_endpoint_is_refused() -> None:
    """The kubeconfig is right, what answers is not: no write."""
    scene = finished()
    for machine in scene.world.machines.values():
        machine.cluster_ca = "f" * 64
    ran = scene.run()
    assert ran.code == 3
    assert ran.effects == ()


def test_another_kube_system_within_a_generation_is_refused() -> None:
    """Same PKI, other cluster: nothing is written to it."""
    scene = finished()
    scene.world.objects["v1/Namespace"]["kube-system"]["metadata"]["uid"] = "another"
    ran = scene.run()
    assert ran.code == 3
    assert ran.effects == ()
    assert "another cluster answers" in ran.problems["cluster_identity_pinned"]


@pytest.mark.parametrize(("pins", "kind"), [({}, NotYet), ({PIN: "0"}, Never), ({"etcd_node": "k8s-1"}, NotYet)])
def test_the_uid_is_compared_with_the_generations(pins: dict[str, str], kind: type) -> None:
    """Unknown is pinned, another is refused."""
    assert isinstance(finished().look("cluster_identity_pinned", Memory(1, pins)), kind)


def test_an_api_without_kube_system_pins_nothing() -> None:
    """An empty pin would refuse the cluster for the rest of its generation."""
    scene = finished()
    del scene.world.objects["v1/Namespace"]["kube-system"]
    attempt = Remembering(Memory(1))
    with pytest.raises(Transient):
        scene.act("cluster_identity_pinned", attempt)
    assert attempt.memory.pins == {}


def api(scene: Scene) -> object:
    return scene.look("kube_api_ready")


def test_failure_17_every_control_plane_and_the_vip_must_answer() -> None:
    """One that answers for three hides two that do not: each is named."""
    scene = finished()
    assert isinstance(api(scene), Holds)
    scene.world.machines["k8s-2"].serves_api = False
    verdict = api(scene)
    assert isinstance(verdict, NotYet)
    assert "3/4 API servers ready: k8s-2: connection refused" in verdict.reason
    scene.world.vip_up = scene.world.api_up = False
    verdict = api(scene)
    assert isinstance(verdict, NotYet)
    assert "VIP: no control plane holds" in verdict.reason
