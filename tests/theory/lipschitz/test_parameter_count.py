"""The parameters of Table 4, counted in the network itself."""

from __future__ import annotations

import pytest
from sympy import Symbol, true

from dynamics import dropout_conv_net
from theory.lipschitz.parameter_count import GIVEN, PRINTED, TABLE_4, convolution, linear, parameter_count, running_statistics, table_4
from theory.lipschitz.symbols import c_1, side
from theory.proof import Statement


def holds(statement: Statement, point: dict[Symbol, int]) -> bool:
    return all(h.subs(point) is true for h in (*statement.given, statement.then))


@pytest.mark.claim("yedida-saha:table-4")
def test_the_statement_at_the_numbers_of_the_table() -> None:
    assert holds(table_4, PRINTED)
    assert not holds(table_4.drop(GIVEN[0]), {**PRINTED, side: 32})
    assert not holds(table_4.drop(GIVEN[1]), {**PRINTED, c_1: 33})


@pytest.mark.claim("yedida-saha:table-4")
def test_the_network_has_as_many_parameters() -> None:
    network = dropout_conv_net(device="meta")
    trained = sum(w.numel() for w in network.parameters())
    assert trained == TABLE_4.subs(PRINTED) == 730_346
    statistics = sum(b.numel() for name, b in network.named_buffers() if "running" in name)
    assert statistics == running_statistics.subs(PRINTED) == 256
    assert (round(trained, -3), round(trained + statistics, -3)) == (730_000, 731_000)


@pytest.mark.claim("yedida-saha:table-4")
def test_layer_by_layer() -> None:
    sizes = [sum(w.numel() for w in layer.parameters()) for layer in dropout_conv_net(device="meta").children()]
    convolutions = [convolution(1, 32) + convolution(32, 32), convolution(32, 64) + convolution(64, 64), convolution(64, 128)]
    assert sizes == [*convolutions, linear(4608, 128) + 256, linear(128, 10)]
    assert parameter_count(6).subs(PRINTED) == sum(sizes)


def test_other_widths_have_the_same_count_as_the_network() -> None:
    """All channels are multiples of the first."""
    small = {**PRINTED, **dict(zip(list(PRINTED)[1:5], (3, 6, 12, 12), strict=True))}
    assert TABLE_4.subs(small) == sum(w.numel() for w in dropout_conv_net(width=3, device="meta").parameters())
