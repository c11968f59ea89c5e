"""The rules that never bend, checked against what really happened to the simulated world."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

from bootstrap.events import Entry, Pinned, RunStarted
from inventory.model import Cluster
from rehearsal.helm_port import version_key
from rehearsal.virtual_time import EPOCH
from rehearsal.world import World

Effect = dict[str, Any]
_OF_MACHINES = frozenset({"apply-config", "bootstrap-etcd"})
_OF_THE_CLUSTER = frozenset({"apply", "helm-sync", "helm-repair"})


def check(
    world: World,
    cluster: Cluster,
    entries: Sequence[Entry] = (),
    drift: Iterable[str] = (),
    taken_back: Iterable[str] = (),
) -> tuple[str, ...]:
    """Every broken rule as a sentence; () when all hold.

    entries: the journal, for rules that speak of it. drift: nodes of which the operator let the config be changed.
    taken_back: releases that the operator took back from Flux.
    """
    effects = world.effects
    return (
        *_one_etcd(world, effects),
        *_our_machines(world, cluster, effects),
        *_our_cluster(world, effects),
        *_agreed(world, effects),
        *_one_pki(effects),
        *_flux_keeps(effects, frozenset(taken_back)),
        *_nothing_lowered(effects),
        *_members_unchanged(effects, frozenset(drift)),
        *_pinned_first(effects, entries),
        *_one_run_at_a_time(entries),
        *_still_after_theft(effects, entries),
    )


def _of(effects: Iterable[Effect], *what: str) -> Iterator[Effect]:
    return (effect for effect in effects if effect["what"] in what)


def _one_etcd(world: World, effects: Sequence[Effect]) -> Iterator[str]:
    if len(world.etcds) > 1:
        held = {name: machine.etcd for name, machine in world.machines.items() if machine.etcd}
        yield f"rule 1: there are {len(world.etcds)} etcd clusters at once: {held}"
    asked = list(dict.fromkeys((effect["life"], effect["target"]) for effect in _of(effects, "bootstrap-etcd")))
    replaced = _consents(world)
    for (life, earlier), (same_life, later) in pairwise(asked):
        if life == same_life and f"replace-etcd-node:{earlier}" not in replaced:
            yield f"rule 1: etcd was begun on {earlier} and on {later}"


def _our_machines(world: World, cluster: Cluster, effects: Sequence[Effect]) -> Iterator[str]:
    macs = {node.name: node.mac for node in cluster.nodes}
    for effect in _of(effects, *_OF_MACHINES):
        name = effect["target"]
        if name not in macs:
            yield f"rule 2: {effect['what']} on {name}, which is not in the inventory"
        elif macs[name] not in effect["macs"]:
            yield f"rule 2: {effect['what']} on {name} with MAC {', '.join(effect['macs'])}, not {macs[name]}"
        elif world.machines[name].foreign:
            yield f"rule 2: {effect['what']} on {name}, which belongs to another cluster"


def _our_cluster(world: World, effects: Sequence[Effect]) -> Iterator[str]:
    ours = {machine.cluster_ca for machine in world.machines.values() if machine.serves_api}
    for effect in _of(effects, *_OF_THE_CLUSTER):
        if ours and effect["by"] not in ours:
            yield f"rule 2: {effect['what']} on {effect['target']} with credentials of another cluster"


def _consents(world: World) -> frozenset[str]:
    return frozenset(key for asked in world.asked if asked["agreed"] for key in asked["items"])


def _agreed(world: World, effects: Sequence[Effect]) -> Iterator[str]:
    for effect in _of(effects, "apply-config"):
        if effect["before"] != "maintenance" or effect["holds"] is None:
            continue
        before = [a for a in world.asked if a["agreed"] and a["at"] <= effect["at"]]
        wanted = f"install:{effect['target']}:"
        if not any(key.startswith(wanted) for asked in before for key in asked["items"]):
            yield f"rule 7: {effect['holds']} data on {effect['target']} was overwritten without consent"


def _one_pki(effects: Sequence[Effect]) -> Iterator[str]:
    known: dict[int, Any] = {}
    for effect in _of(effects, "apply-config"):
        if known.setdefault(effect["life"], effect["pki"]) != effect["pki"]:
            yield f"rule 8: {effect['target']} got another PKI than the nodes before it"


def _flux_keeps(effects: Sequence[Effect], taken_back: frozenset[str]) -> Iterator[str]:
    for effect in _of(effects, "helm-sync"):
        if effect["owner"] == "flux" and effect["target"].rpartition("/")[2] not in taken_back:
            yield f"rule 10: release {effect['target']} was synced although Flux owns it"


def _nothing_lowered(effects: Sequence[Effect]) -> Iterator[str]:
    for effect in _of(effects, "helm-sync"):
        if effect["before"] != "absent" and version_key(effect["detail"]) < version_key(effect["before"]):
            yield f"rule 13: release {effect['target']} was lowered from {effect['before']} to {effect['detail']}"


def _members_unchanged(effects: Sequence[Effect], drift: frozenset[str]) -> Iterator[str]:
    for effect in _of(effects, "apply-config"):
        name = effect["target"]
        if effect["before"] in ("booting", "running") and effect["detail"] != effect["had"] and name not in drift:
            yield f"rule 13: the machine config of {name} was changed while it was {effect['before']}"


def _pinned_first(effects: Sequence[Effect], entries: Sequence[Entry]) -> Iterator[str]:
    if not entries:
        return
    pins = [(entry.at - EPOCH, entry.event.value) for entry in entries if isinstance(entry.event, Pinned)]
    for effect in _of(effects, "bootstrap-etcd"):
        if not any(at <= effect["at"] + 1e-3 and value == effect["target"] for at, value in pins):
            yield f"rule 1: etcd was begun on {effect['target']} before that was pinned in the journal"


def _one_run_at_a_time(entries: Sequence[Entry]) -> Iterator[str]:
    last = 0
    for entry in entries:
        if isinstance(entry.event, RunStarted):
            if entry.event.fencing < last:
                yield f"rule 6: run {entry.run} began with fencing number {entry.event.fencing}, after {last}"
            last = entry.event.fencing


def _still_after_theft(effects: Sequence[Effect], entries: Sequence[Entry]) -> Iterator[str]:
    """An act that was on its way may end; what is begun later was begun without the lease."""
    begun = [entry.at - EPOCH for entry in entries if isinstance(entry.event, RunStarted)]
    for theft in _of(effects, "lease-stolen") if begun else ():
        next_run = min((at for at in begun if at >= theft["at"]), default=float("inf"))
        for effect in effects:
            if theft["at"] < effect["at"] < next_run:
                yield f"rule 6: {effect['what']} on {effect['target']} after the lease was lost"
