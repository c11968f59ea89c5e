"""What a database says when it cannot, turned into one sentence with place and next action.

Codes: sqlite.org/rescode.html; PostgreSQL's manual, appendix A (SQLSTATE).
"""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError

from bootstrap.errors import Permanent

QUARANTINE = (
    "run the same command with --quarantine-journal: the damaged journal is set aside, and the world alone decides"
)
_FREE_DISK = "free some disk space there, then run the same command again: it goes on"
_WRITABLE = "make that place writable for this user, or name another journal, then run the same command again"
_REACH = "see that the database runs and can be reached from here, then run the same command again: it goes on"
_ACCESS = "see user, password, database name and rights in the journal's URL"

SQLITE: tuple[tuple[str, str, str], ...] = (
    ("SQLITE_CORRUPT", "is damaged", QUARANTINE),
    ("SQLITE_NOTADB", "is damaged: it is not a database", QUARANTINE),
    ("SQLITE_FULL", "cannot be written: the disk is full", _FREE_DISK),
    # A file that cannot grow (quota, file size limit) and a full disk under the -shm file both come as IOERR.
    ("SQLITE_IOERR_WRITE", "cannot be written: the disk is full, over quota, or failing", _FREE_DISK),
    ("SQLITE_IOERR_SHMSIZE", "cannot be written: the disk is full", _FREE_DISK),
    ("SQLITE_IOERR", "cannot be read or written: the disk fails", "see the kernel's log (dmesg) for that disk"),
    ("SQLITE_READONLY", "cannot be written: it is read-only", _WRITABLE),
    ("SQLITE_CANTOPEN", "cannot be opened", _WRITABLE),
    ("SQLITE_PERM", "cannot be opened", _WRITABLE),
)
"""Prefix of SQLite's error name -> what is true of the journal, next action. The first match counts."""

POSTGRESQL: tuple[tuple[str, str, str], ...] = (
    ("28", "refuses this user", _ACCESS),
    ("3D000", "does not exist", _ACCESS),
    ("42501", "refuses this user", _ACCESS),
    ("25006", "cannot be written: the server is read-only", "name the primary server, not a standby"),
    ("53100", "cannot be written: the server's disk is full", "free disk space on the server: then it goes on"),
    ("XX00", "is damaged", "restore the database, or name another journal: then the world alone decides"),
)

# libpq gives no SQLSTATE for what the server says while one connects; only its words are left.
_REFUSED_AT_THE_DOOR = ("authentication failed", "no password supplied", "no pg_hba.conf entry", "does not exist")

_PASSING_SQLITE = ("SQLITE_BUSY", "SQLITE_LOCKED")
_PASSING_POSTGRESQL = ("08", "53", "57", "55P03", "40")


class Unreachable(Permanent):
    """The database does not answer now (no connection, busy, too slow); it may again by itself."""


def explain(error: DBAPIError, place: str) -> Permanent:
    """The error as the taxonomy knows it. `place`: the journal as it may be printed, without a password."""
    cause = error.orig
    reason = (str(cause).strip() or type(cause).__name__).splitlines()[0]
    name = str(getattr(cause, "sqlite_errorname", "") or "")
    state = str(getattr(cause, "sqlstate", "") or "")
    for code, table in ((name, SQLITE), (state, POSTGRESQL)):
        for prefix, truth, action in table:
            if code.startswith(prefix):
                return Permanent(f"the journal {place} {truth} ({reason})", action)
    if not name and not state and any(words in reason for words in _REFUSED_AT_THE_DOOR):
        return Permanent(f"the journal {place} refuses this user ({reason})", _ACCESS)
    if _passing(name, state, error):
        return Unreachable(f"the journal {place} does not answer ({reason})", _REACH)
    return Permanent(
        f"the journal {place} refused a statement ({reason})", "see the journal's database, then try again"
    )


def _passing(name: str, state: str, error: DBAPIError) -> bool:
    # psycopg gives no SQLSTATE where no server answered: refused, timed out, name unknown, connection lost.
    operational = any(kind.__name__ == "OperationalError" for kind in type(error.orig).__mro__)
    lost = not name and not state and operational
    return (
        lost
        or error.connection_invalidated
        or name.startswith(_PASSING_SQLITE)
        or state.startswith(_PASSING_POSTGRESQL)
    )
