"""What `talosctl get -o json` and the etcd tables print, read: as captured from talosctl 1.11.5."""

from __future__ import annotations

import json
from typing import Any

import pytest

from edges import talos_resources as parse
from edges.talos_tables import Clusters, errors, leader, members, rows
from estate.machines import Disk, Member

Resource = dict[str, Any]


def resource(**spec: object) -> Resource:
    return {"node": "10.11.0.11", "metadata": {"id": "a"}, "spec": spec}


def test_resources_follow_each_other_and_a_cut_off_one_is_left_out() -> None:
    """talosctl prints indented objects without a list around them, and a watch may end in the middle."""
    text = "".join(json.dumps(resource(n=n), indent=4) + "\n" for n in (1, 2))
    assert [each["spec"]["n"] for each in parse.resources(text)] == [1, 2]
    assert [each["spec"]["n"] for each in parse.resources(text[:-20])] == [1]
    assert parse.resources("") == ()


def test_macs_are_of_physical_interfaces() -> None:
    """Bridges, bonds and loopback have none of their own; a bond's member is known by its permanent address."""
    links = [
        resource(type="ether", kind="", hardwareAddr="48:21:0B:5E:A0:1C", permanentAddr="48:21:0b:5e:a0:1c"),
        resource(type="ether", kind="", hardwareAddr="02:00:00:00:00:01", permanentAddr="48:21:0b:5e:a0:1d"),
        resource(type="ether", kind="bond", hardwareAddr="02:00:00:00:00:09"),
        resource(type="loopback", kind="", hardwareAddr="00:00:00:00:00:00"),
    ]
    assert parse.macs(links) == ("48:21:0b:5e:a0:1c", "02:00:00:00:00:01", "48:21:0b:5e:a0:1d")


CONTENTS: dict[str, tuple[list[Resource], str | None]] = {
    "empty": ([resource(dev_path="/dev/sda", type="disk", name="")], None),
    "only a table": ([resource(dev_path="/dev/sda", type="disk", name="gpt")], None),
    "talos": (
        [
            resource(dev_path="/dev/sda", type="disk", name="gpt"),
            resource(dev_path="/dev/sda4", parent_dev_path="/dev/sda", type="partition", partition_label="STATE"),
        ],
        "talos",
    ),
    "ceph": ([resource(dev_path="/dev/sda", type="disk", name="bluestore")], "ceph"),
    "ceph beside talos": (
        [
            resource(dev_path="/dev/sda1", parent_dev_path="/dev/sda", type="partition", partition_label="META"),
            resource(dev_path="/dev/sda2", parent_dev_path="/dev/sda", type="partition", name="bluestore"),
        ],
        "ceph",
    ),
    "another": ([resource(dev_path="/dev/sda1", parent_dev_path="/dev/sda", type="partition", name="ext4")], "ext4"),
    "unknown partitions": (
        [resource(dev_path="/dev/sda1", parent_dev_path="/dev/sda", type="partition")],
        "partitions",
    ),
    "another disk's": ([resource(dev_path="/dev/sdb", type="disk", name="ext4")], None),
}


@pytest.mark.parametrize(("volumes", "content"), CONTENTS.values(), ids=CONTENTS)
def test_a_disk_says_what_stands_on_it(volumes: list[Resource], content: str | None) -> None:
    """Empty only when nothing but a partition table is there: everything else would be destroyed."""
    disk = resource(dev_path="/dev/sda", size=500, model="Samsung SSD 980 500GB", serial="S6Z1")
    assert parse.disks([disk], volumes) == (Disk("/dev/sda", 500, "Samsung SSD 980 500GB", "S6Z1", content),)


def test_what_cannot_be_installed_on_is_no_disk() -> None:
    """The installer's own medium among them."""
    assert (
        parse.disks([resource(dev_path="/dev/sr0", cdrom=True), resource(dev_path="/dev/loop0", readonly=True)], [])
        == ()
    )


@pytest.mark.parametrize(("name", "holds"), [("xfs", True), ("luks", True), ("", False)])
def test_a_formatted_ephemeral_partition_may_hold_etcd(name: str, holds: bool) -> None:
    """Talos mounts it again with what is in it."""
    assert parse.holds_ephemeral([resource(partition_label="EPHEMERAL", name=name)]) is holds


def test_a_status_is_read() -> None:
    """Names of what is not met; a machine that says nothing has no stage."""
    unmet = [{"name": "nodeReady", "reason": "no"}, {"name": "time", "reason": "no"}]
    found = parse.status([resource(stage="booting", status={"ready": False, "unmetConditions": unmet})])
    assert found == parse.Status("booting", False, ("nodeReady", "time"))
    assert parse.status([resource(stage="running", status={"ready": True, "unmetConditions": None})]).ready
    assert parse.status([]) == parse.Status()


MEMBERS = """\
NODE         ID                 HOSTNAME   PEER URLS                 CLIENT URLS               LEARNER
10.11.0.11   00000000000000a0   k8s-1      https://10.11.0.11:2380   https://10.11.0.11:2379   false
10.11.0.11   00000000000000a1              https://10.11.0.12:2380                             true
"""
STATUS = """\
NODE         MEMBER             DB SIZE   IN USE           LEADER             RAFT INDEX   ERRORS
10.11.0.11   00000000000000a0   20 kB     16 kB (80.00%)   {}   9            NOSPACE
"""


def test_members_are_read_also_without_a_name() -> None:
    """One that was added and has not started has neither name nor client address: its columns are empty."""
    assert members(MEMBERS) == (
        Member("00000000000000a0", "k8s-1", "10.11.0.11"),
        Member("00000000000000a1", "", "10.11.0.12", learner=True),
    )
    assert members("") == ()


def test_a_leader_is_read_and_none_is_none() -> None:
    """Raft's id 0 is nobody."""
    assert leader(STATUS.format("00000000000000a1")) == "00000000000000a1"
    assert leader(STATUS.format("0000000000000000")) == ""
    assert leader("") == ""
    assert errors(STATUS.format("0000000000000000")) == "NOSPACE"
    assert rows("\n") == ()


def test_clusters_are_told_apart_by_their_members() -> None:
    """Views that share a member are of one cluster, also while it grows; two that share none are two."""
    one, two, three, other = (Member(id, "", "") for id in ("b", "a", "c", "z"))
    clusters = Clusters()
    name = clusters.name((one,))
    assert clusters.name((one, two)) == name
    assert clusters.name((two, three)) == name
    assert clusters.name((other,)) not in ("", name)
    assert clusters.name(()) == ""
