"""The sharpness of many nets at once against closed forms, and against each net alone."""

import pytest
import torch

from dynamics import DeepLinearMap, ensemble_sharpness, sharpness

F64 = torch.float64
# the residual is asked for 1e-6 relative, so values err by about 1e-12 over the relative gaps, which are above 1e-3 here
ACCURACY = 1e-9


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=F64)


def test_diagonal_hessians_of_any_size():
    # the Hessian of w^3 / 6 is diag(w)
    for n in (1, 2, 5, 300):
        nets = normal(7, n, seed=n)
        result = ensemble_sharpness(lambda w: w.pow(3).sum() / 6, nets)
        assert torch.allclose(result.values, nets.amax(1), rtol=ACCURACY, atol=0) and bool(result.converged.all())
        assert bool(((result.values - nets.amax(1)).abs() <= result.residuals).all()) and result.products <= n + 1


def balanced(target, depth, seed):
    """A balanced solution: singular values s^(1/L) in each layer, and any rotations between the layers."""
    left, values, right = torch.linalg.svd(target)
    inner = [torch.linalg.qr(normal(*target.shape, seed=100 * seed + i))[0] for i in range(depth - 1)]
    sides = [right.mT, *inner, left]
    return [sides[i + 1] @ torch.diag(values ** (1 / depth)) @ sides[i].mT for i in range(depth)]


@pytest.mark.claim("nar-sastry:corollary-1")
@pytest.mark.parametrize("depth", [2, 3, 5])
def test_balanced_deep_linear_solutions(depth):
    target = normal(3, 3, seed=depth)
    net = DeepLinearMap(target, [3] * (depth + 1), 0.1)
    nets = net.pack([torch.stack(layer) for layer in zip(*(balanced(target, depth, seed) for seed in range(6)), strict=True)])
    assert float(net.loss(nets).max()) < 1e-25
    expected = depth * float(torch.linalg.matrix_norm(target, 2)) ** (2 * (depth - 1) / depth)
    result = ensemble_sharpness(lambda point: net.loss(point[None])[0], nets)
    assert result.values.tolist() == pytest.approx([expected] * 6, rel=ACCURACY)


def tanh_loss(seed):
    inputs, labels = normal(30, 4, seed=seed), normal(30, 1, seed=seed + 1)

    def loss(point):
        first, second = point[:80].reshape(20, 4), point[80:].reshape(1, 20)
        return (torch.tanh(inputs @ first.mT) @ second.mT - labels).square().mean()

    return loss


def test_each_net_has_the_sharpness_that_it_has_alone():
    nets, loss = normal(8, 100, seed=5), tanh_loss(9)
    together = ensemble_sharpness(loss, nets)
    assert bool(together.converged.all())
    for i, net in enumerate(nets):
        alone = sharpness(loss, net, method="dense")
        assert float(together.values[i]) == pytest.approx(alone.value, rel=ACCURACY)
        assert abs(float(together.values[i]) - alone.value) <= float(together.residuals[i]) + alone.residual


def test_the_residual_is_that_of_the_true_product_even_if_the_budget_is_short():
    nets = normal(4, 300, seed=1)
    result = ensemble_sharpness(lambda w: w.pow(3).sum() / 6, nets, max_products=6)
    images = nets * result.vectors
    error = torch.linalg.vector_norm(images - result.values[:, None] * result.vectors, dim=1)
    assert torch.allclose(result.residuals, error, rtol=1e-6, atol=0)
    assert result.products == 6 and not bool(result.converged.any()) and bool((result.values <= nets.amax(1)).all())


def test_zero_constant_and_repeated_eigenvalues():
    # diag(w): zero, a multiple of the identity, one below zero throughout, one with a repeated largest
    nets = torch.tensor([[0.0] * 5, [2.0] * 5, [-3.0, -1.0, -1.0, -2.0, -5.0], [4.0, 4.0, 1.0, 1.0, 0.0]], dtype=F64)
    result = ensemble_sharpness(lambda w: w.pow(3).sum() / 6, nets)
    assert result.values.tolist() == pytest.approx([0.0, 2.0, -1.0, 4.0], rel=ACCURACY) and bool(result.converged.all())
    assert float(result.residuals.max()) < 1e-5 * 4


def test_a_warm_start_finds_the_same_with_fewer_products():
    nets, loss = normal(4, 100, seed=5), tanh_loss(9)
    near = nets + 1e-4 * normal(4, 100, seed=6)
    cold, warm = ensemble_sharpness(loss, near), ensemble_sharpness(loss, near, start=ensemble_sharpness(loss, nets))
    assert torch.allclose(cold.values, warm.values, rtol=ACCURACY, atol=0) and warm.products < cold.products


def test_parameters_of_any_shape_stay_as_they_are():
    nets = normal(3, 4, 5)
    before = nets.clone()
    result = ensemble_sharpness(lambda w: w.pow(3).sum() / 6, nets)
    assert result.vectors.shape == (3, 20) and torch.equal(nets, before) and not result.values.requires_grad


ONES = torch.ones(2, 3, dtype=F64)
BAD = {
    "a list": (lambda: ensemble_sharpness(torch.sum, [1.0]), TypeError, "floating tensor"),
    "integers": (lambda: ensemble_sharpness(torch.sum, torch.ones(2, 3, dtype=torch.int64)), TypeError, "int64"),
    "one net": (lambda: ensemble_sharpness(torch.sum, torch.ones(3, dtype=F64)), ValueError, "(runs, ...)"),
    "no net": (lambda: ensemble_sharpness(torch.sum, torch.ones(0, 3, dtype=F64)), ValueError, "at least one"),
    "nan": (lambda: ensemble_sharpness(torch.sum, ONES * float("nan")), ValueError, "finite"),
    "loss a vector": (lambda: ensemble_sharpness(lambda w: w, ONES), ValueError, "scalar"),
    "loss a float": (lambda: ensemble_sharpness(lambda w: 1.0, ONES), ValueError, "scalar"),
    "hessian infinite": (lambda: ensemble_sharpness(lambda w: w.abs().sqrt().sum(), 0 * ONES), ValueError, "NaN"),
    "tolerance": (lambda: ensemble_sharpness(torch.sum, ONES, tolerance=0.0), ValueError, "tolerance = 0.0"),
    "budget": (lambda: ensemble_sharpness(torch.sum, ONES, max_products=1), ValueError, "at least 2"),
    "start": (
        lambda: ensemble_sharpness(torch.sum, ONES, start=ensemble_sharpness(torch.sum, ONES[:, :2])),
        ValueError,
        "one vector a net",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_gets_one_clear_line(case):
    call, error, words = BAD[case]
    with pytest.raises(error) as caught:
        call()
    assert words in str(caught.value) and "\n" not in str(caught.value)
