"""Every estate that can be had here keeps every contract of the ports."""

from __future__ import annotations

import pytest

from tests.contracts import charts, kubernetes, machines, surroundings
from tests.contracts.bench import BENCHES, Contract

CONTRACTS = {
    f"{module.__name__.rpartition('.')[2]}-{contract.__name__}": contract
    for module in (machines, kubernetes, charts, surroundings)
    for contract in module.CONTRACTS
}


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS)
@pytest.mark.parametrize("bench", BENCHES)
def test_the_estate_keeps(bench: str, contract: Contract) -> None:
    """The contract's own sentence says what."""
    BENCHES[bench]().hold(contract)


def test_no_contract_is_forgotten() -> None:
    """Whatever a module defines as a contract is in its list, and has a sentence."""
    for module in (machines, kubernetes, charts, surroundings):
        defined = {
            name
            for name, value in vars(module).items()
            if getattr(value, "__module__", "") == module.__name__
            and not name.startswith(("_", "with_"))
            and getattr(value, "__code__", None) is not None
            and value.__code__.co_varnames[:2] == ("site", "clock")
        }
        assert {contract.__name__ for contract in module.CONTRACTS} == defined
        assert all(contract.__doc__ for contract in module.CONTRACTS)
