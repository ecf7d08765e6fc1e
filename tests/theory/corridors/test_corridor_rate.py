"""The corridor step on random corridors and beyond their edge, and the Polyak step of SymPy losses."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import Rational, Symbol, exp, log, sqrt, symbols, sympify

from tests.theory.corridors.cones import Cone, cones
from theory.corridors.steps import corridor_step

ROUNDING = 1e-9  # one step, magnified by the curvature of the cone
x, y, z = symbols("x y z", real=True)


@pytest.mark.claim("dherin-rosca:equation-2", "dherin-rosca:equation-3", "dherin-rosca:text-intro-one-step")
@given(cones, st.floats(0.01, 0.9))
def test_one_step_to_zero(cone: Cone, part: float) -> None:
    """The loss minus its value at a point ahead on the line: one step of L/|g|^2 ends there, and a shorter one at an intermediate loss."""
    start = cone.start()
    slope = cone.gradient(start)
    ground = cone.loss(start - part * slope)
    rate = (cone.loss(start) - ground) / (slope @ slope)
    assert cone.loss(start - rate * slope) - ground == pytest.approx(0, abs=ROUNDING)
    assert rate == pytest.approx(part, abs=ROUNDING)
    assert cone.loss(start - rate / 2 * slope) - ground == pytest.approx(rate / 2 * slope @ slope, abs=ROUNDING)


@pytest.mark.claim("dherin-rosca:equation-2", "dherin-rosca:text-intro-one-step")
@given(st.floats(1.01, 100))
def test_the_corridor_ends_before(start: float) -> None:
    """theta^2 - theta^3/3 up to 1, then a line: from beyond 1 one step leads to 1/3, whatever the start."""

    def bowl(point: float) -> tuple[float, float]:
        return (point - 1 / 3, 1.0) if point > 1 else (point**2 - point**3 / 3, 2 * point - point**2)

    value, slope = bowl(start)
    end = start - value / slope**2 * slope
    assert bowl(end)[0] == pytest.approx(8 / 81)


@pytest.mark.claim("dherin-rosca:equation-3", "dherin-rosca:text-polyak-def", "dherin-rosca:text-abs-clr-polyak")
@pytest.mark.parametrize(
    ("loss", "names", "minimum", "expected"),
    [
        (sqrt(x**2 + y**2 + z**2), (x, y, z), 0, (0, 0, 0)),
        (sqrt((x - 1) ** 2 + y**2), (x, y), 0, (1, 0)),
        (3 * x + 4 * y, (x, y), 5, (x - 3 * (3 * x + 4 * y - 5) / 25, y - 4 * (3 * x + 4 * y - 5) / 25)),
        (x**2 + 1, (x,), 1, (x / 2,)),
        (x**2 + 1, (x,), 0, (x / 2 - 1 / (2 * x),)),
        (exp(x), (x,), 0, (x - 1,)),
    ],
)
def test_steps_of_given_losses(loss: object, names: tuple[Symbol, ...], minimum: int, expected: tuple[object, ...]) -> None:
    """At exact points, by hand."""
    step = corridor_step(loss, names, minimum)  # type: ignore[arg-type]
    for point in ({x: 2, y: 3, z: Rational(1, 2)}, {x: -1, y: 7, z: 5}):
        assert [sympify(a - b).subs(point) for a, b in zip(step, expected, strict=True)] == [0] * len(step)


@pytest.mark.claim("dherin-rosca:text-abs-clr-polyak")
@given(st.integers(1, 6), st.floats(-3, 3), st.integers(0, 10**6))
def test_polyak_is_the_corridor_rate_for_loss_zero_only(size: int, least: float, seed: int) -> None:
    """On |theta|^2 + L*: the Polyak step halves theta; the corridor step does so for L* = 0 only."""
    point = np.random.default_rng(seed).normal(size=size)
    value, slope = point @ point + least, 2 * point
    polyak = point - (value - least) / (slope @ slope) * slope
    corridor = point - value / (slope @ slope) * slope
    assert polyak == pytest.approx(point / 2)
    assert np.linalg.norm(corridor - polyak) == pytest.approx(abs(least) / np.linalg.norm(slope))


@pytest.mark.parametrize(
    ("arguments", "error", "word"),
    [
        ((x**2, ()), ValueError, "variables"),
        ((x**2, (x, x)), ValueError, "different"),
        ((x * y, (x,)), ValueError, "other symbols"),
        ((log(2) + 0 * x, (x,)), ValueError, "gradient"),
        ((x**2, (Symbol("t"),)), TypeError, "real"),
        ((x**2, (x,), 0.5), TypeError, "minimum"),
        (("x^2", (x,)), TypeError, "expression"),
    ],
)
def test_bad_input(arguments: tuple[object, ...], error: type[Exception], word: str) -> None:
    """One clear error."""
    with pytest.raises(error, match=word):
        corridor_step(*arguments)  # type: ignore[arg-type]
