"""What a test needs of the machine. A test that cannot run here is reported as NOT RUN, with the reason."""

from __future__ import annotations

import functools
import shutil
import subprocess
from typing import NoReturn

import pytest

MARK = "NOT RUN: "


def not_run(what: str, needs: str) -> NoReturn:
    """End this test as not run. what: what is not shown now. needs: what the machine lacks."""
    pytest.skip(f"{MARK}{what} (needs {needs})")


def require(what: str, *names: str) -> None:
    """End this test as not run unless the machine has all of `names`: programs, or a capability of the table below."""
    lacking = [name for name in names if not _has(name)]
    if lacking:
        not_run(what, ", ".join(lacking))


@functools.cache
def _has(name: str) -> bool:
    if name in CAPABILITIES:
        return _succeeds(CAPABILITIES[name])
    return shutil.which(name) is not None


CAPABILITIES: dict[str, tuple[str, ...]] = {
    "mounts of its own": ("unshare", "--mount", "--map-root-user", "mount", "-t", "tmpfs", "tmpfs", "/mnt"),
    "a private network": ("unshare", "--net", "--map-root-user", "ip", "link", "set", "lo", "up"),
}
"""Name -> a command that succeeds where the machine has it."""


def _succeeds(command: tuple[str, ...]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, timeout=20, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def not_run_lines(reports: list[pytest.TestReport]) -> list[str]:
    """One line per reason, whatever the number of tests that share it; an unnamed skip is named by its test."""
    lines: dict[str, None] = {}
    for report in reports:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        reason = reason.removeprefix("Skipped: ")
        lines[reason if reason.startswith(MARK) else f"{MARK}{report.nodeid} (needs {reason})"] = None
    return list(lines)
