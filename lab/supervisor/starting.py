"""Bringing a lab up: detached, so that it outlives the command that asked for it; by one of those that ask at once."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from bootstrap.errors import Permanent
from inventory.model import Cluster
from lab import addresses
from lab.namespace import held, own_processes, private_internet
from lab.place import LabPlace
from lab.supervisor.alone import alone
from lab.supervisor.control import NotStanding, ask
from lab.supervisor.environment import of_programs
from lab.supervisor.home import furnish
from lab.supervisor.hosts import Hosts
from lab.supervisor.record import Record, living, record_of, write
from lab.supervisor.requirements import require_private_internet
from lab.supervisor.supervisor import IDLE_S
from lab.toolbox.linking import link
from lab.toolbox.toolbox import NotBuilt, Toolbox

COMPOSITION = "lab.composition:compose"
_CODE = Path(__file__).parents[2]
_POLL_S = 0.1


class NotUp(Permanent):
    """The lab did not come up."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What kind of lab. tools: where built tools are. programs: those on its PATH; None is all of them.

    upstream: the folder of published charts (lab.services.mirror), None for the stand-ins. idle_s: seconds without use
    until it ends itself. patience_s: how long to wait until it is up. compose:
    module:function, as lab.composition's.
    """

    tools: Toolbox = field(default_factory=Toolbox)
    programs: tuple[str, ...] | None = None
    idle_s: float = IDLE_S
    patience_s: float = 600.0
    compose: str = COMPOSITION
    upstream: Path | None = None


def up(place: LabPlace, cluster: Cluster, root: Path, wish: Wish, tell: Callable[[str], None]) -> Record:
    """The lab that stands at this place, started if there was none. tell: told what happens meanwhile.

    Raises NoPrivateInternet, NotBuilt, NotUp.
    """
    with alone(place, tell):
        stood = living(place) is not None
        if not stood:
            tell(f"bringing up the lab of {cluster.name}")
            _start(place, cluster, root, wish)
        return _until_up(place, wish.patience_s, tell, stood)


def _start(place: LabPlace, cluster: Cluster, root: Path, wish: Wish) -> None:
    ranges = addresses.ranges(cluster)
    require_private_internet(ranges)
    if missing := wish.tools.missing(wish.programs):
        raise NotBuilt(missing, wish.tools.root)
    _fresh(place)
    furnish(place, cluster.name)
    if wish.programs != ():
        link(wish.tools, place.programs, names=wish.programs)
    Hosts(place.hosts, addresses.names(cluster))
    process = _launched(place, cluster, root, wish)
    assert process.stdin is not None
    with suppress(BrokenPipeError, ProcessLookupError), process.stdin as line:  # it says in its log why it ended
        write(place, record_of(process.pid, cluster.name, root, ranges))
        line.write(b"begin\n")


def _fresh(place: LabPlace) -> None:
    if place.folder.exists():
        shutil.rmtree(place.folder)
    place.folder.mkdir(mode=0o700)
    for folder in (place.home, place.programs, place.logs, place.machines, place.data, place.temporary):
        folder.mkdir()


def _launched(place: LabPlace, cluster: Cluster, root: Path, wish: Wish) -> subprocess.Popen[bytes]:
    words: dict[str, object] = {
        "--cluster": cluster.name,
        "--root": root,
        "--folder": place.folder,
        "--compose": wish.compose,
    }
    words |= {"--tools": wish.tools.root, "--idle": wish.idle_s}
    words |= {"--upstream": wish.upstream} if wish.upstream else {}
    options = [str(word) for pair in words.items() for word in pair]
    supervisor = own_processes((sys.executable, "-m", "lab.supervisor", *options))
    with (place.logs / "supervisor.log").open("ab") as log:
        return subprocess.Popen(  # noqa: S603
            private_internet(held(supervisor), addresses.ranges(cluster), place.hosts),
            stdin=subprocess.PIPE, stdout=log, stderr=log, cwd=place.folder, start_new_session=True,
            env=of_programs(place, os.environ) | {"PYTHONPATH": _python_path()},
        )  # fmt: skip


def _python_path() -> str:
    return os.pathsep.join([str(_CODE), *filter(None, [os.environ.get("PYTHONPATH")])])


def _until_up(place: LabPlace, patience_s: float, tell: Callable[[str], None], stood: bool) -> Record:
    """stood: it is not of this command's making; of one that is up already there is nothing to tell."""
    until, told, quiet = time.monotonic() + patience_s, 0, stood
    while (record := living(place)) is not None:
        with suppress(NotStanding):
            status = ask(place.socket, "status", after=told)
            quiet = quiet and status["phase"] == "up"
            for event in () if quiet else status["events"]:
                told = event["number"]
                tell(event["sentence"])
            if status["phase"] == "up":
                return record
        if time.monotonic() > until:
            raise NotUp(
                f"the lab did not come up within {patience_s:g} s; it goes on trying",
                f"see what it does: invoke lab.logs --cluster {record.cluster}; or end it: invoke lab.down",
            )
        time.sleep(_POLL_S)
    raise NotUp(*_why(place))


def _why(place: LabPlace) -> tuple[str, str]:
    """Why the lab ended while it came up: sentence and next action."""
    with suppress(OSError):
        sentence, _, action = place.failure.read_text().partition("\n")
        return f"the lab did not come up: {sentence}", action
    with suppress(OSError):
        lines = (place.logs / "supervisor.log").read_text(errors="replace").splitlines()
        return f"the lab ended while it came up: {' / '.join(lines[-3:])}", f"read {place.logs / 'supervisor.log'}"
    return "the lab ended while it came up", "run the same command again"
