"""What a run has shown: every step is counted exactly once, and lists for people fold nodes."""

from __future__ import annotations

import pytest

from bootstrap.events import RunEnded
from operations.report import report, runs
from operations.showing import ORDER, counts, folded, left_out, not_reached, verdict, virtual
from operations.status import last_run
from operations.timeline import timeline
from tests.observers.story import FAILED_RUN, began, entries, found


@pytest.mark.parametrize("upto", range(1, len(FAILED_RUN) + 1))
def test_every_step_of_the_plan_is_counted_once(upto: int) -> None:
    """Wherever the record ends; no step is lost between two words."""
    counted = counts(timeline(FAILED_RUN[:upto]))
    assert tuple(counted) == ORDER
    assert sum(counted.values()) == 4


def test_what_was_left_out_was_not_expected_to_be_reached() -> None:
    """Two lists that do not meet."""
    line = timeline(entries((0.0, began("a", "b", skip=("c",))), *found("a", 0.0)))
    assert left_out(line) == ["c"]
    assert not_reached(line) == ["b"]


def test_only_a_rehearsal_has_virtual_times() -> None:
    """By the estate that the run itself names."""
    assert virtual(timeline(FAILED_RUN))
    assert not virtual(timeline(entries((0.0, began("a", estate="real")))))
    assert not virtual(timeline(FAILED_RUN[3:]))


def test_a_run_without_an_end_is_not_done_though_all_its_steps_are_true() -> None:
    """Its own last word is missing; it may still be to come."""
    run = entries((0.0, began("a")), *found("a", 0.0))
    assert verdict(timeline(run)) == "no end yet"
    assert verdict(timeline([*run, *entries((1.0, RunEnded(0)))])) == "done"


@pytest.mark.parametrize(
    ("code", "skip", "said"),
    [
        (0, ("c",), "done for the selected steps only"),
        (4, ("c",), "done with named exceptions for the selected steps only"),
        (0, (), "done"),
        (1, ("c",), "failed"),
        (130, ("c",), "cancelled"),
    ],
)
def test_a_part_is_never_said_to_be_the_whole(code: int, skip: tuple[str, ...], said: str) -> None:
    """Wherever a run is told in a few words: in its summary, in the status, in the report of all runs."""
    run = entries((0.0, began("a", skip=skip)), *found("a", 0.0), (1.0, RunEnded(code)))
    assert verdict(timeline(run)) == said
    assert last_run(run).endswith(f"began 2026-01-02 03:00 UTC: {said}.")
    assert f"  {said}  " in report(runs(run))


def test_the_status_does_not_know_whether_a_run_without_an_end_still_runs() -> None:
    """Both are possible, and both are said."""
    said = last_run(entries((0.0, began("a", skip=("c",))), *found("a", 0.0)))
    assert said.endswith("began 2026-01-02 03:00 UTC and has no end yet: it was killed, or still runs.")


@pytest.mark.parametrize(
    ("steps", "text"),
    [
        ([], ""),
        (["etcd"], "etcd"),
        (["boot[k8s-1]", "etcd", "boot[k8s-2]"], "boot (k8s-1 k8s-2), etcd"),
    ],
)
def test_the_nodes_of_one_step_are_told_together(steps: list[str], text: str) -> None:
    """Six nodes of ten steps would be sixty words."""
    assert folded(steps) == text
