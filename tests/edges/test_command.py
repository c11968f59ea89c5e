"""The command runner: what a command gets, what comes back, and what is never seen."""

from __future__ import annotations

import asyncio
import base64
import logging
import os
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from bootstrap.errors import Permanent, Refused, Transient
from bootstrap.secret import Secret
from edges import command
from edges.command import Completed, Ran
from tests.edges.processes import wait_until

CANARY = "canary-91d0e7f2"


def run(*argv: str, deadline_s: float = 60.0, **options: Any) -> Completed:
    return asyncio.run(command.run(argv, deadline_s=deadline_s, **options))


def shell(text: str, **options: Any) -> Completed:
    return run("sh", "-c", text, **options)


@pytest.mark.parametrize(
    ("script", "exit_code", "stdout", "stderr"),
    [
        ("true", 0, "", ""),
        ("echo out; echo err >&2; exit 7", 7, "out\n", "err\n"),
        ("printf 'no line break'", 0, "no line break", ""),
        ("printf 'a\\n\\nb'; printf '\\303\\244' >&2", 0, "a\n\nb", "ä"),
        ("printf '\\377'", 0, "\ufffd", ""),
        ("kill -KILL $$", -9, "", ""),
        ("cat", 0, "", ""),
    ],
)
def test_the_outcome_is_a_value(script: str, exit_code: int, stdout: str, stderr: str) -> None:
    """Any exit code, also a signal's, comes back with both outputs; the input is empty, not the terminal's."""
    completed = shell(script)
    assert (completed.exit_code, completed.stdout, completed.stderr) == (exit_code, stdout, stderr)
    assert completed.argv == ("sh", "-c", script)


def test_large_output_and_input_are_whole() -> None:
    """Megabytes pass in both directions without a stall or a gap."""
    text = "".join(f"line {n}\n" for n in range(300_000))
    assert run("cat", stdin=text).stdout == text


def test_a_command_that_does_not_read_its_input_ends_normally() -> None:
    """A broken pipe on stdin is the command's own affair."""
    assert shell("exit 4", stdin="x" * 1_000_000).exit_code == 4


def test_a_command_has_no_terminal_and_a_session_of_its_own() -> None:
    """Ctrl-C reaches us, not it; and no tool draws for a terminal."""
    completed = shell("for n in 0 1 2; do test -t $n && echo tty; done; cut -d' ' -f 6 /proc/$$/stat; echo $$")
    session, pid = completed.stdout.split()
    assert session == pid


def test_arguments_arrive_as_they_are() -> None:
    """No shell, no splitting, no globbing in between; empty ones stay."""
    argv = ["*", "a b", "", "$HOME", "--x=1", "'\"", "ä\n"]
    assert run("printf", "%s|", *argv).stdout == "".join(f"{word}|" for word in argv)


def test_cwd_is_where_it_runs(tmp_path: Path) -> None:
    """A command runs where it was told to."""
    assert shell("pwd", cwd=tmp_path).stdout.strip() == str(tmp_path.resolve())


def test_only_allowed_variables_reach_a_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """A credential of the operator's shell does not travel along; what the caller adds does."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    monkeypatch.setenv("KUBECONFIG", "/home/operator/.kube/config")
    monkeypatch.setenv("OP_SERVICE_ACCOUNT_TOKEN", "x")
    monkeypatch.setenv("XDG_CACHE_HOME", "/cache")
    monkeypatch.setenv("SSL_CERT_FILE", "/ca.pem")
    seen = {line.partition("=")[0] for line in run("env", env={"KUBECONFIG": "/mine"}).stdout.splitlines()}
    assert seen >= {"PATH", "XDG_CACHE_HOME", "SSL_CERT_FILE", "KUBECONFIG"}
    assert not seen & {"AWS_SECRET_ACCESS_KEY", "OP_SERVICE_ACCOUNT_TOKEN"}
    assert run("sh", "-c", "echo $KUBECONFIG", env={"KUBECONFIG": "/mine"}).stdout == "/mine\n"


def test_a_deadline_is_transient_and_says_what_was_last_said() -> None:
    """The sentence names the command, the time, and the last words."""
    with pytest.raises(command.DeadlinePassed) as caught:
        shell("echo waiting for the lock >&2; sleep 300", deadline_s=0.5)
    assert isinstance(caught.value, Transient)
    assert "did not end within 0.5 s" in caught.value.sentence
    assert "waiting for the lock" in caught.value.sentence


@pytest.mark.parametrize("place", ["missing folder", "no program", "wrong kind"])
def test_what_cannot_start_is_permanent(place: str, tmp_path: Path) -> None:
    """Not installed, not executable, no folder: one sentence and a next action, nothing run."""
    broken = tmp_path / "broken"
    broken.write_bytes(b"\0\1\2")
    broken.chmod(0o755)
    program = {"missing folder": "true", "no program": "no-such-program", "wrong kind": str(broken)}[place]
    with pytest.raises(Permanent) as caught:
        run(program, cwd=tmp_path / "nowhere" if place == "missing folder" else tmp_path)
    assert "Traceback" not in caught.value.sentence
    assert caught.value.next_action
    assert isinstance(caught.value, command.NotInstalled if place == "no program" else command.NotStarted)


def test_success_can_be_demanded() -> None:
    """`succeeded` passes exit code 0 on and makes any other one permanent, with the last words."""
    assert command.succeeded(shell("true")).exit_code == 0
    with pytest.raises(command.CommandFailed, match="ended with exit code 3: no such release"):
        command.succeeded(shell("echo no such release >&2; exit 3"))


@pytest.mark.parametrize("spelled", [CANARY, base64.b64encode(CANARY.encode()).decode(), f"--token={CANARY}"])
def test_a_secret_in_argv_is_refused_before_anything_runs(spelled: str, tmp_path: Path) -> None:
    """Rule 5: it is refused, nothing is started, and the refusal does not repeat it."""
    with pytest.raises(Refused) as caught:
        run("touch", str(tmp_path / "ran"), spelled, redact=[Secret(CANARY)])
    assert not list(tmp_path.iterdir())
    assert spelled not in f"{caught.value.sentence}{caught.value.next_action}{caught.value!r}"


def test_secrets_go_by_stdin_and_environment_and_come_back_masked() -> None:
    """The child has them; result, log and error show <secret>; the caller can have the output as a Secret."""
    told: list[Ran] = []
    completed = shell(
        "cat; echo $TOKEN; echo $TOKEN >&2; printf %s $TOKEN | base64 >&2; exit 1",
        stdin=Secret("pem line one, quite long\npem line two, quite long\n"),
        env={"TOKEN": Secret(CANARY)},
        log=told.append,
    )
    assert completed.raw.reveal() == f"pem line one, quite long\npem line two, quite long\n{CANARY}\n"
    with pytest.raises(command.CommandFailed) as caught:
        command.succeeded(completed)
    shown = f"{completed} {told} {caught.value} {caught.value!r}"
    assert "<secret>" in shown
    assert not [text for text in (CANARY, "pem line", base64.b64encode(CANARY.encode()).decode()) if text in shown]


def test_output_that_is_a_secret_is_shown_nowhere() -> None:
    """A credential that the command itself makes is unknown before: the caller says so."""
    told: list[Ran] = []
    completed = run("echo", "fresh kubeconfig", secret_stdout=True, log=told.append)
    assert completed.raw.reveal() == "fresh kubeconfig\n"
    assert (completed.stdout, told[0].output) == ("<secret>", "<secret>")


def test_the_log_hears_of_every_command() -> None:
    """Exit code, time and output of those that ended; None for one that had to be ended."""
    told: list[Ran] = []
    shell("echo a; echo b >&2; exit 2", log=told.append)
    with pytest.raises(command.DeadlinePassed):
        shell("echo begun; sleep 300", deadline_s=0.5, log=told.append)
    assert [(ran.exit_code, ran.output) for ran in told] == [(2, "a\nb\n"), (None, "begun\n")]
    assert all(ran.seconds > 0 for ran in told)


def test_a_canary_is_seen_nowhere_while_a_command_runs(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """argv of every process, all logs at their finest, and the record on disk: no secret in any of them."""
    caplog.set_level(logging.DEBUG)
    seen: dict[str, str] = {}

    def look() -> None:
        wait_until((tmp_path / "up").exists, "the command starts")
        seen["argv"] = "".join(_cmdlines())
        seen["records"] = "".join(path.read_text() for path in (tmp_path / "state").iterdir())
        (tmp_path / "go").touch()

    watcher = threading.Thread(target=look)
    watcher.start()
    completed = shell(
        "cat > /dev/null; touch up; until test -e go; do sleep 0.02; done",
        stdin=Secret(CANARY),
        env={"TOKEN": Secret(CANARY)},
        cwd=tmp_path,
        state_dir=tmp_path / "state",
    )
    watcher.join()
    assert "until test -e go" in seen["argv"]
    assert '"program": "sh"' in seen["records"]
    assert CANARY not in f"{seen} {caplog.text} {completed}"
    assert list((tmp_path / "state").iterdir()) == []


def test_a_state_folder_that_cannot_be_written_stops_the_command_before_it_starts(tmp_path: Path) -> None:
    """Without a record a command could outlive us unseen: it is not started, and the sentence names the file."""
    (tmp_path / "state").write_text("a file in the way")
    with pytest.raises(Permanent, match="was not started: its record"):
        run("touch", str(tmp_path / "ran"), state_dir=tmp_path / "state")
    assert not (tmp_path / "ran").exists()


def test_no_thread_outlives_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not by a moment, even when the threads of sh are slow to end."""
    end = threading.Timer.run

    def slowly(timer: threading.Timer) -> None:
        end(timer)
        time.sleep(0.2)

    async def threads_after() -> set[threading.Thread]:
        await command.run(["true"], deadline_s=60.0)
        return set(threading.enumerate())

    monkeypatch.setattr(threading.Timer, "run", slowly)
    before = set(threading.enumerate())
    assert asyncio.run(threads_after()) <= before


def test_many_commands_at_once_do_not_mix() -> None:
    """Each gets its own output back; no thread is left."""

    async def all_of_them() -> list[Completed]:
        return await asyncio.gather(
            *(command.run(["sh", "-c", f"echo {n}; exit {n}"], deadline_s=60.0) for n in range(40))
        )

    before = set(threading.enumerate())
    found = asyncio.run(all_of_them())
    assert [(each.exit_code, each.stdout) for each in found] == [(n, f"{n}\n") for n in range(40)]
    assert set(threading.enumerate()) <= before


def _cmdlines() -> list[str]:
    found = []
    for name in os.listdir("/proc"):
        try:
            found.append(Path("/proc", name, "cmdline").read_text(errors="replace") if name.isdigit() else "")
        except OSError:
            continue
    return found
