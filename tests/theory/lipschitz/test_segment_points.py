"""The mean value theorem as an equation, and the smallest ReLU network: the statements against numpy and exact fractions."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sympy import Abs, ImmutableMatrix, Integer, Rational, sqrt

from theory.lipschitz.relu_kinks import APART, NO_SLOPE, OFF, ON, kink
from theory.lipschitz.segment_points import BOTH, CUBIC, FROM_0_TO_2, in_the_plane, somewhere
from theory.lipschitz.symbols import L, d, label, t
from theory.proof import Exists, ForAll, Not, decide, substitute
from theory.proof.letters import interpret, is_letter
from theory.proof.logic import conjuncts

GRID = 4001
SLACK = 1e-3  # sums of three sines on a grid of 4001 points: a change of sign is found to less than this
seeds = st.integers(0, 2**32 - 1)


@pytest.mark.claim("yedida-saha:text-mvt")
@given(seeds)
def test_somewhere_the_part_along_the_segment_is_the_mean_slope(seed: int) -> None:
    """A change of sign, or a value near 0, of <g, V - U> less the rise; the printed form with |g| has no such point as a rule."""
    dice = np.random.default_rng(seed)
    n, waves = dice.integers(1, 5), 3
    A, U, V = dice.normal(size=(waves, n)), dice.normal(size=n), dice.normal(size=n)
    points = U + np.linspace(0, 1, GRID)[:, None] * (V - U)
    along = np.cos(points @ A.T) @ A @ (V - U)
    rest = along - (np.sin(A @ V).sum() - np.sin(A @ U).sum())
    assert rest.min() <= SLACK and rest.max() >= -SLACK


@pytest.mark.claim("yedida-saha:text-mvt")
@given(st.fractions(0, 1))
def test_the_point_on_a_cubic(at: Fraction) -> None:
    """x^3 from 0 to 2: 8 = 2 * 3 (2 t)^2 holds at t = 1/sqrt(3) and nowhere else in between."""
    some = somewhere.then
    assert isinstance(some, Exists) and decide(substitute(some.args[1], {t: 1 / sqrt(3)})) is True
    letters = {key: ImmutableMatrix(value) for key, value in FROM_0_TO_2.items() if is_letter(key)}

    def holds(point: object) -> bool | None:
        return decide(interpret(substitute(some.args[2], {**CUBIC, t: point}), letters))

    assert holds(1 / sqrt(3)) is True
    assert holds(Rational(at)) is False


@pytest.mark.claim("yedida-saha:text-mvt")
@given(st.fractions(0, 1))
def test_no_point_for_values_in_the_plane(at: Fraction) -> None:
    """The velocity (2 t, 3 t^2) of (t^2, t^3) against the move (1, 1)."""
    (never,) = (part for part in conjuncts(in_the_plane.then) if isinstance(part, Not))
    assert never.args[0].args[2] == BOTH
    assert decide(substitute(BOTH, {t: Rational(at)})) is False
    squares, cubes = (part for part in conjuncts(in_the_plane.then) if isinstance(part, ForAll))
    assert all(decide(substitute(part.args[2], {t: Rational(at)})) is True for part in (squares, cubes))


def quotients(y: Fraction, weight: Fraction, step: Fraction) -> tuple[Fraction, Fraction]:
    """The two one-sided difference quotients of the statement's own loss."""
    curve = substitute(ON.args[2].args[0], {t: Rational(weight), label: Rational(y)})
    ahead, here, back = (curve.expr.subs(d, value) for value in (Rational(step), 0, -Rational(step)))
    return Fraction(str((ahead - here) / Rational(step))), Fraction(str((here - back) / Rational(step)))


@pytest.mark.claim("yedida-saha:text-min-assumptions")
@given(st.fractions(-3, 3), st.fractions(-3, 3), st.integers(10, 10**6))
def test_difference_quotients_of_the_smallest_network(y: Fraction, weight: Fraction, fine: int) -> None:
    """Away from 0 both sides have the stated slope, up to half a step; at 0 they are y apart."""
    step = Fraction(1, fine)
    assume(weight == 0 or abs(weight) >= step)
    ahead, back = quotients(y, weight, step)
    if weight:
        stated = Fraction(str(substitute((ON if weight > 0 else OFF).args[2].args[1], {t: Rational(weight), label: Rational(y)})))
        assert abs(ahead - stated) <= step and abs(back - stated) <= step
    else:
        assert back == 0 and ahead == step / 2 - y
        assert (abs(ahead - back) <= step) == (abs(y - step / 2) <= step), "only for y near 0 does the kink disappear"
    assert NO_SLOPE in kink.then.args


@pytest.mark.claim("yedida-saha:text-min-assumptions")
@given(st.fractions(-3, 3).filter(bool), st.integers(0, 1000))
def test_the_slopes_are_apart_however_near_the_weights(y: Fraction, constant: int) -> None:
    body = APART.args[2].args[2]
    near = Abs(Rational(y)) / (2 * constant + 2)
    values = {label: Rational(y), L: Integer(constant)}
    assert decide(substitute(body, {**values, t: near})) is True
    slopes = [float(substitute(part.args[2].args[1], {t: point, label: Rational(y)})) for part, point in ((ON, near), (OFF, -near))]
    assert abs(slopes[0] - slopes[1]) > constant * 2 * float(near)
    without = decide(substitute(body, {**values, label: Integer(0), t: near}))
    assert without == (constant == 0), "with the target 0 the slopes are only t apart, at the distance 2 t"
