"""Where these tests find talosctl and the API description of its module."""

from __future__ import annotations

import functools
import os
import shutil
import tempfile
from pathlib import Path

import pytest

from lab.toolbox import NotBuilt, Toolbox
from tests.needs import not_run

_VERSION = "v1.11.5"


@functools.cache
def _toolbox() -> tuple[Path, Path] | None:
    try:
        return Toolbox().program("talosctl"), Toolbox().material("talosctl")
    except NotBuilt:
        return None


@functools.cache
def _elsewhere() -> tuple[Path, Path] | None:
    """talosctl of PATH, and its module in Go's own cache."""
    program = shutil.which("talosctl")
    cache = Path(os.environ.get("GOMODCACHE") or Path.home() / "go/pkg/mod")
    module = cache / f"github.com/siderolabs/talos@{_VERSION}"
    return (Path(program), module) if program and module.is_dir() else None


def _found() -> tuple[Path, Path]:
    found = _toolbox() or _elsewhere()
    if found is None:
        pytest.fail("this test does not say that it needs talosctl")
    return found


def talosctl() -> Path:
    return _found()[0]


def material() -> Path:
    return _found()[1]


def require() -> None:
    """End the test as not run where talosctl or its module is missing."""
    if (_toolbox() or _elsewhere()) is None:
        not_run("the lab's Talos machines by the real talosctl", "talosctl, built by `invoke tools --only talosctl`")


def stubs() -> Path:
    """Shared by all tests of this user: made once."""
    return Path(tempfile.gettempdir()) / f"firstlight-talos-api-{os.getuid()}"
