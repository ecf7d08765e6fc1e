"""Directions with longer linear ranges, on u = s_1 s_0: how often does the longer way win?"""

import numpy as np
import pytest


@pytest.mark.claim("ni-talnikar:text-larger-range-faster")
def test_the_longer_way_loses_as_well_as_wins() -> None:
    """From (1, 1) along -(1, b): epsilon = |psi| b/(2 (1 + b)), so the range ends at 2 epsilon* (1 + b)/b."""
    bends = np.linspace(0.05, 1, 400)
    steps = 2 * 0.3 * (1 + bends) / bends
    lengths = steps * np.sqrt(1 + bends**2)
    assert (np.diff(lengths) < 0).all()  # the less a direction bends, the longer its range
    states = (1 - steps) * (1 - steps * bends)
    assert (np.diff((states - 1 / 25) ** 2) < 0).all()  # near the target the longer way overshoots, always
    assert (np.diff((states + 100) ** 2) > 0).all()  # and for a far one it wins, always
    assert abs(states[-1] - 1 / 25) < 1e-12 and (states[np.argmin(np.abs(bends - 0.1))] - 1 / 25) ** 2 > (1 - 1 / 25) ** 2
    gradient = np.array([24 / 25, 24 / 25])
    assert all(np.array([-1, -b]) @ gradient < 0 for b in bends)  # all of them descend at first
