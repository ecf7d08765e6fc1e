"""The loss and the step of GD, in integers: sums over data points, polynomials in the length of a move, and the map of `dynamics`."""

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from tests.theory.step_bounds.networks import before_and_behind, descent, integer_matrices, integer_networks, product
from theory.step_bounds.solutions import product_of

HADAMARD = np.array([[1, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1]])  # H H' = 4


@pytest.mark.claim("nar-sastry:definition-deep-linear")
@given(integer_networks(), st.integers(-3, 3))
def test_a_deep_linear_network_applies_its_layers_in_turn(network, entry):
    layers, _ = network
    x = np.arange(layers[0].shape[1]) + entry
    output = x
    for w in layers:
        output = w @ output
    whole = product_of([sp.ImmutableMatrix(w.astype(int)) for w in layers])
    assert list(whole * sp.Matrix(x)) == output.astype(int).tolist()


@pytest.mark.claim("nar-sastry:definition-deep-linear")
def test_layers_that_do_not_chain_are_refused():
    with pytest.raises(sp.matrices.exceptions.ShapeError):
        product_of([sp.ImmutableMatrix([[1, 2]]), sp.ImmutableMatrix([[1, 2]])])


@pytest.mark.claim("nar-sastry:equation-2")
@given(integer_networks())
def test_whitened_data_drop_out_of_the_loss(network):
    layers, target = network
    data = HADAMARD[: layers[0].shape[1]]
    count = data.shape[1]
    residuals = [np.sum((target @ x - product(layers, len(x)) @ x) ** 2) for x in data.T]
    map_, point = descent(layers, target, 1.0)
    assert sum(residuals) / (2 * count) == map_.loss(point).item()


@pytest.mark.claim("nar-sastry:equation-5")
@given(integer_networks(), st.data())
def test_the_first_order_in_every_direction_is_the_printed_update(network, data):
    """The loss along W + t D is a polynomial in t; its coefficient of t is sum_i <Q' E P', D_i>, in integers."""
    layers, target = network
    directions = [data.draw(integer_matrices(*w.shape)) for w in layers]
    t = sp.Symbol("t")
    moved = sp.eye(layers[0].shape[1])
    for w, d in zip(layers, directions, strict=True):
        moved = (sp.Matrix(w.astype(int)) + t * sp.Matrix(d.astype(int))) * moved
    loss = sp.Poly(sum(x**2 for x in moved - sp.Matrix(target.astype(int))), t) / 2
    error = product(layers, layers[0].shape[1]) - target
    slope = 0
    for i, d in enumerate(directions, 1):
        before, behind = before_and_behind(layers, i)
        slope += np.sum((behind.T @ error @ before.T) * d)
    assert sp.Poly(loss, t).coeff_monomial(t) == sp.Rational(slope)


@pytest.mark.claim("nar-sastry:equation-5")
@given(integer_networks())
def test_the_map_of_dynamics_takes_the_printed_step(network):
    layers, target = network
    step = 0.25  # a power of two, so that float64 is exact
    map_, point = descent(layers, target, step)
    after = map_.unpack(map_.step(point))
    error = product(layers, layers[0].shape[1]) - target
    for i, (w, stepped) in enumerate(zip(layers, after, strict=True), 1):
        before, behind = before_and_behind(layers, i)
        assert np.array_equal(stepped[0].numpy(), w - step * behind.T @ error @ before.T)
