"""Values by path: what can be read is read, and a broken part hides nothing else."""

from __future__ import annotations

from ipaddress import IPv4Address

import pytest

from inventory.document import Document, Location, parse
from inventory.facts import Fact, facts, op_reference, touches
from inventory.overlap import compared, overlaps
from tests.inventory.samples import ALPHA, BETA, edited

TEXT = """\
name: x
nodes:
  - {address: 10.0.0.1, id: 1}
  - {address: no, id: two}
  - {address: , id: true}
  - just text
  - {address: [10.0.0.2], id: 3.5}
  - {address: 10.0.0.3, id: 4}
identity: {a: "op://V/i/f", b: hunter2, c: 5}
"""


@pytest.fixture
def document() -> Document:
    return parse("x.yaml", TEXT)[0]


def test_values_that_cannot_be_read_are_left_out(document: Document) -> None:
    """Only the addresses that are addresses come, each with where it stands."""
    assert facts(document, "nodes.*.address", IPv4Address) == (
        Fact(("nodes", 0, "address"), IPv4Address("10.0.0.1")),
        Fact(("nodes", 5, "address"), IPv4Address("10.0.0.3")),
    )


def test_true_and_fractions_are_no_numbers(document: Document) -> None:
    """A reader is given text, so 3.5 is no whole number, and true is none at all."""
    assert [fact.value for fact in facts(document, "nodes.*.id", int)] == [1, 4]


def test_a_star_goes_through_the_keys_of_a_section(document: Document) -> None:
    """Sections are walked in file order; what is no reference is left out, so that it is never quoted."""
    assert [fact.location for fact in facts(document, "identity.*", str)] == [
        ("identity", "a"),
        ("identity", "b"),
        ("identity", "c"),
    ]
    assert facts(document, "identity.*", op_reference) == (Fact(("identity", "a"), "op://v/i/f"),)


@pytest.mark.parametrize("path", ["absent", "name.x", "nodes.address", "nodes.*.address.*.x", "identity.a.*"])
def test_a_path_that_leads_nowhere_gives_nothing(document: Document, path: str) -> None:
    """A path is matched exactly: no key is guessed."""
    assert facts(document, path, str) == ()


@pytest.mark.parametrize(
    ("location", "path", "met"),
    [
        ((), "nodes.*.mac", True),
        (("nodes",), "nodes.*.mac", True),
        (("nodes", 3), "nodes.*.mac", True),
        (("nodes", 3, "mac"), "nodes.*.mac", True),
        (("nodes", 3, "mac", 0), "nodes.*.mac", True),
        (("nodes", 3, "role"), "nodes.*.mac", False),
        (("node",), "nodes.*.mac", False),
        (("identity", "cluster_id"), "identity.*", True),
        (("talos", "version"), "tree", False),
    ],
)
def test_a_location_touches_what_is_above_and_below_it(location: Location, path: str, met: bool) -> None:
    """A defect at a location concerns a path when it stands on the way to it, at it, or under it."""
    assert touches(location, path) is met


@pytest.mark.parametrize(
    ("location", "met"),
    [
        (("name",), True),
        (("endpoint",), True),
        (("endpoint", "port"), False),
        (("network", "gateway"), False),
        (("network", "pods"), True),
        (("hypervisor", "api_url"), True),
        (("hypervisor", "vlan"), False),
        (("nodes", 0, "vm", "host"), True),
        (("nodes", 0, "role"), False),
        (("git", "url"), False),
        (("limits",), False),
    ],
)
def test_overlap_is_judged_by_what_clusters_may_not_share(location: Location, met: bool) -> None:
    """A defect anywhere else cannot hide an overlap."""
    assert compared(location) is met


SHARINGS = [
    ("tree: kubernetes/beta", "tree: kubernetes/alpha/x"),
    ("name: beta.test", "name: alpha.test"),
    ("vip: 10.2.0.10", "vip: 10.1.0.12"),
    ("services: 10.103.0.0/16", "services: 10.0.0.0/8"),
    ("vault: beta", "vault: ALPHA"),
    ("op://beta/talos/ID", "op://alpha/talos/CA"),
    ("~/beta/kubeconfig", "~/alpha/talosconfig"),
    ("02:00:00:00:02:01", "02:00:00:00:01:02"),
    ("name: beta", "name: alpha"),
]


@pytest.mark.parametrize("edit", SHARINGS)
def test_overlap_is_mutual(edit: tuple[str, str]) -> None:
    """What one cluster is told about the other, the other is told about it: the same pairs of places."""
    alpha, beta = parse("inventory/alpha.yaml", ALPHA)[0], parse("inventory/beta.yaml", edited(BETA, edit))[0]
    one = {(problem.place, problem.what.rsplit(" at ", 1)[1]) for problem in overlaps(alpha, beta)}
    other = {(problem.what.rsplit(" at ", 1)[1], problem.place) for problem in overlaps(beta, alpha)}
    assert one
    assert one == other


def test_two_clusters_that_share_nothing_do_not_overlap() -> None:
    """The samples are apart, though they have the Git repository, versions, schematic and time server in common."""
    alpha, beta = parse("inventory/alpha.yaml", ALPHA)[0], parse("inventory/beta.yaml", BETA)[0]
    assert overlaps(alpha, beta) == ()
    assert overlaps(beta, alpha) == ()
