"""A run that was suspended while another took its place: woken up, it does not act again."""

from __future__ import annotations

import signal
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import create_engine

from tests.commands.desk import MAIN, Desk, Running, until
from tests.commands.record import effects, kinds

COMMAND = ("bootstrap", *MAIN, "--format", "json")


def _suspend(running: Running, between_writes_of: Path | None = None) -> None:
    """Stop the process in the middle of its run; for a journal file: where it holds no transaction open."""
    for node in range(1, 7):
        running.hear(f"the {node}. applied config", lambda line: '"kind": "Acted"' in line)
    until("the run to be suspended", lambda: _stopped(running) and not _locked(between_writes_of, running))


def _stopped(running: Running) -> bool:
    running.tell(signal.SIGSTOP)
    stat = Path(f"/proc/{running.process.pid}/stat").read_text()
    return stat.rpartition(")")[2].split()[0] == "T"


def _locked(journal: Path | None, running: Running) -> bool:
    if journal is None:
        return False
    try:
        with closing(sqlite3.connect(journal, timeout=0, isolation_level=None)) as database:
            database.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError:
        running.tell(signal.SIGCONT)
        return True
    return False


def _take_over(journal: Path) -> None:
    """What another's takeover leaves in the journal's row: a higher number."""
    with closing(sqlite3.connect(journal, isolation_level=None)) as database:
        database.execute("UPDATE journal_leases SET fencing = fencing + 1, holder = '{}'")


def test_woken_after_a_takeover_it_acts_no_more(desk: Desk) -> None:
    """Suspended in the middle, its row taken by another, woken: exit code 3, nothing done, nothing journaled."""
    with desk.started(*COMMAND, "--pace", "30") as running:
        _suspend(running, desk.journal)
        _take_over(desk.journal)
        written, done = kinds(desk.journal), effects(desk.world)
        running.tell(signal.SIGCONT)
        ended = running.end()
    assert ended.code == 3, ended.end_of_it
    assert "no longer holds cluster main (rehearsal)" in ended.end_of_it
    assert kinds(desk.journal) == written
    assert effects(desk.world) == done


def test_another_computer_takes_over_when_the_lease_has_run_out(
    desk: Desk, tmp_path: Path, postgresql_database: str
) -> None:
    """Two computers, one journal: the second runs once the lease has run out; the first, woken, acts no more."""
    elsewhere = Desk(tmp_path / "elsewhere", desk.home)
    shared = ("--journal", postgresql_database)
    with desk.started(*COMMAND, *shared, "--pace", "30") as running:
        _suspend(running)
        done = effects(desk.world)
        refused = elsewhere.run(*COMMAND, *shared, "--pace", "max")
        assert refused.code == 3, refused.end_of_it
        _let_time_pass(postgresql_database, 61)
        taken = elsewhere.run(*COMMAND, *shared, "--pace", "max")
        assert taken.code == 0, taken.end_of_it
        running.tell(signal.SIGCONT)
        ended = running.end()
    assert ended.code == 3, ended.end_of_it
    assert effects(desk.world) == done


def _let_time_pass(url: str, seconds: float) -> None:
    """As if the last heartbeat were so much older."""
    server = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with server.begin() as connection:
        connection.exec_driver_sql(f"UPDATE journal_leases SET heartbeat = heartbeat - {seconds}")
    server.dispose()
