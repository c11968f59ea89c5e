"""The whole lab begins anew: bare machines, no cluster, and an operator who has no credentials yet."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from inventory.model import Cluster
from lab.contents.contents import Contents
from lab.control_plane.control_planes import RealControlPlanes
from lab.place import LabPlace
from lab.talos.machines import TalosMachines


def bare(
    cluster: Cluster,
    place: LabPlace,
    machines: TalosMachines,
    control_planes: RealControlPlanes,
    contents: Contents,
) -> Callable[[], Awaitable[None]]:
    """What causes it. Nothing ends in order; registry, Git and vault stay as they are. Returns when all machines answer
    in maintenance mode."""

    async def cause() -> None:
        await control_planes.lose_all()
        await machines.switch_off()
        await control_planes.lose_all()  # what a machine had begun before its plug was pulled
        await contents.begin_anew()
        for file in (cluster.files.kubeconfig, cluster.files.talosconfig):
            place.of_home(str(file)).unlink(missing_ok=True)
        await machines.switch_on()

    return cause
