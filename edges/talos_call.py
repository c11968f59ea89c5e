"""One call of talosctl: what it is given, and what its end means."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from bootstrap.errors import Transient
from bootstrap.secret import Secret
from edges.command import Completed, DeadlinePassed, Ran
from edges.shell import Shell
from edges.talos_errors import understood

CALL_S = 30.0
"""talosctl waits 20 s at most for a connection (grpc-go's default); an answer takes well below a second."""

Mask = Callable[[str], str]


def unmasked(text: str) -> str:
    """What is said is shown as it is."""
    return text


@dataclass(frozen=True, slots=True)
class Calls:
    """How talosctl is called. It reads nothing of the operator's: neither ~/.talos nor TALOSCONFIG."""

    shell: Shell
    program: str = "talosctl"

    async def run(
        self,
        argv: Sequence[str],
        *,
        where: str,
        stdin: str | None = None,
        secrets: Iterable[Secret] = (),
        mask: Mask = unmasked,
        secret_stdout: bool = False,
    ) -> Completed:
        """Run `talosctl ARGV` to its end, whatever its exit code. Raises Transient when that takes too long.

        where: the machine, for sentences. secrets, mask: what must not be seen of what it says; not even in the log.
        """
        shell = replace(self.shell, log=_masked(self.shell.log, mask))
        try:
            completed = await shell.run(
                (self.program, *argv),
                deadline_s=CALL_S,
                stdin=stdin,
                redact=secrets,
                secret_stdout=secret_stdout,
            )
        except DeadlinePassed:
            raise Transient(f"{where} did not answer `talosctl {_verb(argv)}` within {CALL_S:g} s") from None
        return replace(completed, stdout=mask(completed.stdout), stderr=mask(completed.stderr))

    async def must(self, argv: Sequence[str], *, where: str, secret_stdout: bool = False) -> Completed:
        """`run`, and its exit code is 0. Raises by the table of edges.talos_errors."""
        return succeeded(await self.run(argv, where=where, secret_stdout=secret_stdout), where)


def succeeded(completed: Completed, where: str) -> Completed:
    """The call, if its exit code is 0. Raises by the table of edges.talos_errors."""
    if completed.exit_code != 0:
        raise understood(completed.stderr, where)
    return completed


def _verb(argv: Sequence[str]) -> str:
    return " ".join(word for word in argv if word.replace("-", "").isalpha() and not word.startswith("-"))


def _masked(log: Callable[[Ran], None] | None, mask: Mask) -> Callable[[Ran], None] | None:
    if log is None or mask is unmasked:
        return log
    return lambda ran: log(replace(ran, output=mask(ran.output)))
