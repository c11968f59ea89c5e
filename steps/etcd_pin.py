"""The pinned etcd node: where etcd was, or will be, bootstrapped in this generation (rule 1). Pure."""

from __future__ import annotations

from bootstrap.errors import Refused
from bootstrap.memory import Memory
from steps.site import Site

ETCD_NODE = "etcd_node"


def lost_pin(site: Site, memory: Memory) -> bool:
    """Whether the pinned node is not in the plan any more."""
    pinned = memory.pins.get(ETCD_NODE)
    return pinned is not None and pinned not in {node.name for node in site.control_planes}


def replacement_key(node: str) -> str:
    """The key of the operator's consent to begin etcd elsewhere than on `node`."""
    return f"replace-etcd-node:{node}"


def chosen_node(site: Site, memory: Memory) -> str:
    """The node that may be asked to begin etcd: the pinned one, else the control plane with the lowest address.

    Talos takes the lowest address too. Raises Refused when the pinned node is gone and its replacement was not
    agreed to.
    """
    pinned = memory.pins.get(ETCD_NODE)
    if pinned is not None and not lost_pin(site, memory):
        return pinned
    if pinned is not None and replacement_key(pinned) not in memory.consents:
        raise Refused(
            f"etcd was begun on {pinned}, which the plan does not have: the call may still take effect there",
            f"bring {pinned} back, or run the whole bootstrap without it and type the cluster's name when asked",
        )
    return site.control_planes[0].name
