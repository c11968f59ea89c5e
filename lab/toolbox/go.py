"""Go as the builder uses it: which one is there, its settings, and how one of its commands is run to its end."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bootstrap.errors import Permanent
from lab.toolbox.caches import Caches

_OLDEST = (1, 21, 0)
"""The first that fetches a newer toolchain by itself (https://go.dev/doc/toolchain)."""
_GRACE_S = 5.0
_TAIL_LINES = 15
_NEXT = "then run `invoke tools` again: what was built is kept"

Version = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Go:
    """A Go that can build. program: its path. version: its own. environment: for all of its commands."""

    program: Path
    version: Version
    environment: Mapping[str, str]

    def run(self, arguments: Sequence[str], folder: Path, oldest: str) -> str:
        """Run one of its commands in `folder` by its own or, when that is too old, by the toolchain `oldest`.

        Returns stdout. Raises Permanent with the end of what it said. Ends all that it started when interrupted.
        """
        toolchain = "local" if self.version >= numbers(oldest) else f"go{oldest}"
        environment = {**self.environment, "GOTOOLCHAIN": toolchain, "GOTMPDIR": str(folder)}
        child = subprocess.Popen(  # noqa: S603 - Go itself, with arguments of the catalog
            [self.program, *arguments], cwd=folder, env=environment, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace",
        )  # fmt: skip
        try:
            said, complained = child.communicate()
        finally:
            _end(child)
        if child.returncode != 0:
            raise Permanent(
                f"go {arguments[0]} ended with exit code {child.returncode}: {tail(complained)}",
                f"mend what Go says, {_NEXT}",
            )
        return said


def find_go(environ: Mapping[str, str], caches: Caches) -> Go:
    """The user's Go with the builder's settings. Raises Permanent when there is none, or none that can be used."""
    found = shutil.which("go", path=environ.get("PATH", os.defpath))
    if found is None:
        raise Permanent("there is no Go on PATH, and tools have to be built", f"install Go 1.26 or newer, {_NEXT}")
    said = subprocess.run(  # noqa: S603 - Go itself
        [found, "env", "GOVERSION"],
        capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60, check=False,
        env={**environ, "GOTOOLCHAIN": "local"},
    )  # fmt: skip
    version = numbers(said.stdout)
    if version < _OLDEST:
        shown = said.stdout.strip() or tail(said.stderr)
        raise Permanent(
            f"{found} is too old or broken: it says {shown}; Go 1.21 is the first that can fetch the one it lacks",
            f"install Go 1.26 or newer, {_NEXT}",
        )
    return Go(Path(found), version, settings(environ, caches))


def settings(environ: Mapping[str, str], caches: Caches) -> dict[str, str]:
    """The environment of Go's commands: the user's, but for what would change the programs. Pure.

    The committed go.sum decides which sources are right; the checksum database knows several of the modules not
    everywhere, and is not asked.
    """
    flags = ["-mod=readonly", "-buildvcs=false", *(["-modcacherw"] if caches.temporary else [])]
    return {
        **environ,
        **caches.environment,
        "CGO_ENABLED": "0",
        "GOFLAGS": " ".join(flags),
        "GOWORK": "off",
        "GO111MODULE": "on",
        "GONOSUMDB": "*",
    }


def numbers(version: str) -> Version:
    """ "go1.26.8" or "1.26" as numbers; (0, 0, 0) for what is no version. Pure."""
    found = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", version)
    return (int(found[1]), int(found[2]), int(found[3] or 0)) if found else (0, 0, 0)


def tail(complaint: str) -> str:
    """The end of what Go said, without its lines on downloads. Pure."""
    lines = [line for line in complaint.splitlines() if line.strip() and not line.startswith("go: downloading")]
    return "\n".join(lines[-_TAIL_LINES:]) or "it said nothing"


def _end(child: subprocess.Popen[str]) -> None:
    for number, grace_s in ((signal.SIGTERM, _GRACE_S), (signal.SIGKILL, None)):
        if child.poll() is not None:
            break
        with suppress(ProcessLookupError):
            os.killpg(child.pid, number)
        with suppress(subprocess.TimeoutExpired):
            child.wait(grace_s)
    for pipe in (child.stdout, child.stderr):
        if pipe is not None:
            pipe.close()
