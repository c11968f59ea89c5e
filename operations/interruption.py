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
    """Inside: the first of SIGINT, SIGTERM, SIGHUP calls `stop`, the next one exits with 130. Needs a running loop."""
    loop = asyncio.get_running_loop()
    pressed = False

    def press() -> None:
        nonlocal pressed
        if pressed:
            os._exit(CANCELLED)  # children die with us: their runner asked the kernel for that
        pressed = True
        stop()

    for number in SIGNALS:
        loop.add_signal_handler(number, press)
    try:
        yield
    finally:
        for number in SIGNALS:
            loop.remove_signal_handler(number)
