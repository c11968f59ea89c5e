"""Secrets by the `op` command: one call for all references, in the operator's own session."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bootstrap.errors import Permanent
from bootstrap.secret import Secret
from edges import command
from edges.command import Ran
from edges.op_errors import understood
from edges.op_template import new_border, template, values
from tree.reference import Reference

_TOKENS = ("OP_SERVICE_ACCOUNT_TOKEN", "OP_SESSION")
_SETTINGS = (
    "OP_ACCOUNT", "OP_BIOMETRIC_UNLOCK_ENABLED", "OP_CONFIG_DIR",
    "DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY",  # the app's own prompt
)  # fmt: skip
_CHECK_S = 30.0
_WHOLE_ERROR = re.compile(r"\[ERROR\].*\n")
_OPEN_ERROR = re.compile(r"(\[ERROR\].*|\[(E(R(R(O(R)?)?)?)?)?)\Z")


def to_terminal(text: str) -> None:
    """Show a prompt at once, although it ends without a line break."""
    sys.stderr.write(text)
    sys.stderr.flush()


def without_errors(show: Callable[[str], None]) -> Callable[[str], None]:
    """Pass on what `op` says but its errors (from [ERROR] to the line's end), which come back in our own sentence.

    They may follow a prompt on its line, and the pieces may be single letters.
    """
    held = ""

    def tell(text: str) -> None:
        nonlocal held
        said = _WHOLE_ERROR.sub("", held + text)
        shown = _OPEN_ERROR.sub("", said)
        held = said[len(shown) :]
        if shown:
            show(shown)

    return tell


def has_terminal() -> bool:
    """Whether this process has a controlling terminal, where a prompt can be seen and answered."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class OpCli:
    """A SecretSource. The environment's OP_CONNECT_* are kept from `op`: Connect is a source of its own, with a guard.

    prompt: shows what `op` asks; the answer is read by `op` itself from the terminal.
    answer_s, silent_s: deadline in seconds of the one call, with somebody at a terminal and without.
    """

    prompt: Callable[[str], None] = to_terminal
    log: Callable[[Ran], None] | None = None
    answer_s: float = 180.0
    silent_s: float = 60.0

    async def check(self) -> str:
        """ "" when `op` is there and signed in, or can ask somebody for it. Costs no request of the account's quota."""
        try:
            # In the operator's session, as an approval counts for one terminal only. It never prompts by itself.
            said = await command.run(
                ["op", "whoami"], deadline_s=_CHECK_S, env=_environment(), log=self.log, prompts=lambda _: None
            )
        except command.DeadlinePassed as error:
            return error.sentence
        except Permanent as error:
            return f"{error.sentence}: {error.next_action}"
        problem = None if said.exit_code == 0 else understood(said.stderr)
        if problem is None or has_terminal():
            return ""
        return f"{problem.sentence}, and there is no terminal where it could ask"

    async def resolve(self, references: frozenset[Reference]) -> Mapping[Reference, Secret]:
        """All in one call, as 1Password's limits are account-wide. Raises Permanent, Transient."""
        if not references:
            return {}
        asked, border = sorted(references), new_border()
        injected = await self._inject(template(asked, border), asked)
        found = values(asked, border, injected.reveal())
        if found is None:
            raise Permanent(
                "op inject answered with something other than the template that it was given",
                "try `op inject` by hand with one reference, mend what it says, then run the same command again",
            )
        if missing := [str(reference) for reference in asked if reference not in found]:
            raise Permanent(
                f"1Password has no value for {', '.join(missing)}",
                "fill the fields in, or correct the references, then run the same command again",
            )
        return found

    async def _inject(self, text: str, asked: list[Reference]) -> Secret:
        someone = has_terminal()
        try:
            completed = await command.run(
                ["op", "inject"],
                stdin=text,
                env=_environment(),
                deadline_s=self.answer_s if someone else self.silent_s,
                log=self.log,
                secret_stdout=True,
                prompts=without_errors(self.prompt),
            )
        except command.DeadlinePassed as error:
            raise _unanswered(error, someone) from None
        if completed.exit_code != 0:
            raise understood(completed.stderr, asked)
        return completed.raw


def _unanswered(error: command.DeadlinePassed, someone: bool) -> Permanent:
    where = "its prompt was not answered" if someone else "there is no terminal where it could ask for an approval"
    return Permanent(
        f"{error.sentence}; most likely {where}",
        "run the same command again in a terminal and answer the prompt, or set OP_SERVICE_ACCOUNT_TOKEN",
    )


def _environment() -> dict[str, Secret | str]:
    tokens = {name: Secret(value) for name, value in os.environ.items() if name.startswith(_TOKENS)}
    return {name: os.environ[name] for name in _SETTINGS if name in os.environ} | tokens
