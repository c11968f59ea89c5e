"""The journal in PostgreSQL, as commands: one flag, the same words, and a password that is shown nowhere."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import make_url

from tests.commands.desk import MAIN, Desk


def test_commands_work_on_a_shared_journal(desk: Desk, tmp_path: Path, postgresql_database: str) -> None:
    """The first line says how far the lease reaches; others read it from their desk; no password is told."""
    shared = (*MAIN, "--journal", postgresql_database)
    ran = desk.run("bootstrap", *shared, "--pace", "max")
    assert (ran.code, ran.err) == (0, ""), ran.end_of_it
    assert "lease reaches all that share this journal" in ran.out.splitlines()[0]
    assert not desk.journal.exists()
    elsewhere = Desk(tmp_path / "elsewhere", desk.home)
    report, status = elsewhere.run("report", *shared), desk.run("status", *shared)
    assert "DONE (exit code 0): main" in report.out
    assert ": done." in status.out
    url = make_url(postgresql_database)
    for told in (ran, report, status):
        assert f":{url.password}@" not in told.said
    assert str(url.database) in status.out


def test_a_journal_that_does_not_answer_is_named_without_its_password(desk: Desk) -> None:
    """The server's place and what to see to; exit code 1."""
    for command in ("bootstrap", "status", "plan", "report"):
        ended = desk.run(command, *MAIN, "--journal", "postgresql://me:hunter2@127.0.0.1:9/base")
        assert (ended.code, ended.out) == (1, ""), ended.end_of_it
        assert "127.0.0.1:9" in ended.err
        assert "next: " in ended.err
        assert "hunter2" not in ended.err
