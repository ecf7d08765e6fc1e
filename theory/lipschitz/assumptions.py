"""Are the usual losses Lipschitz continuous because they have gradients? Not the squared error. (sections 1 and 3.1).

(w - y)^2 has a derivative everywhere, and no Lipschitz constant: its slope 2 (w - y) takes every value. It has one on every bounded set,
2 K where |w - y| <= K. A gradient that is "used" proves nothing; and with a ReLU the loss may have none where a pre-activation is 0.
"""

from sympy import Abs, Eq, Lambda
from sympy import S as TRUTH

from theory.evidence import Tight, at, mutant, proves, refutes
from theory.lipschitz.symbols import K, L, d, label, t, z
from theory.proof import (
    And,
    Exists,
    ForAll,
    Refutation,
    Statement,
    Theorem,
    Velocity,
    absurd,
    assume,
    cite,
    conclude,
    conjunction,
    counterexample,
    cut,
    derivative,
    follows,
    generalize,
    instance,
    none_exists,
    specialize,
)
from theory.proof.logic import substitute

SQUARE = (t - label) ** 2
GAP = Abs(SQUARE - substitute(SQUARE, {t: z}))
SMOOTH = ForAll(t, True, Velocity(Lambda(d, substitute(SQUARE, {t: t + d})), 2 * (t - label)))
NEAR_T, NEAR_Z = And(t - label >= -K, t - label <= K), And(z - label >= -K, z - label <= K)
EVERYWHERE = ForAll(t, True, ForAll(z, True, GAP <= L * Abs(t - z)))

usual = Statement((), And(SMOOTH, Exists(L, L > 0, EVERYWHERE)), source="yedida-saha:text-min-assumptions")


NEARBY = GAP <= 2 * K * Abs(t - z)
usual_amended = usual.amend(
    given=(K >= 0, *NEAR_T.args, *NEAR_Z.args),
    then=And(SMOOTH, NEARBY),
    why="The squared error has a gradient and no Lipschitz constant on the whole line; on |w - y| <= K it has 2 K.",
)


def no_constant_everywhere() -> Theorem:
    """Between y and y + L + 1 the slope is L + 1."""
    here = specialize(specialize(assume(EVERYWHERE), label + L + 1), label)
    clash = follows(TRUTH.false, EVERYWHERE, L > 0, using=(here,), because="(L + 1)^2 > L (L + 1)")
    return none_exists(generalize(absurd(clash, EVERYWHERE), L, L > 0))


def not_as_printed() -> Theorem:
    """Not both."""
    whole = usual.then
    none = follows(TRUTH.false, whole, using=(no_constant_everywhere(),), because="there is no such L")
    return instance(absurd(none, whole), {label: 0})


@refutes(usual, why="The squared error w^2: between 0 and L + 1 its slope is L + 1, for every L.")
def the_squared_error_is_not_lipschitz() -> Refutation:
    """The target 0."""
    return counterexample(usual, {label: 0}, not_as_printed())


def everywhere_smooth() -> Theorem:
    """The derivative of a square."""
    rule = derivative((z - label) ** 2, z, value=2 * (z - label))
    fact = cite("velocity-from-derivative", Lambda(z, (z - label) ** 2), Lambda(z, 2 * (z - label)), True, d, t)
    return generalize(cut(fact, generalize(rule, z)), t)


def _approached() -> Theorem:
    """Between K and K - d the slope is 2 K - d."""
    return follows(Eq(Abs(K**2 - (K - d) ** 2), (2 * K - d) * d), d > 0, d < K, because="a difference of squares")


TWO = {K: 2, label: 0, t: 2, z: 1}


def smooth_at_0() -> Theorem:
    """For the target 0."""
    return instance(everywhere_smooth(), {label: 0})


@proves(
    usual_amended,
    witness=at(TWO, smooth_at_0),
    mutants=[
        mutant(usual_amended.with_then(GAP <= K * Abs(t - z)), TWO, "K for 2 K"),
        mutant(usual_amended.drop(*NEAR_T.args), {**TWO, t: 9}, "everywhere"),
    ],
    tight=Tight(True, "the slopes come as close to 2 K as one likes", shown=_approached),
)
def the_squared_error_nearby() -> Theorem:
    """|t^2 - z^2| = |t + z| |t - z| about the target."""
    apart = follows(NEARBY, *NEAR_T.args, *NEAR_Z.args, because="|w - y + v - y| <= 2 K")
    return conclude(conjunction(everywhere_smooth(), apart), usual_amended)
