"""`status`: where the last run stands, what is true now, and every path in use."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from bootstrap.events import Entry
from bootstrap.observers.words import REHEARSAL
from bootstrap.record import fold
from operations.looking import Seen, look_at_all
from operations.open_stage import open_stage
from operations.operator import Operator
from operations.prepared import Prepared, planned, prepare
from operations.reading import entries_of
from operations.report import runs
from operations.request import Request
from operations.showing import NO_END, verdict, virtual
from operations.summary import when
from operations.table import table
from operations.timeline import timeline


def show_status(request: Request) -> int:
    """Print the status. Returns 0: reading it is no judgement."""
    prepared = prepare(request)
    entries = entries_of(prepared.places, prepared.cluster.name, request.estate)
    stage = open_stage(prepared, Operator(prepared.cluster, ""), writing=False)
    try:
        _, plan = planned(prepared, stage.estate)
        seen = stage.play(lambda: look_at_all(plan, fold(entries).memory))
    finally:
        stage.close()
    last = last_run(entries)
    paths, rehearsed = paths_of(prepared), _rehearsed(request)
    if request.format == "json":
        facts = {id: {"state": look.state, "sentence": look.sentence} for id, look in seen.items()}
        files = {"paths": dict(paths), "rehearsed_paths": rehearsed}
        print(json.dumps({"note": request.note, "last_run": last, "now": facts, **files}))
    else:
        head = [request.note, ""] if request.note else []
        print("\n".join([*head, last, "", *_now(seen), "", *table(_marked(paths, rehearsed))]))
    return 0


def last_run(entries: Sequence[Entry]) -> str:
    """One sentence about the newest run of the journal. Pure."""
    found = list(runs(entries).values())
    if not found:
        return "No run was ever started here."
    line = timeline(found[-1])
    said = verdict(line)
    ended = f" and has {NO_END}: it was killed, or still runs" if said == NO_END else f": {said}"
    clock = " by the rehearsed world's own clock" if virtual(line) else ""
    return f"The last run {line.run} began {when(line.started)}{clock}{ended}."


def paths_of(prepared: Prepared) -> list[tuple[str, str]]:
    """Every path that this cluster uses on this estate."""
    files = prepared.cluster.files
    return [
        ("inventory", f"inventory/{prepared.cluster.name}.yaml"),
        ("tree", prepared.tree.path),
        ("state", str(prepared.places.folder)),
        ("journal", prepared.places.journal_name),
        *([("world", str(prepared.places.world))] if prepared.request.estate == REHEARSAL else []),
        ("kubeconfig", files.kubeconfig),
        ("talosconfig", files.talosconfig),
    ]


def _rehearsed(request: Request) -> list[str]:
    """Names of the paths at which this computer has nothing: a rehearsal keeps what it writes there in its world."""
    return ["kubeconfig", "talosconfig"] if request.estate == REHEARSAL else []


def _marked(paths: Sequence[tuple[str, str]], rehearsed: Sequence[str]) -> list[tuple[str, str]]:
    return [(name, f"{path} (in the rehearsed world only)" if name in rehearsed else path) for name, path in paths]


def _now(seen: Mapping[str, Seen]) -> list[str]:
    true = sum(look.state == "true" for look in seen.values())
    open_steps = [(id, look.state, look.sentence) for id, look in seen.items() if look.state not in ("true", "blocked")]
    blocked = sum(look.state == "blocked" for look in seen.values())
    lines = [f"{true} of {len(seen)} steps are true now" + (f", {blocked} cannot be asked yet:" if blocked else ".")]
    return lines + table(open_steps)
