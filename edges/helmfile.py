"""Helm by the `helmfile` and `helm` commands."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bootstrap.secret import Secret
from edges.helm_charts import HelmCharts, Programs
from edges.shell import Shell


@dataclass(frozen=True, slots=True)
class Helmfile:
    """root: of the repository, which the helmfiles' paths are relative to. The rest: commands by name or path."""

    shell: Shell
    root: Path
    helm: str = "helm"
    helmfile: str = "helmfile"
    kubectl: str = "kubectl"

    async def connect(self, kubeconfig: Secret) -> HelmCharts:
        """Nothing is dialled yet. The kubeconfig's cluster must be verified already."""
        return HelmCharts(self.shell, self.root, kubeconfig, Programs(self.helm, self.helmfile, self.kubectl))
