"""Runs a scenario in a private internet of its own and gives what it saw."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from lab.namespace import own_processes, private_internet
from lab.toolbox.toolbox import Toolbox
from tests.needs import not_run

ROOT = Path(__file__).parents[3]
RANGES = ("198.18.0.0/15", "10.11.0.0/16", "10.42.0.0/16", "10.43.0.0/16")


def played(scenario: str, folder: Path, *tools: str) -> dict[str, Any]:
    """What the scenario module wrote into seen.json. Fails with its output when it ended badly.

    tools: that it needs beside the control plane and kwok.
    """
    box = Toolbox()
    if missing := box.missing(("kubernetes", "etcd", "kwok", *tools)):
        not_run(f"{scenario} of the lab's contents", f"{', '.join(missing)}: `invoke tools` builds them")
    hosts = folder / "hosts"
    hosts.write_text("127.0.0.1 localhost\n")
    module = f"tests.lab.contents.{scenario}"
    argv = own_processes((sys.executable, "-m", module, str(folder), str(box.root)))
    command = private_internet(argv, RANGES, hosts)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(folder)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=150, check=False)
    assert done.returncode == 0, f"{scenario}:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    seen: dict[str, Any] = json.loads((folder / "seen.json").read_text())
    return seen
