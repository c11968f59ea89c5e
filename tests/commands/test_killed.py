"""kill -9, again and again, as it would happen: a real process, the same command each time, one world."""

from __future__ import annotations

from inventory.load import load_cluster
from rehearsal.canonical import Canonical, canonical_state, settle
from rehearsal.invariants import check
from tests.commands.desk import MAIN, REPOSITORY, Desk, until
from tests.commands.record import effects, kinds, world_of

KILLS = 21
COMMAND = ("bootstrap", *MAIN, "--pace", "12", "--format", "json")


def _settled(desk: Desk) -> Canonical:
    world = world_of(desk.world)
    settle(world)
    return canonical_state(world)


def _live(desk: Desk, writes: int) -> None:
    """Run until `writes` further entries are in the journal, then kill -9."""
    before = len(kinds(desk.journal))
    with desk.started(*COMMAND) as running:

        def written() -> bool:
            assert running.process.poll() is None, f"it ended before {writes} further entries: {running.end()}"
            return len(kinds(desk.journal)) >= before + writes

        until(f"{writes} further entries in the journal", written)
        running.kill()


def test_killed_again_and_again_it_ends_as_if_nothing_had_happened(desk: Desk, finished_once: Desk) -> None:
    """At least 20 kills in one bootstrap, at ever other writes: same final state, etcd begun once, no process left."""
    for kill in range(KILLS):
        _live(desk, 1 + kill * 7 % 40)
    ended = desk.run(*COMMAND)
    assert ended.code == 0, ended.end_of_it
    assert kinds(desk.journal).count("RunStarted") == KILLS + 1
    assert kinds(desk.journal).count("RunEnded") == 1
    assert [what for what, _ in effects(desk.world)].count("bootstrap-etcd") == 1
    assert check(world_of(desk.world), load_cluster("main", REPOSITORY)) == ()
    assert desk.left_behind() == []
    assert _settled(desk) == _settled(finished_once)
