"""Where a tool lies in the cache: below the hash of all that decides what is built."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from lab.toolbox.tool import Tool

_DIGITS = 16


def recipe_key(tool: Tool, recipes: Path) -> str:
    """The hash of its go.mod, go.sum and recipe. Raises OSError when it has no such files."""
    digest = hashlib.sha256()
    for part in ((recipes / tool.name / "go.mod").read_bytes(), (recipes / tool.name / "go.sum").read_bytes()):
        digest.update(len(part).to_bytes(8, "big") + part)
    digest.update(repr(tool).encode())
    return digest.hexdigest()[:_DIGITS]


def user_cache() -> Path:
    """Where tools of this user are kept (XDG base directories: a relative XDG_CACHE_HOME counts as unset)."""
    named = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (named if named.is_absolute() else Path.home() / ".cache") / "firstlight" / "tools"
