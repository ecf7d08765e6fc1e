"""The two other directions: by the iterates of the map, by float64 orbits of the points themselves, and by certified Newton."""

import numpy as np
import pytest
from sympy import Poly, Symbol, cancel, degree, factor_list, fraction, lambdify, resultant, symbols, together

from dynamics import SymbolicMap, certify_cycle
from tests.theory.corridors.quadratic_steps import corridor_step
from theory.corridors.step_on_quadratics import RATIO
from theory.corridors.step_windows import PRODUCT, TOTAL, WINDOW, window_of
from theory.corridors.symbols import kappa, s, t

pytestmark = pytest.mark.claim("dherin-rosca:equation-3")


def settled_shares(number: float, steps: int = 20_000) -> np.ndarray:
    """The share of the steep axis in the squared gradient, at the end of runs near the larger product."""
    point, shares = np.array([1.0, 0.6 / number]), []
    for _ in range(steps):
        point, _ = corridor_step(np.diag([1.0, number]), point / np.linalg.norm(point))
        shares.append((number * point[1]) ** 2 / (point[0] ** 2 + (number * point[1]) ** 2))
    return np.array(shares[-512:])


@pytest.mark.parametrize(("number", "root"), [(14, 1), (15, 4)])
def test_float64_orbits_settle_there(number: int, root: int) -> None:
    """Inside the window, from a start that is not on the cycle."""
    point, shares = window_of(number, root), settled_shares(number)
    assert np.abs(shares[2:] - shares[:-2]).max() < 1e-9
    exact = sorted(float(point[x] / (1 + point[x])) for x in (t, s))
    assert sorted(shares[-2:]) == pytest.approx(exact, abs=1e-9)


@pytest.mark.parametrize("number", [13.9, 15.4])
def test_beyond_both_ends_no_two_attract(number: float) -> None:
    """The window is between 13.928 and 15.327."""
    shares = settled_shares(number)
    assert np.abs(shares[2:] - shares[:-2]).max() > 1e-3


@pytest.mark.parametrize(
    ("number", "root", "kind"), [(14, 1, "attracting"), (15, 4, "attracting"), (14, -1, "repelling"), (20, 11, "repelling")]
)
def test_certified_multipliers(number: int, root: int, kind: str) -> None:
    """Balls around the cycle, from the map alone; and the multiplier by its equation."""
    x, point = Symbol("x"), window_of(number, root)
    cycle = certify_cycle(SymbolicMap(RATIO.subs({t: x, kappa: number}), x), [float(point[t]), float(point[s])])
    sigma = number + 1 / number
    expected = (sigma**2 - 15 * sigma + 38 - (sigma - 1) * np.sign(root) * np.sqrt((sigma + 2) * (sigma - 14))) / (2 * (sigma - 2))
    assert float(cycle.multipliers[0].real.mid()) == pytest.approx(expected, rel=1e-9)
    assert cycle.stability == kind


def test_the_end_of_the_window() -> None:
    """The equation of the multiplier -1, by elimination of sigma's square root, has the root 15.392."""
    sigma, root = symbols("sigma root")
    minus_one = sigma**2 - 15 * sigma + 38 - (sigma - 1) * root + 2 * (sigma - 2)
    ends = resultant(minus_one, root**2 - (sigma + 2) * (sigma - 14), root)
    assert cancel(ends.subs(sigma, kappa + 1 / kappa) / WINDOW).is_number
    assert [float(z) for z in Poly(ends, sigma).nroots() if z.is_real] == pytest.approx([15.3923], abs=1e-4)


def test_product_and_sum_by_elimination() -> None:
    """The second iterate has one factor of degree 4; its roots, which are complex below 13.928, obey both equations with their images."""
    numerator, _ = fraction(together(RATIO.subs(t, RATIO) - t))
    quartic = max((f for f, _ in factor_list(numerator)[1]), key=lambda f: degree(f, t))
    for number in (12, 14, 15):
        roots = [complex(z) for z in Poly(quartic.subs(kappa, number), t).nroots(n=30)]
        assert len(roots) == 4 and all(abs(z.imag) < 1e-12 for z in roots) == (number >= 14)
        step, *sides = (lambdify((t, s), e.subs(kappa, number), "math") for e in (RATIO, PRODUCT.lhs, PRODUCT.rhs, TOTAL.lhs, TOTAL.rhs))
        for root in roots:
            values = [side(root, step(root, 0)) for side in sides]
            assert values[0] == pytest.approx(values[1], rel=1e-6) and values[2] == pytest.approx(values[3], rel=1e-6)
