"""The public functions for symbolic layers: against SymPy's derivative of the composed network, at kinks, and on bad input."""

from __future__ import annotations

import math

import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.theory.linear_range.random_layers import SMALL, Chain, chains, psi
from theory.linear_range import Layer, adjoint, homogeneous_tangent, objective_value, sensitivity, states, tangent

u, s, w, b = sp.symbols("u s w b")
TIMES = Layer(s * u, u, s)


@pytest.mark.claim("ni-talnikar:equation-1", "ni-talnikar:equation-2")
@given(st.lists(st.floats(-2, 2), min_size=2, max_size=4), st.floats(-2, 2))
def test_states_and_objective_are_those_of_a_loop(weights: list[float], start: float) -> None:
    layer, loss = Layer(sp.tanh(w * u), u, w), Layer((u - s) ** 2, u, s)
    exact = [sp.Rational(x) for x in weights]
    path = states([layer] * (len(exact) - 1), sp.Rational(start), exact)
    state, total = start, 0.0
    for found, x in zip(path, weights, strict=True):
        assert math.isclose(float(found[0]), state, rel_tol=1e-12, abs_tol=1e-15)  # tanh errs by units in the last place, a few times
        total += (state - x) ** 2
        state = math.tanh(x * state)
    value = objective_value({i: loss for i in range(len(path))}, path, exact)
    assert math.isclose(float(value), total, rel_tol=1e-12, abs_tol=1e-12)


@pytest.mark.claim("ni-talnikar:equation-1", "ni-talnikar:equation-2", "ni-talnikar:equation-3")
@settings(max_examples=25)
@given(chains())
def test_tangents_are_the_derivatives_of_the_composed_states(chain: Chain) -> None:
    moved = chain.path(chain.moved())
    assert [sp.Matrix(f) for f in states(chain.layers, chain.x, chain.parameters)] == [m.subs(psi, 0) for m in moved]
    found = tangent(chain.layers, chain.x, chain.parameters, chain.directions)
    assert [sp.Matrix(f) for f in found] == [m.diff(psi).subs(psi, 0) for m in moved]


@pytest.mark.claim("ni-talnikar:equation-9", "ni-talnikar:equation-12", "ni-talnikar:equation-5")
@settings(max_examples=25)
@given(chains())
def test_both_sensitivities_are_the_derivative_of_the_composed_objective(chain: Chain) -> None:
    moved = chain.moved()
    composed = chain.value(chain.path(moved), moved).diff(psi).subs(psi, 0)
    network = (chain.layers, chain.x, chain.parameters, chain.directions, chain.objective)
    assert sensitivity(*network, by="tangent") == sensitivity(*network, by="adjoint") == sp.expand(composed)


@pytest.mark.claim("ni-talnikar:equation-8", "ni-talnikar:text-inductive-adjoint", "ni-talnikar:text-perturbed-j")
@settings(max_examples=25)
@given(chains(), st.data())
def test_adjoints_are_the_derivatives_of_the_objective_in_the_states(chain: Chain, data: st.DataObject) -> None:
    path, rows = states(chain.layers, chain.x, chain.parameters), adjoint(chain.layers, chain.x, chain.parameters, chain.objective)
    start = data.draw(st.integers(0, chain.depth))
    names = sp.symbols(f"n1:{len(path[start]) + 1}")
    behind = chain.path(chain.parameters, start, names)
    tail = chain.value(behind, chain.parameters, start)
    here = dict(zip(names, path[start], strict=True))
    assert list(rows[start]) == [sp.expand(sp.diff(tail, name).subs(here)) for name in names]
    whole = chain.value(path[:start], chain.parameters) + tail
    full = chain.value(chain.path(chain.parameters), chain.parameters)
    assert sp.expand(whole.subs(here) - full) == 0  # the terms before layer l belong to J


@pytest.mark.claim("ni-talnikar:equation-10", "ni-talnikar:text-common-objective")
@settings(max_examples=25)
@given(chains(only_last=True))
def test_backpropagation_gives_the_gradient(chain: Chain) -> None:
    rows = adjoint(chain.layers, chain.x, chain.parameters, {chain.depth: chain.objective[chain.depth]})
    path = states(chain.layers, chain.x, chain.parameters)
    names = [sp.symbols(f"q{i}_1:{len(group) + 1}") for i, group in enumerate(chain.parameters)]
    values = {n: v for group, numbers in zip(names, chain.parameters, strict=True) for n, v in zip(group, numbers, strict=True)}
    objective = chain.value(chain.path(names), names)
    back = sp.Matrix(rows[-1])
    for i in reversed(range(chain.depth)):
        layer = chain.layers[i]
        gradient = [sp.expand(sp.diff(objective, n).subs(values)) for n in names[i]]
        assert list(back * layer.at(layer.by_parameters, path[i], chain.parameters[i])) == gradient
        back = back * layer.at(layer.by_state, path[i], chain.parameters[i])
        assert back == sp.Matrix(rows[i])


@pytest.mark.claim("ni-talnikar:definition-homogeneous-tangent", "ni-talnikar:equation-6")
@settings(max_examples=25)
@given(chains(), st.data())
def test_a_moved_state_moves_the_states_behind_it(chain: Chain, data: st.DataObject) -> None:
    path = states(chain.layers, chain.x, chain.parameters)
    start = data.draw(st.integers(0, chain.depth))
    direction = data.draw(st.lists(SMALL, min_size=len(path[start]), max_size=len(path[start])))
    moved = chain.path(chain.parameters, start, [a + psi * d for a, d in zip(path[start], direction, strict=True)])
    found = homogeneous_tangent(chain.layers, chain.x, chain.parameters, start, direction)
    assert [sp.Matrix(f) for f in found] == [m.diff(psi).subs(psi, 0) for m in moved]


@pytest.mark.claim("ni-talnikar:text-partial-ul", "ni-talnikar:equation-4", "ni-talnikar:text-delta-psi")
@settings(max_examples=25)
@given(chains(), st.integers(-3, 3))
def test_the_tangent_is_the_direct_part_and_what_comes_from_before(chain: Chain, step: int) -> None:
    path = states(chain.layers, chain.x, chain.parameters)
    v = tangent(chain.layers, chain.x, chain.parameters, chain.directions)
    for i, layer in enumerate(chain.layers):
        alone = chain.path(chain.moved(), i, path[i])[1].diff(psi).subs(psi, 0)
        carried = layer.at(layer.by_state, path[i], chain.parameters[i]) * v[i]
        assert sp.Matrix(v[i + 1]) == alone + sp.Matrix(carried)
        change = sp.Matrix([step * d for d in chain.directions[i]])
        by_change = layer.at(layer.by_parameters, path[i], chain.parameters[i]) * change
        assert step * v[i + 1] == step * carried + by_change


def test_symbols_that_are_no_variables_are_constants() -> None:
    c = sp.Symbol("c")
    assert tangent([Layer(c * s * u, u, s)] * 2, 1, [1, 1], [1, 0])[-1] == sp.ImmutableMatrix([[c**2]])


def test_the_parameters_of_the_last_objective_count() -> None:
    network = {"layers": [TIMES], "x": 1, "parameters": [2, 3], "directions": [0, 1], "objective": {1: Layer(s * u, u, s)}}
    assert sensitivity(**network) == sensitivity(**network, by="tangent") == 2


BAD = {
    "float": (lambda: states([TIMES], 1.5, [2]), TypeError, "no floats"),
    "nan": (lambda: states([TIMES], sp.nan, [2]), ValueError, "finite"),
    "no-layers": (lambda: states([], 1, []), ValueError, "at least one layer"),
    "too-few-parameters": (lambda: states([TIMES] * 3, 1, [2]), ValueError, "one entry for each of the 3 layers"),
    "parameters-of-another-length": (lambda: states([TIMES], 1, [[2, 3]]), ValueError, "found 2"),
    "layers-that-do-not-chain": (lambda: states([Layer([u, u], u), TIMES], 1, [(), 2]), ValueError, "1 entries of its state"),
    "input-that-is-no-column": (lambda: states([TIMES], sp.eye(2), [2]), ValueError, "a column"),
    "pole": (lambda: states([Layer(1 / u, u)], 0, [()]), ValueError, "not defined"),
    "kink": (lambda: Layer(sp.Max(0, u), u), ValueError, "Max is not differentiable everywhere"),
    "one-symbol-twice": (lambda: Layer(u, u, u), ValueError, "each symbol stands for one entry"),
    "number-for-a-variable": (lambda: Layer(u, 1), TypeError, "symbols"),
    "direction-of-another-length": (lambda: tangent([TIMES], 1, [2], [[1, 1]]), ValueError, r"directions\[0\] has 2 entries: expected 1"),
    "no-directions": (lambda: tangent([TIMES], 1, [2], []), ValueError, "directions"),
    "term-of-a-state-that-is-not-there": (lambda: adjoint([TIMES], 1, [2], {2: TIMES}), ValueError, "states are 0 to 1"),
    "term-with-two-outputs": (lambda: adjoint([TIMES], 1, [2], {1: Layer([u, u], u)}), ValueError, "one output"),
    "another-route": (lambda: sensitivity([TIMES], 1, [2], [1], {}, by="magic"), ValueError, "'tangent' or 'adjoint'"),
    "start-outside": (lambda: homogeneous_tangent([TIMES], 1, [2], 2, 1), ValueError, "states are 0 to 1"),
    "objective-without-its-parameters": (lambda: sensitivity([TIMES], 1, [2], [1], {1: TIMES}), ValueError, "0 entries: expected 1"),
}


@pytest.mark.parametrize(("attempt", "error", "message"), BAD.values(), ids=BAD.keys())
def test_bad_input_gets_one_clear_error(attempt, error, message) -> None:
    with pytest.raises(error, match=message):
        attempt()
