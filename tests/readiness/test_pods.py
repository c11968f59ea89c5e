"""Why pods are not ready: the sentence that an operator reads while a gate waits."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from readiness.pods import crashing, explain, pulling, selected
from tests.readiness.cases import Case, cases

RULES: Mapping[str, Callable[..., Any]] = {"explain": explain, "pulling": pulling, "crashing": crashing}


@pytest.mark.parametrize("case", cases("pods.yaml"))
def test_pods_are_explained_in_one_sentence(case: Case) -> None:
    """Real shapes of pod statuses and events, and the words that they get."""
    assert RULES[case.rule](**case.given) == case.expect


def test_the_sentence_does_not_depend_on_the_order_of_the_pods() -> None:
    """Pods come from a list in any order; a sentence that changes would look like news."""
    pods = [_waiting("k8s-4", "ImagePullBackOff"), _waiting("k8s-5", "ErrImagePull"), _waiting("k8s-6", "Bad")]
    assert len({explain(order) for order in itertools.permutations(pods)}) == 1


def test_many_causes_are_counted_instead_of_listed() -> None:
    """A sentence stays short, whatever happens."""
    pods = [_waiting(f"k8s-{n}", "ImagePullBackOff", image=f"registry/image-{n}") for n in range(1, 7)]
    assert explain(pods).endswith("k8s-3 ImagePullBackOff registry/image-3 and 3 more")


def test_many_nodes_with_one_cause_are_counted_instead_of_listed() -> None:
    """One cause on the whole cluster is said once."""
    pods = [_waiting(f"k8s-{n}", "ImagePullBackOff") for n in range(1, 7)]
    assert explain(pods) == "k8s-1, k8s-2, k8s-3 and 3 more ImagePullBackOff registry/image"


def test_a_workload_selects_pods_by_labels_and_namespace() -> None:
    """Pods of a neighbour with the same label elsewhere are not its own."""
    owner = {
        "metadata": {"namespace": "kube-system"},
        "spec": {"selector": {"matchLabels": {"k8s-app": "cilium"}}},
    }
    mine = {"metadata": {"name": "a", "namespace": "kube-system", "labels": {"k8s-app": "cilium", "x": "y"}}}
    other = {"metadata": {"name": "b", "namespace": "kube-system", "labels": {"k8s-app": "kube-dns"}}}
    elsewhere = {"metadata": {"name": "c", "namespace": "default", "labels": {"k8s-app": "cilium"}}}
    bare = {"metadata": {"name": "d", "namespace": "kube-system"}}
    assert selected([mine, other, elsewhere, bare], owner) == [mine]


def _waiting(node: str, reason: str, image: str = "registry/image") -> dict[str, object]:
    return {
        "metadata": {"name": f"pod-{node}", "namespace": "default"},
        "spec": {"nodeName": node},
        "status": {
            "phase": "Pending",
            "containerStatuses": [
                {"name": "app", "image": image, "ready": False, "state": {"waiting": {"reason": reason}}}
            ],
        },
    }
