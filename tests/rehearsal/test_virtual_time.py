"""Time of a rehearsal: virtual and paced."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from rehearsal.virtual_time import EPOCH, VirtualClock, run_paced, run_virtual

CLOCK = VirtualClock()


def test_an_hour_costs_no_real_time() -> None:
    """Sleeping is a jump: hours pass in far less than a second of real time."""

    async def main() -> float:
        await CLOCK.sleep(3600)
        return CLOCK.now()

    began = time.monotonic()
    assert run_virtual(main) == 3600
    assert time.monotonic() - began < 5


def test_time_goes_on_where_the_world_stands() -> None:
    """A loop begins at the moment that it is given, and the wall clock follows."""

    async def main() -> tuple[float, float]:
        await asyncio.sleep(1)
        return CLOCK.now(), CLOCK.wall()

    assert run_virtual(main, start=500) == (501, EPOCH + 501)


def test_sleepers_wake_in_the_order_of_their_time() -> None:
    """Whoever sleeps less wakes first, at exactly its moment."""
    woken: list[tuple[str, float]] = []

    async def sleeper(name: str, seconds: float) -> None:
        await CLOCK.sleep(seconds)
        woken.append((name, CLOCK.now()))

    async def main() -> None:
        await asyncio.gather(sleeper("c", 30), sleeper("a", 0.5), sleeper("b", 7))

    run_virtual(main)
    assert woken == [("a", 0.5), ("b", 7), ("c", 30)]


def test_a_timeout_ends_at_its_own_moment() -> None:
    """asyncio's own timeouts are virtual too."""

    async def main() -> float:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(42):
                await asyncio.Event().wait()
        return CLOCK.now()

    assert run_virtual(main) == 42


def test_busy_tasks_do_not_move_time() -> None:
    """As long as somebody can run, no time passes."""

    async def main() -> float:
        for _ in range(100):
            await asyncio.sleep(0)
        return CLOCK.now()

    assert run_virtual(main) == 0


def test_a_suspended_computer_wakes_late() -> None:
    """After a jump all clocks have gone on, and what was due meanwhile happens at once."""
    woken: list[float] = []

    async def sleeper() -> None:
        await CLOCK.sleep(10)
        woken.append(CLOCK.now())

    async def main() -> None:
        task = asyncio.create_task(sleeper())
        await CLOCK.sleep(1)
        CLOCK.jump(3600)
        assert (CLOCK.now(), CLOCK.wall()) == (3601, EPOCH + 3601)
        await task

    run_virtual(main)
    assert woken == [3601]


def test_only_a_rehearsal_can_jump() -> None:
    """On a real loop a jump is a mistake of the caller."""

    async def main() -> None:
        with pytest.raises(TypeError, match="only the loop of a rehearsal"):
            CLOCK.jump(1)

    asyncio.run(main())


def test_a_killed_coroutine_leaves_no_task_behind() -> None:
    """What still waits when the main coroutine fails is cancelled."""
    cancelled: list[bool] = []

    async def waiting() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(True)
            raise

    async def main() -> None:
        task = asyncio.create_task(waiting())
        await CLOCK.sleep(1)
        assert not task.done()
        raise KeyError("killed")

    with pytest.raises(KeyError):
        run_virtual(main)
    assert cancelled == [True]


def test_pace_is_a_multiple_of_real_time() -> None:
    """At a speed of 1000, one minute takes a real sixteenth of a second and not less."""

    async def main() -> float:
        await CLOCK.sleep(60)
        return CLOCK.now()

    began = time.monotonic()
    assert run_paced(main, speed=1000, start=5) >= 65
    assert time.monotonic() - began >= 0.06


def test_threads_wake_a_paced_loop_at_once() -> None:
    """While a paced loop waits for a far timer, another thread can still call into it."""

    async def main() -> float:
        woken = asyncio.Event()
        loop = asyncio.get_running_loop()
        threading.Timer(0.02, loop.call_soon_threadsafe, (woken.set,)).start()
        far = asyncio.create_task(CLOCK.sleep(100_000))
        await woken.wait()
        far.cancel()
        return CLOCK.now()

    assert run_paced(main, speed=100) < 50_000
