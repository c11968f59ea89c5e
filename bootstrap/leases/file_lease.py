"""A lease as far as this computer reaches: a lock of the operating system, which a killed holder gives back at once."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import filelock

from bootstrap.clock import Clock
from bootstrap.errors import Permanent
from bootstrap.leases.holder import NOBODY, Holder, Tenure, from_json, refusal, this_process, to_json
from bootstrap.leases.term import HEARTBEAT_S, TTL_S, Term


class FileLease:
    """Lock `lease.lock` in `folder`; `lease.json` beside it says who holds it, for messages and for the next number."""

    def __init__(
        self, folder: Path, *, subject: str, clock: Clock, holder: Holder | None = None, ttl_s: float = TTL_S
    ) -> None:
        self._path = folder / "lease.lock"
        self._note = folder / "lease.json"
        self._subject = subject
        self._clock = clock
        self._term = Term(subject, clock, ttl_s)
        # No soft lock: that is a file's existence, and a killed holder would leave it behind.
        self._lock = filelock.FileLock(self._path, thread_local=False, fallback_to_soft=False)
        self._inode: tuple[int, int] | None = None
        self._tenure = Tenure(holder or this_process(), 0, 0.0, 0.0, ttl_s, released=True)

    @property
    def fencing(self) -> int:
        return self._tenure.fencing

    @property
    def reach(self) -> str:
        return "this computer"

    @property
    def heartbeat_s(self) -> float:
        return HEARTBEAT_S

    def acquire(self) -> None:
        """See the port. Raises Permanent when the folder cannot be written."""
        asked_at = self._clock.now()
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(timeout=0)
            self._inode = _inode(self._path)
            self._take_office()
        except filelock.Timeout:
            raise refusal(self._subject, self._noted(), self._clock.wall()) from None
        except OSError as error:
            self._lock.release()
            raise _unwritable(self._path.parent, error) from None
        self._term.proven(asked_at)

    def renew(self) -> None:
        asked_at = self._clock.now()
        if not self._lock.is_locked or _inode(self._path) != self._inode:
            raise self._term.lose(f"the lock {self._path} of this run was removed or replaced: another may hold it now")
        self._tenure = replace(self._tenure, heartbeat=self._clock.wall())
        # The lock is what counts; a full disk under the note must not end the run.
        with suppress(OSError):
            self._write_note()
        self._term.proven(asked_at)

    def check(self) -> None:
        self._term.check()

    def release(self) -> None:
        with suppress(OSError):
            if self._lock.is_locked:
                self._tenure = replace(self._tenure, released=True)
                self._write_note()
        with suppress(OSError):
            self._lock.release()
        self._term.end()

    def _take_office(self) -> None:
        now = self._clock.wall()
        number = self._noted().fencing + 1
        self._tenure = replace(self._tenure, fencing=number, since=now, heartbeat=now, released=False)
        self._write_note()

    def _noted(self) -> Tenure:
        try:
            values = json.loads(self._note.read_text())
            return Tenure(**{**values, "holder": from_json(values["holder"])})
        except (OSError, ValueError, KeyError, TypeError):
            now = self._clock.wall()
            return Tenure(NOBODY, 0, now, now, TTL_S)

    def _write_note(self) -> None:
        tenure = self._tenure
        values = {name: getattr(tenure, name) for name in Tenure.__slots__} | {"holder": to_json(tenure.holder)}
        fresh = self._note.with_suffix(f".{os.getpid()}.new")
        fresh.write_text(json.dumps(values))
        fresh.replace(self._note)


def _inode(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _unwritable(folder: Path, error: OSError) -> Permanent:
    return Permanent(
        f"the lease cannot be taken in {folder}: {error.strerror or error}",
        "make that folder writable for this user and free some space, then run the same command again",
    )
