"""What a machine cannot run is listed at the end, and fails the session where nothing may be left out."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parents[2]
LACKING = """
import pytest
from tests.needs import not_run

@pytest.mark.needs("a-program-that-nobody-has")
def test_a(): pass

def test_b(): not_run("the moon landing", "a rocket")

def test_c(): not_run("the moon landing", "a rocket")

@pytest.mark.skip(reason="too hard")
def test_d(): pass
"""
ENOUGH = """
import pytest

@pytest.mark.needs("sh")
def test_e(): pass
"""


def _session(tmp_path: Path, tests: str, *options: str, strict: bool = False) -> tuple[int, list[str]]:
    """Exit status, and the NOT RUN lines of the list at the end."""
    (tmp_path / "test_x.py").write_text(tests)
    environment = {**os.environ, "FIRSTLIGHT_NOTHING_MAY_BE_SKIPPED": "1" if strict else ""}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.conftest", "-p", "no:cacheprovider", *options]
    done = subprocess.run(
        [*command, str(tmp_path / "test_x.py")], cwd=HERE, env=environment, capture_output=True, text=True, check=False
    )
    lines = done.stdout.partition("what this machine could not run")[2].splitlines()
    return done.returncode, [line for line in lines if line.startswith("NOT RUN: ")]


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["one process", "xdist"])
def test_each_reason_is_listed_once_and_where_none_may_be_the_session_fails(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    """Also a plain skip is named, by its test. CI installs what is needed; what it forgot shows as a failure."""
    status, lines = _session(tmp_path, LACKING, *options, strict=True)
    assert status == 1
    assert len(lines) == 3
    assert "NOT RUN: the moon landing (needs a rocket)" in lines
    assert any("test_a" in line and "a-program-that-nobody-has" in line for line in lines)
    assert any("test_d" in line and "too hard" in line for line in lines)


def test_elsewhere_a_list_is_no_failure(tmp_path: Path) -> None:
    """A newcomer's machine runs what it can."""
    assert _session(tmp_path, LACKING)[0] == 0


def test_a_complete_session_says_that_nothing_is_missing(tmp_path: Path) -> None:
    """The list is always there, so its absence is no good news."""
    assert _session(tmp_path, ENOUGH, strict=True) == (0, ["NOT RUN: nothing"])
