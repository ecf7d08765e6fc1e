"""Logistic layers that see all states before them: their tangent equation. (equation 17)."""

from sympy import Eq, Expr, Integer, Lambda, Sum

from theory.evidence import at, mutant, proves
from theory.linear_range.logistic import HALF, QUARTER
from theory.linear_range.networks import DEEP, INPUT, LAYERS, at_layer
from theory.linear_range.neurons import LOGISTIC, SLOPE, added, layer_velocity, product
from theory.linear_range.symbols import (
    Delta_b,
    Delta_W,
    I,
    Lam,
    Sigma,
    W,
    b,
    beta,
    i,
    j,
    psi,
    u,
    v,
    x,
)
from theory.linear_range.tangents import MOVED
from theory.proof import (
    And,
    Entrywise,
    ForAll,
    Gate,
    Statement,
    Theorem,
    assume,
    cite,
    combine_words,
    conjunction,
    cut,
    equal_words,
    generalize,
    specialize,
    substitute,
    sum_congruence,
    weaken,
)
from theory.proof.ranges import throughout

BEFORE = And(j >= 0, j <= i)


def _inside(weights: Expr, states: Expr, bias: Expr) -> Expr:
    return Sum(weights * states, (j, 0, i)) + bias


STEERED = W(j, i + 1) + psi * Sigma(j, i + 1)
NEURONS = ForAll(i, LAYERS, ForAll(psi, True, Entrywise(LOGISTIC, _inside(STEERED, u(j, psi), b(i) + psi * beta(i)), u(i + 1, psi))))
GATES = ForAll(i, LAYERS, Gate(SLOPE, _inside(W(j, i + 1), u(j, 0), b(i)), Lam(i)))
CHANGES = (
    ForAll(i, LAYERS, ForAll(j, BEFORE, Eq(Delta_W(j, i + 1), psi * Sigma(j, i + 1)))),
    ForAll(i, LAYERS, Eq(Delta_b(i), psi * beta(i))),
)


def _tangent(term: Expr) -> Eq:
    return Eq(psi * v(i + 1), Lam(i) * (Sum(term, (j, 0, i)) + Delta_b(i)))


TERM = W(j, i + 1) * (psi * v(j)) + Delta_W(j, i + 1) * u(j, 0)
equation_17 = Statement(
    (DEEP, INPUT, NEURONS, GATES, MOVED, *CHANGES),
    And(Eq(psi * v(0), 0), ForAll(i, LAYERS, _tangent(TERM))),
    source="ni-talnikar:equation-17",
)
G1 = substitute(LOGISTIC.expr, {LOGISTIC.variables[0]: 3 * psi})
G2 = substitute(LOGISTIC.expr, {LOGISTIC.variables[0]: psi - 1 + (2 + psi) * G1 + 2 * psi})
# Two neurons, the second with a skip: u_1 = g(2 u_0 - 2) and u_2 = g(2 u_1 - u_0), both at g(0); every weight moves by psi
WITH_SKIP = {
    I: 2,
    x: [[1]],
    u: Lambda((i, psi), (1 - i) * (2 - i) / 2 + i * (2 - i) * G1 + i * (i - 1) * G2 / 2),
    W: Lambda((j, i), 5 - 3 * i + 3 * j),
    b: Lambda(i, 2 * i - 2),
    Sigma: Lambda((j, i), 1),
    beta: Lambda(i, 2),
    v: Lambda(i, 7 * i / 8 - i**2 / 8),
    Lam: Lambda(i, QUARTER),
    psi: HALF,
    Delta_W: Lambda((j, i), HALF),
    Delta_b: Lambda(i, 1),
}


def _variant(equation: Eq) -> Statement:
    return equation_17.with_then(ForAll(i, LAYERS, equation))


@proves(
    equation_17,
    witness=at(WITH_SKIP),
    mutants=[
        mutant(_variant(_tangent(W(j, i + 1) * psi * v(j))), WITH_SKIP, "without the moves of the weights"),
        mutant(_variant(Eq(psi * v(i + 1), Lam(i) * (substitute(TERM, {j: i}) + Delta_b(i)))), WITH_SKIP, "the last edge only"),
        mutant(_variant(Eq(psi * v(i + 1), Sum(TERM, (j, 0, i)) + Delta_b(i))), WITH_SKIP, "without the slopes"),
    ],
)
def the_tangent_equation_with_skips() -> Theorem:
    """Every edge by the product rule, their sum, and the slopes of the neurons; then times psi."""
    still = cut(cite("same-curve", _curve(Integer(0)), Lambda(psi, x), 0), assume(INPUT), cite("straight-line", x, 0, psi))
    rest = cut(cite("one-velocity", _curve(Integer(0)), v(0), 0), still, specialize(assume(MOVED), 0))
    begin = combine_words(psi * v(0), 0, (psi, rest, 1))
    changed = sum_congruence(
        generalize(equal_words(Delta_W(j, i + 1) * u(j, 0), psi * Sigma(j, i + 1) * u(j, 0), at_layer(CHANGES[0], i, j)), j, BEFORE)
    )
    step = combine_words(
        *_tangent(TERM).args, (psi, _one_layer(), 1), (-Lam(i), changed, 1), (-Lam(i), at_layer(CHANGES[1], i), 1), because="times psi"
    )
    return conjunction(begin, throughout(step, i, LAYERS))


def _curve(layer: Expr) -> Lambda:
    return Lambda(psi, u(layer, psi))


def _one_layer() -> Theorem:
    """v(i+1) = Lambda (sum over j of Sigma u + W v, and beta)."""
    edge = product(cite("straight-line", W(j, i + 1), Sigma(j, i + 1), psi), specialize(assume(MOVED), j))
    edges = cite("velocity-of-sum", *edge.then.args, j, Integer(0), i)
    edges = cut(edges, throughout(weaken(edge, *RANGE_OF_I), j, BEFORE))
    inside = added(edges, cite("straight-line", b(i), beta(i), psi))
    there = layer_velocity(inside, _curve(i + 1), at_layer(NEURONS, i), at_layer(GATES, i))
    return cut(cite("one-velocity", _curve(i + 1), v(i + 1), there.then.args[1]), there, specialize(assume(MOVED), i + 1))


RANGE_OF_I = (i >= 0, i <= I - 1)
