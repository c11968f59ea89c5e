"""Worker threads of our own for whatever blocks: one bounded pool for acts, one for watches.

asyncio's default pool has six threads on two cores: six silent watches would stop every act. A call gets a thread of
its own that ends with it, so a cancelled run leaves none behind. Threads are daemons: one that cannot be ended (a
process in uninterruptible sleep) must not hold up the exit.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar, TypeVarTuple
from weakref import WeakKeyDictionary

from bootstrap.clock import SystemClock

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
Ts = TypeVarTuple("Ts")

GRACE_S = 10.0
_TICK_S = 1.0
_END = object()
_NOW = SystemClock().now


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """At most `size` calls at once on an event loop; the next one waits for a place.

    Threads are named after the pool.
    """

    name: str
    size: int
    _places: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = field(
        default_factory=WeakKeyDictionary, repr=False
    )

    def place(self) -> asyncio.Semaphore:
        """The running loop's own semaphore: one cannot be shared between loops."""
        return self._places.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(self.size))


ACTS = Pool("act", 32)
WATCHES = Pool("watch", 256)


class Stream(Protocol[T_co]):
    """A blocking iterator that another thread can end.

    `close` may be called at any time, from any thread and more than once; a `next` that waits must then return. (A
    socket must be shut down for that: closing its descriptor wakes nobody.)
    """

    def __iter__(self) -> Iterator[T_co]: ...

    def close(self) -> None: ...


class _Call(Generic[T]):
    """One function in one thread; `ended` is set on the loop when it has returned or raised."""

    def __init__(self, name: str, function: Callable[[], T], at_end: Callable[[], None] | None = None) -> None:
        self.ended = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._at_end = at_end
        self._error: BaseException | None = None
        self._value: list[T] = []
        self._thread = threading.Thread(
            target=copy_context().run, args=(self._work, function), name=f"{name} worker", daemon=True
        )
        self._thread.start()

    def _work(self, function: Callable[[], T]) -> None:
        try:
            self._value.append(function())
        except BaseException as error:
            self._error = error
        with suppress(RuntimeError):  # the loop was closed: nobody waits any more
            self._loop.call_soon_threadsafe(self._end)

    def _end(self) -> None:
        self.ended.set()
        if self._at_end is not None:
            self._at_end()

    def result(self) -> T:
        """What the function returned; raises what it raised. Only after `ended`: the thread is then gone, too."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._value[0]

    def join(self) -> None:
        if self.ended.is_set():
            self._thread.join()


async def run(
    function: Callable[[*Ts], T],
    *args: *Ts,
    timeout_s: float,
    closer: Callable[[], object] | None = None,
    pool: Pool = ACTS,
    grace_s: float = GRACE_S,
    now: Callable[[], float] = _NOW,
) -> T:
    """Run a blocking call in a worker thread and return what it returns; raises what it raises.

    timeout_s: seconds from the thread's start, time in which the computer was suspended included.
    closer: ends the call from outside (closes its socket, kills its process group). It is called in a thread of its
    own when the timeout passes or the awaiting task is cancelled; the call's real end is then awaited for at most
    grace_s seconds, so no thread is left.
    Raises TimeoutError.
    """
    async with pool.place():
        call = _Call(pool.name, lambda: function(*args))
        try:
            await _within(call.ended, timeout_s, now)
        except (asyncio.CancelledError, TimeoutError):
            await _close(call, closer, grace_s)
            raise
        return call.result()


async def stream(
    open_stream: Callable[[], Stream[T]],
    *,
    pool: Pool = WATCHES,
    buffer: int = 64,
    grace_s: float = GRACE_S,
) -> AsyncGenerator[T, None]:
    """Let the items of a blocking iterator flow into the loop.

    open_stream is called in the worker thread and should return at once: what blocks belongs into the iterator, where
    `close` can end it. buffer: items that the thread may be ahead of the consumer. The stream ends with its iterator
    and raises what it raises; cancelling the consumer, or `aclose` (use contextlib.aclosing), closes it and awaits its
    thread's end.
    """
    loop, queue = asyncio.get_running_loop(), asyncio.Queue[object]()
    reader = _Reader(open_stream, threading.Semaphore(buffer), lambda x: loop.call_soon_threadsafe(queue.put_nowait, x))
    async with pool.place():
        call = _Call(pool.name, reader.read, lambda: queue.put_nowait(_END))
        try:
            while (item := await queue.get()) is not _END:
                reader.room.release()
                yield item  # type: ignore[misc]  # only items and _END are put
            call.result()
        finally:
            await _close(call, reader.close, grace_s)


@dataclass(slots=True)
class _Reader(Generic[T]):
    open_stream: Callable[[], Stream[T]]
    room: threading.Semaphore
    give: Callable[[T], object]
    source: Stream[T] | None = None
    stopped: bool = False

    def read(self) -> None:
        self.source = source = self.open_stream()
        try:
            for item in () if self.stopped else source:
                self.room.acquire()
                if self.stopped:
                    return
                self.give(item)
        finally:
            source.close()

    def close(self) -> None:
        self.stopped = True
        self.room.release()
        if self.source is not None:
            self.source.close()


async def _within(ended: asyncio.Event, timeout_s: float, now: Callable[[], float]) -> None:
    """Wait in short ticks, as the loop's own clock stands still while the computer is suspended."""
    until = now() + timeout_s
    while not ended.is_set():
        if (left := until - now()) <= 0:
            raise TimeoutError
        with suppress(TimeoutError):
            async with asyncio.timeout(min(left, _TICK_S)):
                await ended.wait()


async def _close(call: _Call[T], closer: Callable[[], object] | None, grace_s: float) -> None:
    if call.ended.is_set():
        call.join()
        return
    closing = _Call("closing", closer) if closer is not None else None
    with suppress(TimeoutError):
        async with asyncio.timeout(grace_s):
            await call.ended.wait()
            if closing is not None:
                await closing.ended.wait()
    call.join()
    if closing is not None:
        closing.join()
