"""Which program of PATH is taken."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lab.toolbox.on_path import fitting
from tests.lab.toolbox.tiny import TINY, script

[BINARY] = TINY.binaries


def _found(tmp_path: Path, *folders: str) -> Path | None:
    return fitting(BINARY, "1.2.3", os.pathsep.join(str(tmp_path / name) for name in folders), tmp_path / "cache")


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("echo tiny version v1.2.9", True),
        ("echo tiny version v1.3.0", False),
        ("echo tiny version v1.2.9-dispatcher", False),
        ("echo tiny version v1.2.9 >&2", False),
        ("exit 1", False),
        ('[ -e "$HOME/.tool-versions" ] && echo tiny version v1.2.3', False),  # a version manager's shim
        ("[ -e .tool-versions ] && echo tiny version v1.2.3", False),
    ],
)
def test_a_program_is_taken_when_it_says_a_fitting_version_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, taken: bool
) -> None:
    """It is asked without the user's home and folder, as the lab has neither."""
    (tmp_path / ".tool-versions").touch()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    program = script(tmp_path / "bin" / "tiny", text)
    assert _found(tmp_path, "bin") == (program if taken else None)


def test_the_first_fitting_one_is_taken_although_another_stands_before(tmp_path: Path) -> None:
    """PATH is searched to its end; what does not fit, cannot be run or is a folder is passed by."""
    script(tmp_path / "a" / "tiny", "echo tiny version v0.9.0")
    script(tmp_path / "b" / "tiny", "echo tiny version v1.2.3").chmod(0o644)
    (tmp_path / "c" / "tiny").mkdir(parents=True)
    fits = script(tmp_path / "d" / "tiny", "echo tiny version v1.2.0")
    script(tmp_path / "e" / "tiny", "echo tiny version v1.2.3")
    assert _found(tmp_path, "a", "b", "c", "absent", "d", "e") == fits


def test_the_file_itself_is_taken_not_the_link_to_it(tmp_path: Path) -> None:
    """A link may be turned to another version; what was asked is what is used."""
    own = script(tmp_path / "versions" / "tiny-1.2.3", "echo tiny version v1.2.3")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "tiny").symlink_to(own)
    assert _found(tmp_path, "bin") == own


def test_a_built_one_is_not_taken_for_the_users(tmp_path: Path) -> None:
    """Within a lab PATH leads into the cache: a link from there to itself would be a circle."""
    built = script(tmp_path / "cache" / "tiny" / "0123" / "bin" / "tiny", "echo tiny version v1.2.3")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "tiny").symlink_to(built)
    assert _found(tmp_path, "bin") is None
