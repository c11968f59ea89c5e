"""What a command in a lab has left: the machines' disks, the commands that it ran, and the journal."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from lab.place import LabPlace
from tests.commands.desk import Desk
from tests.commands.record import rows

_WRITES = re.compile(
    r"\btalosctl (apply-config(?!.* --dry-run)|bootstrap\b)|\bhelmfile .* sync\b|\bkubectl .* delete\b"
)


def folder_of(desk: Desk, cluster: str = "main") -> Path:
    """The state of a cluster's lab."""
    return desk.state / cluster / "lab"


def place_of(desk: Desk, cluster: str = "main") -> LabPlace:
    return LabPlace(folder_of(desk, cluster) / "world")


def fault(desk: Desk, what: str, **settings: str) -> None:
    """`invoke lab.fault` on main's lab."""
    words = [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
    ended = desk.run("lab.fault", "--cluster", "main", "--name", what, *words)
    assert ended.code == 0, ended.end_of_it


def disks(desk: Desk, cluster: str = "main") -> dict[str, dict[str, Any]]:
    """Of every machine what outlives its power: config, what its disks hold, whether it is on."""
    files = place_of(desk, cluster).machines.glob("*/machine.json")
    return {file.parent.name: json.loads(file.read_text()) for file in files}


def commands(desk: Desk, cluster: str = "main") -> list[str]:
    """The heads of the run log's entries: every command that was run, oldest first."""
    log = folder_of(desk, cluster) / "commands.log"
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return [line for line in lines if line[:1].isdigit()]


def writing_commands(desk: Desk, cluster: str = "main") -> list[str]:
    """Those that changed a machine or the cluster, or would have."""
    return [line for line in commands(desk, cluster) if _WRITES.search(line)]


def journal(desk: Desk, cluster: str = "main") -> list[tuple[str, dict[str, Any]]]:
    """(kind, fields) of every entry."""
    return rows(folder_of(desk, cluster) / "journal.sqlite")


def acted(desk: Desk, cluster: str = "main") -> list[str]:
    """The steps that acted, in order."""
    return [fields["step"] for kind, fields in journal(desk, cluster) if kind == "Acting"]


def nothing_was_written(desk: Desk, cluster: str = "main") -> bool:
    """No machine has a config, no API server ever ran, no command wrote, and no step but the preflight acted."""
    ours = [disk for disk in disks(desk, cluster).values() if not disk["foreign"]]
    bare = all(not disk["config"] and not disk["staged"] for disk in ours)
    servers = list(place_of(desk, cluster).logs.glob("*apiserver*"))
    return bare and not servers and not writing_commands(desk, cluster) and set(acted(desk, cluster)) <= {"preflight"}
