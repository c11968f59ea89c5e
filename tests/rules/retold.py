"""`python -m tests.rules.retold N`: a digest of all entries of each of the first N seeds, to compare processes."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from hashlib import sha256

from bootstrap.events import Entry
from rehearsal.faults import faults_of
from tests.rules.whole import cluster_of, play


def entries_of(seed: int) -> tuple[Entry, ...]:
    """The whole journal of one rehearsed bootstrap with the faults of its seed."""
    scene = play(*faults_of(seed, cluster_of()), seed=seed)
    return scene.run(agrees=True, seed=seed).rehearsed.entries


def digests(seeds: Iterable[int]) -> list[str]:
    return [sha256(repr(entries_of(seed)).encode()).hexdigest() for seed in seeds]


if __name__ == "__main__":
    print("\n".join(digests(range(int(sys.argv[1])))))
