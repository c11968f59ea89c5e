"""Finding the processes of a command, and ending them: TERM first, KILL when that is not heeded."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from edges import process_tree
from edges.process_tree import MARK, Tree
from tests.edges.processes import FAMILY, STUBBORN, family, mourning, runs, wait_until


@contextmanager
def started(text: str, folder: Path, mark: str = "", own_session: bool = True) -> Iterator[Tree]:
    """A shell script as a tree; reaped as soon as it ends, as the runner does."""
    environment = {**os.environ, **({MARK: mark} if mark else {})}
    process = subprocess.Popen(["sh", "-c", text], cwd=folder, env=environment, start_new_session=own_session)
    reaper = threading.Thread(target=process.wait)
    reaper.start()
    try:
        yield Tree(process.pid, own_session=own_session, mark=mark)
    finally:
        process.kill()
        reaper.join()


@pytest.mark.parametrize(
    ("mark", "own_session", "found"),
    [
        ("only-in-this-test", True, set(FAMILY)),
        ("", True, {"child", "grandchild"}),
        ("", False, set(FAMILY)),
    ],
    ids=["by mark and session", "by session alone", "by descent"],
)
def test_members_are_found(mark: str, own_session: bool, found: set[str], tmp_path: Path) -> None:
    """A mark finds what left the session; without a session of its own, descent does."""
    with mourning(tmp_path), started(STUBBORN, tmp_path, mark, own_session) as tree:
        pids = family(tmp_path)
        members = process_tree.members(tree)
        assert {role for role, pid in pids.items() if pid in members} == found
        assert os.getpid() not in members


@pytest.mark.parametrize(("mark", "own_session"), [("only-in-this-test", True), ("", False)])
def test_a_stubborn_tree_is_ended(mark: str, own_session: bool, tmp_path: Path) -> None:
    """None of the family heeds TERM; when `end` returns, none of it runs."""
    with mourning(tmp_path), started(STUBBORN, tmp_path, mark, own_session) as tree:
        pids = family(tmp_path)
        process_tree.end(tree, grace_s=0.2)
        assert [role for role, pid in pids.items() if runs(pid)] == []


def test_a_tree_that_keeps_growing_is_ended(tmp_path: Path) -> None:
    """What is started after the first signal gets it as well."""
    text = "trap 'sh -c \"echo \\$\\$ > late; exec sleep 300\" & wait' TERM; touch up; while :; do sleep 0.02; done"
    with started(text, tmp_path) as tree:
        wait_until((tmp_path / "up").exists, "the script is up")
        process_tree.end(tree, grace_s=2.0)
        assert process_tree.members(tree) == []
        assert not runs(int((tmp_path / "late").read_text()))


def test_a_gentle_tree_gets_no_kill(tmp_path: Path) -> None:
    """Who heeds TERM ends in its own way."""
    text = "trap 'echo bye > note; exit 0' TERM; touch up; while :; do sleep 0.02; done"
    with started(text, tmp_path) as tree:
        wait_until((tmp_path / "up").exists, "the script is up")
        process_tree.end(tree, grace_s=30.0)
    assert (tmp_path / "note").read_text() == "bye\n"


def test_ending_what_is_gone_does_nothing(tmp_path: Path) -> None:
    """No error, no signal to anybody else."""
    with started("exit 0", tmp_path) as tree:
        wait_until(lambda: not runs(tree.pid), "the script ends")
        process_tree.end(tree, grace_s=0.2)
        process_tree.end_remains(tree, grace_s=0.2)
        assert process_tree.members(tree) == []


def test_a_zombie_has_ended() -> None:
    """A process that only waits to be reaped is no member: nobody can end it further."""
    process = subprocess.Popen(["true"], start_new_session=True)
    tree = Tree(process.pid, own_session=True)
    wait_until(lambda: not runs(process.pid), "it ends")
    look = process_tree.look(process.pid)
    assert look is not None
    assert (look.state, process_tree.members(tree)) == ("Z", [])
    process.wait()
    assert process_tree.look(process.pid) is None


def test_one_line_of_proc_is_read_right() -> None:
    """Parent, group and session of a process whose name holds blanks and brackets."""
    text = (
        "import ctypes, sys; ctypes.CDLL(None).prctl(15, b') x (', 0, 0, 0); print('up', flush=True); sys.stdin.read()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", text], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"up\n"
    look = process_tree.look(process.pid)
    assert look is not None
    assert (look.pid, look.parent, look.group, look.session) == (process.pid, os.getpid(), process.pid, process.pid)
    own = process_tree.look(os.getpid())
    assert own is not None
    assert look.start >= own.start > 0
    process.communicate()


def test_a_mark_is_read_whole(tmp_path: Path) -> None:
    """A mark that begins like another one is another one."""
    with started("sleep 300", tmp_path, mark="abcdef") as tree:
        wait_until(lambda: process_tree.marked(tree.pid, "abcdef"), "it has its environment")
        assert not process_tree.marked(tree.pid, "abc")
        assert not process_tree.marked(tree.pid, "")
        os.killpg(tree.pid, signal.SIGKILL)
