"""Pods: scheduled, pulled, ready, lost with their node. They make their workload's status, and their node's."""

from __future__ import annotations

from rehearsal import objects
from rehearsal.objects import DAEMON_SET, POD, condition
from rehearsal.pulls import pull
from rehearsal.world import Object, World

EACH, ALL = "rehearsal.firstlight/each-ready", "rehearsal.firstlight/all-ready"
_TAINT = "node-role.kubernetes.io/control-plane"


def set_counts(workload: Object, total: int, ready: int) -> None:
    """The counters of a DaemonSet's or a Deployment's status."""
    status = workload["status"]
    status["observedGeneration"] = workload["metadata"]["generation"]
    if workload["kind"] == "DaemonSet":
        status["desiredNumberScheduled"] = status["currentNumberScheduled"] = total
        status["updatedNumberScheduled"] = total
        status["numberReady"] = status["numberAvailable"] = ready
    else:
        status["replicas"] = status["updatedReplicas"] = total
        status["readyReplicas"] = status["availableReplicas"] = ready


def counts(workload: Object) -> tuple[int, int]:
    """(wanted, ready), as set by `set_counts`."""
    status = workload["status"]
    if workload["kind"] == "DaemonSet":
        return status.get("desiredNumberScheduled", 0), status.get("numberReady", 0)
    return status.get("replicas", 0), status.get("readyReplicas", 0)


def choose(world: World, workload: Object, index: int) -> str:
    """The node for a Deployment's pod, "" when none fits."""
    spec = workload["spec"]["template"]["spec"]
    fitting = [
        name
        for name, node in world.objects.get(objects.NODE, {}).items()
        if (spec["hostNetwork"] or world.machines[name].node_ready)
        and (spec["tolerations"] or not any(taint["key"] == _TAINT for taint in node["spec"]["taints"]))
    ]
    return fitting[index % len(fitting)] if fitting else ""


def create(world: World, kind: str, workload: Object, node: str) -> None:
    """A pod of a workload, on a node or (node "") not scheduled yet."""
    world.serial += 1
    meta, template = workload["metadata"], workload["spec"]["template"]
    name = f"{meta['name']}-{world.serial:05x}"
    pod = objects.new(POD, meta["namespace"], name)
    pod["metadata"]["labels"] = template["metadata"]["labels"]
    pod["metadata"]["ownerReferences"] = [{"kind": workload["kind"], "name": meta["name"]}]
    pod["spec"] = {"nodeName": node, "hostNetwork": template["spec"]["hostNetwork"]}
    pod["status"] = {"phase": "Pending", "conditions": []}
    objects.put(world, POD, pod)
    if node:
        _schedule(world, pod, template["spec"]["containers"][0]["image"])
    else:
        message = f"0/{len(world.machines)} nodes are available"
        pod["status"]["conditions"] = [condition(world, "PodScheduled", "False", "Unschedulable", message)]


def _schedule(world: World, pod: Object, image: str) -> None:
    pod["status"]["conditions"] = [condition(world, "PodScheduled", "True", "Scheduled")]
    pod["status"]["containerStatuses"] = [
        {
            "name": pod["metadata"]["ownerReferences"][0]["name"],
            "image": image,
            "imageID": "",
            "ready": False,
            "restartCount": 0,
            "state": {"waiting": {"reason": "ContainerCreating"}},
        }
    ]
    if pod["spec"]["hostNetwork"] or world.machines[pod["spec"]["nodeName"]].node_ready:
        _start(world, pod)


def _start(world: World, pod: Object) -> None:
    delay, failure = pull(world, pod["spec"]["nodeName"], pod["status"]["containerStatuses"][0]["image"])
    transition = "pod_pull_failed" if failure else "pod_ready"
    world.schedule(delay, transition, objects.name_of(pod), pod["metadata"]["uid"])


def pod_pull_failed(world: World, name: str, uid: str) -> None:
    """The image cannot be had: the kubelet says so, and tries again."""
    pod = _present(world, name, uid)
    if pod is not None:
        waiting = {"reason": "ImagePullBackOff", "message": "Back-off pulling image"}
        pod["status"]["containerStatuses"][0]["state"] = {"waiting": waiting}
        objects.touch(world, POD, pod)
        _start(world, pod)


def pod_ready(world: World, name: str, uid: str) -> None:
    """Its container runs and is ready."""
    pod = _present(world, name, uid)
    if pod is None or pod["status"]["phase"] == "Running" or not world.machines[pod["spec"]["nodeName"]].runtime:
        return
    container = pod["status"]["containerStatuses"][0]
    container["imageID"], container["ready"] = f"{container['image']}@pulled", True
    container["state"] = {"running": {"startedAt": world.stamp()}}
    pod["status"]["phase"] = "Running"
    pod["status"]["podIP"] = f"10.42.0.{world.serial % 250 + 2}"
    pod["status"]["conditions"] = [
        condition(world, "PodScheduled", "True", "Scheduled"),
        condition(world, "Ready", "True", "ContainersReady"),
    ]
    objects.touch(world, POD, pod)
    _count(world, pod, 1)


def _present(world: World, name: str, uid: str) -> Object | None:
    pod = objects.find(world, POD, name)
    return pod if pod is not None and pod["metadata"]["uid"] == uid else None


def _owner(world: World, pod: Object) -> tuple[str, Object | None]:
    owner = pod["metadata"]["ownerReferences"][0]
    kind = f"apps/v1/{owner['kind']}"
    return kind, objects.find(world, kind, f"{pod['metadata']['namespace']}/{owner['name']}")


def _count(world: World, pod: Object, change: int) -> None:
    kind, workload = _owner(world, pod)
    if workload is None:
        return
    total, ready = counts(workload)
    set_counts(workload, total, ready + change)
    if kind != DAEMON_SET:
        complete = ready + change >= total
        workload["status"]["conditions"] = [
            condition(world, "Available", "True" if complete else "False", "MinimumReplicasAvailable"),
            condition(world, "Progressing", "True", "NewReplicaSetAvailable" if complete else "ReplicaSetUpdated"),
        ]
    objects.touch(world, kind, workload)
    if change > 0:
        _follow(world, workload, pod, ready + change >= total)


def _follow(world: World, workload: Object, pod: Object, complete: bool) -> None:
    annotations = workload["metadata"].get("annotations", {})
    if each := annotations.get(EACH):
        delay = world.latency(f"{each}/{pod['spec']['nodeName']}", 0.5, 3)
        world.schedule(delay, each, objects.name_of(workload), pod["spec"]["nodeName"])
    if complete and (last := annotations.get(ALL)):
        world.schedule(world.latency(f"{last}/{workload['metadata']['name']}", 1, 5), last, objects.name_of(workload))


def node_added(world: World, node: str) -> None:
    """A new node: every DaemonSet wants a pod on it."""
    for workload in world.objects.get(DAEMON_SET, {}).values():
        if workload["status"]:
            total, ready = counts(workload)
            set_counts(workload, total + 1, ready)
            create(world, DAEMON_SET, workload, node)
            objects.touch(world, DAEMON_SET, workload)
    _place_waiting(world)


def node_ready(world: World, node: str) -> None:
    """Pods that waited for this node's network start; pods that fitted nowhere are scheduled."""
    for pod in world.objects.get(POD, {}).values():
        if pod["spec"]["nodeName"] == node and not pod["spec"]["hostNetwork"] and pod["status"]["phase"] == "Pending":
            _start(world, pod)
    _place_waiting(world)


def _place_waiting(world: World) -> None:
    waiting = [pod for pod in world.objects.get(POD, {}).values() if not pod["spec"]["nodeName"]]
    for index, pod in enumerate(waiting):
        _, workload = _owner(world, pod)
        node = choose(world, workload, index) if workload is not None else ""
        if workload is not None and node:
            pod["spec"]["nodeName"] = node
            _schedule(world, pod, workload["spec"]["template"]["spec"]["containers"][0]["image"])
            objects.touch(world, POD, pod)


def node_gone(world: World, node: str) -> None:
    """The node is lost: its pods are not ready, and a Deployment's are replaced elsewhere."""
    for pod in _on(world, node):
        kind, workload = _owner(world, pod)
        _stop(world, pod)
        if workload is not None and kind != DAEMON_SET:
            objects.remove(world, POD, objects.name_of(pod))
            create(world, kind, workload, choose(world, workload, world.serial))


def node_back(world: World, node: str) -> None:
    """A kubelet answers again after its machine was off: it starts its pods anew, and those of the CNI first."""
    has_network = world.machines[node].node_ready
    for pod in _on(world, node):
        if not has_network:
            _stop(world, pod)
        if pod["status"]["phase"] == "Pending" and (has_network or pod["spec"]["hostNetwork"]):
            _start(world, pod)


def _on(world: World, node: str) -> list[Object]:
    return [pod for pod in world.objects.get(POD, {}).values() if pod["spec"]["nodeName"] == node]


def _stop(world: World, pod: Object) -> None:
    was_ready = pod["status"]["phase"] == "Running"
    container = pod["status"]["containerStatuses"][0]
    container["ready"], container["state"] = False, {"waiting": {"reason": "ContainerCreating"}}
    pod["status"]["phase"] = "Pending"
    pod["status"]["conditions"] = [
        condition(world, "PodScheduled", "True", "Scheduled"),
        condition(world, "Ready", "False", "ContainersNotReady"),
    ]
    objects.touch(world, POD, pod)
    if was_ready:
        _count(world, pod, -1)
