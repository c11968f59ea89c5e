"""The closed taxonomy of what can go wrong in an act or a gate. Unknown is permanent.

Every class carries one sentence about the world (what is true, what was expected) and, where the operator can do
something, the next action.
"""

from __future__ import annotations


class Transient(Exception):
    """It may heal by itself: try again.

    sentence: what is true and what was expected. delay_s: seconds that the other side asked us to wait; it wins over
    the policy's own delay.
    """

    def __init__(self, sentence: str, delay_s: float | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.delay_s = delay_s


class Permanent(Exception):
    """Trying again cannot help until somebody does `next_action`."""

    def __init__(self, sentence: str, next_action: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.next_action = next_action


class Refused(Permanent):
    """A guard said no before anything was done: exit code 3."""


class LeaseLost(Refused):
    """Another run owns the cluster now, or may own it: this one must not act again."""


class Cancelled(Exception):
    """The act was ended on purpose (Ctrl-C, lost lease); its effect may or may not have happened."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


StepError = Transient | Permanent | Cancelled


def classify(error: Exception) -> StepError:
    """Put any exception into the taxonomy; one that no edge has named is permanent."""
    if isinstance(error, Transient | Permanent | Cancelled):
        return error
    return Permanent(
        f"unexpected {type(error).__name__} in a step: {error}",
        "this is a defect of Firstlight or an answer that it does not know: see the run's log, then report it",
    )
