"""What is left of the modified loss of SGD in a corridor: the spread of the minibatches' gradients. (Section 3, appendix A.3).

The modified loss of Smith et al. (2021) adds (h/4) |g|^2 and (h/4m) sum |g_k - g|^2 to the loss. In a corridor the first has no
gradient. That of the second is (h/2m) sum H_k g_k, which may be 0 too: where each minibatch has a constant gradient, nothing is left.
"""

from sympy import Eq, Expr, Lambda, Ne, Rational, Sum, sympify
from sympy.functions.elementary.complexes import transpose

from theory.corridors.corridor import (
    BOWL,
    GRADIENT,
    LIVES,
    RAMP,
    SMOOTH,
    SOLVES,
    STRAIGHT,
    jacobian,
    the_product_vanishes,
)
from theory.corridors.exactness import SYMMETRIC, no_pull
from theory.corridors.symbols import H, S, U, bends, d, each, g, h, j, k, n, pull, w, x
from theory.evidence import at, extends, mutant, proves
from theory.proof import (
    And,
    ForAll,
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
    sum_congruence,
    transposed,
)
from theory.proof.logic import substitute
from theory.proof.ranges import throughout, up_to

BATCHES = And(j >= 1, j <= n)
HERE = x(0)  # any point of a solution
ALONG = HERE + d * w
CORRIDOR = (LIVES, SOLVES, STRAIGHT, SMOOTH, SYMMETRIC, n >= 1, h > 0)


def penalty(point: Expr) -> Expr:
    """(h/4) |g|^2 at a point, a 1 x 1 matrix."""
    return h * transpose(g(point)) * g(point) / 4


def spread(point: Expr) -> Expr:
    """(h/4m) sum |g_k - g|^2."""
    apart = each(j, point) - g(point)
    return h / (4 * n) * Sum(transpose(apart) * apart, (j, 1, n))


def grows(value: Expr, rate: Expr) -> Velocity:
    """How fast it grows in the direction w."""
    return Velocity(Lambda(d, value), rate)


def _left(first: Expr) -> And:
    both = grows(penalty(ALONG) + spread(ALONG), pull)
    return And(grows(penalty(ALONG), first), Implies(grows(spread(ALONG), pull), both))


only_pressure = Statement(CORRIDOR, _left(sympify(0)), source="dherin-rosca:text-a-3-conclusion")
# The gradients 2 + x and 2 - x on the line, with the mean 2
BATCHES_OF_2 = {
    **RAMP,
    n: 2,
    h: 1,
    w: [[1]],
    each: Lambda((j, U), 2 + (3 - 2 * j) * U),
    bends: Lambda((j, U), 3 - 2 * j),
    pull: [[Rational(5, 2)]],
}


@proves(
    only_pressure,
    witness=at(BATCHES_OF_2),
    mutants=[
        mutant(only_pressure.with_then(_left(h)), BATCHES_OF_2, "with a pull of the gradient's norm"),
        mutant(only_pressure.with_then(Implies(grows(spread(ALONG), pull), grows(penalty(ALONG), pull))), BATCHES_OF_2, "the other term"),
        mutant(only_pressure.drop(STRAIGHT), {**BATCHES_OF_2, **BOWL}, "outside corridors"),
    ],
)
def only_the_spread_pulls() -> Theorem:
    """The first term has no gradient, so the sum of both has that of the second."""
    none = at_the_start(no_pull())
    second = assume(grows(spread(ALONG), pull))
    both = cut(cite("velocity-of-addition", *none.then.args, *second.then.args), none, second)
    return conclude(conjunction(none, discharge(both, second.then)), only_pressure)


def at_the_start(theorem: Theorem) -> Theorem:
    """What holds along the solution, at the time 0."""
    return conclude(specialize(theorem, 0), Statement(CORRIDOR, specialize(theorem, 0).then))


# The pull of the spread, in terms of the minibatches

OWN, CURVATURE = each(j, HERE), bends(j, HERE)
MEANS = (Eq(Sum(OWN, (j, 1, n)), n * g(HERE)), Eq(Sum(CURVATURE, (j, 1, n)), n * H(HERE)))  # the loss is the mean of the minibatches'
SMOOTH_BATCHES = ForAll(j, BATCHES, jacobian(Lambda((U, S), each(j, U)), HERE, CURVATURE))
EVEN_BATCHES = ForAll(j, BATCHES, Eq(transpose(CURVATURE), CURVATURE))
PULL = h / (2 * n) * Sum(CURVATURE * OWN, (j, 1, n))  # (h/2m) sum H_k g_k
DIFFER = Ne(each(1, HERE) - g(HERE), 0)
what_remains = Statement(
    (*CORRIDOR, *MEANS, SMOOTH_BATCHES, EVEN_BATCHES),
    And(grows(penalty(ALONG), sympify(0)), grows(spread(ALONG), (transpose(w) * PULL + transpose(PULL) * w) / 2)),
    source="dherin-rosca:text-sgd-main",
)
# In general, and not always: the minibatches' gradients 3 and 1 on the line differ, and nothing pulls
always = Statement((*what_remains.given, DIFFER), Ne(PULL, 0))
CONSTANT = {**BATCHES_OF_2, each: Lambda((j, U), 5 - 2 * j), bends: Lambda((j, U), 0)}


# The gradients 2 x - 8 and 2, with the mean 2 at 5 only
TURNED = {**BATCHES_OF_2, each: Lambda((j, U), 2 + 2 * (2 - j) * (U - 5)), bends: Lambda((j, U), 2 * (2 - j))}


@proves(
    what_remains,
    witness=at(BATCHES_OF_2),
    mutants=[
        mutant(what_remains.with_then(grows(spread(ALONG), transpose(w) * PULL + transpose(PULL) * w)), BATCHES_OF_2, "twice as much"),
        mutant(what_remains.with_then(grows(spread(ALONG), sympify(0))), BATCHES_OF_2, "nothing"),
        mutant(what_remains.drop(MEANS[1]), TURNED, "for another loss"),
        mutant(always, CONSTANT, "never nothing, where the minibatches differ"),
    ],
)
def the_spread_pulls_by_this() -> Theorem:
    """Sum (H_k - H)(g_k - g) = sum H_k g_k - m H g, and H g = 0. At the witness this pull is 5/2."""
    none = at_the_start(no_pull())
    total = _squares_grow(_moves_apart())
    wanted = what_remains.then.args[1] if what_remains.then.args[0] == none.then else what_remains.then.args[0]
    return conclude(conjunction(none, rewrite(total, _added_up(total.then.args[1], wanted.args[1]))), what_remains)


def _batch_moves() -> Theorem:
    """g_k moves at the rate H_k w."""
    line, rests = cite("straight-line", HERE, w, d), cite("straight-line", 0, 0, d)
    own = specialize(assume(SMOOTH_BATCHES), j)
    batch = cite("chain-rule", own.then.args[0], line.then.args[0], rests.then.args[0], CURVATURE, 0, w, 0)
    return cut(batch, own, line, rests)


def _moves_apart() -> Theorem:
    """g_k - g moves at the rate (H_k - H) w."""
    line, rests = cite("straight-line", HERE, w, d), cite("straight-line", 0, 0, d)
    mean, batch = cite("chain-rule", GRADIENT, line.then.args[0], rests.then.args[0], H(HERE), 0, w, 0), _batch_moves()
    mean = cut(mean, specialize(assume(SMOOTH), 0), line, rests)
    minus = cut(cite("velocity-of-multiple", *mean.then.args, -1, 1), mean)
    return cut(cite("velocity-of-addition", *batch.then.args, *minus.then.args), batch, minus)


def _squares_grow(moves: Theorem) -> Theorem:
    """How fast (h/4m) sum |v_k|^2 grows, from how the v_k move."""
    turned = cut(cite("velocity-of-transpose", *moves.then.args), moves)
    square = throughout(cut(cite("velocity-of-product", *turned.then.args, *moves.then.args), turned, moves), j, BATCHES)
    total = cut(cite("velocity-of-sum", *square.then.args[2].args, j, 1, n), square)
    return cut(cite("velocity-of-multiple", *total.then.args, h / (4 * n), 1), total)


def _even() -> tuple[Theorem, Theorem]:
    """The Hessians are symmetric: w' H_k' g_k = w' H_k g_k, and g_k' H_k w = g_k' H_k' w, in the sum over all minibatches."""
    even = specialize(assume(EVEN_BATCHES), j)
    row = combine_words(transpose(w) * transpose(CURVATURE) * OWN, transpose(w) * CURVATURE * OWN, (transpose(w), even, OWN))
    back, forth = transpose(OWN) * CURVATURE * w, transpose(OWN) * transpose(CURVATURE) * w
    column = combine_words(back, forth, (-transpose(OWN), even, w))
    rows, columns = (sum_congruence(throughout(e, j, BATCHES)) for e in (row, column))
    return rows, columns


def _added_up(found: Expr, wanted: Expr) -> Theorem:
    """The sum over the minibatches, with the means put in."""
    rows, columns = _even()
    gradients, hessians = map(assume, MEANS)
    product, symmetric = at_the_start(the_product_vanishes()), at_the_start(assume(SYMMETRIC))
    slope, bend, across, share = g(HERE), H(HERE), transpose(w), h / (4 * n)
    terms = (
        (share, rows, 1),
        (share, columns, 1),
        (-share * across, transposed(hessians), slope),
        (-share * across * transpose(bend), gradients, 1),
        (-share * n * across, symmetric, slope),
        (-share * n * across, product, 1),
        (-share, transposed(gradients), bend * w),
        (-share * transpose(slope), hessians, w),
        (-share * n, transposed(product), w),
        (share * n * transpose(slope), symmetric, w),
        (share, _all_the_same(across * transpose(bend) * slope + transpose(slope) * bend * w), 1),
    )
    return combine_words(found, wanted, *terms)


def _all_the_same(term: Expr) -> Theorem:
    """A sum of n equal terms."""
    claim = Eq(Sum(term, (j, 1, k)), k * term)
    start = equal_words(*substitute(claim, {k: 0}).args)
    step = combine_words(*substitute(claim, {k: k + 1}).args, (1, assume(claim), 1))
    return specialize(up_to(start, step, claim, index=k, last=n), n)


# The correction of the modified loss: its gradient is that of (h/4m) sum |g_k|^2

SQUARES = h / (4 * n) * Sum(transpose(each(j, ALONG)) * each(j, ALONG), (j, 1, n))
correction = Statement((n >= 1, h > 0, SMOOTH_BATCHES, EVEN_BATCHES), grows(SQUARES, (transpose(w) * PULL + transpose(PULL) * w) / 2))


@extends(
    "dherin-rosca:equation-19-20",
    correction,
    witness=at(BATCHES_OF_2),
    mutants=[
        mutant(correction.with_then(grows(SQUARES, transpose(w) * PULL + transpose(PULL) * w)), BATCHES_OF_2, "twice as much"),
        mutant(correction.drop(SMOOTH_BATCHES), {**BATCHES_OF_2, bends: Lambda((j, U), 1)}, "with other Hessians"),
    ],
)
def the_correction_is_a_gradient() -> Theorem:
    """(h/4m) sum |g_k|^2 has the gradient (h/2m) sum H_k g_k, so the modified loss has g + (h/2) Q, with the mean Q of the H_k g_k."""
    total = _squares_grow(_batch_moves())
    rows, columns = _even()
    share = h / (4 * n)
    same = combine_words(total.then.args[1], correction.then.args[1], (share, rows, 1), (share, columns, 1))
    return conclude(rewrite(total, same), correction)
