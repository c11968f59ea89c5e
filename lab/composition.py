"""What a lab is made of, put together: every service is made here and nowhere else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from lab.addresses import GIT
from lab.bare import bare
from lab.contents.contents import Contents
from lab.control_plane.control_planes import RealControlPlanes
from lab.credentials import AdminCredentials
from lab.facts import Facts
from lab.faults import FaultHandler, faults
from lab.services.connect import ConnectServer
from lab.services.git_repository import GitRepository, url_path
from lab.services.git_server import GitServer
from lab.services.loading import load
from lab.services.registry import Registry
from lab.services.time_server import TimeServer
from lab.services.vault import Vault
from lab.services.vault_socket import VaultSocket
from lab.supervisor.context import Handlers, LabContext
from lab.talos.machines import TalosMachines
from tree.read import read_tree

Handler = Callable[[Mapping[str, Any]], Awaitable[Mapping[str, Any]]]


@asynccontextmanager
async def compose(context: LabContext) -> AsyncIterator[Handlers]:
    """Start all services of a lab; stop them when the block ends. Yields what the control socket answers."""
    place, tools, cluster = context.place, context.tools, context.cluster
    tree = read_tree(cluster, context.root)
    vault = await Vault.generate(cluster, tree, context.root, tools.program("talosctl"))
    secrets, connect = VaultSocket(place, vault), ConnectServer(vault)
    await secrets.start()
    await connect.start()
    context.tell(f"a vault {cluster.secrets.vault} was made, behind op and Connect")
    time_server = TimeServer()
    await time_server.start()
    registry = Registry(place, context.programs, tools.program("registry"), context.web_ca.leaf)
    await registry.start()
    count = await load(registry, context.root, cluster.tree, tools.material, context.upstream)
    context.tell(f"the registry serves {count} charts as ghcr.io, quay.io and others")
    repository = GitRepository(place.data / "git" / "homelab.git", context.root, cluster.git.branch)
    commit = await repository.publish()
    git = GitServer(context.web_ca.leaf(["github.com"], [GIT]), {url_path(cluster.git.url): repository.folder})
    await git.start()
    context.tell(f"{cluster.git.url} has commit {commit[:12]} on {cluster.git.branch}")
    async with RealControlPlanes(place, context.programs, tools.program) as control_planes:
        credentials = AdminCredentials(control_planes, cluster, place.data / "admin.kubeconfig")
        contents = Contents(
            place,
            context.programs,
            tools.program,
            cluster,
            credentials.file,
            material=tools.material,
            web_ca=place.ca,
            name_host=context.hosts.add,
            static_pods=control_planes.static_pods,
            tell=Facts(place.facts).keep,
        )
        machines = TalosMachines(
            cluster, place, control_planes, contents, tools.material("talosctl"), tools.root / "talos-api"
        )
        await contents.start()
        await machines.start()
        context.tell(f"{len(cluster.nodes)} machines are on, in maintenance mode")
        try:
            anew = bare(cluster, place, machines, control_planes, contents)
            known = faults(machines, control_planes, contents, registry, git, secrets, anew)
            yield {"fault": FaultHandler(known).cause, "publish": _publish(repository)}
        finally:
            await machines.stop()
            await contents.close()
            await git.stop()
            await registry.stop()
            await connect.stop()
            await secrets.stop()
            await time_server.stop()


def _publish(repository: GitRepository) -> Handler:
    async def publish(_: Mapping[str, Any]) -> Mapping[str, Any]:
        """The branch is the checkout's HEAD from now on."""
        return {"commit": await repository.publish()}

    return publish
