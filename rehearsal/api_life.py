"""The Kubernetes API of the simulated world: static pods, the virtual address, and nodes that register."""

from __future__ import annotations

from rehearsal import objects, pods
from rehearsal.machine_record import MachineRecord
from rehearsal.objects import condition, new, put
from rehearsal.quorum import healthy
from rehearsal.world import Object, World

AGENT_NOT_READY = "node.cilium.io/agent-not-ready"


def api_server_up(world: World, name: str, life: int) -> None:
    """A control plane's kube-apiserver answers."""
    machine = world.machines[name]
    if machine.life != life or machine.serves_api:
        return
    machine.serves_api = True
    world.changed[f"machine:{name}"] = None
    if not world.vip_up:
        world.schedule(world.latency("vip", 1, 5), "vip_up")
    refresh_api(world)


def vip_up(world: World) -> None:
    """One control plane holds the virtual address. With the first API of a generation come its first objects."""
    world.vip_up = True
    if objects.find(world, objects.NAMESPACE, "kube-system") is None:
        for name in ("kube-system", "default", "kube-public", "kube-node-lease"):
            put(world, objects.NAMESPACE, new(objects.NAMESPACE, None, name, status={"phase": "Active"}))
    refresh_api(world)
    for machine in world.machines.values():
        if machine.runtime:
            kubelet_up(world, machine)


def refresh_api(world: World) -> None:
    """Whether the API can be reached at all: somebody serves it, etcd has a quorum, and it does not flap."""
    serving = [machine for machine in world.machines.values() if machine.serves_api]
    up = bool(serving) and world.vip_up and world.now >= world.api_down_until
    world.api_up = up and any(healthy(world, machine.etcd) for machine in serving)
    if not serving:
        world.vip_up = False


def api_flaps(world: World, for_s: float) -> None:
    """The API does not answer for some seconds."""
    world.api_down_until = max(world.api_down_until, world.now + for_s)
    refresh_api(world)
    world.schedule(for_s, "api_back")


def api_back(world: World) -> None:
    refresh_api(world)


def kubelet_up(world: World, machine: MachineRecord) -> None:
    """A kubelet runs; once there is an API, its node registers."""
    if world.vip_up:
        delay = world.latency(f"register/{machine.name}", 2, 10)
        world.schedule(delay, "node_registered", machine.name, machine.life)


def node_registered(world: World, name: str, life: int) -> None:
    """A new node has no network yet; one that is known has come back."""
    machine = world.machines[name]
    if machine.life != life or machine.registered_in == life:
        return
    if not world.api_up:
        world.schedule(5.0, "node_registered", name, life)
        return
    machine.registered_in = life
    if objects.find(world, objects.NODE, name) is None:
        put(world, objects.NODE, _node(world, machine))
        pods.node_added(world, name)
    else:
        pods.node_back(world, name)


def _node(world: World, machine: MachineRecord) -> Object:
    labels = {"kubernetes.io/hostname": machine.hostname or machine.name}
    taints = [
        {"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"},
        {"key": AGENT_NOT_READY, "effect": "NoSchedule"},
    ]
    if machine.control_plane:
        labels["node-role.kubernetes.io/control-plane"] = ""
        if any(other.kind == "worker" for other in world.machines.values()):
            taints.append({"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"})
    node = new(objects.NODE, None, machine.name, spec={"taints": taints})
    node["metadata"]["labels"] = labels
    node["status"] = {
        "addresses": [{"type": "InternalIP", "address": machine.address}],
        "nodeInfo": {"kubeletVersion": machine.extra.get("kubernetes", world.kubernetes_version)},
        "conditions": [
            condition(world, "Ready", "False", "KubeletNotReady", "cni plugin not initialized"),
            condition(world, "NetworkUnavailable", "True", "NoNetwork", "no CNI runs on this node"),
        ],
    }
    return node


def node_has_network(world: World, name: str) -> None:
    """Cilium's agent runs on a node: it is Ready, and its taints are gone."""
    machine = world.machines[name]
    node = objects.find(world, objects.NODE, name)
    if node is None or machine.phase != "running":
        return
    machine.node_ready = True
    world.changed[f"machine:{name}"] = None
    lost = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable", AGENT_NOT_READY)
    node["spec"]["taints"] = [taint for taint in node["spec"]["taints"] if taint["key"] not in lost]
    node["status"]["conditions"] = [
        condition(world, "Ready", "True", "KubeletReady", "kubelet is posting ready status"),
        condition(world, "NetworkUnavailable", "False", "CiliumIsUp", "Cilium is running on this node"),
    ]
    objects.touch(world, objects.NODE, node)
    pods.node_ready(world, name)


def node_lost(world: World, name: str, life: int) -> None:
    """The node controller has heard nothing from a kubelet for its grace time."""
    machine = world.machines[name]
    if machine.life != life or machine.runtime:
        return
    machine.node_ready = False
    node = objects.find(world, objects.NODE, name)
    if node is not None:
        node["spec"]["taints"] = [
            *node["spec"]["taints"],
            {"key": "node.kubernetes.io/unreachable", "effect": "NoExecute"},
        ]
        node["status"]["conditions"] = [
            condition(world, "Ready", "Unknown", "NodeStatusUnknown", "Kubelet stopped posting node status."),
            condition(world, "NetworkUnavailable", "False", "CiliumIsUp", "Cilium is running on this node"),
        ]
        objects.touch(world, objects.NODE, node)
        pods.node_gone(world, name)
