"""The steps of the paper as functions: momentum, Runge-Kutta, corridor and Polyak steps. (equations 3 to 6, 14 to 18, section 4.1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from numbers import Integral
from typing import Any

from sympy import Expr, Integer, S, Symbol, cancel, diff, sympify

from theory.evidence import implements
from theory.values import exact_number, shown


def momentum_displacement(beta: Any, step_size: Any, steps: int, initial_velocity: Any = 0) -> Expr:
    """M = alpha beta c - h (n - beta c)/(1 - beta) with c = (1 - beta^n)/(1 - beta): after n steps theta_n - theta_0 = m g(theta_0).

    This holds in a corridor that contains the segments between the iterates; g is the gradient there, and m < 0 is downhill.

    Args:
        beta: the decay, an exact number in [0, 1).
        step_size: h, an exact positive number.
        steps: n, an integer that is not negative.
        initial_velocity: alpha, an exact number; the velocity at the start is alpha g.

    Returns:
        The exact number m.

    Raises:
        TypeError: for floats, and for a number of steps that is no integer.
        ValueError: for a decay outside [0, 1), a step size that is not positive, or fewer than 0 steps.

    Source:
        Dherin & Rosca, lemma A.1 and remark A.2, summed over the steps.

    Example:
        >>> from fractions import Fraction
        >>> momentum_displacement(0, Fraction(1, 2), 3)
        -3/2
        >>> momentum_displacement(Fraction(1, 2), 1, 2)
        -5/2
        >>> momentum_displacement(Fraction(1, 2), 1, 1, initial_velocity=-1)
        -3/2
    """
    decay, rate = exact_number(beta, "beta"), exact_number(step_size, "step_size")
    alpha, count = exact_number(initial_velocity, "initial_velocity"), _count(steps)
    _demand_decay(decay)
    if rate.is_positive is not True:
        raise ValueError(f"step_size is {rate}: expected a positive number")
    coefficient = (1 - decay**count) / (1 - decay)
    return sympify(alpha * decay * coefficient - rate * (count - decay * coefficient) / (1 - decay))


@implements("dherin-rosca:equation-4-6")
def momentum_iterates(
    gradient: Callable[[Any], Any], start: Any, beta: Any, step_size: Any, steps: int, initial_velocity: Any = None
) -> list[tuple[Any, Any]]:
    """v_t = beta v_(t-1) - h g(theta_(t-1)), theta_t = theta_(t-1) + v_t, with v_0 = 0 unless another is given.

    Args:
        gradient: g, a function of a point; points are numbers, arrays, tensors or SymPy columns.
        start: theta_0.
        beta: the decay, in [0, 1).
        step_size: h.
        steps: how many, an integer that is not negative.
        initial_velocity: v_0, of the shape of a point.

    Returns:
        The pairs (theta_t, v_t) for t = 0, ..., steps; they have the type of the start.

    Raises:
        TypeError: for a number of steps that is no integer.
        ValueError: for a decay outside [0, 1), or fewer than 0 steps.

    Source:
        Dherin & Rosca, equations 4 to 6.

    Example:
        >>> from sympy import Rational
        >>> momentum_iterates(lambda x: x, 8, Rational(1, 2), 1, 2)
        [(8, 0), (0, -8), (-4, -4)]
    """
    _demand_decay(beta)
    point, velocity = start, 0 * start if initial_velocity is None else initial_velocity
    found = [(point, velocity)]
    for _ in range(_count(steps)):
        velocity = beta * velocity - step_size * gradient(point)
        point = point + velocity
        found.append((point, velocity))
    return found


def rk4_step(gradient: Callable[[Any], Any], point: Any, step_size: Any) -> Any:
    """Theta + (h/6)(k1 + 2 k2 + 2 k3 + k4), the classical Runge-Kutta step of the gradient flow theta' = -g(theta).

    In a corridor that contains the segment from theta to theta - h g(theta) it is theta - h g(theta).

    Args:
        gradient: g, a function of a point; points are numbers, arrays, tensors or SymPy columns.
        point: theta.
        step_size: h; an exact number keeps exact points exact.

    Returns:
        The next point, of the type of the point.

    Source:
        Dherin & Rosca, equations 14 to 18.

    Example:
        >>> rk4_step(lambda x: x, Integer(24), 1)
        9
    """
    half = step_size / Integer(2) if isinstance(step_size, Integral) else step_size / 2
    first = -gradient(point)
    second = -gradient(point + half * first)
    third = -gradient(point + half * second)
    fourth = -gradient(point + step_size * third)
    return point + half / 3 * (first + 2 * second + 2 * third + fourth)


@implements("dherin-rosca:text-polyak-def")
def corridor_step(loss: Expr, variables: Iterable[Symbol], minimum: Any = 0) -> tuple[Expr, ...]:
    """Theta - (L - L*)/|g|^2 g, as expressions in the variables: the corridor step for L* = 0, the Polyak step otherwise.

    In a corridor that reaches as far as the step, its end has the loss L*.

    Args:
        loss: L, an expression in the variables.
        variables: the parameters, real symbols, all different.
        minimum: L*, an exact number.

    Returns:
        The next value of each variable; where the gradient is 0 there is none, and the expressions divide by 0.

    Raises:
        TypeError: for a loss that is no expression, variables that are no real symbols, or an inexact minimum.
        ValueError: for no variables, repeated ones, other symbols in the loss, or a loss that is constant.

    Source:
        Dherin & Rosca, equation 3 and section 4.1.

    Example:
        >>> from sympy import sqrt, symbols
        >>> x, y = symbols("x y", real=True)
        >>> corridor_step(sqrt(x**2 + y**2), (x, y))
        (0, 0)
        >>> corridor_step(x**2, (x,))
        (x/2,)
    """
    names, least = tuple(variables), exact_number(minimum, "minimum")
    if not isinstance(loss, Expr):
        raise TypeError(f"loss is {shown(loss)}: expected a SymPy expression")
    for name in names:
        if not isinstance(name, Symbol) or name.is_real is not True:
            raise TypeError(f"variables hold {shown(name)}: expected real symbols, Symbol('x', real=True)")
    if not names or len(set(names)) < len(names):
        raise ValueError(f"variables are {names}: expected one or more, all different")
    if loss.free_symbols - set(names):
        raise ValueError(f"loss is {loss}: it has other symbols than {names}")
    gradient = [diff(loss, name) for name in names]
    steepness = sum((slope**2 for slope in gradient), S.Zero)
    if cancel(steepness) == 0:
        raise ValueError(f"loss is {loss}: its gradient is 0 everywhere, so no step leads on")
    return tuple(cancel(name - (loss - least) / steepness * slope) for name, slope in zip(names, gradient, strict=True))


def _count(steps: Any) -> Integer:
    if isinstance(steps, bool) or not isinstance(steps, Integral):
        raise TypeError(f"steps is {shown(steps)}: expected an integer")
    if steps < 0:
        raise ValueError(f"steps is {steps}: expected at least 0")
    return Integer(int(steps))


def _demand_decay(beta: Any) -> None:
    if not 0 <= beta < 1:
        raise ValueError(f"beta is {shown(beta)}: expected a number in [0, 1)")


__all__ = ["corridor_step", "momentum_displacement", "momentum_iterates", "rk4_step"]
