"""A journal that cannot be written: the run stops with one error, and nothing is done that nobody would remember."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from bootstrap.errors import Permanent
from bootstrap.events import Acting, Blocked, Entry, RunEnded
from bootstrap.journal import MemoryJournal
from bootstrap.step import Attempt, Step
from tests.engine.toy import Walked, World, fact, run, walk


class FullDisk(MemoryJournal):
    """Takes `room` entries, then no more."""

    def __init__(self, room: int) -> None:
        super().__init__()
        self.room = room

    def append(self, entries: Sequence[Entry], *, fencing: int, durable: bool) -> None:
        if len(self.stored) + len(entries) > self.room:
            raise Permanent("the journal's disk is full", "make room, then run the same command again")
        super().append(entries, fencing=fencing, durable=durable)


def steps(world: World) -> list[Step]:
    async def fails(_: Attempt) -> str:
        raise Permanent("the disk is gone", "put it back")

    return [
        fact(world, "a", takes_s=5.0),
        fact(world, "b", takes_s=8.0, lag_s=4.0),
        fact(world, "bad", act=fails),
        fact(world, "after_bad", "bad"),
        fact(world, "c", "a", stability_s=3.0),
        fact(world, "d", "a"),
    ]


def length() -> int:
    return len(run(walk(steps(World()))).entries)


@pytest.mark.parametrize("room", range(0, 40))
def test_a_disk_that_fills_up_at_any_entry_stops_the_run_with_one_error(room: int) -> None:
    """At every append: the run ends, every act was journaled before it began, and running acts were cancelled."""
    world, journal = World(), FullDisk(room)

    async def main() -> Walked | Permanent:
        try:
            return await walk(steps(world), journal=journal)
        except Permanent as error:
            return error
        finally:
            assert asyncio.all_tasks() == {asyncio.current_task()}

    ended = run(main())
    acted = [entry.event.step for entry in journal.stored if isinstance(entry.event, Acting)]
    assert [name for name in acted if name != "bad"] == world.effects
    assert world.busy == 0
    if room >= length():
        assert isinstance(ended, Walked)
        return
    assert not any(isinstance(entry.event, RunEnded) for entry in journal.entries())
    if isinstance(ended, Permanent):
        assert "disk is full" in ended.sentence
    else:
        assert ended.result.exit_code == 1
        assert ended.result.stopped == "the journal's disk is full"
        assert "make room" in ended.result.next_action


def test_the_table_above_reaches_past_the_end_of_the_run() -> None:
    """So every append of that run, a Blocked one too, was the first to fail once."""
    walked = run(walk(steps(World())))
    assert len(walked.entries) < 40
    assert any(isinstance(entry.event, Blocked) for entry in walked.entries)


def test_an_observer_that_fails_does_not_stop_the_run() -> None:
    """A broken terminal is told nothing more; the run ends as it would, then the error comes up."""
    world, journal = World(), MemoryJournal()
    heard: list[str] = []

    def breaks(entry: Entry) -> None:
        heard.append("broken")
        raise BrokenPipeError("nobody reads")

    def listens(entry: Entry) -> None:
        heard.append("well")

    with pytest.raises(BrokenPipeError):
        run(walk([fact(world, "a"), fact(world, "b", "a")], journal=journal, observers=(breaks, listens)))
    assert world.true == {"a", "b"}
    assert heard.count("broken") == 1
    assert heard.count("well") == len(list(journal.entries()))
    assert isinstance(journal.stored[-1].event, RunEnded)
