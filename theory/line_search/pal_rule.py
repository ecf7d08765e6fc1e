"""What PAL's rule does in each of its cases, and the direction of its line. (section 5).

On a parabola no case raises the loss for alpha <= 2, and every step is between 0 and s_max. On other losses only one case is sure: where
the second look shows no parabola that opens upwards, PAL steps to mu, whose loss it has seen to be lower.

The formula belongs to the line along -g. Along g itself, as the text has it, the slope is |g|: the second look is uphill.
"""

from sympy import Eq, Lambda, Min, Rational

from theory.evidence import at, extends, mutant, proves, refutes
from theory.line_search.line_loss import DESCENDS, LINEAR, MOVES, descends, linear_moves
from theory.line_search.line_loss import the_slope_along_the_negative_gradient as along_the_negative
from theory.line_search.symbols import a, alpha, b, batch_loss, g, line, mu, r, s, s_max, t, theta
from theory.proof import (
    And,
    ForAll,
    Implies,
    Refutation,
    Statement,
    Theorem,
    Velocity,
    assume,
    conclude,
    conjunction,
    counterexample,
    discharge,
    equal_words,
    follows,
    part,
    rewrite,
    specialize,
    squared_norm,
    substitute,
)
from theory.proof.norms import size

# The rule: s before the cut, r after it; a is what the second look gives

MEASURED = Eq(line(mu), line(0) + b * mu + a * mu**2)
RULE = (
    Implies(And(a > 0, b < 0), Eq(2 * a * s, -alpha * b)),
    Implies(And(a <= 0, b < 0), Eq(s, mu)),
    Implies(b >= 0, Eq(s, 0)),
    Eq(r, Min(s, s_max)),
)
LIMITS = (mu > 0, alpha > 0, s_max > 0)
BETWEEN = And(r >= 0, r <= s_max)
SEEN_BELOW = Implies(And(a <= 0, b < 0, mu <= s_max), And(Eq(r, mu), line(r) < line(0)))
any_loss = Statement((*LIMITS, MEASURED, *RULE), And(BETWEEN, SEEN_BELOW))
# -s^3 - s^2 - s, seen from mu = 1: straight down to -3; with s_max = 2 the step is 1
FALLS = {mu: 1, alpha: 1, s_max: 2, a: -2, b: -1, line: Lambda(s, -(s**3) - s**2 - s), s: 1, r: 1}
# s^4 - s: the second look at 1/2 shows a = 1/4, the step is 2, and the loss rises from 0 to 14
RISES = {mu: Rational(1, 2), alpha: 1, s_max: 3, a: Rational(1, 4), b: -1, line: Lambda(s, s**4 - s), s: 2, r: 2}


@extends(
    "mutschler-zell:algorithm-pal",
    any_loss,
    witness=at(FALLS),
    mutants=[
        mutant(any_loss.with_then(line(r) <= line(0)), RISES, "no case raises any loss"),
        mutant(any_loss.with_then(And(r >= mu, r <= s_max)), {**FALLS, s_max: Rational(1, 2), r: Rational(1, 2)}, "at least mu"),
        mutant(
            any_loss.with_then(Implies(And(a <= 0, b < 0), line(r) < line(0))),
            {**FALLS, mu: 2, s_max: 1, a: 0, line: Lambda(s, -2 * s**3 + 4 * s**2 - s), s: 2},
            "below mu too",
        ),
    ],
)
def what_is_sure_of_any_loss() -> Theorem:
    """L(mu) = l(0) + b mu + a mu^2 < l(0)."""
    between = follows(BETWEEN, *LIMITS, *RULE, because="in each case")
    case = (a <= 0, b < 0, mu <= s_max)
    same = [follows(e, *LIMITS, *RULE, *case, because="it steps to mu") for e in (Eq(r, mu), Eq(mu, r, evaluate=False))]
    below = rewrite(follows(line(mu) < line(0), mu > 0, MEASURED, *case, because="b mu + a mu^2 < 0"), same[1])
    there = follows(SEEN_BELOW, using=(discharge(conjunction(same[0], below), *case),))
    return conclude(conjunction(between, there), any_loss)


# On parabolas

IS_PARABOLA = ForAll(t, True, Eq(line(t), line(0) + b * t + a * t**2))
on_parabolas = Statement((*LIMITS, alpha <= 2, IS_PARABOLA, *RULE), line(r) <= line(0))
SQUARE = {mu: 1, alpha: 2, s_max: 9, a: 1, b: -4, line: Lambda(s, (s - 2) ** 2), s: 4, r: 4}


@extends(
    "mutschler-zell:algorithm-pal",
    on_parabolas,
    witness=at(SQUARE),
    mutants=[
        mutant(on_parabolas.drop(alpha <= 2), {**SQUARE, alpha: 3, s: 6, r: 6}, "any factor"),
        mutant(on_parabolas.with_then(line(r) < line(0)), SQUARE, "strictly, for alpha = 2"),
        mutant(on_parabolas.drop(IS_PARABOLA), RISES, "any loss"),
        mutant(
            on_parabolas.replacing({RULE[2]: Implies(b >= 0, Eq(s, mu))}),
            {**SQUARE, b: 4, line: Lambda(s, (s + 2) ** 2), s: 1, r: 1},
            "steps uphill",
        ),
    ],
)
def no_parabola_is_raised() -> Theorem:
    """A r^2 + b r <= 0 in each case: the other end of the chord at height l(0) is 2 steps to the vertex away."""
    here = specialize(assume(IS_PARABOLA), r)
    given = (*LIMITS, alpha <= 2, *RULE)
    change = follows(a * r**2 + b * r <= 0, *given, because="r <= -b/a, or a <= 0, or r = 0")
    return conclude(follows(on_parabolas.then, using=(here, change)), on_parabolas)


# The direction

UPWARDS = g / size(g)
CLIMBS = Velocity(Lambda(t, batch_loss(theta + t * UPWARDS)), size(g))
along_g = Statement(
    (squared_norm(g) > 0, MOVES), Velocity(Lambda(t, batch_loss(theta + t * UPWARDS)), -size(g)), source="mutschler-zell:equation-2-dir"
)
along_minus_g = along_g.amend(
    then=And(DESCENDS, CLIMBS),
    why="The slope -|g| that the text computes is that of the line along -g/|g|. Along g the slope is |g|: the second look, at mu > 0, is "
    "uphill, and the step of the formula is negative, which on a parabola leads to the same point.",
)


@refutes(along_g, why="The loss 2 theta of one parameter: g = 2, and along g/|g| = 1 the slope is 2, not -2.")
def along_the_gradient_the_loss_rises() -> Refutation:
    """A linear loss."""
    return counterexample(along_g, LINEAR, linear_moves())


def climbs() -> Theorem:
    """The linear loss along g/|g|."""
    return specialize(linear_moves(), UPWARDS)


@proves(
    along_minus_g,
    witness=at(LINEAR, linear_moves, descends, climbs),
    mutants=[
        mutant(along_minus_g.with_then(substitute(DESCENDS, {size(g): squared_norm(g)})), LINEAR, "the squared norm", linear_moves),
        mutant(along_minus_g.with_then(Velocity(DESCENDS.args[0], size(g))), LINEAR, "the slope |g| along -g", linear_moves),
    ],
)
def along_the_negative_gradient_it_falls() -> Theorem:
    """<g, -g>/|g| = -|g|."""
    up = specialize(assume(MOVES), UPWARDS)
    up = rewrite(up, equal_words(up.then.args[1], size(g)))
    return conclude(conjunction(part(along_the_negative(), DESCENDS), up), along_minus_g)
