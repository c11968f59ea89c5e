"""kwok (kwok.sigs.k8s.io) runs and ends the pods without a process, on the Nodes whose machines are on."""

from __future__ import annotations

from pathlib import Path

from lab.program import Program

LABEL = "lab.firstlight/kubelet"
"""Label of the Nodes whose machines are on, whose pods kwok plays."""

NAME = "kwok"


def kwok(program: Path, kubeconfig: Path) -> Program:
    """Leases are not its: the holder of a Node's lease is the node, and kwok may be restarted at any time."""
    stages = Path(__file__).with_name("stages.yaml")
    return Program(
        NAME,
        (
            str(program),
            f"--kubeconfig={kubeconfig}",
            f"--config={stages}",
            f"--manage-nodes-with-label-selector={LABEL}=running",
            "--node-lease-duration-seconds=0",
        ),
    )
