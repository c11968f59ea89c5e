"""Where a lab lives: one folder a cluster, gone when the lab is down."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class LabPlace:
    """folder: of this cluster's lab, mode 0700; nothing of the lab is outside of it but the tools."""

    folder: Path

    @property
    def home(self) -> Path:
        """HOME of whatever runs inside: the operator's own files stay untouched."""
        return self.folder / "home"

    @property
    def programs(self) -> Path:
        """First on PATH inside: the built tools by name, and the lab's own `op`."""
        return self.folder / "bin"

    @property
    def logs(self) -> Path:
        """One file a process: <name>.log."""
        return self.folder / "logs"

    @property
    def machines(self) -> Path:
        """The disks of the machines: one folder a node."""
        return self.folder / "machines"

    @property
    def data(self) -> Path:
        """What services keep: registry, Git repository, artifacts; one folder a service."""
        return self.folder / "data"

    @property
    def ca(self) -> Path:
        """The certificate of the lab's own web CA (SSL_CERT_FILE inside)."""
        return self.folder / "web-ca.crt"

    @property
    def hosts(self) -> Path:
        """Stands over /etc/hosts inside."""
        return self.folder / "hosts"

    @property
    def socket(self) -> Path:
        """Where the supervisor is spoken to, from inside and outside."""
        return self.folder / "control.sock"

    @property
    def record(self) -> Path:
        """Which process holds the lab: written before it begins."""
        return self.folder / "supervisor.json"

    @property
    def failure(self) -> Path:
        """Why the lab ended by itself, in one sentence; not there while all is well."""
        return self.folder / "failure.txt"

    @property
    def temporary(self) -> Path:
        """TMPDIR of whatever runs inside."""
        return self.folder / "tmp"

    @property
    def facts(self) -> Path:
        """What was made true in the cluster, and when: one JSON object a line."""
        return self.folder / "facts.jsonl"

    def of_home(self, path: str) -> Path:
        """The file that a path of the inventory names inside: `~` is the lab's home."""
        return Path(path.replace("~", str(self.home), 1))
