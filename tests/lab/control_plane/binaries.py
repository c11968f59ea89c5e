"""Where these tests find the components' programs: those that the lab builds, else those of PATH."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from lab.toolbox import NotBuilt, Toolbox

NAMES = ("etcd", "etcdutl", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl")
BUILT = "FIRSTLIGHT_TEST_PROGRAMS"
"""Environment variable: a folder of built tools, before PATH."""


def program(name: str) -> Path:
    """Raises FileNotFoundError."""
    found = _found(name)
    if found is None:
        raise FileNotFoundError(name)
    return found


def lacking() -> list[str]:
    return [name for name in NAMES if _found(name) is None]


def _found(name: str) -> Path | None:
    try:
        return Toolbox().program(name)
    except NotBuilt:
        path = os.pathsep.join(filter(None, (os.environ.get(BUILT), os.environ.get("PATH"))))
        found = shutil.which(name, path=path)
    return Path(found) if found else None
