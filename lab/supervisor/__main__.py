"""The supervisor as a process: process 1 of a lab. Started by lab.supervisor.starting, and by nobody else."""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import sys
from importlib import import_module
from pathlib import Path

from inventory.load import load_cluster
from lab import addresses
from lab.place import LabPlace
from lab.supervisor.context import LabContext
from lab.supervisor.environment import of_programs
from lab.supervisor.hosts import Hosts
from lab.supervisor.processes import Processes
from lab.supervisor.supervisor import Supervisor, said
from lab.supervisor.web_ca import WebCa
from lab.toolbox.toolbox import Toolbox


def main() -> int:
    """Exit code 0 when the lab ended as was asked, and its folder is gone; 1 when it failed, and the folder stays."""
    options = _options()
    place = LabPlace(options.folder)
    try:
        failure = asyncio.run(_run(options, place))
    except Exception as error:  # the operator reads it, whatever it is
        failure = said(error)
    if failure:
        place.failure.write_text(failure)
        return 1
    shutil.rmtree(place.folder, ignore_errors=True)
    return 0


async def _run(options: argparse.Namespace, place: LabPlace) -> str:
    if sys.version_info < (3, 12):  # whose own way is a thread for each process
        watcher = asyncio.PidfdChildWatcher()
        watcher.attach_loop(asyncio.get_running_loop())
        asyncio.set_child_watcher(watcher)
    cluster = load_cluster(options.cluster, options.root)
    module, _, function = options.compose.partition(":")
    programs = Processes(place.logs, of_programs(place, os.environ))
    supervisor = Supervisor(place, cluster.name, programs, options.idle)
    context = LabContext(
        place=place,
        cluster=cluster,
        root=options.root,
        tools=Toolbox(options.tools),
        programs=programs,
        web_ca=WebCa(place.ca, place.folder / "web"),
        hosts=Hosts(place.hosts, addresses.names(cluster)),
        tell=supervisor.tell,
        upstream=options.upstream,
    )
    return await supervisor.run(context, getattr(import_module(module), function))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="lab.supervisor")
    parser.add_argument("--cluster", required=True)
    parser.add_argument("--root", required=True, type=Path)
    parser.add_argument("--folder", required=True, type=Path)
    parser.add_argument("--tools", required=True, type=Path)
    parser.add_argument("--idle", required=True, type=float)
    parser.add_argument("--compose", required=True)
    parser.add_argument("--upstream", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
