"""The tangent solution by one more run of the network: its cost, and its error. (section 3.3, section 4.3)."""

from collections.abc import Callable, Sequence
from typing import Any

from sympy import Eq, Expr, Integer

from theory.evidence import Tight, at, implements, mutant, proves
from theory.linear_range.measurement import CUBE, SOLVED, SQUARE, error, expands
from theory.linear_range.sizes import LATER, scaled, size, triangle
from theory.linear_range.symbols import bend, delta, i, kappa, u, v
from theory.proof import ForAll, Statement, Theorem, assume, cite, equal_words, follows, specialize, squared_norm
from theory.proof.ranges import throughout


@implements("ni-talnikar:text-fd-cost")
def finite_difference_tangent(
    forward: Callable[[list[Any]], Sequence[Any]], parameters: Sequence[Any], direction: Sequence[Any], old: Sequence[Any], delta: Any
) -> list[Any]:
    """v_i ~ (u_i(s + delta sigma) - u_i(s)) / delta, by one call of `forward`.

    Args:
        forward: from the parameters to the states; it is called once.
        parameters: s_i, numbers, arrays or tensors.
        direction: sigma_i, like the parameters.
        old: the states u_i(s), which linGrad has computed in any case (line 4).
        delta: the step of the difference, not 0.

    Returns:
        One approximate tangent a state. In floating point an error of about (machine precision) |u_i|/delta comes on top of that of
        the formula; for float32 and delta = 1e-6 it is 0.1 |u_i|.

    Raises:
        ValueError: parameters and directions, or old and new states, are not equally many.

    Source:
        Ni & Talnikar, section 3.3.

    Example:
        >>> finite_difference_tangent(lambda s: [s[0], s[0] * s[1]], [1.0, 2.0], [1.0, 1.0], [1.0, 2.0], 0.5)
        [1.0, 3.5]
    """
    if len(parameters) != len(direction):
        raise ValueError(f"found {len(parameters)} parameters and {len(direction)} directions: expected one direction a parameter")
    new = forward([s + delta * d for s, d in zip(parameters, direction, strict=True)])
    if len(new) != len(old):
        raise ValueError(f"found {len(new)} new and {len(old)} old states: expected the states of one network")
    return [(after - before) / delta for after, before in zip(new, old, strict=True)]


DIFFERENCE = (u(i, delta) - u(i, 0)) / delta - v(i)
BOUND = delta * size(bend(i)) + delta**2 * kappa(i) * size(v(i))
close = Statement((*SOLVED, delta > 0, expands(delta)), ForAll(i, LATER, size(DIFFERENCE) <= BOUND), source="ni-talnikar:text-fd-tangent")
MILLIONTH = Integer(1) / 10**6


def _within(bound: Expr) -> Statement:
    return close.with_then(ForAll(i, LATER, size(DIFFERENCE) <= bound))


@proves(
    close,
    witness=at({**CUBE, delta: MILLIONTH}),
    mutants=[
        mutant(_within(delta * size(bend(i)) / 2), {**SQUARE, delta: MILLIONTH}, "half of the bound"),
        mutant(_within(delta**2 * kappa(i) * size(v(i))), {**SQUARE, delta: MILLIONTH}, "of second order"),
        mutant(_within(delta * size(bend(i))), {**CUBE, delta: MILLIONTH}, "without the remainder"),
    ],
    tight=Tight(
        True,
        "u = (1 + psi)^2: the error is delta",
        close.with_then(ForAll(i, LATER, Eq(size(DIFFERENCE), BOUND))),
        at({**SQUARE, delta: MILLIONTH}),
    ),
)
def the_difference_is_close() -> Theorem:
    """Delta times the error is delta^2 v' and the remainder, by the triangle inequality."""
    second = delta**2 * bend(i)
    rest = error(delta) - second
    square = equal_words(delta**2 * squared_norm(DIFFERENCE), squared_norm(error(delta)))
    words = (DIFFERENCE, error(delta), second, rest, bend(i), v(i))
    positive = [cite("norm-nonnegative", word) for word in words]
    known = (square, triangle(error(delta), second, rest), scaled(second, delta**2, bend(i)), *positive)
    each = follows(size(DIFFERENCE) <= BOUND, delta > 0, using=(*known, specialize(assume(expands(delta)), i)), because="divided by delta")
    return throughout(each, i, LATER)
