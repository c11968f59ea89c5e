"""`lab.up`, `lab.down`, `lab.status`, `lab.shell`, `lab.logs`, `lab.fault`, and how any command goes inside a lab."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

from inventory.load import load_cluster
from inventory.model import Cluster
from inventory.problem import BadInput, Problem
from lab.place import LabPlace
from lab.services import chart_reference, mirror
from lab.supervisor.control import ask
from lab.supervisor.ending import down, of_namespace, process_namespace
from lab.supervisor.joining import is_inside, join, refuse_inside_another
from lab.supervisor.record import living
from lab.supervisor.starting import Wish, up
from lab.supervisor.supervisor import IDLE_S
from lab.toolbox.key import user_cache
from lab.toolbox.toolbox import Toolbox
from operations.places import places, state_folder
from operations.table import table
from tree import files

_POLL_S = 0.2


@dataclass(frozen=True, slots=True)
class Lab:
    """One cluster's lab, whether it stands or not. root: of the repository whose inventory it is made from."""

    cluster: Cluster
    root: Path

    @property
    def place(self) -> LabPlace:
        return LabPlace(places(self.cluster.name, "lab").folder.resolve() / "world")


def lab_of(cluster: str, root: Path) -> Lab:
    """Raises BadInput for a cluster that the inventory does not have, or that is not named."""
    if not cluster:
        raise BadInput([Problem("--cluster", "no cluster was named", "the name of a cluster")])
    return Lab(load_cluster(cluster, root), root)


def inside(cluster: str, root: Path) -> None:
    """Bring the lab up when it is down, and run the present command anew inside of it, with its own words; returns at
    once when it is inside already. Raises NoPrivateInternet, NotUp, InsideAnother.
    """
    lab = lab_of(cluster, root)
    if is_inside(lab.place):
        return
    refuse_inside_another(lab.place, lab.cluster.name)
    up(lab.place, lab.cluster, root, Wish(), _progress)
    sys.stdout.flush()
    join(lab.place, (sys.executable, *sys.orig_argv[1:]), state_folder().resolve())


def bring_up(cluster: str, root: Path, idle: str = "", charts: str = "") -> int:
    """`lab.up`. charts: upstream for the published ones, "" for the lab's stand-ins."""
    lab = lab_of(cluster, root)
    refuse_inside_another(lab.place, lab.cluster.name)
    idle_s = _seconds(idle) if idle else IDLE_S
    up(lab.place, lab.cluster, root, Wish(idle_s=idle_s, upstream=_published(lab, charts)), _progress)
    print(f"the lab of {cluster} is up: invoke lab.shell --cluster {cluster}")
    return 0


def _published(lab: Lab, charts: str) -> Path | None:
    """The folder of the published charts, filled from the internet; None when stand-ins were asked for."""
    if charts not in ("", "stand-ins", "upstream"):
        raise BadInput([Problem("--charts", f"{charts!r}", "upstream or stand-ins")])
    if charts != "upstream":
        return None
    folder, tools = user_cache().parent / "charts", Toolbox()
    references = chart_reference.charts(files.read(lab.root, lab.cluster.tree))
    _progress(f"pulling {len(references)} published charts into {folder}")
    asyncio.run(mirror.fetch(references, folder, helm=str(tools.program("helm"))))
    return folder


def bring_down(cluster: str, root: Path) -> int:
    """`lab.down`. What was down already is no failure."""
    stood = down(lab_of(cluster, root).place, _progress)
    print(f"the lab of {cluster} {'is down: nothing of it is left' if stood else 'was not up'}")
    return 0


def show_status(cluster: str, root: Path, format: str) -> int:
    """`lab.status`: exit code 1 when the lab is down."""
    if format not in ("text", "json"):
        raise BadInput([Problem("--format", f"{format!r}", "text or json")])
    lab = lab_of(cluster, root)
    status = _status(lab)
    if format == "json":
        print(json.dumps(status))
    else:
        print("\n".join(_as_text(lab, status)))
    return 0 if status["phase"] != "down" else 1


def _status(lab: Lab) -> dict[str, Any]:
    record = living(lab.place)
    if record is None:
        return {"cluster": lab.cluster.name, "phase": "down", "why": _failure(lab.place)}
    here = {inner: outer for outer, inner in of_namespace(process_namespace(record.pid)).items()}
    status = ask(lab.place.socket, "status")
    programs = [program | {"pid": here.get(program["pid"], 0)} for program in status["programs"]]
    return status | {"programs": programs, "holder": record.pid, "folder": str(lab.place.folder)}


def _failure(place: LabPlace) -> str:
    return place.failure.read_text() if place.failure.exists() else ""


def _as_text(lab: Lab, status: Mapping[str, Any]) -> list[str]:
    name = lab.cluster.name
    if status["phase"] == "down":
        why = f"\nit ended: {status['why']}" if status["why"] else ""
        return [f"the lab of {name} is down; bring it up: invoke lab.up --cluster {name}{why}"]
    since = datetime.fromtimestamp(status["up"] or status["began"]).strftime("%H:%M:%S")
    head = [
        f"the lab of {name} is {status['phase']} since {since}, in {status['folder']}",
        f"commands and shells inside: {status['uses']}; unused for {status['idle_s']:g} s, it ends itself",
        *(event["sentence"] for event in status["events"][-5:]),
    ]
    rows = [
        (p["name"], str(p["pid"]), "runs" if p["running"] else f"ended with {p['exit_code']}", str(p["restarts"]))
        for p in status["programs"]
    ]
    return [*head, *(["", *table([("PROGRAM", "PID", "STATE", "RESTARTS"), *rows])] if rows else [])]


def open_shell(cluster: str, root: Path, command: Sequence[str] = (), line: str = "") -> int:
    """`lab.shell`: a shell inside, or one command: its words, or a line for sh. Its exit code is this process's."""
    lab = lab_of(cluster, root)
    refuse_inside_another(lab.place, lab.cluster.name)
    argv = tuple(command) or (("sh", "-c", line) if line else (os.environ.get("SHELL") or "bash",))
    sys.stdout.flush()
    join(lab.place, argv, state_folder().resolve(), _credentials(lab))


def _credentials(lab: Lab) -> dict[str, str]:
    """Where kubectl and talosctl look: the files that the inventory names, `~` being the lab's home."""
    files = {"KUBECONFIG": lab.cluster.files.kubeconfig, "TALOSCONFIG": lab.cluster.files.talosconfig}
    return {name: str(lab.place.of_home(str(path))) for name, path in files.items()}


def show_logs(cluster: str, root: Path, name: str, follow: bool) -> int:
    """`lab.logs`: one program's log, or the supervisor's and the names of all."""
    place = lab_of(cluster, root).place
    known = sorted(path.stem for path in place.logs.glob("*.log"))
    if not known:
        raise BadInput([Problem("--cluster", "its lab is down and has no logs", "one that is up", "invoke lab.up")])
    if name and name not in known:
        raise BadInput([Problem("--name", f"there is no log {name!r}", f"one of {', '.join(known)}")])
    if not name:
        print(f"logs, for --name: {', '.join(known)}\n", flush=True)
    with (place.logs / f"{name or 'supervisor'}.log").open(errors="replace") as log:
        _copy(log, follow)
    return 0


def _copy(log: TextIO, follow: bool) -> None:
    print(log.read(), end="", flush=True)
    while follow and Path(log.name).exists():
        time.sleep(_POLL_S)
        if os.fstat(log.fileno()).st_size < log.tell():  # it was begun anew
            log.seek(0)
        if more := log.read():
            print(more, end="", flush=True)


def cause(cluster: str, root: Path, name: str, settings: Sequence[str]) -> int:
    """`lab.fault`. settings: KEY=VALUE each."""
    wrong = [Problem("--set", f"{word!r}", "KEY=VALUE") for word in settings if "=" not in word]
    if wrong:
        raise BadInput(wrong)
    arguments = dict(word.split("=", 1) for word in settings)
    answer = ask(lab_of(cluster, root).place.socket, "fault", name=name, arguments=arguments)
    print(answer.get("sentence") or json.dumps(answer))
    return 0


def words() -> tuple[str, ...]:
    """The words after `--` on this command's line; invoke itself would join them, and lose where one ends."""
    return tuple(sys.argv[sys.argv.index("--") + 1 :]) if "--" in sys.argv else ()


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise BadInput([Problem("--idle", f"{text!r}", "seconds, above 0")])
    return seconds


def _progress(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
