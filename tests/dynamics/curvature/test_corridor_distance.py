"""The corridor measure: exact values by SymPy, invariances, bounds, both methods, a network by the explicit Hessian of its formula."""

import math

import numpy as np
import pytest
import sympy as sp
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamics import DeepLinearMap, corridor_distance

F64 = torch.float64
METHODS = ["dense", "lanczos"]
ROUNDING = 1e-14  # some 50 operations on numbers up to 10^2, at 1.1e-16 each, relative to |H| |g|
ASKED = 1e-9  # Lanczos is asked for residuals of 1e-10, relative to the largest eigenvalue
x, y, z = sp.symbols("x y z", real=True)


def exact(loss, point):
    """The measure from SymPy's derivatives: the eigenvalues by their characteristic polynomial."""
    names = list(point)
    gradient = sp.Matrix([loss.diff(v) for v in names]).subs(point)
    hessian = sp.hessian(loss, names).subs(point)
    largest = max(abs(sp.N(value, 30)) for value in hessian.eigenvals())
    return 0 if (hessian * gradient).is_zero_matrix else (hessian * gradient).norm() / largest / gradient.norm()


def floating(loss, names):
    function = sp.lambdify(names, loss, {"sqrt": torch.sqrt, "exp": torch.exp})
    return lambda w: function(*w)


SMALL = {  # loss, point, the value
    "round bowl": (x**2 + y**2, {x: 3, y: 4}, 1),
    "long bowl": (x**2 / 2 + 2 * y**2, {x: 1, y: 1}, sp.sqrt(257) / (4 * sp.sqrt(17))),  # g = (1, 4), H g = (1, 16), |H| = 4
    "on its short axis": (x**2 / 2 + 2 * y**2, {x: 0, y: 1}, 1),
    "on its long axis": (x**2 / 2 + 2 * y**2, {x: 1, y: 0}, sp.Rational(1, 4)),
    "hill below": (x**2 / 2 - 5 * y**2 / 2, {x: 1, y: 0}, sp.Rational(1, 5)),  # the largest eigenvalue, 1, would give 1
    "saddle": (x * y, {x: 1, y: 2}, 1),
    "valley": (x**2 + y, {x: 1, y: 1}, 2 / sp.sqrt(5)),
    "one variable": (sp.exp(x), {x: 2}, 1),  # every loss of one variable that bends
    "tilted cone": (sp.sqrt(x**2 + y**2) + x, {x: 0, y: 1}, 1 / sp.sqrt(2)),  # g = (1, 1), H = diag(1, 0)
}


@pytest.mark.claim("dherin-rosca:theorem-2-11")
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", SMALL)
def test_exact_values(name, method):
    loss, point, value = SMALL[name]
    assert sp.N(exact(loss, point) - value, 20) == pytest.approx(0, abs=1e-18)  # 20 digits of a number up to 1
    at = torch.tensor([float(c) for c in point.values()], dtype=F64)
    found = corridor_distance(floating(loss, tuple(point)), at, method=method, tolerance=1e-10)
    assert found.value == pytest.approx(float(value), rel=ROUNDING if method == "dense" else ASKED)
    assert found.value == pytest.approx(found.product_norm / found.gradient_norm / found.hessian_norm, rel=ROUNDING)


CORRIDORS = {
    "affine": (3 * x - y + 0 * z, (1, 2, 3)),
    "cone": (sp.sqrt(x**2 + y**2 + z**2), (1, -2, 2)),
    "cone and ramp": (sp.sqrt(x**2 + y**2) - 2 * z, (1, 2, 3)),
    "distance to a circle": (sp.sqrt((sp.sqrt(x**2 + y**2) - 2) ** 2 + z**2), (1, 2, 3)),
}


@pytest.mark.claim("dherin-rosca:theorem-2-11")
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", CORRIDORS)
def test_it_vanishes_in_corridors(name, method):
    loss, point = CORRIDORS[name]
    assert corridor_distance(floating(loss, (x, y, z)), torch.tensor(point, dtype=F64), method=method).value < ROUNDING


def test_where_nothing_bends_or_nothing_is_steep():
    bottom = corridor_distance(lambda w: w.square().sum(), torch.zeros(3, dtype=F64))
    assert (bottom.value, bottom.gradient_norm, bottom.hessian_norm) == (0, 0, 2)
    plain = corridor_distance(lambda w: w.sum() * 0 + 5, torch.ones(3, dtype=F64))
    assert (plain.value, plain.product_norm, plain.gradient_norm, plain.hessian_norm) == (0, 0, 0, 0)


def quartic(seed, n):
    """A loss with a dense Hessian of both signs: <w, A w>/2 + sum of w^4/12."""
    dice = torch.Generator().manual_seed(seed)
    matrix = torch.randn(n, n, generator=dice, dtype=F64)
    point = torch.randn(n, generator=dice, dtype=F64)
    return matrix + matrix.T, point, lambda w: w @ (matrix + matrix.T) @ w / 2 + w.pow(4).sum() / 12


@given(st.integers(0, 10**6), st.integers(1, 8), st.sampled_from([-3.0, 1e-6, 7e5]), st.sampled_from([-2.0, 1e-3, 1e4]))
@settings(max_examples=30, deadline=None)
def test_bounds_and_invariance(seed, n, factor, stretch):
    matrix, point, loss = quartic(seed, n)
    found = corridor_distance(loss, point).value
    gradient, hessian = matrix @ point + point**3 / 3, (matrix + torch.diag(point**2)).numpy()
    expected = np.linalg.norm(hessian @ gradient.numpy()) / np.linalg.norm(hessian, 2) / float(gradient.norm())
    assert found == pytest.approx(expected, rel=1e-10) and 0 <= found <= 1 + ROUNDING  # eigenvalues and norms of an n x n matrix
    frame = torch.linalg.qr(matrix)[0]
    others = [
        corridor_distance(lambda w: factor * loss(w), point),
        corridor_distance(lambda w: loss(stretch * w), point / stretch),
        corridor_distance(lambda w: loss(frame @ w) + 5, frame.T @ point),
        corridor_distance(loss, point, method="lanczos", tolerance=1e-10),
    ]
    assert [other.value for other in others] == pytest.approx([found] * 4, rel=1e-8)


@pytest.mark.parametrize("dtype", [torch.float32, F64])
@pytest.mark.parametrize("method", METHODS)
def test_no_square_leaves_the_floating_numbers(dtype, method):
    """x^2 + y at (1, 1), multiplied or stretched as far as its derivatives go: g and H as well, but the measure is 2/sqrt(5)."""
    far = 1e180 if dtype is F64 else 1e27
    eps = 10 * torch.finfo(dtype).eps
    ones = torch.ones(2, dtype=dtype)
    for factor in (1 / far, far):
        found = corridor_distance(lambda w, c=factor: c * (w[0] ** 2 + w[1]), ones, method=method)
        assert found.value == pytest.approx(2 / math.sqrt(5), rel=eps)
        assert found.gradient_norm == pytest.approx(factor * math.sqrt(5), rel=eps)
        assert found.hessian_norm == pytest.approx(factor * 2, rel=eps)
    bottom = corridor_distance(lambda w: w.square().sum(), ones / far, method=method)
    assert bottom.value == pytest.approx(1, rel=eps) and bottom.gradient_norm == pytest.approx(2 * math.sqrt(2) / far, rel=eps)


def test_a_relu_network_between_its_kinks():
    """(relu(u) v - 1)^2/2: for u > 0 the deep linear loss; for u < 0 it is constant; on the kink autograd takes that side."""
    values = [corridor_distance(lambda w: (torch.relu(w[0]) * w[1] - 1) ** 2 / 2, torch.tensor([u, 0.5], dtype=F64)) for u in (1.5, -1, 0)]
    linear = corridor_distance(lambda w: (w[0] * w[1] - 1) ** 2 / 2, torch.tensor([1.5, 0.5], dtype=F64))
    assert values[0].value == pytest.approx(linear.value, rel=ROUNDING)
    assert [(found.value, found.gradient_norm, found.hessian_norm) for found in values[1:]] == [(0, 0, 0)] * 2


@pytest.mark.claim("dherin-rosca:theorem-2-11")
def test_a_step_leaves_the_flow_by_it():
    """Half of h |H| times the measure, of the step's own length, as h falls; on x^2/2 + 2 y^2, whose flow is exp(-t), exp(-4 t)."""
    at = np.array([1.0, 1.0])
    rho = corridor_distance(lambda w: w[0] ** 2 / 2 + 2 * w[1] ** 2, torch.tensor(at))
    errors = []
    for h in (1e-3, 5e-4):
        flow, step = at * np.exp(-h * np.array([1, 4])), at * (1 - h * np.array([1, 4]))
        part = np.linalg.norm(step - flow) / (h * rho.gradient_norm)
        errors.append(part / (h * rho.hessian_norm * rho.value / 2) - 1)
    assert errors[1] == pytest.approx(errors[0] / 2, rel=1e-2) and abs(errors[0]) < 2e-3  # the next order is h |H| / 3


def test_a_deep_linear_network_by_hand():
    """(u v - 1)^2/2: g = e (v, u) and H = [[v^2, 2 u v - 1], [2 u v - 1, u^2]] with e = u v - 1."""
    u, v = 1.5, 0.5
    net = DeepLinearMap(torch.ones(1, 1, dtype=F64), [1, 1, 1], 0.1)
    hessian, gradient = np.array([[v**2, 2 * u * v - 1], [2 * u * v - 1, u**2]]), (u * v - 1) * np.array([v, u])
    expected = np.linalg.norm(hessian @ gradient) / np.abs(np.linalg.eigvalsh(hessian)).max() / np.linalg.norm(gradient)
    found = corridor_distance(lambda w: net.loss(w[None])[0], torch.tensor([u, v], dtype=F64))
    assert found.value == pytest.approx(expected, rel=ROUNDING * 10) and found.largest_is_certain


def test_many_parameters_take_lanczos():
    """A diagonal Hessian with eigenvalues from -3 to 1: |H| = 3, and the sharpness 1 would not bound the measure."""
    scale = torch.linspace(-3, 1, 800, dtype=F64)
    found = corridor_distance(lambda w: (scale * w * w).sum() / 2, torch.ones(800, dtype=F64), tolerance=1e-8)
    expected = math.sqrt(float((scale**4).sum() / (scale**2).sum())) / 3
    assert found.method == "lanczos" and not found.largest_is_certain and found.products < 400
    assert found.value == pytest.approx(expected, rel=1e-8)


ONES = torch.ones(2, dtype=F64)
BAD = {
    "no function": (lambda: corridor_distance(5, ONES), TypeError, "expected a function of a tensor"),
    "integers": (lambda: corridor_distance(torch.sum, torch.ones(2, dtype=torch.int64)), TypeError, "floating tensor"),
    "no parameters": (lambda: corridor_distance(torch.sum, ONES[:0]), ValueError, "at least one"),
    "nan": (lambda: corridor_distance(torch.sum, ONES * math.nan), ValueError, "all finite"),
    "a gradient nan": (lambda: corridor_distance(lambda w: w.sum() * math.nan, ONES), ValueError, "gradient holds NaN"),
    "no scalar": (lambda: corridor_distance(lambda w: w, ONES), ValueError, "expected a scalar tensor"),
    "a kink": (lambda: corridor_distance(lambda w: w.norm(), 0 * ONES), ValueError, "twice differentiable"),
    "method": (lambda: corridor_distance(torch.sum, ONES, method="exact"), ValueError, "'dense' or 'lanczos'"),
    "tolerance": (lambda: corridor_distance(torch.sum, ONES, method="lanczos", tolerance=0.0), ValueError, "tolerance = 0.0"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_gets_one_clear_line(case):
    call, error, words = BAD[case]
    with pytest.raises(error) as caught:
        call()
    assert words in str(caught.value) and "\n" not in str(caught.value)
