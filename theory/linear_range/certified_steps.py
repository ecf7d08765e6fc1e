"""How far a logistic network may be moved within its epsilon*-linear range, from norms alone: any depth, any widths. (beyond section 3.1).

By induction over the layers (`layer_bounds`) every state keeps to its `reach` and its `bulge`. Both grow with psi_0, the largest step in
question, so a psi_0 whose bounds keep epsilon below epsilon* certifies all |psi| <= psi_0.
"""

from functools import cache
from typing import Any

from sympy import Abs, Expr, Integer, Lambda, Ne, Rational, Sum, exp, sympify

from theory.evidence import at, extends, mutant
from theory.linear_range.layer_bounds import (
    BOUNDS,
    BULGES,
    CHANGE,
    ERROR,
    HYPOTHESES,
    NETWORK,
    PUSHES,
    REACHES,
    SHARPEST,
    STEEPEST,
    WITHIN,
    bounded,
    bulges,
    error_of,
    move_of,
    next_bulge,
    next_reach,
    positive_norms,
    reaches,
    signs_of,
    the_next_state_departs,
    the_next_state_moves,
)
from theory.linear_range.logistic import HALF
from theory.linear_range.measurement import MOVES, measured, relative
from theory.linear_range.networks import REST
from theory.linear_range.sizes import LATER, compared_sums, size
from theory.linear_range.symbols import (
    I,
    Lam,
    Sigma,
    W,
    b,
    beta,
    bulge,
    epsilon_star,
    i,
    norm_Lam,
    norm_Sigma,
    norm_W,
    psi,
    psi_0,
    push,
    q,
    reach,
    rho,
    u,
    unit,
    v,
)
from theory.proof import (
    And,
    ForAll,
    Statement,
    Theorem,
    assume,
    cut,
    equal_words,
    follows,
    specialize,
    squared_norm,
    substitute,
)
from theory.proof.ranges import throughout, up_to

TWO_THIRDS = Rational(2, 3)

# All layers


def squares(layer: Expr) -> And:
    """The same without roots."""
    first, second = squared_norm(move_of(layer)), squared_norm(error_of(layer))
    return And(first <= (reach(layer) * psi) ** 2, second <= (bulge(layer) * psi**2) ** 2)


@cache
def the_bounds_of_all_layers() -> Theorem:
    """For 0 <= i <= I, by induction: the input does not move, and each layer hands the bounds on."""
    still = tuple(equal_words(squared_norm(word), 0, assume(NETWORK[1]), assume(REST)) for word in (move_of(0), error_of(0)))
    start = follows(squares(0), using=still, because="the input does not move")
    positive = positive_norms(CHANGE, ERROR, move_of(i + 1), error_of(i + 1))
    here = [follows(bound, squares(i), using=(*positive, signs_of(i))) for bound in bounded(i)]
    next_ = (cut(the_next_state_moves(), here[0]), cut(the_next_state_departs(), *here))
    step = follows(squares(i + 1), using=(*next_, *positive, signs_of(i + 1)), because="squared")
    return up_to(start, step, squares(i), index=i, last=I)


# The measurement

SHARES = ForAll(i, LATER, bulge(i) <= rho(i) * size(v(i)))
SMALL = psi_0 * Sum(rho(i), (i, 1, I)) <= I * epsilon_star
certified = Statement((*HYPOTHESES, MOVES, Ne(psi, 0), relative(psi), SHARES, SMALL), measured(psi) <= epsilon_star)
# One neuron, g((1 + psi) u_0 - 1) with u_0 = 1, and psi = 3: epsilon is 0.69 of its bound
STEP = Integer(3)
ONE_NEURON = {
    unit: [[1]],
    I: 1,
    psi: STEP,
    psi_0: STEP,
    u: Lambda((i, psi), (1 - i + i / (1 + exp(-psi))) * unit),
    W: Lambda(i, unit),
    b: Lambda(i, -unit),
    Sigma: Lambda(i, unit),
    beta: Lambda(i, 0 * unit),
    Lam: Lambda(i, STEEPEST * unit),
    v: Lambda(i, STEEPEST * i * unit),
    norm_W: Lambda(i, 1),
    norm_Sigma: Lambda(i, 1),
    norm_Lam: Lambda(i, STEEPEST),
    push: Lambda(i, 1),
    reach: Lambda(i, STEEPEST * i),
    bulge: Lambda(i, i * SHARPEST),
    rho: Lambda(i, SHARPEST / STEEPEST),
    q: Lambda((i, psi), 1 - (1 / (1 + exp(-STEP)) - HALF) / (STEEPEST * STEP)),
    epsilon_star: SHARPEST / STEEPEST * STEP,
}


def _with_less(share: Expr) -> dict[Any, Any]:
    """The same neuron with smaller bounds, and the epsilon* that follows from them."""
    less = {bulge: Lambda(i, i * share * SHARPEST), rho: Lambda(i, share * SHARPEST / STEEPEST)}
    return {**ONE_NEURON, **less, epsilon_star: share * SHARPEST / STEEPEST * STEP}


def _through(first: Any, second: Any, input_: Any = 0) -> Expr:
    """A value for each of the layers 0, 1 and 2."""
    return sympify(input_) * (i - 1) * (i - 2) / 2 - first * i * (i - 2) + second * i * (i - 1) / 2


def _two_neurons(step: Any, weights: Any, directions: Any, pushed: Any = 0, *, carried: bool = True, turned: bool = True) -> dict[Any, Any]:
    """g((1 + psi) u - 1) of u = 1, then g(W u + b), where W moves at the rate Sigma, b = -W/2, beta = push - Sigma/2: both start at 1/2.

    The bounds are the least that the recursions allow; without what the weights, or their moves, carry on, where so said.
    """
    steepest, sharpest, half = STEEPEST, SHARPEST, HALF
    w, d, p, t = map(sympify, (weights, directions, pushed, step))
    tangents = steepest, steepest * (w * steepest + p)
    first = 1 / (1 + exp(-psi))
    second = 1 / (1 + exp(-((w + psi * d) * first - w / 2 + psi * (p - d / 2))))
    misses = [substitute(s, {psi: t}) - half - t * v_ for s, v_ in zip((first, second), tangents, strict=True)]
    reached = steepest, next_reach(w * int(carried), d * int(turned), p, steepest, t, steepest)
    bulged = sharpest, next_bulge(steepest, w * int(carried), d * int(turned), sharpest, steepest, sharpest * (reached[1] / steepest) ** 2)
    shares = [bulge_ / v_ for bulge_, v_ in zip(bulged, tangents, strict=True)]
    return {
        unit: [[1]],
        I: 2,
        psi: t,
        psi_0: t,
        u: Lambda((i, psi), _through(first, second, 1) * unit),
        W: Lambda(i, (1 - i + i * w) * unit),
        b: Lambda(i, (i - 1 - i * w / 2) * unit),
        Sigma: Lambda(i, (1 - i + i * d) * unit),
        beta: Lambda(i, i * (p - d / 2) * unit),
        Lam: Lambda(i, steepest * unit),
        v: Lambda(i, _through(*tangents) * unit),
        norm_W: Lambda(i, 1 - i + i * w),
        norm_Sigma: Lambda(i, 1 - i + i * d),
        norm_Lam: Lambda(i, steepest),
        push: Lambda(i, 1 - i + i * p),
        reach: Lambda(i, _through(*reached)),
        bulge: Lambda(i, _through(*bulged)),
        rho: Lambda(i, _through(*shares)),
        q: Lambda((i, psi), _through(*(Abs(miss) / (t * v_) for miss, v_ in zip(misses, tangents, strict=True)))),
        epsilon_star: t * (shares[0] + shares[1]) / 2,
    }


@extends(
    "ni-talnikar:definition-linear-range",
    certified,
    witness=at(_two_neurons(HALF, 1, 1, HALF)),
    mutants=[
        mutant(certified.replacing({BULGES: bulges(TWO_THIRDS * SHARPEST)}), _with_less(TWO_THIRDS), "a third less bending"),
        mutant(
            certified.replacing({REACHES: reaches(STEEPEST / 2)}),
            {**_with_less(STEEPEST), reach: Lambda(i, i / 8)},
            "half as steep",
        ),
        mutant(certified.drop(psi <= psi_0), {**ONE_NEURON, psi_0: STEP / 2, epsilon_star: _with_less(HALF)[epsilon_star]}, "beyond psi_0"),
        mutant(
            certified.replacing({REACHES: reaches(STEEPEST, weights=Integer(0)), BULGES: bulges(SHARPEST, weights=Integer(0))}),
            _two_neurons(Rational(1, 10), 1000, 1, carried=False),
            "weights that carry nothing on",
        ),
        mutant(
            certified.replacing({REACHES: reaches(STEEPEST, directions=Integer(0)), BULGES: bulges(SHARPEST, directions=Integer(0))}),
            _two_neurons(Rational(1, 100), Rational(1, 100), 100, HALF, turned=False),
            "as if weights did not move",
        ),
        mutant(certified.drop(PUSHES), {**_with_less(STEEPEST), push: Lambda(i, HALF), reach: Lambda(i, i / 8)}, "for a smaller push"),
    ],
)
def steps_within_the_linear_range() -> Theorem:
    """Epsilon <= epsilon* for every |psi| <= psi_0: the relative error of layer i is at most rho(i) |psi|, so the mean at most epsilon*."""
    bounded = specialize(the_bounds_of_all_layers(), i)
    scaled = equal_words(squared_norm(psi * v(i)), psi**2 * squared_norm(v(i)))
    each = [specialize(assume(h), i) for h in (MOVES, relative(psi), SHARES, BOUNDS)]
    known = (bounded, scaled, *each, *positive_norms(ERROR, psi * v(i), v(i)))
    parts = (q(i, psi) <= Abs(psi) * rho(i), rho(i) >= 0)
    layers = [throughout(follows(part, Ne(psi, 0), using=known, because="divided by |v psi|"), i, LATER) for part in parts]
    sums = [compared_sums(layer) for layer in layers]
    factor = equal_words(Sum(Abs(psi) * rho(i), (i, 1, I)), Abs(psi) * Sum(rho(i), (i, 1, I)))
    none = equal_words(Sum(0, (i, 1, I)), 0)
    return follows(certified.then, SMALL, I >= 1, *WITHIN, using=(*sums, factor, none), because="the mean of the layers")
