"""Every wait ends: no look, no slot and no act outlives the deadline of its step or of the command."""

from __future__ import annotations

import asyncio
import itertools
from random import Random

import pytest

from bootstrap.memory import Memory
from bootstrap.retry import Retry
from bootstrap.step import Attempt
from bootstrap.verdict import Holds, NotYet, Verdict
from tests.engine.toy import ToyClock, World, fact, run, walk


async def hangs(_: Memory) -> Verdict:
    await asyncio.sleep(1_000_000.0)
    return Holds()


@pytest.mark.parametrize("deadline_s", [60.0, 9_999.0])
def test_a_look_that_never_answers_ends_with_its_step(deadline_s: float) -> None:
    """The gate hangs: the step fails at its deadline, or at the command's, and says that there was no answer."""
    world = World()
    walked = run(walk([fact(world, "a", observe=hangs, deadline_s=deadline_s)], deadline_s=100.0))
    assert walked.result.exit_code == 1
    assert walked.ended == pytest.approx(min(deadline_s, 100.0), abs=0.1)
    assert "answer" in walked.result.outcomes["a"].sentence
    assert world.effects == []


@pytest.mark.parametrize(
    ("step_s", "run_s", "said", "advised"),
    [
        (60.0, 900.0, "not within 60 s", "limits.deadlines.a in the inventory"),
        (900.0, 60.0, "the run's own deadline passed, 60 s after", "--deadline, or limits.command_s in the inventory"),
    ],
)
def test_the_advice_names_the_deadline_that_ended_the_wait(
    step_s: float, run_s: float, said: str, advised: str
) -> None:
    """More time for the step does not help when it is the whole run's that is over, and the other way round."""
    step = fact(World(), "a", waits=True, deadline_s=step_s)
    failed = run(walk([step], deadline_s=run_s)).result.outcomes["a"]
    assert said in failed.sentence
    assert advised in failed.next_action
    other = "limits.deadlines" if "limits.deadlines" not in advised else "--deadline"
    assert other not in failed.next_action


def test_no_act_begins_after_the_commands_deadline() -> None:
    """The first step uses up the time: the next one is looked at, fails, and has no effect."""
    world = World()
    walked = run(walk([fact(world, "a", takes_s=40.0, stability_s=10.0), fact(world, "b", "a")], deadline_s=50.0))
    assert world.effects == ["a"]
    assert walked.result.exit_code == 1


def test_who_waits_for_a_slot_longer_than_its_deadline_does_not_act() -> None:
    """One slot, held by a long act: the other step fails at its own deadline, without an effect, and says why."""
    world = World()
    steps = [fact(world, "long", takes_s=300.0, expected_s=999.0), fact(world, "short", deadline_s=60.0)]
    walked = run(walk(steps, acts_at_once=1))
    assert world.effects == ["long"]
    assert walked.endings() == {"long": "done", "short": "failed"}
    failed = next(entry for entry in walked.entries if type(entry.event).__name__ == "Failed")
    assert failed.at - walked.entries[0].at == pytest.approx(60.0, abs=0.1)
    assert "slot" in walked.result.outcomes["short"].sentence


def test_an_effect_that_was_lost_is_not_asked_for_again_at_the_deadline() -> None:
    """The settling time ends with the step's own time: what is left is the truth, not one more act."""
    world = World()

    async def swallowed(_: Attempt) -> str:
        world.effects.append("a")
        return "asked"

    step = fact(world, "a", act=swallowed, deadline_s=30.0, retry=Retry(settle_s=30.0))
    walked = run(walk([step]))
    assert world.effects == ["a"]
    assert "not within 30 s" in walked.result.outcomes["a"].sentence


def test_a_tolerant_step_whose_effect_was_lost_is_named() -> None:
    """Rule 14: at its deadline the run goes on, exit code 4, and the step is named."""
    world = World()

    async def swallowed(_: Attempt) -> str:
        world.effects.append("a")
        return "asked"

    step = fact(world, "a", act=swallowed, deadline_s=30.0, retry=Retry(settle_s=30.0), tolerant=True)
    walked = run(walk([step, fact(world, "b", "a")]))
    assert (walked.result.exit_code, world.effects) == (4, ["a", "b"])


def test_an_act_that_hangs_is_cancelled_at_the_deadline_and_in_doubt() -> None:
    """Nobody knows what became of it; the next run looks before it acts."""
    world = World()
    walked = run(walk([fact(world, "a", takes_s=10_000.0, deadline_s=60.0)]))
    assert walked.ended == pytest.approx(60.0, abs=0.1)
    assert world.busy == 0
    assert "a" in walked.record.memory.in_doubt
    assert "deadline" in walked.result.outcomes["a"].sentence


def test_every_stability_time_ends_whatever_the_clock_says() -> None:
    """Adding and taking away seconds as floats may differ by a hair: no wait of nothing may go on for ever."""
    chance = Random(1)
    for began, holds in itertools.islice(
        ((chance.uniform(0, 99), chance.uniform(0, 9)) for _ in itertools.count()), 60
    ):
        world, clock = World(), ToyClock()
        clock.jump(1e6 / 3)

        async def beside(_: object, world: World = world, began: float = began) -> None:
            await asyncio.sleep(began)
            world.true.add("a")

        walked = run(walk([fact(world, "a", waits=True, stability_s=holds)], clock=clock, during=beside))
        assert walked.result.exit_code == 0
        assert walked.ended == pytest.approx(began + holds, abs=11.0)


def test_a_gate_that_flaps_begins_its_stability_time_again() -> None:
    """Thirty seconds without a break means just that."""
    world = World()

    async def flaps(_: Memory) -> Verdict:
        now = asyncio.get_running_loop().time()
        return NotYet("down again", underway=True) if 20.0 <= now < 35.0 else Holds()

    walked = run(walk([fact(world, "a", observe=flaps, waits=True, stability_s=30.0)]))
    assert walked.result.exit_code == 0
    assert walked.ended >= 65.0
