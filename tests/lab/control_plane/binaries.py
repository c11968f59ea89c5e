"""Where these tests find the components' programs: the one place to switch."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

NAMES = ("etcd", "etcdutl", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl")
BUILT = "FIRSTLIGHT_TEST_PROGRAMS"
"""Environment variable: a folder of built tools, before PATH."""


def search_path() -> str:
    return os.pathsep.join(filter(None, (os.environ.get(BUILT), os.environ.get("PATH"))))


def program(name: str) -> Path:
    found = shutil.which(name, path=search_path())
    if found is None:
        raise FileNotFoundError(name)
    return Path(found)


def lacking() -> list[str]:
    return [name for name in NAMES if shutil.which(name, path=search_path()) is None]
