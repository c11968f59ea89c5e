"""PostgreSQL answers in its container."""

from __future__ import annotations

from sqlalchemy import create_engine, make_url


def test_the_session_has_a_postgresql_with_a_database_per_test(postgresql_database: str) -> None:
    """A database of the test's own answers, and it is empty."""
    engine = create_engine(make_url(postgresql_database).set(drivername="postgresql+psycopg"))
    with engine.connect() as connection:
        tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
        assert connection.exec_driver_sql(tables).scalar() == 0
    engine.dispose()
