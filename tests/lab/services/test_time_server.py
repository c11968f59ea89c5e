from __future__ import annotations

import asyncio
from pathlib import Path

from edges.workstation_time import ask
from lab.facts import Fact, Facts
from lab.services.time_server import TimeServer

PORT = 45123


def test_the_edge_believes_what_it_answers() -> None:
    """Asked by SNTP as production's servers are, it tells this computer's own time."""

    async def asked() -> float | None:
        server = TimeServer("127.0.0.9", PORT)
        await server.start()
        try:
            answer = await asyncio.to_thread(ask, "127.0.0.9", PORT, 10.0)
        finally:
            await server.stop()
        return None if answer is None else answer.offset_s

    offset = asyncio.run(asked())
    assert offset is not None
    assert abs(offset) < 5


def test_facts_are_read_as_they_were_kept(tmp_path: Path) -> None:
    """Oldest first, each with its moment as unix time; none before the first."""
    facts = Facts(tmp_path / "facts.jsonl")
    assert facts.all() == ()
    facts.keep("node a ready", 0.0)
    facts.keep("node b ready", 5.0)
    first, second = facts.all()
    assert isinstance(first, Fact)
    assert (first.what, second.what) == ("node a ready", "node b ready")
    assert 4 < second.at - first.at < 6
