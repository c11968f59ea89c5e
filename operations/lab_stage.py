"""The lab as a stage: the real edges, opened only inside of the lab's own network."""

from __future__ import annotations

from lab.supervisor.control import ask
from operations.lab import inside, lab_of
from operations.live_stage import open_live
from operations.operator import Operator
from operations.prepared import Prepared
from operations.stage import Stage


def open_lab(prepared: Prepared, operator: Operator, *, writing: bool) -> Stage:
    """See `operations.open_stage`. A lab that is down is brought up. Outside of it this does not return: the command
    begins anew inside. Raises NoPrivateInternet, NotUp, InsideAnother.
    """
    cluster, root = prepared.cluster.name, prepared.request.root
    inside(cluster, root)
    ask(lab_of(cluster, root).place.socket, "publish")  # in the lab, what is committed is pushed
    return open_live(prepared, operator, writing=writing)
