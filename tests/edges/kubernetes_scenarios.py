"""What the Kubernetes edge does with a real API server. Run as a process of its own in a private network:
`python -m tests.edges.kubernetes_scenarios FOLDER` prints one JSON object, scenario name -> "" or what went wrong."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from bootstrap.errors import Permanent, Refused, Transient
from bootstrap.secret import Secret
from edges.kubernetes_client import Connection, KubernetesClient
from estate.kubernetes import Conflict, Kind, ObjectRef, ref_of
from tests.edges.kubernetes_lease_scenarios import LEASE_SCENARIOS
from tests.edges.kubernetes_scenario import SERVER, Scenario, connected, identity
from tests.edges.kubernetes_server import ADDRESS, OTHER_ADDRESS, Authority, Server

CONFIG_MAP, SECRET, NAMESPACE = Kind("v1", "ConfigMap"), Kind("v1", "Secret"), Kind("v1", "Namespace")
DEFINITION = Kind("apiextensions.k8s.io/v1", "CustomResourceDefinition")


def config_map(name: str, value: str, namespace: str | None = "default") -> dict[str, Any]:
    meta = {"name": name, "labels": {"test": name}, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {"value": value}}


async def eventually(ask: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await ask():  # noqa: ASYNC110 - another process makes it true
            await asyncio.sleep(0.1)


async def what_is_applied_is_read(server: Server) -> None:
    """By reference, by namespace and by labels; the same again changes nothing; a namespace may be left out."""
    kubernetes = await connected(server)
    made = await kubernetes.apply(config_map("one", "1"))
    assert await kubernetes.get(ref_of(made)) == made
    assert (await kubernetes.apply(config_map("one", "1")))["metadata"]["resourceVersion"] == (
        made["metadata"]["resourceVersion"]
    )
    await kubernetes.apply(config_map("two", "2", namespace=None))
    labelled = await kubernetes.list(CONFIG_MAP, "default", {"test": "two"})
    assert [ref_of(each) for each in labelled] == [ObjectRef(CONFIG_MAP, "two", "default")]
    assert {each["metadata"]["name"] for each in await kubernetes.list(CONFIG_MAP)} >= {"one", "two"}
    assert await kubernetes.list(CONFIG_MAP, "kube-public", {"test": "two"}) == []


async def what_is_not_there_is_none(server: Server) -> None:
    """Neither an object nor a kind that is missing is an error of a look."""
    kubernetes = await connected(server)
    nothing = Kind("nothing.example/v1", "Nothing")
    assert await kubernetes.get(ObjectRef(CONFIG_MAP, "nobody", "default")) is None
    assert await kubernetes.get(ObjectRef(nothing, "nobody")) is None
    assert await kubernetes.list(nothing) == []
    assert not await kubernetes.serves(nothing)
    assert await kubernetes.serves(DEFINITION)
    assert not await kubernetes.serves(Kind("v1", "Nothing"))


async def a_dry_run_leaves_nothing(server: Server) -> None:
    """It answers with what would be."""
    kubernetes = await connected(server)
    assert (await kubernetes.apply(config_map("dry", "1"), dry_run=True))["data"] == {"value": "1"}
    assert await kubernetes.get(ObjectRef(CONFIG_MAP, "dry", "default")) is None


async def secrets_are_revealed_on_the_wire_only(server: Server) -> None:
    """A dry run sees their drift; an error that quotes one is redacted, and so is the exception's whole context."""
    kubernetes = await connected(server)

    def secret(value: str) -> dict[str, Any]:
        meta = {"name": "seed", "namespace": "default"}
        return {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "stringData": {"token": Secret(value)}}

    await kubernetes.apply(secret("canary-a"))
    found = await kubernetes.get(ObjectRef(SECRET, "seed", "default"))
    assert found is not None
    assert (await kubernetes.apply(secret("canary-a"), dry_run=True))["data"] == found["data"]
    assert (await kubernetes.apply(secret("canary-b"), dry_run=True))["data"] != found["data"]
    bad = config_map("bad", "1")
    bad["metadata"]["labels"] = {"test": Secret("canary not a label")}
    with pytest.raises(Permanent, match=r"metadata\.labels") as caught:
        await kubernetes.apply(bad)
    assert "canary" not in "".join(traceback.format_exception(caught.value))
    assert caught.value.__context__ is None


async def another_managers_field_is_a_conflict(server: Server) -> None:
    """With the manager's name; by force it is taken over."""
    kubernetes = await connected(server)
    manifest = config_map("owned", "theirs")
    session: Any = kubernetes._session
    resource = session._discovery.find(CONFIG_MAP)
    resource.server_side_apply(
        body=manifest, name="owned", namespace="default", field_manager="kustomize-controller", force_conflicts=True
    )
    with pytest.raises(Conflict) as caught:
        await kubernetes.apply(config_map("owned", "ours"))
    assert caught.value.manager == "kustomize-controller"
    assert (await kubernetes.apply(config_map("owned", "ours"), force=True))["data"] == {"value": "ours"}


async def what_cannot_be_is_permanent(server: Server) -> None:
    """A missing namespace, an unknown kind, a field that is not in the schema."""
    kubernetes = await connected(server)
    unknown = {"apiVersion": "nothing.example/v1", "kind": "Nothing", "metadata": {"name": "x"}}
    for manifest in (config_map("one", "1", "nowhere"), unknown, {**config_map("one", "1"), "specc": 1}):
        with pytest.raises(Permanent) as caught:
            await kubernetes.apply(manifest)
        assert caught.value.next_action


async def a_definition_comes_to_be_served(server: Server) -> None:
    """Also for a connection that has asked for the kind before, and its objects can be applied and watched then."""
    kubernetes = await connected(server)
    widget = Kind("example.org/v1", "Widget")
    heard = asyncio.Event()
    watching = asyncio.create_task(_hear(kubernetes, heard, widget))
    assert await kubernetes.list(widget) == []
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    names = {"kind": "Widget", "plural": "widgets", "singular": "widget"}
    spec = {"group": "example.org", "scope": "Cluster", "names": names, "versions": [version]}
    meta = {"name": "widgets.example.org"}
    await kubernetes.apply(
        {"apiVersion": DEFINITION.api_version, "kind": DEFINITION.kind, "metadata": meta, "spec": spec}, force=True
    )
    await eventually(lambda: kubernetes.serves(widget))
    async with asyncio.timeout(30):
        await heard.wait()
    await kubernetes.apply({"apiVersion": "example.org/v1", "kind": "Widget", "metadata": {"name": "w"}})
    assert [each["metadata"]["name"] for each in await kubernetes.list(widget)] == ["w"]
    await _cancelled(watching)


async def readiness_is_said_address_by_address(server: Server) -> None:
    """ "" where the API server answers, a sentence where nobody does."""
    kubernetes = await connected(server)
    assert await kubernetes.ready(ADDRESS) == ""
    assert await kubernetes.ready(OTHER_ADDRESS) == f"https://{OTHER_ADDRESS}:6443 refuses the connection"


async def another_ca_is_refused_before_anything_is_sent(server: Server) -> None:
    """A kubeconfig of another CA; and a right kubeconfig where another cluster answers, also after the connection."""
    other = Authority("another")
    await _refused(KubernetesClient().connect(Secret(other.kubeconfig(SERVER)), identity(server.authority)))
    await _refused(KubernetesClient().connect(Secret(other.kubeconfig(SERVER)), identity(other)))
    late = await KubernetesClient().connect(Secret(other.kubeconfig(f"https://{OTHER_ADDRESS}:6443")), identity(other))
    late._session._client.configuration.host = SERVER
    for call in (late.apply(config_map("foreign", "1")), late.list(CONFIG_MAP), late.ready(ADDRESS), _first(late)):
        await _refused(call)
    kubernetes = await connected(server)
    assert await kubernetes.get(ObjectRef(CONFIG_MAP, "foreign", "default")) is None


async def an_api_that_is_away_is_transient(server: Server) -> None:
    """Connecting is possible: who answers later has to prove it then."""
    kubernetes = await connected(server, f"https://{OTHER_ADDRESS}:6443")
    for call in (kubernetes.list(CONFIG_MAP), kubernetes.serves(CONFIG_MAP), kubernetes.apply(config_map("a", "1"))):
        with pytest.raises(Transient, match="refuses the connection"):
            await call


async def a_watch_wakes_and_survives_a_killed_api(server: Server) -> None:
    """It wakes after a change; the API server is killed and comes back; it wakes after the next change."""
    kubernetes = await connected(server)
    heard = asyncio.Event()
    watching = asyncio.create_task(_hear(kubernetes, heard, CONFIG_MAP, NAMESPACE))
    await _woken(heard)
    await _quiet(heard)
    await kubernetes.apply(config_map("watched", "1"))
    await _woken(heard)
    server.kill()
    await asyncio.sleep(1)
    await asyncio.to_thread(server.start)
    await _woken(heard)
    await _quiet(heard)
    await kubernetes.apply(config_map("watched", "2"))
    await _woken(heard)
    await _cancelled(watching)


async def waiters_of_a_kind_share_one_thread(server: Server) -> None:
    """Ten gates wait for two kinds: two threads; each of the ten hears; none is left when they are cancelled."""
    kubernetes = await connected(server)
    before = _threads()
    heard = [asyncio.Event() for _ in range(10)]
    watching = [asyncio.create_task(_hear(kubernetes, each, CONFIG_MAP, NAMESPACE)) for each in heard]
    for each in heard:
        await _woken(each)
    assert _threads() - before == 2
    await _cancelled(*watching[:9])
    await _quiet(heard[9])
    await kubernetes.apply(config_map("shared", str(time.time())))
    await _woken(heard[9])
    began = time.monotonic()
    await _cancelled(watching[9])
    assert time.monotonic() - began < 5
    assert _threads() == before


async def a_cancelled_call_ends_at_once(server: Server) -> None:
    """While nobody answers: the peer takes the connection and is silent, or does not even take it."""
    with socket.create_server((OTHER_ADDRESS, 6443), backlog=0) as silent:
        before = _threads()
        fillers = [socket.socket() for _ in range(4)]  # fill the backlog: later connections are not taken
        kubernetes = await connected_lazily(server)
        for filling in ([], fillers):
            for each in filling:
                _begin(each, silent)
            task = asyncio.create_task(kubernetes.list(CONFIG_MAP))
            await asyncio.sleep(0.5)
            began = time.monotonic()
            await _cancelled(task)
            assert time.monotonic() - began < 2
            assert _threads() == before
        for each in fillers:
            each.close()


async def no_file_is_left(server: Server) -> None:
    """Neither keys nor a discovery cache: the client's own would be in the temporary folder."""
    kubernetes = await connected(server)
    await kubernetes.list(CONFIG_MAP)
    assert os.listdir(tempfile.gettempdir()) == []


async def connected_lazily(server: Server) -> Connection:
    """Without the proof at the beginning, which would wait for the silent peer."""
    from edges.kubernetes_access import access_of
    from edges.kubernetes_session import Session

    kubeconfig = Secret(server.authority.kubeconfig(f"https://{OTHER_ADDRESS}:6443"))
    return Connection(Session(access_of(kubeconfig, identity(server.authority))), 6443)


def _begin(sock: socket.socket, server: socket.socket) -> None:
    sock.setblocking(False)
    sock.connect_ex(server.getsockname())


def _threads() -> int:
    return sum(thread.name.endswith("worker") for thread in threading.enumerate())


async def _hear(kubernetes: Connection, heard: asyncio.Event, *kinds: Kind) -> None:
    async for _ in kubernetes.changes(*kinds):
        heard.set()


async def _first(kubernetes: Connection) -> object:
    async with aclosing(kubernetes.changes(CONFIG_MAP)) as changes:  # type: ignore[type-var]
        return await anext(changes)


async def _woken(heard: asyncio.Event) -> None:
    async with asyncio.timeout(30):
        await heard.wait()
    heard.clear()


async def _quiet(heard: asyncio.Event) -> None:
    """Wait until nothing is heard for a moment."""
    async with asyncio.timeout(60):
        while True:
            heard.clear()
            await asyncio.sleep(1.5)
            if not heard.is_set():
                return


async def _cancelled(*tasks: asyncio.Task[Any]) -> None:
    for task in tasks:
        task.cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(result, asyncio.CancelledError) for result in results), results


async def _refused(call: Awaitable[object]) -> None:
    with pytest.raises(Refused, match=r"another CA|not the vault's"):
        await call


SCENARIOS: tuple[Scenario, ...] = (
    what_is_applied_is_read,
    what_is_not_there_is_none,
    a_dry_run_leaves_nothing,
    secrets_are_revealed_on_the_wire_only,
    another_managers_field_is_a_conflict,
    what_cannot_be_is_permanent,
    a_definition_comes_to_be_served,
    readiness_is_said_address_by_address,
    another_ca_is_refused_before_anything_is_sent,
    an_api_that_is_away_is_transient,
    waiters_of_a_kind_share_one_thread,
    a_cancelled_call_ends_at_once,
    *LEASE_SCENARIOS,
    a_watch_wakes_and_survives_a_killed_api,
    no_file_is_left,
)


def main(folder: Path) -> dict[str, str]:
    server = Server(folder, Authority("kubernetes"))
    (folder / "tmp").mkdir()
    tempfile.tempdir = str(folder / "tmp")
    server.start()
    try:
        return {scenario.__name__: _outcome(scenario, server) for scenario in SCENARIOS}
    finally:
        server.stop()


def _outcome(scenario: Scenario, server: Server) -> str:
    try:
        asyncio.run(asyncio.wait_for(scenario(server), 100))
    except (Exception, pytest.fail.Exception):
        return traceback.format_exc()
    return ""


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]))))
