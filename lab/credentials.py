"""The lab's own way into its cluster, for what it plays there."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from pathlib import Path

import yaml

from inventory.model import Cluster
from lab.ports import ControlPlanes

_PAUSE_S = 0.2


class AdminCredentials:
    """path: where the kubeconfig is written, 0600."""

    def __init__(self, control_planes: ControlPlanes, cluster: Cluster, path: Path) -> None:
        self._control_planes, self._cluster, self._path = control_planes, cluster, path

    async def file(self) -> Path:
        """Waits until etcd was begun on a machine that is on. Written anew when the cluster's CA is another one."""
        while (text := self._kubeconfig()) is None:  # noqa: ASYNC110 - a machine begins it, by a call of its own
            await asyncio.sleep(_PAUSE_S)
        if not self._path.exists() or _ca(self._path.read_text()) != _ca(text):
            with os.fdopen(os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                file.write(text)
        return self._path

    def _kubeconfig(self) -> str | None:
        for node in self._cluster.control_planes:
            if self._control_planes.etcd_begun(node.name):
                with suppress(LookupError):  # it is off
                    return self._control_planes.kubeconfig(node.name)
        return None


def _ca(kubeconfig: str) -> object:
    return yaml.safe_load(kubeconfig)["clusters"][0]["cluster"]["certificate-authority-data"]
