"""The linearised error at a stable equilibrium, a step in the proof of theorem 1 that is not legitimate. (Nar & Sastry, equation 7).

f(H) = sum_j A_j H B_j, with the factors of the equilibrium. Where the residual is zero, f = J J' for the derivative J of the product, and
the Hessian of the loss is J' J: both have the same eigenvalues except 0. Where it is not, the Hessian has a second term, which can lower
its largest eigenvalue: then the equilibrium is stable although f has an eigenvalue above 2/delta. Theorem 1 is true all the same
(`theorem_1`): along the singular vectors the second term does no harm.
"""

from sympy import Abs, Eq, ImmutableMatrix, Lambda, Rational, Sum, diag, sqrt

from theory.evidence import Tight, at, mutant, proves, refutes
from theory.proof import (
    And,
    ForAll,
    Refutation,
    Statement,
    Theorem,
    assume,
    by_meaning,
    cite,
    combine_words,
    conjunction,
    counterexample,
    cut,
    equal_words,
    follows,
    forget_recursion,
    generalize,
    inner,
    instance,
    rewrite,
    specialize,
    squared_norm,
    substitute,
)
from theory.step_bounds.descent_step import conclude_at_the_output, derivative_of_the_product, gradient
from theory.step_bounds.error_dynamics import error_factors, error_map, misread_map
from theory.step_bounds.instances import deep, network, scalar_network
from theory.step_bounds.layers import DERIVATIVE, LAYERS, PRODUCTS, SECOND, STILL, WEIGHTS, for_every_layer
from theory.step_bounds.lemma_1 import LargestEigenvalue, symmetry_is_enough
from theory.step_bounds.smoothness import GAINS, SINGULAR, SMOOTH, p_squared, q_squared
from theory.step_bounds.solutions import DeepLinearStable
from theory.step_bounds.symbols import C, D, G, H, L, Left, P, R, Right, delta, j, k, lam, mu, u, v

STABLE = DeepLinearStable(delta, WEIGHTS, L, R)
EIGENPAIR = (Eq(error_map(H), mu * H), squared_norm(H) > 0)  # mu is an eigenvalue of f
FIT = Eq(P(L), R)

equation_7 = Statement(
    (*PRODUCTS, STABLE, delta > 0, *EIGENPAIR),
    And(Abs(1 - delta * mu) <= 1, mu <= 2 / delta),
    source="nar-sastry:equation-7",
)
without_residual = equation_7.amend(
    given=(*equation_7.given, FIT, SMOOTH),
    why="the step is legitimate at solutions with zero residual: there f and the Hessian have the same eigenvalues except 0",
)

# Widths 2, 2, 1, 2, 2: the network keeps the first of the singular values 1 and 1/2 of its target, which is a global minimum
NARROW = deep([[[1, 1], [1, 0]], [[0, 1]], [[0], [1]], [[1, 1], [1, 0]]], diag(1, Rational(1, 2)))


@refutes(
    equation_7,
    why=(
        "the factors A_j, B_j move with the weights, so where a residual is left the error is no linear system of its own: at this global"
        " minimum f has the eigenvalue 4 + sqrt(6) > 2/delta = 6.4, but the Hessian none above (7 + sqrt(29))/2 < 6.4, so it is stable"
    ),
)
def a_stable_minimum_with_a_large_eigenvalue() -> Refutation:
    """Delta = 5/16: the largest eigenvalue of the Hessian is 6.19, that of f is 6.45, and 2/delta lies between them."""
    eigenvector = ImmutableMatrix([[2 + sqrt(6), 1], [1, 0]])
    return counterexample(equation_7, {**NARROW, delta: Rational(5, 16), mu: 4 + sqrt(6), H: eigenvector})


ONE = ImmutableMatrix([[1]])
FITTED = {**deep([ONE, ONE]), lam: 2, mu: 2, H: ONE}
BACKWARDS = Lambda(j, gradient(j, H))  # J' H, the direction that changes the product by f(H) = J J' H
DIRECTION = Sum(squared_norm(BACKWARDS(j)), (j, 1, L))


@proves(
    without_residual,
    witness=at({**FITTED, delta: Rational(1, 2)}),
    mutants=[
        mutant(without_residual.with_then(mu <= 1 / delta), {**FITTED, delta: Rational(3, 4)}, "1/delta for 2/delta"),
        mutant(without_residual.with_then(mu >= 2 / delta), {**FITTED, delta: Rational(1, 2)}, "the other direction"),
        mutant(
            without_residual.replacing({error_map(H): misread_map(H)}),
            {**deep([2 * ONE, 2 * ONE]), lam: 8, delta: Rational(1, 8), mu: 128, H: ONE},
            "A_j and B_j with layer j",
        ),
    ],
)
def without_residual_the_map_has_the_hessian_spectrum() -> Theorem:
    """Lam |J'H|^2 >= |J J'H|^2 with J J'H = f(H) = mu H and |J'H|^2 = <H, f(H)> = mu |H|^2: so mu <= lam <= 2/delta."""
    pair = tuple(assume(h) for h in EIGENPAIR)
    rayleigh = instance(by_meaning(SMOOTH), {D: BACKWARDS})
    change = instance(derivative_of_the_product(), {D: BACKWARDS})
    change = combine_words(C(L), mu * H, (1, change, 1), (1, pair[0], 1), because="J J'H = f(H) = mu H")
    curvature = equal_words(rayleigh.then.rhs, mu**2 * squared_norm(H), assume(FIT), change, because="the residual is zero")
    length = equal_words(DIRECTION, inner(H, error_map(H)), because="|Q' H P'|^2 = <H, A H B>, layer by layer")
    length = rewrite(length, pair[0])
    norm = equal_words(length.then.rhs, mu * squared_norm(H))
    bound = follows(
        And(mu >= 0, delta * mu <= 2),
        *EIGENPAIR[1:],
        delta > 0,
        using=(rayleigh, curvature, length, norm, _direction_has_a_length(), cite("stable-equilibria-are-flat", STABLE, SMOOTH)),
        because="lam mu |H|^2 >= mu^2 |H|^2 and mu |H|^2 >= 0",
    )
    for family, definition in ((G, SECOND), (C, (DERIVATIVE, STILL))):
        bound = forget_recursion(bound, family, *(substitute(d, {D: BACKWARDS}) for d in definition))
    return follows(without_residual.then, delta > 0, using=(bound,), because="divide by delta")


def _direction_has_a_length() -> Theorem:
    """sum_j |D(j)|^2 >= 0, one layer after the other."""
    term = squared_norm(BACKWARDS(j))
    claim = Sum(term, (j, 1, k)) >= 0
    start = equal_words(Sum(term, (j, 1, 0)), 0, because="an empty sum")
    longer = equal_words(Sum(term, (j, 1, k + 1)), Sum(term, (j, 1, k)) + substitute(term, {j: k + 1}))
    norm = cite("norm-nonnegative", BACKWARDS(k + 1))
    step = follows(substitute(claim, {k: k + 1}), claim, using=(longer, norm), because="one square more")
    return conclude_at_the_output(specialize(for_every_layer(start, step, claim), L), DIRECTION >= 0)


# The bound that lemma 1 gives (the end of the proof of theorem 1)

LEFT, RIGHT = (Lambda(j, factor) for factor in error_factors(j))
LARGEST = LargestEigenvalue(mu, LEFT, L, RIGHT, L)
FORMS = ForAll(
    j,
    LAYERS,
    And(
        Eq(inner(u, LEFT(j) * u), q_squared(j + 1), evaluate=False),
        Eq(inner(v, RIGHT(j) * v), p_squared(j - 1), evaluate=False),
        evaluate=False,
    ),
)

equation_7_bound = Statement(
    (*PRODUCTS, *SINGULAR, delta > 0, LARGEST, mu <= 2 / delta),
    And(FORMS, GAINS <= 2 / delta),
    source="nar-sastry:equation-7-bound",
)
UNIT = {**scalar_network(1, 1), mu: 2, delta: 1}
TWOS = {**scalar_network(2, 2), mu: 8, delta: Rational(1, 4)}


@proves(
    equation_7_bound,
    witness=at({**network([diag(1, 2), diag(1, 3)], (0, 1), (0, 1), 6), mu: 13, delta: Rational(1, 8)}),
    mutants=[
        mutant(equation_7_bound.with_then(GAINS <= 1 / delta), UNIT, "1/delta for 2/delta"),
        mutant(
            equation_7_bound.with_then(Sum(p_squared(j) * q_squared(j), (j, 1, L)) <= 2 / delta),
            TWOS,
            "p_j q_j for p_{j-1} q_{j+1}",
        ),
        mutant(
            equation_7_bound.with_then(ForAll(j, LAYERS, Eq(inner(u, LEFT(j) * u), q_squared(j), evaluate=False))),
            TWOS,
            "q_j for q_{j+1}",
        ),
    ],
    tight=Tight(
        True,
        "at balanced weights the singular vectors are eigenvectors of all factors, and mu = S",
        Statement(equation_7_bound.given, Eq(GAINS, 2 / delta)),
        at(UNIT),
    ),
)
def the_gains_bound_the_eigenvalue() -> Theorem:
    """Mu >= sum_j (u' A_j u)(v' B_j v) = sum_j q_{j+1}^2 p_{j-1}^2, by lemma 1 at the singular vectors."""
    forms = [
        equal_words(inner(x, factor(j) * x), square, because="|Q' u|^2 and |P v|^2")
        for x, factor, square in ((u, LEFT, q_squared(j + 1)), (v, RIGHT, p_squared(j - 1)))
    ]
    bound = instance(symmetry_is_enough(), {Left: LEFT, Right: RIGHT, lam: mu})  # A_j' = A_j and B_j' = B_j as words
    gains = equal_words(Sum(forms[0].then.lhs * forms[1].then.lhs, (j, 1, L)), GAINS)
    unit = [equal_words(squared_norm(x), 1, assume(h)) for x, h in zip((u, v), SINGULAR[2:], strict=True)]
    bound = cut(bound, *(follows(squared_norm(x) > 0, using=(one,)) for x, one in zip((u, v), unit, strict=True)))
    return follows(
        equation_7_bound.then,
        mu <= 2 / delta,
        delta > 0,
        using=(bound, gains, *unit, generalize(conjunction(*forms), j, LAYERS)),
        because="S <= mu <= 2/delta",
    )
