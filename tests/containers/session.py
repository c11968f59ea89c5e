"""One PostgreSQL for all processes of a test session: whichever test needs it first starts it, the session ends it."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from filelock import FileLock

from tests.containers import postgresql

_PREFIX = "firstlight-tests-"
_VARIABLE = "FIRSTLIGHT_TEST_SESSION"
"""pid and folder of the process that the user started; pytest-xdist's workers inherit it."""


def open_session() -> None:
    """Called once, by the process that the user started."""
    _sweep()
    os.environ[_VARIABLE] = f"{os.getpid()}:{tempfile.mkdtemp(prefix=f'{_PREFIX}{os.getpid()}-')}"


def _sweep() -> None:
    """Remove what killed sessions left: their engines ended with them, their folders did not."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*-*"):
        if not Path(f"/proc/{folder.name.removeprefix(_PREFIX).partition('-')[0]}").exists():
            shutil.rmtree(folder, ignore_errors=True)


def postgresql_url() -> str:
    """The session's server, started if need be. Raises Impossible when this machine cannot run one."""
    owner, folder = _session()
    found, refused = folder / "postgresql.json", folder / "impossible"
    with FileLock(folder / "lock"):
        if refused.exists():
            raise postgresql.Impossible(refused.read_text())
        if not found.exists():
            try:
                postgresql.save(postgresql.start(folder, owner), found)
            except postgresql.Impossible as need:
                refused.write_text(str(need))
                raise
    return postgresql.load(found).url


def close_session() -> None:
    """Called once, by the process that opened it, when all tests are over."""
    _, folder = _session()
    found = folder / "postgresql.json"
    if found.exists():
        postgresql.stop(postgresql.load(found), folder)
    shutil.rmtree(folder, ignore_errors=True)


def _session() -> tuple[int, Path]:
    owner, _, folder = os.environ[_VARIABLE].partition(":")
    return int(owner), Path(folder)
