"""The report compares the runs of a journal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bootstrap.events import Entry, RunEnded, Verifying
from operations.report import report, report_as_json, runs
from operations.request import Request
from operations.show_report import show_report
from tests.observers.story import FAILED_RUN, START, acted, began, entries, found


def _run(name: str, etcd: float, start: float, estate: str = "lab") -> list[Entry]:
    return entries(
        (0.0, began("preflight", "etcd", estate=estate)),
        *found("preflight", 0.0),
        *acted("etcd", 1.0, 1.0 + etcd),
        (2.0 + etcd, RunEnded(0)),
        run=name,
        start=start,
    )


def _killed(name: str, start: float) -> list[Entry]:
    return entries((0.0, began("preflight", "etcd")), (3.0, Verifying("etcd")), run=name, start=start)


REPORT = """\
run    started               total  outcome     slowest steps
one    2026-01-02 03:00 UTC  22.0s  done        etcd 20.0s
two    2026-01-02 03:01 UTC  3.0s   no end yet  -
three  2026-01-02 03:02 UTC  17.0s  done        etcd 15.0s

Time of each step in all runs, with the change against the last earlier run that made it true.
true: it was true already. -: it had no part. A word after a time: how it ended without becoming true.

step       one    two        three
preflight  true   -          true
etcd       20.0s  in flight  15.0s (-5.0s)
"""


def test_three_runs_read_like_this() -> None:
    """A line a run, then each step side by side; a run that was killed breaks no comparison."""
    journal = [*_run("one", 20.0, START), *_killed("two", START + 60), *_run("three", 15.0, START + 120)]
    assert report(runs(journal)) == REPORT


def test_a_journal_is_split_by_run_in_the_order_of_their_beginnings() -> None:
    """Also where two runs are mixed, as after a lease that was taken over."""
    first, second = _run("one", 20.0, START), _killed("two", START + 10)
    mixed = [*first[:3], *second, *first[3:]]
    assert runs(mixed) == {"one": tuple(first), "two": tuple(second)}


def test_an_empty_journal_is_said_to_be_empty() -> None:
    """No table of nothing."""
    assert runs([]) == {}
    assert report({}) == "No run stands in this journal.\n"
    assert report_as_json({}) == {"runs": []}


def test_many_runs_all_have_a_line_but_only_the_latest_stand_side_by_side() -> None:
    """The table must fit a terminal, and says what it left out; changes look back beyond it."""
    text = report(runs(_five_runs()), width=60).splitlines()
    assert [line.split()[0] for line in text[1:6]] == ["run0", "run1", "run2", "run3", "run4"]
    assert "the latest 3 of 5 runs" in text[7]
    assert text[-3].split() == ["step", "run2", "run3", "run4"]
    assert text[-1].split() == ["etcd", "22.0s", "(+1.0s)", "23.0s", "(+1.0s)", "24.0s", "(+1.0s)"]


@pytest.mark.parametrize(("width", "side_by_side"), [(1, 1), (39, 2), (40, 2), (60, 3), (80, 5), (300, 5)])
def test_as_many_runs_stand_side_by_side_as_fit_the_terminal(width: int, side_by_side: int) -> None:
    """One at least; and no line of that table is wider, where more than one stands in it."""
    table = report(runs(_five_runs()), width=width).rpartition("\n\n")[2].splitlines()
    assert len(table[0].split()) == 1 + side_by_side
    assert side_by_side == 1 or max(map(len, table)) <= width


@pytest.mark.parametrize(("columns", "side_by_side"), [("60", 3), ("80", 5)])
def test_the_command_asks_the_terminal_for_its_width(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], columns: str, side_by_side: int
) -> None:
    """A wider window shows more runs."""
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setattr("operations.show_report.entries_of", lambda *_: _five_runs())
    assert show_report(Request("main", "rehearsal", Path(__file__).parents[2]), "", compare=True) == 0
    assert len(capsys.readouterr().out.rpartition("\n\n")[2].splitlines()[0].split()) == 1 + side_by_side


def _five_runs() -> list[Entry]:
    return [entry for n in range(5) for entry in _run(f"run{n}", 20.0 + n, START + n * 60)]


def test_a_step_that_failed_shows_its_time_with_the_word() -> None:
    """It is not compared: nobody waited until it was true."""
    text = report(runs(FAILED_RUN))
    rows = {line.split()[0]: line.split(None, 1)[1] for line in text.splitlines() if line and len(line.split()) > 1}
    assert rows["cni"] == "1m 00s failed"
    assert rows["dns"] == "blocked"


def test_rehearsed_times_are_said_to_be_virtual() -> None:
    """And those of other estates are not."""
    assert report(runs(FAILED_RUN)).startswith("rehearsal: no machine was touched; all times are the rehearsed world's")
    assert "touched" not in report(runs(_run("one", 20.0, START)))


def test_the_json_form_has_every_run_with_its_changes() -> None:
    """Seconds, positive when it took longer."""
    journal = [*_run("one", 20.0, START), *_killed("two", START + 60), *_run("three", 15.0, START + 120)]
    shown = json.loads(json.dumps(report_as_json(runs(journal))))["runs"]
    assert [(run["run"], run["outcome"]) for run in shown] == [
        ("one", "done"),
        ("two", "no end yet"),
        ("three", "done"),
    ]
    assert [run["changes"] for run in shown] == [{}, {}, {"etcd": pytest.approx(-5.0)}]
