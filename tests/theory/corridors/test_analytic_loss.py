"""Networks have no open corridor: |g|^2 is not constant on any line through random weights."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.theory.corridors.random_corridors import Region, corridors

seeds, widths = st.integers(0, 10**6), st.integers(1, 4)
SHARES = np.linspace(-1e-2, 1e-2, 5)  # near the weights, and still far above rounding


class Network:
    """V tanh(W x) on a few random samples, with the squared or the cross-entropy loss."""

    def __init__(self, width: int, seed: int, *, classes: bool) -> None:
        dice = np.random.default_rng(seed)
        self.inputs, self.classes = dice.normal(size=(2, 5)), classes
        self.targets = np.eye(2)[dice.integers(0, 2, 5)].T if classes else dice.normal(size=(2, 5))
        self.shapes = ((width, 2), (2, width))
        self.weights = dice.normal(size=2 * width * 2)
        self.direction = dice.normal(size=self.weights.size)

    def steepness(self, weights: np.ndarray) -> float:
        """|g|^2, by back-propagation."""
        split = self.shapes[0][0] * 2
        w, v = weights[:split].reshape(self.shapes[0]), weights[split:].reshape(self.shapes[1])
        hidden = np.tanh(w @ self.inputs)
        out = v @ hidden
        if self.classes:
            out = np.exp(out - out.max(0))
            out /= out.sum(0)
        error = out - self.targets
        back = (v.T @ error) * (1 - hidden**2) @ self.inputs.T
        return float(np.sum((error @ hidden.T) ** 2) + np.sum(back**2))


@pytest.mark.claim("dherin-rosca:text-intro-no-exact-corridors")
@given(widths, seeds, st.booleans())
def test_the_gradient_of_a_network_is_nowhere_of_constant_length(width: int, seed: int, classes: bool) -> None:
    network = Network(width, seed, classes=classes)
    lengths = [network.steepness(network.weights + share * network.direction) for share in SHARES]
    assert np.ptp(lengths) > 1e-9 * max(lengths)


@pytest.mark.claim("dherin-rosca:text-intro-no-exact-corridors")
@given(corridors, st.floats(-1, 1))
def test_in_a_corridor_it_is(region: Region, share: float) -> None:
    """Corridors that are not flat belong to losses that are unbounded, or not analytic: cones and affine losses."""
    away = np.random.default_rng(0).normal(size=region.start.size)
    lengths = [np.linalg.norm(region.gradient(region.start + 1e-3 * share * part * away)) for part in (0, 0.5, 1)]
    assert lengths == pytest.approx([lengths[0]] * 3)
