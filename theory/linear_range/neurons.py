"""How a logistic neuron moves: sums and products of curves inside, and the slope g' = g (1 - g) outside. (Section 4.1)."""

from functools import cache

from sympy import Lambda, exp

from theory.linear_range.symbols import r
from theory.proof import Theorem, cite, cut, derivative, generalize

LOGISTIC = Lambda(r, 1 / (1 + exp(-r)))
SLOPE = Lambda(r, LOGISTIC.expr * (1 - LOGISTIC.expr))


def product(one: Theorem, other: Theorem) -> Theorem:
    """The velocity of a product of two curves whose velocities are known."""
    return cut(cite("velocity-of-product", *one.then.args, *other.then.args), one, other)


def added(one: Theorem, other: Theorem) -> Theorem:
    """The velocity of a sum of two."""
    return cut(cite("velocity-of-addition", *one.then.args, *other.then.args), one, other)


def layer_velocity(inside: Theorem, outside: Lambda, applied: Theorem, gate: Theorem) -> Theorem:
    """The velocity of g, entry by entry, of a curve whose velocity is known.

    Args:
        inside: the velocity of the curve X.
        outside: the curve Y.
        applied: Y = g(X) for all psi, entry by entry.
        gate: the slopes of g at X(0), as a diagonal matrix.
    """
    curve, velocity = inside.then.args
    chain = cite("entrywise-chain-rule", LOGISTIC, SLOPE, curve, outside, velocity, gate.then.args[2])
    return cut(chain, logistic_slope(), applied, inside, gate)


@cache
def logistic_slope() -> Theorem:
    """The logistic function g has the derivative g (1 - g) everywhere."""
    everywhere = generalize(derivative(LOGISTIC.expr, r, value=SLOPE.expr), r)
    return cut(cite("derivative-everywhere", LOGISTIC, SLOPE), everywhere)
