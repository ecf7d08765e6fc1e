r"""Any discrete map :math:`x \mapsto F(x; p)` that SymPy expressions give: exact and float64 steps, Jacobians, orbits.

Exact input (integers, fractions, SymPy numbers) gives exact output; float64 arrays give float64 arrays, over any batch of
starts and of parameter values. A map with an array of values is a family: one map for each value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from dynamics.maps._expressions import compiled, exact_number, on_switch, over_reals, parameter_values, partial_derivatives, real_symbols

Floats = NDArray[np.float64]


class SymbolicMap:
    r"""The map :math:`x_i \mapsto F_i(x; p)` of n real variables.

    A single ``Symbol`` as ``variables`` gives a scalar map: points are numbers, or float64 arrays of any (batch) shape. A
    sequence of n symbols gives a map of vectors: points are sequences of n exact numbers, or float64 arrays of shape
    ``(*batch, n)``. Arrays of parameter values are broadcast against ``batch``.

    A float in the update or in a value means exactly the double that it is; write ``Rational(3, 10)`` for three tenths.
    Float64 steps evaluate the update as it is written.

    Args:
        update: One SymPy expression for a scalar map, otherwise a sequence of n.
        variables: One symbol, or a non-empty sequence of them: plain or ``real=True``.
        parameters: The value of every other symbol: a number, or a non-empty float64 array.

    Raises:
        ValueError: For unknown, empty or repeated symbols, a wrong number of expressions, or values that are not finite.
        TypeError: For an update that is no SymPy expression, or an array of another dtype.

    Example:
        >>> x, r = sp.symbols("x r")
        >>> SymbolicMap(r * x * (1 - x), x, {r: 4}).orbit(sp.Rational(1, 3), 2)
        [1/3, 8/9, 32/81]
    """

    remedy = "with_values({symbol: number})"

    def __init__(self, update: Any, variables: sp.Symbol | Sequence[sp.Symbol], parameters: Mapping[sp.Symbol, Any] | None = None) -> None:
        self.scalar = isinstance(variables, sp.Symbol)
        values = dict(parameters or {})
        real = real_symbols([*([variables] if self.scalar else variables), *values])
        expressions = [update] if self.scalar else list(update)
        self.dimension = len(real) - len(values)
        if self.dimension == 0:
            raise ValueError("there are no variables: give at least one symbol")
        if len(expressions) != self.dimension:
            raise ValueError(f"{len(expressions)} expressions for {self.dimension} variables: expected one each")
        self.variables = tuple(real.values())[: self.dimension]
        self.update = tuple(over_reals(e, real, "the update") for e in expressions)
        self._functions: dict[str, Callable[..., list[Any]]] = {}
        self._derivative: sp.Matrix | None = None
        self._set({real[symbol]: value for symbol, value in values.items()})

    def _set(self, values: Mapping[sp.Symbol, Any]) -> None:
        """Store the values of all parameters."""
        read = {symbol: self._read(symbol, value) for symbol, value in values.items()}
        self.exact = {symbol: exact for symbol, (exact, _) in read.items()}
        self.values: dict[sp.Symbol, Floats] = {symbol: floats for symbol, (_, floats) in read.items()}
        shape = self._batched_shape(np.zeros(()) if self.scalar else np.zeros(self.dimension))
        self._values_shape = shape if self.scalar else shape[:-1]

    def _read(self, symbol: sp.Symbol, value: Any) -> tuple[sp.Expr | None, Floats]:
        return parameter_values(value, f"parameter {symbol}")

    def with_values(self, parameters: Mapping[sp.Symbol, Any]) -> Self:
        """Return the same map with other values of some parameters (numbers or float64 arrays)."""
        real = {sp.Symbol(symbol.name, real=True): value for symbol, value in parameters.items()}
        if unknown := sorted(str(s) for s in real.keys() - self.values.keys()):
            raise ValueError(f"the map has no parameters {', '.join(unknown)}: it has {', '.join(map(str, self.values)) or 'none'}")
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        kept = {s: self.values[s] if exact is None else exact for s, exact in self.exact.items()}
        other._set(kept | real)
        return other

    def flattened(self, batch: tuple[int, ...]) -> Self:
        """Return the map over a batch of rows: its arrays broadcast to ``batch``, then flat."""
        arrays = {s: np.broadcast_to(v, batch).reshape(-1) for s, v in self.values.items() if v.ndim}
        return self.with_values(arrays) if arrays else self

    def select(self, rows: Any) -> Self:
        """Return the map for some rows of a flat batch; a single value serves every row."""
        arrays = {s: v[rows] for s, v in self.values.items() if v.ndim}
        return self.with_values(arrays) if arrays else self

    def single(self, row: int) -> Self:
        """Return the map of one row of a flat batch, with exact values."""
        return self.with_values({s: float(v[row]) for s, v in self.values.items() if v.ndim})

    def step(self, x: Any) -> Any:
        r"""Return :math:`F(x)`: exact for exact ``x``, float64 for float64.

        Args:
            x: A point, or a float64 array of points (see the class).

        Returns:
            The next point, of the same shape (for arrays: broadcast against the parameter values). Overflow gives inf or
            NaN, as float64 does.

        Raises:
            TypeError: For integer or float32 arrays, and for exact input to a map with an array of values.
            ValueError: For an empty array, a wrong last axis, or NaN or infinity in ``x``; for exact input also where the
                map is not real.
        """
        if is_floating(x):
            return self._step_float(self._checked(x))
        moved = self._step_exact(self.exact_point(x))
        return moved[0] if self.scalar else moved

    def advance(self, x: Floats, steps: int) -> Floats:
        """Return the float64 points after ``steps`` steps, keeping none in between."""
        x = self._checked(x)
        for _ in range(count(steps)):
            x = self._step_float(x)
        return x

    def orbit(self, x0: Any, steps: int) -> Any:
        """Return ``x0`` and its next ``steps`` points.

        Args:
            x0: A point, exact or float64, or a float64 array of points.
            steps: How many steps, 0 or more.

        Returns:
            A list of ``steps + 1`` exact points, or a float64 array of shape ``(steps + 1, *x.shape)``. When every float64
            orbit of the batch repeats itself bit for bit the rest is filled in: the same numbers, without iterating
            denormals.

        Raises:
            TypeError, ValueError: As `step`.
        """
        if not is_floating(x0):
            points = [self.exact_point(x0)[0] if self.scalar else self.exact_point(x0)]
            for _ in range(count(steps)):
                points.append(self.step(points[-1]))
            return points
        x = self.checked_float(x0)
        states = np.empty((count(steps) + 1, *x.shape))
        states[0] = x
        for k in range(1, steps + 1):
            states[k] = x = self._step_float(x)
            if k >= 2 and np.array_equal(x, states[k - 2], equal_nan=True):  # an equilibrium repeats after 2 steps too
                for later in range(k + 1, steps + 1):
                    states[later] = states[later - 2]
                break
        return states

    def jacobian(self, x: Any) -> Any:
        r"""Return :math:`DF(x)`.

        Args:
            x: A point, exact or float64, or a float64 array of points.

        Returns:
            A SymPy matrix (a number for a scalar map), or a float64 array of shape ``(*batch, n, n)`` (``batch`` for a
            scalar map). Where a float64 point lies on a kink it is what the formula says: NaN or infinite where that
            holds a ``DiracDelta``, the slope of one side or a mean of both elsewhere.

        Raises:
            ValueError: For an exact point on a kink; otherwise as `step`.
        """
        if is_floating(x):
            full = self._jacobian_float(self._checked(x))
            return full[..., 0, 0] if self.scalar else full
        point = self.exact_point(x)
        at = self.substitution(point)
        values = self.derivative.xreplace(at).doit()
        if on_switch((*self.update, *self.derivative), at):
            fixed = {symbol: at[symbol] for symbol in self.exact}
            values = sp.Matrix([partial_derivatives(u.xreplace(fixed), self.variables, point) for u in self.update])
        if values.has(sp.DiracDelta, sp.nan, sp.zoo, sp.oo, -sp.oo):
            raise ValueError(f"the map is not differentiable at {x}: choose a point off the kink")
        full = values.applyfunc(tidy)
        return full[0, 0] if self.scalar else full

    @property
    def derivative(self) -> sp.Matrix:
        """The Jacobian as a formula in the variables and parameters; a kink shows as ``DiracDelta``."""
        if self._derivative is None:
            self._derivative = sp.Matrix([[sp.diff(u, v) for v in self.variables] for u in self.update])
        return self._derivative

    def exact_point(self, x: Any) -> tuple[sp.Expr, ...]:
        """Return ``x`` as a tuple of exact real numbers; raises ``ValueError`` or ``TypeError`` as `step` does."""
        entries = [x] if self.scalar else list(x) if isinstance(x, Sequence | sp.Tuple | sp.MatrixBase) else None
        if entries is None or len(entries) != self.dimension:
            raise ValueError(
                f"the point {x} does not have {self.dimension} coordinates: give one exact number a variable, or a float64 array"
            )
        return tuple(exact_number(entry, "a coordinate") for entry in entries)

    def checked_float(self, x0: Any) -> Floats:
        """Return starts, exact ones rounded to float64, broadcast against the parameter values; raises as `step`."""
        if not is_floating(x0):
            exact = self.exact_point(x0)
            x0 = float(exact[0]) if self.scalar else [float(c) for c in exact]
        x = self._checked(x0)
        return np.array(np.broadcast_to(x, self._batched_shape(x)))

    def _step_exact(self, point: tuple[sp.Expr, ...]) -> tuple[sp.Expr, ...]:
        at = self.substitution(point)
        moved = tuple(tidy(u.xreplace(at)) for u in self.update)
        for value in moved:
            if not (value.is_number and value.is_real and value.is_finite):
                raise ValueError(f"the map at {point} is {value}: expected a real number, so start inside its domain")
        return moved

    def substitution(self, point: tuple[sp.Expr, ...]) -> dict[sp.Symbol, sp.Expr]:
        """Return the exact values of the variables, at a point, and of the parameters; raises ``TypeError`` for an array of values."""
        values = {symbol: exact for symbol, exact in self.exact.items() if exact is not None}
        if len(values) < len(self.exact):
            raise TypeError(f"exact points need one exact value a parameter, found an array: use {self.remedy}")
        return {**dict(zip(self.variables, point, strict=True)), **values}

    def _columns(self, x: Floats) -> list[Floats]:
        return [x] if self.scalar else list(np.moveaxis(x, -1, 0))

    def _evaluate(self, name: str, expressions: Sequence[sp.Expr], x: Floats) -> list[Floats]:
        """Return the float64 values of expressions in the variables and parameters, each of the batch's shape."""
        if name not in self._functions:
            self._functions[name] = compiled((*self.variables, *self.values), expressions)
        columns = self._columns(x)
        with np.errstate(all="ignore"):
            values = [np.asarray(v, dtype=np.float64) for v in self._functions[name](*columns, *self.values.values())]
        batch = columns[0].shape
        if self._values_shape in ((), batch) and all(
            v.shape == batch for v in values
        ):  # the usual case, for which broadcasting takes longer than the step
            return values
        shape = self._batched_shape(x)
        return [np.broadcast_to(v, shape if self.scalar else shape[:-1]) for v in values]

    def _step_float(self, x: Floats) -> Floats:
        moved = self._evaluate("update", self.update, x)
        return moved[0] if self.scalar else np.stack(moved, axis=-1)

    def _jacobian_float(self, x: Floats) -> Floats:
        values = np.stack(self._evaluate("derivative", tuple(self.derivative), x), axis=-1)
        return values.reshape(*values.shape[:-1], self.dimension, self.dimension)

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
        shapes = [v.shape for v in self.values.values()]
        try:
            shape = np.broadcast_shapes(batch, *shapes)
        except ValueError:
            raise ValueError(f"points of batch shape {batch} do not broadcast against parameter values of shapes {shapes}") from None
        return shape if self.scalar else (*shape, self.dimension)


def is_floating(x: Any) -> bool:
    """Tell whether a point is meant in float64: an array, a float, or a sequence that holds one."""
    if isinstance(x, Sequence) and not isinstance(x, str):
        return any(is_floating(entry) for entry in x)
    return isinstance(x, np.ndarray | np.generic | float)


def count(steps: Any) -> int:
    """Return a number of steps, checked."""
    if isinstance(steps, bool) or not isinstance(steps, int | np.integer) or steps < 0:
        raise ValueError(f"the number of steps is {steps!r}: expected an integer >= 0")
    return int(steps)


def tidy(value: sp.Expr) -> sp.Expr:
    """Keep exact numbers from growing: expanded, rational denominators, nested square roots undone where they can be."""
    return value if value.is_Rational else sp.sqrtdenest(sp.expand(sp.radsimp(value)))
