"""Softmax regression with two classes and samples 1 or -1: a sample alone has the Lipschitz constant sqrt(2), two opposite ones half of it.

The two classes are at the points 1/sqrt(2) and -1/sqrt(2) of a line, as far from each other as two unit vectors. The first class's score z
moves by |U - W|/sqrt(2) at most, and the logarithm of e^z + e^-z by no more than z. All samples are of the first class, so the loss of one
moves by at most twice as much; of 1 and -1 the true scores cancel.
"""

from functools import cache
from typing import Any

from sympy import Abs, Eq, Expr, Function, Integer, Lambda, Sum, sqrt
from sympy.functions.elementary.complexes import transpose

from theory.lipschitz.log_sum_exp import CLASSES, rises_no_more
from theory.lipschitz.means_of_samples import sum_of_equals
from theory.lipschitz.softmax_exact import LIPSCHITZ_LOSS
from theory.lipschitz.softmax_scores import one_loss, score
from theory.lipschitz.symbols import L, class_vector, i, j, k, log_value, logit, m, params, params_2, t, true, u, x
from theory.proof import Theorem, cite, cut, equal_words, follows, generalize, inner, instance, squared_norm, substitute
from theory.proof.ranges import throughout

Samples = tuple[int, ...]  # 1 and -1
TWO_CLASSES = {k: 2, class_vector: Lambda(j, (3 - 2 * j) / sqrt(2) * u), true: Lambda(i, 1)}
LENGTH = Eq(squared_norm(u), 1)

_term = Function("g_1", real=True)


def values(samples: Samples) -> dict[Any, Any]:
    """As many ones, or 1 and -1, times a unit vector."""
    sample = u if samples == (1,) * len(samples) else (3 - 2 * i) * u
    return {**TWO_CLASSES, m: len(samples), x: Lambda(i, sample)}


def _first_score(weights: Expr) -> Expr:
    """z, for the sample 1."""
    return inner(u, weights * u) / sqrt(2)


@cache
def _scores_are_close() -> Theorem:
    """|z(U) - z(W)|^2 <= |U - W|^2/2."""
    gap, square = params - params_2, u * transpose(u)
    apart = _first_score(params) - _first_score(params_2)
    known = (
        equal_words(apart, inner(square, gap) / sqrt(2)),
        equal_words(squared_norm(square), squared_norm(u) ** 2),
        cite("cauchy-schwarz", square, gap),
        cite("norm-nonnegative", gap),
    )
    return follows(apart**2 <= squared_norm(gap) / 2, LENGTH, using=known, because="|u u'| = 1")


def _logarithm_is_close(samples: Samples, sample: int, one: Expr, other: Expr) -> Theorem:
    """It rises by at most |z(U) - z(W)|: the scores are z and -z."""
    here, most = {i: Integer(sample)}, Abs(_first_score(one) - _first_score(other))
    scores = [substitute(substitute(score(j, weights), values(samples)), here) for weights in (one, other)]
    written = [equal_words(z, (3 - 2 * j) * samples[sample - 1] * _first_score(w)) for z, w in zip(scores, (one, other), strict=True)]
    each = follows(scores[0] - scores[1] <= most, j >= 1, j <= 2, using=tuple(written), because="j is 1 or 2")
    letters = {k: Integer(2), logit: Lambda(j, scores[0]), log_value: Lambda(j, scores[1]), t: most}
    return cut(instance(rises_no_more(), letters), throughout(each, j, CLASSES.subs(k, 2)))


def _true_score(samples: Samples, sample: int, weights: Expr) -> Theorem:
    own = substitute(substitute(score(true(i), weights), values(samples)), {i: Integer(sample)})
    return equal_words(own, samples[sample - 1] * _first_score(weights))


def _two_terms() -> Theorem:
    return equal_words(Sum(_term(i), (i, 1, 2)), _term(1) + _term(2))


@cache
def is_a_constant(samples: Samples, number: Expr) -> Theorem:
    """`number` is a Lipschitz constant of the loss of one sample, of some equal ones, or of 1 and -1."""
    claim = substitute(LIPSCHITZ_LOSS, {**values(samples), L: number})
    known, different = [_scores_are_close(), cite("norm-nonnegative", params - params_2)], len(set(samples))
    for one, other in ((params, params_2), (params_2, params)):
        for sample in range(1, different + 1):
            known += [_logarithm_is_close(samples, sample, one, other), _true_score(samples, sample, one)]
        loss = substitute(one_loss(one), values(samples))
        known.append(sum_of_equals(loss, Integer(len(samples))) if different == 1 else instance(_two_terms(), {_term: Lambda(i, loss)}))
    bounded = follows(claim.args[2].args[2], LENGTH, using=tuple(known), because="|z(U) - z(W)| <= |U - W|/sqrt(2)")
    return generalize(generalize(bounded, params_2), params)


__all__ = ["TWO_CLASSES", "is_a_constant", "values"]
