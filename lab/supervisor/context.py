"""What the supervisor hands to the lab's composition, and what it gets back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inventory.model import Cluster
from lab.place import LabPlace
from lab.supervisor.hosts import Hosts
from lab.supervisor.processes import Processes
from lab.supervisor.web_ca import WebCa
from lab.toolbox.toolbox import Toolbox

Answer = Mapping[str, Any]
Handlers = Mapping[str, Callable[[Mapping[str, Any]], Awaitable[Answer]]]
"""What the control socket answers, by the request's "do". "status" adds to the supervisor's own answer."""


@dataclass(frozen=True, slots=True)
class LabContext:
    """root: of the repository whose inventory and trees are used. tell: one sentence about what happens in the lab,
    shown by `lab.up` while it waits, and kept for `lab.status`. upstream: the folder of published charts that take the
    place of stand-ins, None without.
    """

    place: LabPlace
    cluster: Cluster
    root: Path
    tools: Toolbox
    programs: Processes
    web_ca: WebCa
    hosts: Hosts
    tell: Callable[[str], None]
    upstream: Path | None = None
