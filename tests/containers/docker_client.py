"""One place that talks to a Docker engine by its Python client, which has no types."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def connected(host: str, timeout_s: float = 300.0) -> Iterator[Any]:
    """A client of the engine at `host`. Raises what `errors()` names."""
    import docker  # type: ignore[import-untyped]

    client = docker.DockerClient(base_url=host, timeout=timeout_s)
    try:
        yield client
    finally:
        client.close()


def answers(host: str) -> bool:
    """Whether an engine can be used there."""
    try:
        with connected(host, timeout_s=5.0) as client:
            return bool(client.ping())
    except errors():
        return False


def errors() -> type[Exception]:
    """The base of all that the client raises."""
    from docker.errors import DockerException  # type: ignore[import-untyped]

    found: type[Exception] = DockerException
    return found
