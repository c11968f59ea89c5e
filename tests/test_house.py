"""The house: what the repository promises about its own files."""

from __future__ import annotations

import ast
import re
import statistics
import subprocess
from pathlib import Path

ROOT = Path(__file__).parent.parent
ROOMS = ("bootstrap", "edges", "estate", "inventory", "lab", "operations", "readiness", "rehearsal", "steps", "tree")


def _tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


def test_no_file_is_long_and_the_median_is_short() -> None:
    """No Python file over 400 lines; the median of the rooms' files is at most 120."""
    lengths = {path: len(path.read_text().splitlines()) for path in _tracked("*.py")}
    assert {path.name: n for path, n in lengths.items() if n > 400} == {}
    rooms = [n for path, n in lengths.items() if path.relative_to(ROOT).parts[0] in ROOMS]
    assert statistics.median(rooms) <= 120


def test_functions_are_short() -> None:
    """The median function of the rooms has at most 8 lines, nine of ten at most 30, none more than 60."""
    lengths = sorted(
        (node.end_lineno or 0) - node.lineno + 1
        for path in _tracked(*(f"{room}/*.py" for room in ROOMS))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    assert statistics.median(lengths) <= 8
    assert lengths[int(len(lengths) * 0.9)] <= 30
    assert lengths[-1] <= 60


def test_the_pipeline_fits_on_one_screen() -> None:
    """steps/pipeline.py shows the whole order: the function that lists it has at most 45 lines, the file at most 90."""
    text = (ROOT / "steps" / "pipeline.py").read_text()
    assert len(text.splitlines()) <= 90
    pipeline = next(n for n in ast.parse(text).body if isinstance(n, ast.FunctionDef) and n.name == "pipeline")
    assert (pipeline.end_lineno or 0) - pipeline.lineno <= 45


def test_ci_runs_the_readmes_test_command() -> None:
    """The line that CI runs is a line of the README's first screen, and so is the rehearsal's."""
    commands = re.findall(r"^python3 -m venv .*$", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert len(commands) == 2
    assert commands[1] in (ROOT / ".ci" / "run").read_text().splitlines()


def test_no_file_names_a_package_registry() -> None:
    """Versions are pinned without download addresses; no tracked file names a registry's host."""
    hosts = re.compile(
        "|".join(("pypi" + r"\.org", "python[h]osted", r"proxy\.golang", r"registry\.npmjs", "crates" + r"\.io"))
    )
    found = [str(path.relative_to(ROOT)) for path in _tracked() if hosts.search(path.read_text(errors="ignore"))]
    assert found == []
