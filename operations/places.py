"""Where state lives on this computer: one folder a cluster and estate, never shared between them."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Places:
    """folder: of this cluster on this estate. journal: the SQLite file, or the URL of --journal."""

    folder: Path
    journal: Path | str

    @property
    def world(self) -> Path:
        """The rehearsed world, which outlives the process as the real one would."""
        return self.folder / "world.json"

    @property
    def journal_name(self) -> str:
        """The journal as it may be printed: a password in its URL is hidden."""
        if isinstance(self.journal, Path):
            return str(self.journal)
        from bootstrap.journals.database import parse

        return parse(self.journal).name


def places(cluster: str, estate: str, journal_url: str = "") -> Places:
    """The paths for one cluster on one estate. Nothing is made yet."""
    folder = state_folder() / cluster / estate
    return Places(folder, journal_url or folder / "journal.sqlite")


def state_folder() -> Path:
    """The platform's folder for state: FIRSTLIGHT_STATE, else what the platform says."""
    if chosen := os.environ.get("FIRSTLIGHT_STATE"):
        return Path(chosen)
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "firstlight"
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "firstlight"
