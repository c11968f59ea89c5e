"""Other repositories of this layout (--root DIR): every release is a step, by its own gate or the generic one."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bootstrap.graph import build
from bootstrap.verdict import NotYet
from inventory.problem import BadInput
from steps.pipeline import pipeline
from tests.steps.harness import ROOT, Scene, bare

Root = Callable[..., Path]
HELMFILE = "kubernetes/main/bootstrap/helmfile.d/01-apps.yaml"


@pytest.fixture
def root(tmp_path: Path) -> Root:
    """A copy of this repository's trees; its helmfile with texts replaced and releases added."""

    def make(*replaced: tuple[str, str], added: str = "") -> Path:
        for name in ("inventory", "kubernetes"):
            shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
        shutil.copy(ROOT / ".minijinja.toml", tmp_path)
        text = (tmp_path / HELMFILE).read_text("utf-8")
        for old, new in replaced:
            assert old in text
            text = text.replace(old, new)
        (tmp_path / HELMFILE).write_text(text + added, "utf-8")
        return tmp_path

    return make


def release(name: str, *needs: str, namespace: str = "kube-system") -> str:
    lines = ["", f"  - name: {name}", f"    namespace: {namespace}", f"    chart: oci://example.org/charts/{name}"]
    lines += ["    version: 1.2.3", *(["    needs:"] if needs else []), *(f"      - {need}" for need in needs)]
    return "\n".join(lines) + "\n"


def needs_of(scene: Scene, step: str) -> tuple[str, ...]:
    async def once(site: object) -> tuple[str, ...]:
        return build(pipeline(site)).needs[step]  # type: ignore[arg-type]

    return scene.play(once)


def test_a_release_unknown_by_name_gets_the_generic_gate(root: Root) -> None:
    """It is installed after what it needs, verified by all that it applied, and Flux waits for it."""
    scene = bare(root=root(added=release("metrics-server", "kube-system/coredns")))
    ran = scene.run()
    assert ran.code == 0
    synced = ran.done("helm-sync")
    assert synced.index("kube-system/metrics-server") > synced.index("kube-system/coredns")
    assert ran.evidence("metrics_server")["objects"] == 1
    assert "coredns" in needs_of(scene, "metrics_server")
    assert "metrics_server" in needs_of(scene, "source_synced")


def test_a_generic_release_is_not_ready_before_its_objects_are(root: Root) -> None:
    """Deployed is not ready, and gone is not ready: kstatus of every object that it applied."""
    scene = bare(root=root(added=release("metrics-server", "kube-system/coredns")))
    assert scene.run(until=("metrics_server",)).code == 0
    deployment = scene.world.objects["apps/v1/Deployment"]["kube-system/metrics-server"]
    deployment["status"]["readyReplicas"] = 0
    verdict = scene.look("metrics_server")
    assert isinstance(verdict, NotYet)
    assert "metrics-server" in verdict.reason
    del scene.world.objects["apps/v1/Deployment"]["kube-system/metrics-server"]
    assert isinstance(scene.look("metrics_server"), NotYet)


def test_a_release_without_needs_runs_beside_cilium(root: Root) -> None:
    """What is independent of the declared order waits for nothing of it."""
    scene = bare(root=root(added=release("beside")))
    assert not {"cilium", "node_ready[k8s-1]"} & set(needs_of(scene, "beside"))
    assert scene.run().code == 0


def test_a_renamed_release_of_cilium_is_still_the_network(root: Root) -> None:
    """The chart tells what it is: its own gate, and nodes are Ready after it."""
    scene = bare(root=root(("- name: cilium\n", "- name: cni\n"), ("- kube-system/cilium\n", "- kube-system/cni\n")))
    assert "cni" in needs_of(scene, "node_ready[k8s-1]")
    ran = scene.run()
    assert ran.code == 0
    assert ran.evidence("cni")["nodes"] == [f"k8s-{number}" for number in range(1, 7)]


def test_another_network_than_cilium_works(root: Root) -> None:
    """An unknown chart without needs is taken for the network's, by the generic gate."""
    names = ("- name: cilium\n", "- name: calico\n"), ("- kube-system/cilium\n", "- kube-system/calico\n")
    scene = bare(root=root(*names, ("charts/cilium\n", "charts/calico\n")))
    assert "calico" in needs_of(scene, "node_ready[k8s-1]")
    assert not [need for need in needs_of(scene, "coredns") if need.startswith("node_ready")]


def test_what_cilium_needs_does_not_wait_for_the_network(root: Root) -> None:
    """Definitions before Cilium, as other homelabs have it: no circle of nodes, network and release."""
    needed = ("version: 1.20.1\n", "version: 1.20.1\n    needs:\n      - kube-system/first\n")
    scene = bare(root=root(needed, added=release("first", "kube-system/earlier") + release("earlier")))
    assert "cilium" in needs_of(scene, "node_ready[k8s-1]")
    for step in ("cilium", "first", "earlier"):
        assert not [need for need in needs_of(scene, step) if need.startswith("node_ready")]
    assert [need for need in needs_of(scene, "coredns") if need.startswith("node_ready")]


def test_cilium_in_another_namespace_is_found_there(root: Root) -> None:
    """A release's objects are looked for where the release is."""
    moved = ("name: cilium\n    namespace: kube-system", "name: cilium\n    namespace: network")
    scene = bare(root=root(moved, ("- kube-system/cilium\n", "- network/cilium\n")))
    assert scene.run(until=("cilium",)).code == 0


def test_a_release_with_the_name_of_a_step_is_bad_input(root: Root) -> None:
    """It would be two steps of one name: told with file and line, before anything runs."""
    scene = bare(root=root(added=release("data-restored")))
    with pytest.raises(BadInput) as caught:
        scene.look("preflight")
    (problem,) = caught.value.problems
    assert problem.place.startswith(f"{HELMFILE}:")
    assert "data-restored" in problem.what
