"""Named notions of maps and flows on R^n, for statements about any dimension; decided exactly for explicit polynomials.

A map or a loss is a `Map`, or a `Lambda`: of one variable with a number as value, or of n variables with a column as
value. A point is a number or a column. The textbook facts in `dynamics_facts` connect these notions.
"""

from __future__ import annotations

from typing import Any

from sympy import Abs, Add, Dummy, Eq, ImmutableMatrix, Lambda, Matrix, MatrixBase, Max, Mul, Ne, Poly, Rational, Symbol, diff, sympify

from theory.proof.deciding import decide
from theory.proof.logic import Predicate, apply, substitute
from theory.proof.reals import _solve
from theory.proof.theorem import (
    NotProved,
)


class GradientStep(Predicate):
    """`GradientStep(F, f, d)`: F(x) = x - d grad f(x), for a differentiable f on R^n."""

    def decide(self) -> bool | None:
        """Compares the map with the derivatives of an explicit loss: a polynomial, or on the line one in powers of ramps too."""
        map_, loss, step = self.args
        if isinstance(loss, Lambda) and loss.expr.has(Max):
            return _is_ramp_step(map_, loss, step)
        if not (_is_polynomial(map_) and _is_polynomial(loss) and map_.variables == loss.variables):
            return None
        wanted = [v - step * diff(loss.expr, v) for v in loss.variables]
        same = [_same(a, b, loss.variables) for a, b in zip(_column(map_.expr), wanted, strict=True)]
        return False if False in same else None if None in same else True


class HessianRange(Predicate):
    """`HessianRange(f, c, low, high)`: the extreme eigenvalues of the Hessian of f at its critical point c.

    f is a C^2 function on R^n.
    """

    def decide(self) -> bool | None:
        """For an explicit polynomial: exactly, from its second derivatives."""
        loss, point, low, high = self.args
        if not _is_polynomial(loss):
            return None
        at = _values(loss, point)
        gradient = [substitute(diff(loss.expr, v), at) for v in loss.variables]
        critical = _all_hold(*(Eq(e, 0, evaluate=False) for e in gradient))
        if critical is not True:
            return critical
        second = [[substitute(diff(loss.expr, u, v), at) for u in loss.variables] for v in loss.variables]
        return eigenvalue_range(Matrix(second), low, high)


class SpectralRadius(Predicate):
    """`SpectralRadius(F, c, rho)`: rho is the largest modulus of an eigenvalue of DF(c) at the fixed point c.

    F is a map on R^n, C^1 near c; for n = 1 rho is the modulus of the multiplier.
    """

    def decide(self) -> bool | None:
        """For an explicit polynomial map whose derivative at c is symmetric, with rational entries if n > 1."""
        map_, point, rho = self.args
        if not _is_polynomial(map_):
            return None
        at = _values(map_, point)
        images = [substitute(e, at) for e in _column(map_.expr)]
        fixed = [decide(Eq(e, at[v])) for e, v in zip(images, map_.variables, strict=True)]
        if not all(f is True for f in fixed):
            return False if False in fixed else None
        derivative = Matrix([[substitute(diff(e, v), at) for v in map_.variables] for e in _column(map_.expr)])
        if derivative.rows == 1:
            return decide(Eq(abs(derivative[0, 0]), rho))
        return _largest_modulus(derivative, rho)


class Nonsingular(Predicate):
    """`Nonsingular(F, c)`: DF(c) is invertible, and the preimages of null sets under F are null.

    F is a map on R^n, C^1 near c.
    """

    def decide(self) -> bool | None:
        """For an explicit polynomial map: det DF is not 0 at c, and hence vanishes on a null set only."""
        map_, point = self.args
        if not _is_polynomial(map_):
            return None
        at = _values(map_, point)
        derivative = Matrix([[substitute(diff(e, v), at) for v in map_.variables] for e in _column(map_.expr)])
        return decide(Ne(derivative.det(), 0))


class NullBasin(Predicate):
    """`NullBasin(F, c)`: the starts whose orbit under F tends to c have Lebesgue measure zero.

    So GD from an absolutely continuous random start almost surely does not converge to c.
    """


class Countable(Predicate):
    """`Countable(Lambda(t, condition))`: countably many numbers t satisfy the condition; they have measure zero."""


class FlowStable(Predicate):
    """`FlowStable(v, c)`: c is an asymptotically stable equilibrium of the differential equation x' = v(x)."""


class AnalyticMinimum(Predicate):
    """`AnalyticMinimum(f, c)`: c is a local minimum, strict or not, of the real-analytic function f on R^n."""

    def decide(self) -> bool | None:
        """True for a polynomial that is written as a sum of even powers with positive coefficients, all of them 0 at c."""
        loss, point = self.args
        if not _is_polynomial(loss):
            return None
        terms = [term.as_coeff_Mul() for term in Add.make_args(loss.expr)]
        squares = all(c > 0 and all(f.as_base_exp()[1].is_even for f in Mul.make_args(rest)) for c, rest in terms)
        zero = decide(Eq(substitute(loss.expr, _values(loss, point)), 0, evaluate=False))
        return True if squares and zero is True else None


class HasDerivative(Predicate):
    """`HasDerivative(f, g)`: the function f of a real variable is differentiable everywhere, and f' = g."""

    def decide(self) -> bool | None:
        """For explicit polynomials."""
        f, g = self.args
        if not (_is_polynomial(f) and _is_polynomial(g)):
            return None
        (t,) = f.variables
        return _same(diff(f.expr, t), apply(g, t), (t,))


def _same(a: Any, b: Any, variables: tuple[Symbol, ...]) -> bool | None:
    """Whether two polynomials are the same function of the variables."""
    if decide(Eq(a, b, evaluate=False)) is True:
        return True
    difference = Poly(a - b, *variables)
    rational = all(isinstance(c, Rational) for c in difference.coeffs())
    return False if rational and not difference.is_zero else None


def _is_ramp_step(map_: Any, loss: Lambda, step: Any) -> bool | None:
    """True for a loss of one variable v in powers Max(0, u)**n, n >= 2: they have the derivatives n u' Max(0, u)**(n-1)."""
    if not (isinstance(map_, Lambda) and map_.variables == loss.variables and len(loss.variables) == 1):
        return None
    (v,) = loss.variables
    ramps = {e: Dummy(real=True) for e in sorted(loss.expr.atoms(Max), key=str)}
    smooth = substitute(loss.expr, ramps)
    ramps_only = all(len(e.args) == 2 and 0 in e.args and Add(*e.args).is_polynomial(v) for e in ramps)
    if not ramps_only or not smooth.is_polynomial(v, *ramps.values()):
        return None
    powers = Poly(smooth, *ramps.values())
    if any(exponent == 1 for powers_of in powers.monoms() for exponent in powers_of):
        return None  # Max(0, u) itself has a corner
    slope = diff(smooth, v) + Add(*(diff(smooth, r) * diff(Add(*e.args), v) for e, r in ramps.items()))
    return decide(Eq(substitute(map_.expr, ramps), v - step * slope, evaluate=False)) or None


def _is_polynomial(function: Any) -> bool:
    return isinstance(function, Lambda) and all(e.is_polynomial(*function.variables) for e in _column(function.expr))


def _column(value: Any) -> list[Any]:
    return list(value) if isinstance(value, MatrixBase) else [value]


def _values(function: Lambda, point: Any) -> dict[Symbol, Any]:
    return dict(zip(function.variables, map(sympify, _column(point)), strict=True))


def eigenvalue_range(matrix: Matrix, low: Any, high: Any) -> bool | None:
    """Whether low and high are the smallest and the largest eigenvalue of a symmetric matrix."""
    if not matrix.is_symmetric():
        return None
    if matrix.rows == 1:
        return _all_hold(Eq(matrix[0, 0], low), Eq(matrix[0, 0], high))
    if matrix.rows == 2:
        return _all_hold(Eq(matrix.trace(), low + high), Eq(matrix.det(), low * high), low <= high)
    if not all(isinstance(e, Rational) for e in (*matrix, low, high)):
        return None
    roots = Poly(matrix.charpoly().as_expr()).sqf_part()
    return roots.count_roots(low, high) == roots.degree() and roots.eval(low) == 0 and roots.eval(high) == 0


def _largest_modulus(matrix: Matrix, rho: Any) -> bool | None:
    """Whether rho is the largest modulus of an eigenvalue of a symmetric 2 x 2 matrix: one end of its spectrum is rho or -rho."""
    if matrix.rows != 2:
        return None
    low, high = Add(matrix.trace(), -rho), Add(matrix.trace(), rho)
    ends = [
        _both(decide(Abs(low) <= rho), eigenvalue_range(matrix, low, rho)),
        _both(decide(Abs(high) <= rho), eigenvalue_range(matrix, -rho, high)),
    ]
    return True if True in ends else None if None in ends else False


def _both(one: bool | None, other: bool | None) -> bool | None:
    return False if False in (one, other) else None if None in (one, other) else True


def _all_hold(*relations: Any) -> bool | None:
    values = [_holds(r) for r in relations]
    return False if False in values else None if None in values else True


def _holds(relation: Any) -> bool | None:
    known = decide(relation)
    if known is not None:
        return known
    try:
        _solve((), relation)
    except NotProved:
        return None
    return True


def column(*entries: Any) -> ImmutableMatrix:
    """A point of R^n, or the value of a map, for use in these predicates."""
    return ImmutableMatrix(len(entries), 1, list(entries))


__all__ = [
    "AnalyticMinimum",
    "Countable",
    "FlowStable",
    "GradientStep",
    "HasDerivative",
    "HessianRange",
    "Nonsingular",
    "NullBasin",
    "SpectralRadius",
    "column",
]
