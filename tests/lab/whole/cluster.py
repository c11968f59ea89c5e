"""Hands and eyes in the cluster of a lab: kubectl in lab.shell, and waiting until something is so."""

from __future__ import annotations

import json
import shlex
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.commands.desk import Desk
from tests.lab.whole.homelab import CLUSTER, inside

Object = dict[str, Any]
LONGEST_S = 120.0
"""What nothing in a cluster that has settled takes, however busy the machine is."""


def kubectl(desk: Desk, *words: str) -> str:
    return inside(desk, shlex.join(("kubectl", *words)))


def got(desk: Desk, *words: str) -> Object:
    """What `kubectl get` says, as JSON."""
    found: Object = json.loads(kubectl(desk, "get", *words, "-o", "json"))
    return found


def applied(desk: Desk, manifests: str, folder: Path) -> None:
    """Apply these manifests. folder: for a file of them."""
    file = folder / "manifests.yaml"
    file.write_text(manifests)
    kubectl(desk, "apply", "-f", str(file))


def refused(desk: Desk, manifests: str, folder: Path) -> str:
    """Apply manifests that must not be taken; what was said."""
    file = folder / "refused.yaml"
    file.write_text(manifests)
    ended = desk.run("lab.shell", *CLUSTER, "--run", f"kubectl apply -f {file}")
    assert ended.code != 0, ended.out
    return ended.said


def until(what: str, holds: Callable[[], bool]) -> None:
    """Ask again until it holds. what: it in words, for the test that waits in vain."""
    ends = time.monotonic() + LONGEST_S
    while not holds():
        assert time.monotonic() < ends, f"waited {LONGEST_S:.0f} s for {what}"
        time.sleep(0.5)


def condition(obj: Object, kind: str) -> str:
    """The status of a condition, "" without it."""
    found = [each["status"] for each in obj.get("status", {}).get("conditions", ()) if each["type"] == kind]
    return str(found[0]) if found else ""
