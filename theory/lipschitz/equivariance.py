"""What each step rule does not feel: the scale of the loss, of the weights, of the features; a turn. (section 6, beyond the paper).

Take the loss r f(c O v) of v, with r, c > 0 and an orthogonal O: f times r, with the weights w = c O v. A rule is equivariant if, from
corresponding starts, it takes corresponding steps: w(s) = c O v(s). Features times c, sample by sample, are weights divided by c, so that
column is that of the weights. The entries say by what number a step is too long in the new coordinates; 1 is equivariance.

    rule                                    loss times r     w = c v (features times c)     turned
    constant step a                         r                c^2                            1
    1/L, L of the loss                      1                c                              1
    1/L, L as printed                       r (no r in it)   c (cross-entropy)              1
    LipschitzSGD, AdaMo (M = |g|)           1                c                              1
    RMSprop, Auto-Adam (M = |g|, eps = 0)   1                c                              quarter turns; not (3, 4)/5
    1/beta, beta of the gradient            1                1                              1

The printed constants hold for the printed losses; for another multiple of the loss they must be multiplied too, as the paper notes. That
of least squares is homogeneous in the features only if the radius K shrinks as they grow; the paper's K grows (`weight_radius`).
So no rule of the paper is equivariant in the weights or the features: all of them need a step size that is divided by c, or c^2. The
iterates of RMSprop and Auto-Adam stand in `theory.lipschitz.adaptive_equivariance`; turns are decided by their first step.
"""

from functools import cache

from sympy import Abs, Eq, Expr, Integer, Lambda, Ne, Rational
from sympy.functions.elementary.complexes import transpose

from theory.evidence import at, extends, mutant
from theory.lipschitz.averages import RUN, averages
from theory.lipschitz.symbols import (
    K_1,
    S,
    V,
    alpha,
    beta,
    eta,
    gradient,
    most_at,
    n,
    other_K_1,
    other_place,
    p_1,
    p_2,
    params,
    place,
    q_1,
    q_2,
    root,
    s,
    scale,
    turn,
    unit,
)
from theory.proof import (
    And,
    ForAll,
    Statement,
    Theorem,
    assume,
    combine_words,
    conclude,
    conjunction,
    cut,
    equal_words,
    follows,
    part,
    rewrite,
    specialize,
    squared_norm,
    substitute,
)
from theory.proof.ranges import up_to

HERE, THERE = place(s - 1), other_place(s - 1)
SAME = root * turn * THERE  # c O v, the old coordinates of the new weights
CHANGE = (root > 0, scale > 0, Eq(turn * transpose(turn), 1, evaluate=False), Eq(root * turn * other_place(0), place(0)), n >= 0)
NEW_GRADIENT = scale * root * transpose(turn) * gradient(SAME)

# Gradient descent with a constant step


def descends(step: Expr) -> ForAll:
    """With the step in the new coordinates."""
    return ForAll(s, RUN, Eq(other_place(s), THERE - step * NEW_GRADIENT))


PLAIN = ForAll(s, RUN, Eq(place(s), HERE - alpha * gradient(HERE)))
ENDS_THERE = Eq(root * turn * other_place(n), place(n))
constant = Statement((*CHANGE, PLAIN, descends(alpha / (scale * root**2))), ENDS_THERE)
# c = 2, r = 3, O = -1: the loss w^2 from 4 with the step 1/4 is 3 (2 v)^2 from -2 with the step 1/48
NUMBERS = {gradient: Lambda(params, 2 * params), unit: [[1]], n: 1, root: 2, scale: 3, turn: [[-1]], alpha: Rational(1, 4)}
STEPS = {**NUMBERS, place: Lambda(s, (4 - 2 * s) * unit), other_place: Lambda(s, (s - 2) * unit)}
ROWS = {**NUMBERS, turn: [[1]], place: Lambda(s, (2 - s) * unit)}  # w from 2 to 1


def row(loss: int, weights: int, start: Expr, step: Expr) -> dict:
    """The same with r, c, and the new weights as they begin and move."""
    return {**ROWS, scale: loss, root: weights, other_place: Lambda(s, (start - step * s) * unit)}


ONE, TWO = Integer(1), Integer(2)


@extends(
    "yedida-saha:equation-gd",
    constant,
    witness=at(STEPS),
    mutants=[
        mutant(Statement((*CHANGE, PLAIN, descends(alpha)), ENDS_THERE), row(2, 1, TWO, TWO), "the same step for the loss times 2"),
        mutant(Statement((*CHANGE, PLAIN, descends(alpha)), ENDS_THERE), row(1, 2, ONE, TWO), "the same step for w = 2 v"),
        mutant(
            Statement((*CHANGE, PLAIN, descends(alpha / (scale * root))), ENDS_THERE),
            row(1, 2, ONE, ONE),
            "1/L, which is divided by r c, for w = 2 v",
        ),
        mutant(
            Statement((*CHANGE, PLAIN, descends(alpha / root**2)), ENDS_THERE),
            row(2, 1, TWO, TWO),
            "a step that does not know of r, as 1/L as printed",
        ),
    ],
)
def a_step_divided_by_r_c2() -> Theorem:
    """C O v(s) = w(s), step by step; 1/beta is such a step, as beta grows with r c^2."""
    claim = Eq(root * turn * other_place(s), place(s))
    own, new, same = specialize(assume(PLAIN), s + 1), specialize(assume(constant.given[-1]), s + 1), assume(claim)
    new, turned = rewrite(new, same), assume(CHANGE[2])
    terms = ((root * turn, new, 1), (1, same, 1), (-1, own, 1), (-alpha, turned, gradient(place(s))))
    after = combine_words(root * turn * other_place(s + 1), place(s + 1), *terms, because="O O' = 1")
    always = up_to(assume(CHANGE[3]), after, claim, root > 0, scale > 0, index=s, last=n)
    return conclude(specialize(always, n), constant)


# The gradient's norm, so M and L too, grows with r c

longer = Statement(
    CHANGE[:3],
    Eq(squared_norm(substitute(NEW_GRADIENT, {s: ONE})), (scale * root) ** 2 * squared_norm(gradient(root * turn * other_place(0)))),
)


@extends(
    "yedida-saha:definition-lipschitz",
    longer,
    witness=at(STEPS),
    mutants=[
        mutant(longer.with_then(Eq(longer.then.lhs, scale**2 * longer.then.rhs)), STEPS, "r^2"),
        mutant(longer.drop(CHANGE[2]), {**STEPS, turn: [[2]]}, "any matrix"),
    ],
)
def the_norm_grows_with_r_c() -> Theorem:
    """|O' g| = |g|."""
    return conclude(equal_words(*longer.then.args, assume(CHANGE[2])), longer)


# AdaMo; LipschitzSGD is beta = 0

AVERAGES = (*averages(V, gradient(HERE)), *averages(K_1, most_at(HERE)))
NEW_AVERAGES = (*averages(S, NEW_GRADIENT), *averages(other_K_1, scale * root * most_at(SAME)))
MOVES = ForAll(s, RUN, And(K_1(s) > 0, Eq(place(s), HERE - eta / K_1(s) * V(s))))


def new_moves(step: Expr) -> ForAll:
    """With the step size in the new coordinates."""
    return ForAll(s, RUN, Eq(other_place(s), THERE - step / other_K_1(s) * S(s)))


def adamo_with(step: Expr) -> Statement:
    """AdaMo in both coordinates."""
    return Statement((*CHANGE, *AVERAGES, *NEW_AVERAGES, MOVES, new_moves(step)), ENDS_THERE)


adamo = adamo_with(eta / root)
# w^2 from 4, one step with beta = 1/2 and M = w^2/2: to 3; and -2 to -3/2
ONE_STEP = {
    **{**STEPS, beta: Rational(1, 2), eta: 1, most_at: Lambda(params, squared_norm(params) / 2)},
    **{place: Lambda(s, (4 - s) * unit), V: Lambda(s, 4 * s * unit), K_1: Lambda(s, 4 * s)},
    **{other_place: Lambda(s, (s / 2 - 2) * unit), S: Lambda(s, -24 * s * unit), other_K_1: Lambda(s, 24 * s)},
}
TOO_FAR = {**ONE_STEP, other_place: Lambda(s, (s - 2) * unit)}


@cache
def _adamo_step() -> tuple[Theorem, And, Theorem]:
    weights, speeds = Eq(root * turn * other_place(s), place(s)), Eq(turn * S(s), scale * root * V(s))
    tops = Eq(other_K_1(s), scale * root * K_1(s))
    claim = And(weights, speeds, tops)
    same, fast, top = (part(assume(claim), one) for one in (weights, speeds, tops))
    v, k, new_v, new_k = (specialize(assume(h), s + 1) for h in (AVERAGES[1], AVERAGES[3], NEW_AVERAGES[1], NEW_AVERAGES[3]))
    new_v, new_k = rewrite(new_v, same), rewrite(new_k, same)
    terms = ((turn, new_v, 1), (beta, fast, 1), (-scale * root, v, 1), ((1 - beta) * scale * root, assume(CHANGE[2]), gradient(place(s))))
    after_v = combine_words(turn * S(s + 1), scale * root * V(s + 1), *terms, because="O O' = 1")
    after_k = follows(substitute(tops, {s: s + 1}), using=(k, new_k, top), because="the same average")
    moved, new = specialize(assume(MOVES), s + 1), specialize(assume(adamo.given[-1]), s + 1)
    move = part(moved, [e for e in moved.then.args if isinstance(e, Eq)][0])
    new = rewrite(new, after_k)
    ratio = eta / (scale * root * K_1(s + 1))
    terms = ((root * turn, new, 1), (1, same, 1), (-1, move, 1), (-ratio, after_v, 1))
    after = combine_words(root * turn * other_place(s + 1), place(s + 1), *terms)
    positive = part(moved, K_1(s + 1) > 0)
    return conjunction(after, after_v, after_k), claim, positive


@extends(
    "yedida-saha:algorithm-1",
    adamo,
    witness=at(ONE_STEP),
    mutants=[
        mutant(adamo_with(eta), TOO_FAR, "the same step size for w = 2 v"),
        mutant(adamo_with(eta / (scale * root)), {**ONE_STEP, other_place: Lambda(s, (s / 6 - 2) * unit)}, "divided by r too"),
    ],
)
def adamo_with_its_step_divided_by_c() -> Theorem:
    """C O v(s) = w(s), O times the new velocity is r c V(s), and the new K is r c K(s)."""
    after, claim, positive = _adamo_step()
    nonzero = tuple(follows(h, root > 0, scale > 0, using=(positive,)) for h in after.given if isinstance(h, Ne))
    start, rest = {s: Integer(0)}, [assume(h) for h in (AVERAGES[0], NEW_AVERAGES[0])]
    words = substitute(Eq(turn * S(s), scale * root * V(s)), start)
    still = combine_words(*words.args, (turn, rest[1], 1), (-scale * root, rest[0], 1), because="0 is 0")
    zero = follows(Eq(other_K_1(0), scale * root * K_1(0)), AVERAGES[2], NEW_AVERAGES[2])
    begin = conjunction(assume(CHANGE[3]), still, zero)
    always = up_to(begin, cut(after, *nonzero), claim, root > 0, scale > 0, index=s, last=n)
    return conclude(part(specialize(always, n), ENDS_THERE), adamo)


# RMSprop and Auto-Adam: the first step is the sign of each entry. Turned by (q_1, q_2), moved, and turned back

TURNED = (q_1 * p_1 + q_2 * p_2, q_1 * p_2 - q_2 * p_1)


def sign_of(number: Expr) -> Expr:
    """1 or -1."""
    return number / Abs(number)


BACK = (q_1 * sign_of(TURNED[0]) - q_2 * sign_of(TURNED[1]), q_2 * sign_of(TURNED[0]) + q_1 * sign_of(TURNED[1]))
GRADIENT = (Ne(p_1, 0), Ne(p_2, 0), Ne(TURNED[0], 0), Ne(TURNED[1], 0), Eq(q_1**2 + q_2**2, 1))
quarter = Statement((*GRADIENT, Eq(q_1 * q_2, 0)), And(Eq(BACK[0], sign_of(p_1)), Eq(BACK[1], sign_of(p_2))))
QUARTER = {p_1: 1, p_2: 2, q_1: 0, q_2: 1}
THREE_FOUR_FIVE = {**QUARTER, q_1: Rational(3, 5), q_2: Rational(4, 5)}  # (1, 2) becomes (11, 2)/5


@extends(
    "yedida-saha:algorithm-3",
    quarter,
    witness=at(QUARTER),
    mutants=[
        mutant(quarter.drop(Eq(q_1 * q_2, 0)), THREE_FOUR_FIVE, "any turn"),
        mutant(quarter.with_then(Eq(BACK[0], -sign_of(p_1))), QUARTER, "backwards"),
    ],
)
def signs_allow_quarter_turns() -> Theorem:
    """Q is (1, 0), (0, 1), or the opposite."""
    return conclude(follows(quarter.then, *quarter.given, because="four cases"), quarter)
