r"""The relatives of gradient descent as maps: momentum, sign and normalised steps, Runge-Kutta, Polyak's step.

Each function takes a SymPy loss f and gives a `SymbolicMap`. Its numbers (step size, momentum) are parameters of that map,
under the names that the functions state: an array of them makes a family.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import sympy as sp

from dynamics.maps._expressions import nested, over_reals, real_symbols
from dynamics.maps.gradient_map import new_symbol
from dynamics.maps.symbolic_map import SymbolicMap

Variables: TypeAlias = sp.Symbol | Sequence[sp.Symbol]


@dataclass(frozen=True, slots=True)
class _Loss:
    """A loss over real symbols and its gradient in Horner form."""

    value: sp.Expr
    names: tuple[sp.Symbol, ...]
    gradient: tuple[sp.Expr, ...]
    scalar: bool

    @classmethod
    def read(cls, loss: Any, variables: Variables) -> _Loss:
        real = real_symbols(variables)
        value, names = over_reals(loss, real, "the loss"), tuple(real.values())
        return cls(value, names, nested([sp.diff(value, v) for v in names], names), isinstance(variables, sp.Symbol))

    def at(self, point: Sequence[sp.Expr]) -> tuple[sp.Expr, ...]:
        """Return the gradient as a formula at another point."""
        return tuple(g.xreplace(dict(zip(self.names, point, strict=True))) for g in self.gradient)

    def symbol(self, name: str) -> sp.Symbol:
        return new_symbol(name, self.names)

    def map(self, update: Sequence[sp.Expr], parameters: dict[sp.Symbol, Any], more: Sequence[sp.Symbol] = ()) -> SymbolicMap:
        if self.scalar and not more:
            return SymbolicMap(update[0], self.names[0], parameters)
        return SymbolicMap(update, (*self.names, *more), parameters)

    def unless_stationary(self, move: Sequence[sp.Expr]) -> tuple[sp.Expr, ...]:
        """Return ``x - move``, and x where the gradient is 0: there the move reads 0 / 0."""
        if self.scalar:
            return (sp.Piecewise((self.names[0], sp.Eq(self.gradient[0], 0)), (self.names[0] - move[0], True)),)
        stationary = sp.And(*(sp.Eq(g, 0) for g in self.gradient))
        return tuple(sp.Piecewise((x, stationary), (x - m, True)) for x, m in zip(self.names, move, strict=True))


def heavy_ball(loss: sp.Expr, variables: Variables, step_size: Any, momentum: Any) -> SymbolicMap:
    r"""Return :math:`v' = \beta v + \nabla f(x),\ x' = x - \delta v'` (Polyak 1964, in the form of ``torch.optim.SGD``).

    Args:
        loss: SymPy expression.
        variables: One symbol, or n of them.
        step_size: The parameter ``delta``: a number, or a float64 array.
        momentum: The parameter ``beta``, likewise; stable on a quadratic of curvature h for h delta < 2 (1 + beta).

    Returns:
        A map of 2n variables: the point, then its velocity ``v_x`` for each variable x; start at rest with velocity 0.

    Raises:
        ValueError, TypeError: As `SymbolicMap`.

    Example:
        >>> x = sp.Symbol("x")
        >>> heavy_ball(x**2 / 2, x, sp.Rational(1, 2), sp.Rational(1, 4)).orbit((1, 0), 2)
        [(1, 0), (1/2, 1), (1/8, 3/4)]
    """
    f, delta, beta, v = _momentum(loss, variables)
    velocity = [beta * w + g for w, g in zip(v, f.gradient, strict=True)]
    moved = [x - delta * w for x, w in zip(f.names, velocity, strict=True)]
    return f.map([*moved, *velocity], {delta: step_size, beta: momentum}, v)


def nesterov(loss: sp.Expr, variables: Variables, step_size: Any, momentum: Any) -> SymbolicMap:
    r"""Return :math:`v' = \beta v + \nabla f(x - \delta \beta v),\ x' = x - \delta v'` (Nesterov 1983, with a constant momentum).

    Args, returns and raises: as `heavy_ball`.

    Example:
        >>> x = sp.Symbol("x")
        >>> nesterov(x**2 / 2, x, sp.Rational(1, 2), sp.Rational(1, 4)).orbit((1, 0), 2)
        [(1, 0), (1/2, 1), (3/16, 5/8)]
    """
    f, delta, beta, v = _momentum(loss, variables)
    ahead = f.at([x - delta * beta * w for x, w in zip(f.names, v, strict=True)])
    velocity = [beta * w + g for w, g in zip(v, ahead, strict=True)]
    moved = [x - delta * w for x, w in zip(f.names, velocity, strict=True)]
    return f.map([*moved, *velocity], {delta: step_size, beta: momentum}, v)


def _momentum(loss: Any, variables: Variables) -> tuple[_Loss, sp.Symbol, sp.Symbol, tuple[sp.Symbol, ...]]:
    f = _Loss.read(loss, variables)
    velocities = tuple(f.symbol(f"v_{x}") for x in f.names)
    return f, f.symbol("delta"), f.symbol("beta"), velocities


def sign_descent(loss: sp.Expr, variables: Variables, step_size: Any) -> SymbolicMap:
    r"""Return :math:`x_i' = x_i - \delta \operatorname{sign}(\partial_i f(x))`.

    Args:
        loss: SymPy expression.
        variables: One symbol, or n of them.
        step_size: The parameter ``delta``: a number, or a float64 array.

    Raises:
        ValueError, TypeError: As `SymbolicMap`.

    Example:
        >>> x = sp.Symbol("x")
        >>> sign_descent(x**2, x, sp.Rational(1, 4)).orbit(sp.Rational(1, 3), 3)
        [1/3, 1/12, -1/6, 1/12]
    """
    f = _Loss.read(loss, variables)
    delta = f.symbol("delta")
    return f.map([x - delta * sp.sign(g) for x, g in zip(f.names, f.gradient, strict=True)], {delta: step_size})


def normalised_descent(loss: sp.Expr, variables: Variables, step_size: Any) -> SymbolicMap:
    r"""Return :math:`x' = x - \delta \nabla f(x) / \|\nabla f(x)\|`, and x itself where the gradient is 0.

    Args and raises: as `sign_descent`, which it equals for one variable.

    Example:
        >>> x, y = sp.symbols("x y")
        >>> normalised_descent(3 * x + 4 * y, (x, y), 1).step((0, 0))
        (-3/5, -4/5)
    """
    f = _Loss.read(loss, variables)
    delta = f.symbol("delta")
    norm = sp.sqrt(sum((g**2 for g in f.gradient), sp.Integer(0)))
    return f.map(f.unless_stationary([delta * g / norm for g in f.gradient]), {delta: step_size})


def runge_kutta_flow(loss: sp.Expr, variables: Variables, step_size: Any) -> SymbolicMap:
    r"""Return one step of the classical Runge-Kutta method (order 4) for the gradient flow :math:`\dot x = -\nabla f(x)`.

    Args and raises: as `sign_descent`.

    Example:
        >>> x = sp.Symbol("x")
        >>> runge_kutta_flow(x**2 / 2, x, 1).step(1)
        3/8
    """
    f = _Loss.read(loss, variables)
    delta = f.symbol("delta")

    def slope(scale: sp.Expr, k: Sequence[sp.Expr]) -> tuple[sp.Expr, ...]:
        return tuple(-g for g in f.at([x + scale * s for x, s in zip(f.names, k, strict=True)]))

    k1 = tuple(-g for g in f.gradient)
    k2 = slope(delta / 2, k1)
    k3 = slope(delta / 2, k2)
    k4 = slope(delta, k3)
    moved = [x + delta / 6 * (a + 2 * b + 2 * c + d) for x, a, b, c, d in zip(f.names, k1, k2, k3, k4, strict=True)]
    return f.map(moved, {delta: step_size})


def polyak_descent(loss: sp.Expr, variables: Variables, minimum: Any = 0, factor: Any = 1) -> SymbolicMap:
    r"""Return :math:`x' = x - c\,(f(x) - f_*) / \|\nabla f(x)\|^2\ \nabla f(x)`, and x itself where the gradient is 0.

    Polyak's step (1969); with :math:`f_* = 0` and c = 1 it is the corridor learning rate of Dherin & Rosca (2024).

    Args:
        loss: SymPy expression.
        variables: One symbol, or n of them.
        minimum: The parameter ``f_star``, the least value of the loss: a number, or a float64 array.
        factor: The parameter ``c``: a number, or a float64 array.

    Raises:
        ValueError, TypeError: As `SymbolicMap`.

    Example:
        >>> x, y = sp.symbols("x y")
        >>> polyak_descent((x**2 + y**2) / 2, (x, y)).step((3, 4))
        (3/2, 2)
    """
    f = _Loss.read(loss, variables)
    least, c = f.symbol("f_star"), f.symbol("c")
    square = sum((g**2 for g in f.gradient), sp.Integer(0))
    move = [c * (f.value - least) / square * g for g in f.gradient]
    return f.map(f.unless_stationary(move), {least: minimum, c: factor})
