"""Waiting with a watch: a change is looked at when it comes, and a broken watch is opened again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest

from bootstrap.errors import Permanent, Transient
from tests.engine.toy import Walked, World, fact, run, walk

Watch = Callable[[int], AsyncIterator[object]]
"""Given its number, from 1: what the gate's watch does when it is opened for that time."""


def watched(watch: Watch, true_after_s: float, **more: float) -> tuple[Walked, World, list[float]]:
    """Wait for one fact. The third value: when the watch was opened."""
    world = World()
    opened: list[float] = []

    def changes() -> AsyncIterator[object]:
        opened.append(asyncio.get_running_loop().time())
        return watch(len(opened))

    async def main() -> Walked:
        asyncio.get_running_loop().call_later(true_after_s, world.true.add, "a")
        plain = fact(world, "a", waits=True, stability_s=more.get("stability_s", 0.0))
        walked = await walk([replace(plain, gate=replace(plain.gate, changes=changes))])
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return walked

    return run(main()), world, opened


async def tells_at(seconds: float) -> AsyncIterator[object]:
    await asyncio.sleep(seconds)
    yield "changed"
    await asyncio.sleep(1e9)


def test_a_change_is_looked_at_when_it_comes() -> None:
    """At 7.3 s, and not at the next poll."""
    walked, world, opened = watched(lambda _: tells_at(7.3), 7.3)
    assert walked.ended == pytest.approx(7.3, abs=0.01)
    assert len(world.looks) == 2
    assert len(opened) == 1


def test_a_watch_that_says_nothing_is_not_trusted_for_ever() -> None:
    """The fact comes at 40 s unheard; the next listing finds it."""
    walked, _, _ = watched(lambda _: tells_at(1e6), 40.0)
    assert 40.0 <= walked.ended <= 70.0
    assert walked.result.exit_code == 0


@pytest.mark.parametrize("error", [None, Transient("the API went away")])
def test_a_watch_that_ends_is_opened_again(error: Transient | None) -> None:
    """By its end or by an error that may pass: what changed in the gap is found, later changes are heard."""

    async def broken(number: int) -> AsyncIterator[object]:
        await asyncio.sleep(3.0 if number < 4 else 1e6)
        if error is not None:
            raise error
        if number < 0:
            yield "never"

    walked, _, opened = watched(broken, 13.5)
    assert opened == pytest.approx([0.0, 5.0, 10.0, 15.0])
    assert walked.ended == pytest.approx(15.0, abs=0.1)
    assert walked.result.exit_code == 0


@pytest.mark.parametrize("error", [Permanent("forbidden to watch", "grant it"), RuntimeError("surprise")])
def test_a_watch_that_fails_for_good_ends_the_step(error: Exception) -> None:
    """Its sentence is the step's; nobody waits for the deadline."""

    async def fails(_: int) -> AsyncIterator[object]:
        await asyncio.sleep(5.0)
        raise error
        yield

    walked, _, _ = watched(fails, 1e6)
    assert walked.ended == pytest.approx(5.0, abs=0.1)
    assert str(error) in walked.result.outcomes["a"].sentence


def test_a_change_during_the_stability_time_is_looked_at() -> None:
    """Without the watch nobody would look before its end."""

    async def often(_: int) -> AsyncIterator[object]:
        while True:
            await asyncio.sleep(1.0)
            yield "changed"

    walked, world, _ = watched(often, 0.0, stability_s=20.0)
    assert len(world.looks) >= 19
    assert walked.ended == pytest.approx(20.0, abs=1.1)


def test_without_a_watch_the_gate_is_polled_less_and_less_often() -> None:
    """Soon at first, never seldom: every 10 s at the longest."""
    world = World()

    async def main() -> Walked:
        asyncio.get_running_loop().call_later(100.0, world.true.add, "a")
        return await walk([fact(world, "a", waits=True)])

    assert 100.0 <= run(main()).ended <= 110.0
    assert 10 <= len(world.looks) <= 16
