"""A commit whose answer was lost: it is neither stored twice nor forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url

from tests.journal.cutting_proxy import CuttingProxy
from tests.journal.places import Place, acting, numbers


@pytest.fixture
def proxy(postgresql_database: str) -> Iterator[CuttingProxy]:
    """Stands before this test's database."""
    port = make_url(postgresql_database).port
    assert port is not None
    proxy = CuttingProxy(port)
    yield proxy
    proxy.close()


def test_a_commit_whose_answer_was_lost_is_stored_once(
    tmp_path: Path, postgresql_database: str, proxy: CuttingProxy
) -> None:
    """The writer asks the journal's end whether it arrived, and goes on."""
    place = Place(postgresql_database, tmp_path)
    through = make_url(postgresql_database).set(port=proxy.port).render_as_string(hide_password=False)
    far = Place(through, tmp_path)
    lease, journal = place.held(), far.journal()
    journal.append([acting(0)], fencing=lease.fencing, durable=True)
    proxy.armed = True
    journal.append([acting(1), acting(2)], fencing=lease.fencing, durable=True)
    assert proxy.cuts == 1
    journal.append([acting(3)], fencing=lease.fencing, durable=True)
    assert numbers(place.journal().entries()) == [0, 1, 2, 3]
    far.close()
    place.close()
