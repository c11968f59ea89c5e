"""Talos: when a machine runs, and when etcd has exactly the plan's members."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from bootstrap.verdict import Holds, Never, NotYet, Verdict
from readiness.sentence import listed

BEFORE_CNI = frozenset({"nodeReady"})
"""What may be unmet while there is no CNI: a node is not Ready without a network."""


class Member(Protocol):
    """One etcd member as a node reports it. address: of its peer URL, without scheme and port."""

    @property
    def hostname(self) -> str: ...
    @property
    def address(self) -> str: ...
    @property
    def learner(self) -> bool: ...


def configured(name: str, stage: str) -> Verdict:
    """Holds when the machine has left maintenance mode for good: it boots or runs with our configuration."""
    if stage in ("booting", "running"):
        return Holds({name: stage})
    return _staged(name, stage, "booting or running")


def running(name: str, stage: str, ready: bool, unmet: Sequence[str], *, before_cni: bool) -> Verdict:
    """Holds when MachineStatus says running and ready; before the CNI, when only nodeReady is unmet.

    stage, ready, unmet: MachineStatus' stage, status.ready and names of status.unmetConditions.
    Source: siderolabs/talos, pkg/machinery/resources/runtime/machine_status.go.
    """
    if stage != "running":
        return _staged(name, stage, "running")
    missing = sorted(set(unmet) - (BEFORE_CNI if before_cni else frozenset()))
    if missing:
        return NotYet(f"{name} is running, but not ready: {listed(missing)}", underway=True)
    if not ready and not unmet:
        return NotYet(f"{name} is running, but does not say ready", underway=True)
    return Holds({name: {"stage": stage, "unmet": sorted(unmet)}})


def members_equal(expected: Mapping[str, str], members: Sequence[Member]) -> Verdict:
    """Holds when etcd's members are the plan's control planes, each by name and address, and none is a learner.

    expected: address by name. Stricter than `talosctl health`, for which a subset, and a learner that all nodes agree
    on, is enough. Members that are not the plan's are Never: etcd of something else, or a node that was taken away.
    """
    if not members:
        return NotYet("etcd has no members")
    planned = set(expected.values())
    strangers = sorted(_named(member) for member in members if member.address not in planned)
    if strangers:
        return _foreign(strangers, expected)
    faults = [*_missing(expected, members), *_misnamed(expected, members), *_learners(members)]
    if faults:
        voters = sum(1 for member in members if not member.learner)
        return NotYet(
            f"etcd has {voters}/{len(expected)} voting members: {listed(faults, between='; ')}", underway=True
        )
    return Holds({"members": sorted(member.hostname for member in members)})


def _staged(name: str, stage: str, expected: str) -> NotYet:
    """A machine in maintenance mode waits for somebody; one in any other stage is on its way."""
    if stage in ("", "maintenance"):
        return NotYet(f"{name} is {'in maintenance mode' if stage else 'in no known stage'}, expected {expected}")
    return NotYet(f"{name} is {stage}, expected {expected}", underway=True)


def _foreign(strangers: Sequence[str], expected: Mapping[str, str]) -> Never:
    return Never(
        f"etcd has members that are not the plan's: {listed(strangers)}; expected only {listed(sorted(expected))}",
        "if one was taken out of the cluster, remove it with `talosctl etcd remove-member`; otherwise this is not the "
        "etcd of this inventory: check the addresses before anything else",
    )


def _missing(expected: Mapping[str, str], members: Sequence[Member]) -> list[str]:
    there = {member.address for member in members}
    return [f"{name} has not joined" for name, address in sorted(expected.items()) if address not in there]


def _misnamed(expected: Mapping[str, str], members: Sequence[Member]) -> list[str]:
    """A member that was added but never started has no name yet."""
    return [
        f"{member.address} calls itself {member.hostname or 'nothing yet'}, expected {name}"
        for name, address in sorted(expected.items())
        for member in members
        if member.address == address and member.hostname != name
    ]


def _learners(members: Sequence[Member]) -> list[str]:
    return sorted(f"{_named(member)} is a learner" for member in members if member.learner)


def _named(member: Member) -> str:
    return f"{member.hostname} ({member.address})" if member.hostname else member.address
