"""When a step is sure to lower a squared loss, from the measurement of the last layer alone. (beyond section 3.1).

Let r be the residual, v psi what the last state is predicted to move by, and epsilon what is missed, relative to that. Nothing else is
known of the network. The loss falls if epsilon is less than the cosine of the angle between -r and v, and the step is short enough:
psi |v| < 2 |r| (cos - epsilon)/(1 - epsilon^2). Both bounds are sharp, in any dimension.
"""

from functools import cache

from sympy import Eq, Expr, Integer, Lambda, Rational

from theory.evidence import at, extends, mutant
from theory.linear_range.measurement import error
from theory.linear_range.sizes import scaled, size, triangle
from theory.linear_range.symbols import I, epsilon, growth, i, psi, u, unit, v, y
from theory.proof import And, Statement, Theorem, assume, cite, cut, equal_words, follows, inner, squared_norm, substitute

RESIDUAL = u(I, 0) - y
MISSED = substitute(error(psi), {i: I})
MOVED, NEW = psi * v(I), u(I, psi) - y
PREDICTED = RESIDUAL + MOVED


def short(bound: Expr) -> Expr:
    """Psi (1 - epsilon^2) |v|^2 < bound (-<r, v> - epsilon |r| |v|), where <r, v> is the derivative of |r|^2/2 in psi."""
    return psi * (1 - epsilon**2) * squared_norm(v(I)) < bound * (-inner(RESIDUAL, v(I)) - epsilon * size(RESIDUAL) * size(v(I)))


WITHIN = size(MISSED) <= epsilon * size(MOVED)
FALLS = squared_norm(NEW) < squared_norm(RESIDUAL)
falls = Statement((psi > 0, epsilon >= 0, epsilon < 1, WITHIN, short(Integer(2))), FALLS)

# r = 1, v = -1, epsilon = 1/2 and the step 4/3: from 1 to -1 in the worst case
WORST = {I: 1, unit: [[1]], y: [[0]], v: Lambda(i, -unit), epsilon: Rational(1, 2)}
EDGE = {**WORST, psi: Rational(4, 3), u: Lambda((i, psi), (1 - 3 * psi / 2) * unit)}
TWICE = {**WORST, psi: 1, u: Lambda((i, psi), (1 - 2 * psi) * unit)}
FAR = {**WORST, psi: Rational(1, 10), u: Lambda((i, psi), (1 + 10 * psi) * unit)}
BEYOND = {**WORST, psi: 1, epsilon: 2, u: Lambda((i, psi), (1 - 3 * psi) * unit)}


@cache
def positive() -> tuple[Theorem, ...]:
    """Squared norms are not negative."""
    return tuple(cite("norm-nonnegative", word) for word in (RESIDUAL, v(I), PREDICTED, MISSED, MOVED, NEW))


@cache
def square() -> Theorem:
    """|r + v psi|^2 = |r|^2 + 2 psi <r, v> + psi^2 |v|^2."""
    expanded = squared_norm(RESIDUAL) + 2 * psi * inner(RESIDUAL, v(I)) + psi**2 * squared_norm(v(I))
    return equal_words(squared_norm(PREDICTED), expanded, because="expanded")


@cache
def steps() -> Theorem:
    """|psi v| = psi |v|."""
    return cut(scaled(MOVED, psi, v(I)), follows(psi >= 0, psi > 0))


@cache
def nearer() -> Theorem:
    """|r + v psi| < |r| - epsilon psi |v|."""
    missed = epsilon * psi * size(v(I))
    cauchy = cite("cauchy-schwarz", RESIDUAL, v(I))
    known = (psi > 0, epsilon >= 0, epsilon < 1, short(Integer(2)))
    longer = follows(size(RESIDUAL) > missed, *known, using=(cauchy, *positive()), because="Cauchy-Schwarz")
    return follows(size(PREDICTED) < size(RESIDUAL) - missed, *known, using=(square(), longer, *positive()), because="squared")


@extends(
    "ni-talnikar:text-sufficient-linearity",
    falls,
    witness=at({**EDGE, psi: 1}),
    mutants=[
        mutant(falls.replacing({short(Integer(2)): short(Rational(201, 100))}), EDGE, "201/100 for the constant 2"),
        mutant(falls.replacing({epsilon * size(MOVED): 2 * epsilon * size(MOVED)}), {**EDGE, **TWICE}, "twice the error"),
        mutant(falls.drop(short(Integer(2))), EDGE, "a step of any length"),
        mutant(falls.drop(WITHIN), FAR, "for any error"),
        mutant(falls.drop(epsilon < 1), BEYOND, "epsilon > 1"),
    ],
)
def a_short_step_descends() -> Theorem:
    """The residual is at most |r + v psi| + epsilon |v psi|, which is less than |r|."""
    using = (nearer(), triangle(NEW, PREDICTED, MISSED), steps(), *positive())
    return follows(FALLS, *falls.given, using=using, because="the triangle inequality")


# The worst error that is within epsilon: in the direction of what is predicted to be left of the residual

LEFT = size(PREDICTED)
OUTWARD = (LEFT > 0, Eq(u(I, psi), y + growth * PREDICTED), Eq(growth * LEFT, LEFT + epsilon * size(MOVED)))
sharp = Statement(
    (psi > 0, epsilon >= 0, *OUTWARD, short(Integer(2)).lhs >= short(Integer(2)).rhs),
    And(Eq(size(MISSED), epsilon * size(MOVED)), squared_norm(NEW) >= squared_norm(RESIDUAL)),
)
OUT = {**EDGE, growth: 3}


@extends(
    "ni-talnikar:text-sufficient-linearity",
    sharp,
    witness=at(OUT),
    mutants=[
        mutant(sharp.with_then(squared_norm(NEW) > squared_norm(RESIDUAL)), OUT, "the loss grows"),
        mutant(
            sharp.drop(sharp.given[-1]),
            {**OUT, psi: Rational(6, 5), growth: 4, u: Lambda((i, psi), (1 - 3 * psi / 2) * unit)},
            "a shorter step",
        ),
    ],
)
def no_longer_step_is_sure_to_descend() -> Theorem:
    """|r + v psi| + epsilon |v psi| is attained, in any dimension, and is at least |r| where the step is not shorter."""
    missed = equal_words(squared_norm(MISSED), (growth - 1) ** 2 * squared_norm(PREDICTED), assume(OUTWARD[1]), because="along r + v psi")
    new = equal_words(squared_norm(NEW), growth**2 * squared_norm(PREDICTED), assume(OUTWARD[1]), because="along r + v psi")
    left = follows(LEFT >= size(RESIDUAL) - epsilon * psi * size(v(I)), *sharp.given, using=(square(), *positive()), because="squared")
    using = (missed, new, left, steps(), *positive())
    return follows(sharp.then, *sharp.given, using=using, because="both are multiples of r + v psi")
