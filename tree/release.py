"""A Helm release of the bootstrap helmfiles, as a value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Release:
    """name, namespace, chart (e.g. oci://quay.io/cilium/charts/cilium), version, needs (as names of releases), and the
    helmfile (path relative to the root) and line that declare it. labels: as in the helmfile. version is "" for a chart
    of the repository itself. take_ownership: Helm adopts objects that exist already (`--take-ownership`)."""

    name: str
    namespace: str
    chart: str
    version: str
    needs: tuple[str, ...]
    helmfile: str
    line: int
    labels: tuple[tuple[str, str], ...] = ()
    take_ownership: bool = False
