"""Two-layer ReLU networks W relu(V x - b) with a fixed bias, and the solutions that GD reaches. (Nar & Sastry, section 4).

At a data point x_i the units of the hidden layer are active or not, which the diagonal 0/1 matrix Gamma(i) says: relu(V x_i - b) =
Gamma(i) (V x_i - b). Where no pre-activation is 0 the pattern stays the same nearby, and the loss (1/2) sum_i |W relu(V x_i - b) - y_i|^2
is a polynomial in W and V there; the meanings below are its first and second derivatives.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import product
from typing import Any

from sympy import Eq, Expr, ImmutableMatrix, Integer, Rational, Sum, Symbol, count_roots, diag, diff, eye
from sympy.functions.elementary.complexes import transpose

from theory.proof import And, ColumnOf, ForAll, Predicate, squared_norm, substitute
from theory.proof.descent_facts import NonsingularStep, ReachedAtRandom, Smoothness
from theory.step_bounds.relu_pieces import Piece, active, are_rational, as_column, network_outputs, pre_activations
from theory.step_bounds.symbols import Gamma, N, bias, bottom, bottom_step, inputs, j, targets, top, top_step

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
    return Gamma(at) * before(at)


def output(at: Expr) -> Expr:
    """W relu(V x_i - b), the estimate at x_i."""
    return top * hidden(at)


class Rectifies(Predicate):
    """`Rectifies(M, z)`: M is diagonal, with 1 where the entry of the column z is positive and 0 elsewhere, so M z = relu(z)."""

    def meaning(self, other: Rectifies | None = None) -> tuple[tuple[Any, ...], Any, str]:
        """M M = M; with another pattern M2, M = M2 for the same column, and otherwise M M2' = M2' M'."""
        mask, z = self.args
        if other is None:
            return (), Eq(mask * mask, mask), "a 0/1 diagonal matrix is its own square"
        if other.args[1] == z:
            return (other,), Eq(mask, other.args[0]), "the pattern is determined by the pre-activations"
        turned = transpose(other.args[0])
        return (other,), Eq(mask * turned, turned * transpose(mask)), "diagonal matrices are symmetric and commute"

    def decide(self) -> bool | None:
        """By comparison, for explicit matrices."""
        mask, z = self.args
        return mask == active(z) if are_rational(mask, z) else None


PATTERN = ForAll(j, SAMPLES, Rectifies(Gamma(j), before(j)))
FITS = ForAll(j, SAMPLES, Eq(ColumnOf(targets, j), output(j)))  # no residual: y_i = W relu(V x_i - b)


def second_derivative(at: Expr) -> Expr:
    """d^2/ds^2 at s = 0 of (1/2) |(W + s dW) Gamma (V x_i + s dV x_i - b) - y_i|^2."""
    moved = (top + _s * top_step) * Gamma(at) * (before(at) + _s * bottom_step * point(at)) - ColumnOf(targets, at)
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
        piece = _piece(*solution)
        if piece is None or not isinstance(lam, Rational):
            return None
        return not piece.has_kink and piece.spectrum.eval(lam) == 0 and count_roots(piece.spectrum, lam, None) == 1


class ReluReached(ReachedAtRandom):
    """`ReluReached(delta, W, V, b, X, Y, N)`: GD with the step delta reaches the weights W, V from a random start."""

    def decide(self) -> bool | None:
        """True where no pre-activation is 0, delta times the smoothness is below 2, and the minimum is strict or fits exactly.

        Near a strict minimum, whose Hessian is positive definite, the GD map is a contraction in a suitable norm, so GD converges
        from all nearby starts (Ostrowski). Near an exact fit the loss falls by a fixed share of its squared gradient, so GD
        converges from all nearby starts to nearby minima (Absil, Mahony, Andrews, SIAM J. Optim. 16, 2005, theorem 3.2 and section 4).
        """
        delta, *solution = self.args
        piece = _piece(*solution)
        if piece is None or not _is_step(delta) or piece.has_kink or not piece.is_critical:
            return None
        strict = count_roots(piece.spectrum, None, 0) == 0
        stable = count_roots(piece.spectrum, 2 / delta, None) == 0
        return True if stable and (strict or piece.fits) else None


class ReluNonsingular(NonsingularStep):
    """`ReluNonsingular(delta, b, X, Y, N)`: under GD with the step delta, preimages of null sets are null.

    On the weights of one activation pattern det(I - delta H) is a polynomial, so this fails only where it vanishes for all of them:
    for finitely many delta.
    """

    def decide(self) -> bool | None:
        """True where for every activation pattern, possible or not, det(I - delta H) is not 0 at some weights."""
        delta, b, x, y, count = self.args
        b = as_column(b)
        if not (are_rational(b, x, y) and count == x.cols == y.cols and _is_step(delta)) or b.rows * x.cols > LARGEST_PATTERN:
            return None
        patterns = product((0, 1), repeat=b.rows * x.cols)
        return True if all(_is_regular(delta, b, x, y, bits) for bits in patterns) else None


def relu_network(w: Sequence[Any], v: Sequence[Any], b: Sequence[Any], x: Sequence[Any], y: Sequence[Any] | None = None) -> dict[Any, Any]:
    """The point of these weights and data, with the patterns Gamma(i) that belong to them.

    Args:
        w: W, by rows.
        v: V, by rows.
        b: the bias.
        x: the data points, a list each.
        y: their targets; the network's own outputs where they are not given.
    """
    outer, hidden_layer, shift, data = ImmutableMatrix(w), ImmutableMatrix(v), ImmutableMatrix(b), ImmutableMatrix(x).T
    masks = [active(z) for z in pre_activations(hidden_layer, shift, data)]
    wanted = network_outputs(outer, hidden_layer, shift, data, masks) if y is None else ImmutableMatrix(y).T
    solution = dict(zip(SOLUTION, (outer, hidden_layer, shift, data, wanted, Integer(data.cols)), strict=True))
    return solution | {Gamma(n): mask for n, mask in enumerate(masks, 1)}


@cache
def _piece(w: Any, v: Any, b: Any, x: Any, y: Any, count: Any) -> Piece | None:
    """The loss near explicit weights, where there are as many data points as are counted."""
    b = as_column(b)
    return Piece.around(w, v, b, x, y) if are_rational(w, v, b, x, y) and count == x.cols == y.cols else None


def _is_step(delta: Any) -> bool:
    return isinstance(delta, Rational) and delta.is_positive is True


def _is_regular(delta: Any, b: Any, x: Any, y: Any, bits: Sequence[int]) -> bool:
    """Whether I - delta H is invertible at one of three weights, for the pattern with these bits."""
    units = b.rows
    masks = tuple(ImmutableMatrix(diag(*bits[n * units : (n + 1) * units])) for n in range(x.cols))
    for shift in range(1, 4):
        w = ImmutableMatrix(y.rows, units, [shift + n % 5 for n in range(y.rows * units)])
        v = ImmutableMatrix(units, x.rows, [2 * shift - n % 3 for n in range(units * x.rows)])
        h = Piece(w, v, b, x, y, masks).hessian
        if (eye(h.rows) - delta * h).det() != 0:
            return True
    return False
