"""Maps that SymPy expressions give: exact and float64 routes, families, and what classify says of known maps."""

import math

import numpy as np
import pytest
import sympy as sp
from sympy import Rational

from dynamics import SymbolicMap, classify
from tests.dynamics.known_maps import DOUBLING, HENON, LOGISTIC, NEWTON, TENT, a, b, r, x, y

# A float64 step of the maps here takes at most 20 operations on numbers below 10: 20 * 10 * 2.2e-16 < 1e-13.
STEP_ROUNDING = 1e-13

MAPS = {
    "logistic": (LOGISTIC, x, {r: Rational(7, 2)}, Rational(1, 3)),
    "Henon": (HENON, (x, y), {a: Rational(7, 5), b: Rational(3, 10)}, (Rational(1, 3), Rational(-1, 5))),
    "Newton": (NEWTON, x, {}, Rational(1, 3)),
    "doubling": (DOUBLING, x, {}, Rational(5, 7)),
    "tent": (TENT, x, {r: Rational(3, 2)}, Rational(2, 7)),
}


@pytest.mark.parametrize("name", MAPS)
def test_float64_agrees_with_exact_arithmetic(name):
    update, variables, values, start = MAPS[name]
    one = SymbolicMap(update, variables, values)
    exact = one.orbit(start, 5)
    floats = one.orbit(np.array(start, dtype=float), 5)
    for point, state in zip(exact[1:], floats[1:], strict=True):
        # five steps of slope at most 6 amplify the rounding of one
        assert np.abs(np.array(sp.Tuple(*np.atleast_1d(point)), dtype=float) - state).max() <= 6**5 * STEP_ROUNDING
    slopes = np.array(sp.Matrix([one.jacobian(start)] if one.scalar else one.jacobian(start)), dtype=float)
    assert np.abs(slopes.squeeze() - one.jacobian(np.array(start, dtype=float))).max() <= STEP_ROUNDING


@pytest.mark.parametrize("name", MAPS)
def test_the_jacobian_is_the_limit_of_differences(name):
    update, variables, values, start = MAPS[name]
    one = SymbolicMap(update, variables, values)
    point, n, h = np.array(start, dtype=float).reshape(-1), one.dimension, 1e-6
    here = [point + s * h * e for e in np.eye(n) for s in (1, -1)]
    images = [np.atleast_1d(one.step(p[0] if one.scalar else p)) for p in here]
    slopes = np.stack([(images[2 * i] - images[2 * i + 1]) / (2 * h) for i in range(n)], axis=1)
    # a central difference errs by h^2 f'''/6 < 1e-10 (f''' < 600) and by rounding 1e-15 / 1e-6
    assert slopes == pytest.approx(np.reshape(one.jacobian(point[0] if one.scalar else point), (n, n)), abs=3e-9)


def test_a_family_is_one_map_for_each_value():
    rates, starts = np.array([2.5, 3.2, 3.9]), np.array([[0.2], [0.7]])
    family = SymbolicMap(LOGISTIC, x, {r: rates})
    states = family.orbit(starts, 4)
    assert states.shape == (5, 2, 3)
    for i, start in enumerate(starts[:, 0]):
        for j, rate in enumerate(rates):
            assert states[:, i, j].tolist() == family.with_values({r: float(rate)}).orbit(start, 4).tolist()
    assert [o.period for o in classify(family.with_values({r: np.array([2.9, 3.2, 3.5])}), np.full(3, 0.3))] == [1, 2, 4]


def test_a_step_has_the_shape_of_the_batch_even_where_the_update_does_not():
    assert SymbolicMap(x / 2, x, {r: np.ones(3)}).step(np.array([[4.0], [2.0]])).tolist() == [[2.0] * 3, [1.0] * 3]
    assert SymbolicMap((sp.Integer(1), x), (x, y), {r: np.ones(2)}).step(np.array([5.0, 7.0])).tolist() == [[1.0, 5.0]] * 2
    assert SymbolicMap(sp.Integer(3), x).jacobian(np.array([1.0, 2.0])).tolist() == [0.0, 0.0]


def test_newton_for_a_polynomial_without_real_roots_doubles_the_angle():
    newton = SymbolicMap(NEWTON, x)
    assert newton.orbit(sp.cot(sp.pi / 8), 2)[-1] == 0  # the angle pi/8 twice doubled is pi/2
    assert newton.orbit(1 / sp.sqrt(3), 2) == [sp.sqrt(3) / 3, -sp.sqrt(3) / 3, sp.sqrt(3) / 3]  # the angle pi/3 has period 2
    with pytest.raises(ValueError, match="the map at"):
        newton.step(0)
    angle = 0.3
    assert newton.step(1 / math.tan(angle)) == pytest.approx(1 / math.tan(2 * angle), rel=STEP_ROUNDING)


def test_classify_judges_any_symbolic_map():
    henon = SymbolicMap(HENON, (x, y), {a: Rational(1, 5), b: Rational(3, 10)})
    outcome = classify(henon, (0.1, 0.1))
    root = (-0.7 + math.sqrt(0.49 + 0.8)) / 0.4  # the fixed point: a x^2 + (1 - b) x = 1
    assert outcome.kind == "converged" and outcome.points[-1, 0] == pytest.approx(root, abs=1e-8)
    assert classify(SymbolicMap(-x, x), 0.5).period == 2  # multiplier -1: repeats exactly, in rational arithmetic
    assert classify(SymbolicMap(2 * x, x), 0.5).kind == "diverged"
    assert classify(SymbolicMap(sp.log(x), x), 0.5).kind == "undecided"  # it leaves the domain


def test_a_point_where_a_branch_switches_is_differentiable_or_refused():
    assert SymbolicMap(x * sp.Abs(x), x).jacobian(0) == 0
    assert SymbolicMap(sp.Piecewise((x, x < 0), (sp.sin(x), True)), x).jacobian(0) == 1
    for kinked in (TENT.subs(r, 1), DOUBLING, sp.Abs(x - Rational(1, 2))):
        with pytest.raises(ValueError, match="not differentiable"):
            SymbolicMap(kinked, x).jacobian(Rational(1, 2))


MAP = SymbolicMap(LOGISTIC, x, {r: 3})
BAD = {
    "no value for a symbol": (lambda: SymbolicMap(LOGISTIC, x), ValueError, "unknown symbols r"),
    "two expressions, one variable": (lambda: SymbolicMap(HENON, [x], {a: 1, b: 1, y: 1}), ValueError, "2 expressions for 1 variables"),
    "no variables": (lambda: SymbolicMap([], [], {}), ValueError, "no variables"),
    "only parameters": (lambda: SymbolicMap([], [], {r: 1}), ValueError, "no variables"),
    "a parameter that is a variable": (lambda: SymbolicMap(x, x, {x: 1}), ValueError, "repeated"),
    "update no expression": (lambda: SymbolicMap("x", x), TypeError, "SymPy expression"),
    "update infinite": (lambda: SymbolicMap(sp.zoo + x, x), ValueError, "NaN or infinity"),
    "value nan": (lambda: SymbolicMap(LOGISTIC, x, {r: float("nan")}), ValueError, "parameter r"),
    "values infinite": (lambda: SymbolicMap(LOGISTIC, x, {r: np.array([np.inf])}), ValueError, "parameter r"),
    "values empty": (lambda: SymbolicMap(LOGISTIC, x, {r: np.array([])}), ValueError, "empty"),
    "values float32": (lambda: SymbolicMap(LOGISTIC, x, {r: np.ones(2, np.float32)}), TypeError, "float64"),
    "values of two shapes": (lambda: SymbolicMap(HENON, (x, y), {a: np.ones(2), b: np.ones(3)}), ValueError, "broadcast"),
    "another parameter": (lambda: MAP.with_values({a: 1}), ValueError, "no parameters a: it has r"),
    "exact point, many values": (lambda: MAP.with_values({r: np.ones(2)}).step(1), TypeError, "with_values"),
    "kink": (lambda: SymbolicMap(sp.Abs(x), x).jacobian(0), ValueError, "not differentiable"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_gets_one_clear_line(case):
    call, error, words = BAD[case]
    with pytest.raises(error) as caught:
        call()
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
