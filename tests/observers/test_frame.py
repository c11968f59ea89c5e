"""Frames of the live view: what stands in them, and that they fit the terminal."""

from __future__ import annotations

import pytest

from bootstrap.events import Acting, AttemptFailed, Blocked, Done, Entry, Failed, RunEnded, Stopped, Verifying, Waiting
from bootstrap.observers.board import Board
from bootstrap.observers.frame import frame
from tests.observers.story import FAILED_RUN, START, Told, acted, began, entries, found

NODES = tuple(f"k8s-{number}" for number in range(1, 7))


def _board(run: list[Entry]) -> Board:
    board = Board()
    for entry in run:
        board.see(entry)
    return board


def _lines(run: list[Entry], now: float = 100.0, width: int = 80, height: int = 23) -> list[str]:
    return [line.rstrip() for line in frame(_board(run), START + now, width, height).plain.split("\n")]


def _row(lines: list[str], name: str) -> str:
    return next(line for line in lines if line.startswith(f"{name} ") and ": " not in line[: len(name) + 12])


def _long_run(done: int, going: int, to_come: int) -> list[Entry]:
    names = [f"step_{number:02d}" for number in range(done + going + to_come)]
    told: list[Told] = [(0.0, began(*names))]
    for place, name in enumerate(names[:done]):
        told += acted(name, place, place + 3.0)
    for name in names[done : done + going]:
        told += [(60.0, Verifying(name)), (61.0, Waiting(name, f"{name} is not there yet"))]
    return entries(*told)


FAILED_FRAME = """\
rehearsal: no machine was touched
main, run r1, 1m 30s (virtual), lease reaches this computer, without k8s-6
steps: 1 failed, 1 blocked, 2 true
cni failed: cilium 1/2 ready after 60 s; expected 2/2
preflight satisfied     0.1s
etcd      done         30.0s
cni       failed x2   1m 00s  cilium 1/2 ready after 60 s; expected 2/2
dns       blocked             needs cni, which did not become true"""


def test_the_last_frame_of_a_failed_run_reads_like_this() -> None:
    """Head, counts, the foremost reason, a row a step; times stand still once the run has ended."""
    assert "\n".join(_lines(FAILED_RUN, now=5000.0)) == FAILED_FRAME


@pytest.mark.parametrize("upto", range(1, len(FAILED_RUN) + 1))
@pytest.mark.parametrize(("width", "height"), [(80, 23), (40, 10), (20, 6), (200, 60)])
def test_every_frame_of_a_rehearsal_says_that_no_machine_was_touched(upto: int, width: int, height: int) -> None:
    """After every event, and on any terminal."""
    said = " ".join(_lines(FAILED_RUN[:upto], width=width, height=height))
    assert "rehearsal: no machine was touched" in said


def test_frames_of_other_estates_do_not_claim_that() -> None:
    """There machines are touched; the estate stands in the head."""
    said = "\n".join(_lines(entries((0.0, began("a", estate="real")))))
    assert "touched" not in said
    assert "main on the real estate, run r1, 1m 40s, lease reaches this computer" in said


@pytest.mark.parametrize(("done", "going", "to_come"), [(30, 0, 0), (0, 30, 0), (0, 0, 30), (10, 10, 10), (28, 1, 1)])
@pytest.mark.parametrize(("width", "height"), [(80, 23), (30, 9), (12, 4), (80, 1)])
def test_a_frame_never_exceeds_the_terminal(done: int, going: int, to_come: int, width: int, height: int) -> None:
    """Neither in rows nor in columns, however many steps there are."""
    lines = _lines(_long_run(done, going, to_come), width=width, height=height)
    assert len(lines) <= height
    assert max(len(line) for line in lines) <= width


def test_wide_characters_are_measured_in_cells() -> None:
    """Two cells each: a line of them is cut at half as many."""
    run = entries((0.0, began("a")), (1.0, Waiting("a", "節" * 80)))
    board = _board(run)
    assert max(line.cell_len for line in frame(board, START, 60, 20).split("\n")) <= 60


def test_when_all_rows_fit_they_stand_in_the_order_of_the_plan() -> None:
    """Nothing jumps on a terminal that is high enough."""
    lines = _lines(_long_run(3, 1, 2))
    assert [line[:7] for line in lines if line.startswith("step_0") and ":" not in line] == [
        f"step_{number:02d}" for number in range(6)
    ]


def test_when_rows_do_not_fit_done_steps_collapse_first() -> None:
    """What goes on and what is to come is shown; the done are counted and named in one line."""
    lines = _lines(_long_run(20, 3, 12))
    shown = [line for line in lines if line.startswith("step_") and "waiting:" not in line]
    assert [line[:7] for line in shown[:15]] == [f"step_{number}" for number in range(20, 35)]
    assert lines[-1].startswith("and ")
    assert "more done: step_00, step_01" in lines[-1]


def test_a_failed_step_stands_first_when_rows_do_not_fit() -> None:
    """Wherever it is in the plan."""
    run = [*_long_run(0, 20, 10), *entries((62.0, Failed("step_15", "no route to k8s-3", "plug it in")))]
    rows = [line for line in _lines(run) if line.startswith("step_")]
    assert rows[0] == "step_15 failed: no route to k8s-3"
    assert rows[1].split()[:2] == ["step_15", "failed"]


def test_hidden_rows_are_counted() -> None:
    """Rows and closing lines together account for every step name."""
    lines = _lines(_long_run(20, 3, 30))
    hidden = sum(int(line.split()[1]) for line in lines if line.startswith("and "))
    shown = [line for line in lines if line.startswith("step_") and "waiting:" not in line]
    assert hidden + len(shown) == 53


def _nodes_run() -> list[Entry]:
    told: list[Told] = [(0.0, began(*(f"booted[{node}]" for node in NODES)))]
    told += found("booted[k8s-1]", 1.0) + acted("booted[k8s-2]", 1.0, 20.0)
    told += [(2.0, Verifying("booted[k8s-3]")), (3.0, Acting("booted[k8s-3]", 1))]
    told += [(2.0, Verifying("booted[k8s-4]")), (3.0, Waiting("booted[k8s-4]", "apid does not answer"))]
    return entries(*told)


def test_steps_of_one_name_share_a_row_with_a_mark_for_each_node() -> None:
    """The most urgent node stands last, next to its reason."""
    row = _row(_lines(_nodes_run(), width=160), "booted")
    assert row.split(None, 3)[:3] == ["booted", "waiting", "1m"]
    assert row.endswith("k8s-1 k8s-2 ok, k8s-5 k8s-6 pending, k8s-3 acting, k8s-4 waiting: apid does not answer")


def test_on_a_narrow_terminal_the_node_that_matters_is_named_first() -> None:
    """The others are counted, so that the reason is still to be seen."""
    row = _row(_lines(_nodes_run()), "booted")
    assert "k8s-4 waiting (2 ok, 2 pending, 1 a" in row


def test_when_all_nodes_are_there_they_are_said_to_be_ok() -> None:
    """In a short form where they do not fit."""
    told: list[Told] = [(0.0, began(*(f"booted[{node}]" for node in NODES)))]
    for node in NODES:
        told += found(f"booted[{node}]", 1.0)
    assert _row(_lines(entries(*told)), "booted").endswith("k8s-1 k8s-2 k8s-3 k8s-4 k8s-5 k8s-6 ok")
    assert _row(_lines(entries(*told), width=50), "booted").endswith("6 nodes ok")


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ([(1.0, Verifying("a"))], "verifying"),
        ([(1.0, Acting("a", 1))], "acting"),
        ([(1.0, Acting("a", 2))], "acting x2"),
        ([(1.0, AttemptFailed("a", 1, "transient", "refused", 1.0))], "retry"),
        ([(1.0, Stopped("a", "Ctrl-C"))], "stopped"),
        ([(1.0, Failed("a", "foreign", "look", refused=True))], "refused"),
        ([(1.0, Done("a", {}, 1.0, 2.0, ("plex is down",)))], "partly"),
        ([], "pending"),
        ([(1.0, Blocked("a", "b"))], "blocked"),
    ],
)
def test_a_row_says_its_state(told: list[Told], state: str) -> None:
    """The word of the last event, with the attempt when it is not the first."""
    row = _row(_lines(entries((0.0, began("a")), *told)), "a")
    assert row[2:].startswith(f"{state} ") or row[2:] == state


def test_the_elapsed_time_of_a_running_step_goes_on() -> None:
    """And stands still once it has ended."""
    run = entries((0.0, began("a", "b")), (1.0, Verifying("a")), *acted("b", 1.0, 6.0))
    early, late = _lines(run, now=10.0), _lines(run, now=30.0)
    assert [_row(lines, "a").split()[-1] for lines in (early, late)] == ["9.0s", "29.0s"]
    assert [_row(lines, "b").split()[-1] for lines in (early, late)] == ["5.0s", "5.0s"]


def test_the_foremost_reason_is_shown_in_full() -> None:
    """On two lines if need be: its row has room for the beginning only."""
    reason = "cilium 4/6 ready: k8s-5 ImagePullBackOff quay.io/cilium/cilium:v1.18.3 since 40 s"
    lines = _lines(entries((0.0, began("a_step_with_a_long_name")), (1.0, Waiting("a_step_with_a_long_name", reason))))
    assert reason in " ".join(lines)


def test_steps_left_out_have_no_row_and_are_counted() -> None:
    """They are no part of this walk."""
    lines = _lines(entries((0.0, began("a", skip=("b", "c")))))
    assert lines[1] == "steps: 1 to come, 2 left out"
    assert not any(line.startswith("b") for line in lines)


def test_words_in_brackets_are_no_markup() -> None:
    """A reason is shown as it was said."""
    lines = _lines(entries((0.0, began("a")), (1.0, Waiting("a", "[red]not[/red] a [markup"))))
    assert _row(lines, "a").endswith("[red]not[/red] a [markup")


def test_the_clock_of_the_head_stops_with_the_run() -> None:
    """The last frame is left on the screen."""
    lines = _lines(entries((0.0, began("a")), (7.0, RunEnded(0))), now=90.0)
    assert "7.0s" in lines[0]
