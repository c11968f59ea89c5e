"""One real control plane: begun, used through the VIP, killed, saved, wiped and restored."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.xdist_group("one control plane")
Facts = dict[str, Any]


def test_the_api_answers_through_the_vip_with_the_kubeconfig_of_the_machine(single: Facts) -> None:
    """`kubectl get ns` by the cluster's endpoint shows what every cluster has."""
    expected = {"namespace/default", "namespace/kube-node-lease", "namespace/kube-public", "namespace/kube-system"}
    assert set(single["namespaces"]) == expected


def test_the_service_kubernetes_answers_too(single: Facts) -> None:
    """The first address of the service range leads to the API."""
    assert single["service address answers"] is True


def test_nothing_answers_at_the_vip_before_etcd_is_begun(single: Facts) -> None:
    """A booted machine without etcd refuses connections to the cluster's API."""
    assert (single["begun before begin"], single["VIP answers before begin"]) == (False, False)


def test_begin_leaves_data(single: Facts) -> None:
    """Once `begin` has returned, the machine holds etcd data."""
    assert single["begun after begin"] is True


def test_etcd_is_not_begun_twice(single: Facts) -> None:
    """The second `begin` is refused with the reason."""
    assert single["second begin"] == "k8s-1 holds etcd data: it is not begun a second time"


def test_all_three_static_pods_become_ready(single: Facts) -> None:
    """Readiness comes from the components' own health endpoints."""
    assert single["static pods"] == ["kube-apiserver", "kube-controller-manager", "kube-scheduler"]


def test_etcd_tells_of_itself(single: Facts) -> None:
    """A single member leads, is no learner, and has a database."""
    version, leads, learner, has_data = single["status"]
    assert (version.count("."), leads, learner, has_data) == (2, True, False, True)


def test_a_killed_etcd_comes_back_with_its_data(single: Facts) -> None:
    """A secret is still there after etcd was killed."""
    assert single["secret after etcd was killed"] == "secret/kept"


def test_secrets_lie_encrypted_in_etcd(single: Facts) -> None:
    """The machine config's secretbox key is used: a snapshot does not hold the plain word, and is for its owner."""
    assert (single["snapshot has the secret in plain text"], single["snapshot mode"]) == (False, "0o600")


def test_a_wiped_machine_holds_nothing_and_the_vip_goes_away(single: Facts) -> None:
    """`wipe` ends the processes and removes the data."""
    assert (single["begun after wipe"], single["VIP answers after wipe"]) == (False, False)


def test_a_broken_snapshot_is_refused_and_leaves_the_machine_empty(single: Facts) -> None:
    """etcdutl's own words come back, and a sound snapshot can still be given."""
    assert "sha256" in single["broken snapshot"]
    assert single["begun after a broken snapshot"] is False


def test_begin_from_a_snapshot_brings_the_objects_back(single: Facts) -> None:
    """The secret of the life before the wipe is read again, so its key is the same too."""
    assert single["secret after restore"] == "cGxhaW4tdGV4dC13b3Jk"


def test_a_machine_with_another_etcd_ca_does_not_join(single: Facts) -> None:
    """It asks with its own certificates, and is refused: it neither becomes a member nor gets data."""
    assert single["members beside a foreign machine"] == ["k8s-1"]
    assert single["foreign machine begun"] is False


def test_the_last_member_cannot_leave(single: Facts) -> None:
    """etcd refuses it, and the data stays."""
    assert "not enough started members" in single["leave of the last member"]
    assert single["begun after the last member's leave"] is True
