"""Where epsilon is not C |psi| + O(psi^2), from networks that are run: integers, fractions, and floats of many sizes."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import Lambda, Rational, symbols

from tests.strategies import depths
from theory.linear_range import deep_linear_measurement, lingrad
from theory.linear_range import symbols as symbols_
from theory.linear_range.failures import INTO, NEAR_BOTTOM, OUT_OF
from theory.proof import substitute

a, s, y = symbols("a s y", real=True)
SIZES = 10.0 ** -np.arange(1, 9)


def ratio(function: object, start: float, slope: float, step: np.ndarray) -> np.ndarray:
    """(13) for one neuron."""
    return np.abs(function(start + step) - function(start) - slope * step) / np.abs(slope * step)


@pytest.mark.claim("ni-talnikar:equation-13")
@given(st.integers(0, 10**6), depths(1, 5), st.integers(1, 3), st.data())
def test_one_layer_that_moves(seed: int, depth: int, width: int, data: st.DataObject) -> None:
    """In integers: the states are on the line u + psi v for every step, if one linear layer moves; not in general, if two do."""
    dice = np.random.default_rng(seed)
    moving = data.draw(st.integers(0, depth - 1))
    s_, d = (dice.integers(-3, 4, (depth, width, width)) for _ in range(2))
    d[[n for n in range(depth) if n != moving]] = 0
    x = dice.integers(-3, 4, width)
    old, v = x, 0 * x
    new = {psi: x for psi in (-7, 1, 100)}
    for w, m in zip(s_, d, strict=True):
        old, v = w @ old, w @ v + m @ old
        new = {psi: (w + psi * m) @ state for psi, state in new.items()}
    assert all((state == old + psi * v).all() for psi, state in new.items())


@pytest.mark.claim("ni-talnikar:equation-13")
def test_line_12_divides_by_0() -> None:
    assert deep_linear_measurement([2, 3], [1, 0], 5) == 0
    run = {"loss": Lambda((a, y), (a - y) ** 2 / 2), "minibatches": [[(0, 1)]], "epsilon_star": 1, "first_step": 1, "history": 1}
    with pytest.raises(ValueError, match="epsilon is 0 on minibatch 0"):
        lingrad([Lambda((a, s), a + s)], parameters=[2], **run)
    with pytest.raises(ValueError, match="the tangent of layer 1 is 0"):
        lingrad([Lambda((a, s), a + s**2)], parameters=[0], **run)


@pytest.mark.claim("ni-talnikar:text-eps-cpsi")
@given(st.fractions(Fraction(1, 100), 10), st.fractions(Fraction(1, 100), 10), st.fractions(Fraction(1, 10), 1))
def test_near_the_bottom_of_a_square(z: Fraction, psi: Fraction, limit: Fraction) -> None:
    epsilon = abs((z + psi) ** 2 - z**2 - 2 * z * psi) / (2 * z * psi)
    assert epsilon == substitute(NEAR_BOTTOM, {symbols_.z: Rational(z), symbols_.psi: Rational(psi)})
    assert psi * limit / epsilon == 2 * z * limit


@pytest.mark.claim("ni-talnikar:text-eps-cpsi")
@pytest.mark.parametrize("slope", [1.0, 0.5, -2.0])
def test_on_a_kink(slope: float) -> None:
    """Whatever derivative is taken at relu's kink, the worse of the two sides stays away from 0 at every size of step."""
    sides = [ratio(lambda r: np.maximum(r, 0), 0.0, slope, sign * SIZES) for sign in (1, -1)]
    assert (np.maximum(*sides) >= 1).all()


@pytest.mark.claim("ni-talnikar:text-eps-cpsi")
def test_corners_and_roots_in_the_derivatives() -> None:
    """The order of epsilon - C |psi|, from the slope of its logarithm: 1/2 where 1 was asked, 3/2 where 2 was."""
    corner = [ratio(lambda r: r + np.maximum(r, 0) ** 2, 0.0, 1.0, sign * SIZES) for sign in (1, -1)]
    assert corner[0] == pytest.approx(SIZES, rel=1e-6) and (corner[1] == 0).all()
    root = ratio(lambda r: r + np.abs(r) ** 1.5, 0.0, 1.0, SIZES)
    late = ratio(lambda r: r + r**2 + np.abs(r) ** 2.5, 0.0, 1.0, SIZES[:5]) - SIZES[:5]
    assert np.diff(np.log10(root)) == pytest.approx(-0.5, abs=1e-3)
    assert np.diff(np.log10(late)) == pytest.approx(-1.5, abs=1e-3)


@pytest.mark.claim("ni-talnikar:definition-linear-range")
@given(st.fractions(1, 100), st.fractions(Fraction(1, 100), 1))
def test_the_way_into_saturation_is_longer_than_the_way_out(z: Fraction, share: Fraction) -> None:
    def g(r: Fraction) -> Fraction:
        return r / (1 + r)

    psi, tangent = share * z, 1 / (1 + z) ** 2
    into, out = (abs(g(z + sign * psi) - g(z) - sign * tangent * psi) / (tangent * psi) for sign in (1, -1))
    assert into < psi / (1 + z) < out and into < 1
    at = {symbols_.z: Rational(z), symbols_.psi: Rational(psi)}
    assert [into, out] == [substitute(way, at) for way in (INTO, OUT_OF)] and (share < 1 or out == z)


@pytest.mark.claim("ni-talnikar:text-eps-cpsi")
def test_a_sample_that_comes_to_rest() -> None:
    """psi* is 2 z epsilon* for u = s^2 from s = z: it shrinks with z, whatever step is measured."""
    for z in (Rational(1), Rational(1, 10), Rational(1, 100)):
        run = lingrad([Lambda((a, s), s**2)], Lambda((a, y), a / (2 * z)), [z], [[(0, 0)]], epsilon_star=1, first_step=z / 3, history=1)
        assert run[0].candidate == 2 * z and run[0].step_size == 2 * z
