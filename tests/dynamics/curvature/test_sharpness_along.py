"""The sharpness along a run: few products a step, and values right by a route without autograd."""

import numpy as np
import pytest
import torch
from scipy.sparse.linalg import LinearOperator, eigsh

from dynamics import DeepLinearMap, sharpness, sharpness_along

F64 = torch.float64
TOLERANCE = 1e-3
PRODUCTS = 5  # a step, on average over a run: the target of the issue
LEAST = 3  # two that tell whether the start was good, one that measures the residual


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=F64)


def softplus_run(features=600, samples=60, steps=40):
    """Gradient descent on logistic regression: the loss, its points, and the Hessian X' diag(p (1 - p)) X / n in closed form."""
    data = normal(samples, features) * torch.linspace(1, 0.1, features, dtype=F64)
    signs = normal(samples, seed=1).sign()
    w, points = normal(features, seed=2) / features**0.5, []
    for _ in range(steps):
        points.append(w)
        w = w + 0.1 * data.mT @ (signs * torch.sigmoid(-signs * (data @ w))) / samples

    def largest(w):
        p = torch.sigmoid(data @ w)
        rows = (p * (1 - p) / samples).sqrt()[:, None] * data
        return float(torch.linalg.matrix_norm(rows, 2)) ** 2

    return lambda w: torch.nn.functional.softplus(-signs * (data @ w)).mean(), points, largest


def two_layer_run(step=0.06, steps=150):
    """Gradient descent on a two-layer linear net of 1,600 parameters, towards a target that it has to learn."""
    net = DeepLinearMap(torch.diag(torch.linspace(4, 0.1, 20, dtype=F64)), [20, 40, 20], step)
    points = net.orbit(net.initial(1, seed=3, scale=0.1), steps)[:, 0]
    return net, points


def test_the_values_are_those_of_the_closed_form_along_logistic_regression():
    loss, points, largest = softplus_run()
    found = list(sharpness_along(loss, points, tolerance=TOLERANCE))
    exact = [largest(w) for w in points]
    assert [result.value for result in found] == pytest.approx(exact, rel=TOLERANCE)
    assert all(result.value <= value * (1 + 1e-12) for result, value in zip(found, exact, strict=True))  # lower bounds
    assert all(result.residual <= TOLERANCE * value for result, value in zip(found, exact, strict=True))
    assert np.mean([result.products for result in found[1:]]) <= PRODUCTS


def test_a_two_layer_net_costs_few_products_a_step():
    net, points = two_layer_run()
    found = list(sharpness_along(lambda w: net.loss(w[None])[0], points, tolerance=TOLERANCE))
    products = np.array([result.products for result in found])
    assert products[1:].mean() <= PRODUCTS < products[0]
    # differences of the closed-form gradient, a cubic: exact to the h^2 of the cube, and the rounding eps / h
    h = 1e-5
    for i in (0, 20, 75, 150):
        w = points[i]

        def product(v, w=w):
            v = torch.as_tensor(v.reshape(1, -1))
            return ((net.gradient(w[None] + h * v) - net.gradient(w[None] - h * v)) / (2 * h))[0].numpy()

        matrix = LinearOperator((len(w),) * 2, matvec=product, dtype=float)
        reference = float(eigsh(matrix, k=1, which="LA", tol=1e-6)[0][0])
        assert found[i].value == pytest.approx(reference, rel=TOLERANCE)
        assert found[i].residual <= TOLERANCE * reference * (1 + TOLERANCE)


def test_two_eigenvalues_that_cross_are_told_apart_within_a_few_points():
    # the Hessian of w^3 / 6 is diag(w)
    bulk = torch.linspace(0, 1, 50, dtype=F64)
    points = [torch.cat([torch.tensor([3 - 2 * t, 1 + 2 * t], dtype=F64), bulk]) for t in np.linspace(0, 1, 101)]
    values = [result.value for result in sharpness_along(lambda w: w.pow(3).sum() / 6, points, tolerance=TOLERANCE)]
    exact = [float(point.max()) for point in points]
    assert values[:50] == pytest.approx(exact[:50], rel=TOLERANCE) and values[75:] == pytest.approx(exact[75:], rel=TOLERANCE)


@pytest.mark.parametrize("angle", [lambda t: 0.1 * t, lambda t: 0.5 * (t % 2)], ids=["steady", "cycle of two"])
def test_the_next_eigenvector_is_predicted(angle):
    """Where the eigenvector turns steadily, or to and fro as at the edge of stability, most steps cost the least possible."""
    spectrum = torch.cat([torch.tensor([2.0], dtype=F64), torch.linspace(1, 0, 59, dtype=F64)])
    plane = torch.linalg.qr(normal(60, 60))[0][:, :2]

    def loss(w):
        t = torch.tensor(angle(int(w.detach()[0])), dtype=F64)
        turn = torch.stack([torch.stack([t.cos(), -t.sin()]), torch.stack([t.sin(), t.cos()])]) - torch.eye(2, dtype=F64)
        rotated = w + plane @ (turn @ (plane.mT @ w))
        return rotated @ (spectrum * rotated) / 2

    points = [torch.full((60,), float(t), dtype=F64) for t in range(1, 25)]
    predicted = [result.products for result in sharpness_along(loss, points, tolerance=TOLERANCE)]
    last, repeated = None, []
    for point in points:
        last = sharpness(loss, point, method="lanczos", tolerance=TOLERANCE, start=last)
        repeated.append(last.products)
    assert np.median(predicted[4:]) == LEAST < np.median(repeated[4:])


def test_points_are_taken_as_they_come():
    taken = []

    def points():
        for i in range(3):
            taken.append(i)
            yield torch.full((5,), i + 1.0, dtype=F64)

    results = sharpness_along(lambda w: w.pow(3).sum() / 6, points())
    assert taken == [] and next(results).value == pytest.approx(1.0) and taken == [0]
    assert [result.value for result in results] == pytest.approx([2.0, 3.0]) and list(sharpness_along(torch.sum, [])) == []


def test_a_start_need_not_be_a_result():
    loss, points, largest = softplus_run(steps=2)
    cold = sharpness(loss, points[0], method="lanczos", tolerance=TOLERANCE)
    warm = sharpness(loss, points[1], method="lanczos", tolerance=TOLERANCE, start=7 * cold.vector)
    assert warm.products < cold.products and warm.value == pytest.approx(largest(points[1]), rel=TOLERANCE)


ONE, TWO = torch.ones(1, dtype=F64), torch.ones(2, dtype=F64)
BAD = {
    "numbers": ([1.0], TypeError, "floating tensor"),
    "another size": ([ONE, TWO], ValueError, "of the 2 parameters"),
    "nan": ([ONE, ONE * float("nan")], ValueError, "finite"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_points_get_one_clear_line(case):
    points, error, words = BAD[case]
    with pytest.raises(error) as caught:
        list(sharpness_along(lambda w: w.square().sum(), points))
    assert words in str(caught.value) and "\n" not in str(caught.value)
