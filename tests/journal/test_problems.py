"""What a journal says when it cannot: one sentence with its place, a next action, and nothing half written."""

from __future__ import annotations

import socket
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url

from bootstrap.errors import Permanent
from bootstrap.journals.database import parse
from bootstrap.journals.quarantine import quarantine
from bootstrap.journals.schema import VERSION
from bootstrap.journals.sql_journal import open_journal
from bootstrap.journals.sql_store import CHECKED_WHOLE_BYTES
from tests.journal.places import CLUSTER, ESTATE, Place, acting, numbers


def _statement(url: str, statement: str) -> None:
    engine = create_engine(parse(url).url)
    with engine.begin() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


def _filled(place: Place, entries: int = 3) -> bytes:
    """Some entries, all files closed; gives the main file's bytes."""
    lease, journal = place.held(), place.journal()
    journal.append([acting(n) for n in range(entries)], fencing=lease.fencing, durable=True)
    journal.close()
    lease.release()
    return Path(place.url).read_bytes() if "://" not in place.url else b""


def _refused(place: Place) -> Permanent:
    """What opening or, at the latest, reading says."""
    with pytest.raises(Permanent) as refused:
        tuple(place.journal().entries())
    place_name = place.url if "://" not in place.url else make_url(place.url).database
    assert str(place_name) in refused.value.sentence
    assert refused.value.next_action
    return refused.value


@pytest.mark.parametrize("version", [VERSION + 1, 0, 99])
def test_a_journal_of_another_schema_is_refused(place: Place, version: int) -> None:
    """It names both versions and says what to use."""
    _filled(place)
    _statement(place.url, f"UPDATE journal_schema_version SET version = {version}")
    problem = _refused(place)
    assert f"version {version}" in problem.sentence
    assert "newer version of Firstlight" in problem.next_action
    with pytest.raises(Permanent, match="newer Firstlight"):
        place.held()


def test_a_newer_file_is_not_changed_by_one_byte(file: Place) -> None:
    """Neither opening it nor asking for its lease writes to it."""
    _filled(file)
    _statement(file.url, f"UPDATE journal_schema_version SET version = {VERSION + 1}")
    before = Path(file.url).read_bytes()
    _refused(file)
    with pytest.raises(Permanent):
        file.held()
    file.close()
    assert Path(file.url).read_bytes() == before


@pytest.mark.parametrize(
    ("kind", "body"),
    [("Teleported", "{}"), ("Acting", '{"step":"a","attempt":1,"colour":"red"}'), ("Acting", '{"step":"a"}')],
    ids=["unknown kind", "unknown field", "missing field"],
)
def test_an_event_that_is_not_known_counts_as_a_newer_journal(place: Place, kind: str, body: str) -> None:
    """A later Firstlight may know more kinds: its entries are not guessed at."""
    _filled(place)
    _insert(place, kind, body)
    problem = _refused(place)
    assert kind in problem.sentence
    assert "newer version" in problem.next_action


@pytest.mark.parametrize("body", ["{", "[]", "", '"text"'])
def test_an_entry_that_cannot_be_read_counts_as_damage(place: Place, body: str) -> None:
    """It leads to quarantine, not to a traceback."""
    _filled(place)
    _insert(place, "Acting", body)
    assert "--quarantine-journal" in _refused(place).next_action


def _insert(place: Place, kind: str, body: str) -> None:
    values = f"'{CLUSTER}', '{ESTATE}', 'r9', 5.0, '{kind}', '{body}'"
    _statement(place.url, f"INSERT INTO journal_entries (cluster, estate, run, at, kind, body) VALUES ({values})")


def _overwritten(data: bytes) -> bytes:
    return b"This is no database at all. " * (len(data) // 28)


def _scribbled(data: bytes) -> bytes:
    return data[:4096] + b"\xa5" * (len(data) - 4096)


def _halved(data: bytes) -> bytes:
    return data[: len(data) // 2]


def _stub(data: bytes) -> bytes:
    return data[:50]


@pytest.mark.parametrize("entries", [3, 60_000], ids=["small", "large"])
@pytest.mark.parametrize("damage", [_overwritten, _scribbled, _halved, _stub])
def test_a_damaged_file_is_named_and_can_be_set_aside(file: Place, damage: object, entries: int) -> None:
    """Reading finds the damage in a small file and in a large one; afterwards a fresh journal works."""
    data = _filled(file, entries)
    assert (len(data) > CHECKED_WHOLE_BYTES) == (entries == 60_000)
    spoiled = damage(data)  # type: ignore[operator]
    Path(file.url).write_bytes(spoiled)
    assert "--quarantine-journal" in _refused(file).next_action
    file.close()
    assert Path(file.url).read_bytes() == spoiled
    aside = quarantine(Path(file.url), at=0.0)
    assert aside.read_bytes() == spoiled
    lease, journal = file.held(), file.journal()
    journal.append([acting(7)], fencing=lease.fencing, durable=True)
    assert numbers(journal.entries()) == [7]


def test_a_database_of_another_program_is_left_alone(file: Place) -> None:
    """A mistyped path never makes tables in somebody's file."""
    Path(file.url).parent.mkdir()
    connection = sqlite3.connect(file.url)
    connection.execute("CREATE TABLE photos (id INTEGER)")
    connection.commit()
    connection.close()
    before = Path(file.url).read_bytes()
    assert "not a journal" in _refused(file).sentence
    with pytest.raises(Permanent):
        file.held()
    file.close()
    assert Path(file.url).read_bytes() == before


@pytest.mark.parametrize(("cluster", "estate"), [("staging", ESTATE), (CLUSTER, "real")])
def test_a_file_of_another_cluster_or_estate_is_refused(file: Place, cluster: str, estate: str) -> None:
    """Journals of real, lab and rehearsal are never the same file."""
    _filled(file)
    with pytest.raises(Permanent, match=f"cluster {CLUSTER} \\({ESTATE}\\), expected {cluster} \\({estate}\\)"):
        file.journal(cluster, estate)
    with pytest.raises(Permanent, match="expected"):
        file.held(cluster, estate)


def test_reading_a_journal_that_does_not_exist_makes_nothing(file: Place) -> None:
    """`status` and `plan` leave no trace, not even an empty folder."""
    assert list(file.journal().entries()) == []
    file.close()
    assert not Path(file.url).parent.exists()


def test_reading_a_journal_leaves_its_file_as_it_was(file: Place) -> None:
    """No byte of the file changes, and nothing stays beside it."""
    before = _filled(file)
    assert numbers(file.journal().entries()) == [0, 1, 2]
    file.close()
    assert Path(file.url).read_bytes() == before
    assert not list(Path(file.url).parent.glob("journal.db-*"))


def test_no_server_is_one_clear_error(tmp_path: Path) -> None:
    """A refused connection names the journal without its password, and ends soon."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(Permanent) as refused:
        open_journal(f"postgresql://anna:hunter2@127.0.0.1:{port}/journal", cluster=CLUSTER, estate=ESTATE)
    assert f"127.0.0.1:{port}/journal does not answer" in refused.value.sentence
    assert "hunter2" not in refused.value.sentence + refused.value.next_action


def test_a_server_that_accepts_and_stays_silent_ends_in_an_error(tmp_path: Path) -> None:
    """The connection attempt is bounded: a hanging server is no hanging run."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://anna@127.0.0.1:{silent.getsockname()[1]}/journal"
        with pytest.raises(Permanent, match="does not answer"):
            open_journal(url, cluster=CLUSTER, estate=ESTATE)


def test_a_wrong_password_is_named_as_such(postgresql_url: str) -> None:
    """It is a question of access, not of reachability."""
    wrong = make_url(postgresql_url).set(password="hunter2").render_as_string(hide_password=False)
    with pytest.raises(Permanent, match="refuses this user") as refused:
        open_journal(wrong, cluster=CLUSTER, estate=ESTATE)
    assert "user, password" in refused.value.next_action
    assert "hunter2" not in refused.value.sentence


@pytest.mark.parametrize("url", ["mysql://db/journal", "postgresql//x://", "redis://db"])
def test_a_url_that_is_no_place_for_a_journal_is_refused(url: str) -> None:
    """The next action shows the two forms that work."""
    with pytest.raises(Permanent) as refused:
        open_journal(url, cluster=CLUSTER, estate=ESTATE)
    assert "postgresql://user@host/database" in refused.value.next_action


def test_quarantine_never_overwrites_and_takes_all_files(tmp_path: Path) -> None:
    """Two in the same second get two names; -wal and -shm go along."""
    path, names = tmp_path / "journal.db", []
    for number in range(2):
        for suffix in ("", "-wal", "-shm"):
            Path(f"{path}{suffix}").write_text(f"{number}{suffix}")
        names.append(quarantine(path, at=1763863200.0))
    assert not path.exists()
    for number, aside in enumerate(names):
        assert "20251123T020000Z" in aside.name
        assert [Path(f"{aside}{s}").read_text() for s in ("", "-wal", "-shm")] == [
            f"{number}{s}" for s in ("", "-wal", "-shm")
        ]


def test_quarantine_of_nothing_says_so(tmp_path: Path) -> None:
    """The option on a healthy, new cluster is an operator's slip."""
    with pytest.raises(Permanent, match="no journal"):
        quarantine(tmp_path / "journal.db", at=0.0)
