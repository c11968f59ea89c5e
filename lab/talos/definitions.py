"""The kinds of resources that a machine serves: talosctl reads these first, to resolve names and to lay out tables.

Source: siderolabs/talos 1.11.5, pkg/machinery/resources/*; aliases are made as in cosi-project/runtime, meta/spec.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Definition:
    """type: with its suffix. singular: as displayed. columns: (title, JSONPath) of the table.

    everywhere: also in maintenance mode. sensitive: for admins alone.
    """

    type: str
    singular: str
    namespace: str
    own_aliases: tuple[str, ...] = ()
    columns: tuple[tuple[str, str], ...] = ()
    sensitive: bool = False
    everywhere: bool = False

    @property
    def id(self) -> str:
        return self.type.lower()

    @property
    def aliases(self) -> tuple[str, ...]:
        capitals = "".join(letter for letter in self._plural if letter.isupper())
        short = (capitals.lower(),) if len(capitals) > 1 else ()
        plural = (f"{capitals.lower()}s",) if short and not capitals.endswith("S") else ()
        return (*self.own_aliases, self.singular.lower(), *short, *plural)

    @property
    def all_aliases(self) -> tuple[str, ...]:
        return (*self._dotted(), *self.aliases)

    @property
    def _plural(self) -> str:
        return self.type.partition(".")[0]

    def _dotted(self) -> Iterator[str]:
        parts = self.type.lower().split(".")
        for length in range(1, len(parts) - 1):
            yield ".".join(parts[:length])


DEFINITIONS = (
    Definition(
        "ResourceDefinitions.meta.cosi.dev", "ResourceDefinition", "meta", ("api-resources",),
        (("Aliases", "{.aliases[:]}"),), everywhere=True,
    ),
    Definition("Namespaces.meta.cosi.dev", "Namespace", "meta", ("ns",), (), everywhere=True),
    Definition(
        "MachineStatuses.runtime.talos.dev", "MachineStatus", "runtime", (),
        (("Stage", "{.stage}"), ("Ready", "{.status.ready}")), everywhere=True,
    ),
    Definition(
        "LinkStatuses.net.talos.dev", "LinkStatus", "network", ("link", "links"),
        (
            ("Type", "{.type}"), ("Kind", "{.kind}"), ("Hw Addr", "{.hardwareAddr}"),
            ("Oper State", "{.operationalState}"), ("Link State", "{.linkState}"),
        ), everywhere=True,
    ),
    Definition(
        "AddressStatuses.net.talos.dev", "AddressStatus", "network", ("address", "addresses"),
        (("Address", "{.address}"), ("Link", "{.linkName}")), everywhere=True,
    ),
    Definition(
        "HostnameStatuses.net.talos.dev", "HostnameStatus", "network", ("hostname",),
        (("Hostname", "{.hostname}"), ("Domainname", "{.domainname}")), everywhere=True,
    ),
    Definition(
        "Disks.block.talos.dev", "Disk", "runtime", (),
        (
            ("Size", "{.pretty_size}"), ("Read Only", "{.readonly}"), ("Transport", "{.transport}"),
            ("Rotational", "{.rotational}"), ("WWID", "{.wwid}"), ("Model", "{.model}"), ("Serial", "{.serial}"),
        ), everywhere=True,
    ),
    Definition(
        "DiscoveredVolumes.block.talos.dev", "DiscoveredVolume", "runtime", (),
        (
            ("Type", "{.type}"), ("Size", "{.pretty_size}"), ("Discovered", "{.name}"), ("Label", "{.label}"),
            ("PartitionLabel", "{.partition_label}"),
        ), everywhere=True,
    ),
    Definition(
        "SystemDisks.block.talos.dev", "SystemDisk", "runtime", (), (("Disk", "{.diskID}"),), everywhere=True
    ),
    Definition(
        "VolumeStatuses.block.talos.dev", "VolumeStatus", "runtime", (),
        (("Phase", "{.phase}"), ("Location", "{.location}"), ("Size", "{.prettySize}")), everywhere=True,
    ),
    Definition(
        "SystemInformations.hardware.talos.dev", "SystemInformation", "hardware", ("systeminformation",),
        (("Manufacturer", "{.manufacturer}"), ("ProductName", "{.productName}"), ("UUID", "{.uuid}")),
        everywhere=True,
    ),
    Definition(
        "TimeStatuses.v1alpha1.talos.dev", "TimeStatus", "runtime", (), (("Synced", "{.synced}"),), everywhere=True
    ),
    Definition(
        "Versions.runtime.talos.dev", "Version", "runtime", (), (("Version", "{.version}"),), everywhere=True
    ),
    Definition("Diagnostics.runtime.talos.dev", "Diagnostic", "runtime", (), (("Message", "{.message}"),)),
    Definition(
        "Services.v1alpha1.talos.dev", "Service", "runtime", ("svc",),
        (("Running", "{.running}"), ("Healthy", "{.healthy}"), ("Health Unknown", "{.unknown}")), everywhere=True,
    ),
    Definition(
        "Members.cluster.talos.dev", "Member", "cluster", (),
        (
            ("Hostname", "{.hostname}"), ("Machine Type", "{.machineType}"), ("OS", "{.operatingSystem}"),
            ("Addresses", "{.addresses}"),
        ),
    ),
    Definition(
        "Infos.cluster.talos.dev", "Info", "cluster", (),
        (("Cluster ID", "{.clusterId}"), ("Cluster Name", "{.clusterName}")),
    ),
    Definition("Nodenames.kubernetes.talos.dev", "Nodename", "k8s", (), (("Nodename", "{.nodename}"),)),
    Definition(
        "NodeStatuses.kubernetes.talos.dev", "NodeStatus", "k8s", (),
        (("Ready", "{.nodeReady}"), ("Unschedulable", "{.unschedulable}")),
    ),
    Definition(
        "StaticPodStatuses.kubernetes.talos.dev", "StaticPodStatus", "k8s", ("podstatus",),
        (("Ready", '{.conditions[?(@.type=="Ready")].status}'),),
    ),
    Definition("EtcdMembers.etcd.talos.dev", "EtcdMember", "etcd", (), (("Member ID", "{.memberID}"),)),
    Definition("MachineTypes.config.talos.dev", "MachineType", "config", (), (("Type", "{@}"),)),
    Definition("MachineConfigs.config.talos.dev", "MachineConfig", "config", (), (), sensitive=True, everywhere=True),
)  # fmt: skip

BY_ID = {definition.id: definition for definition in DEFINITIONS}
NAMESPACES = ("cluster", "config", "etcd", "hardware", "k8s", "meta", "network", "runtime")
