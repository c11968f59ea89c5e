"""Command lines that run something in a private internet: namespaces of its own, by unshare, ip and nsenter.

Network and mount namespace first: they are what an operator's command joins, which keeps its own process id, terminal
and view of /proc. The lab's own processes live in a process namespace below it, so that none of them outlives the lab.
As root, and as a plain user by a user namespace (unshare(1), nsenter(1)).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

# Name services that answer through a socket file would answer with the names of the outside: they are hidden.
_BEGIN = """
set -e
ip link set lo up
for range in $RANGES; do ip route add local "$range" dev lo; done
for folder in /run/nscd /run/systemd/resolve; do if [ -d "$folder" ]; then mount -t tmpfs none "$folder"; fi; done
if [ -n "$HOSTS" ]; then mount --bind "$HOSTS" /etc/hosts; fi
unset RANGES HOSTS
exec "$@"
"""
_HOLD = 'read -r _ || exit 1; setpriv --pdeathsig KILL "$@" </dev/null; exit $?'
_HERE = 'cd -- "$1" || exit 1; shift; exec "$@"'


def private_internet(argv: Sequence[str], ranges: Sequence[str], hosts: Path | None = None) -> tuple[str, ...]:
    """The command line of `argv` in network and mount namespaces of its own, where `ranges` are local addresses and
    nothing else can be reached. hosts: stands over /etc/hosts. The process that is started becomes `argv`.
    """
    names = ("--net", "--mount") if os.geteuid() == 0 else ("--user", "--map-root-user", "--net", "--mount")
    begin = ("env", f"RANGES={' '.join(ranges)}", f"HOSTS={hosts or ''}", "sh", "-c", _BEGIN, "sh")
    return ("unshare", *names, *begin, *argv)


def held(argv: Sequence[str]) -> tuple[str, ...]:
    """The command line of a small process that starts `argv` once it reads a line, and holds the namespaces until then
    and until `argv` ends. `argv` is killed when its holder dies, and never begins when nobody writes the line.
    """
    return ("sh", "-c", _HOLD, "sh", *argv)


def own_processes(argv: Sequence[str]) -> tuple[str, ...]:
    """The command line of `argv` as process 1 of a process namespace of its own: all below it end with it."""
    return ("unshare", "--pid", "--fork", "--kill-child", "--mount", "--mount-proc", *argv)


def entered(pid: int, argv: Sequence[str]) -> tuple[str, ...]:
    """The command line of `argv` in the network, mount (and user) namespaces of process `pid`; it keeps its own id and
    working directory.
    """
    user = () if os.geteuid() == 0 else ("--user", "--preserve-credentials")
    return (
        "nsenter",
        "--target",
        str(pid),
        *user,
        "--net",
        "--mount",
        "--",
        "sh",
        "-c",
        _HERE,
        "sh",
        os.getcwd(),
        *argv,
    )
