"""What must hold within one cluster beyond the shape of its values, for all that can be read of it."""

from __future__ import annotations

import os.path
from collections.abc import Callable, Iterator
from ipaddress import IPv4Address, IPv4Network
from pathlib import PurePosixPath

from inventory.document import Document, Location, dotted
from inventory.facts import facts, op_reference
from inventory.problem import Problem
from inventory.ranges import ranges

Rule = Callable[[Document], Iterator[Problem]]

_UNIQUE: tuple[tuple[str, str, Callable[[str], object]], ...] = (
    ("nodes.*.name", "node name", str),
    ("nodes.*.address", "address", IPv4Address),
    ("nodes.*.mac", "MAC", str.lower),
    ("nodes.*.vm.id", "VMID", int),
    ("nodes.*.install_disk.serial", "disk serial", str.lower),
    ("identity.*", "identity reference", op_reference),
    ("files.*", "file", os.path.normpath),
    ("critical_apps.*", "app", str),
)


def check(document: Document) -> tuple[Problem, ...]:
    """Every problem that the rules find in one file."""
    return tuple(problem for rule in RULES for problem in rule(document))


def named_as_its_file(document: Document) -> Iterator[Problem]:
    """`--cluster NAME` finds inventory/NAME.yaml, so the two may not differ."""
    stem = PurePosixPath(document.file).stem
    for fact in facts(document, "name", str):
        if fact.value != stem:
            what = f"the cluster is named {fact.value} in the file of {stem}"
            yield Problem(document.place(fact.location), what, f"name: {stem}", "rename the file or the cluster")


def unique(document: Document) -> Iterator[Problem]:
    """No two nodes, references or files of a cluster are the same one."""
    for path, kind, read in _UNIQUE:
        seen: dict[object, Location] = {}
        for fact in facts(document, path, read):
            first = seen.setdefault(fact.value, fact.location)
            if first != fact.location:
                there = f"{dotted(first)} at {document.place(first)}"
                what = f"{kind} {document.get(fact.location)} of {dotted(fact.location)} is already {there}"
                yield Problem(document.place(fact.location), what, f"each {kind} once", "correct one of the two")


def addresses_fit(document: Document) -> Iterator[Problem]:
    """Nodes, VIP and gateway are usable addresses of network.nodes.

    Talos announces the VIP by ARP on the nodes' own link (Talos documentation, "Virtual (shared) IP"), and a gateway
    must be on that link too.
    """
    network = next((fact.value for fact in facts(document, "network.nodes", IPv4Network)), None)
    for path in ("nodes.*.address", "endpoint.vip", "network.gateway"):
        for fact in facts(document, path, IPv4Address):
            if network is not None and not _usable(fact.value, network):
                what = (
                    f"{dotted(fact.location)} {fact.value} is not an address for a machine in network.nodes {network}"
                )
                expected = f"an address inside {network}, neither its first nor its last"
                yield Problem(document.place(fact.location), what, expected)


def addresses_differ(document: Document) -> Iterator[Problem]:
    """The VIP and the gateway are nobody's own address."""
    seen = {fact.value: fact.location for fact in facts(document, "nodes.*.address", IPv4Address)}
    for path in ("endpoint.vip", "network.gateway"):
        for fact in facts(document, path, IPv4Address):
            first = seen.setdefault(fact.value, fact.location)
            if first != fact.location:
                what = f"{path} {fact.value} is also {dotted(first)} at {document.place(first)}"
                yield Problem(document.place(fact.location), what, "an address of its own", "correct one of the two")


def ranges_are_apart(document: Document) -> Iterator[Problem]:
    """A pod or service range over the nodes' would swallow their traffic."""
    found = ranges(document)
    for index, fact in enumerate(found):
        for other in found[:index]:
            if fact.value.overlaps(other.value):
                there = f"{dotted(other.location)} {other.value} at {document.place(other.location)}"
                what = f"{dotted(fact.location)} {fact.value} overlaps {there}"
                yield Problem(document.place(fact.location), what, "ranges that share no address")


def control_planes_are_odd(document: Document) -> Iterator[Problem]:
    """An even number of etcd members survives no more failures than one less (etcd FAQ, "Why an odd number")."""
    nodes = document.get(("nodes",))
    roles = facts(document, "nodes.*.role", str)
    count = sum(fact.value == "control-plane" for fact in roles)
    if isinstance(nodes, list) and len(roles) == len(nodes) and count % 2 == 0:
        what = f"{count or 'none'} of {len(nodes)} nodes {'is' if count == 0 else 'are'} control-plane"
        yield Problem(
            document.place(("nodes",)), what, "an odd number of control planes, e.g. 3", "change a node's role"
        )


def identity_is_in_the_vault(document: Document) -> Iterator[Problem]:
    """A cluster's secrets come from its own vault only; 1Password compares names without case."""
    vault = next((fact.value for fact in facts(document, "secrets.vault", str)), None)
    for fact in facts(document, "identity.*", op_reference):
        there = fact.value.removeprefix("op://").split("/")[0]
        if vault and there != vault.lower():
            what = f"{dotted(fact.location)} points into the vault {there}"
            yield Problem(document.place(fact.location), what, f"a reference that begins with op://{vault}/")


def connect_has_a_url(document: Document) -> Iterator[Problem]:
    """A Connect server cannot be guessed."""
    if document.get(("secrets", "backend")) == "connect" and document.get(("secrets", "connect_url")) is None:
        what = "secrets.backend is connect, and there is no secrets.connect_url"
        yield Problem(document.place(("secrets", "backend")), what, "the server's address", "add `connect_url:`")


def machines_are_of_one_kind(document: Document) -> Iterator[Problem]:
    """Either every node is a VM and the hypervisor is described, or none is and it is not."""
    nodes = document.get(("nodes",))
    found = nodes if isinstance(nodes, list) else []
    bare = [index for index, node in enumerate(found) if isinstance(node, dict) and node.get("vm") is None]
    if 0 < len(bare) < len(found):
        for index in bare:
            what = f"nodes[{index}] has no `vm`, but other nodes have one"
            yield Problem(document.place(("nodes", index)), what, "`vm` on every node or on none", "add `vm:`")
    virtual = len(bare) < len(found)
    if virtual and document.get(("hypervisor",)) is None:
        what = "the nodes are VMs, and there is no `hypervisor`"
        yield Problem(document.place(("nodes",)), what, "where their Proxmox is", "add `hypervisor:`")
    if not virtual and document.get(("hypervisor",)) is not None:
        what = "there is a `hypervisor`, but no node is a VM"
        yield Problem(document.place(("hypervisor",)), what, "it for a cluster of VMs only", "remove it, or add `vm:`")


def disks_are_named(document: Document) -> Iterator[Problem]:
    """A selector without an attribute matches every disk."""
    nodes = document.get(("nodes",))
    for index in range(len(nodes) if isinstance(nodes, list) else 0):
        location = ("nodes", index, "install_disk")
        disk = document.get(location)
        if isinstance(disk, dict) and all(value is None for value in disk.values()):
            what = f"{dotted(location)} names no disk"
            yield Problem(document.place(location), what, "path, model or serial", "add at least one of them")


def own_credential_files(document: Document) -> Iterator[Problem]:
    """The operator's own kubeconfig and talosconfig are left alone."""
    for fact in facts(document, "files.*", os.path.normpath):
        if fact.value.endswith(("/.kube/config", "/.talos/config")):
            what = f"{dotted(fact.location)} is the default file {fact.value}, which other clusters use"
            yield Problem(document.place(fact.location), what, "a file of this cluster alone")


def _usable(address: IPv4Address, network: IPv4Network) -> bool:
    return address in network and address not in (network.network_address, network.broadcast_address)


RULES: tuple[Rule, ...] = (
    named_as_its_file,
    unique,
    addresses_fit,
    addresses_differ,
    ranges_are_apart,
    control_planes_are_odd,
    identity_is_in_the_vault,
    connect_has_a_url,
    machines_are_of_one_kind,
    disks_are_named,
    own_credential_files,
)
