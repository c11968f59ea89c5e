"""The log of a cluster's commands: every command that a run started, redacted, fit to paste."""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from edges.command import Ran

LARGEST_BYTES = 20_000_000
"""Beyond it the log begins anew; the one before is kept beside it."""


def keep_commands(path: Path) -> Callable[[Ran], None]:
    """A log at `path` (mode 0600) that takes what `edges.command` tells. A full disk never stops a run."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)

    def keep(ran: Ran) -> None:
        try:
            _turn_over(path)
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "a", encoding="utf-8") as file:
                file.write(entry(ran, time.time()))
        except OSError:
            return

    return keep


def entry(ran: Ran, ended: float) -> str:
    """One command as text. ended: unix time. Pure."""
    how = "was ended" if ran.exit_code is None else f"exit code {ran.exit_code}"
    head = f"{datetime.fromtimestamp(ended, UTC):%Y-%m-%dT%H:%M:%SZ} {shlex.join(ran.argv)}: {how}, {ran.seconds:.2f} s"
    body = "".join(f"  {line}\n" for line in ran.output.splitlines())
    return f"{head}\n{body}"


def _turn_over(path: Path) -> None:
    if path.exists() and path.stat().st_size > LARGEST_BYTES:
        path.replace(path.with_name(f"{path.name}.1"))
