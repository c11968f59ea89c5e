"""Small labs for the tests: what the supervisor composes instead of the real one."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bootstrap.errors import Permanent
from lab.program import Program
from lab.supervisor.context import Handlers, LabContext

WEB = "198.18.0.77"
"""A web server, one for each lab: it says whose it is."""


@asynccontextmanager
async def web(context: LabContext) -> AsyncIterator[Handlers]:
    """A web server at an address of the internet, a name for it, and a child that left its parent."""
    served = context.place.data / "web"
    served.mkdir()
    (served / "whose").write_text(str(context.place.folder))
    crt, key = context.web_ca.leaf(["web.example"], [WEB])
    context.hosts.add("web.example", WEB)
    context.tell("starting the web server")
    await context.programs.start(
        Program("web", (sys.executable, str(Path(__file__).with_name("web.py")), WEB, str(crt), str(key)), cwd=served)
    )
    await context.programs.start(Program("stubborn", ("sh", "-c", "trap '' TERM; setsid sleep 4321 & sleep 4321")))
    yield {"fault": _fault, "status": _status}


async def _fault(asked: Mapping[str, Any]) -> Mapping[str, Any]:
    if asked["name"] != "known":
        raise Permanent(f"there is no fault {asked['name']!r}", "choose known")
    return {"sentence": f"done with {asked['arguments']}"}


async def _status(_: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"pid": os.getpid(), "environment": dict(os.environ)}


@asynccontextmanager
async def slow(context: LabContext) -> AsyncIterator[Handlers]:
    """It takes a while to come up."""
    context.tell("the first part")
    await asyncio.sleep(1.5)
    context.tell("the second part")
    yield {}


@asynccontextmanager
async def failing(context: LabContext) -> AsyncIterator[Handlers]:
    """It starts something, and fails then."""
    await context.programs.start(Program("sleeper", ("sleep", "4321")))
    raise Permanent("the registry has no room", "make room")
    yield {}


@asynccontextmanager
async def hanging(context: LabContext) -> AsyncIterator[Handlers]:
    """Its services do not end."""
    await context.programs.start(Program("sleeper", ("sleep", "4321")))
    try:
        yield {}
    finally:
        await asyncio.shield(asyncio.sleep(4321))


@asynccontextmanager
async def orphans(context: LabContext) -> AsyncIterator[Handlers]:
    """Every child of its program is left to process 1."""
    await context.programs.start(Program("orphans", ("sh", "-c", "for i in 1 2 3; do (sleep 0.2 &); done; sleep 4321")))
    yield {}
