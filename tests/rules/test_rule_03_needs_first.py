"""Rule 3: no step acts before all that it needs is verified in this run, or was accepted by name."""

from __future__ import annotations

import pytest

from bootstrap.events import Accepted, Acting, Done, RunStarted, Satisfied
from bootstrap.selection import SelectionError
from rehearsal.faults import Fault, faults_of
from tests.rules.whole import Ran, cluster_of, finished, needs_of, play

GUARDED = (
    "preflight", "secrets_resolved", "machine_config_rendered", "node_reachable", "etcd_generation_opened",
    "talos_config_applied", "etcd_bootstrapped", "kubeconfig_fetched", "kube_api_ready", "cluster_identity_pinned",
)  # fmt: skip
"""What stands for rules 1, 2, 7 and 8."""


def too_early(ran: Ran) -> list[str]:
    """Acts that began while something that they need was neither verified in this run nor accepted."""
    held: set[str] = set()
    found: list[str] = []
    for entry in ran.rehearsed.entries:
        match entry.event:
            case Done(step) | Satisfied(step) | Accepted(step):
                held.add(step)
            case Acting(step):
                found += [f"{step} before {need}" for need in needs_of()[step] if need not in held]
    return found


@pytest.mark.parametrize("seed", range(30))
def test_rule_03_every_act_comes_after_all_that_it_needs(seed: int) -> None:
    """Whatever goes wrong, with and without faults; a second run verifies everything again."""
    scene = play(*(faults_of(seed, cluster_of()) if seed else ()), seed=seed)
    ran = scene.run(agrees=True)
    assert too_early(ran) == []
    assert ran.violations == ()
    assert too_early(scene.run(agrees=True, seed=seed)) == []


def test_rule_03_what_failed_keeps_back_all_that_needs_it() -> None:
    """Cilium's images never come: nothing that needs a network is installed."""
    ran = play(Fault("failing-pull", "cilium")).run()
    assert ran.code == 1
    assert list(ran.failed) == ["cilium"]
    assert too_early(ran) == []
    assert ran.done("helm-sync") == ["kube-system/cilium"]


def test_rule_03_what_is_skipped_takes_along_all_that_needs_it() -> None:
    """--skip leaves out, it does not pretend."""
    ran = play().run(skip=("cilium",))
    assert ran.done("helm-sync") == []
    (started,) = ran.events(RunStarted)
    assert {started.modes[step] for step in ("cilium", "coredns", "source_synced", "data_restored")} == {"skip"}


def test_rule_03_what_is_accepted_by_name_is_journaled_and_repeated() -> None:
    """The reason stands in the journal, the sentence in the summary, and the exit code says that it was not shown."""
    ran = play(Fault("failing-pull", "radarr")).run(accept={"critical_apps_ready": "seen by hand"})
    (accepted,) = ran.events(Accepted)
    assert (accepted.step, accepted.reason) == ("critical_apps_ready", "seen by hand")
    assert ran.code == 4
    assert any("critical_apps_ready accepted (seen by hand)" in text for text in ran.exceptions)


@pytest.mark.parametrize("step", GUARDED)
def test_rule_03_what_guards_identity_etcd_and_data_cannot_be_accepted(step: str) -> None:
    """Refused before anything is looked at."""
    scene = finished()
    with pytest.raises(SelectionError, match="cannot be accepted"):
        scene.run(accept={step: "it will be fine"})


def test_rule_03_a_step_that_is_needed_but_not_selected_is_never_acted_on() -> None:
    """--only cilium on bare machines: it is verified that there is no cluster, and that is all."""
    ran = play().run(only=("cilium",))
    assert (ran.code, ran.acted, ran.effects) == (1, [], ())
