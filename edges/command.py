"""The one way to run a command: argv list, own session, deadline, redacted output; it never outlives its call.

Built on sh, which by itself leaves orphans: its timeout and a cancelled task end at most the command, never what the
command started, and its errors and logs carry the whole argv.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bootstrap.clock import SystemClock
from bootstrap.errors import Permanent, Refused, Transient
from bootstrap.secret import Secret
from edges import leftovers, workers
from edges.child import Child, Launch
from edges.environment import environment
from edges.process_tree import MARK
from edges.redaction import MASK, Redactor

logging.getLogger("sh").setLevel(logging.CRITICAL + 1)  # it logs argv and pieces of stdin

GRACE_S = 5.0
_TAIL = 2000


@dataclass(frozen=True, slots=True)
class Completed:
    """A command that ended by itself, whatever its exit code (-N: ended by signal N).

    argv, stdout, stderr: redacted; stdout is "<secret>" when the caller said that it is one. raw: stdout as it came.
    """

    argv: tuple[str, ...]
    exit_code: int
    stdout: str
    stderr: str
    seconds: float
    raw: Secret


@dataclass(frozen=True, slots=True)
class Ran:
    """A command for the run's log, fit to paste. exit_code: None when it was ended. output: stdout, then stderr."""

    argv: tuple[str, ...]
    exit_code: int | None
    seconds: float
    output: str


class NotInstalled(Permanent):
    """The program is not on PATH."""


class NotStarted(Permanent):
    """The program is there and cannot be run (no right, wrong kind of file, no such folder)."""


class DeadlinePassed(Transient):
    """The command did not end in time and was ended, with all that it had started. stderr: redacted, what it said."""

    def __init__(self, sentence: str, stderr: str) -> None:
        super().__init__(sentence)
        self.stderr = stderr


class CommandFailed(Permanent):
    """A command ended with an exit code that its edge has no entry for. completed: all that is known of it."""

    def __init__(self, completed: Completed) -> None:
        said = completed.stderr.strip()[-_TAIL:] or "it said nothing"
        super().__init__(
            f"{' '.join(completed.argv)} ended with exit code {completed.exit_code}: {said}",
            "run it by hand to see more, mend what it says, then run the same command again",
        )
        self.completed = completed


class SecretInArgv(Refused):
    """A secret would have stood in argv, where every user of the computer can read it (rule 5): a programming error."""


def succeeded(completed: Completed) -> Completed:
    """The command, if its exit code is 0. Raises CommandFailed."""
    if completed.exit_code != 0:
        raise CommandFailed(completed)
    return completed


async def run(
    argv: Sequence[str],
    *,
    deadline_s: float,
    stdin: Secret | str | None = None,
    env: Mapping[str, Secret | str] | None = None,
    redact: Iterable[Secret] = (),
    cwd: Path | None = None,
    state_dir: Path | None = None,
    log: Callable[[Ran], None] | None = None,
    secret_stdout: bool = False,
    prompts: Callable[[str], object] | None = None,
) -> Completed:
    """Run a command to its end.

    deadline_s: seconds, suspended time included; then, and on cancel, its whole tree gets TERM, and KILL 5 s later.
    stdin: None is the empty input. env: added to the allow-list of edges.environment.
    redact: secrets that the output must not show, besides those of stdin and env.
    state_dir: where running commands are on record for `end_leftovers`.
    prompts: the command may ask the operator: it stays in the operator's session, where it reaches the terminal, and
    what it writes to stderr is handed on at once, redacted. Such a command is not on record.

    Raises NotInstalled, NotStarted, DeadlinePassed, SecretInArgv (before anything was done).
    """
    extra = dict(env or {})
    known = [*redact, *(value for value in (stdin, *extra.values()) if isinstance(value, Secret))]
    redactor = Redactor(known)
    shown = _checked(argv, redactor)
    mark = "" if prompts else leftovers.new_mark()
    launch = Launch(
        argv=(_program(argv[0], env=environment(extra)), *argv[1:]),
        env=environment(extra) | ({MARK: mark} if mark else {}),
        stdin=stdin.reveal() if isinstance(stdin, Secret) else stdin,
        cwd=cwd,
        mark=mark,
        tell=_live(known, prompts) if prompts else None,
        state_dir=None if prompts else state_dir,
    )
    return await _Run(Child(launch), shown, redactor, deadline_s, log, secret_stdout).to_the_end()


def _checked(argv: Sequence[str], redactor: Redactor) -> tuple[str, ...]:
    if any(redactor.hits(word) for word in argv):
        raise SecretInArgv(
            f"{argv[0]} was not started: a secret stood in its arguments",
            "this is a defect of Firstlight: report it; the secret must go through stdin or the environment",
        )
    return tuple(argv)


def _program(name: str, env: Mapping[str, str]) -> str:
    found = shutil.which(name, path=env.get("PATH", ""))
    if found is None:
        raise NotInstalled(f"{name} is not on PATH", f"install {name}, then run the same command again")
    return found


def _live(known: Iterable[Secret], prompts: Callable[[str], object]) -> Callable[[str], object]:
    redactor = Redactor(known)
    return lambda piece: prompts(redactor.feed(piece) if piece else redactor.flush())


@dataclass(frozen=True, slots=True)
class _Run:
    child: Child
    argv: tuple[str, ...]
    redactor: Redactor
    deadline_s: float
    log: Callable[[Ran], None] | None
    secret_stdout: bool

    async def to_the_end(self) -> Completed:
        clock = SystemClock()
        began = clock.now()
        try:
            code = await workers.run(
                self.child.run, timeout_s=self.deadline_s, closer=lambda: self.child.end(GRACE_S), grace_s=2 * GRACE_S
            )
        except TimeoutError:
            self._tell(None, clock.now() - began)
            raise DeadlinePassed(self._too_late(), self._stderr()) from None
        except asyncio.CancelledError:
            self._tell(None, clock.now() - began)
            raise
        except OSError as error:
            raise NotStarted(
                f"{self.argv[0]} could not be started: {error}", f"mend it, then try `{self.argv[0]}` by hand"
            ) from None
        self._tell(code, clock.now() - began)
        return Completed(
            self.argv, code, self._stdout(), self._stderr(), clock.now() - began, Secret(self.child.stdout())
        )

    def _stdout(self) -> str:
        return MASK if self.secret_stdout else self.redactor.text(self.child.stdout())

    def _stderr(self) -> str:
        return self.redactor.text(self.child.stderr())

    def _too_late(self) -> str:
        said = self._stderr().strip()[-_TAIL:]
        return (
            f"{' '.join(self.argv)} did not end within {self.deadline_s:g} s and was ended"
            f"{f'; it last said: {said}' if said else ''}"
        )

    def _tell(self, exit_code: int | None, seconds: float) -> None:
        if self.log is not None:
            self.log(Ran(self.argv, exit_code, seconds, self._stdout() + self._stderr()))
