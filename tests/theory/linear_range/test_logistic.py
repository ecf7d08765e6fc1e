"""Logistic networks, with and without skips: the printed formulas against central differences, and a symbolic neuron."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from theory.linear_range import adjoint, sensitivity, states
from theory.linear_range.logistic import logistic_layer, square_loss

STEP = 1e-5  # a central difference of a function with third derivative of order 1 errs by STEP^2 = 1e-10, and by rounding 1e-16/STEP
NEAR = 1e-7  # widths and depths multiply that by some hundreds


def g(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-z))


@dataclass
class Net:
    """Weights W[i][j] from state j to state i + 1, biases, directions for both; without skips only j = i."""

    weights: list[dict[int, np.ndarray]]
    biases: list[np.ndarray]
    steer_weights: list[dict[int, np.ndarray]]
    steer_biases: list[np.ndarray]
    x: np.ndarray
    target: np.ndarray

    def states(self, psi: float) -> list[np.ndarray]:
        path = [self.x]
        for w, b, dw, db in zip(self.weights, self.biases, self.steer_weights, self.steer_biases, strict=True):
            path.append(g(sum((w[j] + psi * dw[j]) @ path[j] for j in w) + b + psi * db))
        return path

    def loss(self, psi: float) -> float:
        return float(np.sum((self.states(psi)[-1] - self.target) ** 2) / 2)

    def gates(self) -> list[np.ndarray]:
        return [np.diagflat(u * (1 - u)) for u in self.states(0)[1:]]

    def tangents(self) -> list[np.ndarray]:
        path, found = self.states(0), [np.zeros_like(self.x)]
        for gate, w, dw, db in zip(self.gates(), self.weights, self.steer_weights, self.steer_biases, strict=True):
            found.append(gate @ (sum(w[j] @ found[j] + dw[j] @ path[j] for j in w) + db))
        return found


@st.composite
def nets(draw: st.DrawFn, skips: bool = False) -> Net:
    dice = np.random.default_rng(draw(st.integers(0, 10**6)))
    widths = draw(st.lists(st.integers(1, 4), min_size=2, max_size=5))

    def edges() -> list[dict[int, np.ndarray]]:
        return [{j: dice.normal(size=(m, widths[j])) for j in range(0 if skips else i, i + 1)} for i, m in enumerate(widths[1:])]

    biases, moves = ([dice.normal(size=(m, 1)) for m in widths[1:]] for _ in range(2))
    return Net(edges(), biases, edges(), moves, dice.normal(size=(widths[0], 1)), dice.normal(size=(widths[-1], 1)))


def _slopes(net: Net) -> list[np.ndarray]:
    return [(a - b) / (2 * STEP) for a, b in zip(net.states(STEP), net.states(-STEP), strict=True)]


@pytest.mark.claim("ni-talnikar:equation-14", "ni-talnikar:equation-15", "ni-talnikar:text-logistic-net")
@given(nets())
def test_tangents_of_logistic_layers(net: Net) -> None:
    for found, wanted in zip(net.tangents(), _slopes(net), strict=True):
        np.testing.assert_allclose(found, wanted, atol=NEAR)


@pytest.mark.claim("ni-talnikar:equation-17")
@given(nets(skips=True))
def test_tangents_with_skips(net: Net) -> None:
    for found, wanted in zip(net.tangents(), _slopes(net), strict=True):
        np.testing.assert_allclose(found, wanted, atol=NEAR)


def _adjoints(net: Net) -> list[np.ndarray]:
    rows = [(net.states(0)[-1] - net.target).T]
    for gate, w in zip(reversed(net.gates()), reversed(list(enumerate(net.weights))), strict=True):
        rows.append(rows[-1] @ gate @ w[1][w[0]])
    return rows[::-1]


@pytest.mark.claim("ni-talnikar:equation-15", "ni-talnikar:equation-16", "ni-talnikar:text-j-square", "ni-talnikar:equation-14")
@given(nets())
def test_the_printed_direction_is_minus_the_gradient(net: Net) -> None:
    rows, path = _adjoints(net), net.states(0)
    slope = (net.loss(STEP) - net.loss(-STEP)) / (2 * STEP)
    inner = 0.0
    for i, gate in enumerate(net.gates()):
        weights, biases = -gate @ rows[i + 1].T @ path[i].T, -gate @ rows[i + 1].T
        inner -= np.sum(weights * net.steer_weights[i][i]) + np.sum(biases * net.steer_biases[i])
        net.steer_weights[i][i], net.steer_biases[i] = weights, biases
    assert abs(inner - slope) < NEAR * (1 + abs(slope))
    squared = sum(np.sum(w[i] ** 2) + np.sum(b**2) for i, (w, b) in enumerate(zip(net.steer_weights, net.steer_biases, strict=True)))
    steepest = (net.loss(STEP) - net.loss(-STEP)) / (2 * STEP)
    assert abs(steepest + squared) < NEAR * (1 + squared)


@pytest.mark.claim("ni-talnikar:text-logistic-net", "ni-talnikar:text-j-square", "ni-talnikar:equation-14")
@settings(max_examples=4)
@given(nets())
def test_symbolic_layers_are_the_same_network(net: Net) -> None:
    layers = [logistic_layer(w[i].shape[1], w[i].shape[0], str(i)) for i, w in enumerate(net.weights)]
    parameters = [
        [sp.Rational(float(p)) for p in (*w[i].flat, *b.flat)] for i, (w, b) in enumerate(zip(net.weights, net.biases, strict=True))
    ]
    assert [len(p) for p in parameters] == [len(layer.parameters) for layer in layers]  # n_i = m_{i+1} m_i + m_{i+1}
    x = [sp.Rational(float(a)) for a in net.x.flat]
    layer, first = layers[0], [float(e) for e in layers[0].at(layers[0].image, x, parameters[0])]
    np.testing.assert_allclose(first, net.states(0)[1].ravel(), rtol=1e-12)
    by_state = np.array(layer.at(layer.by_state, x, parameters[0]).evalf(20).tolist(), dtype=float)
    np.testing.assert_allclose(by_state, net.gates()[0] @ net.weights[0][0], rtol=1e-10, atol=1e-15)
    loss = square_loss(sp.Matrix([sp.Rational(float(a)) for a in net.target.flat]))
    last = [sp.Rational(float(a)) for a in net.states(0)[-1].flat]
    assert abs(float(loss.at(loss.image, last, ())[0]) - net.loss(0)) < 1e-12
    np.testing.assert_allclose(np.array(loss.at(loss.by_state, last, ()).tolist(), dtype=float), _adjoints(net)[-1], rtol=1e-12)


def test_one_neuron_by_hand() -> None:
    layer, loss = logistic_layer(1, 1), square_loss(sp.Matrix([0]))
    assert states([layer], 0, [[1, 0]])[-1] == sp.ImmutableMatrix([[sp.Rational(1, 2)]])
    assert adjoint([layer], 0, [[1, 0]], {1: loss}) == [
        sp.ImmutableMatrix([[sp.Rational(1, 8)]]),
        sp.ImmutableMatrix([[sp.Rational(1, 2)]]),
    ]
    assert sensitivity([layer], 0, [[1, 0]], [[7, 1]], {1: loss}) == sp.Rational(1, 8)


def test_a_layer_has_neurons() -> None:
    with pytest.raises(ValueError, match="1 or more of each"):
        logistic_layer(0, 2)
