"""Layers that are not linear: second coefficients read off polynomials in psi, and second derivatives by differences."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sympy import Matrix, Rational, Symbol, diff

from tests.theory.linear_range.nets import Net, nets
from tests.theory.linear_range.random_layers import Chain, chains, psi

HALF = Rational(1, 2)


def second_tangents(net: Chain) -> tuple[list[Matrix], list[Matrix]]:
    """v and v' by their equations: v'(i+1) = f_u v'(i) + D^2 f[(v, sigma), (v, sigma)]/2, with SymPy's derivatives of the layer alone."""
    old = net.path(net.parameters)
    first, second = [Matrix.zeros(len(net.x), 1)], [Matrix.zeros(len(net.x), 1)]
    for i, layer in enumerate(net.layers):
        letters = (*layer.state, *layer.parameters)
        here = dict(zip(letters, (*old[i], *net.parameters[i]), strict=True))
        move = [*first[i], *net.directions[i]]
        carried = [*second[i], *(0 for _ in net.directions[i])]

        def slope(e: object, along: list[object], letters: tuple[Symbol, ...] = letters) -> object:
            return sum(diff(e, a) * d for a, d in zip(letters, along, strict=True))

        bends = [slope(e, carried) + HALF * slope(slope(e, move), move) for e in layer.image]
        first.append(Matrix([slope(e, move).xreplace(here) for e in layer.image]))
        second.append(Matrix([b.xreplace(here) for b in bends]))
    return first, second


@pytest.mark.claim("ni-talnikar:text-taylor")
@given(chains())
def test_the_coefficients_of_the_states(net: Chain) -> None:
    """Every state is a polynomial in psi: its coefficients of psi and psi^2 are v and v', exactly."""
    first, second = second_tangents(net)
    for state, v, bend in zip(net.path(net.moved()), first, second, strict=True):
        for entry, a, b in zip(state, v, bend, strict=True):
            assert (entry.expand().coeff(psi, 1), entry.expand().coeff(psi, 2)) == (a, b)


@pytest.mark.claim("ni-talnikar:text-eps-cpsi")
@given(chains(), st.sampled_from([1, -1]))
def test_the_measurement_begins_with_their_mean(net: Chain, sign: int) -> None:
    """(epsilon - C |psi|)/psi^2 stays bounded, in exact arithmetic: it would double with each halving if C were wrong."""
    first, second = second_tangents(net)
    assume(all(any(v) for v in first[1:]))
    mean = sum(b.norm() / (v.norm()) for v, b in zip(first[1:], second[1:], strict=True)) / net.depth
    old = net.path(net.parameters)

    def rest(step: Rational) -> float:
        new = net.path(net.moved(step))
        misses = [(b - a - step * v).norm() / (step * v).norm() for a, b, v in zip(old[1:], new[1:], first[1:], strict=True)]
        return float(((sum(misses) / net.depth - mean * abs(step)) / step**2).evalf(30))

    near, nearer = rest(sign * Rational(1, 10**4)), rest(sign * Rational(1, 10**8))
    assert abs(nearer) <= 2 * abs(near) + 1


@pytest.mark.claim("ni-talnikar:text-taylor")
@given(nets)
def test_the_second_derivative_of_tanh_layers(net: Net) -> None:
    """D^2 of tanh(W u) in the direction (v, S) is g'' (W v + S u)^2 + 2 g' S v; here by differences of the layer alone."""
    old, (first, second) = net.states(0), net.tangents()
    step = 1e-4  # a second difference errs by step^2 times a fourth derivative, and by rounding of 1e-16/step^2 = 1e-8
    for i, (w, s) in enumerate(zip(net.weights, net.moves, strict=True)):
        ahead, here, behind = (np.tanh((w + h * s) @ (old[i] + h * first[i])) for h in (step, 0, -step))
        form = (ahead - 2 * here + behind) / step**2
        gate = np.diag(1 - old[i + 1] ** 2) @ w
        size = 1 + np.abs(first[i]).max() + np.abs(s).max() * np.abs(old[i]).max()
        assert np.allclose(gate @ second[i] + form / 2, second[i + 1], atol=1e-5 * size**4)
