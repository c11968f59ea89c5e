"""One child process, started by sh and owned by the thread that starts it: it dies with that thread."""

from __future__ import annotations

import codecs
import ctypes
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sh

from edges import leftovers, process_tree
from edges.process_tree import Tree

_REMAINS_GRACE_S = 2.0
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """What to start. env and stdin hold secrets in the clear: never shown.

    tell: receives stderr piece by piece, "" at the end; the child then stays in the operator's session.
    state_dir: where it is on record while it runs.
    """

    argv: tuple[str, ...]
    env: dict[str, str]
    stdin: str | None
    cwd: Path | None
    mark: str
    tell: Callable[[str], object] | None
    state_dir: Path | None

    def __repr__(self) -> str:
        return f"<launch of {Path(self.argv[0]).name}>"


class Child:
    """`run` is called once, in a worker thread; `end` by any other thread."""

    def __init__(self, launch: Launch) -> None:
        self._launch = launch
        self._process: Any = None
        self._started = threading.Event()
        self._stderr_pieces: list[bytes] = []
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")

    def run(self) -> int:
        """Start it and wait for its end, and for the end of what it leaves behind. Returns the exit code.

        Raises OSError when it cannot be started.
        """
        with leftovers.recorded(self._launch.state_dir, self._launch.mark, Path(self._launch.argv[0]).name) as record:
            try:
                self._process = self._start()
            finally:
                self._started.set()
            if record is not None:
                leftovers.record_start(record, self._process.pid)
            return self._wait()

    def end(self, grace_s: float) -> None:
        """End it and all that it started: TERM, then KILL after grace_s seconds. Blocks until that is done."""
        self._started.wait(grace_s)
        if self._process is not None:
            process_tree.end(self._tree(), grace_s)

    def stdout(self) -> str:
        return "" if self._process is None else self._process.stdout.decode(errors="replace")

    def stderr(self) -> str:
        if self._process is None:
            return ""
        return (b"".join(self._stderr_pieces) or self._process.stderr).decode(errors="replace")

    def _tree(self) -> Tree:
        return Tree(self._process.pid, own_session=self._launch.tell is None, mark=self._launch.mark)

    def _start(self) -> Any:
        launch = self._launch
        if launch.cwd is not None and not launch.cwd.is_dir():
            raise NotADirectoryError(f"{launch.cwd} is no folder")
        with open(os.devnull) as nothing:
            try:
                return sh.Command(launch.argv[0])(
                    *launch.argv[1:],
                    _in=nothing if launch.stdin is None else launch.stdin,
                    _err=self._hear if launch.tell else None,
                    _err_bufsize=0 if launch.tell else 1,
                    _env=launch.env,
                    _cwd=str(launch.cwd) if launch.cwd else None,
                    _bg=True,
                    _bg_exc=False,
                    _return_cmd=True,
                    _tty_out=False,
                    _no_pipe=True,
                    _new_session=launch.tell is None,
                    _new_group=False,
                    _preexec_fn=_die_with(os.getpid()),
                    _log_msg=lambda *_: "command",
                ).process
            except (sh.ForkException, sh.CommandNotFound) as error:
                raise OSError(str(error).strip().rpartition("\n")[2].strip()) from None

    def _hear(self, piece: str | bytes) -> None:
        """sh gives bytes where a piece is no text by itself, e.g. when it ends within a character."""
        data = piece.encode() if isinstance(piece, str) else piece
        self._stderr_pieces.append(data)
        if self._launch.tell and (text := self._decoder.decode(data)):
            self._launch.tell(text)

    def _wait(self) -> int:
        with suppress(ChildProcessError):  # sh's own thread saw it end
            os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOWAIT)
        # Not reaped yet, so its number is still its own; and a grandchild that holds the output would hold up sh.
        process_tree.end_remains(self._tree(), _REMAINS_GRACE_S)
        code: int = self._process.wait()
        _join_timer(self._process)
        if self._launch.tell:
            self._launch.tell("")
        return code


def _join_timer(process: Any) -> None:
    """sh cancels the timer of its wait without joining its thread, which would outlive the call by a moment."""
    for thread in threading.enumerate():
        if getattr(getattr(thread, "function", None), "__self__", None) is process._stop_output_event:
            thread.join()


def _die_with(parent: int) -> Callable[[], None]:
    """For the child, before exec: the kernel kills it when the thread that started it is gone (prctl(2)).

    Not for set-id programs: their exec clears it. sh lets background commands ignore SIGHUP, which is undone.
    """

    def preexec() -> None:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        if _LIBC is not None:
            _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:  # it died before the prctl
                os.kill(os.getpid(), signal.SIGKILL)

    return preexec
