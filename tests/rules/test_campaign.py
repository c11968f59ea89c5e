"""Campaigns: many seeds with faults; each ends done or in named errors, keeps every rule, and can be told again."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter

import pytest

from operations.campaign import Trial, trial
from tests.rules.retold import digests, entries_of
from tests.rules.whole import ROOT, cluster_of, tree_of

CHUNK = 50
SEEDS = {"main": 1000, "staging": 200}
CHUNKS = [(name, begin) for name, seeds in SEEDS.items() for begin in range(0, seeds, CHUNK)]


@pytest.mark.parametrize(("name", "begin"), CHUNKS, ids=[f"{name}-{begin}" for name, begin in CHUNKS])
def test_campaign_every_seed_ends_done_or_in_a_named_error_with_all_rules_kept(name: str, begin: int) -> None:
    """Exit code 0, 1, 3 or 4, no broken rule, no failure without a sentence and a next action."""
    trials = [trial(cluster_of(name), tree_of(name), seed) for seed in range(begin, begin + CHUNK)]
    codes = Counter(found.exit_code for found in trials)
    assert codes.keys() <= {0, 1, 3, 4}, _told(trials)
    assert [found for found in trials if found.complaints] == []
    assert codes[0] >= CHUNK // 2, codes
    assert codes.total() - codes[0] >= CHUNK // 10, codes


def _told(trials: list[Trial]) -> list[Trial]:
    return [found for found in trials if found.exit_code not in (0, 1, 3, 4)]


@pytest.mark.parametrize("begin", [0, 10, 20])
def test_campaign_the_same_seed_gives_the_same_events(begin: int) -> None:
    """All entries of ten seeds, times and sentences included; most of them have faults. Another seed differs."""
    for seed in range(begin, begin + 10):
        assert entries_of(seed) == entries_of(seed)
    assert entries_of(begin) != entries_of(begin + 1)


def test_campaign_another_process_with_another_order_of_sets_tells_the_same() -> None:
    """Thirty seeds in two processes whose hashes of texts differ, and in this one."""
    told = [_digests_of_a_process(hash_seed) for hash_seed in ("1", "2")]
    assert told[0] == told[1] == digests(range(30))


def _digests_of_a_process(hash_seed: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.rules.retold", "30"],
        cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True, text=True, timeout=200, check=True,
    )  # fmt: skip
    return done.stdout.split()
