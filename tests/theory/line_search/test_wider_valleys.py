"""Curvature along lines and across, by exact parabolas and by a run of gradient descent."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import diag

from theory.line_search import wider_valleys
from theory.line_search.symbols import H
from theory.proof import NotProved, counterexample, witness


@pytest.mark.claim("mutschler-zell:text-slope-curv")
@given(st.integers(1, 9), st.integers(1, 9))
def test_lines_turn_in_a_valley_that_stays(steep, flat):
    """On (a x^2 + b y^2)/2 from the axes: with a > b the curvature falls, with the same Hessian; else the statement is not refuted."""
    point = {**wider_valleys.TURNS, H: diag(steep, flat)}
    if steep > flat:
        assert counterexample(wider_valleys.printed, point)
        assert witness(wider_valleys.along_the_lines, point)
    else:
        with pytest.raises(NotProved):
            counterexample(wider_valleys.printed, point)


@pytest.mark.claim("mutschler-zell:text-slope-curv")
def test_the_counterexample_is_a_run_of_sgd():
    """The samples' losses 2 x^2 and y^2, one after the other, with the rate 1/4; their mean is x^2 + y^2/2."""
    hessian, place = np.diag([2.0, 1.0]), np.array([0.5, 1.0])
    for step, sample in enumerate(([4.0, 0.0], [0.0, 2.0]), start=1):
        gradient = np.array(sample) * place
        way = -gradient / np.linalg.norm(gradient)
        unit = {1: np.array([1.0, 0.0]), 2: np.array([0.0, 1.0])}
        full = wider_valleys.TURNS[wider_valleys.gradient_at]
        own = [int(full(step).coeff(e)) for e in (wider_valleys.e_1, wider_valleys.e_2)]
        np.testing.assert_array_equal(hessian @ place, own)
        np.testing.assert_array_equal(way, -unit[step])
        assert hessian @ place @ way == -1
        assert way @ hessian @ way == 3 - step
        place = place - gradient / 4


@pytest.mark.claim("mutschler-zell:text-slope-curv")
def test_gradient_descent_turns_to_the_flat_direction():
    """On x^2 + y^2/2 with the rate 1/4: the curvature along the gradient falls in every step, in one and the same valley."""
    place, found = np.array([1.0, 1.0]), []
    for _ in range(20):
        gradient = np.array([2.0, 1.0]) * place
        way = gradient / np.linalg.norm(gradient)
        found.append(way @ np.diag([2.0, 1.0]) @ way)
        place = place - gradient / 4
    assert all(later < before for before, later in zip(found, found[1:], strict=False))
    assert found[0] > 1.7
    assert found[-1] < 1.001


@pytest.mark.claim("mutschler-zell:text-slope-curv")
@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 9))
def test_the_chord_of_a_parabola(steep, flat, fall):
    """-b s + a s^2/2 is below 0 up to 2 b/a, for both curvatures."""
    for bend in (steep, flat):
        end = Fraction(2 * fall, bend)
        assert -fall * end + bend * end**2 / 2 == 0
        assert -fall * end / 2 + bend * end**2 / 8 < 0
    assert (flat < steep) == (Fraction(2 * fall, flat) > Fraction(2 * fall, steep))
