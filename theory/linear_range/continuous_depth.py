"""The nonlinear measurement of a network of continuous depth: the mean over the layers becomes a mean over time. (appendix A)."""

from typing import Any

from sympy import Abs, Expr, I, Integral, Matrix, MatrixBase, Symbol, sqrt, sympify

from theory.evidence import implements
from theory.values import exact_number


@implements("ni-talnikar:text-ode-integral")
def continuous_measurement(error: Any, tangent: Any, t: Symbol, horizon: Any) -> Expr:
    """Epsilon = (1/T) times the integral from 0 to T of |u_new - u_old - v psi| / |v psi| dt, as a SymPy integral.

    At t = 0 the integrand is 0/0, since nothing has moved yet; the integral is over the open interval, and needs v psi != 0 inside it.

    Args:
        error: u_new - u_old - v psi along the flow, an expression in t, or a column of such.
        tangent: v psi, the same.
        t: a real symbol, the time.
        horizon: T > 0, an exact number.

    Returns:
        The integral, not evaluated; `.evalf()` gives its value.

    Raises:
        TypeError: t is no real symbol, or the horizon no exact number.
        ValueError: the horizon is not positive, the tangent is 0 throughout, a component is not real, or the two are no columns of one
            length.

    Source:
        Ni & Talnikar, appendix A, after equation 18.

    Example:
        >>> t = Symbol("t", real=True)  # du/dt = s with s = 1, psi = 1, and an error of t^2/2
        >>> continuous_measurement(t**2 / 2, t, t, 2).doit()
        1/2
    """
    if not isinstance(t, Symbol) or t.is_real is not True:
        raise TypeError(f"t is {t!r}: expected a real symbol, Symbol('t', real=True)")
    end = exact_number(horizon, "horizon")
    if end.is_positive is not True:
        raise ValueError(f"horizon is {end}: expected a time > 0")
    missed, moved = _column(error), _column(tangent)
    for name, column in (("error", missed), ("tangent", moved)):
        if column.cols != 1:
            raise ValueError(f"the {name} has the shape {column.shape}: expected one column")
        if any(component.has(I) for component in column):
            raise ValueError(f"the {name} is {column.tolist()}: expected real components")
    if missed.rows != moved.rows or moved.is_zero_matrix is True:
        raise ValueError(
            f"found an error of {missed.rows} and a tangent of {moved.rows} components: expected equally many, and a tangent that is not 0"
        )
    return Integral(_size(missed) / _size(moved), (t, 0, end)) / end


def _column(value: Any) -> Matrix:
    return Matrix(value) if isinstance(value, MatrixBase) else Matrix([sympify(value)])


def _size(column: Matrix) -> Expr:
    return Abs(column[0]) if column.rows == 1 else sqrt(sum(x**2 for x in column))


__all__ = ["continuous_measurement"]
