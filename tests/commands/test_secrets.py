"""The vault's values are found nowhere: not in output, files, command lines or environments."""

from __future__ import annotations

import base64
from pathlib import Path

from rehearsal.pki import value_of
from tests.commands.desk import MAIN, Desk, tree
from tests.commands.record import world_of
from tree.reference import parsed

READING = (
    ("plan", *MAIN),
    ("status", *MAIN),
    ("doctor", *MAIN),
    ("report", *MAIN),
    ("report", *MAIN, "--all"),
)


def _values(world: Path) -> dict[str, set[bytes]]:
    """Reference -> its value as the rehearsed vault makes it, and what that decodes to: the canaries."""
    found = world_of(world)
    return {text: _forms(value_of(parsed(text), found.pki)) for text in found.repository.references}


def _forms(value: str) -> set[bytes]:
    forms = {value.encode()}
    if len(value) > 60:
        decoded = base64.b64decode(value)
        forms |= {decoded, *(line for line in decoded.splitlines() if len(line) > 40)}
    return forms


def _leaked(values: dict[str, set[bytes]], place: str, content: bytes) -> list[str]:
    return [f"{reference} in {place}" for reference, forms in values.items() for form in forms if form in content]


def _process(pid: int) -> bytes:
    try:
        return b"".join(Path(f"/proc/{pid}/{name}").read_bytes() for name in ("cmdline", "environ"))
    except OSError:
        return b""


def test_no_value_leaves_the_process(desk: Desk, finished_once: Desk) -> None:
    """While a run goes and after it, in text and as JSON: nothing that any process, file or output shows has one."""
    values = _values(finished_once.world)
    assert len(values) > 10
    leaks: list[str] = []
    with desk.started("bootstrap", *MAIN, "--pace", "3") as running:
        running.hear("an act", lambda line: "acting" in line)
        while running.process.poll() is None:
            for pid in desk.left_behind():
                leaks += _leaked(values, f"process {pid}", _process(pid))
            for name, content in tree(desk.state).items():
                leaks += _leaked(values, f"{name} while it runs", content or b"")
        ended = running.end()
    assert ended.code == 0, ended.end_of_it
    leaks += _leaked(values, "the output", ended.said.encode())
    for words in READING:
        for form in ("text", "json"):
            told = desk.run(*words, "--format", form)
            assert told.code == 0, told.end_of_it
            leaks += _leaked(values, f"{words[0]} as {form}", told.said.encode())
    for name, content in {**tree(desk.state), **tree(desk.home)}.items():
        leaks += _leaked(values, name, content or b"")
    assert leaks == []


def test_a_leak_would_be_seen(finished_once: Desk) -> None:
    """The search itself: a value is found in whole, and as what it decodes to."""
    values = _values(finished_once.world)
    for reference, forms in values.items():
        for form in forms:
            assert _leaked({reference: forms}, "a file", b"before " + form + b" after")


def test_render_masks(desk: Desk, finished_once: Desk) -> None:
    """A node's config and the templates are shown with every reference hidden, without any vault."""
    values = _values(finished_once.world)
    for words in (("--node", "k8s-1"), ("--node", "k8s-4"), ("--template", "talosconfig"), ("--template", "resources")):
        ended = desk.run("render", "--cluster", "main", *words)
        assert ended.code == 0, ended.end_of_it
        assert "<secret>" in ended.out
        assert "op://" not in ended.said
        assert _leaked(values, "render", ended.said.encode()) == []
    assert not desk.state.exists()
