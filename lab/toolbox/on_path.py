"""Programs that the user has already: one of the same major and minor version is taken instead of a built one."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from lab.toolbox.tool import Binary, Probe

_RELEASE = re.compile(r"v?(\d+)\.(\d+)(?:\.(\d+))?(?:\+[0-9A-Za-z.-]+)?")
_ANSWER_S = 10.0


def fits(said: str, wanted: str) -> bool:
    """Whether a program that says version `said` does for `wanted`: a plain release of the same major and minor.

    Anything behind a dash is a pre-release (semver) or a vendor's own, and not taken. Pure.
    """
    one, other = _RELEASE.fullmatch(said), _RELEASE.fullmatch(wanted)
    return one is not None and other is not None and one.group(1, 2) == other.group(1, 2)


def said_version(output: str, probe: Probe) -> str:
    """The version in what the program printed, or "". Pure."""
    found = re.search(probe.pattern, output)
    return found.group(1) if found else ""


def fitting(binary: Binary, version: str, search: str, besides: Path) -> Path | None:
    """The first fitting one of PATH `search`, as its own file; None without one. besides: folder that does not count.

    It is asked at its own place and without the user's home, which is how the lab runs it: a version manager's shim,
    which depends on both, is thereby not taken.
    """
    if binary.probe is None:
        return None
    for candidate in _candidates(binary.on_disk, search):
        if not candidate.is_relative_to(besides.resolve()) and fits(ask(candidate, binary.probe), version):
            return candidate
    return None


def ask(program: Path, probe: Probe) -> str:
    """The version that it says, "" when it says none within seconds. Its own process, no input, an empty home."""
    with tempfile.TemporaryDirectory() as home:
        try:
            answer = subprocess.run(  # noqa: S603 - what the user has on PATH, asked for its version
                [program, *probe.arguments],
                capture_output=True, text=True, errors="replace", stdin=subprocess.DEVNULL, timeout=_ANSWER_S,
                cwd=home, env={"HOME": home, "PATH": os.defpath, "LC_ALL": "C"}, check=False,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired):
            return ""
    return said_version(answer.stdout, probe)


def _candidates(name: str, search: str) -> Iterator[Path]:
    seen: set[Path] = set()
    for folder in search.split(os.pathsep):
        found = Path(folder, name)
        if not folder or not found.is_file() or not os.access(found, os.X_OK):
            continue
        if (own := found.resolve()) not in seen:
            seen.add(own)
            yield own
