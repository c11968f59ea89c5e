"""Stopping a run: Ctrl-C at any moment ends it at once, in order, and the same command goes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bootstrap.events import Entry, RunEnded
from bootstrap.memory import Memory
from bootstrap.runner import Runner
from bootstrap.step import Attempt, Step
from bootstrap.verdict import NotYet, Verdict
from tests.engine.lasting import Habits, LastingWorld, MortalJournal
from tests.engine.toy import ToyClock, World, fact, run, walk

HABITS = {
    "a": Habits(takes_s=4.0, lag_s=3.0),
    "b": Habits(lag_s=10.0, stability_s=10.0, deaf=2),
    "c": Habits(lag_s=6.0, hidden_s=6.0, stability_s=5.0),
    "d": Habits(takes_s=20.0, lag_s=25.0),
}


@pytest.mark.parametrize("second", range(66))
def test_an_interrupt_at_any_second_ends_at_once_and_the_next_run_finishes(second: int) -> None:
    """Whatever a step does at that moment: 130, the journal is closed by RunEnded, nothing is left running."""
    world, kept = LastingWorld({"a": (), "b": ("a",), "c": ("a",), "d": ("b", "c")}, HABITS), list[Entry]()

    async def press(runner: Runner) -> None:
        await asyncio.sleep(float(second))
        runner.interrupt()

    first = world.session(MortalJournal(kept), during=press, acts_at_once=1)
    assert first is not None
    ended_by_itself = first.result.exit_code == 0 and first.ended <= second
    assert ended_by_itself or (first.result.exit_code == 130 and first.ended == pytest.approx(second))
    assert first.entries[-1].event == RunEnded(first.result.exit_code)
    again = world.session(MortalJournal(kept))
    assert again is not None
    assert again.result.exit_code == 0
    assert world.true(at=world.began) == {"a", "b", "c", "d"}
    assert world.broken_rules == []


def test_an_interrupt_reaches_steps_that_have_not_begun_yet() -> None:
    """A step that was made ready in the same moment never begins, and the run does not wait for it."""
    world = World()
    runners: list[Runner] = []

    async def presses(_: Memory) -> Verdict:
        runners[0].interrupt()
        return NotYet("the operator pressed Ctrl-C")

    async def remember(runner: Runner) -> None:
        runners.append(runner)

    steps = [fact(world, "first", "a", observe=presses, expected_s=99.0), fact(world, "later", "a"), fact(world, "a")]
    walked = run(walk(steps, during=remember))
    assert walked.result.exit_code == 130
    assert walked.kinds("later") == []
    assert world.true == {"a"}


def test_an_interrupt_before_the_first_step_starts_none() -> None:
    """Ctrl-C before the walk has begun: 130, and the world was not even looked at."""
    world = World()
    walked = run(walk([fact(world, "a"), fact(world, "b", "a")], before=Runner.interrupt))
    assert walked.result.exit_code == 130
    assert world.looks == []


def test_a_clean_up_under_way_is_not_cut_short() -> None:
    """An act that is cancelled may end its child cleanly, even when another step fails to stop in the meantime."""
    world = World()
    ended: list[str] = []

    async def child(_: Attempt) -> str:
        try:
            await asyncio.sleep(1000.0)
        finally:
            await asyncio.sleep(3.0)
            ended.append("child")
        return "never"

    async def press_twice(runner: Runner) -> None:
        await asyncio.sleep(5.0)
        runner.interrupt()
        await asyncio.sleep(1.0)
        runner.interrupt()

    walked = run(walk([fact(world, "a", act=child)], during=press_twice))
    assert ended == ["child"]
    assert walked.ended == pytest.approx(8.0)


def test_a_step_that_ends_by_itself_as_if_cancelled_is_no_success() -> None:
    """Nobody stopped the run, yet an act was cancelled: the exit code says that something failed."""
    world = World()

    async def loses_its_worker(_: Attempt) -> str:
        raise asyncio.CancelledError

    walked = run(walk([fact(world, "a", act=loses_its_worker), fact(world, "b", "a"), fact(world, "c")]))
    assert walked.result.exit_code == 1
    assert walked.endings() == {"a": "stopped", "b": "blocked", "c": "done"}


def test_watches_end_with_the_run() -> None:
    """Twenty silent watches are open when Ctrl-C comes: the run ends in that second, and closes all of them."""
    world = World()
    opened: list[int] = []
    closed: list[int] = []

    async def silent() -> AsyncIterator[object]:
        opened.append(1)
        try:
            await asyncio.sleep(10_000.0)
        finally:
            closed.append(1)
        yield None

    def step(number: int) -> Step:
        plain = fact(world, f"s{number}", waits=True)
        return replace(plain, gate=replace(plain.gate, changes=silent))

    async def press(runner: Runner) -> None:
        await asyncio.sleep(7.0)
        runner.interrupt()

    async def main() -> None:
        walked = await walk([step(n) for n in range(20)], during=press, clock=ToyClock())
        assert walked.ended == pytest.approx(7.0)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run(main())
    assert (len(opened), len(closed)) == (20, 20)
