"""Worker threads: blocking calls and watches end when their task does, and leave no thread."""

from __future__ import annotations

import asyncio
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from edges import workers
from edges.workers import Pool
from tests.edges.processes import children_of, runs, script, wait_until


def left() -> list[str]:
    """Names of worker threads that are still there."""
    return [thread.name for thread in threading.enumerate() if thread.name.endswith("worker")]


def test_a_call_returns_what_its_function_returns() -> None:
    """Arguments in, value out, from another thread; the thread is gone."""

    def add(a: int, b: int) -> tuple[int, int]:
        return a + b, threading.get_ident()

    total, ident = asyncio.run(workers.run(add, 2, 3, timeout_s=30.0))
    assert (total, ident != threading.get_ident(), left()) == (5, True, [])


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit(3)])
def test_a_call_raises_what_its_function_raises(error: BaseException) -> None:
    """The very exception, also one that is no Exception."""

    def fail() -> None:
        raise error

    async def call() -> BaseException | None:
        try:
            await workers.run(fail, timeout_s=30.0)
        except BaseException as raised:
            return raised
        return None

    assert asyncio.run(call()) is error


@pytest.mark.parametrize("how", ["cancel", "timeout"])
def test_the_closer_ends_a_blocked_call(how: str) -> None:
    """A read that would wait for ever ends because its socket is shut down; the real end is awaited."""
    ours, theirs = socket.socketpair()
    ended: list[bytes] = []

    async def call() -> None:
        reading = asyncio.create_task(
            workers.run(
                lambda: ended.append(ours.recv(1)),
                timeout_s=0.2 if how == "timeout" else 300.0,
                closer=lambda: ours.shutdown(socket.SHUT_RDWR),
            )
        )
        await asyncio.sleep(0.1)
        if how == "cancel":
            reading.cancel()
        with pytest.raises(TimeoutError if how == "timeout" else asyncio.CancelledError):
            await reading
        assert (ended, left()) == ([b""], [])

    asyncio.run(call())
    ours.close()
    theirs.close()


def test_a_call_that_cannot_be_ended_holds_up_nobody() -> None:
    """Without a closer the wait for the end is bounded, and a thread that stays is a daemon: the exit does not wait."""
    release = threading.Event()

    async def call() -> list[threading.Thread]:
        with pytest.raises(TimeoutError):
            await workers.run(release.wait, timeout_s=0.1, grace_s=0.1)
        return [thread for thread in threading.enumerate() if thread.name == "act worker"]

    stuck = asyncio.run(call())
    assert [thread.daemon for thread in stuck] == [True]
    release.set()
    stuck[0].join(30)


def test_suspended_time_counts_towards_a_timeout() -> None:
    """The laptop slept for an hour: the call's time is over although the loop's clock hardly moved."""
    release = threading.Event()
    times = iter([0.0, 1.0, 2.0])

    async def call() -> None:
        await workers.run(release.wait, timeout_s=60.0, closer=release.set, now=lambda: next(times, 3600.0))

    with pytest.raises(TimeoutError):
        asyncio.run(call())
    assert (next(times, "all asked for"), left()) == ("all asked for", [])


def test_a_pool_bounds_its_calls_and_no_other_pools() -> None:
    """Two at once in a pool of two; silent watches take no place from acts."""
    watches, acts = Pool("watch", 2), Pool("act", 1)
    release, running, most = threading.Event(), [0], [0]

    def wait() -> None:
        running[0] += 1
        most[0] = max(most[0], running[0])
        release.wait(30)
        running[0] -= 1

    async def all_of_them() -> str:
        watching = [asyncio.create_task(workers.run(wait, timeout_s=60.0, pool=watches)) for _ in range(6)]
        await asyncio.sleep(0.2)
        acted = await workers.run(lambda: "acted", timeout_s=30.0, pool=acts)
        release.set()
        await asyncio.gather(*watching)
        return acted

    assert (asyncio.run(all_of_them()), most, left()) == ("acted", [2], [])


def test_one_pool_serves_one_loop_after_the_other() -> None:
    """A full pool in one event loop says nothing about the next loop."""
    pool = Pool("act", 1)

    async def two() -> list[int]:
        return list(await asyncio.gather(*(workers.run(abs, n, timeout_s=30.0, pool=pool) for n in (-1, -2))))

    assert [asyncio.run(two()) for _ in range(2)] == [[1, 2]] * 2


@dataclass
class Feed:
    """A stream over a list, which then blocks until it is closed, as a watch does."""

    items: list[object]
    closed: threading.Event = field(default_factory=threading.Event)
    taken: int = 0

    def __iter__(self) -> Iterator[object]:
        for item in self.items:
            if isinstance(item, Exception):
                raise item
            self.taken += 1
            yield item
        if None in self.items:
            self.closed.wait(60)
            raise OSError("closed under our feet")

    def close(self) -> None:
        self.closed.set()


def collect(feed: Feed) -> tuple[list[object], BaseException | None]:
    async def reading() -> tuple[list[object], BaseException | None]:
        found: list[object] = []
        try:
            async for item in workers.stream(lambda: feed):
                found += [item]
        except OSError as error:
            return found, error
        return found, None

    return asyncio.run(reading())


def test_a_stream_gives_its_items_in_order_and_ends() -> None:
    """All of them, more than fit into the buffer; then it is closed and its thread is gone."""
    feed = Feed(list(range(1000)))
    assert collect(feed) == (list(range(1000)), None)
    assert (feed.closed.is_set(), left()) == (True, [])


def test_a_stream_raises_what_its_iterator_raises() -> None:
    """After the items before it."""
    broken = OSError("reset by peer")
    assert collect(Feed([1, 2, broken])) == ([1, 2], broken)
    assert left() == []


def test_a_stream_that_cannot_be_opened_raises() -> None:
    """What opening raises reaches the consumer."""

    def refuse() -> Feed:
        raise ConnectionRefusedError("nobody there")

    async def reading() -> None:
        async for _ in workers.stream(refuse):
            pass

    with pytest.raises(ConnectionRefusedError):
        asyncio.run(reading())


@pytest.mark.parametrize("how", ["cancel", "aclose", "break"])
def test_leaving_a_silent_stream_closes_it(how: str) -> None:
    """Whoever stops reading ends the thread; the sound of the closing is not an error."""
    feed = Feed(["first", None])

    async def read() -> None:
        stream = workers.stream(lambda: feed)
        async for _ in stream:
            if how != "cancel":
                break
        if how == "aclose":
            await stream.aclose()

    async def reading() -> None:
        task = asyncio.create_task(read())
        await asyncio.sleep(0.1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert task.cancelled() == (how == "cancel")

    asyncio.run(reading())  # closes what was left by a bare break, as every program's end does
    assert (feed.closed.is_set(), left()) == (True, [])


def test_a_slow_consumer_slows_the_stream() -> None:
    """The thread is ahead of the consumer by the buffer at most: memory is bounded."""
    feed = Feed(list(range(1000)))

    async def reading() -> int:
        stream = workers.stream(lambda: feed, buffer=5)
        async with aclosing(stream):
            await anext(stream)
            await asyncio.sleep(0.2)
            return feed.taken

    assert asyncio.run(reading()) <= 8
    assert left() == []


def test_a_stream_that_is_left_while_it_opens_is_closed() -> None:
    """The cancel comes before there is anything to close: the thread closes it as soon as it has it."""
    feed, opening, go = Feed([None]), threading.Event(), threading.Event()

    def slowly() -> Feed:
        opening.set()
        go.wait(30)
        return feed

    async def reading() -> None:
        stream = workers.stream(slowly)
        task = asyncio.ensure_future(anext(stream))
        await asyncio.to_thread(opening.wait, 30)
        task.cancel()
        await asyncio.sleep(0.1)
        go.set()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(reading())
    assert (feed.closed.is_set(), left()) == (True, [])


WATCHING = """
import asyncio, os, socket, sys, threading
from pathlib import Path
from edges import command, workers

class Watch:
    def __init__(self):
        self.socket = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
    def __iter__(self):
        while line := self.socket.recv(100):
            yield line
    def close(self):
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.socket.close()

async def watch():
    async for _ in workers.stream(Watch):
        pass

async def main():
    async with asyncio.TaskGroup() as group:
        for _ in range(20):
            group.create_task(watch())
        group.create_task(command.run(["sleep", "300"], deadline_s=300))
try:
    asyncio.run(main())
except KeyboardInterrupt:
    print("interrupted", flush=True)
print("threads", [thread.name for thread in threading.enumerate()])
print("children", Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())
"""


def test_ctrl_c_with_20_silent_watches_open_leaves_no_thread_and_no_child(tmp_path: Path) -> None:
    """A server that accepts and never speaks: SIGINT ends the program by itself, with nothing left over."""
    accepted: list[socket.socket] = []
    with silent_server(accepted.append) as port, script(WATCHING, tmp_path, str(port)) as process:
        wait_until(lambda: len(accepted) == 20 and children_of(process.pid), "20 watches and a command are up")
        before = children_of(process.pid)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=30)
        assert said.splitlines() == ["interrupted", "threads ['MainThread']", "children []"]
        assert process.returncode == 0
        assert [pid for pid in before if runs(pid)] == []


def silent_server(accept: Callable[[socket.socket], None]) -> _Silent:
    return _Silent(accept)


class _Silent:
    """Accepts on loopback and never says a word."""

    def __init__(self, accept: Callable[[socket.socket], None]) -> None:
        self._accept = accept
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=50)
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def _serve(self) -> None:
        while True:
            try:
                self._accept(self._socket.accept()[0])
            except OSError:
                return

    def __enter__(self) -> int:
        self._thread.start()
        port: int = self._socket.getsockname()[1]
        return port

    def __exit__(self, *_: object) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(30)


def test_twenty_silent_watches_end_together() -> None:
    """Closing happens side by side: each closer waits here until all twenty are at work."""
    together = threading.Barrier(20)

    @dataclass
    class SlowToClose(Feed):
        def close(self) -> None:
            if not self.closed.is_set():
                together.wait(30)
            super().close()

    async def watch() -> None:
        async for _ in workers.stream(lambda: SlowToClose([None])):
            pass

    async def all_of_them() -> None:
        tasks = [asyncio.create_task(watch()) for _ in range(20)]
        await asyncio.sleep(0.2)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(all_of_them())
    assert (together.broken, left()) == (False, [])
