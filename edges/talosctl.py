"""Talos by the `talosctl` command: machine configs, and connections to the machines."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bootstrap.errors import Permanent
from bootstrap.secret import Secret
from edges.command import Completed
from edges.field_mask import masked, secrets_in
from edges.private_text import PrivateText
from edges.redaction import MASK
from edges.shell import Shell
from edges.talos_call import Calls
from edges.talos_errors import plainly
from edges.talos_machines import TalosMachines

_HERE = "talosctl"
_UNKNOWN_KEYS = re.compile(r"(unknown keys found during decoding:\n)(?P<yaml>(?:.*\n?)*)")
_SCALAR = re.compile(r"^(?P<key>\s*(?:- )?[\w.\"'/-]+:) \S.*$", re.MULTILINE)
_ITEM = re.compile(r"^(?P<lead>\s*- )(?![\w.\"'/-]+:).*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class TalosCtl:
    """program: the command, of the inventory's Talos version. Its own defaults (~/.talos, TALOSCONFIG) are not read."""

    shell: Shell
    program: str = "talosctl"

    async def merge(self, base: Secret, patch: Secret) -> Secret:
        """Raises Permanent when one of them is no machine config or no patch; nothing of them is quoted."""
        with PrivateText(patch, self.shell.state_dir) as patch_file:
            said = await self._offline(
                ("machineconfig", "patch", "/dev/stdin", "--patch", f"@{patch_file.path}"), base, patch
            )
        if said.exit_code != 0:
            raise Permanent(
                f"the machine config and its patch cannot be merged: {_complaint(said)}",
                "mend the template of the machine config or of the node's patch",
            )
        return said.raw

    async def validate(self, config: Secret) -> tuple[str, ...]:
        """What `talosctl validate` says for a machine without a container or cloud around it."""
        said = await self._offline(("validate", "--mode", "metal", "--config", "/dev/stdin"), config)
        return () if said.exit_code == 0 else _sentences(said.stderr)

    async def connect(self, talosconfig: Secret) -> TalosMachines:
        return TalosMachines(self._calls(), talosconfig)

    def _calls(self) -> Calls:
        return Calls(self.shell, self.program)

    async def _offline(self, argv: tuple[str, ...], text: Secret, other: Secret | None = None) -> Completed:
        known = [*secrets_in(text.reveal()), *(secrets_in(other.reveal()) if other else ())]
        return await self._calls().run(
            argv, where=_HERE, stdin=text.reveal(), secrets=known, mask=_without_values, secret_stdout=True
        )


def _without_values(text: str) -> str:
    """Keys that Talos does not know come with their values, which may be anything: only the keys are shown."""
    return masked(_UNKNOWN_KEYS.sub(lambda match: match[1] + _keys(match["yaml"]), text))


def _keys(yaml: str) -> str:
    return _ITEM.sub(rf"\g<lead>{MASK}", _SCALAR.sub(r"\g<key>", yaml))


def _complaint(said: Completed) -> str:
    return plainly(said.stderr) or f"talosctl ended with exit code {said.exit_code} and said nothing"


def _sentences(stderr: str) -> tuple[str, ...]:
    """One sentence for each complaint: the validator lists them with asterisks (hashicorp/go-multierror)."""
    listed = [line.strip()[2:] for line in stderr.splitlines() if line.strip().startswith("* ")]
    return tuple(dict.fromkeys(listed)) or (plainly(stderr) or "talosctl does not accept it and does not say why",)
