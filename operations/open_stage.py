"""Opening the estate that a command names."""

from __future__ import annotations

from bootstrap.observers.words import REHEARSAL
from operations.operator import Operator
from operations.prepared import Prepared
from operations.rehearsal_stage import open_rehearsal
from operations.stage import Stage


def open_stage(prepared: Prepared, operator: Operator, *, writing: bool, last_at: float | None = None) -> Stage:
    """The stage of a prepared command; the caller closes it.

    writing: whether the command may change the estate. last_at: unix time of the journal's last entry. Raises Refused
    when another process writes to the rehearsed world. For the lab the process begins anew inside of it.
    """
    if prepared.request.estate == REHEARSAL:
        return open_rehearsal(prepared, operator, writing=writing, last_at=last_at)
    from operations.lab_stage import open_lab  # a rehearsal needs nothing of it, and starts sooner without

    return open_lab(prepared, operator, writing=writing)
