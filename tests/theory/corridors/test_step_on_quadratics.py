"""Corridor steps on quadratics, step by step: random Hessians in NumPy, exact orbits, and the cycles of the ratio by certified Newton."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import Rational, Symbol, degree, discriminant, factor_list, fraction, resultant, roots, together

from dynamics import SymbolicMap, certify_cycle
from tests.theory.corridors.quadratic_steps import corridor_step
from theory.corridors.step_on_quadratics import RATIO
from theory.corridors.symbols import kappa, t

pytestmark = pytest.mark.claim("dherin-rosca:equation-3")


@given(st.fractions(1, 30), st.fractions(Rational(1, 9), 9))
def test_the_ratio_of_exact_points(number, ratio) -> None:
    """The map of the ratio and the factor of the loss, in fractions."""
    x, y = Rational(1), Rational(ratio) / Rational(number)
    curvature = Rational(number)
    rate = (x**2 + curvature * y**2) / (2 * (x**2 + curvature**2 * y**2))
    after = (1 - rate) * x, (1 - curvature * rate) * y
    assert curvature**2 * after[1] ** 2 == RATIO.subs({kappa: curvature, t: Rational(ratio) ** 2}) * after[0] ** 2


@pytest.mark.parametrize(
    ("number", "period", "factor"), [(2, 1, 0.25), (2.9, 1, 0.25), (4, 1, 9 / 25), (5.5, 1, (4.5 / 6.5) ** 2), (6, 2, 0.5), (7.5, 2, 0.5)]
)
def test_runs_settle_where_the_theorems_say(number: float, period: int, factor: float) -> None:
    """From random starts, after 2000 steps; and directions of an unsettled run differ."""
    rng = np.random.default_rng(5)
    hessian = np.diag([1, number])
    for _ in range(5):
        point, ratios = rng.normal(size=2), []
        for _ in range(2000):
            point, seen = corridor_step(hessian, point / np.linalg.norm(point))
            ratios.append((number * point[1] / point[0]) ** 2)
        assert seen == pytest.approx(factor, rel=1e-6)
        assert ratios[-1] == pytest.approx(ratios[-1 - period], rel=1e-6, abs=1e-9)
        assert (abs(ratios[-1] - ratios[-2]) < 1e-6) == (period == 1)


def test_no_settling_beyond_the_last_threshold() -> None:
    """At 9 the loss factors differ from step to step, and their mean is above 1/2."""
    point, factors = np.array([1.0, 0.3]), []
    for _ in range(5000):
        point, factor = corridor_step(np.diag([1.0, 9.0]), point / np.linalg.norm(point))
        factors.append(factor)
    assert np.std(factors[1000:]) > 0.05 and np.exp(np.mean(np.log(factors[1000:]))) > 0.51


def test_the_two_cycles_by_elimination() -> None:
    """The resultant of the second iterate: t + 1/t = kappa - 4 + 1/kappa is a factor, and doubles at kappa + 1/kappa = 6."""
    numerator, _ = fraction(together(RATIO.subs(t, RATIO) - t))
    factor = kappa * t**2 + kappa - (kappa**2 - 4 * kappa + 1) * t
    assert resultant(numerator.subs(kappa, 7), factor.subs(kappa, 7), t) == 0 and numerator.subs({kappa: 7, t: 2}) != 0
    double = resultant(factor, factor.diff(t), t)
    assert {root for root in roots(double.as_poly(kappa)) if root > 3} == {
        root for root in roots((kappa**2 - 6 * kappa + 1).as_poly(kappa)) if root > 3
    }


@pytest.mark.parametrize(
    ("number", "near", "multiplier"), [(5, [0.7143], -0.75), (6, [0.6667, 1.5], 5 / 6), (Rational(15, 2), [0.3, 3.3333], -19 / 30)]
)
def test_certified_multipliers(number, near: list[float], multiplier: float) -> None:
    """Balls around the cycle and its multiplier, from the map alone."""
    x = Symbol("x")
    cycle = certify_cycle(SymbolicMap(RATIO.subs({t: x, kappa: number}), x), near)
    assert float(cycle.multipliers[0].real.mid()) == pytest.approx(multiplier, abs=1e-12)
    assert cycle.stability == "attracting"


def test_a_window_opens_where_the_loss_can_rise() -> None:
    """Two more 2-cycles are born at kappa^2 - 14 kappa + 1 = 0: there the remaining factor of the second iterate has double roots."""
    numerator, _ = fraction(together(RATIO.subs(t, RATIO) - t))
    quartic = max((f for f, _ in factor_list(numerator)[1]), key=lambda f: degree(f, t))
    assert degree(quartic, t) == 4
    double = {f: n for f, n in factor_list(discriminant(quartic, t))[1]}
    assert double[kappa**2 - 14 * kappa + 1] == 2
