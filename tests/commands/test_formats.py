"""Output for people and for machines: plain where there is no terminal, JSON on every line, no doubt what it was."""

from __future__ import annotations

import json
import re

import pytest

from tests.commands.desk import MAIN, Desk

UNTOUCHED = "no machine was touched"
READING = (("plan", *MAIN), ("status", *MAIN), ("doctor", *MAIN), ("report", *MAIN), ("report", *MAIN, "--all"))
NAMES = ["plan", "status", "doctor", "report", "report --all"]


@pytest.mark.parametrize("words", READING, ids=NAMES)
def test_every_output_of_a_rehearsal_says_that_no_machine_was_touched(finished: Desk, words: tuple[str, ...]) -> None:
    """In words before anything else, and as JSON: one object a line, with a note that says it."""
    text = finished.run(*words)
    assert (text.code, text.err) == (0, "")
    assert UNTOUCHED in "".join(text.out.splitlines(keepends=True)[:2])
    assert "\x1b" not in text.out
    machine = finished.run(*words, "--format", "json")
    assert (machine.code, machine.err) == (0, "")
    (told,) = [json.loads(line) for line in machine.out.splitlines()]
    assert UNTOUCHED in told["note"]


@pytest.mark.parametrize("words", READING, ids=NAMES)
def test_it_says_so_where_nothing_was_rehearsed_yet(desk: Desk, words: tuple[str, ...]) -> None:
    """No journal, no world: the same words, the exit code of what is true, and nothing is made."""
    ended = desk.run(*words)
    assert ended.code == (2 if words[0] == "plan" else 0), ended.end_of_it
    assert UNTOUCHED in ended.out
    assert not desk.state.exists()


def test_a_run_without_a_terminal_is_plain_lines(desk: Desk) -> None:
    """A line an event; the first says what it is and how far the lease reaches, the summary repeats the former."""
    ended = desk.run("bootstrap", *MAIN)
    lines = ended.out.splitlines()
    assert (ended.code, ended.err) == (0, "")
    assert "\x1b" not in ended.out
    assert UNTOUCHED in lines[0]
    assert "lease reaches this computer" in lines[0]
    assert UNTOUCHED in ended.out.partition("DONE (exit code 0): main")[2]
    assert "Critical path:" in ended.out
    assert ended.out.rstrip().endswith(str(desk.journal))


def test_a_run_as_json_is_json_on_every_line(desk: Desk) -> None:
    """Events in order from RunStarted to RunEnded, then the summary, of the same run, with the same exit code."""
    ended = desk.run("bootstrap", *MAIN, "--format", "json")
    told = [json.loads(line) for line in ended.out.splitlines()]
    assert (ended.code, ended.err) == (0, "")
    assert [told[0]["kind"], told[-2]["kind"], told[-1]["kind"]] == ["RunStarted", "RunEnded", "Summary"]
    assert told[0]["reach"] == "this computer"
    assert len({line["run"] for line in told}) == 1
    assert (told[-2]["exit_code"], told[-1]["exit_code"], told[-1]["outcome"]) == (0, 0, "done")
    assert UNTOUCHED in told[-1]["note"]


def test_status_names_every_path_in_use(finished: Desk) -> None:
    """What is true, of which run, and where all of it lies."""
    ended = finished.run("status", *MAIN)
    for words in ("inventory/main.yaml", "kubernetes/main", str(finished.journal), str(finished.world), "kubeconfig"):
        assert words in ended.out
    assert "UTC by the rehearsed world's own clock: done." in ended.out
    for name in ("kubeconfig", "talosconfig"):
        assert re.search(rf"^{name} .* \(in the rehearsed world only\)$", ended.out, re.MULTILINE)
    assert ended.out.count("in the rehearsed world only") == 2
    told = json.loads(finished.run("status", *MAIN, "--format", "json").out)
    assert told["rehearsed_paths"] == ["kubeconfig", "talosconfig"]
    assert "rehearsed" not in told["paths"]["kubeconfig"]
    assert re.search(r"\b(\d+) of \1 steps are true now", ended.out)
