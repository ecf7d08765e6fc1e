"""Tangents by one more run: counted, and their error in exact arithmetic, float64 and float32."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.theory.linear_range.nets import Net, net_of, nets
from theory.linear_range.finite_differences import finite_difference_tangent

MILLIONTH = 1e-6


@pytest.mark.claim("ni-talnikar:text-fd-cost")
@given(nets)
def test_the_network_runs_once_more_for_all_layers(net: Net) -> None:
    """linGrad runs it at s and at s + psi sigma in any case; the tangents need s + delta sigma too."""
    runs = []

    def forward(weights: list[np.ndarray]) -> list[np.ndarray]:
        runs.append(weights)
        return Net(weights, net.moves, net.x).states(0)

    old = forward(net.weights)
    found = finite_difference_tangent(forward, net.weights, net.moves, old, MILLIONTH)
    assert len(runs) == 2 and len(found) == len(old)
    for a, b in zip(found, net.tangents()[0], strict=True):
        # delta |v'| with |v'| below 1e3 for these sizes, and rounding of 1e-16/1e-6
        assert np.abs(a - b).max() < 1e-3


@pytest.mark.claim("ni-talnikar:text-fd-tangent")
@given(st.integers(1, 6), st.integers(1, 8))
def test_the_error_is_delta_to_first_order(power: int, digits: int) -> None:
    """u = s^power from 1 along 1: the error is delta |v'| + ..., exactly; it is delta for a square."""
    delta = Fraction(1, 10**digits)
    (found,) = finite_difference_tangent(lambda s: [s[0] ** power], [Fraction(1)], [Fraction(1)], [Fraction(1)], delta)
    first = delta * power * (power - 1) / 2
    assert first <= found - power <= first + 2**power * delta**2
    if power == 2:
        assert found - power == delta


@pytest.mark.claim("ni-talnikar:text-fd-tangent")
def test_single_precision_needs_a_larger_delta() -> None:
    """With 1e-6 a tenth of the tangent is rounding in float32: 2^-24/1e-6 = 0.06. In float64 the formula is good to six digits."""
    errors = {}
    for dtype in (np.float32, np.float64):
        for delta in (1e-6, 1e-3):
            net = net_of(5, [20, 50, 50, 50])
            single = Net([w.astype(dtype) for w in net.weights], [s.astype(dtype) for s in net.moves], net.x.astype(dtype))
            states = [np.asarray(u, dtype=dtype) for u in single.states(dtype(0))]
            found = finite_difference_tangent(
                lambda w, n=single: Net(w, n.moves, n.x).states(0), single.weights, single.moves, states, dtype(delta)
            )
            exact = net.tangents()[0][-1]
            errors[dtype, delta] = np.linalg.norm(found[-1] - exact) / np.linalg.norm(exact)
    assert errors[np.float64, 1e-6] < 1e-5 < 1e-2 < errors[np.float32, 1e-6]
    assert errors[np.float32, 1e-3] < errors[np.float32, 1e-6]


def test_what_is_refused() -> None:
    with pytest.raises(ValueError, match="found 1 parameters and 2 directions"):
        finite_difference_tangent(lambda s: s, [1.0], [1.0, 1.0], [1.0], MILLIONTH)
    with pytest.raises(ValueError, match="found 1 new and 2 old states"):
        finite_difference_tangent(lambda s: s, [1.0], [1.0], [1.0, 1.0], MILLIONTH)
