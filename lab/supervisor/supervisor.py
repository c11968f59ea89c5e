"""The supervisor of one lab: hosts its services in one event loop, answers the control socket, ends what is unused."""

from __future__ import annotations

import asyncio
import signal
import time
import traceback
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict
from typing import Any

from bootstrap.errors import Permanent
from lab.place import LabPlace
from lab.supervisor import program_log
from lab.supervisor.context import Answer, Handlers, LabContext
from lab.supervisor.control import ControlSocket
from lab.supervisor.processes import Processes
from lab.supervisor.reaper import Reaper

IDLE_S = 3600.0
ENDING_S = 10.0
"""Seconds that services have to end; what is left then is killed with process 1."""
_TICK_S = 1.0
_EVENTS = 200

Compose = Callable[[LabContext], AbstractAsyncContextManager[Handlers]]


class Supervisor:
    """idle_s: seconds without any use after which the lab ends itself."""

    def __init__(self, place: LabPlace, cluster: str, programs: Processes, idle_s: float = IDLE_S) -> None:
        own: Handlers = {"status": self._status, "down": self._down, "touch": self._ok, "hold": self._ok}
        self._own = own
        self._place = place
        self._cluster = cluster
        self._programs = programs
        self._control = ControlSocket(place.socket, own)
        self._idle_s = idle_s
        self._phase = "starting"
        self._began = time.time()
        self._up: float | None = None
        self._events: deque[dict[str, Any]] = deque(maxlen=_EVENTS)
        self._count = 0
        self._contents: Handlers = {}
        self._end = asyncio.Event()

    def tell(self, sentence: str) -> None:
        """Keep a sentence about what happens, for whoever asks for the status."""
        self._count += 1
        self._events.append({"number": self._count, "at": time.time(), "sentence": sentence})
        print(sentence, flush=True)

    async def run(self, context: LabContext, compose: Compose) -> str:
        """Until somebody asks for the end, nobody used the lab for long, or a service failed. Returns why it failed:
        a sentence and the next action, on two lines; "" when it did not.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._end.set)
        await self._control.open()
        life = asyncio.create_task(self._live(context, compose))
        asked = asyncio.create_task(self._end.wait())
        keeping = asyncio.create_task(self._keep())
        await asyncio.wait({life, asked, keeping}, return_when=asyncio.FIRST_COMPLETED)
        self._phase = "ending"
        self._programs.hurry()
        life.cancel()
        await asyncio.wait({life}, timeout=ENDING_S)
        await self._programs.stop_all()
        failure = _why(life) or _why(keeping)
        self._control.close()
        for task in (asked, keeping):
            task.cancel()
        return failure

    async def _live(self, context: LabContext, compose: Compose) -> None:
        async with compose(context) as handlers:
            self._contents = handlers
            self._control.handlers = {**handlers, **self._own}
            self._phase, self._up = "up", time.time()
            await asyncio.Event().wait()

    async def _keep(self) -> None:
        """Look after the house once in a while; returns when the lab is not used any more."""
        reaper, loop = Reaper(), asyncio.get_running_loop()
        used, requests = loop.time(), -1
        while loop.time() - used < self._idle_s:
            await asyncio.sleep(min(_TICK_S, self._idle_s / 4))
            reaper.reap()
            program_log.trim(self._place.logs)
            if self._control.uses or self._control.requests != requests:
                used, requests = loop.time(), self._control.requests
        self.tell(f"nobody used this lab for {self._idle_s:g} s: it ends")

    async def _status(self, asked: Mapping[str, Any]) -> Answer:
        after = asked.get("after", 0)
        answer: dict[str, Any] = {
            "cluster": self._cluster,
            "phase": self._phase,
            "began": self._began,
            "up": self._up,
            "uses": self._control.uses,
            "idle_s": self._idle_s,
            "events": [event for event in self._events if event["number"] > after],
            "programs": [asdict(state) for state in self._programs.states()],
        }
        if "status" in self._contents:
            answer["contents"] = await self._contents["status"](asked)
        return answer

    async def _down(self, _: Mapping[str, Any]) -> Answer:
        asyncio.get_running_loop().call_later(0.05, self._end.set)  # the answer goes first
        return {"uses": self._control.uses}

    async def _ok(self, _: Mapping[str, Any]) -> Answer:
        return {}


def _why(task: asyncio.Task[None]) -> str:
    """Why a task failed, as `said`; "" when it did not."""
    if not task.done() or task.cancelled() or (error := task.exception()) is None:
        return ""
    return said(error)


def said(error: BaseException) -> str:
    """Sentence and next action of what ended a lab, on two lines; its trace goes to the supervisor's log."""
    traceback.print_exception(error)
    if isinstance(error, Permanent):
        return f"{error.sentence}\n{error.next_action}"
    return f"{type(error).__name__}: {error}\nsee what it did last: invoke lab.logs"
