"""Theorem 4 by other routes than its proof: GD in float64, Hessians by automatic differentiation, and random networks that fit."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import ImmutableMatrix, Rational, eye

from dynamics import TwoLayerReluMap
from theory.proof import NotProved, counterexample, decide
from theory.step_bounds.relu_networks import Rectifies, ReluNonsingular, ReluReached, ReluSmoothness, relu_network
from theory.step_bounds.relu_one_output import RESIDUAL
from theory.step_bounds.relu_pieces import Piece, active
from theory.step_bounds.symbols import bias, bottom, delta, inputs, targets, top
from theory.step_bounds.theorem_4 import FLATTENED, TWICE, UNIT, theorem_4

ROUNDING = 1e-9  # eigenvalues below 1e3 of matrices of at most 20 rows, in float64: 20 * 1e3 * 2.2e-16 < 1e-11
LANDED = 1e-6  # after 4000 steps of contraction 1 - 1.44/132 at least, a start within 1e-2 is at 1e-2 exp(-43); rounding leaves 1e-12

RATIONALS = st.integers(-3, 3)


def array(matrix: ImmutableMatrix) -> torch.Tensor:
    return torch.tensor([[float(e) for e in matrix.row(n)] for n in range(matrix.rows)], dtype=torch.float64)


def parts(point: dict[object, object]) -> list[object]:
    return [point[name] for name in (top, bottom, bias, inputs, targets)]


def gd(point: dict[object, object], step: float) -> tuple[TwoLayerReluMap, torch.Tensor]:
    """The network of an exact point as a map, with the weights as its state."""
    net = TwoLayerReluMap(array(point[inputs].T), array(point[targets].T), array(point[bias])[:, 0], step, factor=0.5)
    return net, net.pack([array(point[top])[None], array(point[bottom])[None]])


def sizes(net: TwoLayerReluMap, state: torch.Tensor) -> torch.Tensor:
    """|x_i| |fhat(x_i)|, for every run and data point."""
    return net.inputs.norm(dim=-1) * net.output(state).norm(dim=-1)


@pytest.mark.claim("nar-sastry:theorem-4", "nar-sastry:contrib-5", "nar-sastry:text-thm4-meaning")
def test_gd_converges_to_an_output_above_the_printed_bound() -> None:
    """From 50 random starts near the counterexample GD with the step 1/132 converges to it; 7 |fhat(7)| = 132.08 > 132."""
    net, there = gd(FLATTENED, 1 / 132)
    dice = torch.Generator().manual_seed(4)
    starts = there + 1e-2 * (2 * torch.rand(50, net.dimension, generator=dice, dtype=torch.float64) - 1)
    ends = net.advance(starts, 4000)
    assert float((ends - there).abs().max()) < LANDED
    assert float(sizes(net, ends)[:, 0].min()) > 132.07


@pytest.mark.claim("nar-sastry:theorem-4")
def test_the_counterexample_by_hand() -> None:
    """fhat(x) = (6 + s, s), s = relu(x + 3): outputs, the two stationarity conditions, and the curvature along the printed direction."""
    outputs = {x: (6 + max(x + 3, 0), max(x + 3, 0)) for x in (7, -2, -4, -9)}
    assert outputs == {7: (16, 10), -2: (7, 1), -4: (6, 0), -9: (6, 0)}
    assert 7**2 * (16**2 + 10**2) > 132**2
    wanted = {7: (16.5, 9.5), -2: (2, 6), -4: (11.4, 2), -9: (5.1, -6.5)}
    errors = {x: np.subtract(outputs[x], wanted[x]) for x in outputs}
    both, first = (7, -2), (7, -2, -4, -9)  # where the second unit is active, and the first
    assert np.allclose(sum(6 * errors[x] for x in first), 0) and np.allclose(sum((x + 3) * errors[x] for x in both), 0)
    assert np.isclose(sum(errors[x] @ (1, 0) * x for x in first), 0) and np.isclose(sum(errors[x] @ (1, 1) * x for x in both), 0)


@pytest.mark.claim("nar-sastry:theorem-4")
def test_the_counterexample_is_a_strict_minimum_of_smoothness_below_264() -> None:
    net, there = gd(FLATTENED, 1 / 132)
    automatic = torch.autograd.functional.hessian(lambda state: net.loss(state[None])[0], there[0])
    spectrum = torch.linalg.eigvalsh(automatic)
    assert float(net.gradient(there).abs().max()) < ROUNDING
    assert 1 < float(spectrum[0]) and float(spectrum[-1]) < 263
    exact = Piece.around(*parts(FLATTENED)).hessian
    assert np.allclose(np.linalg.eigvalsh(array(exact).numpy()), spectrum.numpy(), atol=ROUNDING)


@pytest.mark.claim("nar-sastry:theorem-4")
@pytest.mark.parametrize("changes", [{delta: Rational(1, 131)}, {delta: Rational(1, 133)}, {targets: 2 * FLATTENED[targets]}])
def test_the_counterexample_can_fail(changes: dict[object, object]) -> None:
    """1/131 is too large for the smoothness, 1/133 too small for the output, and at other targets the gradient is not 0."""
    with pytest.raises(NotProved):
        counterexample(theorem_4, {**FLATTENED, **changes})


def test_with_another_target_the_counterexample_is_none() -> None:
    """The residual matters: where the same network fits, its smoothness is above 2 * 132, and GD leaves."""
    fitted = relu_network([[1, 1], [0, 1]], [[0], [1]], [-6, -3], [[7], [-2], [-4], [-9]])
    assert ReluReached(Rational(1, 132), *parts(fitted), 4).decide() is None
    net, there = gd(fitted, 1 / 132)
    assert float(torch.linalg.eigvalsh(net.hessian(there)[0])[-1]) > 264
    ends = net.advance(there + 1e-6, 4000)
    assert not bool(torch.isfinite(ends).all()) or float((ends - there).abs().max()) > 1e-2


@pytest.mark.claim("nar-sastry:theorem-4", "nar-sastry:contrib-5")
@settings(max_examples=60)
@given(st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), st.integers(1, 4), st.integers(0, 10**6))
def test_the_smoothness_of_a_fit_is_at_least_twice_the_size(n: int, m: int, r: int, count: int, seed: int) -> None:
    """lam >= 2 max_i |x_i| |fhat(x_i)| for random networks that fit, with dead units, whatever n, m, r, N."""
    dice = torch.Generator().manual_seed(seed)
    w, v, b, x = (torch.randn(*s, generator=dice, dtype=torch.float64) for s in ((m, r), (r, n), (r,), (count, n)))
    y = (x @ v.T - b).relu() @ w.T
    net = TwoLayerReluMap(x, y, b, 1.0, factor=0.5)
    state = net.pack([w[None], v[None]])
    largest = float(torch.linalg.eigvalsh(net.hessian(state)[0])[-1])
    assert largest >= 2 * float(sizes(net, state).max()) - ROUNDING


@pytest.mark.claim("nar-sastry:theorem-4", "nar-sastry:text-thm4-meaning")
@settings(max_examples=60)
@given(st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), st.integers(1, 4), st.integers(0, 10**6))
def test_the_smoothness_is_at_least_the_size_whatever_the_residual(n: int, m: int, r: int, count: int, seed: int) -> None:
    """lam >= max_i |x_i| |fhat(x_i)| at random weights with random targets, near the outputs and far from them."""
    dice = torch.Generator().manual_seed(seed)
    w, v, b, x, y = (torch.randn(*s, generator=dice, dtype=torch.float64) for s in ((m, r), (r, n), (r,), (count, n), (count, m)))
    scale = float(10 ** (4 * torch.rand(1, generator=dice) - 2))
    net = TwoLayerReluMap(x, (x @ v.T - b).relu() @ w.T + scale * y, b, 1.0, factor=0.5)
    state = net.pack([w[None], v[None]])
    largest = float(torch.linalg.eigvalsh(net.hessian(state)[0])[-1])
    assert largest >= float(sizes(net, state).max()) - ROUNDING


@pytest.mark.claim("nar-sastry:theorem-4")
@settings(max_examples=60)
@given(st.integers(1, 2), st.integers(1, 3), st.integers(0, 10**6))
def test_one_output_needs_no_fit(n: int, r: int, seed: int) -> None:
    """lam >= 2 max_i |x_i| |fhat(x_i)| wherever the gradient in V vanishes, with residuals of any size that this allows."""
    dice = torch.Generator().manual_seed(seed)
    w, v, b, x, wish = (torch.randn(*s, generator=dice, dtype=torch.float64) for s in ((1, r), (r, n), (r,), (9, n), (9, 1)))
    before = x @ v.T - b
    slopes = (before > 0)[:, :, None] * w[0, None, :, None] * x[:, None, :]  # of the outputs in V
    error = 10 * (wish - slopes.flatten(1) @ torch.linalg.pinv(slopes.flatten(1)) @ wish)
    net = TwoLayerReluMap(x, before.relu() @ w.T - error, b, 1.0, factor=0.5)
    state = net.pack([w[None], v[None]])
    assert float(error.abs().max()) > 1e-3 and float(net.gradient(state)[0, r:].abs().max()) < ROUNDING
    largest = float(torch.linalg.eigvalsh(net.hessian(state)[0])[-1])
    assert largest >= 2 * float(sizes(net, state).max()) - ROUNDING


@pytest.mark.claim("nar-sastry:theorem-4")
def test_gd_converges_to_one_output_with_a_residual() -> None:
    """2 relu(x + 2) at -1, 0, 1 with the residuals 1, -2, 1, of smoothness 16."""
    net, _ = gd({**RESIDUAL, top: ImmutableMatrix([[2]])}, 1 / 9)
    there = torch.tensor([[2.0, 1.0]], dtype=torch.float64)
    end = net.advance(there + 1e-2, 1000)
    assert float((end - there).abs().max()) < LANDED and float(net.loss(end)[0]) > 2.9
    assert np.allclose(torch.linalg.eigvalsh(net.hessian(there)[0]).numpy(), [6, 16], atol=ROUNDING)


@pytest.mark.claim("nar-sastry:text-thm4-meaning")
@pytest.mark.parametrize("copies", [1, 2, 3])
def test_a_repeated_data_point_lowers_the_bound(copies: int) -> None:
    """The least smoothness of w relu(v x) with w v = 1, N copies of x = 1, is 2 N: no step above 1/N reaches any fit."""
    x = torch.ones(copies, 1, dtype=torch.float64)
    net = TwoLayerReluMap(x, x, torch.zeros(1, dtype=torch.float64), 1.0, factor=0.5)
    v = torch.linspace(0.2, 5, 97, dtype=torch.float64)
    state = torch.stack([1 / v, v], dim=-1)
    smallest = float(torch.linalg.eigvalsh(net.hessian(state))[:, -1].min())
    assert 2 * copies <= smallest + ROUNDING and smallest < 2.01 * copies  # v = 1 is 1e-2 from the grid at most: 1 + v^4 is flat there


@pytest.mark.claim("nar-sastry:text-thm4-meaning")
def test_off_the_data_nothing_is_said() -> None:
    """GD with the step 1/2 fits x = 1, y = 1; the estimate at 10 is then 10, and 10 * 10 > 2."""
    net, there = gd(UNIT, 0.5)
    end = net.advance(there + 1e-3, 200)
    w, v = end[0].tolist()
    assert abs(w * v - 1) < LANDED
    assert 10 * w * max(v * 10, 0) > 99


# The notions


@given(st.lists(RATIONALS, min_size=1, max_size=4))
def test_the_pattern_rectifies(entries: list[int]) -> None:
    z = ImmutableMatrix(entries)
    assert list(active(z) * z) == [max(e, 0) for e in entries]
    assert Rectifies(active(z), z).decide() is True
    wrong = active(z) + ImmutableMatrix(eye(len(entries)))
    assert Rectifies(wrong, z).decide() is False


@given(st.lists(RATIONALS, min_size=2, max_size=2), st.lists(RATIONALS, min_size=2, max_size=2))
def test_what_patterns_mean_is_true_of_them(one: list[int], other: list[int]) -> None:
    first, second = (Rectifies(active(z), z) for z in (ImmutableMatrix(one), ImmutableMatrix(other)))
    for meaning in (first.meaning(), first.meaning(second), first.meaning(first)):
        assert decide(meaning[1]) is True
    wrong = Rectifies(ImmutableMatrix([[0, 1], [0, 0]]), ImmutableMatrix(one))
    assert decide(wrong.meaning()[1]) is False


@pytest.mark.parametrize(("value", "verdict"), [(4, True), (3, False), (5, False), (0, False)])
def test_smoothness_is_the_largest_eigenvalue(value: int, verdict: bool) -> None:
    assert ReluSmoothness(value, *parts(TWICE), 2).decide() is verdict
    assert ReluSmoothness(value, *parts(TWICE), 3).decide() is None  # there are two data points


def test_at_a_kink_there_is_no_smoothness() -> None:
    kink = relu_network([[1], [1]], [[1]], [1], [[1], [2]])  # 1 * 1 - 1 = 0
    assert ReluSmoothness(2, *parts(kink), 2).decide() is False
    assert ReluReached(Rational(1, 10), *parts(kink), 2).decide() is None


@pytest.mark.parametrize(
    ("step", "reached"), [(Rational(2, 5), True), (Rational(49, 100), True), (Rational(1, 2), None), (Rational(3, 5), None)]
)
def test_a_fit_is_reached_with_steps_below_two_over_the_smoothness(step: Rational, reached: bool | None) -> None:
    assert ReluReached(step, *parts(TWICE), 2).decide() is reached


def test_a_point_with_a_slope_is_not_said_to_be_reached() -> None:
    slope = relu_network([[1]], [[1]], [0], [[1]], [[2]])
    assert ReluReached(Rational(1, 10), *parts(slope), 1).decide() is None


def test_a_step_that_jumps_to_the_minimum_is_singular() -> None:
    """At the data point 0 only W moves, and the loss is quadratic: the step 1/|relu(-b)|^2 maps an open set into {W relu(-b) = y}."""
    data = ImmutableMatrix([-2]), ImmutableMatrix([[0]]), ImmutableMatrix([[1]])
    assert ReluNonsingular(Rational(1, 4), *data, 1).decide() is not True
    assert ReluNonsingular(Rational(1, 3), *data, 1).decide() is True
