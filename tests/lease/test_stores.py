"""What is special to each store: a lock file that vanished, a row that cannot be reached, several held as one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bootstrap.errors import LeaseLost, Permanent, Refused, Transient
from bootstrap.lease import assure
from bootstrap.leases.composed import Leases, open_lease
from bootstrap.leases.term import TTL_S
from tests.lease.stage import ANNA, BERT, CLUSTER, ESTATE, MovedClock, Stage


@pytest.fixture
def files(tmp_path: Path) -> Iterator[Stage]:
    """This computer's lock alone."""
    stage = Stage("file", "", tmp_path / "state")
    yield stage
    stage.close()


@pytest.mark.parametrize("replaced", [True, False], ids=["replaced", "removed"])
def test_a_lock_file_that_is_not_ours_any_more_is_lost(files: Stage, replaced: bool) -> None:
    """Who removes the file lets a second run in: the first one sees it at its next heartbeat."""
    lease = files.held()
    path = files.folder / "lease.lock"
    path.unlink()
    if replaced:
        path.touch()
    with pytest.raises(LeaseLost, match="removed or replaced"):
        lease.renew()
    with pytest.raises(LeaseLost):
        lease.check()


@pytest.mark.parametrize("note", ["", "{", "[]", '{"holder": 3}', '{"fencing": "many"}'])
def test_an_unreadable_note_neither_frees_nor_blocks(files: Stage, note: str) -> None:
    """The lock alone decides; the note is for messages."""
    first = files.held()
    (files.folder / "lease.json").write_text(note)
    with pytest.raises(Refused, match="somebody"):
        files.lease(BERT).acquire()
    first.renew()
    first.release()
    files.held(BERT).check()


def test_the_note_says_who_and_when(files: Stage) -> None:
    """A person can read it without the program."""
    lease = files.held(ANNA)
    files.let_time_pass(30)
    lease.renew()
    note = json.loads((files.folder / "lease.json").read_text())
    assert note["holder"]["who"] == "anna"
    assert note["heartbeat"] - note["since"] == 30


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    """A file stands where the state folder should be."""
    (tmp_path / "state").write_text("")
    with pytest.raises(Permanent, match=str(tmp_path)):
        Stage("file", "", tmp_path / "state").held()


def test_a_store_that_does_not_answer_leaves_the_lease_until_its_end(rows: Stage) -> None:
    """Renewing fails as Transient; acts go on until the end and not one second longer; release does no harm."""
    lease = rows.held()
    rows.statement("ALTER TABLE journal_leases RENAME TO elsewhere")
    with pytest.raises(Transient, match="could not be renewed"):
        lease.renew()
    rows.clock.pass_(TTL_S - 1)
    lease.check()
    rows.clock.pass_(1)
    with pytest.raises(LeaseLost):
        lease.check()
    with pytest.raises(Transient):
        assure(lease)
    lease.release()


def test_reach_is_said_in_words(tmp_path: Path, postgresql_database: str) -> None:
    """The first line of a run says how far it is protected."""
    reaches = [
        open_lease(url, tmp_path, cluster=CLUSTER, estate=ESTATE, clock=MovedClock()).reach
        for url in (str(tmp_path / "journal.db"), postgresql_database)
    ]
    assert reaches == ["this computer", "all that share this journal"]


class _Recorded:
    """A lease that writes down what is asked of it, and refuses what it is told to refuse."""

    heartbeat_s, reach = 15.0, ""

    def __init__(self, name: str, log: list[str], refuses: dict[str, Exception] | None = None) -> None:
        self._name, self._log, self._refuses = name, log, refuses or {}
        self.fencing, self.reach = len(name), name

    def _do(self, what: str) -> None:
        self._log.append(f"{what} {self._name}")
        if what in self._refuses:
            raise self._refuses[what]

    def acquire(self) -> None:
        self._do("acquire")

    def renew(self) -> None:
        self._do("renew")

    def check(self) -> None:
        self._do("check")

    def release(self) -> None:
        self._do("release")


def test_several_are_taken_in_order_and_given_back_in_reverse() -> None:
    """The widest is the last; the number is that of the one that the journal checks."""
    log: list[str] = []
    near, far = _Recorded("near", log), _Recorded("farthest", log)
    leases = Leases((near, far), fenced=near)
    leases.acquire()
    leases.check()
    leases.release()
    words = "acquire near, acquire farthest, check near, check farthest, release farthest, release near"
    assert log == words.split(", ")
    assert (leases.reach, leases.fencing) == ("farthest", near.fencing)


def test_when_one_refuses_those_before_it_are_given_back() -> None:
    """All or none: a refused run keeps nothing."""
    log: list[str] = []
    near, far = _Recorded("near", log), _Recorded("far", log, {"acquire": Refused("held", "wait")})
    with pytest.raises(Refused):
        Leases((near, far), fenced=near).acquire()
    assert log == ["acquire near", "acquire far", "release near"]


def test_a_silent_store_keeps_no_other_from_being_renewed() -> None:
    """Each is asked; the silence is reported afterwards; a lost one counts at once."""
    log: list[str] = []
    near, far = _Recorded("near", log, {"renew": Transient("silent")}), _Recorded("far", log)
    with pytest.raises(Transient):
        Leases((near, far), fenced=near).renew()
    assert log == ["renew near", "renew far"]
    lost = _Recorded("lost", log, {"renew": LeaseLost("another holds it", "stop")})
    with pytest.raises(LeaseLost):
        Leases((near, lost), fenced=near).renew()
