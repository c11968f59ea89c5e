"""A process that reads a journal and prints its entries' numbers, or what kept it from reading, as one line of JSON."""

from __future__ import annotations

import json
import sys

from bootstrap.errors import Permanent
from bootstrap.journals.sql_journal import open_journal
from tests.journal.places import CLUSTER, ESTATE, numbers
from tests.journal.writer import told


def main() -> None:
    """python -m tests.journal.reader URL."""
    try:
        print(json.dumps(numbers(open_journal(sys.argv[1], cluster=CLUSTER, estate=ESTATE).entries())))
    except Permanent as refused:
        print(json.dumps(told(refused)))


if __name__ == "__main__":
    main()
