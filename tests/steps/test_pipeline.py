"""The whole order: a graph for both clusters, in the declared order, guarded where the rules say."""

from __future__ import annotations

from itertools import pairwise

import pytest

from bootstrap.graph import Graph, build
from bootstrap.selection import Selection, SelectionError, select
from inventory.model import Limits
from inventory.problem import BadInput
from steps.bounds import bounded
from steps.pipeline import pipeline
from steps.site import Site
from tests.steps.harness import CLUSTERS, bare, cluster_of

ORDER = ("cilium", "coredns", "spegel", "cert_manager", "flux_operator", "flux_instance", "source_synced",
         "root_reconciled", "secret_store_ready", "critical_apps_ready", "apps_settled")  # fmt: skip
GUARDED = {"preflight", "secrets_resolved", "machine_config_rendered", "node_reachable", "etcd_generation_opened",
           "talos_config_applied", "etcd_bootstrapped", "kubeconfig_fetched", "kube_api_ready",
           "cluster_identity_pinned"}  # fmt: skip
"""Steps that stand for rules 1, 2, 7 and 8, and all that they are known by."""


def graph(name: str = "main", absent: tuple[str, ...] = ()) -> Graph:
    async def once(site: Site) -> Graph:
        return build(pipeline(site))

    return bare(name, absent=absent).play(once)


@pytest.mark.parametrize("name", CLUSTERS)
def test_every_step_says_what_becomes_true_and_how_it_is_seen(name: str) -> None:
    """A sentence for the operator, one for the gate, and a deadline that is longer than its gate must hold."""
    for id, step in graph(name).steps.items():
        assert step.summary.endswith("."), id
        assert len(step.gate.sentence) > 10, id
        assert step.deadline_s > step.gate.stability_s, id


@pytest.mark.parametrize("name", CLUSTERS)
def test_the_declared_order_holds(name: str) -> None:
    """Cilium, CoreDNS, Spegel, cert-manager, Flux: each needs all that stand before it."""
    found = graph(name)
    for before, after in pairwise(ORDER):
        assert before in found.upstream([after]), f"{after} does not need {before}"
    everything = found.upstream(
        ["control_plane_holds", "nodes_hold", *(id for id in found.steps if "node_ready" in id)]
    )
    assert everything == frozenset(found.steps)


@pytest.mark.parametrize("name", CLUSTERS)
def test_the_guards_are_those_of_the_rules(name: str) -> None:
    """Nothing that stands for identity, etcd or data can be taken on the operator's word."""
    found = graph(name)
    assert {step.name for step in found.steps.values() if step.guarded} == GUARDED
    for step in found.steps.values():
        if step.guarded:
            with pytest.raises(SelectionError, match="cannot be accepted"):
                select(found, Selection(accept={step.name: "I know"}))
        else:
            select(found, Selection(accept={step.name: "I know"}))


@pytest.mark.parametrize("name", CLUSTERS)
def test_rule_11_all_configs_are_judged_before_one_is_applied(name: str) -> None:
    """Every config, of every node, stands above every act on a machine."""
    found = graph(name)
    rendered = {id for id in found.steps if id.startswith("machine_config_rendered")}
    acts = [id for id, step in found.steps.items() if step.act and id not in ("preflight", "etcd_generation_opened")]
    assert len(rendered) == len(cluster_of(name).nodes)
    for id in acts:
        assert rendered <= found.upstream([id]), id


@pytest.mark.parametrize("name", CLUSTERS)
def test_everything_stands_on_the_preflight_and_kubernetes_on_its_identity(name: str) -> None:
    """No step begins beside the preflight; nothing is written to an API before it is known whose it is (rule 2)."""
    found = graph(name)
    assert all("preflight" in found.upstream([id]) for id in found.steps)
    for id in ("resources_applied", "crds_applied", "cilium"):
        assert "cluster_identity_pinned" in found.upstream([id])


def test_steps_of_absent_nodes_are_not_there() -> None:
    """The plan has fewer nodes, and nothing waits for those that it goes without."""
    found = graph(absent=("k8s-3", "k8s-5"))
    assert not [id for id in found.steps if "k8s-3" in id or "k8s-5" in id]
    assert "node_ready[k8s-6]" in found.steps


def test_only_what_flux_brings_and_late_losses_may_end_with_names() -> None:
    """A cluster without a network is no success with exceptions: only steps of the end are tolerant (rule 14)."""
    tolerant = {step.name for step in graph().steps.values() if step.tolerant}
    assert tolerant == {"apps_settled", "data_restored", "nodes_hold"}


def test_limits_are_put_on_the_steps_that_they_name() -> None:
    """On every node of a step; all others keep their own."""
    before = tuple(graph().steps.values())
    after = bounded(before, Limits(deadlines={"node_ready": 77.0}, stability={"cilium": 0.0}), "main")
    for old, new in zip(before, after, strict=True):
        assert new.deadline_s == (77.0 if old.name == "node_ready" else old.deadline_s)
        assert new.gate.stability_s == (0.0 if old.name == "cilium" else old.gate.stability_s)


def test_limits_that_name_no_step_are_bad_input() -> None:
    """All of them at once, with the names that there are."""
    scene = bare()
    limits = Limits(deadlines={"cillium": 1.0, "coredns": 5.0}, stability={"nodes": 1.0})
    scene.cluster = scene.cluster.model_copy(update={"limits": limits})
    with pytest.raises(BadInput) as caught:
        scene.look("preflight")
    assert [problem.what for problem in caught.value.problems] == [
        "limits.deadlines: there is no step 'cillium'",
        "limits.stability: there is no step 'nodes'",
    ]
    assert "cilium" in caught.value.problems[0].expected
