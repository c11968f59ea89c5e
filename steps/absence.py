"""Going without nodes: which nodes the plan has when some are dead, never below the quorum of control planes."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from bootstrap.errors import Refused
from inventory.model import Cluster
from inventory.problem import BadInput, Problem


def absent_nodes(cluster: Cluster, names: Sequence[str]) -> tuple[str, ...]:
    """The absent nodes, in the inventory's order.

    Raises BadInput for an unknown name, Refused when fewer control planes would be left than a quorum of the
    inventory's.
    """
    known = [node.name for node in cluster.nodes]
    problems = [_unknown(name, known) for name in names if name not in known]
    if problems:
        raise BadInput(problems)
    left = [node for node in cluster.control_planes if node.name not in names]
    quorum = len(cluster.control_planes) // 2 + 1
    if len(left) < quorum:
        raise Refused(
            f"without {', '.join(names)} there are {len(left)} of {len(cluster.control_planes)} control planes; "
            f"etcd needs {quorum} of them",
            "bring one of them back, or change the inventory if the cluster is to be smaller from now on",
        )
    return tuple(name for name in known if name in names)


def _unknown(name: str, known: Sequence[str]) -> Problem:
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]}?" if near else ""
    return Problem("--without", f"there is no node {name!r}", f"one of {', '.join(known)}", hint)
