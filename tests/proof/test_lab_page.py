"""docs/lab.md names the faults, the commands and the folders that there are."""

from __future__ import annotations

import inspect
import re
from typing import Any

from lab.contents.contents import Contents
from lab.control_plane.control_planes import RealControlPlanes
from lab.faults import faults
from lab.services.git_server import GitServer
from lab.services.registry import Registry
from lab.services.vault_socket import VaultSocket
from lab.talos.machines import TalosMachines
from tests.proof.versions import ROOT

PAGE = (ROOT / "docs" / "lab.md").read_text()


def known() -> dict[str, list[str]]:
    """Every fault, with the words of --set: of the classes' own methods, for no lab is needed to name them."""
    owners: tuple[Any, ...] = (
        TalosMachines, RealControlPlanes, Contents, Registry, GitServer, VaultSocket, lambda: None,
    )  # fmt: skip
    return {
        name: [word for word in inspect.signature(cause).parameters if word != "self"]
        for name, cause in faults(*owners).items()
    }


def documented(text: str) -> dict[str, list[str]]:
    """The table of faults, as `known` has it."""
    table = text.partition("## Faults")[2].partition("\n## ")[0]
    lines = [line.split("|")[1:3] for line in table.splitlines() if line.startswith("| `")]
    return {name: re.findall(r"`(.+?)`", words) for names, words in lines for name in re.findall(r"`(.+?)`", names)}


def test_every_fault_is_there_with_its_words() -> None:
    """No fault is left out, and none is named that the lab does not know."""
    assert documented(PAGE) == known()
    assert documented(PAGE.replace("| `kill-etcd` | `name` |", "| `kill-etcd` | |")) != known()


def test_commands_and_places_are_there() -> None:
    """Every command of the lab is in the page, and every file or folder of the page is in the repository."""
    commands = re.findall(r'^@task\(name="(\w+)"', (ROOT / "tasks.py").read_text(), re.MULTILINE)
    assert set(commands) == set(re.findall(r"invoke lab\.(\w+) --cluster main` \|", PAGE))
    places = re.findall(r"`(lab/[\w./]+)`", PAGE)
    assert len(places) > 8
    assert [place for place in places if not (ROOT / place).exists()] == []
