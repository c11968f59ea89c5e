"""How a command ends that could not do its work: one clear text on stderr and an exit code, never a traceback."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

from bootstrap.errors import Permanent, Refused, Transient
from bootstrap.graph import GraphError
from bootstrap.selection import SelectionError
from inventory.problem import BadInput

FAILED, REFUSED, CANCELLED = 1, 3, 130


def closed(command: Callable[[], int]) -> int:
    """Run a command; turn what it raises on purpose into its exit code. What it raises by a defect goes through."""
    _end_like_ctrl_c(signal.SIGTERM, signal.SIGHUP)
    try:
        return _flushed(_ended(command))
    except KeyboardInterrupt:
        with suppress(OSError):
            print("\nstopped by the operator", file=sys.stderr)
        return CANCELLED


def _ended(command: Callable[[], int]) -> int:
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
    except BrokenPipeError:
        return FAILED
    except OSError as error:
        where = error.filename or "a file, or the output,"
        return _say([f"{where} cannot be used: {error.strerror or error}", "next: mend that, then run again"], FAILED)


def _say(lines: list[str], code: int) -> int:
    with suppress(OSError):  # the terminal was closed: the exit code still counts
        print("error: " + "\n       ".join(lines), file=sys.stderr)
    return code


def _end_like_ctrl_c(*signals: signal.Signals) -> None:
    # one that is ignored stays ignored: that is what nohup asks for
    for number in signals:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _flushed(code: int) -> int:
    """The code of a command whose output is all written; a reader that went away (`| head`) is no error of it."""
    try:
        sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python flushes once more when it ends
        if not isinstance(error, BrokenPipeError):
            _say([f"the output cannot be written: {error.strerror}", "next: `report` prints a run again"], code)
    return code
