from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contracts.bench import Bench
from tests.contracts.benches import BENCHES
from tests.contracts.known import CONTRACTS, MODULES, SPANS
from tests.contracts.lab_bench import LabBench

LAB_MARKS = (pytest.mark.needs("a private network"), pytest.mark.xdist_group("lab"), pytest.mark.timeout(900))
MARKS = {"lab": LAB_MARKS}


@pytest.fixture(scope="module")
def bench(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with BENCHES[request.param](tmp_path_factory.mktemp(request.param)) as made:
        yield made


@pytest.mark.parametrize("bench", [pytest.param(name, marks=MARKS.get(name, ())) for name in BENCHES], indirect=True)
@pytest.mark.parametrize("contract", CONTRACTS)
def test_the_estate_keeps(bench: Bench, contract: str) -> None:
    """The contract's own sentence says what."""
    bench.hold(contract)


@pytest.mark.full
@pytest.mark.parametrize("bench", [pytest.param("lab", marks=LAB_MARKS)], indirect=True)
def test_a_lab_can_be_made_bare_and_raised_again(bench: LabBench) -> None:
    """After a whole life of its cluster the machines are as at first, and another cluster comes up on them."""
    bench.hold("charts-a_sync_deploys_and_returns")
    for name in ("machines-bare_machines_are_the_inventorys", "kubernetes-nodes_wait_for_a_network"):
        bench.make_bare()
        bench.hold(name)


def test_no_contract_is_forgotten() -> None:
    """Whatever a module defines as a contract is in its list, and has a sentence."""
    for module in MODULES:
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


def test_contracts_share_lives_of_a_cluster_in_order() -> None:
    """Each contract is held before the cluster has come too far for it, but for those that want bare machines."""
    stage = 0
    for contract in CONTRACTS.values():
        span = SPANS[contract]
        assert stage <= span.until or span.until == 0
        stage = max(stage, span.leaves)
