"""The formula functions of Nar & Sastry: hand-made numbers, three routes, the Hessian of the loss, bad input."""

import math
from fractions import Fraction
from functools import reduce

import numpy as np
import pytest
import sympy as sp
import torch
from flint import arb, fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.strategies import chains, depths, positive_rationals
from theory.step_bounds.bounds import (
    balanced_scales,
    identity_start_step_bound,
    largest_singular_value_bound,
    output_norm_bound,
    solution_step_bound,
    target_step_bound,
)
from theory.step_bounds.layer_gains import layer_terms

Q = Fraction
EPS = np.finfo(np.float64).eps
# One formula: fewer than 8 rounded operations; a power multiplies the relative error by its exponent, at most 4.
ROUNDING = 4 * 8 * EPS

# Worked out by hand: powers whose roots are whole numbers.
SCALARS = [
    # 2 / (L rho^(2(L-1)/L))
    (target_step_bound, (4, 2), Q(1, 4)),  # 2 / (2 * 4)
    (target_step_bound, (Q(1, 16), 4), 32),  # 2 / (4 * 16^(-3/2)) = 2 / (4/64)
    (target_step_bound, (8, 3), Q(1, 24)),  # 2 / (3 * 8^(4/3)) = 2 / 48
    (target_step_bound, (7, 1), 2),  # least squares with whitened data: 2
    (target_step_bound, (1, 5), Q(2, 5)),
    # (2 / (L delta))^(L/(2L-2))
    (largest_singular_value_bound, (Q(1, 16), 4), 4),  # 8^(2/3)
    (largest_singular_value_bound, (Q(1, 8), 2), 8),  # 8^1
    (largest_singular_value_bound, (Q(1, 24), 3), 8),  # 16^(3/4)
    (largest_singular_value_bound, (Q(2, 3), 3), 1),
    # min{1/L, 1/(L rho^(2(L-1)/L))}
    (identity_start_step_bound, (4, 2), Q(1, 8)),
    (identity_start_step_bound, (8, 3), Q(1, 48)),
    (identity_start_step_bound, (Q(1, 16), 4), Q(1, 4)),
    (identity_start_step_bound, (9, 1), 1),
    (identity_start_step_bound, (0, 3), Q(1, 3)),
    (identity_start_step_bound, (0, 1), 1),
    # ... and 1/(1 - lambda) for a negative eigenvalue
    (identity_start_step_bound, (4, 1, -3), Q(1, 4)),
    (identity_start_step_bound, (4, 2, -3), Q(1, 8)),  # 1/4 does not bind
    (identity_start_step_bound, (1, 1, Q(-1, 2)), Q(2, 3)),
    (identity_start_step_bound, (4, 1, -4), Q(1, 5)),
    (identity_start_step_bound, (4, 1, 0), 1),
    (identity_start_step_bound, (4, 1, 1), 1),  # 1/(1 - 1) never appears
    (identity_start_step_bound, (4, 1, 4), 1),
    # 1 / delta
    (output_norm_bound, (Q(1, 4),), 4),
    (output_norm_bound, (3,), Q(1, 3)),
]


def ball(value: int | Fraction) -> arb:
    return arb(fmpq(value.numerator, value.denominator))


def within(found: float, expected: float, relative: float) -> bool:
    """Whether the relative error is at most `relative`."""
    return abs(found - expected) <= relative * abs(expected)


@pytest.mark.claim("nar-sastry:corollary-1", "nar-sastry:corollary-2", "nar-sastry:theorem-2", "nar-sastry:theorem-3")
@pytest.mark.parametrize(("function", "arguments", "expected"), SCALARS)
def test_numbers_worked_out_by_hand(function, arguments, expected):
    first, *rest = arguments
    eigenvalue = [float(v) for v in rest[1:]]
    assert function(*arguments) == sp.Rational(expected)
    found = function(float(first), *rest[:1], *eigenvalue)
    assert isinstance(found, np.float64) and within(found, float(expected), ROUNDING)
    array = function(np.full((2, 1), float(first)), *rest[:1], *eigenvalue)
    assert array.dtype == np.float64 and array.tolist() == [[found], [found]]
    for dtype, scale in ((torch.float64, 1), (torch.float32, 2**29)):
        tensor = function(torch.tensor([float(first)], dtype=dtype), *rest)
        assert tensor.dtype == dtype and within(tensor.item(), float(expected), scale * ROUNDING)
    if first != 0 and not rest[1:]:
        assert function(ball(first), *rest).overlaps(ball(expected))


@given(positive_rationals(), depths(2))
@settings(deadline=None)  # exact roots
def test_corollary_2_inverts_corollary_1(delta, depth):
    assert sp.powsimp(target_step_bound(largest_singular_value_bound(delta, depth), depth) - sp.Rational(delta)) == 0


@given(positive_rationals(16), depths(1, 6))
@settings(deadline=None)
def test_balanced_scalar_layers_attain_corollary_1(w, depth):
    assert solution_step_bound([[[w]]] * depth) == target_step_bound(w**depth, depth)


@given(positive_rationals(16), depths(), st.none() | st.fractions(-1, 1, max_denominator=50))
@settings(deadline=None)
def test_the_identity_start_bound_is_the_printed_minimum(root, depth, share):
    norm = root**depth  # so that every number is rational
    eigenvalue = None if share is None else norm * share
    printed = [Q(1, depth), 1 / (depth * root ** (2 * (depth - 1)))]
    if eigenvalue is not None and eigenvalue < 0:
        printed.append(1 / (1 - eigenvalue))
    found = identity_start_step_bound(norm, depth, eigenvalue)
    assert found == sp.Rational(min(printed))
    # for the same target, a global optimum admits at least twice the step that Theorem 2 asks for
    assert target_step_bound(norm, depth) >= 2 * found


def test_eigenvalues_of_an_array_and_a_norm_broadcast():
    norms, eigenvalues = np.array([[1.0], [4.0]]), np.array([-1.0, 0.0, 1.0])
    found = identity_start_step_bound(norms, 1, eigenvalues)
    assert found.tolist() == [[0.5, 1, 1], [0.5, 1, 1]]
    assert identity_start_step_bound(torch.tensor(norms), 1, torch.tensor(eigenvalues)).tolist() == found.tolist()


def test_an_eigenvalue_may_exceed_the_norm_by_rounding_only():
    assert within(identity_start_step_bound(1.0, 1, -1.0009), 1 / 2.0009, ROUNDING)
    assert identity_start_step_bound(torch.tensor(1.0), 1, -1.0009).item() == pytest.approx(1 / 2.0009)
    assert identity_start_step_bound(arb(1), 1, -1).contains(arb(0.5))
    calls = [(1.0, 1, -1.0011), (np.ones(2), 1, np.array([0.0, 1.0011])), (torch.ones(2), 1, -1.0011)]
    for call in [*calls, (1, 1, Q(-10001, 10000)), (arb(1), 1, Q(-10001, 10000))]:
        with pytest.raises(ValueError, match="expected at most spectral_norm"):
            identity_start_step_bound(*call)


# Layers, their terms p_{j-1}^2 q_{j+1}^2, worked out by hand
half, third = sp.Rational(1, 2), sp.Rational(1, 3)
CHAINS = {
    "one layer": ([sp.Matrix([[3, 1], [0, 2], [1, 1]])], [1]),
    "scalars": ([[[2]], [[3]], [[5]]], [225, 100, 36]),  # (3*5)^2, (2*5)^2, (2*3)^2
    "irrational scalars": ([[[sp.sqrt(2)]], [[-1]]], [1, 2]),
    "diagonal": ([sp.diag(2, 1), sp.diag(3, 1)], [9, 4]),
    "off the axes": ([sp.Matrix([[0, 2], [1, 0]]), sp.Matrix([[0, 1], [3, 0]])], [9, 4]),
    # product (7 4), sigma^2 = 65: q_2^2 = 2^2 + 1^2, and p_1^2 = |W_1 (7, 4)|^2 / 65 = (18^2 + 29^2) / 65
    "row": ([sp.Matrix([[2, 1], [3, 2]]), sp.Matrix([[2, 1]])], [5, sp.Rational(1165, 65)]),
    "column": ([sp.Matrix([[2], [1]]), sp.Matrix([[2, 3], [1, 2]])], [sp.Rational(1165, 65), 5]),
    # W_2 is symmetric with S^2 = S + 1 for its top eigenvalue S = (1 + sqrt 5)/2; so q_2 = S
    "golden": ([sp.eye(2), sp.Matrix([[1, 1], [1, 0]])], [(3 + sp.sqrt(5)) / 2, 1]),
    # the identity, with sigma = 1 twice: means over the circle of c_1^2/4 + c_2^2/9 and of 4 c_1^2 + 9 c_2^2
    "repeated": ([sp.diag(2, 3), sp.diag(half, third)], [sp.Rational(13, 72), sp.Rational(13, 2)]),
    # in the middle (4 c_1^2 + c_2^2)(c_1^2/4 + c_2^2), with means 3/8 of c_i^4 and 1/8 of c_1^2 c_2^2: (3 + 17/4 + 3)/8
    "repeated, quartic": (
        [sp.diag(2, 1), sp.eye(2), sp.diag(half, 1)],
        [sp.Rational(5, 8), sp.Rational(41, 32), sp.Rational(5, 2)],
    ),
    # sigma = 1 three times: (1 + 4 + 9)/3
    "repeated thrice": ([sp.diag(1, 2, 3), sp.diag(1, half, third)], [sp.Rational(49, 108), sp.Rational(14, 3)]),
    "repeated below the top": ([sp.diag(2, 1, 1), sp.diag(2, 1, 1)], [4, 4]),
}


def floats(layers: list) -> list[np.ndarray]:
    return [np.array(sp.Matrix(w).evalf(20).tolist(), dtype=np.float64) for w in layers]


def tolerance(layers: list[np.ndarray]) -> float:
    """The products err by L n eps |W_L| ... |W_1|, the top pair by that over the gap to the next singular value.

    A term has size at most the product of max(1, |W_j|)^2, and changes by at most twice the relative error of the pair;
    16 stands for the constants of the decomposition.
    """
    norms = [np.linalg.norm(w, 2) for w in layers]
    sigma = np.linalg.svd(reduce(lambda a, w: w @ a, layers), compute_uv=False)
    distinct = [s for s in sigma if s < sigma[0] * (1 - 1e-9)]
    gap = sigma[0] - max(distinct, default=0)
    width = max(max(w.shape) for w in layers)
    relative = 16 * len(layers) * width * EPS * math.prod(norms) / gap
    return 2 * relative * math.prod(max(1, n) ** 2 for n in norms)


@pytest.mark.claim("nar-sastry:theorem-1", "nar-sastry:definition-pq")
@pytest.mark.parametrize("name", CHAINS)
def test_terms_worked_out_by_hand(name):
    layers, expected = CHAINS[name]
    assert [sp.nsimplify(t - e) for t, e in zip(layer_terms(layers), expected, strict=True)] == [0] * len(expected)
    assert sp.simplify(solution_step_bound(layers) - 2 / sum(expected)) == 0
    arrays = floats(layers)
    found = layer_terms(arrays)
    assert np.abs(found - np.array([float(e) for e in expected])).max() <= tolerance(arrays)
    tensors = [torch.tensor(a) for a in arrays]
    assert np.abs(layer_terms(tensors).numpy() - found).max() <= 2 * tolerance(arrays)
    assert isinstance(solution_step_bound(arrays), np.float64)
    assert solution_step_bound(tensors).dtype == torch.float64
    assert solution_step_bound([t.float() for t in tensors]).dtype == torch.float32


@given(chains())
@settings(deadline=None)
def test_exact_and_float_terms_agree(layers):
    arrays = floats(layers)
    expected = np.array([float(sp.N(t, 20)) for t in layer_terms(layers)])
    assert np.abs(layer_terms(arrays) - expected).max() <= tolerance(arrays)
    assert np.abs(layer_terms([torch.tensor(a) for a in arrays]).numpy() - expected).max() <= tolerance(arrays)


def loss_hessian(layers: list) -> np.ndarray:
    """The Hessian of |W_L ... W_1 - R|^2 / 2 at the solution `layers`, R its product: SymPy's derivatives, exactly."""
    matrices = [sp.Matrix(w) for w in layers]
    symbols = [sp.Matrix(*w.shape, lambda r, c, j=j: sp.Symbol(f"w{j}_{r}_{c}")) for j, w in enumerate(matrices)]
    point = {s: v for m, w in zip(symbols, matrices, strict=True) for s, v in zip(m, w, strict=True)}
    error = reduce(lambda a, w: w * a, symbols) - reduce(lambda a, w: w * a, matrices)
    hessian = sp.hessian(sp.expand(sum(e**2 for e in error) / 2), list(point)).xreplace(point)
    return np.array(hessian.evalf(20).tolist(), dtype=np.float64)


HESSIAN_ROUNDING = 64 * EPS  # eigvalsh of at most 24 rows, and a handful of operations for the bound


@pytest.mark.claim("nar-sastry:theorem-1", "nar-sastry:text-smoothness-lower")
@pytest.mark.parametrize("name", CHAINS)
def test_the_sum_is_a_lower_bound_of_the_largest_hessian_eigenvalue(name):
    layers, terms = CHAINS[name]
    sharpness = np.linalg.eigvalsh(loss_hessian(layers))[-1]
    assert float(sum(terms)) <= sharpness * (1 + HESSIAN_ROUNDING)
    if name in ("one layer", "scalars", "irrational scalars", "diagonal", "off the axes", "repeated below the top"):
        assert within(2 / sharpness, float(sp.N(solution_step_bound(layers))), HESSIAN_ROUNDING)


@given(chains(deepest=2))
@settings(deadline=None, max_examples=20)  # each differentiates a polynomial of up to eight variables twice
def test_no_hessian_has_a_smaller_top_eigenvalue_than_the_sum(layers):
    sharpness = np.linalg.eigvalsh(loss_hessian(layers))[-1]
    assert 2 / float(sp.N(solution_step_bound(layers), 20)) <= sharpness * (1 + HESSIAN_ROUNDING)


def test_a_repeated_value_gives_the_mean_over_all_pairs():
    # (u, v) = (c, c): eight equal angles integrate a quartic form over the circle exactly
    layers = [sp.Matrix([[2, 1], [1, 1]]), sp.eye(2), sp.Matrix([[1, -1], [-1, 2]])]
    total = 0
    for m in range(8):
        c = sp.Matrix([sp.cos(sp.pi * m / 8), sp.sin(sp.pi * m / 8)])
        p = [1, (layers[0] * c).norm() ** 2, (layers[1] * layers[0] * c).norm() ** 2]
        q = [(c.T * layers[2] * layers[1]).norm() ** 2, (c.T * layers[2]).norm() ** 2, 1]
        total += sum(a * b for a, b in zip(p, q, strict=True)) / 8
    assert sp.simplify(total - 2 / solution_step_bound(layers)) == 0


def test_the_bound_does_not_depend_on_the_basis():
    turn = sp.Matrix([[3, -4], [4, 3]]) / 5
    for layers, _ in (CHAINS["repeated"], CHAINS["repeated, quartic"], CHAINS["golden"]):
        turned = [layers[0] * turn, *layers[1:-1], turn.T * layers[-1]]
        assert sp.simplify(solution_step_bound(turned) - solution_step_bound(layers)) == 0
        assert within(solution_step_bound(floats(turned)), solution_step_bound(floats(layers)), 64 * EPS)


def test_singular_values_count_as_one_within_their_rounding():
    # 16 units x 2 layers x width 2 = 64 units; alone: 1/4 + 4; both: the mean with 1/16 + 16
    for units, expected in ((63, 2 / ((17 / 4 + 257 / 16) / 2)), (65, 2 / (17 / 4))):
        layers = [np.diag([2.0, 4.0]), np.diag([0.5, (1 - units * EPS) / 4])]
        assert within(solution_step_bound(layers), expected, 64 * EPS)


def test_batches_are_many_solutions_at_once():
    generator = np.random.default_rng(0)
    inner, outer = generator.normal(size=(3, 1, 4, 2)), generator.normal(size=(5, 3, 4))
    inner[0], outer[0] = np.eye(4, 2), np.eye(3, 4)  # a repeated singular value among simple ones
    found = solution_step_bound([inner, outer])
    assert found.shape == (3, 5)
    for i in range(3):
        for j in range(5):
            pair = [inner[i, 0], outer[j]]
            assert within(found[i, j], solution_step_bound(pair), tolerance(pair) * solution_step_bound(pair))
    tensors = [torch.tensor(inner), torch.tensor(outer)]
    assert solution_step_bound(tensors).shape == (3, 5)


def test_the_bound_is_differentiable():
    # d/da of 2/(a^2 + b^2) is -4 a/(a^2 + b^2)^2
    a, b = (torch.tensor([[w]], dtype=torch.float64, requires_grad=True) for w in (2.0, 1.0))
    solution_step_bound([a, b]).backward()
    assert a.grad.item() == pytest.approx(-8 / 25) and b.grad.item() == pytest.approx(-4 / 25)


def test_the_gradient_agrees_with_differences():
    generator = np.random.default_rng(1)
    layers = [generator.normal(size=(3, 2)), generator.normal(size=(2, 3))]
    direction = [generator.normal(size=w.shape) for w in layers]
    tensors = [torch.tensor(w, requires_grad=True) for w in layers]
    solution_step_bound(tensors).backward()
    slope = sum((t.grad.numpy() * d).sum() for t, d in zip(tensors, direction, strict=True))
    h = 1e-5  # a central difference errs by h^2 times a third derivative of order 1e2, and by eps / h
    ahead, behind = (solution_step_bound([w + s * h * d for w, d in zip(layers, direction, strict=True)]) for s in (1, -1))
    assert abs((ahead - behind) / (2 * h) - slope) <= 1e2 * h**2 + 4 * EPS / h


@pytest.mark.claim("nar-sastry:theorem-1-arbitrarily-small")
def test_balanced_scales_worked_out_by_hand():
    # s = (64, 64, 1), G = 16: alpha^2 = (4, 4, 1/16)
    best = balanced_scales([[[1]], [[1]], [[8]]])
    assert best.scales == (2, 2, sp.Rational(1, 4)) and best.bound == sp.Rational(1, 24)
    arrays = balanced_scales([np.array([[w]]) for w in (1.0, 1.0, 8.0)])
    tensors = balanced_scales([torch.tensor([[w]], dtype=torch.float64) for w in (1.0, 1.0, 8.0)])
    for found in (arrays, tensors):
        assert all(within(float(f), e, ROUNDING) for f, e in zip(found.scales, (2, 2, 0.25), strict=True))
        assert within(float(found.bound), 1 / 24, ROUNDING)
    assert isinstance(tensors.bound, torch.Tensor) and isinstance(arrays.bound, np.float64)
    with pytest.raises(AttributeError):
        best.bound = 1


@given(chains(entry=2), st.lists(positive_rationals(16), min_size=3, max_size=3))
@settings(deadline=None)
def test_no_rescaling_beats_the_balanced_one(layers, others):
    arrays = floats(layers)
    best = balanced_scales(arrays)
    slack = 2 * tolerance(arrays) * float(best.bound) + 64 * EPS
    assert within(math.prod(best.scales), 1, slack)
    attained = solution_step_bound([a * w for a, w in zip(best.scales, arrays, strict=True)])
    # the gap that enters the tolerance does not change: the product is the same
    assert within(attained, best.bound, slack + tolerance([a * w for a, w in zip(best.scales, arrays, strict=True)]))
    scales = [float(o) for o in others[: len(arrays)]]
    scales[-1] = 1 / math.prod(scales[:-1])
    rescaled = [a * w for a, w in zip(scales, arrays, strict=True)]
    found = solution_step_bound(rescaled)
    assert found <= best.bound * (1 + slack + tolerance(rescaled) * found)


def test_deep_chains_do_not_overflow_where_the_terms_do_not():
    layers = [np.array([[2.0]]), np.array([[0.5]])] * 400
    assert balanced_scales(layers).bound == pytest.approx(2 / 800)
    # without logarithms, the product of the terms would be 1e708
    alternating = [np.array([[1e3]]), np.array([[1e-3]])] * 60
    assert balanced_scales(alternating[:-1]).bound == pytest.approx(2 / (119 * 1e6 ** (118 / 119)))


one = np.ones((1, 1))
tensor = torch.ones(1, 1)
BAD = {
    "no layers": (lambda: solution_step_bound([]), ValueError, "weights is empty: expected at least one layer"),
    "array for list": (
        lambda: solution_step_bound(np.ones((2, 2))),
        TypeError,
        "weights is a ndarray: expected the list",
    ),
    "matrix for list": (lambda: solution_step_bound(sp.eye(2)), TypeError, "expected the list"),
    "vector": (lambda: solution_step_bound([np.ones(2)]), ValueError, r"W_1 has shape \(2,\): expected \(n_j"),
    "numbers": (lambda: solution_step_bound([2, 3]), TypeError, "W_1 is a int: expected a SymPy matrix"),
    "floats": (lambda: solution_step_bound([2.0]), TypeError, "W_1 is a float: expected a SymPy matrix"),
    "flat list": (lambda: solution_step_bound([[1, 2]]), ValueError, r"W_1 is \[1, 2\]: expected a matrix"),
    "ragged": (lambda: solution_step_bound([[[1, 2], [3]]]), ValueError, r"rows of lengths \[2, 1\]"),
    "empty layer": (lambda: solution_step_bound([np.ones((0, 2))]), ValueError, r"W_1 has shape \(0, 2\)"),
    "empty rows": (lambda: solution_step_bound([[[]]]), ValueError, r"W_1 has shape \(1, 0\)"),
    "chain": (lambda: solution_step_bound([np.ones((2, 3)), np.ones((2, 3))]), ValueError, "W_2 to have 2 columns"),
    "exact chain": (lambda: solution_step_bound([sp.ones(2, 3), sp.ones(2, 3)]), ValueError, r"W_2 has shape \(2, 3\)"),
    "batches": (lambda: solution_step_bound([np.ones((2, 1, 1)), np.ones((3, 1, 1))]), ValueError, "batch axes"),
    "nan": (lambda: solution_step_bound([one, one * math.nan]), ValueError, "W_2 holds nan: expected finite"),
    "inf tensor": (lambda: solution_step_bound([tensor * math.inf]), ValueError, "W_1 holds inf: expected finite"),
    "exact nan": (lambda: solution_step_bound([sp.Matrix([[sp.nan]])]), ValueError, "an entry of W_1 is nan"),
    "symbol": (lambda: solution_step_bound([sp.Matrix([[sp.Symbol("a")]])]), TypeError, "an entry of W_1 is a"),
    "imaginary": (lambda: solution_step_bound([sp.Matrix([[sp.I]])]), ValueError, "an entry of W_1 is I"),
    "sympy float": (lambda: solution_step_bound([sp.Matrix([[0.5]])]), TypeError, "an entry of W_1 is 0.5"),
    "irrational": (
        lambda: solution_step_bound([sp.diag(sp.pi, 1)]),
        TypeError,
        "need rational numbers there; use float64",
    ),
    "integers": (
        lambda: solution_step_bound([np.eye(2, dtype=int)]),
        TypeError,
        "W_1 has dtype int64: expected float64",
    ),
    "float32": (lambda: solution_step_bound([one.astype("float32")]), TypeError, "W_1 has dtype float32: expected"),
    "complex": (lambda: solution_step_bound([one * 1j]), TypeError, "W_1 has dtype complex128: expected float64"),
    "half": (lambda: solution_step_bound([tensor.half()]), TypeError, "torch.float16, for which there is no SVD"),
    "int tensor": (lambda: solution_step_bound([tensor.int()]), TypeError, "W_1 has dtype torch.int32: expected real"),
    "complex tensor": (lambda: solution_step_bound([tensor * 1j]), TypeError, "W_1 has dtype torch.complex64"),
    "mixed": (lambda: solution_step_bound([one, tensor]), TypeError, "W_1 is numpy, W_2 is torch"),
    "exact and float": (lambda: solution_step_bound([[[1]], one]), TypeError, "W_1 is exact, W_2 is numpy"),
    "dtypes": (lambda: solution_step_bound([tensor, tensor.double()]), TypeError, "W_2 is torch.float64 on cpu"),
    "list of tensors": (lambda: solution_step_bound([[[tensor]]]), TypeError, "W_1 is a list of torch entries"),
    "ball": (lambda: solution_step_bound([arb(1)]), TypeError, "W_1 is a arb"),
    "zero layer": (lambda: solution_step_bound([one, 0 * one]), ValueError, "the product W_L ... W_1 is zero"),
    "zero in a batch": (lambda: solution_step_bound([np.array([[[1.0]], [[0.0]]])]), ValueError, "W_1 is zero"),
    "zero product": (lambda: solution_step_bound([[[1], [0]], [[0, 1]]]), ValueError, "the product .* is zero"),
    "zero square": (lambda: balanced_scales([sp.Matrix([[0, 1], [0, 0]])] * 2), ValueError, "the product .* is zero"),
    "overflow": (lambda: solution_step_bound([one * 1e200] * 2), ValueError, "the product .* the layers overflow"),
    "term overflow": (lambda: solution_step_bound([one * 1e200, one * 1e-200]), ValueError, "a term .* overflow"),
    "depth 0": (lambda: target_step_bound(1, 0), ValueError, "depth is 0: expected at least 1"),
    "depth 0 identity": (lambda: identity_start_step_bound(1, 0), ValueError, "depth is 0: expected at least 1"),
    "depth 1": (
        lambda: largest_singular_value_bound(1, 1),
        ValueError,
        "depth is 1: expected at least 2, .* undefined",
    ),
    "depth float": (lambda: target_step_bound(1, 2.0), TypeError, "depth is 2.0: expected an integer"),
    "depth half": (lambda: target_step_bound(1, Q(5, 2)), TypeError, "expected an integer"),
    "depth bool": (lambda: target_step_bound(1, True), TypeError, "depth is True: expected an integer"),
    "norm 0": (lambda: target_step_bound(0, 2), ValueError, "spectral_norm is 0: expected a finite number, positive"),
    "norm negative": (lambda: target_step_bound(-1.0, 2), ValueError, "spectral_norm holds -1.0: expected a finite number, positive"),
    "norm array": (lambda: target_step_bound(np.array([1, 0.0]), 2), ValueError, "spectral_norm holds 0.0"),
    "norm nan": (lambda: target_step_bound(math.nan, 2), ValueError, "spectral_norm holds nan"),
    "norm inf": (lambda: target_step_bound(math.inf, 2), ValueError, "spectral_norm holds inf: expected a finite number"),
    "norm int array": (lambda: target_step_bound(np.array([1]), 2), TypeError, "rho has dtype int64: expected float64"),
    "norm ball": (lambda: target_step_bound(arb(1, 2), 2), ValueError, "expected a finite number, positive all over the ball"),
    "norm matrix": (lambda: target_step_bound(sp.eye(2), 2), TypeError, "expected an exact number"),
    "depth matrix": (lambda: target_step_bound(1, sp.eye(2)), TypeError, "depth is .*: expected an integer"),
    "rows of arrays": (
        lambda: solution_step_bound([[np.ones(2)] * 9]),
        ValueError,
        r"W_1 is .*\.\.\.: expected a matrix",
    ),
    "eigenvalues": (
        lambda: identity_start_step_bound(np.ones((9, 9)), 2, 2.0),
        ValueError,
        "spectral_norm, array.*size",
    ),
    "norm symbol": (lambda: target_step_bound(sp.Symbol("r"), 2), TypeError, "spectral_norm is r: expected an exact"),
    "norm complex": (lambda: target_step_bound(1j, 2), TypeError, "spectral_norm is 1j: expected an exact"),
    "start norm": (lambda: identity_start_step_bound(-1, 2), ValueError, "spectral_norm is -1: .* not negative"),
    "start tensor": (lambda: identity_start_step_bound(-tensor, 2), ValueError, "holds -1.0: .* not negative"),
    "eigenvalue": (
        lambda: identity_start_step_bound(1, 2, -2),
        ValueError,
        "smallest_eigenvalue is -2: expected at most",
    ),
    "eigenvalue nan": (lambda: identity_start_step_bound(1, 2, math.nan), ValueError, "lambda holds nan"),
    "step 0": (lambda: output_norm_bound(0), ValueError, "step_size is 0: expected a finite number, positive"),
    "step negative": (lambda: largest_singular_value_bound(-1, 2), ValueError, "step_size is -1: expected a finite number, positive"),
    "step tensor": (lambda: output_norm_bound(torch.zeros(2)), ValueError, "step_size holds 0.0: expected a finite number, positive"),
    "step text": (lambda: output_norm_bound("0.1"), TypeError, "step_size is '0.1': expected an exact number"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_in_one_line(case):
    call, error, message = BAD[case]
    with pytest.raises(error, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)
