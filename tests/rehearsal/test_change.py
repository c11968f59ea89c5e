"""What others do to a world between two runs."""

from __future__ import annotations

from bootstrap.journal import MemoryJournal
from estate.machines import State
from rehearsal.canonical import canonical_state, settle
from rehearsal.change import reset, upgraded
from rehearsal.invariants import check
from rehearsal.world_json import to_json
from tests.rehearsal.bootstraps import bootstrap
from tests.rehearsal.worlds import bare, cluster_of, everything, node_of, on_machines


def test_an_upgraded_world_runs_newer_versions() -> None:
    """Machines, their configs and their nodes say the new versions, and the configs differ from Git's."""
    world = upgraded(everything(), "v1.12.0", "v1.35.0")
    assert {machine.talos_version for machine in world.machines.values()} == {"v1.12.0"}
    assert all(":v1.12.0" in machine.config for machine in world.machines.values())
    versions = {node["status"]["nodeInfo"]["kubeletVersion"] for node in world.objects["v1/Node"].values()}
    assert versions == {"v1.35.0"}


def test_a_run_on_an_upgraded_world_writes_to_no_node() -> None:
    """Rule 13: staying true after an upgrade is to leave it alone."""
    world, journal = bare(), MemoryJournal()
    bootstrap(world, journal)
    upgraded(world, "v1.12.0", "v1.35.0")
    before = len(world.effects)
    assert bootstrap(world, journal).exit_code in (0, 4)
    assert [effect for effect in world.effects[before:] if effect["what"] in ("apply-config", "bootstrap-etcd")] == []
    assert check(world, cluster_of(), journal.stored) == ()


def test_a_bare_world_cannot_be_upgraded() -> None:
    """What has no config is left as it is."""
    world = bare()
    before = to_json(world)
    assert to_json(upgraded(world, "v1.12.0", "v1.35.0")) == before


def test_reset_machines_are_bare_again() -> None:
    """All in maintenance mode, no etcd, no cluster; the operator's files and the log stay."""
    world = everything()
    files, effects = dict(world.files), len(world.effects)
    reset(world, cluster_of())
    assert on_machines(world, lambda machines: machines.look(node_of("k8s-1"))).state is State.MAINTENANCE
    assert (world.etcds, world.objects, world.releases) == ({}, {}, {})
    assert (world.files, len(world.effects)) == (files, effects)


def test_a_reset_cluster_is_bootstrapped_anew() -> None:
    """With the journal of its first life: another generation, another kube-system, the same state."""
    world, journal = bare(), MemoryJournal()
    assert bootstrap(world, journal).exit_code == 0
    settle(world)
    first, uid = canonical_state(world), world.objects["v1/Namespace"]["kube-system"]["metadata"]["uid"]
    reset(world, cluster_of())
    assert bootstrap(world, journal).exit_code == 0
    settle(world)
    assert canonical_state(world) == first
    assert world.objects["v1/Namespace"]["kube-system"]["metadata"]["uid"] != uid
    assert check(world, cluster_of(), journal.stored) == ()
