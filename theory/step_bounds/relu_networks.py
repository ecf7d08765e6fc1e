"""Two-layer ReLU networks W relu(V x - b) with a fixed bias, and the solutions that GD reaches. (Nar & Sastry, section 4).

At a data point x_i the units of the hidden layer are active or not, which the diagonal 0/1 matrix M(i) says: relu(V x_i - b) =
M(i) (V x_i - b). Where no pre-activation is 0 the pattern stays the same nearby, and the loss (1/2) sum_i |W relu(V x_i - b) - y_i|^2
is a polynomial in W and V there; the meanings below are its first and second derivatives.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

from sympy import Eq, Expr, ImmutableMatrix, Integer, Poly, Rational, Sum, Symbol, count_roots, diag, diff, eye, symbols

from theory.proof import And, ColumnOf, ForAll, Predicate, squared_norm, substitute
from theory.proof.facts import NonsingularStep, ReachedAtRandom, Smoothness
from theory.step_bounds.symbols import M, N, bias, bottom, bottom_step, inputs, j, targets, top, top_step

SAMPLES = And(j >= 1, j <= N)
PROBLEM = (bias, inputs, targets, N)
SOLUTION = (top, bottom, *PROBLEM)
LARGEST_PATTERN = 12  # units times data points, up to which all activation patterns are tried
_s = Symbol("s", real=True)


def point(at: Expr) -> Expr:
    """x_i."""
    return ColumnOf(inputs, at)


def before(at: Expr) -> Expr:
    """V x_i - b, the pre-activations."""
    return bottom * point(at) - bias


def hidden(at: Expr) -> Expr:
    """relu(V x_i - b)."""
    return M(at) * before(at)


def output(at: Expr) -> Expr:
    """W relu(V x_i - b), the estimate at x_i."""
    return top * hidden(at)


class Rectifies(Predicate):
    """`Rectifies(M, z)`: M is diagonal, with 1 where the entry of the column z is positive and 0 elsewhere, so M z = relu(z)."""

    def meaning(self, other: Any = None) -> tuple[tuple[Any, ...], Any, str]:
        """M M = M; and for `other` with the same column, one and the same M."""
        mask, z = self.args
        if other is None:
            return (), Eq(mask * mask, mask), "a 0/1 diagonal matrix is its own square"
        return (Rectifies(other, z),), Eq(mask, other), "the pattern is determined by the pre-activations"

    def decide(self) -> bool | None:
        """By comparison, for explicit matrices."""
        mask, z = self.args
        if not (isinstance(mask, ImmutableMatrix) and isinstance(z, ImmutableMatrix) and all(isinstance(e, Rational) for e in z)):
            return None
        return mask == active(z)


def active(z: Any) -> ImmutableMatrix:
    """The diagonal 0/1 matrix of the positive entries of a column of rational numbers."""
    return ImmutableMatrix(diag(*(Integer(1 if e.is_positive is True else 0) for e in z)))


PATTERN = ForAll(j, SAMPLES, Rectifies(M(j), before(j)))
FITS = ForAll(j, SAMPLES, Eq(ColumnOf(targets, j), output(j)))  # no residual: y_i = W relu(V x_i - b)


def second_derivative(at: Expr) -> Expr:
    """d^2/ds^2 at s = 0 of (1/2) |(W + s dW) M (V x_i + s dV x_i - b) - y_i|^2."""
    moved = (top + _s * top_step) * M(at) * (before(at) + _s * bottom_step * point(at)) - ColumnOf(targets, at)
    return diff(squared_norm(moved) / 2, _s, _s).subs(_s, 0)


class ReluSmoothness(Smoothness):
    """`ReluSmoothness(lam, W, V, b, X, Y, N)`: no pre-activation is 0, and lam is the largest eigenvalue of the loss's Hessian."""

    def meaning(self) -> tuple[tuple[Any, ...], Any, str]:
        """The Rayleigh quotient of the direction (dW, dV)."""
        lam, *solution = self.args
        names = dict(zip(SOLUTION, solution, strict=True))
        length = squared_norm(top_step) + squared_norm(bottom_step)
        curvature = Sum(second_derivative(j), (j, 1, N))
        return (
            (substitute(PATTERN, names),),
            lam * length >= substitute(curvature, names),
            "the largest eigenvalue bounds every Rayleigh quotient (Horn, Johnson, Matrix Analysis, 4.2.2)",
        )

    def decide(self) -> bool | None:
        """By the characteristic polynomial of the exact Hessian: lam is a root, and no root is larger."""
        lam, *solution = self.args
        if not (_explicit(*solution) and isinstance(lam, Rational)):
            return None
        if _has_kink(*solution):
            return False
        spectrum = _spectrum(*solution)
        return spectrum.eval(lam) == 0 and count_roots(spectrum, lam, None) == 1


class ReluReached(ReachedAtRandom):
    """`ReluReached(delta, W, V, b, X, Y, N)`: GD with the step delta reaches the weights W, V from a random start."""

    def decide(self) -> bool | None:
        """True where no pre-activation is 0, delta times the smoothness is below 2, and the minimum is strict or fits exactly.

        Near a strict minimum, whose Hessian is positive definite, the GD map is a contraction in a suitable norm, so GD converges
        from all nearby starts (Ostrowski). Near an exact fit the loss falls by a fixed share of its squared gradient, so GD
        converges from all nearby starts to nearby minima (Absil, Mahony, Andrews, SIAM J. Optim. 16, 2005, theorem 3.2 and section 4).
        """
        delta, *solution = self.args
        if not (_explicit(*solution) and isinstance(delta, Rational)) or _has_kink(*solution):
            return None
        spectrum = _spectrum(*solution)
        if any(e != 0 for e in _gradient(*solution)) or count_roots(spectrum, 2 / delta, None) > 0:
            return None
        strict = count_roots(spectrum, None, 0) == 0
        fits = all(e == 0 for e in _residual(*solution))
        return True if strict or fits else None


class ReluNonsingular(NonsingularStep):
    """`ReluNonsingular(delta, b, X, Y, N)`: under GD with the step delta, preimages of null sets are null.

    On the weights of one activation pattern det(I - delta H) is a polynomial, so this fails only where it vanishes for all of them:
    for finitely many delta.
    """

    def decide(self) -> bool | None:
        """True where for every activation pattern, possible or not, det(I - delta H) is not 0 at some weights."""
        delta, b, x, y, count = self.args
        if not _explicit(y, x, b, x, y, count) or not isinstance(delta, Rational) or b.rows * x.cols > LARGEST_PATTERN:
            return None
        patterns = product((0, 1), repeat=b.rows * x.cols)
        return True if all(_regular(delta, b, x, y, bits) for bits in patterns) else None


def relu_network(w: Sequence[Any], v: Sequence[Any], b: Sequence[Any], x: Sequence[Any], y: Sequence[Any] | None = None) -> dict[Any, Any]:
    """The point of these weights and data, with the patterns M(i) that belong to them.

    Args:
        w: W, by rows.
        v: V, by rows.
        b: the bias.
        x: the data points, a list each.
        y: their targets; the network's own outputs where they are not given.
    """
    data = ImmutableMatrix(x).T
    point = {top: ImmutableMatrix(w), bottom: ImmutableMatrix(v), bias: ImmutableMatrix(b), inputs: data, N: Integer(data.cols)}
    for n in range(data.cols):
        point[M(n + 1)] = active(point[bottom] * data[:, n] - point[bias])
    weights = point[top], point[bottom], point[bias], data
    point[targets] = ImmutableMatrix.hstack(*_outputs(*weights, _masks(*weights))) if y is None else ImmutableMatrix(y).T
    return point


def hessian(w: Any, v: Any, b: Any, x: Any, y: Any, masks: Sequence[Any]) -> ImmutableMatrix:
    """The exact Hessian of the loss in all entries of W and V, for these activation patterns."""
    polynomial, names, values = _piece(w, v, b, x, y, masks)
    return ImmutableMatrix(len(names), len(names), lambda p, q: polynomial.diff(names[p], names[q]).subs(values))


def _piece(w: Any, v: Any, b: Any, x: Any, y: Any, masks: Sequence[Any]) -> tuple[Expr, list[Symbol], dict[Symbol, Any]]:
    """The loss as a polynomial in the weights of one activation pattern, its letters, and their values."""
    letters = [ImmutableMatrix(*a.shape, symbols(f"{name}:{len(a)}")) for name, a in (("w", w), ("v", v))]
    names = [letter for a in letters for letter in a]
    values = dict(zip(names, (*w, *v), strict=True))
    estimates = ImmutableMatrix.hstack(*_outputs(*letters, b, x, masks))
    return sum(e**2 for e in estimates - y) / 2, names, values


def _outputs(w: Any, v: Any, b: Any, x: Any, masks: Sequence[Any]) -> Iterator[ImmutableMatrix]:
    for n, mask in enumerate(masks):
        yield w * mask * (v * x[:, n] - b)


def _masks(_: Any, v: Any, b: Any, x: Any) -> list[ImmutableMatrix]:
    return [active(v * x[:, n] - b) for n in range(x.cols)]


def _residual(w: Any, v: Any, b: Any, x: Any, y: Any, _: Any) -> list[Expr]:
    return list(ImmutableMatrix.hstack(*_outputs(w, v, b, x, _masks(w, v, b, x))) - y)


def _gradient(w: Any, v: Any, b: Any, x: Any, y: Any, _: Any) -> list[Expr]:
    polynomial, names, values = _piece(w, v, b, x, y, _masks(w, v, b, x))
    return [polynomial.diff(name).subs(values) for name in names]


def _spectrum(w: Any, v: Any, b: Any, x: Any, y: Any, _: Any) -> Poly:
    """The characteristic polynomial of the Hessian."""
    letter = Symbol("x")
    return Poly(hessian(w, v, b, x, y, _masks(w, v, b, x)).charpoly(letter).as_expr(), letter)


def _has_kink(_: Any, v: Any, b: Any, x: Any, *__: Any) -> bool:
    return any(e == 0 for n in range(x.cols) for e in v * x[:, n] - b)


def _explicit(w: Any, v: Any, b: Any, x: Any, y: Any, count: Any) -> bool:
    """Whether all are matrices of rational numbers, with as many data points as are counted."""
    matrices = (w, v, b, x, y)
    if not all(isinstance(a, ImmutableMatrix) and all(isinstance(e, Rational) for e in a) for a in matrices):
        return False
    return count == x.cols == y.cols


def _regular(delta: Any, b: Any, x: Any, y: Any, bits: Sequence[int]) -> bool:
    units = b.rows
    masks = [ImmutableMatrix(diag(*bits[n * units : (n + 1) * units])) for n in range(x.cols)]
    for shift in range(1, 4):
        w = ImmutableMatrix(y.rows, units, lambda p, q, shift=shift: shift + p + 2 * q)
        v = ImmutableMatrix(units, x.rows, lambda p, q, shift=shift: 2 * shift + 3 * p - q)
        h = hessian(w, v, b, x, y, masks)
        if (eye(h.rows) - delta * h).det() != 0:
            return True
    return False
