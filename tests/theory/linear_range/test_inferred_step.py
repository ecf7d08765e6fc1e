"""psi* = psi epsilon*/epsilon on exact networks of one neuron a layer, and on random ones."""

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.strategies import positive_rationals
from tests.theory.linear_range.nets import Net, nets
from theory.linear_range.deep_linear import deep_linear_measurement

powers = st.integers(2, 6)
steps = positive_rationals(50)


def power_epsilon(power: int, psi: Fraction) -> Fraction:
    """One layer u = s^power from s = 1 along 1."""
    return abs((1 + psi) ** power - 1 - power * psi) / abs(power * psi)


@pytest.mark.claim("ni-talnikar:text-psistar")
@given(powers, steps, steps)
def test_the_inferred_step_is_the_range_only_where_epsilon_is_proportional(power: int, psi: Fraction, limit: Fraction) -> None:
    """Beyond the range if psi* > psi, short of it if psi* < psi: epsilon/psi increases for a power above 2."""
    star = psi * limit / power_epsilon(power, psi)
    reached = power_epsilon(power, star)
    if power == 2 or star == psi:
        assert reached == limit
    else:
        assert (reached > limit) == (star > psi) and reached != limit


@pytest.mark.claim("ni-talnikar:text-psistar")
@given(nets)
def test_the_miss_is_of_second_order(net: Net) -> None:
    """With epsilon* proportional to psi, the miss falls with the square of the step."""
    v, _ = net.tangents()
    assume(min(abs(t).max() for t in v[1:]) > 1e-2 and net.slope() > 1e-2)
    misses = []
    for psi in (1e-2, 1e-3):
        limit = 2 * net.slope() * psi
        star = psi * limit / net.epsilon(psi)
        misses.append(abs(net.epsilon(star) - limit))
    assert misses[1] <= misses[0] / 10 + 1e-4 * net.slope() ** 2 + 1e-9


@pytest.mark.claim("ni-talnikar:text-psi0")
@given(powers, steps, steps)
def test_the_start_matters_unless_epsilon_is_proportional(power: int, first: Fraction, second: Fraction) -> None:
    inferred = [psi / power_epsilon(power, psi) for psi in (first, second)]
    assert (inferred[0] == inferred[1]) == (power == 2 or first == second)
    if power == 3:  # K = 1/3, epsilon* = 1: the bound is attained on one side
        assert abs(1 / inferred[0] - 1 / inferred[1]) == abs(first - second) / 3 <= (first + second) / 3


@pytest.mark.claim("ni-talnikar:text-psi0")
def test_a_start_that_is_far_too_large_costs_any_factor() -> None:
    for exponent in range(1, 6):
        large = Fraction(10) ** exponent
        assert (1 / power_epsilon(3, Fraction(1))) / (large / power_epsilon(3, large)) > large / 10


@pytest.mark.claim("ni-talnikar:text-eps-range-stepsizes")
@given(st.lists(st.integers(1, 5), min_size=2, max_size=2))
def test_the_factor_is_ten_thirds_for_two_linear_layers(directions: list[int]) -> None:
    per_step = deep_linear_measurement([1, 1], directions, 1)
    ends = [Fraction(limit, 10) / Fraction(int(per_step.p), int(per_step.q)) for limit in (3, 10)]
    for end, limit in zip(ends, (3, 10), strict=True):
        assert deep_linear_measurement([1, 1], directions, end) == Fraction(limit, 10)
    assert ends[1] / ends[0] == Fraction(10, 3)


@pytest.mark.claim("ni-talnikar:text-eps-range-stepsizes")
@pytest.mark.parametrize("power", [2, 4, 8, 32])
def test_the_factor_grows_where_epsilon_flattens_out(power: int) -> None:
    """epsilon = 1 - (1 - psi)^power on [0, 1] reaches 1 at 1, and 3/10 at 1 - (7/10)^(1/power) <= 1/power * 0.357."""
    end = 1 - 0.7 ** (1 / power)
    assert 1 - (1 - end) ** power == pytest.approx(0.3)
    assert (1 / end > 10) == (power >= 4)
