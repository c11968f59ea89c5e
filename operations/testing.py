"""Everything that CI runs, in one command: style, types, layers, tests. Fails when one of them fails."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

CHECKS: tuple[tuple[str, ...], ...] = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy",),
    ("lint-imports",),
)
TESTS = ("pytest", "--numprocesses", "auto", "--dist", "loadgroup", "--quiet")


FULL = "FIRSTLIGHT_FULL"
"""Set to 1, the long walks are run as well: tests that are marked `full`."""


def run_all(root: Path, extra: Sequence[str] = (), *, full: bool = False) -> int:
    """Run the checks, then the tests (their list of what was not run comes last). Returns 0 when all passed, else 1.

    full: the long walks in the lab as well, about an hour.
    """
    if full:
        os.environ[FULL] = "1"
    failed = [" ".join(command) for command in (*CHECKS, (*TESTS, *extra)) if _run(command, root) != 0]
    for command in failed:
        print(f"FAILED: {command}", file=sys.stderr)
    return 1 if failed else 0


def _run(command: Sequence[str], root: Path) -> int:
    print(f"$ {' '.join(command)}", flush=True)
    program = str(Path(sys.executable).parent / command[0])
    return subprocess.run([program, *command[1:]], cwd=root, check=False).returncode  # noqa: S603
