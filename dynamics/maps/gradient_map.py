r"""Gradient descent as a discrete map, from a loss that SymPy can differentiate.

The map is :math:`F(x) = x - \delta \nabla f(x)`, on every real vector at which the loss has partial derivatives.
Its relatives (momentum, sign descent, ...) stand in `dynamics.maps.gradient_methods`, any other map is a `SymbolicMap`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import sympy as sp

from dynamics.maps._expressions import compiled, nested, over_reals, parameter_values, partial_derivatives, real_symbols, singular_bases
from dynamics.maps.symbolic_map import Floats, SymbolicMap, tidy


class GradientMap(SymbolicMap):
    r"""Gradient descent :math:`x \mapsto x - \delta \nabla f(x)` (Nar & Sastry, equation 1).

    Points and batches are those of `SymbolicMap`; the step size is its parameter, so an array of step sizes makes a family.

    Where the formula of the gradient reads 0 * oo (``|x|^{3/2}`` in disguise), the partial derivative is taken by its
    definition, so it is 0 there and not NaN.
    A float in the loss or in the step size means exactly the double that it is; write ``Rational(3, 10)`` for three
    tenths.

    Args:
        loss: SymPy expression; its free symbols are among ``variables``.
        variables: One symbol, or a non-empty sequence of them: plain or ``real=True``.
        step_size: A positive number, or a non-empty float64 array of positive numbers.

    Raises:
        ValueError: For unknown symbols, an empty or repeated variable, or a step size that is not positive and finite.
        TypeError: For a loss that is no SymPy expression, or an array of another dtype.

    Example:
        >>> x = sp.Symbol("x")
        >>> GradientMap(x**4 / 4 - x**2 / 2, x, 1).orbit(sp.Rational(1, 2), 1)
        [1/2, 7/8]
    """

    remedy = "with_step_size(number)"

    def __init__(self, loss: sp.Expr, variables: sp.Symbol | Sequence[sp.Symbol], step_size: Any) -> None:
        real = real_symbols(variables)
        self.loss = over_reals(loss, real, "the loss")
        names = tuple(real.values())
        self.gradient = tuple(sp.diff(self.loss, v) for v in names)
        self.step_symbol = new_symbol("delta", names)
        moved = [v - self.step_symbol * g for v, g in zip(names, nested(self.gradient, names), strict=True)]
        scalar = isinstance(variables, sp.Symbol)
        super().__init__(moved[0] if scalar else moved, names[0] if scalar else names, {self.step_symbol: step_size})
        self._hessian: sp.Matrix | None = None
        self.singular = singular_bases(self.gradient)
        self._singular_float = compiled(self.variables, self.singular) if self.singular else None

    def _read(self, symbol: sp.Symbol, value: Any) -> tuple[sp.Expr | None, Floats]:
        exact, floats = parameter_values(value, "step size")
        if not np.all(floats > 0) or not np.all(np.isfinite(floats)):
            raise ValueError(f"the step size is {value}: expected positive and finite")
        return exact, floats

    @property
    def step_size(self) -> sp.Expr | None:
        """The exact step size; ``None`` for an array of them."""
        return self.exact[self.step_symbol]

    @property
    def steps(self) -> Floats:
        """The step sizes in float64, shape ``()`` for a single one."""
        return self.values[self.step_symbol]

    def with_step_size(self, step_size: Any) -> Self:
        """Return the same loss with another step size (number or float64 array)."""
        return self.with_values({self.step_symbol: step_size})

    @property
    def hessian(self) -> sp.Matrix:
        """The Hessian of the loss; a kink shows as ``DiracDelta``."""
        if self._hessian is None:
            self._hessian = sp.Matrix([[sp.diff(g, v) for v in self.variables] for g in self.gradient])
        return self._hessian

    @property
    def derivative(self) -> sp.Matrix:
        r"""The Jacobian :math:`I - \delta \nabla^2 f` as a formula; a kink shows as ``DiracDelta``."""
        if self._derivative is None:
            second = sp.Matrix(self.dimension, self.dimension, nested(tuple(self.hessian), self.variables))
            self._derivative = sp.eye(self.dimension) - self.step_symbol * second
        return self._derivative

    def exact_gradient(self, point: tuple[sp.Expr, ...]) -> tuple[sp.Expr, ...]:
        """Return the exact gradient at an exact point; raises ``ValueError`` where there is none."""
        at = dict(zip(self.variables, point, strict=True))
        values = tuple(tidy(g.xreplace(at)) for g in self.gradient)
        if any(v.has(sp.nan, sp.zoo) for v in values):
            values = partial_derivatives(self.loss, self.variables, point)
        for value in values:
            if not (value.is_number and value.is_real and value.is_finite):
                raise ValueError(f"the gradient at {point} is {value}: expected a real number, so start inside the domain of the loss")
        return values

    def _step_exact(self, point: tuple[sp.Expr, ...]) -> tuple[sp.Expr, ...]:
        step = self.substitution(point)[self.step_symbol]
        return tuple(tidy(p - step * g) for p, g in zip(point, self.exact_gradient(point), strict=True))

    def _step_float(self, x: Floats) -> Floats:
        moved = super()._step_float(x)
        if self._singular_float is None:
            return moved
        columns = self._columns(x)
        singular = np.zeros(np.shape(columns[0]), dtype=bool)
        with np.errstate(all="ignore"):
            for base in self._singular_float(*columns):
                singular |= base == 0
        if not singular.any():
            return moved
        gradient = np.zeros((*singular.shape, self.dimension))
        for index in map(tuple, np.argwhere(singular)):
            exact = partial_derivatives(self.loss, self.variables, tuple(sp.Rational(float(c[index])) for c in columns))
            gradient[index] = [float(d) if d.is_real else np.nan for d in exact]
        by_definition = np.stack([c - self.steps * g for c, g in zip(columns, np.moveaxis(gradient, -1, 0), strict=True)], axis=-1)
        if self.scalar:
            return np.where(singular, by_definition[..., 0], moved)
        return np.where(singular[..., None], by_definition, moved)


def new_symbol(name: str, taken: Sequence[sp.Symbol]) -> sp.Symbol:
    """Return a real symbol of this name, with underscores added until it is none of ``taken``."""
    while any(symbol.name == name for symbol in taken):
        name += "_"
    return sp.Symbol(name, real=True)
