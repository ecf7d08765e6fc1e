"""Explicit two-layer ReLU networks: on the weights of one activation pattern the loss is a polynomial, and all is exact. (section 4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sympy import Expr, ImmutableMatrix, Integer, Poly, Rational, Symbol, diag, symbols


def are_rational(*matrices: Any) -> bool:
    """Whether all are explicit matrices of rational numbers."""
    return all(isinstance(a, ImmutableMatrix) and all(isinstance(e, Rational) for e in a) for a in matrices)


def as_column(b: Any) -> Any:
    """A number as the column that it is the only entry of; anything else as it is."""
    return ImmutableMatrix([b]) if isinstance(b, Rational) else b


def active(z: Any) -> ImmutableMatrix:
    """The diagonal 0/1 matrix of the positive entries of a column of rational numbers."""
    return ImmutableMatrix(diag(*(Integer(1 if e.is_positive is True else 0) for e in z)))


def pre_activations(v: Any, b: Any, x: Any) -> list[Any]:
    """V x_i - b for every data point, the columns of `x`."""
    return [v * x[:, n] - b for n in range(x.cols)]


def network_outputs(w: Any, v: Any, b: Any, x: Any, masks: Sequence[Any]) -> ImmutableMatrix:
    """W Gamma(i) (V x_i - b), one column a data point."""
    return ImmutableMatrix.hstack(*(w * mask * z for mask, z in zip(masks, pre_activations(v, b, x), strict=True)))


@dataclass(frozen=True)
class Piece:
    """The loss (1/2) sum_i |W Gamma(i) (V x_i - b) - y_i|^2 near the weights W, V, for fixed patterns Gamma(i).

    Attributes:
        w: W, m x r.
        v: V, r x n.
        b: the bias, a column.
        x: the data points, one a column.
        y: their targets, one a column.
        masks: Gamma(1), ..., Gamma(N).
    """

    w: ImmutableMatrix
    v: ImmutableMatrix
    b: ImmutableMatrix
    x: ImmutableMatrix
    y: ImmutableMatrix
    masks: tuple[ImmutableMatrix, ...]

    @classmethod
    def around(cls, w: Any, v: Any, b: Any, x: Any, y: Any) -> Piece:
        """With the patterns that belong to the weights."""
        return cls(w, v, b, x, y, tuple(active(z) for z in pre_activations(v, b, x)))

    @property
    def has_kink(self) -> bool:
        """Whether a pre-activation is 0, so that the loss need not be differentiable there."""
        return any(e == 0 for z in pre_activations(self.v, self.b, self.x) for e in z)

    @property
    def fits(self) -> bool:
        """Whether there is no residual."""
        return network_outputs(self.w, self.v, self.b, self.x, self.masks) == self.y

    @cached_property
    def polynomial(self) -> tuple[Expr, list[Symbol], dict[Symbol, Any]]:
        """The loss, the letters for the entries of W and V by rows, and their values."""
        w, v = (ImmutableMatrix(*a.shape, symbols(f"{name}:{len(a)}")) for name, a in (("w", self.w), ("v", self.v)))
        letters = [*w, *v]
        estimates = network_outputs(w, v, self.b, self.x, self.masks)
        loss = sum((e**2 for e in estimates - self.y), Integer(0)) / 2
        return loss, letters, dict(zip(letters, (*self.w, *self.v), strict=True))

    @property
    def is_critical(self) -> bool:
        """Whether the gradient vanishes."""
        loss, letters, values = self.polynomial
        return all(loss.diff(letter).subs(values) == 0 for letter in letters)

    @cached_property
    def hessian(self) -> ImmutableMatrix:
        """The second derivatives in all entries of W and V."""
        loss, letters, values = self.polynomial
        return ImmutableMatrix(len(letters), len(letters), lambda p, q: loss.diff(letters[p], letters[q]).subs(values))

    @cached_property
    def spectrum(self) -> Poly:
        """The characteristic polynomial of the Hessian."""
        letter = Symbol("x")
        return Poly(self.hessian.charpoly(letter).as_expr(), letter)


__all__ = ["Piece", "active", "are_rational", "as_column", "network_outputs", "pre_activations"]
