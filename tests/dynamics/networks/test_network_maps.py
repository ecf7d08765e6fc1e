"""Networks as maps: gradients against differences and autograd, batches, errors; the grid network against the plain."""

import numpy as np
import pytest
import sympy as sp
import torch

from dynamics import DeepLinearMap, GradientMap, GridReluMap, TwoLayerReluMap, classify

F64 = torch.float64
# Central differences with h = 1e-6, relative to losses of size 1 with third derivatives below 1e3:
# 1e-12 * 1e3 / 6 + 10 roundings of 2.2e-16 / 1e-6 < 5e-9.
DIFFERENCE_ERROR = 5e-9
# Gradients here are sums of at most 1000 products below 1e2, each rounded to 1.1e-16: 1000 * 1e2 * 1.1e-16 < 2e-11.
SUM_ROUNDING = 2e-11


def generator(seed):
    return torch.Generator().manual_seed(seed)


def deep(widths, step=0.01, seed=0):
    target = torch.randn(widths[-1], widths[0], generator=generator(seed), dtype=F64)
    return DeepLinearMap(target, widths, step)


def relu(factor=1.0, runs=None, n=1, m=1, hidden=5, samples=30, step=0.002):
    source = generator(3)
    inputs = torch.rand(samples, n, generator=source, dtype=F64)
    targets = torch.randn(samples, m, generator=source, dtype=F64)
    bias = torch.randn(*((runs, hidden) if runs else (hidden,)), generator=source, dtype=F64)
    return TwoLayerReluMap(inputs, targets, bias, step, factor=factor)


NETWORKS = {
    "linear, depth 1": lambda: deep([3, 2]),
    "linear, depth 2": lambda: deep([2, 4, 3]),
    "linear, depth 4, bottleneck": lambda: deep([3, 2, 1, 4, 2]),
    "linear, all widths 1": lambda: deep([1, 1, 1, 1]),
    "relu, scalar": relu,
    "relu, half factor": lambda: relu(factor=0.5),
    "relu, several outputs and inputs": lambda: relu(n=3, m=2),
    "relu, one bias a run": lambda: relu(runs=3),
}


@pytest.mark.claim("nar-sastry:equation-5", "nar-sastry:definition-deep-linear")
@pytest.mark.parametrize("name", NETWORKS)
def test_gradient_against_differences_and_autograd(name):
    net = NETWORKS[name]()
    x = net.initial(3, seed=7)
    gradient = net.gradient(x)
    h = 1e-6
    for j, e in enumerate(torch.eye(net.dimension, dtype=F64)):
        difference = (net.loss(x + h * e) - net.loss(x - h * e)) / (2 * h)
        scale = 1 + net.loss(x)
        assert float(((difference - gradient[:, j]).abs() / scale).max()) <= DIFFERENCE_ERROR
    automatic = torch.func.grad(lambda z: net.loss(z).sum())(x)
    assert float((automatic - gradient).abs().max()) <= SUM_ROUNDING


@pytest.mark.parametrize("name", NETWORKS)
def test_hessian_against_differences_of_the_gradient(name):
    net = NETWORKS[name]()
    x = net.initial(3, seed=7)
    hessian = net.hessian(x)
    h = 1e-6
    for j, e in enumerate(torch.eye(net.dimension, dtype=F64)):
        difference = (net.gradient(x + h * e) - net.gradient(x - h * e)) / (2 * h)
        scale = 1 + hessian.abs().amax()
        assert float((difference - hessian[:, :, j]).abs().max() / scale) <= DIFFERENCE_ERROR


@pytest.mark.claim("nar-sastry:equation-2", "nar-sastry:equation-5")
def test_the_scalar_deep_linear_network_is_the_map_of_its_loss():
    a, b, c = sp.symbols("a b c")
    exact = GradientMap((a * b * c - sp.Rational(3, 2)) ** 2 / 2, (a, b, c), sp.Rational(1, 10))
    net = DeepLinearMap(torch.tensor([[1.5]], dtype=F64), [1, 1, 1, 1], 0.1)
    start = torch.tensor([[0.5, 1.25, -0.75]], dtype=F64)
    expected = exact.orbit(start.numpy(), 10)
    # 10 contracting steps of 15 operations on numbers below 2
    assert net.orbit(start, 10).numpy() == pytest.approx(expected, abs=10 * 15 * 2 * 2.2e-16)


@pytest.mark.claim("nar-sastry:equation-2")
def test_whitened_data_reduce_to_the_frobenius_loss():
    samples = 6
    orthogonal, _ = torch.linalg.qr(torch.randn(samples, samples, generator=generator(1), dtype=F64))
    data = samples**0.5 * orthogonal[:3]  # columns x_i with mean outer product I
    net = deep([3, 4, 2])
    x = net.initial(2, seed=5)
    first, second = net.unpack(x)
    direct = ((net.target @ data - second @ first @ data) ** 2).sum((-2, -1)) / (2 * samples)
    assert float((direct - net.loss(x)).abs().max()) <= SUM_ROUNDING


def test_the_factor_scales_the_relu_loss():
    x = relu().initial(2, seed=1)
    assert torch.equal(relu(factor=0.5).loss(x) * 2, relu(factor=1.0).loss(x))
    assert torch.equal(relu(factor=0.5).gradient(x) * 2, relu(factor=1.0).gradient(x))


@pytest.mark.parametrize("name", ["linear, depth 2", "relu, one bias a run"])
def test_a_batch_moves_as_its_runs_do(name):
    net = NETWORKS[name]()
    net.step_size = torch.tensor([0.001, 0.002, 0.003], dtype=F64)
    x = net.initial(3, seed=2)
    together = net.advance(x, 20)
    for i in range(3):
        alone = net.select([i]).advance(x[i : i + 1], 20)
        assert float((alone[0] - together[i]).abs().max()) <= SUM_ROUNDING
    assert torch.equal(net.orbit(x, 20)[-1], together)


def test_starts_come_from_the_seed_and_leave_the_global_generator_alone():
    net = deep([2, 3, 2])
    state = torch.random.get_rng_state()
    assert torch.equal(net.initial(4, seed=1), net.initial(4, seed=1))
    assert torch.equal(net.initial(4, seed=1), net.initial(4, generator=generator(1)))
    assert not torch.equal(net.initial(4, seed=1), net.initial(4, seed=2))
    assert torch.equal(torch.random.get_rng_state(), state)


def test_pack_and_unpack_are_inverse():
    net = deep([2, 3, 4])
    x = net.initial(3, seed=0)
    assert torch.equal(net.pack(net.unpack(x)), x)
    assert [tuple(w.shape) for w in net.unpack(x)] == [(3, 3, 2), (3, 4, 3)]
    with pytest.raises(ValueError, match="expected"):
        net.pack(net.unpack(x)[::-1])


# A step of the grid network sums 1000 products below 10 with error 1000 * 10 * 1.1e-16, times the step 3e-4, over 300
# steps; nearby orbits may part by a factor of 10 in that time: below 1e-11.
GRID_ERROR = 1e-11


@pytest.mark.claim("nar-sastry:exp-setting")
@pytest.mark.parametrize("seed", range(4))
def test_the_grid_network_is_the_plain_network(seed):
    rng = np.random.default_rng(seed)
    rows, hidden, samples = 3, 20, 1000
    values = np.where(np.arange(1, samples + 1) / samples < 0.4, -1.0, 0.5)
    bias, start = rng.standard_normal((rows, hidden)), rng.standard_normal((rows, 2 * hidden))
    bias[0, :3], start[0, hidden : hidden + 3] = [0.0, -0.5, 0.5], 0.0  # units without a kink
    bias[1, 0], start[1, hidden] = 0.5, 1.0  # a kink on a grid point
    steps = np.array([1e-4, 2e-4, 3e-4])
    grid = GridReluMap(values, bias, steps)
    inputs = torch.arange(1, samples + 1, dtype=F64)[:, None] / samples
    plain = TwoLayerReluMap(inputs, torch.tensor(values)[:, None], torch.tensor(bias), torch.tensor(steps), factor=1.0)
    point = torch.tensor(start)
    assert grid.output(start) == pytest.approx(plain.output(point)[..., 0].numpy(), abs=SUM_ROUNDING)
    assert np.abs(grid.hessian(start) - plain.hessian(point).numpy()).max() <= SUM_ROUNDING * 10
    # the Jacobian scales the Hessian's error by the step, 3e-4, and rounds once more
    assert np.abs(grid.jacobian(start) - plain.jacobian(point).numpy()).max() <= SUM_ROUNDING
    for steps_taken in (1, 300):
        error = np.abs(grid.advance(start, steps_taken) - plain.advance(point, steps_taken).numpy()).max()
        assert error <= GRID_ERROR, steps_taken


def test_a_batch_of_networks_is_classified():
    net = DeepLinearMap(torch.tensor([[1.0]], dtype=F64), [1, 1, 1], torch.tensor([0.1, 0.9, 3.0], dtype=F64))
    start = torch.tensor([[1.2, 0.7], [1.2, 0.7], [3.0, 3.0]], dtype=F64)
    kinds = [str(o.kind) for o in classify(net, start)]
    assert (kinds[0], kinds[2]) == ("converged", "diverged")


GOOD = torch.ones(2, 2, dtype=F64)
BAD = {
    "target a list": (lambda: DeepLinearMap([[1.0]], [1, 1], 0.1), TypeError, "floating tensor"),
    "target int": (lambda: DeepLinearMap(torch.ones(1, 1, dtype=torch.int64), [1, 1], 0.1), TypeError, "floating"),
    "target nan": (lambda: DeepLinearMap(GOOD * float("nan"), [2, 2], 0.1), ValueError, "finite"),
    "target empty": (lambda: DeepLinearMap(GOOD[:0], [2, 0], 0.1), ValueError, "at least one"),
    "depth 0": (lambda: DeepLinearMap(GOOD, [2], 0.1), ValueError, "at least two"),
    "width 0": (lambda: DeepLinearMap(GOOD, [2, 0, 2], 0.1), ValueError, "positive widths"),
    "widths off": (lambda: DeepLinearMap(GOOD, [2, 3], 0.1), ValueError, "n_L x n_0"),
    "step 0": (lambda: DeepLinearMap(GOOD, [2, 2], 0.0), ValueError, "positive"),
    "step nan": (lambda: DeepLinearMap(GOOD, [2, 2], float("nan")), ValueError, "positive"),
    "step of other dtype": (lambda: DeepLinearMap(GOOD, [2, 2], torch.ones(2)), TypeError, "like the data"),
    "points float32": (lambda: deep([2, 2]).step(torch.ones(1, 4)), TypeError, "float64"),
    "points numpy": (lambda: deep([2, 2]).step(np.ones((1, 4))), TypeError, "ndarray"),
    "points of wrong width": (lambda: deep([2, 2]).step(torch.ones(1, 5, dtype=F64)), ValueError, "expected (runs, 4)"),
    "points flat": (lambda: deep([2, 2]).step(torch.ones(4, dtype=F64)), ValueError, "expected"),
    "points infinite": (lambda: deep([2, 2]).step(torch.full((1, 4), torch.inf, dtype=F64)), ValueError, "infinity"),
    "points, other runs": (lambda: relu(runs=3).step(torch.ones(2, 10, dtype=F64)), ValueError, "expected (3, 10)"),
    "factor 0": (lambda: relu(factor=0.0), ValueError, "1/2 in Theorem 4"),
    "seed and generator": (lambda: relu().initial(1, seed=0, generator=generator(0)), ValueError, "either"),
    "no seed": (lambda: relu().initial(1), ValueError, "either"),
    "no runs": (lambda: relu().initial(0, seed=0), ValueError, "runs >= 1"),
    "classify float32": (
        lambda: classify(DeepLinearMap(torch.ones(1, 1), [1, 1], 0.1), torch.ones(1, 1)),
        TypeError,
        "float64",
    ),
    "grid float32": (lambda: GridReluMap(np.ones(3, np.float32), np.ones((1, 1)), np.ones(1)), TypeError, "float64"),
    "grid nan": (lambda: GridReluMap(np.full(3, np.nan), np.ones((1, 1)), np.ones(1)), ValueError, "finite"),
    "grid steps": (lambda: GridReluMap(np.ones(3), np.ones((1, 1)), np.ones(2)), ValueError, "as many"),
    "grid step 0": (lambda: GridReluMap(np.ones(3), np.ones((1, 1)), np.zeros(1)), ValueError, "positive"),
    "grid points": (
        lambda: GridReluMap(np.ones(3), np.ones((1, 1)), np.ones(1)).advance(np.ones((1, 3)), 1),
        ValueError,
        "(1, 2)",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_gets_one_clear_line(case):
    call, error, words = BAD[case]
    with pytest.raises(error) as caught:
        call()
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
