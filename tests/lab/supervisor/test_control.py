"""The control socket: one answer for each request, whatever is asked and however."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from bootstrap.errors import Permanent
from lab.supervisor.context import Handlers
from lab.supervisor.control import Connection, ControlSocket, LabRefused, NotStanding, ask
from tests.lab.supervisor.labs import LONGEST_S


async def _echo(asked: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"heard": dict(asked)}


async def _no(_: Mapping[str, Any]) -> Mapping[str, Any]:
    raise Permanent("there is no such node", "choose k8s-1")


async def _broken(_: Mapping[str, Any]) -> Mapping[str, Any]:
    raise KeyError("name")


async def _slow(_: Mapping[str, Any]) -> Mapping[str, Any]:
    await asyncio.sleep(LONGEST_S)
    return {}


HANDLERS: Handlers = {"echo": _echo, "no": _no, "broken": _broken, "slow": _slow, "hold": _echo}


def _served(path: Path, client: Callable[[ControlSocket], None]) -> None:
    """Run a blocking client against an open socket."""

    async def run() -> None:
        control = ControlSocket(path, HANDLERS)
        await control.open()
        try:
            await asyncio.wait_for(asyncio.to_thread(client, control), LONGEST_S)
        finally:
            control.close()

    asyncio.run(run())


def test_a_request_is_answered(tmp_path: Path) -> None:
    """With all that it said; many on one connection."""

    def client(_: ControlSocket) -> None:
        connection = Connection(tmp_path / "s")
        for number in range(3):
            assert connection.ask("echo", number=number) == {"heard": {"do": "echo", "number": number}}

    _served(tmp_path / "s", client)


@pytest.mark.parametrize(
    ("do", "sentence", "action"),
    [
        ("no", "there is no such node", "choose k8s-1"),
        ("broken", "KeyError: 'name'", "see `invoke lab.logs`"),
        ("dance", "the lab does not know 'dance'; it knows: broken, echo, hold, no, slow", "see `invoke lab.logs`"),
    ],
)
def test_a_refusal_says_why(tmp_path: Path, do: str, sentence: str, action: str) -> None:
    """And the next request is answered as if nothing had been."""

    def client(_: ControlSocket) -> None:
        with pytest.raises(LabRefused) as refused:
            ask(tmp_path / "s", do)
        assert (refused.value.sentence, refused.value.next_action) == (sentence, action)
        assert ask(tmp_path / "s", "echo")["heard"] == {"do": "echo"}

    _served(tmp_path / "s", client)


@pytest.mark.parametrize("line", [b"nonsense\n", b"[]\n", b"{}\n", b"\xff\xfe\n", b'{"do": ["a"]}\n', b"\n"])
def test_nonsense_is_answered_too(tmp_path: Path, line: bytes) -> None:
    """With an error, on the same connection."""

    def client(_: ControlSocket) -> None:
        connection = Connection(tmp_path / "s")
        connection.socket.sendall(line)
        assert "error" in json.loads(connection.socket.makefile("rb").readline())

    _served(tmp_path / "s", client)


def test_a_line_without_end_costs_its_sender_the_connection(tmp_path: Path) -> None:
    """And nobody else theirs."""

    def client(_: ControlSocket) -> None:
        connection = Connection(tmp_path / "s")
        with pytest.raises(NotStanding):
            connection.ask("echo", much="x" * (2 << 20))
        assert ask(tmp_path / "s", "echo")["heard"]

    _served(tmp_path / "s", client)


def test_one_that_waits_does_not_keep_others(tmp_path: Path) -> None:
    """A slow answer is the business of who asked; they wait as long as they said."""

    def client(_: ControlSocket) -> None:
        with ThreadPoolExecutor() as pool:
            waiting = pool.submit(ask, tmp_path / "s", "slow", 1.0)
            assert ask(tmp_path / "s", "echo")["heard"]
            assert not waiting.done()
            assert isinstance(waiting.exception(), NotStanding)

    _served(tmp_path / "s", client)


def test_uses_are_the_connections_that_hold(tmp_path: Path) -> None:
    """Held twice by one it is one use; it ends with the connection; asking alone is none."""

    def client(control: ControlSocket) -> None:
        first, second, other = (Connection(tmp_path / "s") for _ in range(3))
        for each in (first, first, second):
            each.ask("hold")
        other.ask("echo")
        assert control.uses == 2
        first.socket.close()
        _until(lambda: control.uses == 1)
        second.socket.shutdown(socket.SHUT_RDWR)
        _until(lambda: control.uses == 0)

    _served(tmp_path / "s", client)


def _until(true: Callable[[], bool]) -> None:
    waiting = threading.Event()
    for _ in range(500):
        if true():
            return
        waiting.wait(0.02)
    raise AssertionError("waited in vain")


def test_a_path_may_be_longer_than_a_socket_files(tmp_path: Path) -> None:
    """Both ends reach it through its folder; the folder's descriptor does not stay open."""
    deep = tmp_path / ("a" * 100) / ("b" * 100)
    deep.mkdir(parents=True)

    def client(_: ControlSocket) -> None:
        before = len(os.listdir("/proc/self/fd"))
        assert ask(deep / "control.sock", "echo")["heard"]
        assert len(os.listdir("/proc/self/fd")) <= before + 1, "the server's end of that connection at most"

    _served(deep / "control.sock", client)


def test_it_is_its_owners_alone(tmp_path: Path) -> None:
    """Whoever may write to it commands the lab."""
    _served(tmp_path / "s", lambda _: None if (tmp_path / "s").stat().st_mode & 0o777 == 0o600 else pytest.fail("open"))


def test_nobody_listens_any_more(tmp_path: Path) -> None:
    """A socket file that a killed supervisor left says that the lab is down."""
    _served(tmp_path / "s", lambda _: None)
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(tmp_path / "left"))
    left.close()
    for name in ("s", "left", "never"):
        with pytest.raises(NotStanding):
            ask(tmp_path / name, "echo")
