"""Every step has a name of its own, although releases bring theirs. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from bootstrap.step import Step
from inventory.problem import BadInput, Problem
from steps.release import release_name
from tree.release import Release


def distinct(steps: Sequence[Step], releases: Sequence[Release]) -> tuple[Step, ...]:
    """The steps. Raises BadInput for releases whose step would have the name of another step."""
    counts = Counter(step.name for step in steps if step.node is None)
    counts.update({step.name for step in steps if step.node is not None})
    problems = [
        Problem(
            f"{release.helmfile}:{release.line}",
            f"the release {release.name} would be a second step {release_name(release.name)}",
            "a name that no step of the pipeline has",
            "rename the release",
        )
        for release in releases
        if counts[release_name(release.name)] > 1
    ]
    if problems:
        raise BadInput(problems)
    return tuple(steps)
