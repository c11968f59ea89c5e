"""Rules of the contents that need no cluster: owners, free addresses, ranges of pools, statuses, repeated steps."""

from __future__ import annotations

import asyncio

import pytest

from lab.contents import pod as statuses
from lab.contents.addresses import free
from lab.contents.api import ApiError, Object
from lab.contents.load_balancers import between
from lab.contents.processes import workload_of
from lab.contents.repeat import repeat, together
from lab.contents.world import owner


def owned(kind: str, name: str, namespace: str = "kube-system", **labels: str) -> Object:
    """A pod of one container and one owner."""
    return {
        "metadata": {
            "name": f"{name}-x",
            "namespace": namespace,
            "uid": "1",
            "labels": labels,
            "ownerReferences": [{"kind": kind, "name": name}],
        },
        "spec": {"containers": [{"name": "main", "image": "image:1"}]},
    }


@pytest.mark.parametrize(
    ("pod", "expected"),
    [
        (owned("DaemonSet", "cilium"), ("kube-system", "DaemonSet", "cilium")),
        (owned("ReplicaSet", "web-5d9", **{"pod-template-hash": "5d9"}), ("kube-system", "Deployment", "web")),
        (owned("ReplicaSet", "alone"), ("kube-system", "ReplicaSet", "alone")),
        ({"metadata": {"name": "bare", "namespace": "default"}}, ("default", "Pod", "bare")),
    ],
)
def test_a_pods_workload(pod: Object, expected: tuple[str, str, str]) -> None:
    """A Deployment is found through its ReplicaSet; a pod without owner is its own."""
    assert owner(pod) == expected


def test_only_the_named_workloads_are_processes() -> None:
    """CoreDNS's Deployment is one; a DaemonSet of the same name, and the same name elsewhere, are not."""
    hashed = {"pod-template-hash": "1"}
    assert workload_of(owned("ReplicaSet", "coredns-1", **hashed)) is not None
    assert workload_of(owned("DaemonSet", "coredns")) is None
    assert workload_of(owned("ReplicaSet", "coredns-1", namespace="default", **hashed)) is None


def test_free_addresses() -> None:
    """The lowest address that nobody has; a full range is an error."""
    assert free("10.42.0.0/30", {""}) == "10.42.0.1"
    assert free("10.42.0.0/30", {"10.42.0.1"}) == "10.42.0.2"
    with pytest.raises(ValueError, match="no free address"):
        free("10.42.0.0/30", {"10.42.0.1", "10.42.0.2"})


@pytest.mark.parametrize(
    ("start", "stop", "taken", "expected"),
    [
        ("10.11.200.10", "10.11.200.12", set(), "10.11.200.10"),
        ("10.11.200.10", "10.11.200.12", {"10.11.200.10", "10.11.200.11"}, "10.11.200.12"),
        ("10.11.200.9", None, set(), "10.11.200.9"),
    ],
)
def test_a_pools_block_gives_all_of_its_addresses(start: str, stop: str | None, taken: set[str], expected: str) -> None:
    """A block from start to stop is used from its first address to its last, and a single address is one."""
    assert next(address for address in between(start, stop) if address not in taken) == expected


def test_a_pod_that_ran_stays_running_while_it_waits() -> None:
    """A crash does not take the phase back to Pending, and counts the restart; a new pod is Pending with none."""
    pod = owned("DaemonSet", "each")
    new = statuses.waiting(pod, statuses.PULLING, "ContainerCreating", host="10.11.0.11", address="10.42.0.1")
    assert (new["phase"], new["containerStatuses"][0]["restartCount"], new["podIP"]) == ("Pending", 0, "10.42.0.1")
    ran = {**pod, "status": statuses.running(pod, True, 2)}
    crashed = statuses.waiting(ran, statuses.CRASHING, "CrashLoopBackOff", host="10.11.0.11", again=1)
    assert (crashed["phase"], crashed["containerStatuses"][0]["restartCount"]) == ("Running", 3)
    ready = [entry["status"] for entry in crashed["conditions"] if entry["type"] == "Ready"]
    assert ready == ["False"]


def test_one_failure_does_not_keep_the_others() -> None:
    """Of many actions all are done; what is gone meanwhile gives way to what matters."""
    done = []

    async def act(number: int) -> None:
        if number == 1:
            raise ApiError(404, "gone")
        if number == 2:
            raise ConnectionError("no API")
        done.append(number)

    with pytest.raises(ConnectionError):
        asyncio.run(together([act(number) for number in range(5)]))
    assert done == [0, 3, 4]


def test_a_step_is_repeated_after_any_failure() -> None:
    """A step that fails, even by a mistake of its own, is run again when something changes."""
    seen: list[int] = []
    failures: list[Exception] = [ConnectionError("no API"), ApiError(500, "no"), KeyError("mistake")]

    async def scene() -> None:
        changed, ended = asyncio.Event(), asyncio.Event()

        async def step() -> float | None:
            seen.append(len(seen))
            changed.set()
            if failures:
                raise failures.pop()
            ended.set()
            return None

        task = asyncio.create_task(repeat(step, changed))
        async with asyncio.timeout(10):
            await ended.wait()
        task.cancel()

    asyncio.run(scene())
    assert len(seen) >= 4
