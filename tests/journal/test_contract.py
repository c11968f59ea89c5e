"""What every journal promises: order, round trip, nothing lost, nothing changed, no secret."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url
from sqlalchemy.exc import DBAPIError

from bootstrap import events
from bootstrap.errors import LeaseLost
from bootstrap.events import Entry, Event
from bootstrap.journal import Journal, MemoryJournal
from bootstrap.journals.database import parse
from bootstrap.journals.sql_journal import GROUP
from bootstrap.secret import Secret
from tests.journal.places import CLUSTER, ESTATE, Place, acting, numbers

ONE_OF_EACH: tuple[Event, ...] = (
    events.RunStarted(CLUSTER, ESTATE, "c0ffee", 7, "this computer", {"nodes_ready": "run"}, ("k8s-3",)),
    events.GenerationOpened(1, "every control plane is in maintenance mode"),
    events.Pinned("etcd_node", "k8s-1"),
    events.Consented(("disk k8s-1 /dev/nvme0n1", "disk k8s-2 /dev/nvme0n1")),
    events.Verifying("nodes_ready"),
    events.Satisfied("nodes_ready", {"nodes": ["k8s-1"], "count": 1, "deep": {"a": [1.5, None, True]}}, ("k8s-3",)),
    events.Demoted("nodes_ready", "k8s-1 NotReady"),
    events.Acting("cilium_released", 1),
    events.Acted("cilium_released", 1, "release cilium 1.18.3 synced"),
    events.AttemptFailed("cilium_released", 1, "transient", "helm: connection refused", 2.25),
    events.Waiting("cilium_ready", "cilium 4/6 ready: k8s-5 ImagePullBackOff quay.io/cilium/cilium:v1.18.3"),
    events.Holding("cilium_ready", 10.0),
    events.Done("cilium_ready", {"ready": 6}, 1763863200.123456, 1763863210.654321, ("volume x came up empty",)),
    events.Failed("cilium_ready", "deadline passed", "see the pods of kube-system", refused=True),
    events.Stopped("cilium_ready", "Ctrl-C"),
    events.Blocked("nodes_ready", "cilium_ready"),
    events.Accepted("nodes_ready", "known: fan broken, später", "k8s-3 NotReady \x00 \udcff \N{SNOWMAN}"),
    events.RunEnded(4, ("k8s-3 is absent",)),
)

Opened = Callable[[], tuple[Journal, int]]


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opened]:
    """Gives a journal and the present fencing number."""
    if request.param == "memory":
        yield lambda: (MemoryJournal(), 1)
        return
    url = str(tmp_path / "journal.db") if request.param == "sqlite" else request.getfixturevalue("postgresql_database")
    place = Place(url, tmp_path)
    yield lambda: (place.journal(), place.held().fencing)
    place.close()


def test_the_table_of_events_is_complete() -> None:
    """A kind of event that is added must be added to the round trip too."""
    assert {type(event).__name__ for event in ONE_OF_EACH} == set(events.KINDS)


def test_every_kind_of_event_comes_back_as_it_was(opened: Opened) -> None:
    """Fields, tuples, floats and odd characters survive the way through the journal."""
    journal, fencing = opened()
    stored = [Entry("r1", 1763863200.123456 + n, event) for n, event in enumerate(ONE_OF_EACH)]
    journal.append(stored, fencing=fencing, durable=True)
    assert list(journal.entries()) == stored


def test_order_holds_between_grouped_and_durable_entries(opened: Opened) -> None:
    """A durable entry is never stored before one that was appended earlier."""
    journal, fencing = opened()
    for number in range(12):
        journal.append([acting(number)], fencing=fencing, durable=number % 3 == 2)
    assert numbers(journal.entries()) == list(range(12))


def test_an_empty_journal_has_no_entries(opened: Opened) -> None:
    """Nothing is invented."""
    journal, _ = opened()
    assert list(journal.entries()) == []


def test_a_writer_sees_what_it_still_holds_back(opened: Opened) -> None:
    """Grouped entries are part of the writer's own view."""
    journal, fencing = opened()
    journal.append([acting(0)], fencing=fencing, durable=False)
    assert numbers(journal.entries()) == [0]


def test_grouped_entries_come_with_the_next_durable_one(place: Place) -> None:
    """Another reader sees nothing of the group before, and all of it after."""
    journal, reader, lease = place.journal(), place.journal(), place.held()
    journal.append([acting(0)], fencing=lease.fencing, durable=False)
    assert numbers(reader.entries()) == []
    journal.append([acting(1)], fencing=lease.fencing, durable=True)
    assert numbers(reader.entries()) == [0, 1]


def test_an_empty_durable_append_writes_the_group(place: Place) -> None:
    """So a caller can make durable what it appended before."""
    journal, reader, lease = place.journal(), place.journal(), place.held()
    journal.append([acting(0)], fencing=lease.fencing, durable=False)
    journal.append([], fencing=lease.fencing, durable=True)
    assert numbers(reader.entries()) == [0]


def test_close_writes_the_group(place: Place) -> None:
    """A run that ends in order loses no entry."""
    journal, reader, lease = place.journal(), place.journal(), place.held()
    journal.append([acting(0)], fencing=lease.fencing, durable=False)
    journal.close()
    assert numbers(reader.entries()) == [0]


def test_a_group_does_not_grow_without_end(place: Place) -> None:
    """A talkative run without durable entries is written all the same."""
    journal, reader, lease = place.journal(), place.journal(), place.held()
    for number in range(GROUP + 1):
        journal.append([acting(number)], fencing=lease.fencing, durable=False)
    assert numbers(reader.entries()) == list(range(GROUP + 1))


def test_a_past_fencing_number_stores_nothing(place: Place) -> None:
    """A run that was taken over cannot append, and so cannot act; its held back entries are gone with it."""
    journal, first = place.journal(), place.held()
    journal.append([acting(0)], fencing=first.fencing, durable=True)
    journal.append([acting(1)], fencing=first.fencing, durable=False)
    first.release()
    second = place.held()
    with pytest.raises(LeaseLost) as lost:
        journal.append([acting(2)], fencing=first.fencing, durable=True)
    assert str(second.fencing) in lost.value.sentence
    assert CLUSTER in lost.value.next_action
    journal.close()
    assert numbers(place.journal().entries()) == [0]


def test_without_any_lease_nothing_is_stored(place: Place) -> None:
    """An append needs a holder: no number is right where nobody holds the cluster."""
    journal = place.journal()
    with pytest.raises(LeaseLost):
        journal.append([acting(0)], fencing=1, durable=True)
    assert numbers(journal.entries()) == []


@pytest.mark.parametrize("durable", [True, False])
@pytest.mark.parametrize("where", ["value", "nested", "key"])
def test_a_secret_is_refused_and_its_value_not_told(place: Place, durable: bool, where: str) -> None:
    """A programming error shows at the append that made it, without the secret; nothing of the batch is kept."""
    journal, lease = place.journal(), place.held()
    secret = Secret("hunter2")
    evidence = {"value": {"token": secret}, "nested": {"a": [{"b": secret}]}, "key": {secret: 1}}[where]
    bad = Entry("r1", 1.0, events.Satisfied("step", evidence))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="Satisfied") as refused:
        journal.append([acting(0), bad], fencing=lease.fencing, durable=durable)
    assert "hunter2" not in str(refused.value)
    journal.append([acting(1)], fencing=lease.fencing, durable=True)
    assert numbers(journal.entries()) == [1]


@pytest.mark.parametrize("statement", ["UPDATE journal_entries SET kind = 'Done'", "DELETE FROM journal_entries"])
def test_the_database_itself_refuses_to_change_the_past(place: Place, statement: str) -> None:
    """Append-only holds for every client of the database, not for this program alone."""
    journal, lease = place.journal(), place.held()
    journal.append([acting(0)], fencing=lease.fencing, durable=True)
    engine = create_engine(parse(place.url).url)
    with engine.connect() as connection, pytest.raises(DBAPIError, match="append-only"):
        connection.exec_driver_sql(statement)
    engine.dispose()
    assert numbers(journal.entries()) == [0]


def test_clusters_that_share_a_server_do_not_see_each_other(tmp_path: Path, postgresql_database: str) -> None:
    """Entries, leases and fencing numbers are kept apart by cluster and estate."""
    place = Place(postgresql_database, tmp_path)
    owners = [("main", "real"), ("main", "rehearsal"), ("staging", "real")]
    for number, owner in enumerate(owners):
        lease = place.held(*owner)
        assert lease.fencing == 1
        place.journal(*owner).append([acting(number)], fencing=lease.fencing, durable=True)
    assert [numbers(place.journal(*owner).entries()) for owner in owners] == [[0], [1], [2]]
    place.close()


def test_a_broken_connection_neither_loses_nor_doubles_an_entry(tmp_path: Path, postgresql_database: str) -> None:
    """After the server cut the connection the next append reconnects."""
    place = Place(postgresql_database, tmp_path)
    journal, lease = place.journal(), place.held()
    journal.append([acting(0)], fencing=lease.fencing, durable=True)
    _cut_connections(postgresql_database)
    journal.append([acting(1)], fencing=lease.fencing, durable=True)
    assert numbers(place.journal().entries()) == [0, 1]
    place.close()


def _cut_connections(url: str) -> None:
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"))
    with engine.connect() as connection:
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    engine.dispose()
