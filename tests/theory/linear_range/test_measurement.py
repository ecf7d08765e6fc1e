"""The measurement of random networks, against the second-order tangent equation; and where it is no number."""

import numpy as np
import pytest
from hypothesis import assume, given

from tests.theory.linear_range.nets import Net, net_of, nets

CLOSE = 1e-5  # steps of this size: the rest is K psi, and rounding of 1e-16/(|v| psi) is smaller
SMALL = 1e-3


@pytest.mark.claim("ni-talnikar:text-eps-cpsi")
@given(nets)
def test_it_begins_with_the_mean_of_the_second_order_tangents(net: Net) -> None:
    """The gap to C |psi| falls with the square of the step, for steps of both signs."""
    assume(min(np.linalg.norm(v) for v in net.tangents()[0][1:]) > 1e-2)
    for sign in (1, -1):
        gaps = [abs(net.epsilon(sign * psi) - net.slope() * psi) / psi for psi in (SMALL, CLOSE)]
        # K is of the order of (size of the moves/size of the tangent)^3 <= 1e6 at worst; rounding adds 1e-16/(1e-2 CLOSE^2) = 1e-4
        assert gaps[1] <= gaps[0] / 20 + 1e-3 * (1 + net.slope())
        assert net.epsilon(sign * psi_of(net)) >= 0


def psi_of(net: Net) -> float:
    return 0.1 / (1 + net.slope())


@pytest.mark.claim("ni-talnikar:text-eps-cpsi", "ni-talnikar:equation-13")
def test_a_step_back_has_no_negative_measurement() -> None:
    net = net_of(3, [2, 4, 4, 1])
    assert net.slope() > 0 and net.epsilon(-SMALL) == pytest.approx(net.epsilon(SMALL), rel=0.1)
    assert net.epsilon(-SMALL) > 0 > -net.slope() * SMALL


@pytest.mark.claim("ni-talnikar:equation-13")
@pytest.mark.parametrize("what", ["no step", "no direction", "a dead layer"])
def test_it_is_no_number_where_a_tangent_is_0(what: str) -> None:
    net = net_of(1, [2, 3, 3])
    if what == "no direction":
        net = net.along(0)
    elif what == "a dead layer":
        net.weights[1][:], net.moves[1][:] = 0, 0
    with np.errstate(invalid="ignore"):
        assert np.isnan(net.epsilon(0.0 if what == "no step" else 1.0))


@pytest.mark.claim("ni-talnikar:equation-13")
@given(nets)
def test_it_is_a_mean_of_ratios_and_not_a_ratio_of_means(net: Net) -> None:
    assume(min(np.linalg.norm(v) for v in net.tangents()[0][1:]) > 1e-2)
    ratios = [np.linalg.norm(e) / np.linalg.norm(0.5 * v) for e, v in zip(net.errors(0.5)[1:], net.tangents()[0][1:], strict=True)]
    assert min(ratios) <= net.epsilon(0.5) * (1 + 1e-12) and net.epsilon(0.5) <= max(ratios) * (1 + 1e-12)
    assert net.epsilon(0.5) >= 0
