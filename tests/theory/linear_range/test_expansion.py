"""Random networks: what is left after v psi + v' psi^2 falls with the cube of the step, and for no other first coefficient."""

import numpy as np
import pytest
from hypothesis import given

from tests.theory.linear_range.nets import Net, nets

CUBED = 4.0  # halving psi divides a cube by 8, a square by 4 and a line by 2; a third derivative of exactly 0 is let through below
ROUNDING = 1e-13


@pytest.mark.claim("ni-talnikar:text-taylor")
@given(nets)
def test_the_first_coefficient_is_the_tangent(net: Net) -> None:
    _, bends = net.tangents()
    for layer in range(1, len(net.weights) + 1):
        left = [np.linalg.norm(net.errors(psi)[layer] - psi**2 * bends[layer]) for psi in (2e-3, 1e-3)]
        size = np.linalg.norm(bends[layer]) + 1
        assert left[1] <= left[0] / CUBED + 1e-6 * 1e-3 * size + ROUNDING
        wrong = [np.linalg.norm(net.errors(psi)[layer] - psi**2 * bends[layer] - 0.1 * psi) for psi in (2e-3, 1e-3)]
        assert wrong[1] > wrong[0] / CUBED + 1e-6 * 1e-3 * size + ROUNDING
