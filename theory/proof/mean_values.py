"""Textbook facts of one variable, and entry by entry of a column: the mean value theorem and Taylor's, with bounded derivatives."""

from __future__ import annotations

from typing import Any

from sympy import Derivative, Eq, Gt, sympify

from theory.proof.entrywise import Entrywise, Gate, _is_real_function
from theory.proof.facts import Instance, fact
from theory.proof.language import keep_state
from theory.proof.logic import And, ForAll, apply
from theory.proof.systems import HasDerivative
from theory.proof.theorem import KernelError
from theory.proof.words import squared_norm


@fact(
    "the mean value theorem: a function whose slope is at most L in size moves no entry more than L times as far",
    "Rudin, Principles of Mathematical Analysis, theorem 5.10, entry by entry",
)
def entrywise_lipschitz(function: Any, slope: Any, bound: Any, before: Any, after: Any, image: Any, moved: Any) -> Instance:
    """|Z - Y|^2 <= L^2 |X' - X|^2 for Y = g(X), Z = g(X') entry by entry, where |g'| <= L everywhere."""
    bound = sympify(bound)
    smooth = (HasDerivative(function, slope), _bounded(slope, bound, (function,), before, after, image, moved))
    given = (*smooth, Entrywise(function, before, image), Entrywise(function, after, moved))
    return given, squared_norm(moved - image) <= bound**2 * squared_norm(after - before)


@fact(
    "Taylor's theorem: a function with |g''| <= 2 K departs from its tangent by at most K times the square of the move, in every entry",
    "Rudin, Principles of Mathematical Analysis, theorem 5.15, entry by entry; fourth powers sum to at most the square of that of squares",
)
def entrywise_taylor(
    function: Any, slope: Any, curvature: Any, bound: Any, before: Any, after: Any, image: Any, moved: Any, gate: Any
) -> Instance:
    """|Z - Y - M (X' - X)|^2 <= K^2 (|X' - X|^2)^2 for Y = g(X), Z = g(X') entry by entry, and M = diag g'(X), where |g''| <= 2 K."""
    bound = sympify(bound)
    smooth = (HasDerivative(function, slope), HasDerivative(slope, curvature))
    bounded = _bounded(curvature, 2 * bound, (function, slope), before, after, image, moved, gate)
    applied = (Entrywise(function, before, image), Entrywise(function, after, moved), Gate(slope, before, gate))
    rest = moved - image - gate * (after - before)
    return (*smooth, bounded, *applied), squared_norm(rest) <= bound**2 * squared_norm(after - before) ** 2


@fact(
    "the mean value theorem: a function whose derivative is positive between two points is smaller at the first",
    "Rudin, Principles of Mathematical Analysis, theorem 5.10",
)
def strictly_increases(function: Any, slope: Any, low: Any, high: Any) -> Instance:
    """f(low) < f(high) for low < high, where f has the derivative h from low to high, and h > 0 between them."""
    low, high = sympify(low), sympify(high)
    if not (_is_real_function(function) and _is_real_function(slope)):
        raise KernelError(f"{function} or its slope {slope} is no function of a real variable")
    (r,) = slope.variables
    keep_state(r, function, low, high)
    rate = Eq(Derivative(apply(function, r), (r, 1)), slope.expr, evaluate=False)
    smooth, between = ForAll(r, And(r >= low, r <= high), rate), ForAll(r, And(r > low, r < high), slope.expr > 0)
    return (Gt(high, low), smooth, between), Gt(apply(function, high), apply(function, low))


def _bounded(derived: Any, bound: Any, functions: tuple[Any, ...], *terms: Any) -> ForAll:
    """-B <= f(r) <= B for every real r, where f is derived from other functions of real variables."""
    for function in (derived, *functions):
        if not _is_real_function(function):
            raise KernelError(f"{function} is no function of a real variable")
    (r,) = derived.variables
    keep_state(r, bound, *functions, *terms)
    return ForAll(r, True, And(-bound <= derived.expr, derived.expr <= bound))
