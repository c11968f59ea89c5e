"""A run that ends at nothing but a second signal: python -m tests.commands.stubborn. Says what it heard."""

from __future__ import annotations

import asyncio

from operations.interruption import interruptible


async def main() -> None:
    """See the module."""
    with interruptible(lambda: print("heard", flush=True)):
        print("ready", flush=True)
        await asyncio.sleep(3600)


if __name__ == "__main__":
    asyncio.run(main())
