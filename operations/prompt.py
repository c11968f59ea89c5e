"""One line from the operator's terminal, with Ctrl-C alive meanwhile: asked on a loop whose time goes on, or held."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from operations.interruption import SIGNALS


async def answer_to(question: str) -> str:
    """The line; "" at the end of input. Everything else on the loop goes on."""
    _show(question)
    # not input(): a Ctrl-C at the prompt must reach the run, which listens on the event loop
    loop = asyncio.get_running_loop()
    typed: asyncio.Future[str] = loop.create_future()
    loop.add_reader(sys.stdin.fileno(), lambda: None if typed.done() else typed.set_result(sys.stdin.readline()))
    try:
        return await typed
    finally:
        loop.remove_reader(sys.stdin.fileno())


async def answer_while_time_stands(question: str) -> tuple[str, float]:
    """The line, and the real seconds that it took, in which the loop did nothing else.

    Simulated time runs many times faster than the operator thinks: no deadline may pass meanwhile.
    """
    began = time.monotonic()
    try:
        with _interrupting():  # before the question is seen: nobody can press Ctrl-C at it unheard
            _show(question)
            return sys.stdin.readline(), time.monotonic() - began
    except _Pressed:
        await asyncio.get_running_loop().create_future()  # the loop heard it too, and cancels us now
        raise


def _show(question: str) -> None:
    print(question, end="", file=sys.stderr, flush=True)


class _Pressed(Exception):
    """A signal came while the loop was held."""


@contextmanager
def _interrupting() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in SIGNALS}
    for number in SIGNALS:
        if before[number] is not signal.SIG_IGN:
            signal.signal(number, _press)
    try:
        yield
    finally:
        for number in SIGNALS:
            signal.signal(number, before[number])


def _press(_number: int, _frame: FrameType | None) -> None:
    raise _Pressed
