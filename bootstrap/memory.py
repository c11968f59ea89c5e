"""What a run remembers of its cluster's present generation. It never replaces a look at the world."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Memory:
    """The journal's word on one generation.

    generation: number of the present life of the cluster's etcd; 0 before the first was opened.
    pins: facts that were fixed before a call, e.g. {"etcd_node": "k8s-1"}; they end with the generation.
    in_doubt: ids of steps whose last act has no known outcome in this generation.
    consents: what the operator agreed to destroy in this run, by the key of each item.
    """

    generation: int = 0
    pins: Mapping[str, str] = field(default_factory=dict)
    in_doubt: AbstractSet[str] = frozenset()
    consents: frozenset[str] = frozenset()
