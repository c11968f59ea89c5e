"""Three real control planes: joined, one off and on again, API servers stopped and killed, machines lost."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.xdist_group("three control planes")
Facts = dict[str, Any]
ALL = [["k8s-1", False], ["k8s-2", False], ["k8s-3", False]]


def test_all_three_join_and_none_stays_a_learner(three: Facts) -> None:
    """Every member tells the same three, all of them voters."""
    assert three["members"] == {"k8s-1": ALL, "k8s-2": ALL, "k8s-3": ALL}


def test_the_service_kubernetes_has_all_api_servers(three: Facts) -> None:
    """Each API server registers its own node's address."""
    assert sorted(three["endpoints"]) == ["10.11.0.11", "10.11.0.12", "10.11.0.13"]


def test_the_api_can_be_written_while_the_owner_of_the_vip_is_off(three: Facts) -> None:
    """Two of three are a quorum, and the VIP moves to one of them."""
    assert three["namespace made while one is off"] == "namespace/made created"
    assert three["static pods while off"] == []


def test_a_rebooted_machine_resumes_as_the_member_that_it_was(three: Facts) -> None:
    """Its data outlives the reboot: it neither joins anew nor leaves a stale member."""
    assert three["members after the reboot"] == ALL


def test_a_watch_passes_the_vip_and_ends_with_its_api_server(three: Facts) -> None:
    """An event comes through at once; a client notices that its API server is gone, and can ask another one."""
    assert (three["watched"], three["watch ended"]) == (True, True)
    assert three["read while an API server is stopped"] == "configmap/seen"


def test_a_killed_api_server_comes_back(three: Facts) -> None:
    """It ceased to be ready, and became it again by itself."""
    assert three["a killed API server comes back"] is True


def test_leaving_takes_the_member_and_its_data(three: Facts) -> None:
    """After `leave` the others are two, and the machine holds no etcd data."""
    assert three["left"] == [False, [["k8s-1", False], ["k8s-2", False]]]


def test_a_machine_that_lost_its_disk_replaces_its_stale_member(three: Facts) -> None:
    """A disk lost without leaving stays a member until the empty machine joins under its name, with a new id."""
    assert three["stale member stays"] == ALL
    assert three["members after the loss"] == ALL
    assert three["k8s-2 has a new id"] is True


def test_a_member_is_removed_once(three: Facts) -> None:
    """`remove_member` takes one out of the cluster; a second time it is said that there is none."""
    assert three["members after removal"] == [["k8s-1", False]]
    assert three["removed twice"] == "etcdserver: member not found"


def test_a_machine_that_is_off_cannot_be_asked(three: Facts) -> None:
    """The error names the machine."""
    assert three["asked while off"] == "k8s-3 is no control plane that is on"
