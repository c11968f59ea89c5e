"""A bootstrap whose network is not its own lab's: what the lab itself refuses is let through here, so that what lies
behind it is seen."""

from __future__ import annotations

import sys
from pathlib import Path

from operations import lab_stage
from operations.bootstrap import bootstrap
from operations.closing import closed
from operations.request import Request


def _let_in(cluster: str, root: Path) -> None:
    """It is wherever it is."""


if __name__ == "__main__":
    vars(lab_stage)["inside"] = _let_in
    raise SystemExit(closed(lambda: bootstrap(Request(sys.argv[1], "lab", Path(sys.argv[2])))))
