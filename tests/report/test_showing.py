"""What a run has shown: every step is counted exactly once, and lists for people fold nodes."""

from __future__ import annotations

import pytest

from bootstrap.events import RunEnded
from operations.showing import ORDER, counts, folded, left_out, not_reached, verdict, virtual
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


def test_a_run_without_an_end_is_cut_off_though_all_its_steps_are_true() -> None:
    """Its own last word is missing."""
    run = entries((0.0, began("a")), *found("a", 0.0))
    assert verdict(timeline(run)) == "cut off"
    assert verdict(timeline([*run, *entries((1.0, RunEnded(0)))])) == "done"


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
