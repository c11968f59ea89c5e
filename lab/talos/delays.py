"""How long what a machine does by itself takes, in seconds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Delays:
    """leave: the port still answers so long after a config was accepted. install: writing Talos to the disk.

    restart: from the end of one boot to the API of the next. time, runtime, kubelet: within the boot, one after the
    other, until the clock is in sync, the container runtime is up and the kubelet serves. try_s: how long a config of
    mode `try` stays when the call says nothing. sync_wait: how long a bootstrap call waits for the clock. look: how
    old a fact about etcd or Kubernetes may be.
    """

    leave: float = 0.3
    install: float = 1.5
    restart: float = 1.5
    time: float = 0.5
    runtime: float = 0.5
    kubelet: float = 0.5
    try_s: float = 60.0
    sync_wait: float = 5.0
    look: float = 0.1


AT_ONCE = Delays(
    leave=0.05, install=0.02, restart=0.02, time=0.02, runtime=0.02, kubelet=0.02, sync_wait=0.1, look=0.02
)
"""For tests."""
