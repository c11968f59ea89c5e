"""Two small clusters that are right, and ways to make them wrong: alpha on bare machines, beta on VMs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from inventory.problem import BadInput

SAMPLES = Path(__file__).parent / "clusters"
ALPHA = (SAMPLES / "alpha.yaml").read_text()
BETA = (SAMPLES / "beta.yaml").read_text()

Edit = tuple[str, str]


def edited(text: str, *edits: Edit) -> str:
    """The text with each old part's first occurrence replaced; an edit that finds nothing is the test's own defect."""
    for old, new in edits:
        assert old in text, f"{old!r} does not stand in the sample"
        text = text.replace(old, new, 1)
    return text


def repository(root: Path, **texts: str | bytes) -> Path:
    """A repository below root whose inventory holds one file for each keyword."""
    folder = root / "inventory"
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        data = text if isinstance(text, bytes) else text.encode()
        (folder / f"{name}.yaml").write_bytes(data)
    return root


def refusal(call: Callable[[], object]) -> list[str]:
    """The problems that a call refuses its input for, as they are printed."""
    with pytest.raises(BadInput) as caught:
        call()
    return [str(problem) for problem in caught.value.problems]
