"""Gradient descent as a map: exact and float64 steps, Jacobians, orbits, batches, errors."""

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
from sympy import Abs, Rational, sqrt

from dynamics import GradientMap

x, y = sp.symbols("x y")
F1 = Rational(2, 3) * Abs(x) ** Rational(3, 2)
F2 = (x**2 + 1) * (x - 1) ** 2 * (x - 2) ** 2
SADDLE = x**3 * y - x * y**2 / 2 + Rational(1, 7) * x
RADIAL = (x**2 + y**2) ** Rational(3, 4)

# A float64 step of the losses here takes at most 40 operations on numbers below 10: 40 * 10 * 2.2e-16 < 1e-13.
STEP_ROUNDING = 1e-13
# A central difference with h = 1e-5 errs by h^2 f''''/6 < 1e-8 (f'''' < 500) and by rounding 1e-13 / 1e-5 = 1e-8.
DIFFERENCE_ERROR = 3e-8


@pytest.mark.claim("nar-sastry:equation-1", "nar-sastry:example-1-map")
@pytest.mark.parametrize(
    ("loss", "variables", "step", "point", "expected"),
    [
        (x**4 / 4 - x**2 / 2, x, 1, Rational(1, 2), Rational(7, 8)),
        (x**4 / 4 - x**2 / 2, x, Fraction(1, 3), Fraction(1, 2), Rational(5, 8)),
        (F1, x, 1, Rational(1, 4), Rational(-1, 4)),
        (F1, x, 3, Rational(-9, 4), Rational(9, 4)),
        (F1, x, 1, (3 + sqrt(5)) / 2, 1),
        (F1, x, 1, 0, 0),
        (F2, x, Rational(3, 10), 1, 1),
        (F2, x, Rational(3, 10), 2, 2),
        (F2, x, Rational(3, 10), 0, Rational(36, 10)),
        (x**2, x, 1, sqrt(2), -sqrt(2)),
        (SADDLE, (x, y), 1, (1, 2), (1 - 6 + 2 - Rational(1, 7), 2 - 1 + 2)),
        (RADIAL, (x, y), 1, (0, 0), (0, 0)),
        (Rational(5), x, 1, 3, 3),
    ],
)
def test_exact_step(loss, variables, step, point, expected):
    moved = GradientMap(loss, variables, step).step(point)
    assert sp.Tuple(moved) == sp.Tuple(expected)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("loss", "variables"), [(F1, x), (F2, x), (SADDLE, (x, y)), (RADIAL, (x, y))])
def test_float64_steps_agree_with_exact_ones(loss, variables, seed):
    gradient_map = GradientMap(loss, variables, Rational(1, 8))
    shape = (4,) if isinstance(variables, sp.Symbol) else (4, 2)
    points = np.random.default_rng(seed).uniform(-2, 2, shape)
    stepped = gradient_map.step(points)
    for point, moved in zip(points, stepped, strict=True):
        exact = gradient_map.step([Rational(c) for c in point] if point.ndim else Rational(float(point)))
        error = np.abs(np.array(sp.Tuple(exact).args[0] if point.ndim else exact, dtype=float) - moved).max()
        assert error <= STEP_ROUNDING


def test_the_gradient_at_the_cusp_is_zero_and_not_nan():
    assert GradientMap(F1, x, 1).step(np.array([0.0, -0.0, 1.0])).tolist() == [0.0, 0.0, 0.0]
    assert GradientMap(RADIAL, (x, y), 1).step(np.zeros((2, 2))).tolist() == [[0.0, 0.0], [0.0, 0.0]]


def test_a_corner_has_no_gradient():
    norm = GradientMap(sqrt(x**2 + y**2), (x, y), 1)
    assert np.isnan(norm.step(np.zeros(2))).all()
    with pytest.raises(ValueError, match="the gradient at"):
        norm.step((0, 0))


@pytest.mark.parametrize(("loss", "variables"), [(F1, x), (F2, x), (SADDLE, (x, y)), (RADIAL, (x, y))])
def test_jacobian_against_central_differences_and_exactly(loss, variables):
    gradient_map = GradientMap(loss, variables, Rational(1, 8))
    n = gradient_map.dimension
    point = np.array([0.75, -1.25])[:n]
    here = point[0] if gradient_map.scalar else point
    jacobian = np.reshape(gradient_map.jacobian(np.asarray(here)), (n, n))
    h = 1e-5
    for j, e in enumerate(np.eye(n)):
        ahead, behind = (gradient_map.step((point + s * h * e)[0] if gradient_map.scalar else point + s * h * e) for s in (1, -1))
        assert np.abs((ahead - behind) / (2 * h) - jacobian[:, j]).max() <= DIFFERENCE_ERROR
    exact = gradient_map.jacobian([Rational(c) for c in point] if n > 1 else Rational(float(point[0])))
    assert np.abs(np.array(sp.Matrix([exact] if n == 1 else exact), dtype=float).reshape(n, n) - jacobian).max() <= STEP_ROUNDING


def test_jacobian_on_a_kink_is_refused():
    assert np.isnan(GradientMap(Abs(x) + x**2, x, 1).jacobian(np.array([0.0]))[0])
    with pytest.raises(ValueError, match="not differentiable"):
        GradientMap(Abs(x) + x**2, x, 1).jacobian(0)


def test_starts_and_step_sizes_broadcast():
    steps = np.array([0.1, 0.2, 0.3])
    starts = np.array([[0.5], [1.5]])
    grid = GradientMap(F2, x, steps).step(starts)
    assert grid.shape == (2, 3)
    for i, start in enumerate(starts[:, 0]):
        for j, step in enumerate(steps):
            assert grid[i, j] == GradientMap(F2, x, float(step)).step(start)
    assert GradientMap(SADDLE, (x, y), steps).orbit(np.zeros((4, 1, 2)), 5).shape == (6, 4, 3, 2)


@pytest.mark.claim("nar-sastry:example-1-s")
def test_orbit_holds_the_start_and_every_step():
    assert GradientMap(F1, x, 1).orbit((3 + sqrt(5)) / 2, 3) == [(3 + sqrt(5)) / 2, 1, 0, 0]
    assert GradientMap(F2, x, Rational(3, 10)).orbit(np.array([0.9, 1.1]), 0).tolist() == [[0.9, 1.1]]
    orbit = GradientMap(F2, x, Rational(3, 10)).orbit(1.05, 7)
    assert orbit.shape == (8,)
    assert orbit[-1] == GradientMap(F2, x, Rational(3, 10)).advance(1.05, 7)


def test_a_repeating_orbit_is_filled_in_with_the_same_numbers():
    stuck = GradientMap(x**2 / 2, x, Rational(1, 1000))
    orbit = stuck.orbit(1e-321, 100_000)  # a denormal that rounding holds in place
    assert orbit[-1] == stuck.advance(1e-321, 1000) != 0
    cycle = GradientMap(F1, x, 1).orbit(np.array([0.25, -0.25]), 1001)
    assert cycle[-1].tolist() == [-0.25, 0.25]
    assert cycle[-2].tolist() == [0.25, -0.25]


def test_a_float_means_the_double_that_it_is():
    assert GradientMap(x**2 / 2, x, 0.1).step_size == Rational(0.1) != Rational(1, 10)
    assert GradientMap(0.1 * x**2, x, 1).loss.coeff(sp.Symbol("x", real=True) ** 2) == Rational(0.1)


MAP = GradientMap(F2, x, Rational(3, 10))
PLANE = GradientMap(SADDLE, (x, y), 1)
BAD = {
    "step zero": (lambda: GradientMap(F2, x, 0), ValueError, "expected positive"),
    "step negative": (lambda: GradientMap(F2, x, -0.1), ValueError, "expected positive"),
    "step nan": (lambda: GradientMap(F2, x, float("nan")), ValueError, "finite"),
    "step infinite": (lambda: GradientMap(F2, x, sp.oo), ValueError, "finite"),
    "step a symbol": (lambda: GradientMap(F2, x, y), ValueError, "expected a finite real number"),
    "step a string": (lambda: GradientMap(F2, x, "0.1"), TypeError, "the step size"),
    "step True": (lambda: GradientMap(F2, x, True), TypeError, "the step size"),
    "steps empty": (lambda: GradientMap(F2, x, np.array([])), ValueError, "empty"),
    "steps with a zero": (lambda: GradientMap(F2, x, np.array([0.1, 0.0])), ValueError, "expected positive"),
    "steps float32": (lambda: GradientMap(F2, x, np.ones(2, np.float32)), TypeError, "float64"),
    "unknown symbol": (lambda: GradientMap(F2 + y, x, 1), ValueError, "unknown symbols y"),
    "no variables": (lambda: GradientMap(F2, [], 1), ValueError, "no variables"),
    "a variable twice": (lambda: GradientMap(F2, [x, x], 1), ValueError, "repeated"),
    "a positive variable": (lambda: GradientMap(F2, sp.Symbol("x", positive=True), 1), ValueError, "assumptions"),
    "loss no expression": (lambda: GradientMap("x**2", x, 1), TypeError, "SymPy expression"),
    "loss infinite": (lambda: GradientMap(sp.oo * x, x, 1), ValueError, "NaN or infinity"),
    "point nan": (lambda: MAP.step(np.array([np.nan])), ValueError, "NaN or infinity"),
    "point infinite": (lambda: MAP.step(float("inf")), ValueError, "NaN or infinity"),
    "points int": (lambda: MAP.step(np.array([1])), TypeError, "float64"),
    "points float32": (lambda: MAP.step(np.ones(1, np.float32)), TypeError, "float64"),
    "points empty": (lambda: MAP.step(np.array([])), ValueError, "empty"),
    "points of wrong width": (lambda: PLANE.step(np.ones((4, 3))), ValueError, "expected (..., 2)"),
    "point of wrong length": (lambda: PLANE.step((1,)), ValueError, "2 coordinates"),
    "point imaginary": (lambda: MAP.step(sp.I), ValueError, "finite real number"),
    "point a string": (lambda: MAP.step("1"), TypeError, "a coordinate"),
    "outside the domain": (lambda: GradientMap(sp.log(x), x, 1).step(0), ValueError, "domain"),
    "no broadcast": (lambda: MAP.with_step_size(np.ones(2)).step(np.ones(3)), ValueError, "broadcast"),
    "exact point, many steps": (lambda: MAP.with_step_size(np.ones(2)).step(1), TypeError, "with_step_size"),
    "negative count": (lambda: MAP.orbit(1.0, -1), ValueError, ">= 0"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_gets_one_clear_line(case):
    call, error, words = BAD[case]
    with pytest.raises(error) as caught:
        call()
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
