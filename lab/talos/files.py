"""The folder of a machine's files that tells whether it holds etcd data, as `talosctl list` shows it.

Source: siderolabs/talos 1.11.5, List of internal/app/machined/internal/server/v1alpha1/v1alpha1_server.go.
"""

from __future__ import annotations

import stat
from collections.abc import AsyncIterator
from typing import Any

from grpclib.const import Status
from grpclib.exceptions import GRPCError

from lab.talos.call import Call

ETCD = "/var/lib/etcd"


async def listing(call: Call) -> AsyncIterator[Any]:
    """The folder itself, then what is in it. Raises GRPCError for a path that the machine does not have."""
    root = "/" + call.request.root.strip("/")
    if root != ETCD or not call.machine.control_plane:
        raise GRPCError(Status.UNKNOWN, f"lstat {root}: no such file or directory")
    ours = call.machine.ours  # the folder is there before there is a runtime for etcd
    begun = ours is not None and ours[0].etcd_begun(call.machine.name)
    for name in (".", "member") if begun else (".",):
        yield call.api.new(
            "machine.FileInfo",
            name=root if name == "." else f"{root}/{name}",
            relative_name=name,
            is_dir=True,
            mode=stat.S_IFDIR | 0o700,
            size=4096,
        )


CALLS = {"/machine.MachineService/List": listing}
"""Path -> what answers it."""
