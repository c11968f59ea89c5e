"""What a machine keeps when it is off: its disks, the config on them, and whether it was left switched on."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

TALOS = "talos"


@dataclass(slots=True)
class MachineDisk:
    """folder: of this machine. mac: of its interface, which a technician may replace.

    content: device path -> what the disk holds ("talos", "ceph", "ext4", ...); an empty disk is missing here.
    config, staged: machine configs on the STATE partition, "" without one. foreign: they are someone else's.
    """

    folder: Path
    mac: str
    talos_version: str
    powered: bool = True
    content: dict[str, str] = field(default_factory=dict)
    config: str = ""
    staged: str = ""
    foreign: bool = False

    @property
    def installed_on(self) -> str:
        """The device that Talos is installed on, "" without one."""
        return next((path for path, kind in self.content.items() if kind == TALOS), "")

    def write(self) -> None:
        """Bring it to the disk, whole or not at all."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        kept = {name: value for name, value in asdict(self).items() if name != "folder"}
        part = self.folder / "machine.json.part"
        part.touch(mode=0o600)
        part.write_text(json.dumps(kept))
        part.rename(self.folder / "machine.json")


def read(folder: Path, mac: str, talos_version: str) -> MachineDisk:
    """The disk in `folder`; a machine as delivered (empty, on) where there is none."""
    kept = folder / "machine.json"
    if not kept.exists():
        return MachineDisk(folder, mac, talos_version)
    return MachineDisk(folder=folder, **json.loads(kept.read_text()))
