"""The runner: one walk over a plan. Ready steps run at the same time; a failed step blocks only what needs it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from bootstrap.clock import Clock
from bootstrap.errors import LeaseLost, Permanent, Transient
from bootstrap.events import Blocked, RunEnded, RunStarted
from bootstrap.lease import Lease
from bootstrap.life import live
from bootstrap.outcome import HELD, Ending, Outcome
from bootstrap.plan import Plan
from bootstrap.recorder import Recorder
from bootstrap.slots import Slots
from bootstrap.surroundings import Surroundings


@dataclass(frozen=True, slots=True)
class Header:
    """What the first line of a run says: whose run it is, and of which commit."""

    cluster: str
    estate: str
    commit: str


@dataclass(frozen=True, slots=True)
class Result:
    """exit_code: as in the command table. outcomes: of every walked step. exceptions: what the summary must name.
    stopped: why the run ended early, "" when it did not; next_action goes with it."""

    exit_code: int
    outcomes: Mapping[str, Outcome]
    exceptions: tuple[str, ...]
    stopped: str = ""
    next_action: str = ""


class Runner:
    """Walks one plan once. The lease is held already, and is given back by who took it."""

    def __init__(self, plan: Plan, header: Header, recorder: Recorder, lease: Lease, clock: Clock, rng: Random) -> None:
        self._plan, self._header, self._recorder, self._lease = plan, header, recorder, lease
        self._clock = clock
        self._here = Surroundings(
            clock, rng, recorder, lease, Slots(plan.acts_at_once), clock.now() + plan.deadline_s, plan.graph.tails
        )
        self._outcomes: dict[str, Outcome] = {}
        walked = frozenset(plan.walked)
        self._missing = {id: sum(need in walked for need in plan.graph.needs[id]) for id in plan.walked}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._all_ended = asyncio.Event()
        self._stopped: Permanent | None = None
        self._cancelled = False

    def interrupt(self) -> None:
        """First Ctrl-C: no new step, running acts are cancelled, the journal closes. Exit code 130."""
        self._cancelled = True
        self._stop(Permanent("stopped by the operator", "the same command goes on from here"))

    async def walk(self) -> Result:
        """Run the plan to its end. Raises Permanent when the journal cannot be written, and, once the run has ended,
        the error of an observer that failed."""
        self._recorder.note(self._started(), durable=True)
        heartbeat = asyncio.create_task(self._keep_lease())
        try:
            self._start_all([id for id, missing in self._missing.items() if missing == 0])
            if self._tasks:
                await self._all_ended.wait()
        finally:
            await self._end_tasks(heartbeat)
        result = self._result()
        self._recorder.raise_broken()
        return result

    def _started(self) -> RunStarted:
        header = self._header
        return RunStarted(
            header.cluster,
            header.estate,
            header.commit,
            self._lease.fencing,
            self._lease.reach,
            self._plan.modes,
            self._plan.absent,
        )

    def _start_all(self, ready: list[str]) -> None:
        if self._stopped is not None:
            return
        for id in sorted(ready, key=lambda id: -self._plan.graph.tails[id]):
            self._tasks[id] = task = asyncio.create_task(self._live(id), name=id)
            task.add_done_callback(self._task_ended)

    async def _live(self, id: str) -> None:
        try:
            try:
                outcome = await live(self._plan.graph.steps[id], self._plan.choices[id], self._here)
            except asyncio.CancelledError:
                outcome = Outcome(Ending.STOPPED)
            self._end(id, outcome)
        except Permanent as error:  # the lease is lost, or the journal cannot be written: nobody may act on
            self._outcomes.setdefault(id, Outcome(Ending.STOPPED, error.sentence, error.next_action))
            self._recorder.detached = True
            self._stop(error)

    def _task_ended(self, task: asyncio.Task[None]) -> None:
        # told by the loop, not by the task: one that is cancelled before it begins runs no line of its own
        if task.cancelled() or task.exception() is None:
            del self._tasks[task.get_name()]
            if self._tasks:
                return
        self._all_ended.set()

    def _end(self, id: str, outcome: Outcome) -> None:
        self._outcomes[id] = outcome
        if outcome.ending in HELD:
            self._release_dependents(id)
        elif self._stopped is None:
            self._block(id)

    def _release_dependents(self, id: str) -> None:
        ready: list[str] = []
        for dependent in self._plan.graph.dependents[id]:
            if dependent in self._missing:
                self._missing[dependent] -= 1
                if self._missing[dependent] == 0:
                    ready.append(dependent)
        self._start_all(ready)

    def _block(self, id: str) -> None:
        todo = [id]
        for behind in todo:  # grows while it is walked, and not past what another failure has blocked
            for blocked in self._plan.graph.dependents[behind]:
                if blocked in self._missing and blocked not in self._outcomes:
                    self._outcomes[blocked] = Outcome(Ending.BLOCKED, f"needs {id}")
                    self._recorder.note(Blocked(blocked, id))
                    todo.append(blocked)

    def _stop(self, why: Permanent) -> None:
        if self._stopped is not None:
            return  # once: a second cancel would cut short how acts end their children
        self._stopped = why
        for id, task in self._tasks.items():
            if id not in self._outcomes:
                task.cancel()

    async def _keep_lease(self) -> None:
        while self._stopped is None:
            await self._clock.sleep(self._lease.heartbeat_s)
            try:
                self._beat()
            except Permanent as lost:
                self._recorder.detached = True
                self._stop(lost)

    def _beat(self) -> None:
        try:
            self._lease.renew()
        except Transient:
            self._lease.check()  # the store is silent: what runs may run on until the lease has run out, no longer

    async def _end_tasks(self, heartbeat: asyncio.Task[None]) -> None:
        tasks = [heartbeat, *self._tasks.values()]
        for task in tasks:
            if not task.done():
                task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        for error in ended:
            if isinstance(error, BaseException) and not isinstance(error, asyncio.CancelledError):
                raise error

    def _result(self) -> Result:
        absent = tuple(f"{node} is absent by --without" for node in self._plan.absent)
        exceptions = absent + tuple(text for outcome in self._outcomes.values() for text in outcome.exceptions)
        code = self._exit_code(exceptions)
        if not self._recorder.detached:
            self._recorder.note(RunEnded(code, exceptions), durable=True)
        stopped = self._stopped
        return Result(
            code,
            {id: self._outcomes[id] for id in self._plan.walked if id in self._outcomes},
            exceptions,
            stopped.sentence if stopped else "",
            stopped.next_action if stopped else "",
        )

    def _exit_code(self, exceptions: tuple[str, ...]) -> int:
        endings = {outcome.ending for outcome in self._outcomes.values()}
        if self._cancelled:
            return 130
        if isinstance(self._stopped, LeaseLost) or Ending.REFUSED in endings:
            return 3
        if self._stopped is not None or endings - HELD:
            return 1
        return 4 if exceptions else 0
