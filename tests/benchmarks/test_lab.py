"""What the lab's benchmark makes of a journal and of the lab's facts."""

from __future__ import annotations

import pytest

from benchmarks.lab_notices import Notice, notices
from benchmarks.lab_share import external, share
from bootstrap import events
from bootstrap.events import Entry, Event
from lab.facts import Fact


def journal(*said: tuple[float, Event]) -> list[Entry]:
    return [Entry("run", at, event) for at, event in said]


DONE = events.Done("a", {}, 0.0, 0.0)


@pytest.mark.parametrize(
    ("said", "parts"),
    [
        ([(0, events.Verifying("a")), (1, events.Satisfied("a"))], [("looks", 1)]),
        ([(0, events.Acting("a", 1)), (4, events.Acted("a", 1, "")), (5, DONE)], [("acts", 4), ("looks", 1)]),
        ([(0, events.Waiting("a", "not yet")), (7, DONE)], [("waits", 7)]),
        ([(0, events.Holding("a", 2.0)), (3, DONE)], [("stability", 2), ("looks", 1)]),
        ([(0, events.AttemptFailed("a", 1, "transient", "away", 2.0)), (5, events.Acting("a", 2))], [("waits", 2)]),
        ([(0, events.Demoted("a", "gone")), (5, events.Acting("a", 1))], []),
    ],
)
def test_time_is_the_worlds_by_what_the_step_was_at(
    said: list[tuple[float, Event]], parts: list[tuple[str, float]]
) -> None:
    """Acts, waits, stability and looks are external; the rest is the engine's."""
    assert external(journal(*said)) == parts


def test_the_engines_share_is_what_the_critical_path_leaves() -> None:
    """A step beside the path counts nothing; the second between a need's end and the next look is the engine's."""
    entries = journal(
        (0, events.Verifying("a")), (0, events.Verifying("beside")), (2, events.Satisfied("beside")),
        (4, events.Satisfied("a")), (5, events.Verifying("b")), (10, events.Satisfied("b")),
    )  # fmt: skip
    found = share(entries, {"b": ("a", "beside")})
    assert [step for step, *_ in found.path] == ["a", "b"]
    assert (found.wall, found.external) == (10, 9)
    assert found.engine == pytest.approx(0.1)


FACTS = {"b": ("one", "two")}
WAITED = journal((0, events.Waiting("b", "one")), (10, events.Holding("b", 2.0)), (12, events.Satisfied("b")))


@pytest.mark.parametrize(
    ("entries", "facts", "found"),
    [
        (WAITED, [Fact("one", 3), Fact("two", 9.5)], [Notice("b", "two", 0.5)]),
        (WAITED, [Fact("one", 3)], []),
        (WAITED, [Fact("one", 3), Fact("two", 9.5), Fact("one", 30)], [Notice("b", "two", 0.5)]),
        (journal((0, events.Verifying("b")), (1, events.Satisfied("b"))), [Fact("one", 0.1), Fact("two", 0.2)], []),
        (WAITED, [Fact("one", -2), Fact("two", -1)], []),
    ],
    ids=["the last one counts", "not all were logged", "true again later", "never waited", "true before it waited"],
)
def test_a_gate_is_late_by_the_last_of_its_facts(entries: list[Entry], facts: list[Fact], found: list[Notice]) -> None:
    """Only where it waited for them, and all of them were logged."""
    assert notices(entries, facts, FACTS) == found
