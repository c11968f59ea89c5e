"""Killed anywhere, with the journal kept or lost: the same command ends in the state of an uninterrupted run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bootstrap.events import Entry
from bootstrap.record import fold
from tests.engine.lasting import Habits, LastingWorld, MortalJournal

NODES = ("n1", "n2", "n3", "n4")
FAN_OUT: Mapping[str, Sequence[str]] = {
    "secrets": (),
    "configs": ("secrets",),
    **{f"applied_{node}": ("configs",) for node in NODES},
    "etcd": tuple(f"applied_{node}" for node in NODES),
    "api": ("etcd",),
    **{f"joined_{node}": ("api",) for node in NODES},
    "network": ("api",),
    "flux": ("network", "joined_n1"),
    "apps": ("flux", *(f"joined_{node}" for node in NODES)),
}
HABITS = {
    "configs": Habits(takes_s=0.5, lag_s=0.0, deaf=1),
    "applied_n2": Habits(takes_s=3.0, lag_s=30.0),
    "etcd": Habits(lag_s=12.0, stability_s=10.0, lost=1),
    "network": Habits(takes_s=1.0, lag_s=20.0, hidden_s=4.0, stability_s=5.0),
    "joined_n3": Habits(lag_s=9.0, hidden_s=9.0),
}


def world() -> LastingWorld:
    return LastingWorld(FAN_OUT, HABITS)


def uninterrupted() -> int:
    """The number of appends of a run that nobody disturbs."""
    journal = MortalJournal([])
    walked = world().session(journal)
    assert walked is not None
    assert walked.result.exit_code == 0
    return journal.appends


def finish(here: LastingWorld, kept: list[Entry]) -> None:
    """Run the same command until it is done; its end is the same state, reached within the rules."""
    walked = here.session(MortalJournal(kept))
    assert walked is not None
    assert walked.result.exit_code == 0, walked.result.outcomes
    assert here.true(at=here.began) == set(here.needs)
    assert here.broken_rules == []


def twice(here: LastingWorld) -> set[str]:
    return {name for name, count in Counter(name for name, _, _ in here.effects).items() if count > 1}


POINTS = range(1, uninterrupted() + 1)


def test_the_graph_is_worth_the_name() -> None:
    """Fifteen steps with fan-out, and more appends than steps: the tables below are not empty."""
    assert len(FAN_OUT) == 15
    assert len(POINTS) > 60


@pytest.mark.parametrize("loss", ["stored", "not stored", "group lost"])
def test_killed_at_every_append_and_resumed(loss: str) -> None:
    """No effect is repeated, but one whose call the journal holds in doubt and the world did not show."""
    for point in POINTS:
        here, kept = world(), list[Entry]()
        assert here.session(MortalJournal(kept, point, loss != "not stored", loss == "group lost")) is None
        in_doubt = set(fold(kept).memory.in_doubt)
        finish(here, kept)
        repeated = twice(here)
        assert repeated <= in_doubt, f"killed at append {point}"
        assert all(HABITS.get(name, Habits()).hidden_s > 0 for name in repeated), f"killed at append {point}"


def test_killed_at_every_append_and_the_journal_lost() -> None:
    """The world alone decides: the same state, and nothing repeated but what the world did not show."""
    for point in POINTS:
        here = world()
        here.session(MortalJournal([], point))
        finish(here, [])
        assert all(HABITS.get(name, Habits()).hidden_s > 0 for name in twice(here)), f"killed at append {point}"


def test_killed_at_one_append_after_the_other() -> None:
    """Twenty kills in one bootstrap, each soon after the last resume: it still gets on and ends."""
    here, kept = world(), list[Entry]()
    for _ in range(20):
        here.session(MortalJournal(kept, 9))
    finish(here, kept)


@st.composite
def worlds(draw: st.DrawFn) -> LastingWorld:
    """A random graph whose facts come about slowly, late, hidden, or only when asked again."""
    count = draw(st.integers(1, 9))
    seconds = st.sampled_from([0.0, 0.5, 3.0, 12.0])
    habits = st.builds(
        Habits,
        takes_s=seconds,
        lag_s=seconds,
        hidden_s=st.sampled_from([0.0, 2.0, 10.0]),
        stability_s=seconds,
        lost=st.integers(0, 2),
        deaf=st.integers(0, 2),
    )
    needs: dict[str, Sequence[str]] = {}
    for number in range(count):
        needs[f"s{number}"] = draw(st.lists(st.sampled_from(sorted(needs)), unique=True)) if needs else ()
    return LastingWorld(needs, {name: draw(habits) for name in needs})


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(worlds(), st.lists(st.tuples(st.integers(1, 40), st.booleans(), st.booleans()), max_size=5), st.integers(0, 9))
def test_any_graph_killed_anywhere_ends_in_the_same_state(
    here: LastingWorld, kills: list[tuple[int, bool, bool]], seed: int
) -> None:
    """Random graphs, faults and kills; and what the run remembers at its end is what its journal adds up to."""
    kept: list[Entry] = []
    for at, stored, grouped in kills:
        here.session(MortalJournal(kept, at, stored, grouped), seed=seed)
    finish(here, kept)
    last = here.session(MortalJournal(kept), seed=seed)
    assert last is not None
    again = fold(kept)
    assert (last.record.memory, last.record.served) == (again.memory, again.served)
