"""`report`: the timeline of the last run, or of one that is named, or all runs compared."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping

from bootstrap.events import Entry
from inventory.load import load_cluster
from inventory.problem import BadInput, Problem
from operations.places import places
from operations.reading import entries_of
from operations.report import WIDTH, report, report_as_json, runs
from operations.request import Request, checked
from operations.summary import as_json, summary
from operations.timeline import timeline


def show_report(request: Request, run: str, compare: bool) -> int:
    """Print it. Raises BadInput for a run that the journal does not have."""
    checked(request)
    cluster = load_cluster(request.cluster, request.root)
    kept = places(cluster.name, request.estate, request.journal)
    found = runs(entries_of(kept, cluster.name, request.estate))
    if run and run not in found:
        raise BadInput([Problem("--run", f"the journal has no run {run!r}", f"one of {', '.join(found) or 'none'}")])
    if compare or not found:
        print(_all_as_json(request, found) if request.format == "json" else _all(request, found), end="")
        return 0
    line = timeline(found[run or list(found)[-1]])
    print(json.dumps(as_json(line)) + "\n" if request.format == "json" else summary(line), end="")
    return 0


def _all(request: Request, found: Mapping[str, tuple[Entry, ...]]) -> str:
    head = f"{request.note}\n" if request.note and not found else ""
    return head + report(found, shutil.get_terminal_size((WIDTH, 24)).columns)


def _all_as_json(request: Request, found: Mapping[str, tuple[Entry, ...]]) -> str:
    return json.dumps({"note": request.note, **report_as_json(found)}) + "\n"
