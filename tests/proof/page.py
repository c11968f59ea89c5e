"""`python -m tests.proof.page`: writes docs/proof.md and the README's table of proofs from their data."""

from __future__ import annotations

from collections.abc import Iterable

from tests.proof.components import components
from tests.proof.judging import judged
from tests.proof.proofs import PROOFS, Proof, Shown
from tests.proof.versions import ROOT, trees

PAGE = ROOT / "docs" / "proof.md"
README = ROOT / "README.md"
BEGIN = "<!-- proofs: written by `python -m tests.proof.page` -->"
END = "<!-- proofs: end -->"
PLACES = ("rehearsal", "lab", "real Talos", "real Proxmox")
HEAD = """# What is real in the lab, and what was proved where

Written by `python -m tests.proof.page`; a test holds it together with the inventory, the trees, the lab's catalog of
tools and the tests that it names.

## What stands for what

The first column is a part of a real cluster, the second the version that the clusters' files name, the third what the
lab builds; a program on PATH of the same minor version may be taken instead. *real*: the same program in the same
version, or in one that a run accepts. *older*, *newer*: the same program, of another version. *real, of another version
perhaps*: the same program, and there is no exact version to compare. *stand-in*: played by the lab's own code, whatever
real program helps it; that shows how the bootstrap fares with what this code believes about the real thing, not that
the real thing is so.

"""
BETWEEN = """
## What was proved where

*never* is meant as it is written. A dash: there is nothing of this kind to be shown there. A date is that of the day on
which the named tests, or commands, were last seen to show it.

"""


def page() -> str:
    """The whole text of docs/proof.md."""
    rows = [judged(each, trees()) for each in components(trees())]
    parts = _table(
        ("component", "version in the trees", "version in the lab", "verdict", "what to know"),
        ((row.name, row.in_tree, row.in_lab, row.verdict, row.note) for row in rows),
    )
    proofs = _table(("", *PLACES), ((proof.what, *map(_told, proof.places)) for proof in PROOFS))
    return HEAD + parts + BETWEEN + proofs


def short_table(proofs: Iterable[Proof] = PROOFS) -> str:
    """The README's: the same cells, without what showed them."""
    return _table(("", *PLACES), ((proof.what, *(shown.on for shown in proof.places)) for proof in proofs))


def readme(text: str) -> str:
    """The README's text with the table between its markers made anew. Raises ValueError without the markers."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError("the README has no place for the table of proofs")
    return f"{before}{BEGIN}\n{short_table()}{END}{after}"


def _told(shown: Shown) -> str:
    return " ".join((shown.on, *(f"`{each}`" for each in shown.by)))


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n".replace("|  |", "| |") for line in lines)


if __name__ == "__main__":
    PAGE.write_text(page())
    README.write_text(readme(README.read_text()))
