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


@pytest.mark.claim("ni-talnikar:text-larger-range-faster")
@pytest.mark.parametrize("target", [-100.0, -3.0, 0.04, 3.0])
def test_the_direction_that_is_ahead_ends_lower(target: float) -> None:
    """Along -(1, 1) and -(1, b), to the ends of their ranges: predicted and missed in plain numbers, for J = (u - target)^2/2."""
    decided = 0
    for limit in (0.003, 0.01, 0.03, 0.1, 0.3):
        ends = []
        for bend in (1.0, 0.5, 0.1, 0.02):
            psi = 2 * limit * (1 + bend) / bend
            state = (1 - psi) * (1 - psi * bend)
            predicted = -psi * (1 + bend) * (1 - target)
            missed = abs(1 - target) * psi**2 * bend + (state - 1) ** 2 / 2
            ends.append((predicted, missed, (state - target) ** 2))
        for first in ends:
            for second in ends:
                if second[0] + second[1] < first[0] - first[1]:
                    decided += 1
                    assert second[2] < first[2]
    assert decided > 0 or target > 1  # for a target above the start these are no descents
