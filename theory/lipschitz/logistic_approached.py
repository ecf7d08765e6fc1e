"""The Lipschitz constant of logistic regression is (1/m) max_S |sum_S a_i| for every data set: no number below it will do. (section 5.1).

Take any subset S of the samples, or any weights c_i between 0 and 1, and V = sum_i c_i a_i with a_i = (2 y_i - 1) x_i. At the weights -t V
each sample is pushed to where it is confidently wrong or confidently right, whichever turns its part of the gradient towards -V. So
|g| >= |V|/m - 1/(t |V|): along the ray, the gradient comes as close to |V|/m as one likes. Nothing is asked of the samples. That L >= 0
is a Lipschitz constant of the loss exactly if |sum_S a_i| <= m L for all subsets S is proved in `logistic_exact`.
"""

from functools import cache

from sympy import Eq, Integer, Lambda, Or, Rational, Sum, symbols

from theory.evidence import at, extends, mutant
from theory.linear_range.sizes import compared_sums
from theory.lipschitz.cross_entropy import exponentials, logistic
from theory.lipschitz.exponential import faster_than_a_line
from theory.lipschitz.logistic_gradient import GRADIENT, LABELS, SIGNED, SUBSET, TERM
from theory.lipschitz.means_of_samples import SAMPLES, along_itself, sum_of_equals
from theory.lipschitz.symbols import chosen, data, g_w, i, label, label_of, m, t, v, w, x_i, z
from theory.proof import (
    And,
    ForAll,
    Statement,
    Theorem,
    assume,
    cite,
    conclude,
    cut,
    equal_words,
    follows,
    inner,
    instance,
    specialize,
    squared_norm,
)
from theory.proof.norms import size
from theory.proof.ranges import throughout

SHARES = ForAll(i, SAMPLES, And(chosen(i) >= 0, chosen(i) <= 1))
TOWARDS, ON_THE_RAY = Eq(v, SUBSET, evaluate=False), Eq(w, -t * v, evaluate=False)
RAY = (m >= 1, LABELS, SHARES, TOWARDS, t > 0, ON_THE_RAY, GRADIENT)
along_the_ray = Statement(RAY, size(v) * size(g_w) >= squared_norm(v) / m - 1 / t)
# One sample 1 with the label 0: at -t V = 1 the gradient is s(1) = 0.73
ONE = Integer(1)
PUSHED = {m: 1, label_of: Lambda(i, 0), chosen: Lambda(i, 1), data: [[1]], v: [[-1]], t: 1, w: [[1]], g_w: [[logistic(ONE)]]}
ASIDE = {**PUSHED, v: [[1]], t: 4, w: [[-4]], g_w: [[logistic(-4 * ONE)]]}
TWICE = {**PUSHED, chosen: Lambda(i, 2), v: [[-2]], t: Rational(1, 2)}

_share, _reach = symbols("c h", real=True)


@cache
def _one_sample() -> Theorem:
    """(y - s(-t h)) h >= c (2 y - 1) h - 1/t, for a label y and 0 <= c <= 1: t |h| < 1 + e^(t |h|)."""
    short = (logistic(z) - label) * _reach
    least = (1 - 2 * label) * _reach * _share
    known = (t > 0, _share >= 0, _share <= 1, Eq(z, -t * _reach))
    cases = []
    for value in (0, 1):
        at_label = {label: Integer(value)}
        claim = (short <= least + 1 / t).subs(at_label)
        cases.append(follows(claim, *known, using=faster_than_a_line(z), because="t |h| < 1 + e^(t |h|)"))
    both = (Or(Eq(label, 0), Eq(label, 1)), *known)
    return follows(short <= least + 1 / t, *both, using=(*cases, *exponentials(z)), because="whichever the label is")


@extends(
    "yedida-saha:logistic-l",
    along_the_ray,
    witness=at(PUSHED),
    mutants=[
        mutant(along_the_ray.with_then(size(v) * size(g_w) >= squared_norm(v) / m), PUSHED, "it is reached"),
        mutant(along_the_ray.with_then(size(v) * size(g_w) >= squared_norm(v) / m - 1 / (4 * t)), PUSHED, "a quarter of 1/t"),
        mutant(along_the_ray.drop(TOWARDS), ASIDE, "another direction"),
        mutant(along_the_ray.drop(SHARES), TWICE, "more than all of a sample"),
    ],
)
def the_gradient_along_the_ray() -> Theorem:
    """<V, g> is at most 1/t - |V|^2/m, for each sample gives at most 1/t less its part of |V|^2; and Cauchy-Schwarz."""
    here, part = inner(v, x_i), chosen(i) * SIGNED
    one = instance(_one_sample(), {label: label_of(i), z: inner(x_i, w), _share: chosen(i), _reach: here})
    on_ray = equal_words(inner(x_i, w), -t * here, assume(ON_THE_RAY))
    known = (
        cut(one, specialize(assume(LABELS), i), specialize(assume(SHARES), i), on_ray),
        equal_words(inner(v, TERM), (logistic(inner(x_i, w)) - label_of(i)) * here),
        equal_words(inner(v, part), chosen(i) * (2 * label_of(i) - 1) * here),
        *exponentials(inner(x_i, w)),
    )
    each = follows(inner(v, TERM) <= 1 / t - inner(v, part), t > 0, using=known, because="0 <= c <= 1")
    sums = compared_sums(throughout(each, i, SAMPLES), last=m)
    using = (
        sums,
        equal_words(inner(v, g_w), sums.then.lhs / m, assume(GRADIENT), because="term by term"),
        equal_words(sums.then.rhs, Sum(1 / t, (i, 1, m)) - inner(v, SUBSET), because="term by term"),
        sum_of_equals(1 / t, m),
        along_itself(v, SUBSET),
        *(cite("norm-nonnegative", word) for word in (v, g_w)),
        cite("cauchy-schwarz", v, g_w),
    )
    return conclude(follows(along_the_ray.then, m >= 1, t > 0, using=using, because="Cauchy-Schwarz"), along_the_ray)
