"""`python -m tests.rules.page`: writes docs/rules.md from the rules, the tests and the mutations."""

from __future__ import annotations

import re
from pathlib import Path

from tests.rules.mutations import MUTATIONS, Mutation

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "rules.md"
RULES = {
    1: "One etcd a generation: begun on the pinned node alone, and done when all control planes are voting members",
    2: "Effects reach the inventory's machines and the vault's cluster, nobody else",
    3: "An act begins when all that it needs was verified in this run, or accepted by name",
    4: "A killed run that goes on ends where an uninterrupted one ends",
    5: "No secret value is kept: not in the journal, the summary, an error or a lasting file",
    6: "One run a cluster: who has lost the lease neither acts nor writes",
    7: "What destroys is asked for once, before the first effect, and a no is a no",
    8: "The PKI stays what it is while one node is configured with it",
    9: "A preflight that fails lists everything and leaves nothing behind",
    10: "What Flux owns is looked at, and left to Flux",
    11: "What a template lacks is an error before anything is applied",
    12: "Every wait has an end",
    13: "Members keep their machine config, and versions only rise; drift is shown",
    14: "What was not shown is named, and has exit code 4",
}
HELD_TOO = {
    1: ("steps/etcd_generation.py", "rehearsal/invariants.py"),
    2: ("steps/site.py", "rehearsal/invariants.py"),
    4: ("bootstrap/record.py",),
    5: ("bootstrap/secret.py",),
    6: ("bootstrap/leases/composed.py", "bootstrap/recorder.py"),
    7: ("operations/operator.py", "rehearsal/invariants.py"),
    8: ("steps/identity.py", "rehearsal/invariants.py"),
    12: ("bootstrap/settling.py",),
}
"""Where a rule is held beside the files that its mutations break."""
HEAD = """# The rules that never bend, and how each was broken

Each rule is held by tests of the whole system in `tests/rules/`: the real graph on a simulated world, calm and in
trouble. That they would notice is shown by breaking the product on purpose: `python -m tests.rules.mutate` makes each
change of the last column in a copy of the repository, runs the test, and prints *caught* or *SURVIVED*. The table is
written by `python -m tests.rules.page`; a test holds it, the mutations and the code together.

| Rule | Held in | Test | Broken by |
|---|---|---|---|
"""


def page() -> str:
    """The whole text of docs/rules.md."""
    return HEAD + "".join(_row(rule, sentence) for rule, sentence in RULES.items())


def _row(rule: int, sentence: str) -> str:
    mutations = [mutation for mutation in MUTATIONS if mutation.rule == rule]
    files = dict.fromkeys((*(e.file for m in mutations for e in m.edits), *HELD_TOO.get(rule, ())))
    tests = dict.fromkeys(name for mutation in mutations for name in noticed_by(mutation))
    broken = "; ".join(mutation.what for mutation in mutations)
    return f"| {rule}. {sentence} | {_coded(files)} | {_coded(tests)} | {broken} |\n"


def noticed_by(mutation: Mutation) -> list[str]:
    """Names of the tests that must notice it."""
    names = re.findall(r"^def (test_\w+)", "".join(p.read_text() for p in _test_files()), re.MULTILINE)
    return [name for name in names if mutation.test in name]


def _test_files() -> list[Path]:
    return sorted(Path(__file__).parent.glob("test_*.py"))


def _coded(words: dict[str, None]) -> str:
    return ", ".join(f"`{word}`" for word in words)


if __name__ == "__main__":
    PAGE.write_text(page())
