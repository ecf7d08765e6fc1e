r"""The gains of a chain of layers along its top singular pair: the terms p_{j-1}^2 q_{j+1}^2 of Theorem 1.

Nar & Sastry (2018), section 2: with u, v the left and right singular vectors of W_L ... W_1 for its largest singular
value sigma, p_j = |W_j ... W_1 v|, q_j = |u^T W_L ... W_j| and p_0 = q_{L+1} = 1.

If sigma is repeated k times, the pairs are u = U c, v = V c with c on the unit sphere of R^k, and a term is a quartic
form (c^T M c)(c^T N c). Its mean over the sphere, (tr M tr N + 2 tr M N) / (k (k + 2)), depends on no basis, and some
pair attains the mean of the sum of all terms, because the sphere is connected. For k = 1 the mean is the term itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from importlib import import_module
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
import sympy as sp

from theory.evidence import implements
from theory.values import demand_finite, exact_number, float64, one_type, route, shown

# Singular values closer than this many units in the last place, times depth and width, count as one: each product and
# the decomposition err by a few units times the width.
REPEATED_ULPS = 16
_root = sp.Symbol("sigma2", real=True)  # stands for an irrational sigma^2 until its minimal polynomial reduces it


@implements("nar-sastry:definition-pq")
@np.errstate(over="ignore", invalid="ignore")  # an overflow is an error of ours, with a remedy
def layer_terms(weights: Sequence[Any]) -> Any:
    """p_{j-1}^2 q_{j+1}^2 for j = 1, ..., L: exact numbers, float64 (arrays) or tensors, by the kind of the weights.

    Args:
        weights: [W_1, ..., W_L], W_j of shape (n_j, n_{j-1}): SymPy matrices or nested lists of exact numbers, float64
            arrays, or floating tensors of one dtype and device. Arrays and tensors may have leading batch axes, which
            broadcast.

    Raises:
        TypeError: for weights of mixed or unknown kinds, integer or complex arrays, float32 arrays.
        ValueError: for no weights, shapes that do not chain, NaN or infinity, overflow, and a product that is zero.

    Example:
        >>> layer_terms([sp.Matrix([[2, 0], [0, 1]]), sp.Matrix([[3, 0], [0, 1]])])
        [9, 4]
    """
    kind, layers = _checked(weights)
    if kind == "exact":
        return _exact_terms(layers)
    return _float_terms(layers, np if kind == "numpy" else import_module("torch"))


def _checked(weights: Any) -> tuple[str, list[Any]]:
    if not isinstance(weights, list | tuple):
        raise TypeError(f"weights is a {type(weights).__name__}: expected the list [W_1, ..., W_L]")
    if not weights:
        raise ValueError("weights is empty: expected at least one layer, [W_1, ..., W_L]")
    kinds = {f"W_{j}": _kind(f"W_{j}", w) for j, w in enumerate(weights, 1)}
    if len(set(kinds.values())) > 1:
        found = ", ".join(f"{name} is {kind}" for name, kind in kinds.items())
        raise TypeError(f"the weights are of several kinds ({found}): give all of them as one")
    kind = kinds["W_1"]
    layers = [_layer(kind, name, w) for name, w in zip(kinds, weights, strict=True)]
    if kind == "torch":
        one_type(list(zip(kinds, layers, strict=True)))
    _demand_chain(layers)
    return kind, layers


def _kind(name: str, weight: Any) -> str:
    if isinstance(weight, sp.MatrixBase):
        return "exact"
    if isinstance(weight, list | tuple):
        if not all(isinstance(row, list | tuple) for row in weight):
            raise ValueError(f"{name} is {shown(weight)}: expected a matrix, e.g. a list of rows")
        kind = route(x for row in weight for x in row)
        if kind in ("exact", "numpy"):
            return kind
        raise TypeError(f"{name} is a list of {kind} entries: expected exact numbers or floats in it")
    kind = route((weight,))
    if kind in ("exact", "ball") or isinstance(weight, float):
        raise TypeError(f"{name} is a {type(weight).__name__}: expected a SymPy matrix, a list of rows, an array or a tensor")
    return kind


def _layer(kind: str, name: str, weight: Any) -> Any:
    if isinstance(weight, list | tuple):
        if len({len(row) for row in weight}) > 1:
            raise ValueError(f"{name} has rows of lengths {[len(row) for row in weight]}: expected rows of one length")
        weight = sp.Matrix(weight) if kind == "exact" else np.array(weight, dtype=np.float64)
    if len(weight.shape) < 2 or 0 in weight.shape:
        raise ValueError(f"{name} has shape {tuple(weight.shape)}: expected (n_j, n_(j-1)) with at least one row and column")
    if kind == "exact":
        return weight.applyfunc(lambda x: exact_number(x, f"an entry of {name}"))
    if kind == "numpy":
        return float64(weight, name)
    if weight.dtype.itemsize < 4:
        raise TypeError(f"{name} has dtype {weight.dtype}, for which there is no SVD: expected float32 or float64")
    demand_finite(weight, weight.isfinite(), name, "expected finite numbers")
    return weight


def _demand_chain(layers: list[Any]) -> None:
    for j, (inner, outer) in enumerate(pairwise(layers), 2):
        if outer.shape[-1] != inner.shape[-2]:
            shapes = f"W_{j} has shape {tuple(outer.shape)}, W_{j - 1} has shape {tuple(inner.shape)}"
            raise ValueError(f"{shapes}: expected W_{j} to have {inner.shape[-2]} columns, one a row of W_{j - 1}")
    batches = [tuple(w.shape[:-2]) for w in layers]
    try:
        np.broadcast_shapes(*batches)
    except ValueError:
        raise ValueError(f"the batch axes {batches} of the layers do not broadcast: make them equal or 1") from None


def _demand_product(nonzero: bool) -> None:
    if not nonzero:
        raise ValueError("the product W_L ... W_1 is zero: Theorem 1 needs a solution with a non-zero singular value")


def _float_terms(layers: list[Any], xp: Any) -> Any:
    """The terms, stacked on the first axis; the same lines for NumPy and torch."""
    partial = list(accumulate(layers, lambda before, w: w @ before))
    demand_finite(partial[-1], xp.isfinite(partial[-1]), "the product W_L ... W_1", "the layers overflow, scale them down")
    U, sigma, Vt = xp.linalg.svd(partial[-1], full_matrices=False)
    _demand_product(bool((sigma[..., 0] > 0).all()))
    gap = REPEATED_ULPS * len(layers) * max(max(w.shape[-2:]) for w in layers) * xp.finfo(sigma.dtype).eps
    top = sigma >= sigma[..., :1] * (1 - gap)
    k = top.sum(-1)
    V, Ut = (Vt * top[..., :, None]).mT, (U * top[..., None, :]).mT
    # V, W_1 V, W_2 W_1 V, ... and ..., U^T W_L W_{L-1}, U^T W_L, U^T
    inner = [V, *(before @ V for before in partial[:-1])]
    outer = list(accumulate(reversed(layers[1:]), lambda after, w: after @ w, initial=Ut))[::-1]
    terms = xp.stack([_sphere_mean(a.mT @ a, b @ b.mT, k) for a, b in zip(inner, outer, strict=True)])
    demand_finite(terms, xp.isfinite(terms), "a term p_(j-1)^2 q_(j+1)^2", "the layers overflow, scale them down")
    return terms


def _sphere_mean(M: Any, N: Any, k: Any) -> Any:
    traces = M.diagonal(0, -2, -1).sum(-1) * N.diagonal(0, -2, -1).sum(-1)
    return (traces + 2 * (M * N).sum((-2, -1))) / (k * (k + 2))


def _exact_terms(layers: list[sp.Matrix]) -> list[sp.Expr]:
    if layers[-1].rows < layers[0].cols:
        # the transposed chain has the same terms in reverse, and a smaller Gram matrix
        return _exact_terms([w.T for w in reversed(layers)])[::-1]
    size = layers[0].cols
    partial = list(accumulate(layers, lambda before, w: w * before, initial=sp.eye(size)))
    after = list(accumulate(reversed(layers), lambda rest, w: rest * w, initial=sp.eye(layers[-1].rows)))[::-1]
    product = partial[-1]
    sigma2, x, projector, scale, k = _top_eigenspace((product.T * product).applyfunc(sp.expand))
    terms = []
    for before, behind in zip(partial[:-1], after[1:], strict=True):
        # traces of V^T B V and of (P V)^T A (P V) / sigma^2, through the projector V V^T: no square roots
        M = before.T * before * projector
        N = product.T * behind * behind.T * product * projector
        numerator = M.trace() * N.trace() + 2 * (M * N).trace()
        terms.append(_reduced(numerator, k * (k + 2) * x * scale**2, x, sigma2))
    return terms


def _top_eigenspace(gram: sp.Matrix) -> tuple[sp.Expr, sp.Expr, sp.Matrix, sp.Expr, int]:
    """The top eigenvalue, x that stands for it, scale * projector on its eigenspace, the scale, its multiplicity.

    With f the square-free characteristic polynomial and g(y) = (f(y) - f(x)) / (y - x), the projector is g(G) / f'(x).
    """
    if gram.rows == 1:
        _demand_product(gram[0, 0].is_positive is True)
        return gram[0, 0], gram[0, 0], sp.eye(1), sp.Integer(1), 1
    if not all(entry.is_Rational for entry in gram):
        raise TypeError(f"the Gram matrix of the product is {shown(gram)}: exact weights need rational numbers there; use float64")
    characteristic = sp.Poly(gram.charpoly().all_coeffs(), _root, domain=sp.QQ)
    roots = characteristic.real_roots()
    sigma2 = roots[-1]
    _demand_product(sigma2 != 0)
    x = sigma2 if sigma2.is_Rational else _root
    square_free = characteristic.sqf_part()
    quotient = list(accumulate(square_free.all_coeffs()[:-1], lambda b, c: b * x + c))
    projector = reduce(lambda total, b: total * gram + b * sp.eye(gram.rows), quotient, sp.zeros(gram.rows))
    return sigma2, x, projector, square_free.diff().as_expr().xreplace({_root: x}), roots.count(sigma2)


def _reduced(numerator: sp.Expr, denominator: sp.Expr, x: sp.Expr, sigma2: sp.Expr) -> sp.Expr:
    """The quotient at x = sigma2; for an irrational sigma2 in the normal form of its number field."""
    if x is not _root:
        return sp.expand(numerator) / sp.expand(denominator)
    minimal = sp.Poly(sp.minimal_polynomial(sigma2, x), x, domain=sp.QQ)
    inverse = sp.Poly(denominator, x, domain=sp.QQ).invert(minimal)
    return sp.expand((sp.Poly(numerator, x) * inverse).rem(minimal).as_expr().xreplace({x: sigma2}))
