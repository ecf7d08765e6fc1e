"""In a connected corridor the gradient has one length. (Beyond the paper: theorem 2.11 as an eikonal equation).

H g is half the gradient of |g|^2, as H is symmetric. So where H g = 0, |g| does not change along any curve x(t) that stays there, whatever
its velocity, and a connected corridor either has no critical point or is flat: the loss is a constant times a distance, or a constant.
"""

from functools import cache

from sympy import Eq, Expr, Lambda
from sympy.functions.elementary.complexes import transpose

from theory.corridors.corridor import (
    GRADIENT,
    LIVES,
    SMOOTH,
    TIMES,
    VANISHES,
    everywhere,
    from_rest,
    later,
)
from theory.corridors.exactness import SYMMETRIC
from theory.corridors.linear_loss import LOSS, SLOPE
from theory.corridors.symbols import H, L, T, U, d, g, heading, since, t, x
from theory.evidence import at, extends, mutant
from theory.proof import (
    And,
    Implies,
    Statement,
    Theorem,
    Velocity,
    assume,
    cite,
    combine_words,
    conclude,
    conjunction,
    cut,
    discharge,
    equal_words,
    rewrite,
    specialize,
    squared_norm,
    transposed,
)
from theory.proof.ranges import throughout

HERE, START = g(x(t)), g(x(0))
MOVES = everywhere(Velocity(later(x(t)), heading(t)))  # any curve in the region
ROW = transpose(heading(t)) * H(x(t)) * HERE  # <w, H g>
HALF = everywhere(Velocity(later(transpose(HERE) * HERE), ROW + transpose(ROW)))
STEADY = everywhere(Eq(transpose(HERE) * HERE, transpose(START) * START))
CRITICAL = Implies(Eq(START, 0), everywhere(And(Eq(HERE, 0), Eq(L(x(t)), L(x(0))))))
half_gradient = Statement((MOVES, SMOOTH, SYMMETRIC), HALF)
eikonal = Statement((LIVES, MOVES, SMOOTH, SYMMETRIC, VANISHES, SLOPE), And(STEADY, CRITICAL))
# L = 2 theta + 1 and theta^2, along theta = t^2 + 3
ALONG_RAMP = {since: -1, T: 3, x: Lambda(t, t**2 + 3), heading: Lambda(t, 2 * t), g: Lambda(U, 2), H: Lambda(U, 0), L: Lambda(U, 2 * U + 1)}
ALONG_BOWL = {**ALONG_RAMP, g: Lambda(U, 2 * U), H: Lambda(U, 2), L: Lambda(U, U**2)}
FROM_REST = {**ALONG_BOWL, x: Lambda(t, t**2)}


def along(of: Lambda, by: Expr, smooth: object) -> Theorem:
    """The chain rule for a function along the curve, at the time t."""
    curve, slope = specialize(assume(MOVES), t), specialize(assume(smooth), t)
    rests = cite("straight-line", 0, 0, d)
    return cut(cite("chain-rule", of, later(x(t)), rests.then.args[0], by, 0, heading(t), 0), rests, curve, slope)


@cache
def square_moves() -> Theorem:
    """d/dt <g, g> = <H w, g> + <g, H w> for the velocity w, and both are the number <w, H g>."""
    bends = along(GRADIENT, H(x(t)), SMOOTH)
    turned = cut(cite("velocity-of-transpose", *bends.then.args), bends)
    return cut(cite("velocity-of-product", *turned.then.args, *bends.then.args), turned, bends)


@extends(
    "dherin-rosca:theorem-2-11",
    half_gradient,
    witness=at(ALONG_BOWL),
    mutants=[
        mutant(half_gradient.with_then(everywhere(Velocity(later(transpose(HERE) * HERE), ROW))), ALONG_BOWL, "without the factor 2"),
        mutant(half_gradient.drop(MOVES), {**ALONG_BOWL, heading: Lambda(t, 1)}, "with another velocity"),
    ],
)
def the_product_is_half_the_gradient_of_the_square() -> Theorem:
    """In the direction w, |g|^2 changes at the rate 2 <w, H g>."""
    square, even = square_moves(), specialize(assume(SYMMETRIC), t)
    same = combine_words(
        square.then.args[1], ROW + transpose(ROW), (transpose(heading(t)), even, HERE), (-transpose(HERE), even, heading(t))
    )
    return throughout(rewrite(square, same), t, TIMES)


@extends(
    "dherin-rosca:theorem-2-11",
    eikonal,
    witness=at(ALONG_RAMP),
    mutants=[
        mutant(eikonal.drop(VANISHES), FROM_REST, "outside corridors"),
        mutant(eikonal.with_then(everywhere(Eq(L(x(t)), L(x(0))))), ALONG_RAMP, "flat in any case"),
        mutant(eikonal.drop(SMOOTH), {**FROM_REST, H: Lambda(U, 0)}, "with another Hessian"),
    ],
)
def a_corridor_has_one_slope() -> Theorem:
    """|g|^2 never moves; if it is 0 at one point, then g is 0 along the whole curve, and the loss does not move."""
    square, none = square_moves(), specialize(assume(VANISHES), t)
    even = specialize(assume(SYMMETRIC), t)
    rate = square.then.args[1]
    zero = combine_words(
        rate,
        0,
        (transpose(heading(t)), even, HERE),
        (transpose(heading(t)), none, 1),
        (1, transposed(none), heading(t)),
        (-transpose(HERE), even, heading(t)),
    )
    steady = from_rest(Lambda(t, transpose(HERE) * HERE), throughout(rewrite(square, zero), t, TIMES))
    at_rest = Eq(START, 0)
    tiny = equal_words(squared_norm(HERE), 0, specialize(steady, t), assume(at_rest))
    critical = cut(cite("norm-definite", HERE), tiny)
    falls = along(LOSS, transpose(HERE), SLOPE)
    level = rewrite(falls, equal_words(falls.then.args[1], 0, critical))
    flat = specialize(from_rest(Lambda(t, L(x(t))), throughout(level, t, TIMES)), t)
    both = throughout(conjunction(critical, flat), t, TIMES)
    return conclude(conjunction(steady, discharge(both, at_rest)), eikonal)
