"""Secret values in rendered templates, with what cannot be written there told as an error of a step."""

from __future__ import annotations

from collections.abc import Mapping

from bootstrap.errors import Permanent
from bootstrap.secret import Secret
from inventory.problem import BadInput
from tree.injection import inject
from tree.reference import Reference


def injected(text: str, values: Mapping[Reference, Secret], place: str) -> Secret:
    """`text` with its references replaced. place: the template, relative to the root; lines are of what it renders to.

    Raises Permanent, with all problems: only now, with the values at hand, is it known that one does not fit.
    """
    try:
        return inject(text, values, place)
    except BadInput as error:
        sentence = "; ".join(f"{problem.place} (rendered): {problem.what}" for problem in error.problems)
        remedies = dict.fromkeys(problem.remedy or f"expected {problem.expected}" for problem in error.problems)
        raise Permanent(sentence, "; ".join(remedies)) from None
