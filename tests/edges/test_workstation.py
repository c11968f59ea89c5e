"""The operator's computer: tools, clock, network, credential files, and the question to the operator."""

from __future__ import annotations

import asyncio
import os
import socket
import stat
import struct
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from bootstrap.errors import Permanent
from bootstrap.secret import Secret
from edges import workstation_files
from edges.shell import Shell
from edges.workstation import Confirm, LocalWorkstation
from edges.workstation_time import understood
from edges.workstation_tools import GIT, HELM, HELMFILE, Wanted, order, wanted_tools
from estate.workstation import Destruction, Tool


async def never(cluster: str, items: Sequence[Destruction]) -> bool:
    raise AssertionError("nobody was to be asked")


def workstation(
    home: Path,
    wanted: Sequence[Wanted] = (),
    confirm: Confirm = never,
    time_servers: Sequence[str] = (),
    ntp_port: int = 123,
) -> LocalWorkstation:
    return LocalWorkstation(
        shell=Shell(home / "state"), home=home, wanted=wanted, confirm_by=confirm,
        time_servers=time_servers, ntp_port=ntp_port,
    )  # fmt: skip


def tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wanted: Wanted, script: str) -> Tool:
    """What is said of a tool that is a shell script."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / wanted.name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / wanted.name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    (found,) = asyncio.run(workstation(tmp_path, [wanted]).tools())
    return found


@pytest.mark.parametrize(
    ("wanted", "prints", "version", "fits"),
    [
        (HELM, "v3.17.0", "3.17.0", True),
        (HELM, "v3.20", "3.20", True),
        (HELM, "v4.3.1", "4.3.1", True),
        (HELM, "v3.16.4", "3.16.4", False),
        (HELM, "v3.17.0-rc.1", "3.17.0-rc.1", False),
        (HELM, "v3.18.0-rc.1", "3.18.0-rc.1", True),
        (HELMFILE, "helmfile version 1.8.0", "1.8.0", True),
        (HELMFILE, "helmfile version v0.171.0", "0.171.0", False),
        (GIT, "git version 2.39.5 (Apple Git-154)", "2.39.5", True),
        (GIT, "git version 2.30.2", "2.30.2", False),
        (wanted_tools("v1.11.5")[0], "Client:\nTalos v1.11.5", "1.11.5", True),
        (wanted_tools("v1.11.5")[0], "Client:\nTalos v1.12.0", "1.12.0", True),
        (wanted_tools("v1.11.5")[0], "Client:\nTalos v1.10.9", "1.10.9", False),
    ],
)
def test_versions_fit_or_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wanted: Wanted, prints: str, version: str, fits: bool
) -> None:
    """As each tool prints it."""
    found = tool(tmp_path, monkeypatch, wanted, f"printf '{prints}\\n'")
    assert found == Tool(wanted.name, version, f">= {wanted.at_least}", fits)


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("echo no version here", "no version here"),
        ("echo 'error: broken 9.9.9' >&2; exit 1", "broken"),
        (":", "silent"),
    ],
)
def test_a_tool_that_does_not_say_its_version_does_not_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, words: str
) -> None:
    """What it said instead is shown."""
    found = tool(tmp_path, monkeypatch, HELM, script)
    assert not found.fits
    assert words in found.version


def test_a_missing_tool_has_no_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """ "" is the port's word for it."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert asyncio.run(workstation(tmp_path, [HELM]).tools()) == [Tool("helm", "", ">= 3.17", False)]


def test_a_file_that_cannot_run_does_not_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program of another kind of computer: said, and no traceback."""
    (tmp_path / "helm").write_bytes(b"\x7fELF nonsense")
    (tmp_path / "helm").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    (found,) = asyncio.run(workstation(tmp_path, [HELM]).tools())
    assert not found.fits
    assert "could not be started" in found.version


@pytest.mark.parametrize(
    ("lower", "higher"),
    [("3.9", "3.17"), ("1.0.0-rc.1", "1.0"), ("1.0", "1.0.1"), ("3.20.2", "4.0"), ("v1.9.0", "1.11")],
)
def test_versions_compare_by_number(lower: str, higher: str) -> None:
    """Not by letter."""
    assert order(lower) < order(higher)


SINCE_1900_S = 2208988800


class TimeServer:
    """Answers on loopback. ahead_s: of this computer's clock. first: byte of leap, version and mode."""

    def __init__(self, ahead_s: float = 0.0, first: int = 0x24, stratum: int = 2, echo: bool = True) -> None:
        self.ahead_s, self.first, self.stratum, self.echo = ahead_s, first, stratum, echo

    def packet(self, question: bytes, at: float) -> bytes:
        seconds = at + self.ahead_s + SINCE_1900_S
        stamp = struct.pack("!II", int(seconds) % 2**32, int(seconds % 1 * 2**32))
        origin = question[40:48] if self.echo else bytes(8)
        return bytes([self.first, self.stratum, 0, 0]) + bytes(20) + origin + stamp + stamp


@contextmanager
def answering(server: TimeServer | None) -> Iterator[int]:
    """The port of one that answers every question, or of one that is silent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(0.1)
        stop = threading.Event()

        def serve() -> None:
            while not stop.is_set():
                try:
                    question, peer = sock.recvfrom(512)
                except TimeoutError:
                    continue
                if server is not None:
                    sock.sendto(server.packet(question, time.time()), peer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield sock.getsockname()[1]
        finally:
            stop.set()
            thread.join()


def offset(home: Path, port: int, *servers: str) -> float | None:
    return asyncio.run(workstation(home, time_servers=servers, ntp_port=port).clock_offset_s())


@pytest.mark.parametrize("ahead_s", [0.0, 90.0, -3600.0])
def test_the_clock_is_compared(tmp_path: Path, ahead_s: float) -> None:
    """A server that is ahead of us says that our clock is behind."""
    with answering(TimeServer(ahead_s)) as port:
        found = offset(tmp_path, port, "127.0.0.1")
    assert found is not None
    assert abs(found + ahead_s) < 5


def test_one_server_that_answers_is_enough(tmp_path: Path) -> None:
    """Others have no address."""
    with answering(TimeServer()) as port:
        assert offset(tmp_path, port, "no-such-name.invalid", "127.0.0.1") is not None


@pytest.mark.parametrize(
    "server",
    [None, TimeServer(stratum=0), TimeServer(first=0xE4), TimeServer(first=0x23), TimeServer(echo=False)],
    ids=["silent", "kiss of death", "unsynchronised", "no server", "another's answer"],
)
def test_an_answer_that_is_none_is_not_believed(tmp_path: Path, server: TimeServer | None) -> None:
    """The clock is then taken as it is."""
    with answering(server) as port:
        assert offset(tmp_path, port, "127.0.0.1") is None


def test_no_server_no_offset(tmp_path: Path) -> None:
    """Nobody is asked."""
    assert offset(tmp_path, 123) is None


def test_time_goes_on_after_2036() -> None:
    """The 32 bits begin again then."""
    began = 2208988800.0  # 2040
    packet = TimeServer().packet(bytes(48), began)
    answer = understood(packet, bytes(8), began, 0.0)
    assert answer is not None
    assert abs(answer.offset_s) < 0.001


def test_half_of_the_way_is_taken_out() -> None:
    """0.4 s there and back, on clocks that agree."""
    answer = understood(TimeServer(ahead_s=0.2).packet(bytes(48), 1000.0), bytes(8), 1000.0, 0.4)
    assert answer is not None
    assert abs(answer.offset_s) < 0.001
    assert abs(answer.round_trip_s - 0.4) < 0.001


def test_reaching(tmp_path: Path) -> None:
    """A port that listens, one that does not, and a name without an address."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert asyncio.run(workstation(tmp_path).reaches("127.0.0.1", port)) == ""
    assert asyncio.run(workstation(tmp_path).reaches("127.0.0.1", port)) == f"127.0.0.1:{port} refuses the connection"
    assert "has no address" in asyncio.run(workstation(tmp_path).reaches("no-such-name.invalid", 1))


def test_whoever_takes_no_connection_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full backlog looks like a host behind a wall."""
    monkeypatch.setattr("edges.workstation.CONNECT_S", 0.5)
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(server.getsockname())
        said = asyncio.run(workstation(tmp_path).reaches(*server.getsockname()))
        for filler in fillers:
            filler.close()
    assert "does not answer within 0.5 s" in said


PATH = "~/.config/firstlight/main/kubeconfig"


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """Below home, for its owner alone, in folders that are made for the owner alone, whatever the umask."""
    here = workstation(tmp_path)

    async def there_and_back() -> Secret | None:
        assert await here.read_private(PATH) is None
        await here.write_private(PATH, Secret("first"))
        await here.write_private(PATH, Secret("secönd"))
        return await here.read_private(PATH)

    before = os.umask(0)
    try:
        assert asyncio.run(there_and_back()) == Secret("secönd")
    finally:
        os.umask(before)
    path = tmp_path / ".config/firstlight/main/kubeconfig"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {stat.S_IMODE(each.stat().st_mode) for each in (path.parent, path.parent.parent)} == {0o700}
    assert os.listdir(path.parent) == ["kubeconfig"]


def test_a_file_that_others_could_read_is_closed(tmp_path: Path) -> None:
    """Also the one that a killed run left beside it is not kept open."""
    path = tmp_path / "config"
    path.write_text("old")
    path.chmod(0o644)
    (tmp_path / ".config.firstlight").write_text("a longer text that was left")
    (tmp_path / ".config.firstlight").chmod(0o644)
    workstation_files.write(path, Secret("new"))
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["config"]


def test_folders_that_are_there_stay_as_they_are(tmp_path: Path) -> None:
    """~/.config is not ours to close."""
    (tmp_path / ".config").mkdir()
    (tmp_path / ".config").chmod(0o755)
    asyncio.run(workstation(tmp_path).write_private("~/.config/kubeconfig", Secret("x")))
    assert stat.S_IMODE((tmp_path / ".config").stat().st_mode) == 0o755


def test_a_link_is_followed(tmp_path: Path) -> None:
    """It still leads to what was written."""
    (tmp_path / "store").mkdir()
    (tmp_path / "config").symlink_to(tmp_path / "store" / "config")
    workstation_files.write(tmp_path / "config", Secret("x"))
    assert (tmp_path / "config").is_symlink()
    assert (tmp_path / "store" / "config").read_text() == "x"


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole or not at all; the value is in no exception."""

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "config"
    workstation_files.write(path, Secret("old"))
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Permanent, match="No space left on device") as caught:
        workstation_files.write(path, Secret("canary"))
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["config"]
    assert "canary" not in str(caught.value)
    assert caught.value.__context__ is None


@pytest.mark.parametrize("spoil", ["folder", "bytes", "below a file"])
def test_what_is_no_credential_file(tmp_path: Path, spoil: str) -> None:
    """A folder and bytes are permanent; a path below a file is just not there."""
    path = tmp_path / "config"
    if spoil == "folder":
        path.mkdir()
    else:
        path.write_bytes(b"\xff\xfe\x00")
    if spoil == "below a file":
        assert workstation_files.read(path / "deeper") is None
        with pytest.raises(Permanent, match="cannot be written"):
            workstation_files.write(path / "deeper", Secret("x"))
    else:
        with pytest.raises(Permanent, match="cannot be read"):
            workstation_files.read(path)


@pytest.mark.parametrize(
    ("path", "where"),
    [("~/.kube/config", "home/.kube/config"), ("/etc/x", "/etc/x"), ("~", "home"), ("~other/x", "home/~other/x")],
)
def test_where_a_path_is(tmp_path: Path, path: str, where: str) -> None:
    """`~` is the home that was given, not the environment's."""
    assert workstation_files.located(path, tmp_path / "home") == tmp_path / where


@pytest.mark.parametrize("answer", [True, False])
def test_the_operator_is_asked(tmp_path: Path, answer: bool) -> None:
    """With everything that would be destroyed; the answer is passed on."""
    asked: list[tuple[str, Sequence[Destruction]]] = []

    async def confirm(cluster: str, items: Sequence[Destruction]) -> bool:
        asked.append((cluster, items))
        return answer

    items = [Destruction("disk", "the disk of k8s-1")]
    assert asyncio.run(workstation(tmp_path, confirm=confirm).confirm("main", items)) is answer
    assert asked == [("main", items)]
