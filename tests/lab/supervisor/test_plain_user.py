"""A lab needs no root: a plain user gets it by a user namespace."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.lab.supervisor.labs import LONGEST_S, REPOSITORY, a_lab

NOT_ROOT = ("unshare", "--user", "--map-user=1000", "--map-group=1000")
"""Root becomes a plain user, without any capability, who still may read the files that were root's."""


@pytest.mark.needs("a private network")
def test_a_plain_user_has_a_lab_too(tmp_path: Path) -> None:
    """It comes up, answers by its names, is spoken to and joined, and goes down whole."""
    argv = (*(NOT_ROOT if os.geteuid() == 0 else ()), sys.executable, "-m", "tests.lab.supervisor.plain_user")
    with a_lab(tmp_path / "state") as lab:
        done = subprocess.run(
            [*argv, str(lab.state)], cwd=REPOSITORY, capture_output=True, text=True, timeout=2 * LONGEST_S, check=False
        )
        assert done.returncode == 0, done.stderr
        seen = json.loads(done.stdout)
    assert seen.pop("user") != 0
    assert seen.pop("known") >= 5
    assert seen == {"programs": 2, "whose": str(lab.place.folder), "uses": 0, "left": [], "folder": False}
