"""Nothing outlives its command: grandchildren that ignore TERM, or that left the session, are gone after every end."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from pathlib import Path

import pytest

from edges import command
from edges.leftovers import end_leftovers
from tests.edges.processes import FAMILY, STUBBORN, family, mourning, runs, script, wait_until

PARENT = """
import asyncio, sys
from pathlib import Path
from edges import command
command.GRACE_S = 0.3
async def main():
    await command.run(["sh", "-c", sys.argv[1]], deadline_s=300, cwd=Path("."), state_dir=Path("state"))
try:
    asyncio.run(main())
except KeyboardInterrupt:
    sys.exit(130)
"""


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "GRACE_S", 0.3)


def test_a_deadline_ends_the_whole_family(tmp_path: Path) -> None:
    """Child, grandchild and the one that left are gone when the error is raised."""
    with mourning(tmp_path), pytest.raises(command.DeadlinePassed):
        asyncio.run(command.run(["sh", "-c", STUBBORN], deadline_s=2.0, cwd=tmp_path))
    assert not [role for role, pid in family(tmp_path).items() if runs(pid)]


def test_a_cancelled_task_ends_the_whole_family(tmp_path: Path) -> None:
    """When the cancelled task has ended, so has everything that it had started."""

    async def begin_and_cancel() -> dict[str, int]:
        task = asyncio.create_task(command.run(["sh", "-c", STUBBORN], deadline_s=300.0, cwd=tmp_path))
        pids = await asyncio.to_thread(family, tmp_path)
        assert all(map(runs, pids.values()))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return {role: pid for role, pid in pids.items() if runs(pid)}

    with mourning(tmp_path):
        assert asyncio.run(begin_and_cancel()) == {}


def test_a_command_that_ends_well_leaves_nothing_behind(tmp_path: Path) -> None:
    """What it put into the background and forgot is ended with it, and does not hold up the result."""
    text = "sh -c 'trap \"\" TERM; echo $$ > forgotten; sleep 300' & until test -s forgotten; do sleep 0.02; done"
    completed = asyncio.run(command.run(["sh", "-c", text], deadline_s=60.0, cwd=tmp_path))
    assert completed.exit_code == 0
    assert not runs(int((tmp_path / "forgotten").read_text()))


def test_a_gentle_child_may_clean_up(tmp_path: Path) -> None:
    """TERM comes first: a command that heeds it can put things right."""
    text = "trap 'echo cleaned > note; exit 0' TERM; touch up; while :; do sleep 0.02; done"

    async def begin_and_cancel() -> None:
        task = asyncio.create_task(command.run(["sh", "-c", text], deadline_s=300.0, cwd=tmp_path))
        await asyncio.to_thread(wait_until, (tmp_path / "up").exists, "the command starts")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(begin_and_cancel())
    assert (tmp_path / "note").read_text() == "cleaned\n"


def test_ctrl_c_ends_the_whole_family(tmp_path: Path) -> None:
    """SIGINT to the program: it ends by itself, and so do all three; no record stays."""
    with mourning(tmp_path), script(PARENT, tmp_path, STUBBORN) as parent:
        pids = family(tmp_path)
        parent.send_signal(signal.SIGINT)
        assert parent.wait(60) == 130
        assert [role for role, pid in pids.items() if runs(pid)] == []
        assert list((tmp_path / "state").iterdir()) == []


def test_after_kill_9_the_child_dies_at_once_and_the_rest_at_the_next_start(tmp_path: Path) -> None:
    """The kernel ends the command itself; its record tells the next start about the others, which it ends."""
    with mourning(tmp_path), script(PARENT, tmp_path, STUBBORN) as parent:
        pids = family(tmp_path)
        parent.kill()
        parent.wait(60)
        wait_until(lambda: not runs(pids["child"]), "the command dies with its parent")
        assert all(runs(pids[role]) for role in ("grandchild", "escaped"))
        assert end_leftovers(tmp_path / "state", grace_s=0.3) == ["sh"]
        assert [role for role, pid in pids.items() if runs(pid)] == []
        assert list((tmp_path / "state").iterdir()) == []
        assert end_leftovers(tmp_path / "state") == []


def test_commands_of_a_firstlight_that_still_runs_are_left_alone(tmp_path: Path) -> None:
    """A second program that looks into the same folder ends nothing of the first."""
    with mourning(tmp_path), script(PARENT, tmp_path, STUBBORN):
        pids = family(tmp_path)
        assert end_leftovers(tmp_path / "state") == []
        assert [role for role in FAMILY if not runs(pids[role])] == []
        assert len(list((tmp_path / "state").iterdir())) == 1


@pytest.mark.parametrize(
    "record",
    [
        '{"mark": "m", "program": "helm", "boot": "BOOT", "owner": [1, 1], "command": [PID, 1]}',
        '{"mark": "m", "program": "helm", "boot": "another boot", "owner": [1, 1], "command": [PID, START]}',
        '{"mark": "m", "program": "helm"',
        "",
        "[]",
    ],
    ids=["number given out again", "before a reboot", "cut off", "empty", "no mapping"],
)
def test_a_stranger_with_the_recorded_number_is_not_touched(record: str, tmp_path: Path) -> None:
    """Process numbers come again: one that is not ours by start time or mark lives on, and the record goes."""
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    stranger = subprocess.Popen(["sleep", "300"], start_new_session=True)
    try:
        start = Path(f"/proc/{stranger.pid}/stat").read_text().rpartition(")")[2].split()[19]
        text = record.replace("PID", str(stranger.pid)).replace("BOOT", boot).replace("START", start)
        (tmp_path / "command-m.json").write_text(text)
        assert end_leftovers(tmp_path) == []
        assert runs(stranger.pid)
        assert list(tmp_path.iterdir()) == []
    finally:
        os.kill(stranger.pid, signal.SIGKILL)
        stranger.wait()


def test_a_record_of_this_boot_and_process_ends_it_without_a_mark(tmp_path: Path) -> None:
    """A program that emptied its environment is still found by its session and start time."""
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    left = subprocess.Popen(["sleep", "300"], start_new_session=True)
    try:
        start = Path(f"/proc/{left.pid}/stat").read_text().rpartition(")")[2].split()[19]
        text = (
            f'{{"mark": "m", "program": "helm", "boot": "{boot}", "owner": [1, 1], "command": [{left.pid}, {start}]}}'
        )
        (tmp_path / "command-m.json").write_text(text)
        assert end_leftovers(tmp_path, grace_s=5.0) == ["helm"]
        assert left.wait(30) == -signal.SIGTERM
    finally:
        left.kill()
        left.wait()
