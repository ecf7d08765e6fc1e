"""An upper bound of |sum_g U_g^T R_g| over all factors U_g of given sizes: rigorous for any weights, nearly best for the ones found.

The Cauchy-Schwarz inequality, with weights d_g > 0 put between the factors, says

    |sum_g U_g^T R_g|^2 <= (sum_g r_g^2 d_g) lambda_max(sum_g R_g^T R_g / d_g)   if |U_g| <= r_g (Frobenius).

The best weights are d_g = |C R_g^T|/r_g for the largest C = sum_g U_g^T R_g, and that C turns up by turning each U_g towards it, again and
again (Burer and Monteiro's form of a semidefinite relaxation). Only the final inequality is trusted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from flint import arb, arb_mat, ctx, fmpq

from theory.data_sets import Row, power_of_two, rounded_rows
from theory.lipschitz.eigenvalue_bounds import eigenvalues_below
from theory.lipschitz.enclosures import BITS

SHARE = 1e-9  # a weight is at least this part of the largest one
TURNS = 500  # of the factors towards the best weights; fewer only widen the bound


@dataclass(frozen=True)
class Group:
    """The rows R_g, and r_g^2 > 0."""

    square: fmpq
    rows: list[Row]


def weighted_bound(groups: list[Group]) -> arb:
    """An upper bound of max |sum_g U_g^T R_g| over all matrices with |U_g| <= r_g; all rows have n entries.

    Example:
        >>> float(weighted_bound([Group(fmpq(1), [[fmpq(3), fmpq(4)]]), Group(fmpq(4), [[fmpq(0), fmpq(0)]])]))
        5.0
    """
    moving = [group for group in groups if any(any(row) for row in group.rows)]
    if not moving:
        return arb(0)
    scale = power_of_two(value for group in moving for row in group.rows for value in row)  # else float64 may overflow
    moving = [Group(group.square, [[value / scale for value in row] for row in group.rows]) for group in moving]
    saved, ctx.prec = ctx.prec, BITS
    try:
        weights = [fmpq(*float(weight).as_integer_ratio()) for weight in _weights(moving)]
        pairs = [(row, weight) for group, weight in zip(moving, weights, strict=True) for row in group.rows]
        R = arb_mat([[arb(value) for value in row] for row, _ in pairs])
        scaled = arb_mat([[arb(value) / arb(weight) for value in row] for row, weight in pairs])
        total = sum((group.square * weight for group, weight in zip(moving, weights, strict=True)), fmpq(0))
        return scale * (arb(total) * eigenvalues_below(R.transpose() * scaled)).sqrt()
    finally:
        ctx.prec = saved


def _weights(groups: list[Group]) -> np.ndarray:
    """|C R_g^T|/r_g after the turns; |C| never shrinks."""
    R = rounded_rows([row for group in groups for row in group.rows])
    first = np.cumsum([0, *(len(group.rows) for group in groups)])[:-1]
    radii = np.sqrt([float(arb(group.square)) for group in groups])
    C = np.linalg.svd(R, full_matrices=False)[2] * np.linalg.norm(R)
    for _ in range(TURNS):
        C = np.repeat(radii / np.maximum(_sizes(R, C, first), np.finfo(float).tiny), _counts(groups))[:, None] * (R @ C.T)
        C = C.T @ R
    weights = _sizes(R, C, first) / radii
    return np.maximum(weights, SHARE * weights.max())


def _sizes(R: np.ndarray, C: np.ndarray, first: np.ndarray) -> np.ndarray:
    """|C R_g^T| for each group, whose rows begin at `first`."""
    return np.sqrt(np.add.reduceat(np.sum((R @ C.T) ** 2, axis=1), first))


def _counts(groups: list[Group]) -> list[int]:
    return [len(group.rows) for group in groups]


__all__ = ["Group", "weighted_bound"]
