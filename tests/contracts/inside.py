"""Holds the lab to contracts, inside of it: `python -m tests.contracts.inside ROOT STATE`.

Reads names of contracts from its input, one a line, and answers each with a line of JSON: what failed ("" when the
contract was kept), and how long it took. Machines are made bare only where the contract wants them less far than they
are, and after one that was not kept. root: of the checkout that the lab was made from. state: folder for commands.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from bootstrap.clock import SystemClock
from edges.estate import estate_of
from edges.shell import Shell
from estate.workstation import Destruction
from inventory.load import load_cluster
from lab.supervisor.control import ask
from operations.lab import lab_of
from steps.site import Site
from tests.contracts.known import CONTRACTS, SPANS
from tests.contracts.lab_bench import BARE
from tests.contracts.life import Stage
from tree.read import read_tree

LONGEST_S = 240.0
"""What no contract takes on a busy machine, raising a cluster included."""


class Inside:
    """stage: how far the lab's cluster has come, as far as the contracts say."""

    def __init__(self, root: Path, state: Path) -> None:
        self._root, self._state = root, state
        self._cluster = load_cluster("main", root)
        self._tree = read_tree(self._cluster, root)
        self._stage = Stage.BARE

    def make_bare(self) -> None:
        ask(lab_of(self._cluster.name, self._root).place.socket, "fault", name="bare", arguments={})
        self._stage = Stage.BARE

    def hold(self, name: str) -> str:
        """What failed; "" when the contract was kept."""
        contract = CONTRACTS[name]
        span = SPANS[contract]
        if self._stage > span.until:
            self.make_bare()
        self._stage = span.after(self._stage)
        try:
            asyncio.run(self._held(name))
        except BaseException:  # whatever it is, pytest shall say it
            failure = traceback.format_exc()
            self.make_bare()
            return failure
        return ""

    async def _held(self, name: str) -> None:
        shell = Shell(self._state)
        estate = estate_of("lab", self._cluster, self._root, shell, _agrees)
        async with asyncio.timeout(LONGEST_S):
            await CONTRACTS[name](Site(self._cluster, self._tree, estate), SystemClock())


async def _agrees(_: str, __: Sequence[Destruction]) -> bool:
    return True


def main() -> None:
    root, state = Path(sys.argv[1]), Path(sys.argv[2])
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # nothing but answers goes there
    inside = Inside(root, state)
    with suppress(KeyboardInterrupt):
        for line in sys.stdin:
            began = time.monotonic()
            failure = "" if line.strip() == BARE else inside.hold(line.strip())
            if line.strip() == BARE:
                inside.make_bare()
            answer = {"name": line.strip(), "failure": failure, "seconds": round(time.monotonic() - began, 2)}
            print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
