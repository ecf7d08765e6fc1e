"""Upper bounds on the step size, as functions that users call: theorems 1 to 4, corollaries 1 and 2 of Nar & Sastry.

Each formula stands here once, as an expression in the paper's symbols. A function checks its input and evaluates that
expression: exactly for ints, Fractions and SymPy numbers, in float64 for floats and NumPy arrays, in the tensor's dtype
for torch, rigorously for `flint.arb` balls. Arrays and tensors are broadcast.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from numbers import Integral
from typing import Any

import numpy as np
from sympy import Abs, Expr, Max, Min, Mul, Rational, Symbol

from theory.formula import Formula
from theory.step_bounds.layer_gains import layer_terms
from theory.step_bounds.symbols import L, delta, lam, rho
from theory.values import exact_number, route, shown

total = Symbol("S", real=True)  # the sum over j of p_{j-1}^2 q_{j+1}^2
mean = Symbol("G", real=True)  # the geometric mean of these terms

SOLUTION = Formula(2 / total, (total,))
BALANCED = Formula(2 / (L * mean), (mean, L))
TARGET = Formula(2 / (L * rho ** (2 * (L - 1) / L)), (rho, L))
LARGEST_SINGULAR_VALUE = Formula((2 / (L * delta)) ** (L / (2 * L - 2)), (delta, L))
# min{1/L, 1/(L rho^e)} with e = 2(L-1)/L >= 0, and 1/(1 - lambda) where lambda < 0: written so that rho = 0 and
# lambda >= 0 need no case of their own
IDENTITY_START = Formula(
    Min(1 / (L * Max(1, rho) ** (2 * (L - 1) / L)), 1 / (1 - Min(0, lam))),
    (rho, L, lam),
)
OUTPUT_NORM = Formula(1 / delta, (delta,))

# An eigenvalue of R exceeds its norm in size by nothing, or by the rounding of two backward-stable solvers: n eps rho,
# which is below 1e-3 rho up to n = 8000 even in float32
EIGENVALUE_SLACK = 1e-3
slack = Symbol("slack", real=True)
EXCESS = Formula(Abs(lam) - (1 + slack) * rho, (lam, rho, slack))


@dataclass(frozen=True)
class BalancedScales:
    """The best rescaling of a solution.

    Attributes:
        scales: alpha_1, ..., alpha_L, positive, with product 1.
        bound: Theorem 1's bound at the solution {alpha_j W_j}.
    """

    scales: tuple[Any, ...]
    bound: Any


def solution_step_bound(weights: Sequence[Any]) -> Any:
    """2 / sum_{j=1}^L p_{j-1}^2 q_{j+1}^2: gradient descent converges to [W_1, ..., W_L] only with steps up to this.

    u, v are the left and right singular vectors of W_L ... W_1 for its largest singular value, p_j = |W_j ... W_1 v|,
    q_j = |u^T W_L ... W_j| and p_0 = q_{L+1} = 1. Where that singular value is repeated, u and v are not unique, and
    every pair gives a valid bound; this function takes the mean of the sum over all pairs (see `layer_gains`), which is
    the sum for one of them, and does not depend on the basis that a solver happens to return.

    Args:
        weights: [W_1, ..., W_L], W_j of shape (n_j, n_{j-1}): SymPy matrices or nested lists of exact numbers (the
            Gram matrix of the product must be rational, or 1 x 1), float64 arrays, or float32 or float64 tensors of one
            dtype and device. Arrays and tensors may have leading batch axes.

    Returns:
        An exact number, a float64 scalar or array of the batch's shape, or a tensor, differentiable where the
        singular values of the product are distinct.

    Raises:
        TypeError: for weights of mixed or unknown kinds, and for integer, complex and float32 arrays.
        ValueError: for no weights, shapes that do not chain, NaN or infinity, overflow, and a product that is zero.

    Source:
        Theorem 1, inequality (3).

    Example:
        >>> solution_step_bound([[[2]], [[3]]])     # 2 / (3^2 + 2^2)
        2/13
        >>> solution_step_bound([np.eye(3), np.diag([1.0, 2.0, 3.0])])
        np.float64(0.2)
    """
    with np.errstate(over="ignore"):
        return SOLUTION(sum(layer_terms(weights)))


def balanced_scales(weights: Sequence[Any]) -> BalancedScales:
    """alpha_j^2 = s_j / G, with s_j = p_{j-1}^2 q_{j+1}^2 and G = (s_1 ... s_L)^(1/L), and the bound 2 / (L G).

    Among the solutions {alpha_j W_j} with alpha_1 ... alpha_L = 1, which all have the same product, this one admits the
    largest step by Theorem 1: rescaling divides s_j by alpha_j^2, and the arithmetic mean of the terms is at least G.

    Args:
        weights: as `solution_step_bound`.

    Returns:
        The scales and the bound: exact, float64 or tensors, one scale a layer (of the batch's shape).

    Raises:
        TypeError, ValueError: as `solution_step_bound`.

    Source:
        The remark after Theorem 1, with the optimum in closed form.

    Example:
        >>> balanced_scales([[[8]], [[2]]])         # 4 * 4 = 8 * 2, and 2/(4^2 + 4^2) = 1/16
        BalancedScales(scales=(1/2, 2), bound=1/16)
    """
    terms = layer_terms(weights)
    depth = len(terms)
    if isinstance(terms, list):
        geometric, half = Mul(*terms) ** Rational(1, depth), Rational(1, 2)
    else:
        xp: Any = np if isinstance(terms, np.ndarray) else import_module("torch")
        geometric, half = xp.exp(xp.log(terms).mean(0)), 0.5  # the product itself may overflow
    return BalancedScales(tuple((term / geometric) ** half for term in terms), BALANCED(geometric, depth))


def target_step_bound(spectral_norm: Any, depth: int) -> Any:
    """2 / (L rho^(2(L-1)/L)): gradient descent converges to a global optimum (a factorisation of R) only up to this.

    Args:
        spectral_norm: rho > 0, the largest singular value of R.
        depth: L >= 1, the number of layers.

    Raises:
        TypeError: for integer arrays, values of mixed kinds, and a depth that is no integer.
        ValueError: for a norm that is not positive and finite, and depth 0.

    Source:
        Corollary 1, inequality (4).

    Example:
        >>> target_step_bound(4, 2)
        1/4
        >>> target_step_bound(np.array([1.0, 4.0]), 2)
        array([1.  , 0.25])
    """
    _demand(spectral_norm, "spectral_norm", positive=True)
    return TARGET(spectral_norm, _depth(depth, 1))


def largest_singular_value_bound(step_size: Any, depth: int) -> Any:
    """(2 / (L delta))^(L/(2L-2)): no product to which gradient descent has converged has a larger singular value.

    Args:
        step_size: delta > 0.
        depth: L >= 2, the number of layers. At depth 1 the exponent is undefined: the step alone decides, delta <= 2.

    Raises:
        TypeError: for integer arrays, values of mixed kinds, and a depth that is no integer.
        ValueError: for a step that is not positive and finite, and depths below 2.

    Source:
        Corollary 2.

    Example:
        >>> from fractions import Fraction
        >>> largest_singular_value_bound(Fraction(1, 16), 4)    # 8^(2/3)
        4
    """
    _demand(step_size, "step_size", positive=True)
    return LARGEST_SINGULAR_VALUE(step_size, _depth(depth, 2))


def identity_start_step_bound(spectral_norm: Any, depth: int, smallest_eigenvalue: Any = None) -> Any:
    """min{1/L, 1/(L rho^(2(L-1)/L))}, and at most 1/(1 - lambda_min) if lambda_min < 0: the step for the start W_j = I.

    Args:
        spectral_norm: rho >= 0, the largest singular value of the symmetric target R; for R = 0 the bound is 1/L.
        depth: L >= 1, the number of layers.
        smallest_eigenvalue: lambda_min of R, at most rho in size. Left out, R is taken to be positive semidefinite.

    Raises:
        TypeError: for integer arrays, values of mixed kinds, and a depth that is no integer.
        ValueError: for a negative norm, NaN or infinity, depth 0, and an eigenvalue larger in size than the norm.

    Source:
        Theorem 2, and Theorem 3 for a negative smallest eigenvalue.

    Example:
        >>> identity_start_step_bound(4, 2)
        1/8
        >>> identity_start_step_bound(1, 2, smallest_eigenvalue=-1)     # not below 1/(1 + 1) = 1/2 = 1/L
        1/2
    """
    _demand(spectral_norm, "spectral_norm", positive=False)
    depth = _depth(depth, 1)
    if smallest_eigenvalue is None:
        return IDENTITY_START(spectral_norm, depth, 0)
    bound = IDENTITY_START(spectral_norm, depth, smallest_eigenvalue)
    _demand_eigenvalue(smallest_eigenvalue, spectral_norm)
    return bound


def output_norm_bound(step_size: Any) -> Any:
    """1 / delta: the bound on max_i |x_i| |f(x_i)| for a two-layer ReLU network f that gradient descent has reached.

    Args:
        step_size: delta > 0.

    Raises:
        TypeError: for integer arrays.
        ValueError: for a step that is not positive and finite.

    Source:
        Theorem 4.

    Example:
        >>> output_norm_bound(0.25)
        np.float64(4.0)
    """
    _demand(step_size, "step_size", positive=True)
    return OUTPUT_NORM(step_size)


def _depth(depth: Any, least: int) -> int:
    if isinstance(depth, bool) or not isinstance(depth, Integral):
        raise TypeError(f"depth is {shown(depth)}: expected an integer, the number of layers")
    if depth < least:
        remedy = "at depth 1 the exponent L/(2L-2) is undefined" if least == 2 else "a network has a layer"
        raise ValueError(f"depth is {depth}: expected at least {least}, because {remedy}")
    return int(depth)


def _demand(value: Any, name: str, *, positive: bool) -> None:
    expected = "expected a finite number, " + ("positive" if positive else "not negative")
    kind = route((value,))
    if kind == "exact":
        number = exact_number(value, name)
        if (number.is_positive if positive else number.is_nonnegative) is not True:
            raise ValueError(f"{name} is {number}: {expected}")
        return
    value = np.asarray(value) if kind == "numpy" else value
    good = (value > 0 if positive else value >= 0) & (value < math.inf)
    if kind == "ball" and not good:
        raise ValueError(f"{name} is {value}: {expected} all over the ball")
    if kind != "ball" and not good.all():
        raise ValueError(f"{name} holds {value[~good].flatten()[0].item()}: {expected}")


def _demand_eigenvalue(eigenvalue: Any, norm: Any) -> None:
    exact = route((eigenvalue, norm)) in ("exact", "ball")
    excess = EXCESS(eigenvalue, norm, 0 if exact else EIGENVALUE_SLACK)
    positive = excess.is_positive is True if isinstance(excess, Expr) else excess > 0
    if positive if isinstance(positive, bool) else positive.any():
        raise ValueError(f"smallest_eigenvalue is {shown(eigenvalue)}: expected at most spectral_norm, {shown(norm)}, in size")
