"""The commands: `invoke --list` is the table of contents. Thin: one function each, no logic.

What a command needs is imported inside it: `invoke --list` stays quick.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from invoke.collection import Collection
from invoke.context import Context
from invoke.exceptions import Exit
from invoke.tasks import task

if TYPE_CHECKING:
    from operations.request import Request

REPEATABLE = ["only", "from_", "until", "skip", "node", "without", "accept", "apply_drift", "take_back"]
HELP = {
    "cluster": "which cluster of the inventory",
    "estate": "lab or rehearsal (real is not there yet)",
    "root": "another repository of this layout",
    "format": "text or json",
    "journal": "where the journal is kept: postgresql://user@host/database, or a file's path",
    "only": "run this step alone; what it needs is verified (repeatable)",
    "from": "run from this step on: it and all that needs it (repeatable)",
    "until": "run up to this step: it and all that it needs (repeatable)",
    "skip": "leave out this step and all that needs it (repeatable)",
    "node": "run the steps of this node alone (repeatable)",
    "without": "go without this dead node; never below quorum (repeatable)",
    "accept": "STEP=REASON: take a step as true on your word; the summary repeats it (repeatable)",
    "apply-drift": "bring this running node's machine config back to Git (one node a run)",
    "take-back": "sync this release although Flux owns it (repeatable)",
    "yes-destroy": "the cluster's name: agree to what the run lists as destroyed",
    "dry-run": "show the plan, do nothing",
    "deadline": "seconds that the whole run may take",
    "seed": "which rehearsed world: latencies and jitter",
    "seeds": "how many rehearsed worlds, each with its own faults (100 without it)",
    "pace": "seconds that a rehearsal takes on a terminal (about 15), or max for flat out",
    "fresh": "begin the rehearsal anew, with bare machines",
    "quarantine-journal": "set a journal aside that is damaged; then the world decides",
    "template": "talosconfig or resources",
    "run": "id of a run; the last one without it",
    "all": "compare all runs of the journal",
    "name": "which one",
    "follow": "go on printing what is added, until Ctrl-C",
    "line": "one command line for sh, instead of a shell; or the words of a command after --",
    "set": "KEY=VALUE: more about the fault (repeatable)",
    "charts": "upstream: the published charts, from the internet; without it the lab's stand-ins",
    "idle": "seconds without use after which the lab ends itself (an hour without it)",
}


Many = list[str] | None
"""A repeatable flag. Its default must be None: invoke takes any other default for the type of one value."""


def _help(*names: str) -> dict[str, str]:
    return {name: HELP[name] for name in names}


def _end(command: Callable[[], int]) -> None:
    # invoke forbids to keep what is compiled; compiling all libraries at every start takes longer than the answer
    sys.dont_write_bytecode = bool(sys.flags.dont_write_bytecode)
    gc.set_threshold(100_000)  # what imports make stays: nothing is found by looking through it again and again
    from operations.closing import closed

    code = closed(command)
    gc.freeze()  # the process ends: what is left goes with it
    if code:
        raise Exit(code=code)


def _request(cluster: str, estate: str, root: str, **more: Any) -> Request:
    from operations.request import Request

    return Request(cluster, estate, Path(root or ".").resolve(), **more)


_READING = ("cluster", "estate", "root", "format", "journal")


@task(
    iterable=REPEATABLE,
    help=_help(
        *_READING, "only", "from", "until", "skip", "node", "without", "accept", "apply-drift", "take-back",
        "yes-destroy", "dry-run", "deadline", "seed", "pace", "fresh", "quarantine-journal",
    ),
)  # fmt: skip
def bootstrap(
    _: Context, cluster: str = "", estate: str = "", root: str = "", format: str = "text", journal: str = "",
    only: Many = None, from_: Many = None, until: Many = None, skip: Many = None, node: Many = None,
    without: Many = None, accept: Many = None, apply_drift: Many = None, take_back: Many = None,
    yes_destroy: str = "", dry_run: bool = False, deadline: str = "", seed: str = "", pace: str = "",
    fresh: bool = False, quarantine_journal: bool = False,
) -> None:  # fmt: skip
    """Bare machines to running apps; stop it anywhere and run it again."""

    def command() -> int:
        from operations.bootstrap import bootstrap as run
        from operations.plan import show_plan
        from operations.request import numbers, selected

        selection, options = selected(only, from_, until, skip, node, accept, apply_drift, take_back)
        seed_number, deadline_s = numbers(seed, deadline)
        request = _request(
            cluster, estate, root, selection=selection, without=tuple(without or ()), options=options, format=format,
            journal=journal, yes_destroy=yes_destroy, seed=seed_number, pace=pace, fresh=fresh,
            quarantine=quarantine_journal, deadline_s=deadline_s,
        )  # fmt: skip
        return show_plan(request) if dry_run else run(request)

    _end(command)


@task(
    iterable=REPEATABLE,
    help=_help(*_READING, "only", "from", "until", "skip", "node", "without", "accept", "apply-drift", "take-back"),
)
def plan(
    _: Context, cluster: str = "", estate: str = "", root: str = "", format: str = "text", journal: str = "",
    only: Many = None, from_: Many = None, until: Many = None, skip: Many = None, node: Many = None,
    without: Many = None, accept: Many = None, apply_drift: Many = None, take_back: Many = None,
) -> None:  # fmt: skip
    """What a run would do, and why; exit code 2 when changes are pending."""

    def command() -> int:
        from operations.plan import show_plan
        from operations.request import selected

        selection, options = selected(only, from_, until, skip, node, accept, apply_drift, take_back)
        return show_plan(
            _request(
                cluster, estate, root, selection=selection, without=tuple(without or ()), options=options,
                format=format, journal=journal,
            )
        )  # fmt: skip

    _end(command)


@task(help=_help(*_READING))
def status(
    _: Context, cluster: str = "", estate: str = "", root: str = "", format: str = "text", journal: str = ""
) -> None:
    """Where the last run stands, what is true now, all paths in use."""

    def command() -> int:
        from operations.status import show_status

        return show_status(_request(cluster, estate, root, format=format, journal=journal))

    _end(command)


@task(help=_help("cluster", "estate", "root", "format"))
def doctor(_: Context, cluster: str = "", estate: str = "", root: str = "", format: str = "text") -> None:
    """The preflight alone: everything that stands against a run."""

    def command() -> int:
        from operations.doctor import show_findings

        return show_findings(_request(cluster, estate, root, format=format))

    _end(command)


@task(help=_help("cluster", "node", "template", "root"))
def render(_: Context, cluster: str = "", node: str = "", template: str = "", root: str = "") -> None:
    """One node's machine config or one template, secrets masked."""

    def command() -> int:
        from operations.render import render as show

        return show(_request(cluster, "", root), node, template)

    _end(command)


@task(help=_help(*_READING, "run", "all"))
def report(
    _: Context, cluster: str = "", estate: str = "", root: str = "", format: str = "text", journal: str = "",
    run: str = "", all: bool = False,
) -> None:  # fmt: skip
    """The timeline of a run; --all compares the runs of the journal."""

    def command() -> int:
        from operations.show_report import show_report

        return show_report(_request(cluster, estate, root, format=format, journal=journal), run, all)

    _end(command)


@task(help=_help("cluster", "root", "format", "seed", "seeds"))
def rehearse(
    _: Context, cluster: str = "", root: str = "", format: str = "text", seed: str = "", seeds: str = ""
) -> None:  # fmt: skip
    """Many rehearsed bootstraps with faults: does each end well, or say why not?"""

    def command() -> int:
        from operations.campaign import campaign
        from operations.request import worlds

        first, count = worlds(seed, seeds)
        return campaign(_request(cluster, "rehearsal", root, format=format, seed=first), count)

    _end(command)


@task(help={"full": "the long walks in the lab as well"})
def test(_: Context, full: bool = False) -> None:  # noqa: PT028 - a command, not a test of pytest
    """Everything that CI runs: style, types, layers, tests."""

    def command() -> int:
        from operations.testing import run_all

        return run_all(Path(__file__).parent, full=full)

    _end(command)


@task(iterable=["only"], help={"only": "build this tool alone (repeatable)"})
def tools(_: Context, only: Many = None) -> None:
    """The lab's tools, built once and kept."""

    def command() -> int:
        from operations.tools import build_tools

        return build_tools(tuple(only or ()))

    _end(command)


_LAB = ("cluster", "root")


def _root(root: str) -> Path:
    return Path(root or ".").resolve()


@task(name="up", help=_help(*_LAB, "idle", "charts"))
def lab_up(_: Context, cluster: str = "", root: str = "", idle: str = "", charts: str = "") -> None:
    """A private internet at the cluster's own addresses, with real components in it."""

    def command() -> int:
        from operations.lab import bring_up

        return bring_up(cluster, _root(root), idle, charts)

    _end(command)


@task(name="down", help=_help(*_LAB))
def lab_down(_: Context, cluster: str = "", root: str = "") -> None:
    """End all of a lab; nothing of it stays."""

    def command() -> int:
        from operations.lab import bring_down

        return bring_down(cluster, _root(root))

    _end(command)


@task(name="status", help=_help(*_LAB, "format"))
def lab_status(_: Context, cluster: str = "", root: str = "", format: str = "text") -> None:
    """What runs in a lab."""

    def command() -> int:
        from operations.lab import show_status

        return show_status(cluster, _root(root), format)

    _end(command)


@task(name="shell", help=_help(*_LAB) | {"run": HELP["line"]})
def lab_shell(_: Context, cluster: str = "", root: str = "", run: str = "") -> None:
    """A shell inside, with kubectl and talosctl ready."""

    def command() -> int:
        from operations.lab import open_shell, words

        return open_shell(cluster, _root(root), words(), run)

    _end(command)


@task(name="logs", help=_help(*_LAB, "name", "follow"))
def lab_logs(_: Context, cluster: str = "", root: str = "", name: str = "", follow: bool = False) -> None:
    """What a program of a lab wrote."""

    def command() -> int:
        from operations.lab import show_logs

        return show_logs(cluster, _root(root), name, follow)

    _end(command)


@task(name="fault", iterable=["set"], help=_help(*_LAB, "name", "set"))
def lab_fault(_: Context, cluster: str = "", root: str = "", name: str = "", set: Many = None) -> None:
    """Break something in a lab, or mend it."""

    def command() -> int:
        from operations.lab import cause

        return cause(cluster, _root(root), name, tuple(set or ()))

    _end(command)


namespace = Collection(
    bootstrap, plan, status, doctor, render, report, rehearse, test, tools,
    lab=Collection(lab_up, lab_down, lab_status, lab_shell, lab_logs, lab_fault),
)  # fmt: skip
