"""How a command ends that could not do its work: one clear text on stderr and an exit code, never a traceback."""

from __future__ import annotations

import sys
from collections.abc import Callable

from bootstrap.errors import Permanent, Refused, Transient
from bootstrap.graph import GraphError
from bootstrap.selection import SelectionError
from inventory.problem import BadInput

FAILED, REFUSED = 1, 3


def closed(command: Callable[[], int]) -> int:
    """Run a command; turn what it raises on purpose into its exit code. What it raises by a defect goes through."""
    try:
        return command()
    except BadInput as error:
        return _say([str(problem) for problem in error.problems], FAILED)
    except SelectionError as error:
        return _say([f"{flag}: {sentence}" for flag, sentence in error.problems], FAILED)
    except GraphError as error:
        return _say([*error.problems, "expected: steps and releases that need each other in one direction"], FAILED)
    except Permanent as error:
        return _say([error.sentence, f"next: {error.next_action}"], REFUSED if isinstance(error, Refused) else FAILED)
    except Transient as error:
        return _say([error.sentence, "next: run the same command again"], FAILED)


def _say(lines: list[str], code: int) -> int:
    print("error: " + "\n       ".join(lines), file=sys.stderr)
    return code
