"""Commands that outlived Firstlight: each running one is on record in a small file, and the next start ends them.

After kill -9 the kernel ends a command itself (PR_SET_PDEATHSIG), but not what the command had started.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from bootstrap.errors import Permanent
from edges import process_tree
from edges.process_tree import Tree

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def new_mark() -> str:
    """A value that no other command on this computer has."""
    return secrets.token_hex(16)


@contextmanager
def recorded(state_dir: Path | None, mark: str, program: str) -> Iterator[Path | None]:
    """Keep a command on record from before it starts until it and all that it started have ended.

    Raises Permanent when the record cannot be written. state_dir: None keeps no record.
    """
    path = _open_record(state_dir, mark, program) if state_dir is not None else None
    try:
        yield path
    finally:
        if path is not None:
            path.unlink(missing_ok=True)


def _open_record(state_dir: Path, mark: str, program: str) -> Path:
    path = state_dir / f"command-{mark}.json"
    try:
        state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write(path, {"mark": mark, "program": program, "boot": _boot(), "owner": _life(os.getpid())})
    except OSError as error:
        raise Permanent(
            f"{program} was not started: its record {path} cannot be written: {error.strerror}",
            f"make room or give access to {state_dir}, then run the same command again",
        ) from None
    return path


def record_start(path: Path, pid: int) -> None:
    """Add the command's process to its record. Best effort: the mark alone finds it as well."""
    with suppress(OSError, ValueError):
        _write(path, {**json.loads(path.read_text()), "command": _life(pid)})


def end_leftovers(state_dir: Path, grace_s: float = 5.0) -> list[str]:
    """End commands of earlier runs that are still there. Blocks for at most grace_s and some seconds for each.

    Returns the names of the programs that were ended. To be called with the lease in hand; commands of a Firstlight
    that still runs are left alone. Nothing is signalled by its number alone: a process counts as ours when it has
    inherited the record's mark, or when the session was begun by the very process of the record (same start time).
    """
    ended = []
    for path in sorted(state_dir.glob("command-*.json")):
        record = _read(path)
        if _is_alive(record.get("owner")):
            continue
        for tree in _trees(record):
            if process_tree.members(tree):
                ended.append(str(record["program"]))
                process_tree.end(tree, grace_s)
        path.unlink(missing_ok=True)
    return ended


def _trees(record: Mapping[str, Any]) -> list[Tree]:
    if not record or record["boot"] != _boot():
        return []
    pid, start = record.get("command") or (0, 0)
    leader = process_tree.look(pid) if pid else None
    # A number is not given out again while a session has it, so a session without a leader is still the recorded one
    # unless its leader was replaced: then the start times differ.
    ours = pid and (leader is None or leader.start == start)
    return [Tree(pid if ours else _NOBODY, own_session=True, mark=record["mark"])]


_NOBODY = 2**31 - 1
"""A number that no process, group or session can have (PID_MAX_LIMIT is 2^22)."""


def _life(pid: int) -> tuple[int, int] | None:
    process = process_tree.look(pid)
    return (pid, process.start) if process else None


def _is_alive(life: object) -> bool:
    return isinstance(life, list) and _life(life[0]) == tuple(life)


def _boot() -> str:
    return _BOOT_ID.read_text().strip() if _BOOT_ID.exists() else ""


def _write(path: Path, record: Mapping[str, Any]) -> None:
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps(record))
    draft.replace(path)


def _read(path: Path) -> dict[str, Any]:
    try:
        record = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) and record.keys() >= {"mark", "program", "boot"} else {}
