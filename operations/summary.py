"""The end of a run in words, and as JSON: what was shown, what was not, and what to do next. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime

from bootstrap.observers.words import REHEARSED, counted, duration, one_line
from operations.showing import (
    BROKEN,
    counts,
    ending,
    exceptions,
    folded,
    in_doubt,
    left_out,
    not_reached,
    partly,
    verdict,
    virtual,
)
from operations.timeline import Link, Timeline

GO_ON = "the same command goes on from here: what is true is not done again"
_COMMIT_DIGITS = 12
_SMALL = 0.01
_NOTICEABLE_S = 1.0


def summary(line: Timeline, *, real_s: float | None = None, stopped: str = "", next_action: str = "") -> str:
    """The end summary of one run, as lines of plain text.

    real_s: seconds that a rehearsal took on the operator's clock. stopped, next_action: why the run ended early where
    no event says so (the lease was lost).
    """
    sections = [
        _head(line, stopped),
        _early(line, stopped, next_action),
        _broken(line),
        _unfinished(line),
        _undone(line),
        _exceptions(line),
        [f"Steps: {counted(counts(line))}."],
        _path(line),
        [_total(line, real_s)],
    ]
    return "\n\n".join("\n".join(section) for section in sections if section) + "\n"


def when(at: float) -> str:
    """A unix time as date and minute, UTC."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _head(line: Timeline, stopped: str) -> list[str]:
    head, code = line.head, "" if line.exit_code is None else f" (exit code {line.exit_code})"
    ended = "CUT OFF" if line.exit_code is None and stopped else ending(line).upper() + partly(line)
    if head is None:
        return [f"{ended}{code}", f"run {line.run}; its beginning is not in the journal"]
    where = one_line(f"{head.cluster}" if virtual(line) else f"{head.cluster} on the {head.estate} estate")
    lines = [f"{ended}{code}: {where}"]
    if virtual(line):
        lines.append(f"{REHEARSED}; all times are the rehearsed world's own, not real ones")
    started = f"started {when(line.started)}"
    lines.append(
        one_line(f"run {line.run}, commit {head.commit[:_COMMIT_DIGITS]}, {started}, lease reached {head.reach}")
    )
    return [*lines, *(f"opened {one_line(generation)}" for generation in line.generations)]


def _early(line: Timeline, stopped: str, next_action: str) -> list[str]:
    lines = [f"Stopped: {one_line(stopped)}"] if stopped else []
    lines += [f"  next: {one_line(next_action)}"] if next_action else []
    if line.exit_code is None and not stopped:
        lines.append("The journal holds no end of this run: it was killed, or still runs.")
    if (line.exit_code is None or line.exit_code == 130) and not next_action:
        lines.append(f"  next: {GO_ON}")
    return lines


def _broken(line: Timeline) -> list[str]:
    lines = []
    for step in line.steps:
        if step.outcome in BROKEN:
            tries = f" after {step.acted} attempts" if step.acted > 1 else ""
            lines.append(f"  {step.step} {step.outcome}{tries}: {one_line(step.sentence)}")
            lines.append(f"    next: {one_line(step.next_action)}")
    return ["Not true:", *lines] if lines else []


def _unfinished(line: Timeline) -> list[str]:
    flying = [step for step in line.steps if step.outcome == "in flight"]
    lines = ["In flight when the record ends:", *(f"  {_flying(s.step, s.acted, s.waits)}" for s in flying)]
    doubtful = in_doubt(line)
    said = f"Calls in doubt (their effect may or may not have happened; looked at before acting): {folded(doubtful)}"
    return (lines if flying else []) + ([said] if doubtful else [])


def _flying(step: str, acted: int, waits: tuple[str, ...]) -> str:
    attempt = f", attempt {acted}" if acted else ""
    return f"{step}{attempt}" + (f": {one_line(waits[-1])}" if waits else "")


def _undone(line: Timeline) -> list[str]:
    blocked: dict[str, list[str]] = {}
    for step in line.steps:
        if step.outcome == "blocked":
            blocked.setdefault(step.sentence, []).append(step.step)
    lines = [f"Not started, because {by} did not become true: {folded(steps)}" for by, steps in blocked.items()]
    named = {
        "Stopped": [step.step for step in line.steps if step.outcome == "stopped"],
        "Not reached": not_reached(line),
        "Left out by the selection": left_out(line),
    }
    return lines + [f"{what}: {folded(steps)}" for what, steps in named.items() if steps]


def _exceptions(line: Timeline) -> list[str]:
    named = exceptions(line)
    return ["Named exceptions:", *(f"  - {one_line(text)}" for text in named)] if named else []


def _path(line: Timeline) -> list[str]:
    links, total = line.critical_path, max(line.seconds, 1e-9)
    if not links or line.seconds < _NOTICEABLE_S:
        return []
    small = [link for link in links if _spent(link) < _SMALL * total]
    lines = [_path_line(link) for link in links if link not in small]
    if small:
        lines.append(f"  {duration(sum(map(_spent, small))):>10}  other steps, less than 1 % each")
    after = line.seconds - sum(map(_spent, links))
    if after >= _NOTICEABLE_S:
        lines.append(f"  {duration(after):>10}  after the last finished step")
    by = "" if line.needs is not None else " (inferred from the order of events)"
    return [f"Critical path{by}:", *lines]


def _path_line(link: Link) -> str:
    queued = f" (of these, {duration(link.queued_s)} before it began)" if link.queued_s >= _NOTICEABLE_S else ""
    return f"  {duration(_spent(link)):>10}  {link.step}{queued}"


def _spent(link: Link) -> float:
    return link.seconds + link.queued_s


def _total(line: Timeline, real_s: float | None) -> str:
    total = duration(line.seconds)
    if not virtual(line):
        return f"Total: {total}."
    real = f"; {duration(real_s)} on your clock" if real_s is not None else ""
    return f"Total: {total} of the rehearsal's own time{real}."


def as_json(line: Timeline, *, real_s: float | None = None) -> dict[str, object]:
    """The summary as JSON-able values. Times are unix seconds; `virtual` says whose clock they are of."""
    head = line.head
    return {
        "run": line.run,
        "cluster": head.cluster if head else None,
        "estate": head.estate if head else None,
        "commit": head.commit if head else None,
        "lease_reach": head.reach if head else None,
        "virtual": virtual(line),
        "note": REHEARSED if virtual(line) else "",
        "outcome": verdict(line),
        "exit_code": line.exit_code,
        "started": line.started,
        "ended": line.ended,
        "seconds": line.seconds,
        "real_seconds": real_s,
        "counts": counts(line),
        "exceptions": list(exceptions(line)),
        "in_doubt": in_doubt(line),
        "not_reached": not_reached(line),
        "left_out": left_out(line),
        "steps": list(_steps(line)),
        "critical_path": [asdict(link) for link in line.critical_path],
    }


def _steps(line: Timeline) -> Iterable[dict[str, object]]:
    for step in line.steps:
        fields = asdict(step)
        del fields["order"]
        yield fields | {"seconds": step.seconds}
