"""linGrad itself, run: Algorithm 1 in exact arithmetic, and the optimizer on the same networks of two neurons."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sympy import Lambda, Rational, sqrt, symbols

from dynamics import LinGrad, deep_linear, initialise
from tests.strategies import positive_rationals
from theory.linear_range import LinGradStep, lingrad
from theory.linear_range.lingrad_history import STABLE
from theory.linear_range.lingrad_runs import NEWEST, TOWARDS
from theory.linear_range.measured_again import END
from theory.linear_range.symbols import epsilon_star, k, w_at, z
from theory.proof import decide, substitute

a, s, y = symbols("a s y", real=True)
LOSS = Lambda((a, y), (a - y) ** 2 / 2)
ROUNDING = 1e-9  # of a hundred steps whose factors are near 1 in float64


def exactly(weight: Rational, target: Rational, limit: Rational, history: int, steps: int) -> list[LinGradStep]:
    """Two layers u(i+1) = s_i u(i) from one weight, and one sample."""
    layer = Lambda((a, s), a * s)
    rest = {"epsilon_star": limit, "first_step": Rational(1, 3), "history": history, "epochs": steps}
    return lingrad([layer, layer], LOSS, [weight, weight], [[(1, target)]], **rest)


def optimised(weight: float, target: float, limit: float, history: int, steps: int) -> list[float]:
    """The weights along a run of the optimizer."""
    network = initialise(deep_linear([1, 1, 1]), "identity", seed=0, scale=weight)
    x = torch.ones(1, 1, dtype=torch.float64)
    optimizer = LinGrad(network.parameters(), network, epsilon_star=limit, history=history, every=1, initial_step=0.1)
    found = [weight]
    for _ in range(steps):
        optimizer.zero_grad()
        ((network(x) - target) ** 2 / 2).sum().backward()
        optimizer.step(inputs=x)
        found.append(next(network.parameters()).item())
    return found


@pytest.mark.claim("ni-talnikar:algorithm-1")
@given(positive_rationals(4), positive_rationals(9), st.integers(1, 7))
def test_the_last_measurement_alone_does_not_settle(weight: Rational, target: Rational, eighths: int) -> None:
    """Every step multiplies the weights by 1 - 4 epsilon* or 1 + 4 epsilon*, whatever the residual is."""
    limit = Rational(eighths, 32)
    for _ in range(4):
        if weight**2 == target:
            return
        (step,) = exactly(weight, target, limit, 1, 1)
        assert step.parameters == (substitute(NEWEST, {epsilon_star: limit, z: sqrt(target)})(weight),) * 2
        weight = step.parameters[0]


@pytest.mark.claim("ni-talnikar:algorithm-1")
def test_the_golden_ratio_makes_a_cycle_of_three() -> None:
    golden = (1 + math.sqrt(5)) / 2
    run = optimised(1.0, 4.0, (golden - 1) / 4, 1, 30)
    assert run[:3] == pytest.approx([1, golden, golden**2], abs=ROUNDING)
    assert run[3:] == pytest.approx(run[:-3], abs=ROUNDING)
    away = optimised(1.0, 9.0, (golden - 1) / 4, 1, 30)
    assert abs(away[3] - away[0]) > 1


@pytest.mark.claim("ni-talnikar:algorithm-1")
def test_the_whole_history_keeps_the_first_step_and_converges() -> None:
    """From 1/2 with epsilon* = 3/32 the first psi* is 1/2, and stays the least; with the last one alone w never gets there."""
    assert [step.step_size for step in exactly(Rational(1, 2), Rational(1), Rational(3, 32), 99, 5)] == [Rational(1, 2)] * 5
    kept = optimised(0.5, 1.0, 3 / 32, 10**6, 60)
    assert all(a <= b for a, b in zip(kept[:20], kept[1:21], strict=True)) and kept[20] == pytest.approx(1, abs=1e-3)
    assert kept[-1] == pytest.approx(1, abs=ROUNDING)
    last = optimised(0.5, 1.0, 3 / 32, 1, 60)
    assert min(abs(b - a) for a, b in zip(last, last[1:], strict=False)) > 0.1


@pytest.mark.claim("ni-talnikar:algorithm-1")
@given(st.integers(1, 9), st.sampled_from([Rational(1, 2), Rational(9, 10), 1]))
def test_the_first_step_is_kept_up_to_the_stability_limit(tenths: int, share: Rational) -> None:
    """Exactly for three steps; and in float64 the run is within 1/4 of the solution after 60, even at the limit itself."""
    start = Rational(tenths, 10)
    limit = share * (1 - start**2) / 4
    assert decide(substitute(STABLE, {epsilon_star: limit, z: 1, w_at: Lambda(k, start)}))
    run = exactly(start, Rational(1), limit, 99, 3)
    assert [step.step_size for step in run] == [share] * 3
    weight = float(start)
    for _ in range(60):
        weight -= float(share) * (weight**2 - 1) * weight
    assert abs(weight - 1) < 0.25


@pytest.mark.claim("ni-talnikar:algorithm-1")
def test_a_cycle_of_two_beyond_the_stability_limit() -> None:
    run = exactly(Rational(9), Rational(91), Rational(1, 36), 99, 6)
    assert [step.parameters[0] for step in run] == [10, 9, 10, 9, 10, 9]
    assert [step.step_size for step in run] == [Rational(1, 90)] * 6


@pytest.mark.claim("ni-talnikar:algorithm-1")
@pytest.mark.parametrize("history", [1, 2, 50])
@pytest.mark.parametrize("start", [Rational(1, 2), Rational(1, 3)])
def test_a_sample_at_rest_stops_the_run(history: int, start: Rational) -> None:
    """Two samples u = s^2 and u = s with the targets 0 and -1: s = 0 is no minimum, for dJ/ds is 1/2 there, but s never passes it."""
    layer = Lambda((a, s), s**2 * (1 - a) + a * s)
    rest = {"epsilon_star": Rational(1, 8), "first_step": 1, "history": history, "epochs": 5}
    run = lingrad([layer], LOSS, [start], [[(0, 0), (1, -1)]], **rest)
    halving = substitute(TOWARDS, {epsilon_star: rest["epsilon_star"]})
    assert [step.parameters[0] for step in run] == [halving(w) for w in (start, *(step.parameters[0] for step in run[:-1]))]
    assert run[-1].parameters[0] == start / 2**5
    assert all(b.step_size < a.step_size for a, b in zip(run, run[1:], strict=False))
    assert run[-1].step_size < run[0].step_size / 5


@pytest.mark.claim("ni-talnikar:text-psistar")
@given(positive_rationals(4), positive_rationals(9), st.integers(1, 7))
def test_measured_again_and_again(at: Rational, first: Rational, eighths: int) -> None:
    """The distance to the end of the range of u = s/(1 + s) shrinks by the factor epsilon*, from (13) itself."""
    limit, psi = Rational(eighths, 8), first
    end = substitute(END, {epsilon_star: limit, z: at})
    for _ in range(5):
        epsilon = abs((at + psi) / (1 + at + psi) - at / (1 + at) - psi / (1 + at) ** 2) / (psi / (1 + at) ** 2)
        psi, before = psi * limit / epsilon, psi
        assert psi - end == limit * (before - end)
