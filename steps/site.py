"""The site: what all steps of one run are made from, and what they share so that it is fetched once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from functools import partial

from bootstrap.errors import Permanent, Refused
from bootstrap.secret import Secret
from estate.charts import Charts
from estate.estate import Estate
from estate.kubernetes import ClusterIdentity, Kind, Kubernetes, Manifest
from estate.machines import Machines
from inventory.model import Cluster, Node
from steps.identity import identity_of, kubeconfig_fingerprint
from steps.injected import injected
from steps.once import Once
from tree.reference import Reference, parsed
from tree.release import Release
from tree.tree import Tree

RESOURCES = "bootstrap/resources.yaml.j2"


@dataclass(frozen=True, slots=True)
class Options:
    """What the operator allowed beside the plain run.

    apply_drift: nodes whose machine config may be brought back to Git although they run (rule 13).
    take_back: releases that Flux owns and bootstrap may sync all the same (rule 10).
    """

    apply_drift: frozenset[str] = frozenset()
    take_back: frozenset[str] = frozenset()


class Site:
    """One cluster, its tree and its estate, for one run. nodes: those of the plan (without the absent ones);
    control_planes: those among them, lowest address first."""

    def __init__(
        self,
        cluster: Cluster,
        tree: Tree,
        estate: Estate,
        *,
        absent: tuple[str, ...] = (),
        options: Options | None = None,
    ) -> None:
        self.cluster, self.tree, self.estate, self.absent = cluster, tree, estate, absent
        self.options = options or Options()
        self.nodes: tuple[Node, ...] = tuple(node for node in cluster.nodes if node.name not in absent)
        self.control_planes = tuple(
            sorted((n for n in self.nodes if n.role == "control-plane"), key=lambda n: int(n.address))
        )
        self._secrets = Once(self._resolve_secrets)
        self._commit = Once(self._read_commit)
        self._talosconfig = Once(partial(self._inject, tree.talosconfig, "talos/talosconfig.j2"))
        self._resources = Once(partial(self._inject, tree.resources, RESOURCES))
        self._machines = Once(self._connect_machines)
        self._kubernetes = Once(self._connect_kubernetes)
        self._charts = Once(self._connect_charts)
        self._configs = {node.name: Once(partial(self._machine_config, node)) for node in self.nodes}
        self._crds = {release.name: Once(partial(self._render_crds, release)) for release in tree.crds}

    def node(self, name: str) -> Node:
        """A node of the plan by its name. Raises KeyError."""
        return {node.name: node for node in self.nodes}[name]

    async def commit(self) -> str:
        """The commit that is bootstrapped: HEAD when the run began."""
        return await self._commit.get()

    async def secrets(self) -> Mapping[Reference, Secret]:
        """Every reference of the tree and the inventory, resolved once a run."""
        return await self._secrets.get()

    async def identity(self) -> ClusterIdentity:
        """What the vault's PKI says about this cluster."""
        return identity_of(self.cluster.identity, await self.secrets())

    async def machines(self) -> Machines:
        """The machines, seen with the vault's own credentials."""
        return await self._machines.get()

    async def talosconfig(self) -> Secret:
        """The client configuration of this cluster's Talos API."""
        return await self._talosconfig.get()

    async def resources(self) -> Secret:
        """Namespaces and seed secrets, as YAML with secrets in place."""
        return await self._resources.get()

    async def machine_config(self, node: Node) -> Secret:
        """Base config and node patch, merged, with secrets in place."""
        return await self._configs[node.name].get()

    async def kubernetes(self) -> Kubernetes:
        """The API of this cluster; refused when its CA is not the vault's."""
        return await self._kubernetes.get()

    async def charts(self) -> Charts:
        """The bootstrap releases of this cluster."""
        return await self._charts.get()

    async def crds(self, release: str) -> tuple[Manifest, ...]:
        """CustomResourceDefinitions of one release of 00-crds.yaml."""
        return await self._crds[release].get()

    async def machine_changes(self, *nodes: Node) -> AsyncIterator[object]:
        """Yields whenever one of the nodes may have changed."""
        async for change in (await self.machines()).changes(nodes):
            yield change

    async def object_changes(self, *kinds: Kind) -> AsyncIterator[object]:
        """Yields whenever an object of one of the kinds may have changed."""
        async for change in (await self.kubernetes()).changes(*kinds):
            yield change

    def disconnect(self) -> None:
        """Connect anew at the next use, with the identity checked again (a new kubeconfig was fetched)."""
        self._kubernetes.forget()
        self._charts.forget()

    async def kubeconfig(self) -> Secret:
        """The kubeconfig where the inventory says. Raises Permanent when there is none, Refused for another CA."""
        found = await self.estate.workstation.read_private(self.cluster.files.kubeconfig)
        if found is None:
            raise Permanent(
                f"there is no kubeconfig at {self.cluster.files.kubeconfig}",
                "run the step kubeconfig_fetched before this one",
            )
        if kubeconfig_fingerprint(found) != (await self.identity()).ca_fingerprint:
            raise Refused(
                f"the CA in {self.cluster.files.kubeconfig} is not the vault's for {self.cluster.name}",
                "it is the kubeconfig of another cluster, or of an earlier PKI: move it away, then run again",
            )
        return found

    async def _resolve_secrets(self) -> Mapping[Reference, Secret]:
        identity = self.cluster.identity
        pki = {parsed(text) for text in (identity.cluster_id, identity.talos_ca, identity.kubernetes_ca)}
        return await self.estate.secrets.resolve(frozenset(self.tree.references) | pki)

    async def _read_commit(self) -> str:
        git = self.cluster.git
        return (await self.estate.git.state(self.tree.path, git.url, git.branch)).commit

    async def _inject(self, text: str, template: str) -> Secret:
        return injected(text, await self.secrets(), f"{self.tree.path}/{template}")

    async def _connect_machines(self) -> Machines:
        return await self.estate.talos.connect(await self.talosconfig())

    async def _machine_config(self, node: Node) -> Secret:
        values = await self.secrets()
        config, talos = self.tree.configs[node.name], f"{self.tree.path}/talos"
        base = injected(config.base, values, f"{talos}/machineconfig.yaml.j2")
        patch = injected(config.patch, values, f"{talos}/nodes/{node.name}.yaml.j2")
        return await self.estate.talos.merge(base, patch)

    async def _connect_kubernetes(self) -> Kubernetes:
        return await self.estate.kubernetes.connect(await self.kubeconfig(), await self.identity())

    async def _connect_charts(self) -> Charts:
        await self.kubernetes()  # who answers is verified before Helm is let near it
        return await self.estate.helm.connect(await self.kubeconfig())

    async def _render_crds(self, release: Release) -> tuple[Manifest, ...]:
        return await (await self.charts()).crds(release)
