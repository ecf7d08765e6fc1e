"""Newton steps in numbers: SGD's step, the printed formula and the minimum, on random quadratic losses and in another unit."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from theory.line_search import newton as m
from theory.line_search.directions import newton_line_step
from theory.line_search.quadratics import LOSS, bowl
from theory.line_search.symbols import G, H, c, direction, g, k, lam, r, theta
from theory.proof import NotProved, counterexample, witness

triples = st.sampled_from([(3, 4), (-5, 12), (0, 2), (8, -15), (-6, -8)])  # with integer norms
nonzero = st.integers(-6, 6).filter(bool)


@pytest.mark.claim("mutschler-zell:equation-3")
@given(triples, st.integers(1, 9))
def test_equation_3_at_exact_points(gradient: tuple[int, int], tenths: int) -> None:
    rate = sp.Rational(tenths, 10)
    length = sp.sqrt(sum(v * v for v in gradient))
    point = {g: [[v] for v in gradient], direction: [[-v / length] for v in gradient], lam: rate, k: 1 / rate}
    witness(m.equation_3, point)
    with pytest.raises(NotProved):
        witness(m.equation_3, {**point, k: rate + 1})
    first, second = -length, 1 / rate  # of the mini-batch along the line: as printed, -first/second d is -lambda g
    assert [-first / second * (-v / length) for v in gradient] == [-rate * v for v in gradient]


@pytest.mark.claim("mutschler-zell:equation-3-newton")
@given(triples, st.integers(1, 9), st.integers(-20, 20))
def test_sgd_steps_to_the_vertex(gradient: tuple[int, int], tenths: int, eighths: int) -> None:
    """-b/(2 a) of the parabola with the slope b = -|g| and a = k/2 is the length of SGD's step; no point of it lies lower."""
    rate, other = sp.Rational(tenths, 10), sp.Rational(eighths, 8)
    length = sp.sqrt(sum(v * v for v in gradient))
    point = {g: [[v] for v in gradient], direction: [[-v / length] for v in gradient], lam: rate, k: 1 / rate, r: other}
    witness(m.in_place_of_the_curvature, point)
    vertex = sp.solve(sp.diff(-length * r + r**2 / (2 * rate), r), r)
    assert vertex == [rate * length]
    with pytest.raises(NotProved):
        witness(m.in_place_of_the_curvature, {**point, k: rate + 1})


@pytest.mark.claim("mutschler-zell:equation-3-newton")
@given(nonzero, st.integers(1, 5), st.integers(1, 5))
def test_sgd_is_a_newton_step_where_the_curvature_is_k(gradient: int, bend: int, inverse: int) -> None:
    rate = sp.Rational(1, inverse)
    lands = rate * abs(gradient) == sp.Rational(abs(gradient), bend)  # the minimum of |g| s + h s^2/2
    assert lands == (bend == inverse)
    point = {**LOSS, theta: [[0]], G: [[gradient]], H: [[1]], lam: 1}
    witness(m.newton_where, point, bowl(abs(gradient)))


@pytest.mark.claim("mutschler-zell:equation-4")
@settings(max_examples=20)  # each is checked as a statement, quantifiers and all
@given(nonzero, nonzero)
def test_equation_4_at_exact_points(full: int, noisy: int) -> None:
    point = {**LOSS, theta: [[0]], G: [[full]], H: [[1]], g: [[noisy]]}
    step = newton_line_step([[1]], [full], [noisy])
    assert step == (abs(full) if full * noisy > 0 else -abs(full))
    witness(m.newton, point, bowl(abs(full)), bowl(step))
    if abs(full) == 1:
        witness(m.equation_4, point, bowl(1))
    else:
        counterexample(m.equation_4, point)


@pytest.mark.claim("mutschler-zell:equation-4")
@settings(max_examples=30)  # each is checked as a statement, quantifiers and all
@given(st.integers(1, 3), st.integers(0, 10**6), st.integers(1, 9))
def test_another_unit_of_the_loss(size: int, seed: int, factor: int) -> None:
    dice = np.random.default_rng(seed)
    matrix = dice.integers(-2, 3, (size, size))
    hessian, full = matrix @ matrix.T + np.eye(size, dtype=int), dice.integers(1, 4, size)
    steps = [newton_line_step((f * hessian).tolist(), (f * full).tolist(), full.tolist()) for f in (1, factor)]
    assert sp.expand(steps[0] - steps[1]) == 0
    printed = [sp.sqrt(int(v @ v)) / int(v @ (f * hessian) @ v) for f in (1, factor) for v in (f * full,)]
    assert sp.expand(printed[0] - factor**2 * printed[1]) == 0
    witness(m.in_other_units, {r: factor, c: 2, G: [[int(v)] for v in full], H: hessian.tolist()})
    shrunk = newton_line_step((4 * hessian).tolist(), (2 * full).tolist(), (2 * full).tolist())  # in parameters half as large
    assert sp.expand(2 * shrunk - steps[0]) == 0
