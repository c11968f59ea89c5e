"""Where these tests find programs and the sources of the lab's controllers: the one place to switch."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from lab.toolbox.toolbox import NotBuilt, Toolbox
from tests.needs import not_run

BUILT = "FIRSTLIGHT_TEST_PROGRAMS"
"""Environment variable: a folder of built tools, looked at before PATH."""

_MODULES = {
    "cert-manager": "github.com/cert-manager/cert-manager@v1.11.0",
    "external-secrets": "github.com/external-secrets/external-secrets@v0.20.4",
    "flux-operator": "github.com/controlplaneio-fluxcd/flux-operator@v0.59.0",
}


def program(name: str) -> Path:
    """A built tool, or one on PATH. Ends the test as not run when there is none."""
    try:
        return Toolbox().program(name)
    except NotBuilt:
        path = os.pathsep.join(filter(None, (os.environ.get(BUILT), os.environ.get("PATH"))))
        found = shutil.which(name, path=path)
        return Path(found) if found else not_run(f"what needs {name}", f"{name}: `invoke tools` builds it")


def material(name: str) -> Path:
    """What is kept of a tool's sources, or Go's own copy of them. Ends the test as not run when there is neither."""
    try:
        return Toolbox().material(name)
    except NotBuilt:
        found = _module_cache() / _MODULES[name]
        return found if found.is_dir() else not_run(f"what needs sources of {name}", "them: `invoke tools` keeps them")


def _module_cache() -> Path:
    asked = subprocess.run(["go", "env", "GOMODCACHE"], capture_output=True, text=True, check=False, timeout=60)
    return Path(asked.stdout.strip() or "/nowhere")
