"""A quadratic loss and its corridors: gradient flow is straight exactly where A (A x + b) = 0. (appendix C).

For L = <x, A x>/2 + <b, x> + c the gradient is A x + b and the Hessian A, by the expansion of L, which is exact. Along a solution of
gradient flow the gradient changes at the rate -A (A x + b), so a solution is straight if and only if this vanishes on it.
"""

from sympy import Eq, Expr, Implies, Lambda, Rational, exp
from sympy.functions.elementary.complexes import transpose

from theory.corridors.corridor import LIVES, SOLVES, STRAIGHT, TIMES, carried, everywhere, from_rest, line_velocity
from theory.corridors.quadratics import SYMMETRIC, gradient, in_corridor, loss
from theory.corridors.symbols import A, T, U, c, d, g, linear, since, t, theta_0, v, w, x
from theory.evidence import at, mutant, proves
from theory.proof import (
    And,
    Statement,
    Theorem,
    assume,
    cite,
    combine_words,
    conclude,
    conjunction,
    cut,
    discharge,
    equal_words,
    follows,
    inner,
    rewrite,
    specialize,
)
from theory.proof.logic import Boolean
from theory.proof.ranges import throughout


def slope(point: Expr) -> Expr:
    """The gradient A x + b, with a letter for b: the values of a curve are letters too."""
    return gradient(point, linear)


QUADRATIC = everywhere(Eq(g(x(t)), slope(x(t))))  # x is a solution of gradient flow, for the gradient A x + b
VANISHES = everywhere(in_corridor(x(t), linear))
DOWNHILL = everywhere(Eq(x(t), x(0) - t * slope(x(0))))
SECOND_ORDER = inner(slope(theta_0), w) + inner(w, A * w) / 2


def _setup(change: Expr, vanishes: Boolean = VANISHES, downhill: Boolean = DOWNHILL) -> And:
    expanded, moved = Eq(loss(theta_0 + w, linear), loss(theta_0, linear) + change), Eq(slope(theta_0 + w), slope(theta_0) + A * w)
    return And(expanded, moved, Implies(STRAIGHT, vanishes), Implies(VANISHES, downhill))


# By its expansion, exact for every w, the loss has the gradient A theta_0 + b and the Hessian A
setup = Statement((SYMMETRIC, LIVES, SOLVES, QUADRATIC), _setup(SECOND_ORDER), source="dherin-rosca:appendix-c-setup")
ASIDE = {theta_0: [[5]], w: [[1]], c: 1, since: -1, T: 2}
RAMP = {**ASIDE, A: [[0]], linear: [[3]], g: Lambda(U, 3), x: Lambda(t, 5 - 3 * t), v: [[-3]]}
BOWL = {**ASIDE, A: [[1]], linear: [[-3]], g: Lambda(U, U - 3), x: Lambda(t, 3 + exp(-t)), v: [[-1]]}


@proves(
    setup,
    witness=at(RAMP, note="one dimension"),
    mutants=[
        mutant(setup.with_then(_setup(inner(slope(theta_0), w) + inner(w, A * w))), BOWL, "without the half"),
        mutant(setup.with_then(_setup(SECOND_ORDER, everywhere(Eq(slope(x(t)), 0)))), RAMP, "only where nothing moves"),
        mutant(setup.with_then(_setup(SECOND_ORDER, downhill=everywhere(Eq(x(t), x(0) + t * slope(x(0)))))), RAMP, "uphill"),
        mutant(setup.drop(QUADRATIC), {**RAMP, A: [[1]]}, "with another gradient"),
    ],
)
def the_gradient_and_the_hessian() -> Theorem:
    """Multiplied out; and along a solution the gradient A x + b changes at the rate -A (A x + b)."""
    row = combine_words(transpose(theta_0) * transpose(A), transpose(theta_0) * A, (transpose(theta_0), assume(SYMMETRIC), 1))
    crossed = equal_words(inner(w, A * theta_0), inner(theta_0, A * w), row)
    sloped = equal_words(inner(slope(theta_0), w), inner(linear, w) + inner(theta_0, A * w), row)
    mixed = (inner(theta_0, A * w) + inner(w, A * theta_0)) / 2
    multiplied = equal_words(
        loss(theta_0 + w, linear), loss(theta_0, linear) + mixed + inner(linear, w) + inner(w, A * w) / 2, because="multiplied out"
    )
    wanted = (Eq(loss(theta_0 + w, linear), loss(theta_0, linear) + SECOND_ORDER), Eq(slope(theta_0 + w), slope(theta_0) + A * w))
    expanded = follows(wanted[0], using=(multiplied, crossed, sloped), because="<w, A x> = <x, A w>")
    return conclude(conjunction(expanded, equal_words(*wanted[1].args), _straight_vanishes(), _vanishing_is_straight()), setup)


def _straight_vanishes() -> Theorem:
    """-(A x(t) + b) = v at all times of the line x(0) + t v, so A v = 0."""
    own = specialize(assume(QUADRATIC), t)
    velocity = throughout(combine_words(-slope(x(t)), v, (1, line_velocity(), 1), (1, own, 1)), t, TIMES)
    half = T * Rational(1, 2)
    line = specialize(assume(STRAIGHT), half)
    here, there = specialize(velocity, 0), specialize(velocity, half)
    still = combine_words(A * v, 0, (-A / half, line, 1), (-1 / half, there, 1), (1 / half, here, 1))
    none = combine_words(A * slope(x(t)), 0, (-A, specialize(velocity, t), 1), (-1, still, 1))
    always = Statement((LIVES, SOLVES, QUADRATIC, STRAIGHT, *TIMES.args), none.then)
    return discharge(throughout(conclude(none, always), t, TIMES), STRAIGHT)


def _vanishing_is_straight() -> Theorem:
    """A x(t) never moves, so x moves at the rate -(A x(0) + b)."""
    moves, fixed = specialize(assume(SOLVES), t), cite("straight-line", A, 0, d)
    turned = cut(cite("velocity-of-product", *fixed.then.args, *moves.then.args), fixed, moves)
    own = specialize(assume(QUADRATIC), t)
    none = combine_words(turned.then.args[1], 0, (-1, specialize(assume(VANISHES), t), 1), (-A, own, 1))
    same = specialize(from_rest(Lambda(t, A * x(t)), throughout(rewrite(turned, none), t, TIMES)), t)
    steady = rewrite(moves, combine_words(-g(x(t)), -A * x(0) - linear, (-1, own, 1), (-1, same, 1)))
    stays = specialize(from_rest(Lambda(t, x(t) + t * slope(x(0))), carried(steady, slope(x(0)))), t)
    line = combine_words(x(t), x(0) - t * slope(x(0)), (1, stays, 1))
    return discharge(throughout(line, t, TIMES), VANISHES)
