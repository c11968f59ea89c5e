"""The lab's `op`, through the edge that asks it: all references in one call, errors as 1Password's, one approval."""

from __future__ import annotations

import asyncio
import os
import pty
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from bootstrap.errors import Permanent, Transient
from edges.op_cli import OpCli
from lab.place import LabPlace
from lab.services.vault import Vault
from lab.services.vault_socket import VaultSocket
from tests.lab.services.vault_place import ROOT, do, revealed, small, vault_of, wanted
from tree.reference import parsed

RUN = """
import asyncio, sys
from bootstrap.errors import Permanent
from edges.op_cli import OpCli
from tree.reference import parsed
source = OpCli()
for _ in range(2):
    print("check", repr(asyncio.run(source.check())), flush=True)
    try:
        found = asyncio.run(source.resolve(frozenset({parsed("op://homelab/app/PASSWORD")})))
        print("resolved", len(found), flush=True)
    except Permanent as error:
        print(error.sentence, flush=True)
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LabPlace:
    """A lab's place whose programs are first on PATH."""
    found = LabPlace(tmp_path)
    monkeypatch.setenv("PATH", f"{found.programs}:{os.environ['PATH']}")
    return found


def resolved(place: LabPlace, vault: Vault, *references: str) -> dict[str, str]:
    async def main() -> dict[str, str]:
        server = VaultSocket(place, vault)
        await server.start()
        try:
            source = OpCli(prompt=lambda _: None)
            assert await source.check() == ""
            found = await source.resolve(frozenset(map(parsed, references)))
            return {str(reference): text for reference, text in revealed(found).items()}
        finally:
            await server.stop()

    return do(main())


def test_all_references_of_main_are_resolved(place: LabPlace) -> None:
    """The values that the vault has, line breaks and signs included."""
    vault = vault_of("main")
    references = [str(each) for each in wanted("main")]
    assert resolved(place, vault, *references) == {each: vault.get(parsed(each)) for each in references}


def test_values_are_not_read_again(place: LabPlace) -> None:
    """One that looks like a reference, or like a variable, is left as it is."""
    odd = {"app__A": "op://homelab/app/B", "app__B": "$HOME ${X:-y} {{ }}", "app__deep__C": "two\nlines"}
    found = resolved(place, small(**odd), "op://homelab/app/A", "op://homelab/app/B", "op://HOMELAB/App/deep/c")
    assert sorted(found.values()) == sorted(odd.values())


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ("op://nowhere/app/A", "no such vault"),
        ("op://homelab/nothing/A", "no such item"),
        ("op://homelab/app/nothing", "no such field"),
    ],
)
def test_what_is_missing_is_said_as_1password_does(place: LabPlace, reference: str, words: str) -> None:
    """So that the edge's table knows it."""
    with pytest.raises(Permanent, match=words):
        resolved(place, small(app__A="1"), "op://homelab/app/A", reference)


def test_a_lab_that_is_down_is_transient(place: LabPlace) -> None:
    """`op` stays behind, and says that nobody answers."""
    resolved(place, small(app__A="1"), "op://homelab/app/A")
    with pytest.raises(Transient, match="connection refused"):
        do(OpCli(prompt=lambda _: None).resolve(frozenset({parsed("op://homelab/app/A")})))


def test_op_and_socket_are_the_operators_alone(place: LabPlace) -> None:
    """Nobody else may ask; the file of `op` holds no value."""

    async def main() -> None:
        server = VaultSocket(place, small(app__A="canary"))
        await server.start()
        assert stat.S_IMODE(server.path.stat().st_mode) == 0o600
        assert stat.S_IMODE((place.programs / "op").stat().st_mode) == 0o700
        assert "canary" not in (place.programs / "op").read_text()
        await server.stop()
        assert not server.path.exists()

    do(main())


@pytest.mark.parametrize("argv", [["vault", "list"], ["read"], ["--version"]])
def test_other_commands_are_unknown(place: LabPlace, argv: list[str]) -> None:
    """It is a stand-in and says so by failing."""

    async def main() -> subprocess.CompletedProcess[str]:
        server = VaultSocket(place, small(app__A="1"))
        await server.start()
        try:
            return await asyncio.to_thread(
                subprocess.run, ["op", *argv], capture_output=True, text=True, timeout=60, check=False
            )
        finally:
            await server.stop()

    ran = do(main())
    assert ran.returncode == 1
    assert "unknown command" in ran.stderr


def at_a_terminal(place: LabPlace, *keys: str) -> tuple[str, VaultSocket]:
    """RUN in a session with a terminal, where `keys` are typed one after the other, each at a prompt."""

    async def main() -> tuple[str, VaultSocket]:
        server = VaultSocket(place, small(app__PASSWORD="canary"), ask=True)
        await server.start()
        try:
            return await asyncio.to_thread(_typed, list(keys)), server
        finally:
            await server.stop()

    return do(main())


def _typed(keys: list[str]) -> str:
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(ROOT)
        os.execv(sys.executable, [sys.executable, "-c", RUN])
    shown = answered = ""
    try:
        while piece := os.read(terminal, 4096):
            shown += piece.decode()
            if keys and shown.count("press Enter") > answered.count("press Enter"):
                os.write(terminal, keys.pop(0).encode())
                answered = shown
    except OSError:
        pass  # the other end is closed
    os.waitpid(pid, 0)
    os.close(terminal)
    return shown


def test_a_run_asks_once(place: LabPlace) -> None:
    """The first resolution asks; the second one, and the check before it, find the session approved."""
    shown, server = at_a_terminal(place, "\n")
    assert shown.count("resolved 1") == 2
    assert shown.count("press Enter") == 1
    assert len(server.asked) == 1
    assert "canary" not in shown


def test_an_approval_counts_for_its_terminal_only(place: LabPlace) -> None:
    """Another terminal is asked anew."""
    assert "resolved 1" in at_a_terminal(place, "\n")[0]
    shown, server = at_a_terminal(place, "\x04", "\x04")
    assert "resolved" not in shown
    assert shown.count("asked for an approval and got none") == 2
    assert server.approved == set()


def test_without_a_terminal_nothing_is_approved(place: LabPlace) -> None:
    """And nobody waits."""

    async def main() -> tuple[int, str]:
        server = VaultSocket(place, small(app__A="1"), ask=True)
        await server.start()
        try:
            process = await asyncio.create_subprocess_exec(
                "op", "inject", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE, start_new_session=True,
            )  # fmt: skip
            _, said = await process.communicate(b"{{ op://homelab/app/A }}")
            return process.returncode or 0, said.decode()
        finally:
            await server.stop()

    code, said = do(main())
    assert code == 1
    assert "authorization prompt dismissed" in said
