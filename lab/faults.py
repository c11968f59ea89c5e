"""What can befall a lab on request: `invoke lab.fault` and tests use the same names."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bootstrap.errors import Permanent
from lab.contents.contents import Contents
from lab.control_plane.control_planes import RealControlPlanes
from lab.services.git_server import GitServer
from lab.services.registry import Registry
from lab.services.vault_socket import VaultSocket
from lab.talos.machines import TalosMachines

Cause = Callable[..., Awaitable[None] | None]


def faults(
    machines: TalosMachines,
    control_planes: RealControlPlanes,
    contents: Contents,
    registry: Registry,
    git: GitServer,
    secrets: VaultSocket,
    bare: Cause,
) -> Mapping[str, Cause]:
    """Name -> what causes it. bare: see lab.bare. A cause's parameters are the words of `--set`, all of them text."""
    return {
        "node-off": machines.power_off,
        "node-on": machines.power_on,
        "replace-mac": machines.replace_mac,
        "put-data": machines.put_data,
        "foreign-node": machines.make_foreign,
        "lose-time-sync": machines.lose_time_sync,
        "restore-time-sync": machines.restore_time_sync,
        "kill-api-server": control_planes.kill_api_server,
        "stop-api-server": control_planes.stop_api_server,
        "start-api-server": control_planes.start_api_server,
        "kill-etcd": control_planes.kill_etcd,
        "registry-down": registry.stop,
        "registry-up": registry.start,
        "git-down": git.stop,
        "git-up": git.start,
        "slow-pulls": lambda seconds: contents.slow_pulls(float(seconds)),
        "failing-pulls": contents.failing_pulls,
        "pods-crash": contents.pods_crash,
        "heal-pods": contents.heal,
        "op-asks": secrets.ask_anew,
        "op-allows": secrets.ask_nobody,
        "bare": bare,
    }


class FaultHandler:
    """Answers the control socket's "fault"."""

    def __init__(self, known: Mapping[str, Cause]) -> None:
        self._known = known

    async def cause(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        """Raises Permanent for a fault or arguments that are unknown, with what is known."""
        name, arguments = str(asked.get("name")), dict(asked.get("arguments", {}))
        cause = self._known.get(name)
        if cause is None:
            raise Permanent(f"the lab knows no fault {name!r}", f"one of {', '.join(sorted(self._known))}")
        wanted = list(inspect.signature(cause).parameters)
        if set(arguments) != set(wanted):
            words = " ".join(f"--set {word}=..." for word in wanted) or "no --set"
            raise Permanent(f"{name} takes {', '.join(wanted) or 'no words'}", f"say it with {words}")
        try:
            done = cause(**arguments)
            if done is not None:
                await done
        except (KeyError, LookupError, ValueError) as error:
            raise Permanent(f"{name} cannot be: {error}", "see the lab's machines: invoke lab.status") from error
        return {"sentence": f"{name}{''.join(f' {key}={value}' for key, value in arguments.items())}: done"}
