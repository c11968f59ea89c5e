"""Judging one machine before it is used, and what installing on it would destroy. Pure."""

from __future__ import annotations

import pytest

from estate.machines import Disk, Machine, State
from inventory.model import InstallDisk, Node
from steps.disks import matching_disks, overwritten, wanted_disk
from steps.survey_machines import judge_machine, wrong_mac
from tests.steps.harness import cluster_of

NODE = cluster_of().nodes[3]
DISK = Disk("/dev/nvme0n1", 10**12, "Samsung SSD 980 1TB", "S6Z1NJ0TB07730X")
OTHER = Disk("/dev/nvme1n1", 10**12, "WD Red SN700 1000GB", "WD1", content="ceph")


def maintenance(**more: object) -> Machine:
    known: dict[str, object] = {"macs": (NODE.mac,), "disks": (DISK, OTHER), "talos_version": "v1.11.5"}
    return Machine(State.MAINTENANCE, **{**known, **more})  # type: ignore[arg-type]


def node(**disk: str) -> Node:
    return NODE.model_copy(update={"install_disk": InstallDisk(**disk)})


@pytest.mark.parametrize(
    ("machine", "kinds", "refused"),
    [
        (maintenance(), ["note"], False),
        (maintenance(talos_version="v1.12.0-alpha.2"), ["note"], False),
        (maintenance(talos_version="v1.11.0"), ["note"], False),
        (maintenance(talos_version="v1.9.5"), ["problem"], False),
        (maintenance(talos_version=""), ["note"], False),
        (maintenance(macs=()), ["problem"], True),
        (maintenance(macs=("02:00:00:00:00:01", NODE.mac)), ["note"], False),
        (maintenance(macs=(NODE.mac.upper(),)), ["note"], False),
        (maintenance(disks=()), ["problem"], False),
        (maintenance(macs=(), disks=(), talos_version="v1.2.0"), ["problem"] * 3, True),
        (Machine(State.ABSENT), ["wait"], False),
        (Machine(State.FOREIGN), ["problem"], True),
        (Machine(State.BOOTING), ["note"], False),
        (Machine(State.RUNNING, macs=("02:00:00:00:00:01",)), ["note"], False),
    ],
)
def test_what_stands_against_a_machine(machine: Machine, kinds: list[str], refused: bool) -> None:
    """All findings about a machine at once; guards are those of identity."""
    found = judge_machine(NODE, machine, "v1.11.5")
    assert [finding.kind for finding in found] == kinds
    assert any(finding.refused for finding in found) is refused
    assert all(finding.next_action for finding in found if finding.kind == "problem")
    assert all(NODE.name in finding.sentence for finding in found)


@pytest.mark.parametrize(
    ("wanted", "paths"),
    [
        ({"model": DISK.model}, [DISK.path]),
        ({"serial": DISK.serial}, [DISK.path]),
        ({"path": OTHER.path}, [OTHER.path]),
        ({"path": OTHER.path, "serial": DISK.serial}, []),
        ({"model": DISK.model, "serial": "X"}, []),
    ],
)
def test_a_disk_must_have_all_that_the_inventory_names(wanted: dict[str, str], paths: list[str]) -> None:
    """One attribute that differs makes it another disk."""
    assert [disk.path for disk in matching_disks(node(**wanted), maintenance())] == paths


def test_the_wanted_disk_is_named_in_the_inventorys_words() -> None:
    """For the sentence that says which disk is missing."""
    assert wanted_disk(node(model="A", serial="B")) == "model=A serial=B"


@pytest.mark.parametrize("content", ["talos", "ceph", "ext4"])
def test_data_on_the_install_disk_is_what_would_be_destroyed(content: str) -> None:
    """Named with disk and content; the key changes with either, so consent to one is not consent to the other."""
    machine = maintenance(disks=(Disk(DISK.path, 1, DISK.model, DISK.serial, content), OTHER))
    found = overwritten(NODE, machine)
    assert found is not None
    assert f"which holds {content} data" in found.sentence
    assert found.key == f"install:{NODE.name}:{DISK.serial}:{content}"


def test_other_disks_are_nobodys_business() -> None:
    """Ceph's own disk beside the install disk is never touched, and never asked about."""
    assert overwritten(NODE, maintenance()) is None


def test_a_wrong_mac_names_what_was_found_and_expected() -> None:
    """Both, or "unknown" when the machine told none."""
    assert NODE.mac in wrong_mac(NODE, maintenance(macs=("aa:aa:aa:aa:aa:aa",)))
    assert "has MAC unknown" in wrong_mac(NODE, maintenance(macs=()))
