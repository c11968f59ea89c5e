"""`report`: the timeline of the last run, or of one that is named, or all runs compared."""

from __future__ import annotations

import json

from inventory.load import load_cluster
from inventory.problem import BadInput, Problem
from operations.places import places
from operations.reading import entries_of
from operations.report import report, report_as_json, runs
from operations.request import Request
from operations.summary import as_json, summary
from operations.timeline import timeline


def show_report(request: Request, run: str, compare: bool) -> int:
    """Print it. Raises BadInput for a run that the journal does not have."""
    cluster = load_cluster(request.cluster, request.root)
    kept = places(cluster.name, request.estate, request.journal)
    found = runs(entries_of(kept, cluster.name, request.estate))
    if compare or not found:
        print(json.dumps(report_as_json(found)) if request.format == "json" else report(found), end="")
        return 0
    if run and run not in found:
        raise BadInput([Problem("--run", f"the journal has no run {run!r}", f"one of {', '.join(found)}")])
    line = timeline(found[run or list(found)[-1]])
    print(json.dumps(as_json(line)) if request.format == "json" else summary(line), end="")
    return 0
