"""Secrets by `op`: one call, in the operator's session; a prompt is answered, never a hang."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import pty
import subprocess
import sys
import termios
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from bootstrap.errors import Permanent, Transient
from bootstrap.secret import Secret
from edges.op_cli import OpCli, without_errors
from edges.op_template import new_border, template, values
from tests.edges.processes import ROOT, children_of, runs, script, wait_until
from tests.edges.secret_sources import use_op_standin
from tree.reference import Reference, parsed

REFERENCE = "op://homelab/talos/TOKEN"
CANARY = "canary-5b21aa03"

RESOLVE = """
import asyncio, sys
from bootstrap.errors import Permanent
from edges.op_cli import OpCli
from tree.reference import parsed
try:
    found = asyncio.run(OpCli(answer_s=60.0, silent_s=1.0).resolve(frozenset({parsed("op://homelab/talos/TOKEN")})))
    print("resolved", len(found), found)
except Permanent as error:
    print(error.sentence, "|", error.next_action)
except KeyboardInterrupt:
    print("interrupted")
"""


def resolve(*references: str) -> Mapping[Reference, Secret]:
    return asyncio.run(OpCli(prompt=lambda _: None).resolve(frozenset(map(parsed, references))))


def test_one_call_for_all_references(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """1Password's limits are account-wide: fifty references cost one call, and argv names none of them."""
    asked = [f"op://homelab/item{n}/field" for n in range(50)]
    folder = use_op_standin(tmp_path, monkeypatch, values={name: name.upper() for name in asked})
    assert len(resolve(*asked)) == 50
    assert (folder / "calls").read_text() == "inject\n"


def test_a_failure_is_not_asked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reference that is not there ends in one call, too."""
    folder = use_op_standin(tmp_path, monkeypatch, values={REFERENCE: "x"})
    with pytest.raises(Permanent):
        resolve(REFERENCE, "op://homelab/other/field")
    assert (folder / "calls").read_text() == "inject\n"


def test_what_op_gets_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own tokens, as the operator set them; never OP_CONNECT_*, which would change the source behind our back."""
    folder = use_op_standin(tmp_path, monkeypatch, values={REFERENCE: "x"})
    for name in ("OP_SERVICE_ACCOUNT_TOKEN", "OP_SESSION_my", "OP_CONNECT_HOST", "OP_CONNECT_TOKEN", "GITHUB_TOKEN"):
        monkeypatch.setenv(name, CANARY)
    resolve(REFERENCE)
    seen = set(json.loads((folder / "saw.json").read_text())["env"])
    assert seen >= {"OP_SERVICE_ACCOUNT_TOKEN", "OP_SESSION_my", "OP_CONFIG_DIR", "PATH", "HOME"}
    assert not seen & {"OP_CONNECT_HOST", "OP_CONNECT_TOKEN", "GITHUB_TOKEN"}


def test_op_runs_in_the_operators_own_session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An approval counts for one session: another one would be asked again, or not at all."""
    folder = use_op_standin(tmp_path, monkeypatch, values={REFERENCE: "x"})
    resolve(REFERENCE)
    assert json.loads((folder / "saw.json").read_text())["session"] == os.getsid(0)


@pytest.mark.parametrize(
    "vault", [{"fail": "could not reach"}, {"values": {REFERENCE: CANARY}}], ids=["fails", "works"]
)
def test_an_account_token_is_not_shown(
    vault: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Even when `op` prints it: neither prompt, error nor log has it."""
    monkeypatch.setenv("OP_SERVICE_ACCOUNT_TOKEN", "ops_token-canary-77")
    caplog.set_level("DEBUG")
    failing = {key: f"{text}: ops_token-canary-77" if key == "fail" else text for key, text in vault.items()}
    use_op_standin(tmp_path, monkeypatch, **failing)
    shown: list[str] = []
    source = OpCli(prompt=shown.append, log=lambda ran: shown.append(str(ran)))
    try:
        shown.append(str(asyncio.run(source.resolve(frozenset({parsed(REFERENCE)})))))
    except Permanent as error:
        shown.append(f"{error!r} {error.sentence}")
    text = "".join(shown) + caplog.text
    assert "<secret>" in text
    assert "ops_token-canary-77" not in text
    assert CANARY not in text


def test_a_prompt_is_answered_at_the_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The operator sees the question at once and types the answer; the value comes, and stays unseen."""
    use_op_standin(tmp_path, monkeypatch, values={REFERENCE: CANARY}, prompt="approve")
    with at_terminal(RESOLVE) as (process, terminal):
        seen = read_until(terminal, "Enter the key for my.1password.com: ")
        os.write(terminal, b"approve\n")
        said, _ = process.communicate(timeout=60)
    assert "resolved 1" in said
    assert "<secret>" in said
    assert CANARY not in seen + said


def test_a_dismissed_prompt_is_permanent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong answer ends in one sentence with the next action, once: it is not asked again by itself."""
    folder = use_op_standin(tmp_path, monkeypatch, values={REFERENCE: CANARY}, prompt="approve")
    with at_terminal(RESOLVE) as (process, terminal):
        read_until(terminal, "Enter the key for my.1password.com: ")
        os.write(terminal, b"no\n")
        said, _ = process.communicate(timeout=60)
        assert "[ERROR]" not in rest_of(terminal)
    assert "asked for an approval and got none" in said
    assert "answer the prompt" in said
    assert (folder / "calls").read_text() == "inject\n"


@pytest.mark.parametrize("size", [1, 5, 1000])
def test_errors_are_not_shown_twice(size: int) -> None:
    """Prompts pass at once, in pieces of any size; error lines come in our own sentence only."""
    said = "Unlock? \n[ERROR] 2026/11/20 no\n[Enter] key: \n[ERROR] again\n[ERR: Password: [ERROR] wrong\n"
    shown: list[str] = []
    tell = without_errors(shown.append)
    for at in range(0, len(said), size):
        tell(said[at : at + size])
    assert "".join(shown) == "Unlock? \n[Enter] key: \n[ERR: Password: "


def test_ctrl_c_at_the_prompt_ends_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The terminal's Ctrl-C ends the program and `op`, and nothing waits for an answer any more."""
    use_op_standin(tmp_path, monkeypatch, values={REFERENCE: CANARY}, prompt="approve")
    with at_terminal(RESOLVE) as (process, terminal):
        read_until(terminal, "Enter the key for my.1password.com: ")
        children = children_of(process.pid)
        os.write(terminal, b"\x03")
        said, _ = process.communicate(timeout=60)
    assert said.strip() == "interrupted"
    assert len(children) == 1
    assert not any(map(runs, children))


def test_without_a_terminal_a_prompt_is_a_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody could answer: after the deadline `op` is ended, and the sentence says what to set."""
    use_op_standin(tmp_path, monkeypatch, values={REFERENCE: CANARY}, prompt="approve")
    with script(RESOLVE, tmp_path) as process:
        said, _ = process.communicate(timeout=60)
    assert "there is no terminal where it could ask" in said
    assert "OP_SERVICE_ACCOUNT_TOKEN" in said


@pytest.mark.parametrize(
    ("vault", "said"),
    [
        ({"signed_in": True}, "resolves"),
        ({"signed_in": False}, "op is not signed in to 1Password: account is not signed in, and there is no terminal"),
    ],
)
def test_check_asks_for_no_secret(
    vault: dict[str, object], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says whether `op` could be used here and now; it costs none of the account's requests."""
    folder = use_op_standin(tmp_path, monkeypatch, **vault)
    text = "import asyncio; from edges.op_cli import OpCli; print(asyncio.run(OpCli().check()) or 'resolves')"
    with script(text, tmp_path) as process:
        answer, _ = process.communicate(timeout=60)
    assert answer.startswith(said)
    assert (folder / "calls").read_text() == "whoami\n"


def test_an_op_that_is_not_installed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """check() says it in a sentence, resolve() as a permanent error."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert asyncio.run(OpCli().check()).startswith("op is not on PATH: install op")
    with pytest.raises(Permanent, match="op is not on PATH"):
        resolve(REFERENCE)


def test_a_limited_account_is_transient_with_its_delay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wait that 1Password names wins over every policy of ours."""
    use_op_standin(tmp_path, monkeypatch, fail="(429) Too Many Requests: Please retry in 58 minutes or try others.")
    with pytest.raises(Transient) as caught:
        resolve(REFERENCE)
    assert caught.value.delay_s == 58 * 60


ASKED = [parsed("op://v/i/one"), parsed("op://v/i/two")]


@pytest.mark.parametrize("value", ["x", "\n", "a\nb\n", "\n\nx", "firstlight0x1", "{{ op://v/i/two }}", " "])
def test_any_value_survives_the_framing(value: str) -> None:
    """Line breaks at both ends, text that looks like ours: the borders are still found."""
    border = new_border()
    injected = template(ASKED, border).replace("{{ op://v/i/one }}", value).replace("{{ op://v/i/two }}", "2")
    if value == "{{ op://v/i/two }}":
        injected = template(ASKED, border).replace("{{ op://v/i/two }}", "2").replace("{{ op://v/i/one }}", value)
    found = values(ASKED, border, injected)
    assert found is not None
    assert [secret.reveal() for secret in found.values()] == [value, "2"]


def test_the_template_holds_nothing_that_op_would_expand() -> None:
    """No variable, and no braces but those around a reference."""
    text = template(ASKED, new_border())
    assert "$" not in text
    assert text.count("{{") == len(ASKED)
    assert new_border() != new_border()


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda text: text.replace("{{ op://v/i/one }}", ""), ["two"]),
        (lambda text: text, []),
        (lambda text: "", None),
        (lambda text: text.replace("x1\n", "x9\n"), None),
        (lambda text: "Update available\n" + text, None),
    ],
    ids=["empty value", "not replaced", "no answer", "border lost", "something before"],
)
def test_an_odd_answer_gives_no_false_value(change: object, found: list[str] | None) -> None:
    """What is empty or untouched has no value; a text that is not ours gives none at all."""
    assert callable(change)
    border = new_border()
    text = template(ASKED, border)
    injected = change(text if found == [] else text.replace("{{ op://v/i/two }}", "2"))
    answer = values(ASKED, border, injected)
    assert (None if answer is None else [reference.field for reference in answer]) == found


@contextmanager
def at_terminal(text: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A program with a controlling terminal, and that terminal's other side."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", text],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - no other thread runs here
    )
    os.close(theirs)
    try:
        yield process, ours
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def read_until(terminal: int, wanted: str) -> str:
    """What stands on the terminal, once `wanted` does."""
    os.set_blocking(terminal, False)
    seen = bytearray()

    def more() -> bool:
        with suppress(BlockingIOError):
            seen.extend(os.read(terminal, 1000))
        return wanted.encode() in seen

    wait_until(more, f"{wanted!r} on the terminal")
    return seen.decode()


def rest_of(terminal: int) -> str:
    """What still stands there once the program has ended."""
    with suppress(OSError):  # it hangs up
        return os.read(terminal, 10_000).decode()
    return ""
