"""A Docker engine of the test session's own: it needs root and dockerd, and leaves nothing behind.

It lives in mount and process namespaces of its own, without bridge and without firewall rules. So when its supervisor
ends, every process, container and mount of it ends too, even when the tests were killed.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.containers.docker_client import answers

_TOOLS = ("dockerd", "containerd", "runc", "unshare")

_SUPERVISE = """
unshare --mount --pid --fork --kill-child --propagation private sh -c '
  mount -t proc proc /proc && exec dockerd --data-root "$1/data" --exec-root "$1/exec" --pidfile "$1/dockerd.pid" \
    --host "unix://$1/docker.sock" --bridge none --iptables=false --ip6tables=false \
    --cgroup-parent "/$2"' sh "$2" "$3" &
child=$!
trap 'kill -KILL $child' TERM
while kill -0 "$1" 2>/dev/null && kill -0 $child 2>/dev/null; do sleep 1 & wait $!; done
kill -KILL $child 2>/dev/null
wait $child
"""


@dataclass(frozen=True)
class Engine:
    """supervisor: the process whose end is the engine's end. folder: all that it writes."""

    supervisor: int
    folder: Path

    @property
    def host(self) -> str:
        """As DOCKER_HOST wants it."""
        return f"unix://{self.folder}/docker.sock"


def missing() -> str:
    """What keeps this machine from running an engine of its own; "" when nothing does."""
    if os.geteuid() != 0:
        return "root or a reachable Docker engine"
    absent = [tool for tool in _TOOLS if shutil.which(tool) is None]
    return f"{', '.join(absent)} or a reachable Docker engine" if absent else ""


def start(folder: Path, owner: int, timeout_s: float = 60.0) -> Engine:
    """Start it in `folder`; it ends by itself when process `owner` does. Raises RuntimeError with its log's end."""
    folder.mkdir(parents=True)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            ["sh", "-c", _SUPERVISE, "sh", str(owner), str(folder), _cgroup(folder)],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    engine = Engine(process.pid, folder)
    deadline = time.monotonic() + timeout_s
    while not answers(engine.host):
        if process.poll() is not None or time.monotonic() > deadline:
            said = (folder / "log").read_text(errors="replace")[-600:]
            stop(engine)
            raise RuntimeError(f"dockerd did not start: {said}")
        time.sleep(0.2)
    return engine


def stop(engine: Engine) -> None:
    """End dockerd as it wants to be ended, then whatever is left of its namespaces, then its files."""
    for dockerd in _grandchildren(engine.supervisor):
        _signal(dockerd, signal.SIGTERM)
        _await_end(dockerd, 15.0)
    _signal(engine.supervisor, signal.SIGTERM)
    _await_end(engine.supervisor, 15.0)
    shutil.rmtree(engine.folder, ignore_errors=True)
    for group in Path("/sys/fs/cgroup").glob(f"**/{_cgroup(engine.folder)}"):
        with suppress(OSError):
            group.rmdir()


def _cgroup(folder: Path) -> str:
    return folder.parent.name


def _grandchildren(pid: int) -> list[int]:
    return [inner for outer in _children(pid) for inner in _children(outer)]


def _children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _signal(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def _await_end(pid: int, timeout_s: float) -> None:
    deadline = time.monotonic() + timeout_s
    while _alive(pid) and time.monotonic() < deadline:
        time.sleep(0.05)


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False
