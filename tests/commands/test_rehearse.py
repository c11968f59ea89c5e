"""`rehearse`, as a command: as many worlds as were asked for, from the seed that was named, and how they ended."""

from __future__ import annotations

import json

from tests.commands.desk import Desk

STAGING = ("rehearse", "--cluster", "staging")


def test_the_text_says_what_its_exit_codes_mean(desk: Desk) -> None:
    """Each code that occurred, once, in the words of the summary, and its count; the counts add up."""
    ended = desk.run(*STAGING, "--seeds", "12")
    head, *codes, last = ended.out.splitlines()
    assert ended.code == 0, ended.end_of_it
    assert head == "12 rehearsed bootstraps of staging; rehearsal: no machine was touched"
    assert last == "Every rule was kept, and every failure has a name."
    assert codes[0].startswith("  exit code 0 (done): ")
    assert any(code.startswith("  exit code 1 (failed): ") for code in codes)
    assert sum(int(code.rpartition(": ")[2]) for code in codes) == 12


def test_json_has_every_seed_from_the_first_on(desk: Desk) -> None:
    """One object a world; nothing is kept."""
    ended = desk.run(*STAGING, "--seed", "7", "--seeds", "3", "--format", "json")
    told = json.loads(ended.out)
    assert (ended.code, ended.err) == (0, "")
    assert [world["seed"] for world in told] == [7, 8, 9]
    assert all(world["complaints"] == [] for world in told)
    assert not desk.state.exists()
