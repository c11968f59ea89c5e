"""What all tests share: PostgreSQL in a container, and the list of what this machine could not run."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from _pytest.nodeid import coerce_node_id
from sqlalchemy import URL, create_engine, make_url

from operations.testing import FULL
from tests.containers import session
from tests.containers.postgresql import URL_VARIABLE, Impossible
from tests.needs import not_run, not_run_lines, require

NOTHING_MAY_BE_SKIPPED = "FIRSTLIGHT_NOTHING_MAY_BE_SKIPPED"
_TESTS = Path(__file__).parent
CLUSTERS = (
    "lab/contents/test_nodes_and_pods.py",
    "lab/contents/test_processes.py",
    "lab/contents/test_flux.py",
    "lab/control_plane/test_single.py",
    "lab/control_plane/test_three.py",
    "lab/charts/test_flux.py",
    "lab/charts/test_on_api_server.py",
    "lab/whole/",
    "edges/test_helm_releases.py",
    "edges/test_kubernetes.py",
)
"""Tests that run real API servers in real time: `invoke test --full` only, until no busy machine can turn them red."""


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs(*names): programs or capabilities (tests/needs.py) of the machine")
    config.addinivalue_line("markers", "full: a long walk, part of `invoke test --full` only")
    if not hasattr(config, "workerinput"):
        session.open_session()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        session.close_session()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if getattr(config.option, "loadgroup", False):
        _name_groups(items)
    if os.environ.get(FULL) == "1":
        return
    long = [item for item in items if item.get_closest_marker("full") or _runs_a_cluster(item)]
    config.hook.pytest_deselected(items=long)
    items[:] = [item for item in items if item not in long]


def _runs_a_cluster(item: pytest.Item) -> bool:
    if not item.path.is_relative_to(_TESTS):
        return False
    path = item.path.relative_to(_TESTS).as_posix()
    return path.startswith(CLUSTERS) or (path.startswith("contracts/") and "[lab" in item.nodeid)


def _name_groups(items: list[pytest.Item]) -> None:
    # pytest-xdist 3.8 puts the group to a field that pytest 9.2 does not read an id from: without this, groups are torn
    for item in items:
        group = item.get_closest_marker("xdist_group")
        if group and "@" not in item.nodeid:
            item._id = coerce_node_id(f"{item.nodeid}@{group.args[0]}")


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in item.iter_markers("needs"):
        require(item.nodeid, *marker.args)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if os.environ.get(NOTHING_MAY_BE_SKIPPED) == "1" and session.exitstatus == 0 and _lines(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    terminalreporter.section("what this machine could not run")
    for line in _lines(config) or ["NOT RUN: nothing"]:
        terminalreporter.write_line(line)


def _lines(config: pytest.Config) -> list[str]:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    return not_run_lines(reporter.stats.get("skipped", [])) if reporter is not None else []


@pytest.fixture(scope="session")
def postgresql_url() -> str:
    """A PostgreSQL server with a user that may create databases; started once for the whole session."""
    try:
        return session.postgresql_url()
    except Impossible as need:
        not_run("journal and lease on PostgreSQL", f"{need}, or {URL_VARIABLE}")


@pytest.fixture
def postgresql_database(postgresql_url: str) -> Iterator[str]:
    """The URL of an empty database of this test's own."""
    server = make_url(postgresql_url).set(drivername="postgresql+psycopg")
    name = f"t{uuid.uuid4().hex[:16]}"
    _statement(server, f"CREATE DATABASE {name}")
    yield server.set(database=name, drivername="postgresql").render_as_string(hide_password=False)
    _statement(server, f"DROP DATABASE {name} WITH (FORCE)")


def _statement(server: URL, statement: str) -> None:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()
