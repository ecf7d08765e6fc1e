"""Momentum in random corridors of any dimension, step by step in numpy, and in exact arithmetic over the apex of a cone."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import Matrix, Rational, sqrt, symbols

from tests.theory.corridors.cones import Cone, cones
from theory.corridors.steps import momentum_displacement, momentum_iterates

ROUNDING = 1e-9  # 12 steps of length 1 with errors of 1e-15, magnified by the curvature 1/distance, at most 1/0.05, of the cone
betas = st.floats(0, 0.9)


def walk(cone: Cone, beta: float, steps: int, alpha: float = 0.0) -> tuple[list[tuple[np.ndarray, np.ndarray]], np.ndarray, float]:
    """Iterates that stay at a distance from the apex of 1/20 or more, their first gradient, and the step size."""
    start = cone.start()
    slope = cone.gradient(start)
    reach = steps + abs(alpha)
    step_size = 0.95 * (1 - beta) / reach
    return momentum_iterates(cone.gradient, start, beta, step_size, steps, alpha * step_size * slope), slope, step_size


@pytest.mark.claim("dherin-rosca:lemma-a-1", "dherin-rosca:equation-11", "dherin-rosca:equation-9-10")
@given(cones, betas, st.integers(1, 12))
def test_velocities_and_positions(cone: Cone, beta: float, steps: int) -> None:
    """v_t and theta_t by (7) and (8), with the coefficient as a sum of powers."""
    iterates, _, h = walk(cone, beta, steps)
    for t in range(1, steps + 1):
        (before, slower), (after, v) = iterates[t - 1], iterates[t]
        gradient, coefficient = cone.gradient(before), sum(beta**k for k in range(t))
        assert v == pytest.approx(-coefficient * h * gradient, abs=ROUNDING)
        assert after == pytest.approx(before - coefficient * h * gradient, abs=ROUNDING)
        assert v == pytest.approx(beta * slower - h * gradient, abs=ROUNDING)
    assert iterates[1][0] == pytest.approx(iterates[0][0] - h * cone.gradient(iterates[0][0]), abs=ROUNDING)


@pytest.mark.claim("dherin-rosca:remark-a-2a", "dherin-rosca:remark-a-2b", "dherin-rosca:text-momentum-main")
@given(cones, betas, st.integers(1, 12), st.sampled_from([-1.0, 0.0, 0.5, 1.0]))
def test_it_stays_on_the_line(cone: Cone, beta: float, steps: int, alpha: float) -> None:
    """theta_n - theta_0 is the multiple of the first gradient that the closed form says."""
    iterates, slope, h = walk(cone, beta, steps, alpha)
    exact = [Fraction(x) for x in (beta, h, alpha * h)]
    multiple = momentum_displacement(exact[0], exact[1], steps, exact[2])
    assert iterates[-1][0] == pytest.approx(iterates[0][0] + float(multiple) * slope, abs=ROUNDING)


rationals = st.fractions(-3, 3, max_denominator=9)


@pytest.mark.claim("dherin-rosca:equation-4-6", "dherin-rosca:remark-a-2b")
@given(st.fractions(0, Fraction(8, 9), max_denominator=9), st.fractions(Fraction(1, 9), 3, max_denominator=9), st.integers(0, 9), rationals)
def test_the_closed_form_against_the_recursion(beta: Fraction, h: Fraction, steps: int, alpha: Fraction) -> None:
    """Exactly, on the line with the gradient 1."""
    position, velocity = Fraction(0), alpha
    for _ in range(steps):
        velocity = beta * velocity - h
        position += velocity
    assert momentum_displacement(beta, h, steps, alpha) == Rational(position.numerator, position.denominator)
    assert momentum_iterates(lambda _: 1, Fraction(0), beta, h, steps, alpha)[-1] == (position, velocity)


@pytest.mark.claim("dherin-rosca:text-momentum-faster", "dherin-rosca:text-momentum-main")
@given(st.fractions(0, Fraction(8, 9), max_denominator=9), st.integers(1, 12))
def test_as_fast_as_descent_or_faster(beta: Fraction, steps: int) -> None:
    """Equal exactly for one step or beta = 0."""
    distance = -momentum_displacement(beta, 1, steps)
    assert distance >= steps
    assert (distance == steps) == (steps == 1 or beta == 0)
    assert distance <= steps / (1 - beta)


@pytest.mark.claim("dherin-rosca:lemma-a-1", "dherin-rosca:remark-a-2a", "dherin-rosca:equation-11")
def test_a_step_over_the_apex_of_a_cone() -> None:
    """In the plane without 0, which is connected, all iterates of |theta| lie in the corridor, and still v_2 is not that of (7)."""

    def gradient(x: Matrix) -> Matrix:
        return x / sqrt(x.dot(x))

    h, beta = Rational(3, 2), Rational(1, 2)
    iterates = momentum_iterates(gradient, Matrix([3, 4]) / 5, beta, h, 2)
    assert all(x.dot(x) != 0 for x, _ in iterates)
    assert iterates[2][1] == Matrix([3, 4]) / 5 * Rational(3, 4)
    assert -(1 + beta) * h * gradient(iterates[1][0]) == Matrix([3, 4]) / 5 * Rational(9, 4)


@pytest.mark.claim("dherin-rosca:remark-a-2b")
def test_a_step_into_the_other_half_plane() -> None:
    """L = x + y for x + y > 0, and x - y for x + y < 0: the second step turns off the line."""

    def gradient(x: Matrix) -> Matrix:
        return Matrix([1, 1]) if x[0] + x[1] > 0 else Matrix([1, -1])

    points = [x for x, _ in momentum_iterates(gradient, Matrix([1, 1]), Rational(1, 2), 2, 2)]
    assert points == [Matrix([1, 1]), Matrix([-1, -1]), Matrix([-4, 0])]


@pytest.mark.claim("dherin-rosca:remark-a-2b", "dherin-rosca:text-momentum-main")
def test_a_step_along_a_tangent_of_the_circle() -> None:
    """A connected corridor: outside of the unit circle, cut along x < -1, y = 0, flow runs along half of each tangent, towards the circle.

    The step passes the point of contact, and lands where another half-tangent leads: the second step turns off the line.
    """
    x, y = symbols("x y", real=True)
    square = x**2 + y**2
    field = (sqrt(square - 1) * Matrix([x, y]) + Matrix([-y, x])) / square
    points = [p for p, _ in momentum_iterates(lambda p: field.subs({x: p[0], y: p[1]}), Matrix([1, 1]), Rational(1, 2), 2, 2)]
    assert points == [Matrix([1, 1]), Matrix([1, -1]), Matrix([-1, -2])]
    hessian = field.jacobian([x, y])
    for point in (*points, Matrix([1, 3]), Matrix([-2, 1])):
        at = {x: point[0], y: point[1]}
        assert square.subs(at) > 1
        assert hessian.subs(at).is_symmetric()
        assert (hessian * field).subs(at).expand() == Matrix([0, 0])


@pytest.mark.parametrize(
    ("arguments", "error", "word"),
    [
        ((0.5, 1, 2), TypeError, "exact"),
        ((1, 1, 2), ValueError, "beta"),
        ((-1, 1, 2), ValueError, "beta"),
        ((0, 0, 2), ValueError, "step_size"),
        ((0, 1, -1), ValueError, "steps"),
        ((0, 1, 1.5), TypeError, "steps"),
    ],
)
def test_bad_input(arguments: tuple[object, ...], error: type[Exception], word: str) -> None:
    """One clear error."""
    with pytest.raises(error, match=word):
        momentum_displacement(*arguments)  # type: ignore[arg-type]
