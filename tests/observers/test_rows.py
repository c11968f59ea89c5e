"""Which rows a small terminal shows: never too many, nothing lost, the urgent first."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bootstrap.observers.board import BROKEN, FINISHED, IDLE, split_id
from bootstrap.observers.rows import URGENCY, Row, fit

STATES = st.sampled_from(sorted(URGENCY))
TABLES = st.lists(STATES, max_size=60).map(
    lambda states: [_row(f"step_{place}", state, float(place)) for place, state in enumerate(states)]
)


def _row(name: str, state: str, ended: float = 0.0) -> Row:
    return Row(name, state, 1, 1.0, ended, "", "")


def _weight(row: Row) -> int:
    return 0 if row.state in BROKEN else 3 if row.state in FINISHED else 2 if row.state in IDLE else 1


@given(TABLES, st.integers(1, 40))
def test_rows_and_closing_lines_fit_the_height(table: list[Row], height: int) -> None:
    """Whatever the states are."""
    shown, closing = fit(table, height)
    assert len(shown) + len(closing) <= height


@given(TABLES, st.integers(2, 40))
def test_every_row_is_shown_or_counted(table: list[Row], height: int) -> None:
    """With two lines to close with, nothing is left out silently."""
    shown, closing = fit(table, height)
    counted = sum(int(re.findall(r"and (\d+) more", line)[0]) for line in closing)
    assert len(shown) + counted == len(table)


@given(TABLES, st.integers(2, 40))
def test_no_hidden_row_is_more_urgent_than_a_shown_one(table: list[Row], height: int) -> None:
    """Broken, then going on, then to come, then done."""
    shown, _ = fit(table, height)
    hidden = [row for row in table if row not in shown]
    if shown and hidden:
        assert max(map(_weight, shown)) <= min(map(_weight, hidden))


@given(TABLES)
def test_a_table_that_fits_keeps_the_order_of_the_plan(table: list[Row]) -> None:
    """And needs no closing line."""
    assert fit(table, max(len(table), 1)) == (table, [])


def test_of_the_done_rows_the_latest_are_shown() -> None:
    """They are what the operator has just been waiting for."""
    table = [_row("early", "done", 1.0), _row("late", "done", 9.0), _row("middle", "satisfied", 5.0)]
    shown, closing = fit(table, 2)
    assert [row.name for row in shown] == ["late"]
    assert closing == ["and 2 more done: early, middle"]


@pytest.mark.parametrize(
    ("step", "name", "node"),
    [("etcd", "etcd", None), ("boot[k8s-1]", "boot", "k8s-1"), ("boot[a.b]", "boot", "a.b")],
)
def test_an_id_is_taken_apart_as_it_was_put_together(step: str, name: str, node: str | None) -> None:
    """`name[node]`, or a bare name."""
    assert split_id(step) == (name, node)
