"""How a run's edges start commands: where running ones are on record, and who is told of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bootstrap.secret import Secret
from edges import command
from edges.command import Completed, Ran


@dataclass(frozen=True, slots=True)
class Shell:
    """state_dir: folder of this run for short-lived private files and the record of running commands (mode 0700).

    env: added to every command's environment. log: told of every command that ended, redacted.
    """

    state_dir: Path
    env: Mapping[str, Secret | str] = field(default_factory=dict)
    log: Callable[[Ran], None] | None = None

    async def run(
        self,
        argv: Sequence[str],
        *,
        deadline_s: float,
        stdin: Secret | str | None = None,
        env: Mapping[str, Secret | str] | None = None,
        redact: Iterable[Secret] = (),
        cwd: Path | None = None,
        secret_stdout: bool = False,
    ) -> Completed:
        """`edges.command.run` with this run's own settings; see there."""
        return await command.run(
            argv,
            deadline_s=deadline_s,
            stdin=stdin,
            env={**self.env, **(env or {})},
            redact=redact,
            cwd=cwd,
            state_dir=self.state_dir,
            log=self.log,
            secret_stdout=secret_stdout,
        )
