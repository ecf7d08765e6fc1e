"""Tangents and adjoints of explicit networks of several shapes, against the derivative of the composed polynomial, in exact arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import Matrix, diag, eye, symbols, zeros

psi = symbols("psi")


@dataclass
class Quadratic:
    """u(i+1) = M u^2 + N s^2 entry by entry, and J(i, u, s) = a u^2 + b s, with random integers: Jacobians 2 M diag(u), 2 N diag(s)."""

    by_state: list[Matrix]
    by_parameter: list[Matrix]
    objective: list[tuple[Matrix, Matrix]]
    start: Matrix
    parameters: list[Matrix]
    directions: list[Matrix]

    @property
    def depth(self) -> int:
        return len(self.by_state)

    def states(self, step: Any) -> list[Matrix]:
        states = [self.start]
        for i, (m, n) in enumerate(zip(self.by_state, self.by_parameter, strict=True)):
            moved = self.parameters[i] + step * self.directions[i]
            states.append(m * _squares(states[-1]) + n * _squares(moved))
        return states

    def loss(self, step: Any) -> Any:
        terms = zip(self.objective, self.states(step), self.parameters, self.directions, strict=True)
        return sum((a * _squares(u) + b * (s + step * d))[0] for (a, b), u, s, d in terms)

    def jacobians(self) -> tuple[list[Matrix], list[Matrix], list[Matrix], list[Matrix]]:
        states = self.states(0)
        by_state = [2 * m * diag(*u) for m, u in zip(self.by_state, states, strict=False)]
        by_parameter = [2 * n * diag(*s) for n, s in zip(self.by_parameter, self.parameters, strict=False)]
        return (
            by_state,
            by_parameter,
            [2 * a * diag(*u) for (a, _), u in zip(self.objective, states, strict=True)],
            [b for _, b in self.objective],
        )

    def tangents(self) -> list[Matrix]:
        by_state, by_parameter, _, _ = self.jacobians()
        found = [zeros(self.start.rows, 1)]
        for a, b, d in zip(by_state, by_parameter, self.directions, strict=False):
            found.append(a * found[-1] + b * d)
        return found

    def adjoints(self) -> list[Matrix]:
        by_state, _, rows, _ = self.jacobians()
        found = [rows[-1]]
        for a, row in zip(reversed(by_state), reversed(rows[:-1]), strict=True):
            found.append(found[-1] * a + row)
        return found[::-1]


def _squares(u: Matrix) -> Matrix:
    return u.multiply_elementwise(u)


@st.composite
def networks(draw: st.DrawFn) -> Quadratic:
    depth = draw(st.integers(1, 3))
    states, parameters = (draw(st.lists(st.integers(1, 2), min_size=depth + 1, max_size=depth + 1)) for _ in range(2))

    def matrix(rows: int, columns: int) -> Matrix:
        size = rows * columns
        return Matrix(rows, columns, draw(st.lists(st.integers(-2, 2), min_size=size, max_size=size)))

    return Quadratic(
        [matrix(states[i + 1], states[i]) for i in range(depth)],
        [matrix(states[i + 1], parameters[i]) for i in range(depth)],
        [(matrix(1, m), matrix(1, n)) for m, n in zip(states, parameters, strict=True)],
        matrix(states[0], 1),
        [matrix(n, 1) for n in parameters],
        [matrix(n, 1) for n in parameters],
    )


@pytest.mark.claim("ni-talnikar:equation-3")
@given(networks())
def test_tangents_are_the_derivatives_of_the_states(net: Quadratic) -> None:
    for state, tangent in zip(net.states(psi), net.tangents(), strict=True):
        assert state.diff(psi).subs(psi, 0) == tangent


@pytest.mark.claim("ni-talnikar:equation-5", "ni-talnikar:equation-12")
@given(networks())
def test_both_sensitivities_are_the_derivative_of_the_objective(net: Quadratic) -> None:
    _, by_parameter, rows, direct = net.jacobians()
    steered = sum((b * d)[0] for b, d in zip(direct, net.directions, strict=True))
    by_tangents = sum((row * v)[0] for row, v in zip(rows, net.tangents(), strict=True)) + steered
    carried = zip(net.adjoints()[1:], by_parameter, net.directions, strict=False)
    by_adjoints = sum((row * b * d)[0] for row, b, d in carried) + steered
    assert by_tangents == by_adjoints == net.loss(psi).diff(psi).subs(psi, 0)


@pytest.mark.claim("ni-talnikar:equation-12")
@given(networks())
def test_the_double_sum_by_ends_and_by_starts(net: Quadratic) -> None:
    """Every pair of a start l and an end i > l once: collected in a table, whose rows and columns are summed."""
    by_state, by_parameter, rows, _ = net.jacobians()
    table = {}
    for start in range(net.depth):
        carried = by_parameter[start] * net.directions[start]
        for end in range(start + 1, net.depth + 1):
            table[start, end] = (rows[end] * carried)[0]
            if end < net.depth:
                carried = by_state[end] * carried
    for end, tangent in enumerate(net.tangents()):
        assert (rows[end] * tangent)[0] == sum(value for (_, e), value in table.items() if e == end)
    for start, adjoint in enumerate(net.adjoints()[1:]):
        collected = (adjoint * by_parameter[start] * net.directions[start])[0]
        assert collected == sum(value for (b, _), value in table.items() if b == start)


@pytest.mark.claim("ni-talnikar:equation-7")
@given(networks())
def test_duhamel(net: Quadratic) -> None:
    by_state, by_parameter, _, _ = net.jacobians()
    tangents = net.tangents()
    for i in range(1, net.depth + 1):
        total = zeros(tangents[i].rows, 1)
        for start in range(i):
            carried = eye(by_parameter[start].rows)
            for layer in range(start + 1, i):
                carried = by_state[layer] * carried
            total += carried * by_parameter[start] * net.directions[start]
        assert total == tangents[i]
