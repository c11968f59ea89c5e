"""`bootstrap`: from bare machines to reconciled apps, on whatever estate was named."""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from bootstrap.events import Entry
from bootstrap.observers.words import REHEARSAL
from bootstrap.plan import Plan
from bootstrap.recorder import Recorder
from bootstrap.runner import Header, Result, Runner
from operations.display import Display
from operations.interruption import interruptible
from operations.open_stage import open_stage
from operations.operator import Operator
from operations.prepared import Prepared, planned, prepare
from operations.reading import entries_of
from operations.record_keeping import Keeping, kept, new_run_id, refuse_wrong_clock, set_aside
from operations.request import LAB, Request
from operations.stage import Stage
from operations.steady_lease import SteadyLease
from operations.summary import as_json, summary
from operations.timeline import timeline
from steps.site import Site

TICK_S = 0.25


def bootstrap(request: Request) -> int:
    """Run the pipeline; prints progress and the summary. Returns the exit code of the command table."""
    prepared = prepare(request)
    refuse_before_writing(prepared)
    if request.quarantine:
        aside = set_aside(prepared.places, prepared.cluster.name, request.estate)
        print(f"the journal was set aside as {aside}; from here the world decides", file=sys.stderr)
    operator = Operator(prepared.cluster, request.yes_destroy)
    with kept(prepared.places, prepared.cluster.name, request.estate) as keeping:
        stage = open_stage(prepared, operator, writing=True, last_at=keeping.last_at)
        try:
            site, plan = planned(prepared, stage.estate)
            return _run(_Run(prepared, stage, keeping, site, plan, operator))
        finally:
            stage.close()


def refuse_before_writing(prepared: Prepared) -> None:
    """What can be refused by reading alone. Raises SelectionError, GraphError, BadInput, and Permanent for a journal
    that cannot be read, or whose last entry is of a time that is still to come."""
    last_at = None if prepared.request.quarantine else last_entry_at(prepared)
    stage = open_stage(prepared, Operator(prepared.cluster, ""), writing=False, last_at=last_at)
    try:
        planned(prepared, stage.estate)
        refuse_wrong_clock(last_at, stage.play(lambda: _wall(stage)))
    finally:
        stage.close()


def last_entry_at(prepared: Prepared) -> float | None:
    """Unix time of the journal's last entry, by the estate's clock; None when there is none."""
    entries = entries_of(prepared.places, prepared.cluster.name, prepared.request.estate)
    return entries[-1].at if entries else None


async def _wall(stage: Stage) -> float:
    return stage.clock.wall()


@dataclass(frozen=True, slots=True)
class _Run:
    prepared: Prepared
    stage: Stage
    keeping: Keeping
    site: Site
    plan: Plan
    operator: Operator


def _run(run: _Run) -> int:
    began, seen = time.monotonic(), list[Entry]()
    display = Display(run.prepared.request.format, run.stage.clock)
    run.operator.give_terminal_by(display.step_aside)
    result = run.stage.play(lambda: _walk(run, display, seen))
    with suppress(OSError):  # whoever read the output has gone; the journal has it all
        _print_end(run, result, seen, time.monotonic() - began)
    return result.exit_code


async def _walk(run: _Run, display: Display, seen: list[Entry]) -> Result:
    lease = SteadyLease(run.keeping.lease, run.stage.speed)
    recorder = Recorder(
        new_run_id(time.time()), run.keeping.journal, lease, run.stage.clock, run.keeping.record, (display, seen.append)
    )
    header = Header(run.prepared.cluster.name, run.prepared.request.estate, await run.site.commit())
    rng = random.Random(run.prepared.request.seed or 0)  # noqa: S311 - jitter, not cryptography
    runner = Runner(run.plan, header, recorder, lease, run.stage.clock, rng)
    ticking = asyncio.create_task(_tick(display, run.stage.speed))
    try:
        with interruptible(runner.interrupt):
            return await runner.walk()
    finally:
        ticking.cancel()
        display.close()  # here, where the estate's clock can still be read for the last frame


async def _tick(display: Display, speed: float) -> None:
    while speed != float("inf"):
        await asyncio.sleep(TICK_S * speed)
        display.tick()


def _print_end(run: _Run, result: Result, seen: Sequence[Entry], real_s: float) -> None:
    line = timeline(seen, run.plan.graph.needs)
    real = real_s if run.prepared.request.estate == REHEARSAL else None
    if run.prepared.request.format == "json":
        early = {"stopped": result.stopped, "next": result.next_action}
        print(json.dumps({"kind": "Summary", **as_json(line, real_s=real), **early}))
        return
    print("\n" + summary(line, real_s=real, stopped=result.stopped, next_action=result.next_action), end="")
    print(_paste(run))


def _paste(run: _Run) -> str:
    files = run.prepared.cluster.files
    if run.prepared.request.estate == REHEARSAL:
        return f"Journal: {run.prepared.places.journal_name}"
    if run.prepared.request.estate == LAB:
        return f"invoke lab.shell --cluster {run.prepared.cluster.name}"
    return f"export KUBECONFIG={files.kubeconfig}\nexport TALOSCONFIG={files.talosconfig}"
