"""The estate of real edges: the homelab's, and the lab's, which differ in where they are dialled alone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from edges.connect import Connect
from edges.git_cli import GitCli
from edges.helmfile import Helmfile
from edges.kubernetes_client import KubernetesClient
from edges.op_cli import OpCli, to_terminal
from edges.shell import Shell
from edges.talosctl import TalosCtl
from edges.workstation import LocalWorkstation
from edges.workstation_tools import wanted_tools
from estate.estate import Estate
from estate.secrets import SecretSource
from estate.workstation import Destruction
from inventory.model import Cluster

Confirm = Callable[[str, Sequence[Destruction]], Awaitable[bool]]


def estate_of(
    name: str, cluster: Cluster, root: Path, shell: Shell, confirm: Confirm, prompt: Callable[[str], None] = to_terminal
) -> Estate:
    """name: real or lab. root: of the repository. confirm: the operator's answer when something would be destroyed.
    prompt: shows what `op` asks the operator.
    """
    return Estate(
        name=name,
        talos=TalosCtl(shell),
        kubernetes=KubernetesClient(),
        helm=Helmfile(shell, root),
        git=GitCli(shell, root),
        secrets=secret_source(cluster, shell, prompt),
        workstation=LocalWorkstation(
            shell=shell,
            home=Path.home(),
            wanted=wanted_tools(cluster.talos.version),
            confirm_by=confirm,
            time_servers=tuple(str(server) for server in cluster.network.time_servers),
        ),
    )


def secret_source(cluster: Cluster, shell: Shell, prompt: Callable[[str], None] = to_terminal) -> SecretSource:
    """Where the inventory says that the values are."""
    if cluster.secrets.connect_url is None:
        return OpCli(prompt, log=shell.log)
    network = cluster.network
    return Connect(
        url=cluster.secrets.connect_url,
        addresses=(str(cluster.endpoint.vip), *(str(node.address) for node in cluster.nodes)),
        networks=(str(network.pods), str(network.services)),
        names=(cluster.endpoint.name,),
    )
