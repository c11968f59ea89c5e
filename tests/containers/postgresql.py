"""PostgreSQL for tests, run by testcontainers on whatever Docker engine this machine has, or on one of our own."""

from __future__ import annotations

import json
import os
import socket
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.containers import engine, image
from tests.containers.docker_client import answers, connected, errors

URL_VARIABLE = "FIRSTLIGHT_TEST_POSTGRESQL_URL"
PULLED = "postgres:17.6"
_LABEL = "firstlight.test.owner"
_USER = _PASSWORD = _DATABASE = "firstlight"


class Impossible(Exception):
    """This machine cannot run it; the text says what it needs."""


@dataclass(frozen=True)
class Server:
    """A running server. docker_host, container: where it runs; supervisor: of our own engine, 0 when it is not ours."""

    url: str
    docker_host: str = ""
    container: str = ""
    supervisor: int = 0


def start(folder: Path, owner: int) -> Server:
    """Start one in `folder`, to be ended with `stop`. Raises Impossible; anything else is a defect and shows itself."""
    if url := os.environ.get(URL_VARIABLE):
        return Server(url)
    if host := _reachable_engine():
        _sweep(host)
        return _run(host, _image(host), owner, shares_network=False, supervisor=0)
    for need in (engine.missing(), image.missing()):
        if need:
            raise Impossible(need)
    tarball = image.built()
    own = engine.start(folder / "engine", owner)
    try:
        _import(own.host, tarball)
        return _run(own.host, image.tag(), owner, shares_network=True, supervisor=own.supervisor)
    except BaseException:
        engine.stop(own)
        raise


def stop(server: Server, folder: Path) -> None:
    """End container and engine, as far as they are ours."""
    if server.container:
        with suppress(errors()), connected(server.docker_host) as client:
            client.containers.get(server.container).remove(force=True, v=True)
    if server.supervisor:
        engine.stop(engine.Engine(server.supervisor, folder / "engine"))


def save(server: Server, path: Path) -> None:
    """Let the other test processes of this session find it."""
    path.write_text(json.dumps({name: getattr(server, name) for name in Server.__dataclass_fields__}))


def load(path: Path) -> Server:
    """What `save` wrote."""
    return Server(**json.loads(path.read_text()))


def _run(host: str, name: str, owner: int, *, shares_network: bool, supervisor: int) -> Server:
    os.environ["TESTCONTAINERS_RYUK_DISABLED"] = "true"
    from testcontainers.community.postgres import PostgresContainer

    container: Any = PostgresContainer(
        name,
        username=_USER,
        password=_PASSWORD,
        dbname=_DATABASE,
        driver=None,
        docker_client_kw={"environment": {"DOCKER_HOST": host}},
    )
    port = 0
    settings: dict[str, Any] = {"labels": {_LABEL: f"{socket.gethostname()}:{owner}"}}
    if name == image.tag():
        settings["entrypoint"] = ["/usr/local/bin/start-postgresql"]
    if shares_network:
        port = _free_port()
        settings["network_mode"] = "host"
        container.with_env("PGPORT", str(port)).with_command("postgres -c listen_addresses=127.0.0.1")
        container.ports.clear()
    elif name == image.tag():
        container.with_command("postgres -c listen_addresses=*")
    container.with_kwargs(**settings).start()
    place = f"127.0.0.1:{port}" if port else f"{container.get_container_host_ip()}:{container.get_exposed_port(5432)}"
    url = f"postgresql://{_USER}:{_PASSWORD}@{place}/{_DATABASE}"
    return Server(url, host, container.get_wrapped_container().id, supervisor)


def _reachable_engine() -> str:
    host = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    return host if answers(host) else ""


def _image(host: str) -> str:
    """Pulled where a registry answers, else built and imported."""
    try:
        with connected(host) as client:
            if not client.images.list(name=PULLED):
                client.images.pull(PULLED)
            return PULLED
    except errors():
        if need := image.missing():
            raise Impossible(need) from None
    _import(host, image.built())
    return image.tag()


def _import(host: str, tarball: Path) -> None:
    repository, _, version = image.tag().partition(":")
    with connected(host) as client:
        if not client.images.list(name=image.tag()):
            client.api.import_image_from_file(str(tarball), repository=repository, tag=version)


def _sweep(host: str) -> None:
    """Remove what an earlier, killed session left on an engine that is not ours."""
    with connected(host) as client:
        for container in client.containers.list(all=True, filters={"label": _LABEL}):
            computer, _, pid = container.labels[_LABEL].rpartition(":")
            if computer == socket.gethostname() and not Path(f"/proc/{pid}").exists():
                container.remove(force=True, v=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
