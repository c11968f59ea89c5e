"""The lab's `op`: the subset of 1Password's command that Firstlight uses, answered by the lab's vault over a socket.

Runs as a command of its own, so it imports nothing but the standard library. What it prints when it fails is what the
real one was seen to print (edges/op_errors.py).
"""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from typing import IO, Any

_PROMPT = "The lab's 1Password asks whether you are there: press Enter to approve. "


def main(path: str) -> int:
    """Answer as `op` with sys.argv. path: of the vault's socket. Returns the exit code."""
    words = [word for word in sys.argv[1:] if not word.startswith("-")]
    if words == ["whoami"]:
        return _show(_asked(path, {"do": "whoami", "session": session()}))
    if words == ["inject"]:
        return _show(_approved(path, {"do": "inject", "template": sys.stdin.read()}))
    if len(words) == 2 and words[0] == "read":
        return _show(_approved(path, {"do": "read", "reference": words[1]}))
    return _fail(f'unknown command "{" ".join(words)}" for "op"')


def session() -> str:
    """Of the operator's terminal: an approval counts for it, as with the real app. "" without one."""
    try:
        with open("/dev/tty", "rb", buffering=0):
            return str(os.getsid(0))
    except OSError:
        return ""


def _approved(path: str, request: dict[str, str]) -> dict[str, Any]:
    """Ask; when the vault wants somebody's approval first, get it and ask again."""
    mine = {**request, "session": session()}
    answer = _asked(path, mine)
    if not answer.get("approve"):
        return answer
    if not (mine["session"] and _enter()):
        return {"error": "error initializing client: authorization prompt dismissed, please try again"}
    return _asked(path, {**mine, "approved": "yes"})


def _enter() -> bool:
    """Whether Enter was pressed at the terminal; the end of input is a no."""
    terminal: IO[bytes]
    with open("/dev/tty", "rb", buffering=0) as terminal:
        sys.stderr.write(_PROMPT)
        sys.stderr.flush()
        return terminal.readline().endswith(b"\n")


def _asked(path: str, request: dict[str, str]) -> dict[str, Any]:
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
            sock.connect(path)
            sock.sendall(json.dumps(request).encode() + b"\n")
            with sock.makefile("rb") as answer:
                return dict(json.loads(answer.readline()))
    except (OSError, ValueError):
        return {"error": "error initializing client: the lab's vault: connection refused"}


def _show(answer: dict[str, Any]) -> int:
    if "error" in answer:
        return _fail(str(answer["error"]))
    sys.stdout.write(str(answer.get("text", "")))
    return 0


def _fail(said: str) -> int:
    sys.stderr.write(f"[ERROR] {time.strftime('%Y/%m/%d %H:%M:%S')} {said}\n")
    return 1
