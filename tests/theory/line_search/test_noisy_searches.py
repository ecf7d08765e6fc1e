"""Exact searches on a mini-batch, in fractions: random gradients and Hessians of up to three parameters."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from theory.line_search import noisy_searches as m
from theory.line_search.quadratics import LOSS, bowl
from theory.line_search.symbols import H_B, G, H, g, s, theta
from theory.proof import counterexample, witness

nonzero = st.integers(-6, 6).filter(bool)


@pytest.mark.claim("mutschler-zell:text-mbexact")
@given(st.integers(1, 3), st.integers(0, 10**6), st.booleans())
def test_the_full_loss_after_the_search(size: int, seed: int, same: bool) -> None:
    dice = np.random.default_rng(seed)

    def hessian() -> np.ndarray:
        factor = dice.integers(-2, 3, (size, size))
        return factor @ factor.T + np.eye(size, dtype=int)

    batch = hessian()
    full = batch if same else hessian()
    noisy, true = (dice.integers(-4, 5, size) for _ in range(2))
    if not noisy.any():
        return
    multiple = Fraction(int(noisy @ noisy), int(noisy @ batch @ noisy))  # of -g: the minimum of -|g|^2 x + g' H_B g x^2/2
    change = -multiple * int(true @ noisy) + multiple**2 * int(noisy @ full @ noisy) / 2
    bends = int(noisy @ noisy) * int(noisy @ full @ noisy) > 2 * int(true @ noisy) * int(noisy @ batch @ noisy)
    assert (change > 0) == bends
    if same:
        error = noisy - true
        assert (change > 0) == (int(error @ error) > int(true @ true))
        assert (change == 0) == (int(error @ error) == int(true @ true))


@pytest.mark.claim("mutschler-zell:text-mbexact")
@example(full=1, noisy=3, stiff=1)
@example(full=3, noisy=1, stiff=1)
@example(full=1, noisy=2, stiff=1)
@example(full=1, noisy=1, stiff=3)
@settings(max_examples=20)  # each is checked as a statement, quantifiers and all
@given(nonzero, nonzero, st.integers(1, 4))
def test_the_statements_at_exact_points(full: int, noisy: int, stiff: int) -> None:
    point = {**LOSS, **m.BATCH_LOSS, theta: [[0]], G: [[full]], H: [[stiff]], g: [[noisy]], H_B: [[1]], s: abs(noisy)}
    witness(m.raised, point, bowl(abs(noisy)))
    change = -full * noisy + Fraction(stiff, 2) * noisy**2  # after the step -g
    raised = m.raised.with_then(m.RAISED)
    (witness if change > 0 else counterexample)(raised, point, bowl(abs(noisy)))
    if stiff == 1:
        witness(m.raised_by_noise, point, bowl(abs(noisy)))
        assert (change > 0) == (abs(noisy - full) > abs(full))
