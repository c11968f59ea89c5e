"""`invoke tools`: what it prints."""

from __future__ import annotations

from pathlib import Path

import pytest

from inventory.problem import BadInput
from lab.toolbox.toolbox import Toolbox
from operations.tools import as_text, build_tools
from tests.lab.toolbox.tiny import Bench, script


def test_the_table_says_what_is_where(bench: Bench) -> None:
    """Missing, built, or taken from PATH, each with its path."""
    head = "program  version  from  path"
    place = bench.toolbox.place(bench.tool, bench.tool.binaries[0])
    assert as_text(bench.toolbox).splitlines() == ["program  version  from     path", "tiny     1.2.3    missing"]
    script(place, "")
    assert as_text(bench.toolbox).splitlines() == [head.replace("from ", "from  "), f"tiny     1.2.3    built  {place}"]
    place.unlink()
    place.symlink_to(script(bench.folder / "bin" / "tiny", ""))
    assert as_text(bench.toolbox).splitlines() == [head, f"tiny     1.2.3    PATH  {bench.folder / 'bin' / 'tiny'}"]


def test_progress_goes_to_stderr_and_the_table_to_stdout(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A fitting one on PATH is enough for both."""
    script(bench.folder / "bin" / "tiny", "echo tiny version v1.2.4")
    monkeypatch.setenv("PATH", str(bench.folder / "bin"), prepend=":")
    assert build_tools((), bench.toolbox) == 0
    out, progress = capsys.readouterr()
    assert out == as_text(bench.toolbox) + "\n"
    assert progress.startswith("tiny 1.2.3: ")


def test_unknown_names_are_bad_input(tmp_path: Path) -> None:
    """Before anything is looked for."""
    with pytest.raises(BadInput, match="kubctl"):
        build_tools(("kubctl",), Toolbox(tmp_path))
    assert list(tmp_path.iterdir()) == []
