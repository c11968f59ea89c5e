"""Runs a step whenever something changed: it looks at all there is and does what is not so yet."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable

from lab.contents.api import ApiError

LOG = logging.getLogger("lab.contents")
_AGAIN_S = 1.0
_TOGETHER_S = 0.01
"""Changes that come closer than this are looked at together."""
_PASSING = (404, 409, 429, 503)
"""Gone, newer than the copy, or an API that is not whole yet: the next look knows."""


async def repeat(step: Callable[[], Awaitable[float | None]], changed: asyncio.Event, at_least_s: float = 10.0) -> None:
    """Until cancelled. step: says in how many seconds it wants to look again although nothing changes, or None."""
    while True:
        await asyncio.sleep(_TOGETHER_S)
        changed.clear()
        try:
            again = await step()
        except ConnectionError:
            again = _AGAIN_S
        except ApiError as error:
            again = _AGAIN_S
            if error.status not in _PASSING:
                LOG.warning("%s: %s", getattr(step, "__qualname__", step), error)
        except Exception:  # a fault of the lab's own must not end all that it plays
            again = _AGAIN_S
            LOG.exception("%s", getattr(step, "__qualname__", step))
        try:
            async with asyncio.timeout(at_least_s if again is None else min(again, at_least_s)):
                await changed.wait()
        except TimeoutError:
            continue


async def together(actions: Iterable[Awaitable[None]], at_once: int = 16) -> None:
    """All of them, some at once; what one raises does not keep the others, and is raised in the end."""
    gate = asyncio.Semaphore(at_once)

    async def one(action: Awaitable[None]) -> None:
        async with gate:
            await action

    results = await asyncio.gather(*(one(action) for action in actions), return_exceptions=True)
    failed = [result for result in results if isinstance(result, BaseException)]
    unknown = [error for error in failed if not (isinstance(error, ApiError) and error.status in _PASSING)]
    for error in unknown or failed:
        raise error
