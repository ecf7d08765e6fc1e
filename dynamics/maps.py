r"""Gradient descent as a discrete map, from a loss that SymPy can differentiate.

The map is :math:`F(x) = x - \delta \nabla f(x)`, on every real vector at which the loss has partial derivatives.
Exact input (integers, fractions, SymPy numbers) gives exact output; float64 arrays give float64 arrays, over any
batch of starts and of step sizes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from dynamics._expressions import compiled, exact_number, partial_derivatives, real_variables, singular_bases

Floats = NDArray[np.float64]


class GradientMap:
    r"""Gradient descent :math:`x \mapsto x - \delta \nabla f(x)` (Nar & Sastry, equation 1).

    A single ``Symbol`` as ``variables`` gives a scalar map: points are numbers, or float64 arrays of any (batch)
    shape. A sequence of n symbols gives a map of
    vectors: points are sequences of n exact numbers, or float64 arrays of shape ``(*batch, n)``. An array of step
        sizes is broadcast against ``batch``.

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

    def __init__(self, loss: sp.Expr, variables: sp.Symbol | Sequence[sp.Symbol], step_size: Any) -> None:
        self.scalar = isinstance(variables, sp.Symbol)
        self.loss, self.variables = real_variables(loss, variables)
        self.dimension = len(self.variables)
        self.gradient = tuple(sp.diff(self.loss, v) for v in self.variables)
        self._set_step(step_size)
        self._gradient_float = compiled(self.variables, self.gradient)
        self._hessian: sp.Matrix | None = None
        self._hessian_float: Callable[..., list[Any]] | None = None
        bases = singular_bases(self.gradient)
        self._singular_float = compiled(self.variables, bases) if bases else None

    def _set_step(self, step_size: Any) -> None:
        self.step_size: sp.Expr | None = None
        if isinstance(step_size, np.ndarray):
            if step_size.dtype != np.float64:
                raise TypeError(f"step sizes have dtype {step_size.dtype}: expected float64")
            if step_size.size == 0:
                raise ValueError("the array of step sizes is empty: give at least one")
            steps: Any = step_size
        else:
            self.step_size = exact_number(step_size, "the step size")
            steps = np.float64(self.step_size)
        if not (np.all(np.isfinite(steps)) and np.all(steps > 0)):
            raise ValueError(f"the step size is {step_size}: expected positive and finite")
        self.steps: Floats = np.array(steps, dtype=np.float64)

    def with_step_size(self, step_size: Any) -> GradientMap:
        """Return the same loss with another step size (number or float64 array)."""
        other = object.__new__(GradientMap)
        other.__dict__.update(self.__dict__)
        other._set_step(step_size)
        return other

    def select(self, rows: NDArray[Any]) -> GradientMap:
        """Return the map for some rows of a flat batch; a single step size serves every row."""
        return self if self.steps.ndim == 0 else self.with_step_size(self.steps[rows])

    def step(self, x: Any) -> Any:
        r"""Return :math:`x - \delta \nabla f(x)`: exact for exact ``x``, float64 for float64.

        Args:
            x: A point, or a float64 array of points (see the class).

        Returns:
            The next point, of the same shape (for arrays: broadcast against the step sizes). Overflow gives inf or
            NaN, as float64 does.

        Raises:
            TypeError: For integer or float32 arrays, and for exact input to a map with an array of step sizes.
            ValueError: For an empty array, a wrong last axis, or NaN or infinity in ``x``; for exact input also where
                the gradient is not real.
        """
        if is_floating(x):
            return self._step_float(self._checked(x))
        point = self.exact_point(x)
        step = self._exact_step()
        moved = [_tidy(p - step * g) for p, g in zip(point, self.exact_gradient(point), strict=True)]
        return moved[0] if self.scalar else tuple(moved)

    def advance(self, x: Floats, steps: int) -> Floats:
        """Return the float64 points after ``steps`` steps, keeping none in between."""
        x = self._checked(x)
        for _ in range(_count(steps)):
            x = self._step_float(x)
        return x

    def orbit(self, x0: Any, steps: int) -> Any:
        """Return ``x0`` and its next ``steps`` points.

        Args:
            x0: A point, exact or float64, or a float64 array of points.
            steps: How many steps, 0 or more.

        Returns:
            A list of ``steps + 1`` exact points, or a float64 array of shape ``(steps + 1, *x.shape)``. When every
            float64 orbit of the batch repeats itself bit
            for bit the rest is filled in: the same numbers, without iterating denormals.

        Raises:
            TypeError, ValueError: As `step`.
        """
        if not is_floating(x0):
            points = [self.exact_point(x0)[0] if self.scalar else self.exact_point(x0)]
            for _ in range(_count(steps)):
                points.append(self.step(points[-1]))
            return points
        x = self.checked_float(x0)
        states = np.empty((_count(steps) + 1, *x.shape))
        states[0] = x
        for k in range(1, steps + 1):
            states[k] = x = self._step_float(x)
            if k >= 2 and np.array_equal(x, states[k - 2], equal_nan=True):  # an equilibrium repeats after 2 steps too
                for later in range(k + 1, steps + 1):
                    states[later] = states[later - 2]
                break
        return states
        return states

    def jacobian(self, x: Any) -> Any:
        r"""Return :math:`I - \delta \nabla^2 f(x)`.

        Args:
            x: A point, exact or float64, or a float64 array of points.

        Returns:
            A SymPy matrix (a number for a scalar map), or a float64 array of shape ``(*batch, n, n)`` (``batch`` for a
            scalar map); NaN or infinite where a
            float64 point lies on a kink of the gradient.

        Raises:
            ValueError: For an exact point on a kink; otherwise as `step`.
        """
        if is_floating(x):
            x = self._checked(x)
            columns = [x] if self.scalar else list(np.moveaxis(x, -1, 0))
            with np.errstate(all="ignore"):
                entries = np.broadcast_arrays(*self._compiled_hessian()(*columns), columns[0])[:-1]
                second = np.stack(entries, axis=-1).reshape(*columns[0].shape, self.dimension, self.dimension)
                full = np.eye(self.dimension) - self.steps[..., None, None] * second
            return full[..., 0, 0] if self.scalar else full
        point = self.exact_point(x)
        values = self.hessian.xreplace(dict(zip(self.variables, point, strict=True))).doit()
        if values.has(sp.DiracDelta, sp.nan, sp.zoo, sp.oo, -sp.oo):
            raise ValueError(f"the gradient is not differentiable at {x}: choose a point off the kink")
        full = (sp.eye(self.dimension) - self._exact_step() * values).applyfunc(_tidy)
        return full[0, 0] if self.scalar else full

    @property
    def hessian(self) -> sp.Matrix:
        """The Hessian of the loss; a kink shows as ``DiracDelta``."""
        if self._hessian is None:
            self._hessian = sp.Matrix([[sp.diff(g, v) for v in self.variables] for g in self.gradient])
        return self._hessian

    def exact_point(self, x: Any) -> tuple[sp.Expr, ...]:
        """Return ``x`` as a tuple of exact real numbers; raises ``ValueError`` or ``TypeError`` as `step` does."""
        entries = [x] if self.scalar else list(x) if isinstance(x, Sequence | sp.Tuple | sp.MatrixBase) else None
        if entries is None or len(entries) != self.dimension:
            raise ValueError(
                f"the point {x} does not have {self.dimension} coordinates: give one exact number a variable, or a float64 array"
            )
        return tuple(exact_number(entry, "a coordinate") for entry in entries)

    def exact_gradient(self, point: tuple[sp.Expr, ...]) -> tuple[sp.Expr, ...]:
        """Return the exact gradient at an exact point; raises ``ValueError`` where there is none."""
        at = dict(zip(self.variables, point, strict=True))
        values = tuple(_tidy(g.xreplace(at)) for g in self.gradient)
        if any(v.has(sp.nan, sp.zoo) for v in values):
            values = partial_derivatives(self.loss, self.variables, point)
        for value in values:
            if not (value.is_number and value.is_real and value.is_finite):
                raise ValueError(f"the gradient at {point} is {value}: expected a real number, so start inside the domain of the loss")
        return values

    def checked_float(self, x0: Any) -> Floats:
        """Return starts, exact ones rounded to float64, broadcast against the step sizes; raises as `step`."""
        if not is_floating(x0):
            exact = self.exact_point(x0)
            x0 = float(exact[0]) if self.scalar else [float(c) for c in exact]
        x = self._checked(x0)
        return np.array(np.broadcast_to(x, self._batched_shape(x)))

    def _exact_step(self) -> sp.Expr:
        if self.step_size is None:
            raise TypeError("exact points need one exact step size, found an array: use with_step_size(number)")
        return self.step_size

    def _compiled_hessian(self) -> Callable[..., list[Any]]:
        if self._hessian_float is None:
            self._hessian_float = compiled(self.variables, tuple(self.hessian))
        return self._hessian_float

    def _step_float(self, x: Floats) -> Floats:
        with np.errstate(all="ignore"):
            if self.scalar:
                return np.asarray(x - self.steps * self._gradients([x])[0], dtype=np.float64)
            columns = list(np.moveaxis(x, -1, 0))
            moved = [c - self.steps * g for c, g in zip(columns, self._gradients(columns), strict=True)]
        return np.stack(np.broadcast_arrays(*moved), axis=-1)

    def _gradients(self, columns: list[Floats]) -> list[Any]:
        values = self._gradient_float(*columns)
        if self._singular_float is None:
            return values
        singular = np.zeros(np.shape(columns[0]), dtype=bool)
        for base in self._singular_float(*columns):
            singular |= base == 0
        if not singular.any():
            return values
        values = [np.array(np.broadcast_to(v, singular.shape)) for v in values]
        for index in map(tuple, np.argwhere(singular)):
            exact = partial_derivatives(self.loss, self.variables, tuple(sp.Rational(float(c[index])) for c in columns))
            for value, derivative in zip(values, exact, strict=True):
                value[index] = float(derivative) if derivative.is_real else np.nan
        return values

    def _checked(self, x: Any) -> Floats:
        if isinstance(x, np.ndarray) and x.dtype != np.float64:
            raise TypeError(f"points have dtype {x.dtype}: expected float64")
        x = np.asarray(x, dtype=np.float64)
        if x.size == 0:
            raise ValueError("the array of points is empty: give at least one")
        if not self.scalar and (x.ndim == 0 or x.shape[-1] != self.dimension):
            raise ValueError(f"points have shape {x.shape}: expected (..., {self.dimension})")
        if not np.all(np.isfinite(x)):
            raise ValueError("a point holds NaN or infinity: expected finite coordinates")
        self._batched_shape(x)
        return x

    def _batched_shape(self, x: Floats) -> tuple[int, ...]:
        batch = x.shape if self.scalar else x.shape[:-1]
        try:
            shape = np.broadcast_shapes(batch, self.steps.shape)
        except ValueError:
            raise ValueError(f"points of batch shape {batch} do not broadcast against step sizes of shape {self.steps.shape}") from None
        return shape if self.scalar else (*shape, self.dimension)


def is_floating(x: Any) -> bool:
    """Tell whether a point is meant in float64: an array, a float, or a sequence that holds one."""
    if isinstance(x, Sequence) and not isinstance(x, str):
        return any(is_floating(entry) for entry in x)
    return isinstance(x, np.ndarray | np.generic | float)


def _count(steps: Any) -> int:
    if not isinstance(steps, int | np.integer) or steps < 0:
        raise ValueError(f"the number of steps is {steps!r}: expected an integer >= 0")
    return int(steps)


def _tidy(value: sp.Expr) -> sp.Expr:
    """Keep exact numbers from growing: expanded, with nested square roots undone where they can be."""
    return value if value.is_Rational else sp.sqrtdenest(sp.expand(value))
