"""What the step to the minimum is proportional to, on quadratics and on a quartic."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import Lambda

from theory.line_search import slope_ratios
from theory.line_search.directions import newton_line_step
from theory.line_search.symbols import b, line, r, s, t, x
from theory.proof import NotProved, follows, generalize, witness

whole = st.integers(-6, 6)


@pytest.mark.claim("mutschler-zell:text-prop")
@given(st.integers(1, 9), st.integers(1, 9), whole, whole, whole.filter(bool), whole)
def test_the_minimum_by_two_numbers(first, second, a, c, g_1, g_2):
    hessian, full, noisy = np.diag([float(first), float(second)]), np.array([a, c], dtype=float), np.array([g_1, g_2], dtype=float)
    square = noisy @ noisy
    ratio, bend = full @ noisy / square, noisy @ hessian @ noisy / square
    step = newton_line_step(hessian, full, noisy)
    assert step == pytest.approx(ratio / bend * np.sqrt(square), rel=1e-12, abs=1e-12)
    way, near = -noisy / np.sqrt(square), step + np.linspace(-0.1, 0.1, 21)
    losses = [full @ (p * way) + (p * way) @ hessian @ (p * way) / 2 for p in near]
    assert np.argmin(losses) == 10
    assert slope_ratios.by_two_numbers.then.lhs == s


@pytest.mark.claim("mutschler-zell:text-prop")
@pytest.mark.parametrize("start", [-3, -1, -2])
def test_a_quartic_has_a_cubic_root(start):
    known = generalize(follows((r + start) ** 4 >= 0), r)
    point = {line: Lambda(t, (t + start) ** 4), x: start, b: 4 * start**3, s: -start}
    assert witness(slope_ratios.quartic, point, known)
    with pytest.raises(NotProved):
        witness(slope_ratios.quartic, {**point, b: 2 * start**3}, known)
    assert (-point[b] / 4) ** (1 / 3) == pytest.approx(-start)
