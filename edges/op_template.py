"""One template with all references in, one text with all values out: how `op inject` resolves them in a single call.

`op inject` replaces {{ op://... }}, and expands $VAR and ${VAR:-x} (1Password's "Template syntax" page): so the
template holds nothing but references, in braces because names may hold spaces, between lines that no value can contain.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence

from bootstrap.secret import Secret
from tree.reference import Reference


def new_border() -> str:
    """A text that no secret contains: 128 random bits, letters and digits only, nothing that `op` would expand."""
    return f"firstlight{secrets.token_hex(16)}"


def template(references: Sequence[Reference], border: str) -> str:
    """One reference between each two numbered border lines."""
    asked = [f"{border}x{n}\n{{{{ {reference} }}}}\n" for n, reference in enumerate(references)]
    return "".join([*asked, f"{border}x{len(references)}\n"])


def values(references: Sequence[Reference], border: str, injected: str) -> Mapping[Reference, Secret] | None:
    """What stands between the borders, line breaks of a value included; None when a border is missing.

    A reference that `op` left as it was, or that is empty, has no entry.
    """
    found = {}
    rest = injected
    for n, reference in enumerate(references):
        before, opened, rest = rest.partition(f"{border}x{n}\n")
        value, closed, _ = rest.partition(f"\n{border}x{n + 1}\n")
        if before.strip() or not (opened and closed):
            return None
        rest = rest[len(value) + 1 :]
        if value and value != f"{{{{ {reference} }}}}":
            found[reference] = Secret(value)
    return found
