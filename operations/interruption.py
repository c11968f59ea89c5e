"""Ctrl-C: the first stops the run cleanly, the second ends the process at once. A closed terminal is a first one."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
CANCELLED = 130


@contextmanager
def interruptible(stop: Callable[[], None]) -> Iterator[None]:
    """Inside: the first of SIGINT, SIGTERM, SIGHUP calls `stop`, the next one exits with 130. Needs a running loop.

    A SIGHUP that was ignored before (nohup) stays ignored. Afterwards the signals do what they did before.
    """
    loop = asyncio.get_running_loop()
    pressed = False

    def press() -> None:
        nonlocal pressed
        if pressed:
            os._exit(CANCELLED)  # children die with us: their runner asked the kernel for that
        pressed = True
        stop()

    before = {number: signal.getsignal(number) for number in SIGNALS}
    heard = [number for number in SIGNALS if number != signal.SIGHUP or before[number] is not signal.SIG_IGN]
    for number in heard:
        loop.add_signal_handler(number, press)
    try:
        yield
    finally:
        for number in heard:
            loop.remove_signal_handler(number)
            signal.signal(number, before[number])
