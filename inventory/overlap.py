"""What two clusters may not share. The Git repository and its branch are the one thing that they may."""

from __future__ import annotations

import os.path
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import PurePosixPath

from inventory.document import Document, dotted
from inventory.facts import Fact, facts, op_reference, touches
from inventory.problem import Problem
from inventory.ranges import PATHS as RANGES
from inventory.ranges import ranges


def _file(path: str) -> str:
    """Two spellings of one file: `~` is written out; some file systems do not tell case apart."""
    return os.path.normpath(os.path.expanduser(path)).lower()


@dataclass(frozen=True)
class _Kind:
    """Something that is one cluster's alone. read: makes equal what means the same."""

    name: str
    paths: tuple[str, ...]
    read: Callable[[str], object]


_KINDS = (
    _Kind("cluster name", ("name",), str.lower),
    _Kind("address", ("nodes.*.address", "endpoint.vip"), IPv4Address),
    _Kind("MAC", ("nodes.*.mac",), str.lower),
    _Kind("disk serial", ("nodes.*.install_disk.serial",), str.lower),
    _Kind("endpoint", ("endpoint.name",), str.lower),
    _Kind("vault", ("secrets.vault",), str.lower),
    _Kind("identity reference", ("identity.*",), op_reference),
    _Kind("credential file", ("files.*",), _file),
)
_VMID, _HOST, _API, _TREE = "nodes.*.vm.id", "nodes.*.vm.host", "hypervisor.api_url", "tree"
COMPARED = (*(path for kind in _KINDS for path in kind.paths), *RANGES, _VMID, _HOST, _API, _TREE)
"""Paths without which overlap cannot be judged."""


def overlaps(mine: Document, other: Document) -> tuple[Problem, ...]:
    """Everything that both files claim, placed in `mine` and naming the place in `other`."""
    return (*_shared(mine, other), *_ranges(mine, other), *_machines(mine, other), *_trees(mine, other))


def compared(path: tuple[str | int, ...]) -> bool:
    """Whether a location holds, or would hold, something that overlap is judged by."""
    return any(touches(path, each) for each in COMPARED)


def _shared(mine: Document, other: Document) -> Iterator[Problem]:
    for kind in _KINDS:
        theirs = {fact.value: fact for path in kind.paths for fact in facts(other, path, kind.read)}
        for fact in (fact for path in kind.paths for fact in facts(mine, path, kind.read)):
            if fact.value in theirs:
                yield _problem(mine, fact, kind.name, other, theirs[fact.value])


def _ranges(mine: Document, other: Document) -> Iterator[Problem]:
    for fact in ranges(mine):
        for theirs in ranges(other):
            if fact.value.overlaps(theirs.value):
                yield _problem(mine, fact, "range", other, theirs)


def _machines(mine: Document, other: Document) -> Iterator[Problem]:
    """A VMID is unique within one Proxmox cluster (Proxmox VE documentation, `qm`): compared where they share one."""
    if not any(_values(mine, path) & _values(other, path) for path in (_HOST, _API)):
        return
    theirs = {fact.value: fact for fact in facts(other, _VMID, int)}
    for fact in facts(mine, _VMID, int):
        if fact.value in theirs:
            yield _problem(mine, fact, "VMID", other, theirs[fact.value])


def _trees(mine: Document, other: Document) -> Iterator[Problem]:
    """A tree inside another would be changed with it."""
    for fact in facts(mine, _TREE, PurePosixPath):
        for theirs in facts(other, _TREE, PurePosixPath):
            if fact.value.is_relative_to(theirs.value) or theirs.value.is_relative_to(fact.value):
                yield _problem(mine, fact, "tree", other, theirs)


def _values(document: Document, path: str) -> frozenset[str]:
    return frozenset(fact.value.lower().rstrip("/") for fact in facts(document, path, str))


def _problem(mine: Document, fact: Fact[object], kind: str, other: Document, theirs: Fact[object]) -> Problem:
    value, same = mine.get(fact.location), other.get(theirs.location)
    verb = "is also" if value == same else f"overlaps {same},"
    there = f"{dotted(theirs.location)} of {PurePosixPath(other.file).stem} at {other.place(theirs.location)}"
    what = f"{kind} {value} of {dotted(fact.location)} {verb} {there}"
    return Problem(mine.place(fact.location), what, f"one cluster to own this {kind}", "correct one of the two")
