"""Slots for acts: a limit, an order, and none is ever lost."""

from __future__ import annotations

import asyncio

import pytest

from bootstrap.slots import Slots
from tests.engine.toy import run


def test_a_slot_that_was_granted_to_a_cancelled_waiter_goes_to_the_next() -> None:
    """Granted and cancelled in one moment: the slot is not lost, or the run would wait for ever."""
    entered: list[str] = []
    tasks: dict[str, asyncio.Task[None]] = {}

    async def hold(slots: Slots, name: str, cancels_after: str = "") -> None:
        async with slots.taken(0.0):
            entered.append(name)
            await asyncio.sleep(5.0)
        if cancels_after:  # its slot was handed on a moment ago
            tasks[cancels_after].cancel()

    async def main() -> None:
        slots = Slots(1)
        for name, cancels_after in (("first", "second"), ("second", ""), ("third", "")):
            tasks[name] = asyncio.create_task(hold(slots, name, cancels_after))
        await asyncio.wait(tasks.values(), timeout=100.0)

    run(main())
    assert entered == ["first", "third"]


@pytest.mark.parametrize("waiting_too", [True, False])
def test_a_waiter_that_gave_up_is_passed_over(waiting_too: bool) -> None:
    """Its place in the queue takes nothing from anybody, whether somebody else waits or comes later."""
    entered: list[str] = []

    async def hold(slots: Slots, name: str) -> None:
        async with slots.taken(0.0):
            entered.append(name)
            await asyncio.sleep(5.0)

    async def main() -> None:
        slots = Slots(1)
        first = asyncio.create_task(hold(slots, "first"))
        gives_up = asyncio.create_task(hold(slots, "gives up"))
        others = [asyncio.create_task(hold(slots, "other"))] if waiting_too else []
        await asyncio.sleep(1.0)
        gives_up.cancel()
        await asyncio.wait([first, gives_up, *others])
        await hold(slots, "later")

    run(main())
    assert entered == (["first", "other", "later"] if waiting_too else ["first", "later"])
