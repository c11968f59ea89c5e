"""The stage of real edges in real time: the lab's."""

from __future__ import annotations

import asyncio
import sys

from bootstrap.clock import SystemClock
from edges.estate import estate_of
from edges.leftovers import end_leftovers
from edges.shell import Shell
from operations.command_log import keep_commands
from operations.operator import Operator
from operations.prepared import Prepared
from operations.stage import Stage


def open_live(prepared: Prepared, operator: Operator, *, writing: bool) -> Stage:
    """The edges of a prepared command. writing: the command holds the lease; what a killed one left behind is ended."""
    places = prepared.places
    state_dir = places.folder / "commands"
    state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    if writing and (ended := end_leftovers(state_dir)):
        print(f"ended what an earlier run had left running: {', '.join(ended)}", file=sys.stderr)
    shell = Shell(state_dir, log=keep_commands(places.folder / "commands.log"))
    estate = estate_of(
        prepared.request.estate, prepared.cluster, prepared.request.root, shell, operator.confirm, operator.show
    )
    return Stage(estate, SystemClock(), lambda main: asyncio.run(main()))
