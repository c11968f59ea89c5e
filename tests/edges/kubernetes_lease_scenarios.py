"""What the lease in the cluster does with a real API server; run by kubernetes_scenarios.py."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from bootstrap.clock import SystemClock
from bootstrap.errors import LeaseLost, Refused, Transient
from bootstrap.leases.holder import Holder, this_process
from edges.kubernetes_client import Connection
from edges.leases_kubernetes import LEASE, KubernetesLease
from tests.edges.kubernetes_scenario import SERVER, Scenario, connected
from tests.edges.kubernetes_server import OTHER_ADDRESS, Server


async def only_one_run_holds_the_lease(server: Server) -> None:
    """The second is refused by name; a given-back one is free; the number grows with every holder."""
    first, second = lease(await connected(server), "ada"), lease(await connected(server), "ben")
    assert first.reach == "everyone"
    first.acquire()
    with pytest.raises(Refused, match=r"cluster main \(real\) is being worked on by ada on there"):
        second.acquire()
    first.renew()
    first.check()
    first.release()
    with pytest.raises(LeaseLost):
        first.check()
    second.acquire()
    assert second.fencing == first.fencing + 1
    second.release()


async def a_lease_that_ran_out_is_taken_over(server: Server) -> None:
    """By the API server's clock; the earlier holder then learns it, and never comes back."""
    first, second = lease(await connected(server), "ada", ttl_s=1.0), lease(await connected(server), "ben")
    first.acquire()
    await asyncio.sleep(2.5)
    second.acquire()
    with pytest.raises(LeaseLost, match="took over"):
        first.renew()
    first.release()
    second.renew()
    second.release()


async def of_two_that_take_over_one_succeeds(server: Server) -> None:
    """Both saw it free at the same moment: the API server takes one of the two replacements."""
    holders = [lease(await connected(server), name) for name in ("ada", "ben", "cleo", "dan")]

    def take(each: KubernetesLease) -> bool:
        try:
            each.acquire()
        except Refused:
            return False
        return True

    taken = await asyncio.gather(*(asyncio.to_thread(take, each) for each in holders))
    assert sum(taken) == 1
    for each in holders:
        each.release()


async def a_holder_whose_process_is_gone_is_replaced_at_once(server: Server) -> None:
    """On this computer it can be known; elsewhere the lease has to run out."""
    here = this_process()
    gone = KubernetesLease((await connected(server)).session, cluster="main", estate="real", clock=SystemClock(),
                           holder=replace(here, pid=2**22, started="1"))  # fmt: skip
    gone.acquire()
    next_one = KubernetesLease((await connected(server)).session, cluster="main", estate="real", clock=SystemClock())
    next_one.acquire()
    assert next_one.fencing == gone.fencing + 1
    next_one.release()


async def a_heartbeat_that_nobody_answers_is_transient(server: Server) -> None:
    """The lease still runs until its end; one that was deleted is lost."""
    kubernetes = await connected(server)
    held = lease(kubernetes, "ada")
    held.acquire()
    session: Any = kubernetes.session
    session._client.configuration.host = f"https://{OTHER_ADDRESS}:6443"
    with pytest.raises(Transient):
        held.renew()
    held.check()
    session._client.configuration.host = SERVER
    held.renew()
    session._discovery.find(LEASE.kind).delete(name=LEASE.name, namespace=LEASE.namespace)
    with pytest.raises(LeaseLost):
        held.renew()


async def a_lost_answer_does_not_lock_us_out(server: Server) -> None:
    """The object was written, and the answer never came: the next attempt knows its own hand."""
    kubernetes = await connected(server)
    held = lease(kubernetes, "ada")
    session: Any = kubernetes.session
    taken, lost = session._put, list[str]()

    def losing(manifest: Any, how: str) -> Any:
        answer = taken(manifest, how)
        if lost:
            return answer
        lost.append(how)
        raise Transient("the connection broke")

    session._put = losing
    held.acquire()
    assert lost
    held.renew()
    held.release()


def lease(kubernetes: Connection, who: str, ttl_s: float = 60.0) -> KubernetesLease:
    holder = Holder(who, "there", "", 1, "")
    return KubernetesLease(
        kubernetes.session, cluster="main", estate="real", clock=SystemClock(), holder=holder, ttl_s=ttl_s
    )


LEASE_SCENARIOS: tuple[Scenario, ...] = (
    only_one_run_holds_the_lease,
    a_lease_that_ran_out_is_taken_over,
    of_two_that_take_over_one_succeeds,
    a_holder_whose_process_is_gone_is_replaced_at_once,
    a_heartbeat_that_nobody_answers_is_transient,
    a_lost_answer_does_not_lock_us_out,
)
