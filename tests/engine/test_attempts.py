"""Acting again: what is retried, what is recorded of it, and what is looked at first."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from bootstrap.errors import Cancelled, Permanent, Transient
from bootstrap.events import Acting, AttemptFailed
from bootstrap.memory import Memory
from bootstrap.retry import Retry
from bootstrap.selection import Selection
from bootstrap.step import Attempt
from bootstrap.verdict import Holds, Never, NotYet, Verdict
from tests.engine.toy import Walked, World, fact, run, walk


def failures(walked: Walked) -> list[AttemptFailed]:
    return [entry.event for entry in walked.entries if isinstance(entry.event, AttemptFailed)]


def failing(world: World, *errors: Exception, lands: bool = False) -> Callable[[Attempt], Awaitable[str]]:
    """An act that raises these, one an attempt, then makes `a` true. lands: it does so before it raises, too."""
    left = list(errors)

    async def act(_: Attempt) -> str:
        world.effects.append("a")
        if lands or not left:
            world.true.add("a")
        if left:
            raise left.pop(0)
        return "made a"

    return act


def test_every_failed_attempt_is_recorded_with_its_delay() -> None:
    """Two refusals, then it works: two records, each with the seconds until the next attempt."""
    world = World()
    act = failing(world, Transient("refused"), Transient("busy", delay_s=20.0))
    walked = run(walk([fact(world, "a", act=act)]))
    first, second = failures(walked)
    assert (first.attempt, first.kind, first.sentence) == (1, "transient", "refused")
    assert first.delay_s is not None
    assert 0.0 <= first.delay_s <= 1.0
    assert (second.attempt, second.sentence, second.delay_s) == (2, "busy", 20.0)
    assert walked.ended == pytest.approx(first.delay_s + 20.0, abs=0.1)
    assert walked.result.exit_code == 0


def test_the_last_attempt_promises_no_other() -> None:
    """Attempts used up: the last record has no delay, and the step fails with the last sentence."""
    world = World()
    act = failing(world, *(Transient(f"refusal {number}") for number in range(1, 9)))
    walked = run(walk([fact(world, "a", act=act, retry=Retry(attempts=3))]))
    assert [event.delay_s is None for event in failures(walked)] == [False, False, True]
    assert "refusal 3" in walked.result.outcomes["a"].sentence
    assert len(world.effects) == 3


@pytest.mark.parametrize(("step_s", "command_s"), [(60.0, 999.0), (999.0, 60.0)])
def test_a_delay_that_would_pass_a_deadline_is_not_waited_for(step_s: float, command_s: float) -> None:
    """Look-ahead: asked to come back in 300 s with 60 s left, the step ends now, its own deadline or the command's."""
    world = World()
    act = failing(world, Transient("quota", delay_s=300.0))
    walked = run(walk([fact(world, "a", act=act, deadline_s=step_s)], deadline_s=command_s))
    assert walked.ended < 1.0
    assert failures(walked)[-1].delay_s is None
    assert "quota" in walked.result.outcomes["a"].sentence


def test_the_world_is_looked_at_before_each_further_attempt() -> None:
    """The answer was lost, the effect was not: it is not asked for again."""
    world = World()
    walked = run(walk([fact(world, "a", act=failing(world, Transient("reset"), lands=True))]))
    assert world.effects == ["a"]
    assert walked.endings() == {"a": "done"}
    assert walked.record.memory.in_doubt == set()


def test_an_effect_that_shows_as_begun_after_a_lost_answer_is_waited_for() -> None:
    """The gate says 'under way' at the look before the second attempt."""
    world = World()

    async def begins(_: Attempt) -> str:
        world.effects.append("a")
        asyncio.get_running_loop().call_later(60.0, world.true.add, "a")
        raise Transient("reset")

    walked = run(walk([fact(world, "a", act=begins, lag_s=1.0)]))
    assert (world.effects, walked.endings()) == (["a"], {"a": "done"})


def test_nobody_acts_blindly() -> None:
    """While the gate cannot see (the API is away) the step waits; it acts once something was seen."""
    world = World()

    async def blind(_: Memory) -> Verdict:
        if asyncio.get_running_loop().time() < 50.0:
            raise Transient("the API does not answer")
        return Holds() if world.true else NotYet("not there")

    async def act(_: Attempt) -> str:
        world.effects.append("a")
        assert asyncio.get_running_loop().time() >= 50.0
        world.true.add("a")
        return "made a"

    walked = run(walk([fact(world, "a", act=act, observe=blind)]))
    assert walked.endings() == {"a": "done"}
    assert "Waiting" in walked.kinds("a")


def test_never_between_two_attempts_respects_the_grace_time() -> None:
    """A crash loop that is not terminal while waiting is not terminal between two attempts either."""
    world = World()

    async def observe(_: Memory) -> Verdict:
        if asyncio.get_running_loop().time() >= 30.0:
            return Holds()
        return Never("crash loop", "see its log") if world.effects else NotYet("nothing there")

    act = failing(world, Transient("reset"))
    walked = run(walk([fact(world, "a", act=act, observe=observe, grace_s=100.0)]))
    assert walked.endings() == {"a": "done"}
    assert world.effects == ["a"]


@pytest.mark.parametrize(
    ("error", "kind", "doubtful", "says"),
    [
        (Permanent("forbidden", "grant it"), "permanent", False, "forbidden"),
        (Cancelled("the child was ended"), "cancelled", True, "the child was ended"),
        (KeyError("uid"), "unknown", True, "KeyError"),
        (TimeoutError("read timed out"), "unknown", True, "TimeoutError"),
    ],
)
def test_what_is_not_transient_is_not_tried_again(error: Exception, kind: str, doubtful: bool, says: str) -> None:
    """Only a clear no ends the doubt: an error that nobody knows may have come after the effect."""
    world = World()
    walked = run(walk([fact(world, "a", act=failing(world, error))]))
    assert world.effects == ["a"]
    assert [(event.kind, event.delay_s) for event in failures(walked)] == [(kind, None)]
    assert ("a" in walked.record.memory.in_doubt) is doubtful
    assert says in walked.result.outcomes["a"].sentence


def test_a_needed_step_that_was_not_selected_is_never_acted_on() -> None:
    """It is verified; when it is not true, the sentence says how to have it made true."""
    world = World()
    walked = run(walk([fact(world, "a"), fact(world, "b", "a")], selection=Selection(only=("b",))))
    assert world.effects == []
    assert walked.endings() == {"a": "failed", "b": "blocked"}
    assert "with --until b instead" in walked.result.outcomes["a"].next_action


@pytest.mark.parametrize("verdict", [NotYet("not there"), Never("gone", "look"), Permanent("forbidden", "grant it")])
def test_an_accepted_step_passes_whatever_its_gate_says(verdict: Verdict | Permanent) -> None:
    """It is looked at once, not acted on, and the summary names it: exit code 4."""
    world = World()

    async def observe(_: Memory) -> Verdict:
        if isinstance(verdict, Permanent):
            raise verdict
        return verdict

    steps = [fact(world, "a", observe=observe), fact(world, "b", "a")]
    walked = run(walk(steps, selection=Selection(accept={"a": "seen by hand"})))
    assert walked.result.exit_code == 4
    assert walked.endings() == {"a": "accepted", "b": "done"}
    assert world.effects == ["b"]
    assert any("seen by hand" in text for text in walked.result.exceptions)


def test_attempts_are_counted_over_the_whole_run() -> None:
    """Acting again because the world lost the effect does not begin a new count."""
    world = World()

    async def swallowed(_: Attempt) -> str:
        world.effects.append("a")
        return "asked"

    walked = run(walk([fact(world, "a", act=swallowed, retry=Retry(attempts=3))]))
    assert [entry.event.attempt for entry in walked.entries if isinstance(entry.event, Acting)] == [1, 2, 3]
    assert walked.result.exit_code == 1
