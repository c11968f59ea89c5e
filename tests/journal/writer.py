"""A process that holds the lease and appends until it is stopped, or until the journal refuses.

python -m tests.journal.writer URL FOLDER [--every N] [--then COMMAND]: prints the number of each durable entry once it
is durable, then, when the journal refused, one line of JSON. COMMAND is run then, and one more append is tried.
"""

from __future__ import annotations

import argparse
import json
import subprocess
from pathlib import Path
from typing import Any

from bootstrap.errors import Permanent
from bootstrap.journals.sql_journal import SqlJournal
from bootstrap.lease import Lease
from tests.journal.places import Place, acting


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--every", type=int, default=1, help="each N-th entry is durable")
    parser.add_argument("--then", help="shell command that mends the place")
    chosen = parser.parse_args()
    place = Place(chosen.url, chosen.folder)
    try:
        lease, journal = place.held(), place.journal()
    except Permanent as refused:
        print(json.dumps(told(refused)), flush=True)
        return
    ended = _append_until_refused(journal, lease, chosen.every)
    if chosen.then:
        subprocess.run(["sh", "-c", chosen.then], check=True)
        journal.append([acting(ended["next"])], fencing=lease.fencing, durable=True)
    place.close()
    print(json.dumps({**ended, "closed": True}), flush=True)


def told(refused: Permanent) -> dict[str, Any]:
    """What the operator would see."""
    return {"sentence": refused.sentence, "next_action": refused.next_action}


def _append_until_refused(journal: SqlJournal, lease: Lease, every: int) -> dict[str, Any]:
    number = 0
    while True:
        durable = number % every == every - 1
        try:
            journal.append([acting(number)], fencing=lease.fencing, durable=durable)
        except Permanent as refused:
            return {**told(refused), "next": number}
        if durable:
            print(number, flush=True)
        number += 1


if __name__ == "__main__":
    main()
