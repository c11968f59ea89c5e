"""What a control plane machine keeps on its disk: etcd's data, and the files that its components are started with."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lab.place import LabPlace


@dataclass(frozen=True, slots=True)
class Disk:
    """folder: of one machine."""

    folder: Path

    @property
    def etcd(self) -> Path:
        """etcd's data directory."""
        return self.folder / "etcd"

    @property
    def kubernetes(self) -> Path:
        """Keys, certificates, kubeconfigs and configuration files, each 0600."""
        return self.folder / "kubernetes"

    @property
    def etcd_begun(self) -> bool:
        """Whether etcd has data here: a write-ahead log, without which it begins or joins anew."""
        return any(self.etcd.glob("member/wal/*.wal"))

    def write(self, files: Mapping[str, str]) -> None:
        """Put these files into `kubernetes`, in place of what was there."""
        self.kubernetes.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, text in files.items():
            target = self.kubernetes / name
            target.unlink(missing_ok=True)
            with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(text)

    def wipe_etcd(self) -> None:
        shutil.rmtree(self.etcd, ignore_errors=True)

    def wipe(self) -> None:
        self.wipe_etcd()
        shutil.rmtree(self.kubernetes, ignore_errors=True)


def disk_of(place: LabPlace, name: str) -> Disk:
    """The disk of a machine, whether or not it was ever used."""
    return Disk(place.machines / name)
