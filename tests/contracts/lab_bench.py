"""The lab as a bench: one lab for many contracts, held by a child process inside of it (tests.contracts.inside)."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.commands.desk import REPOSITORY, Desk, typed
from tests.contracts.bench import Bench
from tests.lab.whole.homelab import CLUSTER, lab_desk

BARE = "bare"
"""Asked instead of a contract's name: make the machines bare."""


@contextmanager
def lab_bench(folder: Path) -> Iterator[Bench]:
    """Brings a lab up, and down at the end."""
    with lab_desk(folder) as desk:
        up = desk.run("lab.up", *CLUSTER)
        assert up.code == 0, up.end_of_it
        bench = LabBench(desk, folder / "contracts.log")
        try:
            yield bench
        finally:
            bench.close()


class LabBench:
    """One child process; another one after it was given up. log: of all of them."""

    def __init__(self, desk: Desk, log: Path) -> None:
        self._desk, self._log = desk, log
        self._child: Child | None = None

    def hold(self, name: str) -> None:
        answer = self._ask(name)
        assert not answer["failure"], answer["failure"]

    def make_bare(self) -> None:
        """By the lab's fault of that name."""
        self._ask(BARE)

    def close(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.close()

    def _ask(self, name: str) -> dict[str, Any]:
        self._child = self._child or Child(self._desk, self._log)
        try:
            return self._child.ask(name)
        except BaseException:
            self.close()  # it is in the middle of something, or gone
            raise


class Child:
    """A process in the lab: told a contract's name on a line, it answers with one line of JSON."""

    def __init__(self, desk: Desk, log: Path) -> None:
        words = f"{sys.executable} -m tests.contracts.inside {desk.root} {desk.state / 'contracts'}"
        with log.open("a") as errors:
            self._process = subprocess.Popen(
                typed("lab.shell", *CLUSTER, "--run", f"cd {REPOSITORY} && exec {words}"),
                cwd=desk.root, env=desk.environ, text=True, start_new_session=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
            )  # fmt: skip
        self._log = log

    def ask(self, name: str) -> dict[str, Any]:
        """Waits for the answer. Raises AssertionError with its last words when the process ended instead."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(name, file=self._process.stdin, flush=True)
        line = self._process.stdout.readline()
        assert line, f"the process in the lab ended: {self._log.read_text()[-2000:]}"
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        """It ends when nobody can ask it any more."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(10)
