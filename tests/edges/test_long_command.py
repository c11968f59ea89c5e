"""A command that is listened to until nobody does any more."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from pathlib import Path

import pytest

from bootstrap.secret import Secret
from edges import process_tree
from edges.command import NotInstalled
from edges.long_command import lines
from edges.process_tree import Tree
from edges.shell import Shell
from tests.edges.processes import children_of, runs, script, wait_until

STUBBORN = "trap '' TERM; echo a; while :; do sleep 1; done"
TALK = "echo first; echo $WORD; exec sleep 300"
OWNER = """
import asyncio, sys
from pathlib import Path
from edges.long_command import lines
from edges.shell import Shell
async def main():
    async for line in lines(Shell(Path("state")), ["sh", "-c", "echo $$ > pid; echo ready; exec sleep 300"]):
        print(line.decode(), flush=True)
asyncio.run(main())
"""


def test_lines_come_as_they_are_said_and_the_command_ends_with_the_listener(tmp_path: Path) -> None:
    """No process and no record is left when the generator is closed; while it runs there is one of each."""

    async def play() -> None:
        shell = Shell(tmp_path, env={"WORD": Secret("second")})
        async with aclosing(lines(shell, ["sh", "-c", TALK])) as said:
            assert [await anext(said), await anext(said)] == [b"first\n", b"second\n"]
            leader = _leader(tmp_path)
            assert runs(leader)
        assert not runs(leader)

    asyncio.run(play())
    assert not list(tmp_path.iterdir())


def _leader(folder: Path) -> int:
    return int(json.loads(next(folder.glob("command-*.json")).read_text())["command"][0])


def test_cancelling_the_listener_ends_one_that_does_not_heed_term(tmp_path: Path) -> None:
    """KILL follows TERM."""

    async def play() -> None:
        heard = asyncio.Event()

        async def listen() -> None:
            async with aclosing(
                lines(Shell(tmp_path), ["sh", "-c", "trap '' TERM; echo a; while :; do sleep 1; done"])
            ) as said:
                async for _ in said:
                    heard.set()

        listening = asyncio.create_task(listen())
        await heard.wait()
        leader = _leader(tmp_path)
        listening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await listening
        assert process_tree.members(Tree(leader, own_session=True)) == []

    asyncio.run(play())


def test_it_ends_with_a_command_that_ends(tmp_path: Path) -> None:
    """Whatever its exit code: a call will say what was wrong."""

    async def play() -> list[bytes]:
        return [line async for line in lines(Shell(tmp_path), ["sh", "-c", "echo a; exit 3"])]

    assert asyncio.run(play()) == [b"a\n"]


def test_a_killed_owner_takes_it_along(tmp_path: Path) -> None:
    """kill -9 leaves no watch behind."""
    with script(OWNER, tmp_path) as owner:
        wait_until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text().endswith("\n"), "it starts")
        pid = int((tmp_path / "pid").read_text())
        assert pid in children_of(owner.pid)
        owner.kill()
        wait_until(lambda: not runs(pid), "it ends")


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    """As for every other command."""

    async def play() -> None:
        async for _ in lines(Shell(tmp_path), ["no-such-program"]):
            pass

    with pytest.raises(NotInstalled, match="no-such-program"):
        asyncio.run(play())
