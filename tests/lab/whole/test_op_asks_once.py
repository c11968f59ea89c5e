"""1Password asks whether the operator is there, once a session; real prompts cannot be had in a test, the lab's can."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.commands.desk import Desk, Ended
from tests.commands.terminal import on_terminal
from tests.lab.whole.evidence import commands, fault
from tests.lab.whole.homelab import LAB

pytestmark = [
    pytest.mark.needs("a private network"),
    pytest.mark.xdist_group("lab"),
    pytest.mark.timeout(1500),
]

PROMPT = "The lab's 1Password asks whether you are there"


@pytest.fixture
def asking(finished: tuple[Desk, Ended]) -> Iterator[Desk]:
    """The lab's `op` asks, and nobody has approved yet."""
    desk, _ = finished
    fault(desk, "op-asks")
    yield desk
    fault(desk, "op-allows")


def calls(desk: Desk) -> int:
    """How often `op` was asked for values."""
    return len([line for line in commands(desk) if " op inject" in line])


def test_a_run_asks_once(asking: Desk) -> None:
    """A whole run at a terminal: one prompt, one Enter, one call of `op` that gets values."""
    before = calls(asking)
    with on_terminal(asking, "bootstrap", *LAB) as terminal:
        terminal.see(PROMPT)
        terminal.type("\r")
        assert terminal.end() == 0, terminal.shown[-2000:]
        assert terminal.shown.count(PROMPT) == 1
        assert "DONE (exit code 0): main on the lab estate" in terminal.shown
        assert terminal.usable()
    assert calls(asking) == before + 1


def test_who_does_not_approve_gets_a_sentence_and_no_run(asking: Desk) -> None:
    """The end of input at the prompt: the run ends with what is to be done, and nothing was asked twice."""
    before = calls(asking)
    with on_terminal(asking, "bootstrap", *LAB, "--until", "secrets_resolved") as terminal:
        terminal.see(PROMPT)
        terminal.type("\x04")
        assert terminal.end() != 0
        assert "1Password asked for an approval and got none" in terminal.shown
    assert calls(asking) == before + 1


def test_without_a_terminal_it_is_said_that_nobody_can_be_asked(asking: Desk) -> None:
    """A run from cron, say: it does not wait for an Enter that cannot come."""
    ended = asking.run("bootstrap", *LAB, "--until", "secrets_resolved")
    assert ended.code != 0
    assert "there is no terminal where it could ask" in ended.said
    assert PROMPT not in ended.said
