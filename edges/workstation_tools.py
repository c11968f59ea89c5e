"""Which tools a run needs on PATH, how they are asked for their version, and which versions are good enough."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bootstrap.errors import Permanent, Transient
from edges.command import NotInstalled
from edges.shell import Shell
from estate.workstation import Tool

DEADLINE_S = 20.0
_VERSION = re.compile(r"\bv?(\d+)\.(\d+)(?:\.(\d+))?(-[0-9A-Za-z.-]+)?")
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Wanted:
    """argv: prints the version, dials nothing. at_least: lowest version that will do; a pre-release of it will not."""

    name: str
    argv: tuple[str, ...]
    at_least: str

    @property
    def words(self) -> str:
        return f">= {self.at_least}"


HELM = Wanted("helm", ("helm", "version", "--template", "{{.Version}}"), "3.17")
# `helmfile version` asks the internet for a newer release; the flag does not
HELMFILE = Wanted("helmfile", ("helmfile", "--version"), "1.0")
GIT = Wanted("git", ("git", "--version"), "2.31")  # rev-parse --path-format


def wanted_tools(talos_version: str) -> tuple[Wanted, ...]:
    """Of a cluster's run. talos_version: what is installed on its machines, "v1.11.5": an older talosctl does not know
    all of its machine config."""
    major, minor, *_ = talos_version.removeprefix("v").split(".")
    talosctl = Wanted("talosctl", ("talosctl", "version", "--client", "--short"), f"{major}.{minor}")
    return (talosctl, HELM, HELMFILE, GIT)


async def look(wanted: Wanted, shell: Shell) -> Tool:
    """The tool as it is on PATH. One that cannot say its version does not fit."""
    try:
        said = await shell.run(wanted.argv, deadline_s=DEADLINE_S)
    except NotInstalled:
        return Tool(wanted.name, "", wanted.words, fits=False)
    except (Permanent, Transient) as error:
        return Tool(wanted.name, f"there, but {error.sentence}", wanted.words, fits=False)
    found = _VERSION.search(said.stdout)
    if said.exit_code != 0 or found is None:
        shown = (said.stdout + said.stderr).strip().splitlines() or ["silent"]
        return Tool(wanted.name, f"of no known version ({shown[0][:_LONGEST]})", wanted.words, fits=False)
    version = found[0].removeprefix("v")
    return Tool(wanted.name, version, wanted.words, fits=order(version) >= order(wanted.at_least))


def order(version: str) -> tuple[int, int, int, bool]:
    """By which versions compare: 1.0.0-rc.1 is before 1.0.0, and 3.17 is 3.17.0. Raises ValueError."""
    found = _VERSION.fullmatch(version)
    if found is None:
        raise ValueError(f"{version} is no version")
    return int(found[1]), int(found[2]), int(found[3] or 0), not found[4]
