"""Sharpness against closed forms, by both methods, with an enclosure that holds."""

import math

import numpy as np
import pytest
import torch

from dynamics import DeepLinearMap, hessian_product, sharpness

F64 = torch.float64
METHODS = ["dense", "lanczos"]
# Lanczos is asked for 1e-10 relative; dense eigenvalues of these 40-parameter Hessians err by 40 * 2.2e-16 relative.
ACCURACY = 1e-9


def network_loss(net):
    return lambda flat: net.loss(flat[None])[0]


def balanced(target, depth, widths):
    """Singular vectors of R carried through diagonal layers: each layer has singular values s^(1/L)."""
    left, values, right = torch.linalg.svd(target)
    root = torch.diag(values ** (1 / depth))
    layers = [root] * depth
    layers[0], layers[-1] = layers[0] @ right, left @ layers[-1]
    return layers


@pytest.mark.claim("nar-sastry:corollary-1", "nar-sastry:text-smoothness-lower")
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("depth", [2, 3, 5])
def test_balanced_deep_linear_solutions(depth, method):
    target = torch.randn(3, 3, generator=torch.Generator().manual_seed(depth), dtype=F64)
    net = DeepLinearMap(target, [3] * (depth + 1), 0.1)
    point = net.pack([w[None] for w in balanced(target, depth, 3)])[0]
    assert float(net.loss(point[None])) < 1e-25
    rho = float(torch.linalg.matrix_norm(target, 2))
    expected = depth * rho ** (2 * (depth - 1) / depth)
    result = sharpness(network_loss(net), point, method=method)
    assert result.value == pytest.approx(expected, rel=ACCURACY)
    assert result.largest_is_certain is (method == "dense")


@pytest.mark.claim("nar-sastry:definition-pq", "nar-sastry:theorem-1", "nar-sastry:theorem-1-arbitrarily-small")
@pytest.mark.parametrize("weights", [(2.0, 0.5), (4.0, 0.5, 3.0), (0.1, 10.0, 1.0, 7.0), (-3.0, 2.0)])
def test_scalar_deep_linear_solutions_balanced_or_not(weights):
    product = math.prod(weights)
    net = DeepLinearMap(torch.tensor([[product]], dtype=F64), [1] * (len(weights) + 1), 0.1)
    result = sharpness(network_loss(net), torch.tensor(weights, dtype=F64))
    assert result.value == pytest.approx(sum((product / w) ** 2 for w in weights), rel=ACCURACY)


@pytest.mark.parametrize("method", METHODS)
def test_linear_regression(method):
    data = torch.randn(50, 12, generator=torch.Generator().manual_seed(0), dtype=F64)
    values = torch.randn(50, generator=torch.Generator().manual_seed(1), dtype=F64)
    result = sharpness(lambda w: (data @ w - values).square().sum() / 2, torch.zeros(12, dtype=F64), method=method)
    largest = float(torch.linalg.matrix_norm(data, 2)) ** 2
    assert result.value == pytest.approx(largest, rel=ACCURACY)
    low, high = result.enclosure
    assert low <= largest * (1 + 1e-13) and largest * (1 - 1e-13) <= high  # the reference itself is rounded


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("k", [1, 2, 5])
def test_the_k_largest_of_linear_regression(method, k):
    data = torch.randn(50, 12, generator=torch.Generator().manual_seed(0), dtype=F64)
    result = sharpness(lambda w: (data @ w).square().sum() / (2 * 50), torch.ones(12, dtype=F64), k, method=method)
    # the Hessian is X'X / n, so its eigenvalues are the squared singular values of X over n
    expected = (torch.linalg.svdvals(data) ** 2 / 50)[:k].tolist()
    assert result.values == pytest.approx(expected, rel=ACCURACY)
    assert result.vectors.shape == (12, k)
    # orthonormal to the 1e-10 that Lanczos was asked for, over the relative gaps (above 1e-2 for these data)
    assert torch.allclose(result.vectors.mT @ result.vectors, torch.eye(k, dtype=F64), rtol=0, atol=1e-8)
    for (low, high), value in zip(result.enclosures, expected, strict=True):
        assert low <= value * (1 + 1e-13) and value * (1 - 1e-13) <= high  # the reference itself is rounded


@pytest.mark.parametrize("method", METHODS)
def test_logistic_regression_at_zero_weights(method):
    data = torch.randn(40, 8, generator=torch.Generator().manual_seed(2), dtype=F64)
    signs = torch.randn(40, generator=torch.Generator().manual_seed(3), dtype=F64).sign()
    result = sharpness(lambda w: torch.log1p(torch.exp(-signs * (data @ w))).mean(), torch.zeros(8, dtype=F64), 3, method=method)
    # the slope of the sigmoid at 0 is 1/4, whatever the labels: X'X / 4n
    assert result.values == pytest.approx((torch.linalg.svdvals(data) ** 2 / 160)[:3].tolist(), rel=ACCURACY)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_logistic_regression_anywhere(method, seed):
    data, w = (torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=F64) for shape in ((40, 8), (8,)))
    result = sharpness(lambda w: torch.nn.functional.softplus(data @ w).mean(), w, 3, method=method)
    p = 1 / (1 + np.exp(-(data @ w).numpy()))
    hessian = data.numpy().T @ np.diag(p * (1 - p)) @ data.numpy() / 40
    assert result.values == pytest.approx(np.linalg.eigvalsh(hessian)[::-1][:3].tolist(), rel=ACCURACY)


@pytest.mark.parametrize("method", METHODS)
def test_a_repeated_eigenvalue(method):
    scale = torch.tensor([3.0, 1.0, 3.0, 2.0, 1.0, -4.0], dtype=F64)
    result = sharpness(lambda w: (scale * w * w).sum() / 2, torch.ones(6, dtype=F64), 2, method=method)
    assert result.value == pytest.approx(3.0, rel=ACCURACY)
    # Lanczos may miss the copy, and then finds the next
    assert result.values[1] == pytest.approx(3.0, rel=ACCURACY) or (method == "lanczos" and result.values[1] == pytest.approx(2.0))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("k", [1, 3])
@pytest.mark.parametrize("loss", [torch.sum, lambda w: w.pow(3).sum() * 0], ids=["linear", "flat"])
def test_a_zero_hessian(loss, method, k):
    result = sharpness(loss, torch.ones(9, dtype=F64), k, method=method)
    assert result.values == (0.0,) * k and result.residuals == (0.0,) * k


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("n", [1, 2])
def test_one_and_two_dimensions(n, method):
    result = sharpness(lambda w: -w.pow(4).sum(), torch.arange(1.0, n + 1, dtype=F64), method=method)
    assert result.value == pytest.approx(-12.0, rel=ACCURACY)  # the second derivative of -w^4 at 1; -48 at 2


def test_a_hessian_that_is_a_multiple_of_the_identity():
    result = sharpness(lambda w: -3 * w.square().sum() / 2, torch.ones(600, dtype=F64), 3, method="lanczos")
    assert result.values == pytest.approx((-3.0,) * 3, rel=ACCURACY)


def test_float32_parameters_reach_the_default_tolerance_as_far_as_they_can():
    result = sharpness(lambda w: (torch.linspace(1, 5, 600) * w * w).sum() / 2, torch.ones(600), method="lanczos")
    # 16 ulps of a residual, over the gap 4 / 599
    assert result.value == pytest.approx(5.0, rel=1e-5) and result.vector.dtype == torch.float32


def test_a_warm_start_finds_the_same_and_needs_fewer_products():
    scale = torch.linspace(0, 1, 2000, dtype=F64) ** 0.1  # a crowded top: slow from a random start
    loss, near = (lambda w: (scale * w.cosh()).sum()), torch.linspace(0, 1, 2000, dtype=F64)
    first = sharpness(loss, near)
    cold, warm = sharpness(loss, near + 1e-6), sharpness(loss, near + 1e-6, start=first)
    assert warm.value == pytest.approx(cold.value, rel=ACCURACY) and warm.products < cold.products


def test_a_warm_start_is_not_trapped_by_an_eigenvector_that_is_no_longer_the_largest():
    def loss(scale):
        return lambda w: (scale * w * w).sum() / 2

    scale, point = torch.linspace(1, 5, 600, dtype=F64), torch.ones(600, dtype=F64)
    before = sharpness(loss(scale), point)
    assert sharpness(loss(scale.flip(0)), point, start=before).value == pytest.approx(5.0, rel=ACCURACY)


@pytest.mark.parametrize("method", METHODS)
def test_the_largest_is_signed_and_not_the_largest_in_modulus(method):
    curvature = torch.tensor([-9.0, 2.0, 1.0, -3.0], dtype=F64)
    result = sharpness(lambda w: (curvature * w * w).sum() / 2, torch.ones(4, dtype=F64), method=method)
    assert result.value == pytest.approx(2.0, rel=ACCURACY)


@pytest.mark.parametrize("method", METHODS)
def test_parameters_of_any_shape_and_a_large_one(method):
    scale = torch.linspace(1, 5, 600, dtype=F64).reshape(20, 30)
    params = torch.ones(20, 30, dtype=F64)
    result = sharpness(lambda w: (scale * w * w).sum() / 2, params, method=method)
    assert result.value == pytest.approx(5.0, rel=ACCURACY) and result.vector.shape == (600,)
    assert result.residual < 1e-4 and not params.requires_grad


def test_auto_is_dense_for_small_and_lanczos_for_large():
    assert sharpness(lambda w: w.square().sum(), torch.ones(10, dtype=F64)).method == "dense"
    assert sharpness(lambda w: w.pow(4).sum(), torch.ones(600, dtype=F64)).method == "lanczos"


def test_the_residual_reports_a_wrong_vector():
    product = hessian_product(lambda w: (torch.tensor([1.0, 3.0], dtype=F64) * w * w).sum() / 2, torch.ones(2, dtype=F64))
    assert product(torch.tensor([1.0, 1.0], dtype=F64)).tolist() == [1.0, 3.0]


def test_a_loose_answer_says_so():
    scale = torch.linspace(1, 5, 600, dtype=F64)
    result = sharpness(lambda w: (scale * w * w).sum() / 2, torch.ones(600, dtype=F64), method="lanczos", tolerance=0.05)
    assert result.residual > 1e-6 and abs(result.value - 5) <= result.residual
    assert result.enclosure == (result.value - result.residual, result.value + result.residual)
    error = torch.linalg.vector_norm(scale * result.vector - result.value * result.vector)
    assert result.residual == pytest.approx(float(error), rel=1e-6)


def test_a_linear_loss_has_sharpness_zero():
    assert sharpness(lambda w: w.sum(), torch.ones(3, dtype=F64)).value == 0.0
    assert sharpness(lambda w: 2 * w[0] + w[1] ** 2, torch.ones(3, dtype=F64)).value == 2.0


BAD = {
    "params empty": (lambda: sharpness(lambda w: w.sum(), torch.ones(0, dtype=F64)), ValueError, "at least one"),
    "params nan": (lambda: sharpness(lambda w: w.sum(), torch.tensor([float("nan")])), ValueError, "finite"),
    "params int": (lambda: sharpness(lambda w: w.sum(), torch.ones(2, dtype=torch.int64)), TypeError, "floating"),
    "params a list": (lambda: sharpness(lambda w: w, [1.0]), TypeError, "floating tensor"),
    "loss a vector": (lambda: sharpness(lambda w: w, torch.ones(2, dtype=F64)), ValueError, "scalar"),
    "loss a float": (lambda: sharpness(lambda w: 1.0, torch.ones(2, dtype=F64)), ValueError, "scalar"),
    "hessian infinite": (
        lambda: sharpness(lambda w: w.abs().sqrt().sum(), torch.zeros(2, dtype=F64)),
        ValueError,
        "NaN",
    ),
    "method": (lambda: sharpness(lambda w: w.sum(), torch.ones(2, dtype=F64), method="power"), ValueError, "'lanczos'"),
    "k zero": (lambda: sharpness(lambda w: w.sum(), torch.ones(2, dtype=F64), 0), ValueError, "k = 0"),
    "k too large": (lambda: sharpness(lambda w: w.sum(), torch.ones(2, dtype=F64), 3), ValueError, "1 to the 2"),
    "k a float": (lambda: sharpness(lambda w: w.sum(), torch.ones(2, dtype=F64), 1.0), ValueError, "k = 1.0"),
    "start of another size": (
        lambda: sharpness(lambda w: w.sum(), torch.ones(2, dtype=F64), start=sharpness(lambda w: w.sum(), torch.ones(3, dtype=F64))),
        ValueError,
        "shape (3,)",
    ),
    "start zero": (
        lambda: sharpness(lambda w: w.sum(), torch.ones(2, dtype=F64), start=torch.zeros(2, dtype=F64)),
        ValueError,
        "other than 0",
    ),
    "start nan": (
        lambda: sharpness(lambda w: w.sum(), torch.ones(1, dtype=F64), start=torch.tensor([float("nan")], dtype=F64)),
        ValueError,
        "finite vector",
    ),
    "tolerance": (lambda: sharpness(torch.sum, torch.ones(2, dtype=F64), tolerance=0.0), ValueError, "tolerance = 0.0"),
    "too few products": (lambda: sharpness(torch.sum, torch.ones(4, dtype=F64), 2, max_products=3), ValueError, "at least 4"),
    "budget": (
        lambda: sharpness(lambda w: w.pow(4).sum(), torch.rand(600, dtype=F64), method="lanczos", max_products=3),
        RuntimeError,
        "3 products",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_gets_one_clear_line(case):
    call, error, words = BAD[case]
    with pytest.raises(error) as caught:
        call()
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
