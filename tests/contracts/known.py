"""All contracts of the ports, by name: "<port>-<contract>"."""

from __future__ import annotations

from tests.contracts import charts, kubernetes, machines, surroundings
from tests.contracts.bench import Contract
from tests.contracts.life import Span, order

MODULES = (machines, kubernetes, charts, surroundings)
SPANS: dict[Contract, Span] = {contract: span for module in MODULES for contract, span in module.CONTRACTS.items()}


def name_of(contract: Contract) -> str:
    """E.g. "machines-workers_have_no_etcd"."""
    return f"{contract.__module__.rpartition('.')[2]}-{contract.__name__}"


CONTRACTS: dict[str, Contract] = {name_of(contract): contract for contract in order(SPANS.items())}
"""In the order in which they need the fewest lives of a cluster."""
