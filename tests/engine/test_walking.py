"""The runner: what runs when, what a failure blocks, what the first look saves."""

from __future__ import annotations

import asyncio

import pytest

from bootstrap.errors import Permanent
from bootstrap.events import Acting, Demoted, Entry
from bootstrap.journal import MemoryJournal
from bootstrap.memory import Memory
from bootstrap.runner import Runner
from bootstrap.selection import Selection
from bootstrap.step import Attempt
from bootstrap.verdict import Holds, Never, NotYet, Verdict
from tests.engine.toy import ToyClock, World, fact, run, walk


def test_steps_run_after_what_they_need() -> None:
    """A chain is walked in the order of its needs, whatever the order of declaration."""
    world = World()
    steps = [fact(world, "c", "b"), fact(world, "b", "a"), fact(world, "a")]
    walked = run(walk(steps))
    assert world.effects == ["a", "b", "c"]
    assert walked.result.exit_code == 0
    assert set(walked.endings().values()) == {"done"}


def test_independent_steps_run_at_the_same_time_within_the_limit() -> None:
    """Eight equal acts with three slots take three rounds, and never four at once."""
    world = World()
    walked = run(walk([fact(world, f"s{i}", takes_s=10.0) for i in range(8)], acts_at_once=3))
    assert world.most_busy == 3
    assert walked.ended == pytest.approx(30.0, abs=1.0)


def test_the_longest_chain_goes_first() -> None:
    """With one slot, the ready step with the longest work behind it is acted on first."""
    world = World()
    steps = [
        fact(world, "start", expected_s=1.0),
        fact(world, "short", "start", expected_s=1.0),
        fact(world, "long", "start", expected_s=1.0),
        fact(world, "tail", "long", expected_s=100.0),
        fact(world, "middle", "start", expected_s=5.0),
    ]
    run(walk(steps, acts_at_once=1))
    assert world.effects.index("long") < world.effects.index("middle") < world.effects.index("short")


def test_what_is_true_already_is_not_done_again() -> None:
    """The gate is asked before the act: a second run on a finished world has no effect."""
    world = World(true={"a", "b"})
    walked = run(walk([fact(world, "a"), fact(world, "b", "a")]))
    assert world.effects == []
    assert walked.kinds("b") == ["Verifying", "Satisfied"]


def test_a_failed_step_blocks_only_what_needs_it() -> None:
    """The other branch ends; the blocked ones name the step that blocks them."""
    world = World()

    async def fails(_: Attempt) -> str:
        raise Permanent("the disk is gone", "put it back")

    steps = [
        fact(world, "a", act=fails),
        fact(world, "after_a", "a"),
        fact(world, "far_after_a", "after_a"),
        fact(world, "b"),
        fact(world, "after_b", "b"),
    ]
    walked = run(walk(steps))
    assert walked.result.exit_code == 1
    assert walked.endings() == {
        "a": "failed",
        "after_a": "blocked",
        "far_after_a": "blocked",
        "b": "done",
        "after_b": "done",
    }
    assert walked.result.outcomes["a"].next_action == "put it back"


def test_an_unknown_exception_is_permanent() -> None:
    """An act that raises what no edge has named is not tried again, and does not end in a traceback."""
    world = World()

    async def surprises(_: Attempt) -> str:
        world.effects.append("tried")
        raise RuntimeError("surprise")

    walked = run(walk([fact(world, "a", act=surprises)]))
    assert world.effects == ["tried"]
    assert walked.result.exit_code == 1
    assert "RuntimeError" in walked.result.outcomes["a"].sentence


def test_a_refusal_has_exit_code_3() -> None:
    """A gate that refuses ends the step at once, without its grace time."""
    world = World()

    async def refuses(_: Memory) -> Verdict:
        return Never("it belongs to another cluster", "look", refused=True)

    walked = run(walk([fact(world, "a", observe=refuses, grace_s=1000.0)]))
    assert walked.result.exit_code == 3
    assert walked.ended < 1.0
    assert world.effects == []


def test_only_verified_steps_are_never_acted_on() -> None:
    """`--only c`: what it needs is verified; when that is not true the run fails instead of making it true."""
    world = World(true={"a"})
    walked = run(
        walk([fact(world, "a"), fact(world, "b", "a"), fact(world, "c", "b")], selection=Selection(only=("c",)))
    )
    assert world.effects == []
    assert walked.endings() == {"a": "satisfied", "b": "failed", "c": "blocked"}
    assert "run without --only, or with --until c instead" in walked.result.outcomes["b"].next_action


def test_an_accepted_step_is_not_acted_on_and_named() -> None:
    """`--accept b=REASON`: c runs although b is not true; the summary says so, exit code 4."""
    world = World()
    steps = [fact(world, "a"), fact(world, "b", "a"), fact(world, "c", "b")]
    walked = run(walk(steps, selection=Selection(accept={"b": "known bug"})))
    assert world.effects == ["a", "c"]
    assert walked.result.exit_code == 4
    assert any("known bug" in text and "b is not true" in text for text in walked.result.exceptions)


def test_absent_nodes_are_named_in_the_result() -> None:
    """A plan without a node ends with exit code 4 and says which."""
    world = World()
    walked = run(walk([fact(world, "a")], absent=("k8s-5",)))
    assert walked.result.exit_code == 4
    assert any("k8s-5" in text for text in walked.result.exceptions)


def test_a_gate_must_hold_for_its_stability_time() -> None:
    """A fact that flaps starts its stability time anew; the step is not done before a whole one."""
    world = World()

    async def flaps(_: Memory) -> Verdict:
        now = asyncio.get_running_loop().time()
        return Holds() if now < 5.0 or now > 9.0 else NotYet("it flapped", underway=True)

    walked = run(walk([fact(world, "a", observe=flaps, stability_s=10.0, waits=True)]))
    assert walked.ended >= 19.0
    assert walked.kinds("a") == ["Verifying", "Holding", "Waiting", "Holding", "Satisfied"]


def test_stability_is_not_served_twice() -> None:
    """A step that an earlier run saw stable is satisfied at first look; one that fell back is demoted, and why."""
    world, journal = World(), MemoryJournal()

    async def twice() -> tuple[float, list[Entry]]:
        steps = [fact(world, "a", stability_s=30.0), fact(world, "b", stability_s=30.0)]
        await walk(steps, journal=journal)
        world.true.discard("b")
        world.effects.clear()
        begin = asyncio.get_running_loop().time()
        again = await walk(steps[:1], journal=journal)
        took = again.ended - begin
        fallen = await walk(steps[1:], journal=journal)
        return took, [e for e in fallen.entries if isinstance(e.event, Demoted)]

    took, demoted = run(twice())
    assert took == 0.0
    assert [entry.event.why for entry in demoted if isinstance(entry.event, Demoted)] == ["b is not true"]
    assert world.effects == ["b"]


def test_a_tolerant_step_that_does_not_come_true_is_named() -> None:
    """Its deadline ends the wait; the run goes on and ends with exit code 4."""
    world = World()
    steps = [fact(world, "apps", waits=True, tolerant=True, deadline_s=60.0), fact(world, "after", "apps")]
    walked = run(walk(steps))
    assert walked.result.exit_code == 4
    assert walked.endings()["after"] == "done"
    assert any("apps is not true" in text for text in walked.result.exceptions)


def test_a_wait_ends_at_its_deadline_with_what_was_last_seen() -> None:
    """The step fails no later than its deadline, and says what is still false."""
    world = World()
    walked = run(walk([fact(world, "a", waits=True, deadline_s=45.0)]))
    assert walked.result.exit_code == 1
    assert walked.ended == pytest.approx(45.0, abs=0.1)
    assert "a is not true" in walked.result.outcomes["a"].sentence


def test_a_stability_time_that_would_pass_the_deadline_ends_the_wait_now() -> None:
    """Look-ahead: what cannot be shown stable in time is not waited for."""
    world = World()
    world_fact = fact(world, "a", waits=True, deadline_s=45.0, stability_s=30.0)

    async def main() -> float:
        asyncio.get_running_loop().call_later(20.0, world.true.add, "a")
        return (await walk([world_fact])).ended

    assert run(main()) < 30.0


def test_the_commands_deadline_bounds_all_waits() -> None:
    """A step's own deadline may be later than the run's: the run's wins."""
    world = World()
    walked = run(walk([fact(world, "a", waits=True, deadline_s=10_000.0)], deadline_s=100.0))
    assert walked.ended == pytest.approx(100.0, abs=0.1)
    assert walked.result.exit_code == 1


def test_never_within_the_grace_time_is_waited_for() -> None:
    """A crash loop before the network is up is not terminal; after the grace time it is."""
    world = World()

    def crashing_until(healed_s: float, grace_s: float) -> float:
        async def observe(_: Memory) -> Verdict:
            now = asyncio.get_running_loop().time()
            return Holds() if now >= healed_s else Never("crash loop", "see its log")

        walked = run(walk([fact(world, "a", observe=observe, waits=True, grace_s=grace_s)]))
        return walked.ended if walked.result.exit_code == 0 else -walked.ended

    assert crashing_until(50.0, 100.0) >= 50.0
    assert crashing_until(500.0, 100.0) == pytest.approx(-100.0, abs=10.0)


def test_an_effect_that_is_underway_is_waited_for_not_repeated() -> None:
    """After an accepted act the gate says 'under way' for a minute: one act only."""
    world = World()
    walked = run(walk([fact(world, "a", lag_s=60.0)]))
    assert world.effects == ["a"]
    assert walked.result.exit_code == 0
    assert walked.ended >= 60.0


def test_an_effect_that_the_world_lost_is_acted_on_again() -> None:
    """When the gate still sees nothing begun after the settling time, the step acts again, once."""
    world = World()

    async def lost_once(_: Attempt) -> str:
        world.effects.append("a")
        if len(world.effects) == 2:
            world.true.add("a")
        return "asked"

    walked = run(walk([fact(world, "a", act=lost_once)]))
    assert world.effects == ["a", "a"]
    assert walked.ended >= 15.0
    assert [e.event.attempt for e in walked.entries if isinstance(e.event, Acting)] == [1, 2]


def test_accepted_attempts_without_any_result_end() -> None:
    """A world that swallows every call does not keep the run going for ever."""
    world = World()

    async def swallowed(_: Attempt) -> str:
        world.effects.append("a")
        return "asked"

    walked = run(walk([fact(world, "a", act=swallowed, deadline_s=100_000.0)], deadline_s=1e9))
    assert walked.result.exit_code == 1
    assert len(world.effects) == 10


def test_an_interrupted_run_starts_nothing_new_and_says_so() -> None:
    """Ctrl-C: running acts are cancelled, later steps never begin, exit code 130, and the same command goes on."""
    world, journal = World(), MemoryJournal()
    steps = [fact(world, "a", takes_s=10.0), fact(world, "b", "a")]

    async def press(runner: Runner) -> None:
        await asyncio.sleep(5.0)
        runner.interrupt()

    async def twice() -> tuple[int, int, float]:
        first = await walk(steps, journal=journal, during=press)
        second = await walk(steps, journal=journal)
        return first.result.exit_code, second.result.exit_code, first.ended

    first, second, ended = run(twice())
    assert (first, second) == (130, 0)
    assert ended == pytest.approx(5.0)
    assert world.effects == ["a", "a", "b"]


def test_the_same_seed_gives_the_same_events() -> None:
    """Two walks of one graph with one seed write the same entries, times included."""

    def entries() -> list[Entry]:
        world = World()
        calls = {"n": 0}

        async def flaky(_: Attempt) -> str:
            from bootstrap.errors import Transient

            calls["n"] += 1
            if calls["n"] < 4:
                raise Transient("not now")
            world.true.add("f")
            return "done"

        steps = [fact(world, "f", act=flaky), *(fact(world, f"s{i}", "f") for i in range(5))]
        return list(run(walk(steps, clock=ToyClock(), seed=7)).entries)

    assert entries() == entries()
