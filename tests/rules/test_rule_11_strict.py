"""Rule 11: templates are strict; what they lack is a permanent error before anything is applied."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from inventory.problem import BadInput
from operations.bootstrap import bootstrap
from operations.places import state_folder
from operations.request import Request
from rehearsal import pki
from tests.rules.whole import ROOT, play
from tree.reference import Reference

CONFIG = "kubernetes/main/talos/machineconfig.yaml.j2"
BREAKAGES = {
    "an-undefined-variable": ("#{ ENV.CLUSTER_VIP }#", "#{ ENV.CLUSTER_VIPP }#", "ENV.CLUSTER_VIPP is undefined"),
    "an-empty-image": ("ghcr.io/siderolabs/kubelet:#{ ENV.KUBERNETES_VERSION }#", "", "an image reference"),
    "an-image-without-a-tag": (":#{ ENV.KUBERNETES_VERSION }#", ":#{ '' }#", "an image reference"),
    "no-etcd-ca": ("op://homelab-main/talos/CLUSTER_ETCD_CA_CRT", "", "cluster.etcd.ca.crt"),
}


@pytest.mark.parametrize("breakage", BREAKAGES)
def test_rule_11_a_template_that_lacks_something_is_refused_with_its_place(
    breakage: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The whole command on a broken copy of the tree: one clear error, and not even a journal is begun."""
    monkeypatch.setenv("FIRSTLIGHT_STATE", str(tmp_path / "state"))
    old, new, sentence = BREAKAGES[breakage]
    root = tmp_path / "repository"
    for folder in ("inventory", "kubernetes"):
        shutil.copytree(ROOT / folder, root / folder)
    shutil.copy(ROOT / ".minijinja.toml", root)
    template = root / CONFIG
    assert old in template.read_text()
    template.write_text(template.read_text().replace(old, new))
    with pytest.raises(BadInput) as caught:
        bootstrap(Request("main", "rehearsal", root, pace="max"))
    said = [problem for problem in caught.value.problems if sentence in f"{problem.what} {problem.expected}"]
    assert said
    assert all(CONFIG in problem.place for problem in said)
    assert not state_folder().exists()


def test_rule_11_an_empty_secret_is_an_error_before_anything_is_applied(monkeypatch: pytest.MonkeyPatch) -> None:
    """A control plane with an empty etcd CA would come up without one: it is named, and nobody is configured."""
    made_up = pki.value_of

    def value_of(reference: Reference, which: str = "first") -> str:
        return " " if reference.field == "CLUSTER_ETCD_CA_CRT" else made_up(reference, which)

    monkeypatch.setattr(pki, "value_of", value_of)
    ran = play().run()
    assert (ran.code, ran.effects) == (1, ())
    assert "op://homelab-main/talos/CLUSTER_ETCD_CA_CRT" in ran.failed["secrets_resolved"]
