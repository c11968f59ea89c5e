"""The estate: all ports of one outside world, handed to the steps as one value."""

from __future__ import annotations

from dataclasses import dataclass

from estate.charts import Helm
from estate.git import Git
from estate.kubernetes import KubernetesApi
from estate.machines import Talos
from estate.secrets import SecretSource
from estate.workstation import Workstation


@dataclass(frozen=True, slots=True)
class Estate:
    """name: real, lab or rehearsal."""

    name: str
    talos: Talos
    kubernetes: KubernetesApi
    helm: Helm
    git: Git
    secrets: SecretSource
    workstation: Workstation
