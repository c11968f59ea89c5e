"""Tests of one group are played by one worker, however many there are: what they share is made once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.commands.desk import REPOSITORY

FILE = """
import os, time
from pathlib import Path
import pytest
pytestmark = pytest.mark.xdist_group("one")
@pytest.mark.parametrize("number", range(4))
def test_it(number):
    time.sleep(0.05)
    with (Path(__file__).parent / "workers").open("a") as file:
        file.write(os.environ["PYTEST_XDIST_WORKER"] + "\\n")
"""


def test_a_group_has_one_worker(tmp_path: Path) -> None:
    """Two files of one group, two workers: all eight tests by the same one."""
    (tmp_path / "conftest.py").write_text("from tests.conftest import pytest_collection_modifyitems\n")
    for name in ("a", "b"):
        (tmp_path / f"test_{name}.py").write_text(FILE)
    argv = (
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-n",
        "2",
        "--dist",
        "loadgroup",
        "-p",
        "no:cacheprovider",
        str(tmp_path),
    )
    ran = subprocess.run(argv, cwd=REPOSITORY, capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    workers = (tmp_path / "workers").read_text().split()
    assert (len(workers), len(set(workers))) == (8, 1)
