"""One operator's process: python -m tests.lease.operator_run URL FOLDER.

Reads commands, one a line: `try AT` takes a new lease at monotonic time AT (as exactly as a busy loop can), `end` gives
it back. Answers each with `held NUMBER`, `refused` or `free`.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from bootstrap.clock import SystemClock
from bootstrap.errors import Refused
from bootstrap.leases.composed import open_lease
from tests.lease.stage import CLUSTER, ESTATE


def main() -> None:
    """See the module."""
    url, folder = sys.argv[1], Path(sys.argv[2])
    print("ready", flush=True)
    for line in sys.stdin:
        if line.startswith("try"):
            lease = open_lease(url, folder, cluster=CLUSTER, estate=ESTATE, clock=SystemClock())
            while time.monotonic() < float(line.split()[1]):
                pass
            try:
                lease.acquire()
                print(f"held {lease.fencing}", flush=True)
            except Refused:
                print("refused", flush=True)
        else:
            lease.release()
            print("free", flush=True)


if __name__ == "__main__":
    main()
