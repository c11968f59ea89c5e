"""The resources of a machine, kind by kind, with the keys that talosctl prints."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from lab.talos.call import Call
from lab.talos.definitions import DEFINITIONS, NAMESPACES, Definition
from lab.talos.facts import Facts
from lab.talos.resource import Resource, YamlText, resource
from lab.talos.resources_of_hardware import HARDWARE, node_id

_Found = Sequence[tuple[str, Any]] | Sequence[tuple[str, Any, bytes]]


async def found_of(definition: Definition, call: Call) -> tuple[Resource, ...]:
    """All resources of one kind that the machine has now."""
    if not definition.everywhere and not call.machine.configured:
        return ()
    hardware = HARDWARE.get(definition.type)
    rows: _Found = hardware(call) if hardware else await _OTHERS[definition.type](call)
    return tuple(resource(definition.type, definition.namespace, id, spec, *proto) for id, spec, *proto in rows)


async def _definitions(call: Call) -> _Found:
    return [(definition.id, _definition(definition), _typed(call, definition)) for definition in DEFINITIONS]


def _definition(definition: Definition) -> dict[str, Any]:
    return {
        "type": definition.type,
        "displayType": definition.singular,
        "defaultNamespace": definition.namespace,
        "aliases": list(definition.aliases),
        "allAliases": list(definition.all_aliases),
        "printColumns": [{"name": name, "jsonPath": path} for name, path in definition.columns],
        **({"sensitivity": "sensitive"} if definition.sensitive else {}),
    }


def _typed(call: Call, definition: Definition) -> bytes:
    spec = call.api.new(
        "cosi.resource.ResourceDefinitionSpec",
        resource_type=definition.type,
        display_type=definition.singular,
        default_namespace=definition.namespace,
        aliases=definition.aliases,
        all_aliases=definition.all_aliases,
        print_columns=[{"name": name, "json_path": path} for name, path in definition.columns],
        sensitivity=int(definition.sensitive),
    )
    return bytes(spec.SerializeToString())


async def _namespaces(call: Call) -> _Found:
    return [(name, {"description": ""}) for name in NAMESPACES]


async def _machine_status(call: Call) -> _Found:
    unmet = [{"name": name, "reason": reason} for name, reason in await call.machine.unmet()]
    status = {"ready": not unmet, "unmetConditions": unmet}
    stage = str(call.machine.stage)
    typed = call.api.new(
        "cosi.resource.MachineStatusSpec",
        stage=stage.upper().replace(" ", "_"),
        status={"ready": not unmet, "unmet_conditions": unmet},
    )
    return [("machine", {"stage": stage, "status": status}, typed.SerializeToString())]


async def _time_status(call: Call) -> _Found:
    return [("node", {"synced": call.machine.time_synced, "epoch": 1, "syncDisabled": False})]


async def _services(call: Call) -> _Found:
    await call.machine.look()
    return [
        (
            service.id,
            {
                "running": service.state == "Running",
                "healthy": service.healthy is True,
                "unknown": service.healthy is None,
            },
        )
        for service in sorted(call.machine.services.all.values(), key=lambda service: service.id)
        if service.state == "Running"
    ]


async def _members(call: Call) -> _Found:
    """Members of the same cluster that run: what discovery knows."""
    own = call.machine.config
    return [
        (machine.hostname, _member(call, machine.name))
        for machine in sorted(call.machines.values(), key=lambda machine: machine.name)
        if own and machine.configured and machine.config and machine.config.cluster_id == own.cluster_id
    ]


def _member(call: Call, name: str) -> dict[str, Any]:
    machine = call.machines[name]
    port = {"controlPlane": {"port": 6443}} if machine.control_plane else {}
    return {
        "nodeId": node_id(name),
        "addresses": [machine.address],
        "hostname": machine.hostname,
        "machineType": "controlplane" if machine.control_plane else "worker",
        "operatingSystem": f"Talos ({machine.disk.talos_version})",
        **port,
    }


async def _cluster_info(call: Call) -> _Found:
    config = call.machine.config
    return [("current", {"clusterId": config.cluster_id, "clusterName": config.cluster_name})] if config else []


async def _nodename(call: Call) -> _Found:
    name = call.machine.hostname
    return [("nodename", {"nodename": name, "hostnameVersion": "1", "skipNodeRegistration": False})]


async def _node_status(call: Call) -> _Found:
    facts = await call.machine.look()
    if not facts.registered:
        return []
    name = call.machine.hostname
    labels = dict(call.machine.config.node_labels) if call.machine.config else {}
    spec = {"nodename": name, "nodeReady": facts.node_ready, "unschedulable": False}
    return [(name, {**spec, "labels": labels, "annotations": {}})]


async def _static_pods(call: Call) -> _Found:
    facts = await call.machine.look()
    return [_static_pod(call, facts, index) for index in range(len(facts.static_pods))]


def _static_pod(call: Call, facts: Facts, index: int) -> tuple[str, Any, bytes]:
    pod = facts.static_pods[index]
    conditions = [{"type": "Ready", "status": "True" if pod.ready else "False"}]
    spec = {"phase": "Running", "conditions": conditions, "hostIP": call.machine.address}
    typed = call.api.new("cosi.resource.StaticPodStatusSpec")
    typed.pod_status.CopyFrom(call.api.from_json("google.protobuf.Struct", json.dumps(spec)))
    return f"kube-system/{pod.name}-{call.machine.hostname}", spec, typed.SerializeToString()


async def _etcd_member(call: Call) -> _Found:
    facts = await call.machine.look()
    return [("local", {"memberID": f"{facts.etcd_member:016x}"})] if facts.etcd_member else []


async def _machine_type(call: Call) -> _Found:
    return [("machine-type", "controlplane" if call.machine.control_plane else "worker")]


async def _version(call: Call) -> _Found:
    return [("version", {"version": call.machine.disk.talos_version})]


async def _machine_config(call: Call) -> _Found:
    config = call.machine.config
    return [(id, YamlText(config.text)) for id in ("persistent", "v1alpha1")] if config else []


async def _none(call: Call) -> _Found:
    return []


_OTHERS: dict[str, Callable[[Call], Awaitable[_Found]]] = {
    "ResourceDefinitions.meta.cosi.dev": _definitions,
    "Namespaces.meta.cosi.dev": _namespaces,
    "MachineStatuses.runtime.talos.dev": _machine_status,
    "TimeStatuses.v1alpha1.talos.dev": _time_status,
    "Services.v1alpha1.talos.dev": _services,
    "Versions.runtime.talos.dev": _version,
    "Diagnostics.runtime.talos.dev": _none,
    "Members.cluster.talos.dev": _members,
    "Infos.cluster.talos.dev": _cluster_info,
    "Nodenames.kubernetes.talos.dev": _nodename,
    "NodeStatuses.kubernetes.talos.dev": _node_status,
    "StaticPodStatuses.kubernetes.talos.dev": _static_pods,
    "EtcdMembers.etcd.talos.dev": _etcd_member,
    "MachineTypes.config.talos.dev": _machine_type,
    "MachineConfigs.config.talos.dev": _machine_config,
}
