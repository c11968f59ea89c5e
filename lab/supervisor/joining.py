"""An operator's command goes inside a lab: same process, terminal and working directory, the lab's namespaces."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from bootstrap.errors import Refused
from lab.namespace import entered
from lab.place import LabPlace
from lab.supervisor.control import Connection, NotStanding
from lab.supervisor.environment import SIGN, of_operators
from lab.supervisor.record import living


class InsideAnother(Refused):
    """The command was typed inside a lab that has ended, or inside another one."""


def is_inside(place: LabPlace) -> bool:
    """Whether this process is in the network of the lab that stands at this place."""
    record = living(place)
    return record is not None and os.path.samefile("/proc/self/ns/net", f"/proc/{record.pid}/ns/net")


def refuse_inside_another(place: LabPlace, cluster: str) -> None:
    """Raises InsideAnother when the environment says that this is a lab, and it is not the one of this place."""
    said = os.environ.get(SIGN)
    if said and not is_inside(place):
        what = "has ended" if said == cluster else f"is another than that of {cluster}"
        raise InsideAnother(f"this shell is inside the lab of {said}, which {what}", "leave it (exit), then try again")


def join(place: LabPlace, argv: Sequence[str], state: Path, more: Mapping[str, str] | None = None) -> NoReturn:
    """Become `argv` inside; its exit code is this process's. The lab counts as used until `argv` and all that it starts
    ended. state: the folder of all state. more: added to the environment. Raises NotStanding.
    """
    record = living(place)
    if record is None:
        raise NotStanding("this lab is down", "bring it up: invoke lab.up")
    connection = Connection(place.socket)
    connection.ask("hold")
    connection.socket.setblocking(True)
    connection.socket.set_inheritable(True)
    environment = of_operators(place, record.cluster, state, os.environ) | dict(more or {})
    command = entered(record.pid, argv)
    os.execvpe(command[0], command, environment)  # noqa: S606
