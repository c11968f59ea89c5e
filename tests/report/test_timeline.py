"""The timeline of a run: each step's times and outcome, and the measured critical path."""

from __future__ import annotations

import pytest

from bootstrap.events import (
    Accepted,
    Acted,
    Acting,
    AttemptFailed,
    Blocked,
    Demoted,
    Done,
    Event,
    Failed,
    GenerationOpened,
    RunEnded,
    Satisfied,
    Stopped,
    Verifying,
    Waiting,
)
from operations.timeline import StepTime, Timeline, timeline
from tests.observers.story import FAILED_RUN, START, Told, acted, began, entries, found


def _step(line: Timeline, step: str) -> StepTime:
    return next(each for each in line.steps if each.step == step)


def _path(line: Timeline) -> list[tuple[str, float, float]]:
    return [(link.step, round(link.seconds, 3), round(link.queued_s, 3)) for link in line.critical_path]


def test_a_step_that_was_acted_on_has_all_its_times() -> None:
    """First look, attempts, first true, end, what was done, and what it waited for, each once."""
    line = timeline(FAILED_RUN)
    etcd, cni = _step(line, "etcd"), _step(line, "cni")
    assert (etcd.outcome, etcd.acted, etcd.effects) == ("done", 1, ("asked for etcd",))
    assert etcd.first_true == START + 28.1
    assert etcd.seconds == pytest.approx(30.0)
    assert (cni.outcome, cni.acted, cni.effects) == ("failed", 2, ("release cilium installed",))
    assert cni.waits == ("cilium 0/2 ready", "cilium 1/2 ready: k8s-2 ImagePullBackOff")
    assert cni.failures == ("connection refused by 10.11.0.1:6443",)
    assert (cni.sentence, cni.next_action) == (
        "cilium 1/2 ready after 60 s; expected 2/2",
        "look at k8s-2: kubectl describe node k8s-2",
    )


def test_the_run_itself_has_a_head_and_an_end() -> None:
    """Times, exit code, exceptions, and who ran what."""
    line = timeline(FAILED_RUN)
    assert line.head is not None
    assert (line.run, line.head.cluster, line.exit_code) == ("r1", "main", 1)
    assert (line.started, line.ended) == (START, START + 90.2)
    assert line.seconds == pytest.approx(90.2)
    assert line.exceptions == ("k8s-6 is absent by --without",)


@pytest.mark.parametrize(
    ("last", "outcome"),
    [
        (Satisfied("s"), "satisfied"),
        (Done("s", {}, START, START), "done"),
        (Accepted("s", "I know", "it does not hold"), "accepted"),
        (Failed("s", "no", "look"), "failed"),
        (Failed("s", "no", "look", refused=True), "refused"),
        (Stopped("s", "the run was stopped"), "stopped"),
        (Waiting("s", "0/2"), "in flight"),
        (Acting("s", 1), "in flight"),
        (Demoted("s", "gone"), "in flight"),
    ],
)
def test_the_last_event_decides_the_outcome(last: Event, outcome: str) -> None:
    """A step without an end is in flight, and has no duration."""
    step = _step(timeline(entries((0.0, began("s")), (1.0, Verifying("s")), (3.0, last))), "s")
    assert step.outcome == outcome
    assert step.seconds == (None if outcome == "in flight" else 2.0)


def test_a_blocked_step_has_no_duration() -> None:
    """It was never begun."""
    assert _step(timeline(FAILED_RUN), "dns").seconds is None
    assert _step(timeline(FAILED_RUN), "dns").sentence == "cni"


@pytest.mark.parametrize(
    ("after", "doubtful"),
    [
        ([], True),
        ([Acted("s", 1, "asked")], False),
        ([AttemptFailed("s", 1, "transient", "refused", 1.0)], True),
        ([AttemptFailed("s", 1, "transient", "lost", 1.0), Done("s", {}, 3.0, 3.0)], False),
        ([AttemptFailed("s", 1, "permanent", "refused")], False),
        ([AttemptFailed("s", 1, "cancelled", "stopped"), Stopped("s", "Ctrl-C")], True),
        ([AttemptFailed("s", 1, "transient", "refused", 1.0), Acting("s", 2)], True),
    ],
)
def test_a_call_without_a_known_outcome_is_in_doubt(after: list[Event], doubtful: bool) -> None:
    """From Acting on, until its outcome is written; a call that was cut short may have had its effect."""
    told: list[Told] = [(2.0 + place, event) for place, event in enumerate(after)]
    line = timeline(entries((0.0, began("s")), (1.0, Acting("s", 1)), *told))
    assert _step(line, "s").in_doubt is doubtful


def test_a_run_that_was_cut_off_has_no_end() -> None:
    """Its length is that of its record."""
    line = timeline(FAILED_RUN[:9])
    assert (line.ended, line.exit_code) == (None, None)
    assert line.last == FAILED_RUN[8].at


def test_a_record_without_its_beginning_is_read_as_far_as_it_goes() -> None:
    """A journal that was set aside in the middle leaves such a run."""
    line = timeline(FAILED_RUN[3:])
    assert line.head is None
    assert _step(line, "etcd").outcome == "done"


def test_a_new_generation_is_kept_with_its_reason() -> None:
    """The summary tells it."""
    line = timeline(entries((0.0, began("s")), (1.0, GenerationOpened(2, "all machines are bare"))))
    assert line.generations == ("generation 2: all machines are bare",)


@pytest.mark.parametrize("mixed", [[], [*FAILED_RUN, *entries((0.0, began("s")), run="r2")]])
def test_a_timeline_is_of_exactly_one_run(mixed: list[object]) -> None:
    """Two runs folded into one would lie."""
    with pytest.raises(ValueError, match="one run"):
        timeline(mixed)  # type: ignore[arg-type]


DIAMOND = entries(
    (0.0, began("a", "b", "c", "d")),
    *sorted([*acted("a", 0.0, 10.0), *acted("b", 10.0, 15.0), *acted("c", 10.0, 40.0)], key=lambda told: told[0]),
    *acted("d", 43.0, 50.0),
    (50.0, RunEnded(0)),
)


def test_the_critical_path_follows_the_need_that_ended_last() -> None:
    """Through c, which took 30 s, not through b; d began 3 s late."""
    line = timeline(DIAMOND, {"d": ("b", "c"), "c": ("a",), "b": ("a",), "a": ()})
    assert _path(line) == [("a", 10.0, 0.0), ("c", 30.0, 0.0), ("d", 7.0, 3.0)]


def test_links_and_gaps_add_up_to_the_run() -> None:
    """Nothing of the run's length is left unexplained."""
    line = timeline(DIAMOND, {"d": ("b", "c"), "c": ("a",), "b": ("a",)})
    assert sum(link.seconds + link.queued_s for link in line.critical_path) == pytest.approx(line.seconds)


def test_a_need_that_is_no_need_is_not_on_the_path() -> None:
    """Where d needs b only, the path goes through b, though c ended later."""
    assert [link[0] for link in _path(timeline(DIAMOND, {"d": ("b",), "b": ("a",)}))] == ["a", "b", "d"]


def test_a_need_by_name_means_every_node() -> None:
    """As in the graph."""
    told = sorted([*acted("boot[k8s-1]", 0.0, 5.0), *acted("boot[k8s-2]", 0.0, 9.0)], key=lambda each: each[0])
    run = entries((0.0, began("boot[k8s-1]", "boot[k8s-2]", "etcd")), *told, *acted("etcd", 9.0, 12.0))
    assert [link[0] for link in _path(timeline(run, {"etcd": ("boot",)}))] == ["boot[k8s-2]", "etcd"]


def test_without_needs_the_order_of_events_decides() -> None:
    """The step that ended last before this one began is taken for its cause."""
    assert [link[0] for link in _path(timeline(DIAMOND))] == ["a", "c", "d"]


def test_steps_that_take_no_time_are_in_their_order() -> None:
    """In virtual time many events have the same time; their place in the record tells them apart."""
    told = [*found("a", 0.0), *found("b", 0.0), *found("c", 0.0)]
    run = entries((0.0, began("a", "b", "c")), *((0.0, event) for _, event in told))
    assert [link[0] for link in _path(timeline(run))] == ["a", "b", "c"]


def test_a_run_in_which_nothing_ended_has_no_path() -> None:
    """Killed at its first step, or with steps that were only blocked."""
    run = entries((0.0, began("a", "b")), (0.0, Verifying("a")), (1.0, Blocked("b", "a")))
    assert timeline(run).critical_path == ()
