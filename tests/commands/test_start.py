"""What a command loads before it does anything: seconds differ between computers, modules do not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands.desk import LONGEST_S, MAIN, Desk, typed

HEAVY = {"sqlalchemy", "pydantic", "rich", "jinja2", "ruamel", "kubernetes", "httpx", "sh", "tenacity", "structlog"}
OURS = {"bootstrap", "inventory", "operations", "steps", "tree", "estate", "rehearsal", "edges", "readiness"}


def _loaded(desk: Desk, *words: str) -> set[str]:
    """Modules that a command imported, by Python's own account."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "invoke", *words],
        cwd=desk.root, env=desk.environ, capture_output=True, text=True, timeout=LONGEST_S, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-500:]
    return {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}


@pytest.mark.parametrize("words", [("--list",), ("--help", "bootstrap")])
def test_the_table_of_contents_loads_no_room_and_no_library(desk: Desk, words: tuple[str, ...]) -> None:
    """invoke itself and tasks.py are all that is needed to say what there is."""
    roots = {module.partition(".")[0] for module in _loaded(desk, *words)}
    assert "invoke" in roots
    assert roots & (HEAVY | OURS) == set()


@pytest.mark.parametrize("command", ["status", "plan", "doctor", "report"])
def test_reading_loads_no_client_and_no_live_display(finished: Desk, command: str) -> None:
    """No client of a real estate and no display for runs stands between the operator and what is true."""
    modules = _loaded(finished, command, *MAIN)
    roots = {module.partition(".")[0] for module in modules}
    assert roots & {"kubernetes", "httpx", "sh", "rich", "edges"} == set()
    assert "operations.bootstrap" not in modules


def test_the_second_start_compiles_nothing(desk: Desk, tmp_path: Path) -> None:
    """invoke tells Python to keep nothing of what it compiles; a command keeps it all the same, libraries above all."""
    kept = tmp_path / "bytecode"
    done = subprocess.run(
        typed("report", *MAIN),
        cwd=desk.root, env=desk.environ | {"PYTHONPYCACHEPREFIX": str(kept)}, capture_output=True, timeout=LONGEST_S,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0
    compiled = {path.name.partition(".")[0] for path in kept.rglob("*.pyc")}
    assert {"show_report", "selectable"} <= compiled
