"""Layers that see all states before them: the tangent equation, and the equivalence of tangent and adjoint. (equation 17).

Any directed acyclic graph of layers is such a network, with zeros for the edges that it does not have.
"""

from functools import cache

from sympy import Abs, Eq, Expr, Integer, Lambda, Rational, Sum, Symbol

from theory.evidence import at, extends, mutant, proves
from theory.linear_range.logistic import HALF, QUARTER
from theory.linear_range.networks import DEEP, INPUT, LAYERS, REST, STATES, at_layer
from theory.linear_range.neurons import LOGISTIC, SLOPE, added, layer_velocity, product
from theory.linear_range.sums import last_term
from theory.linear_range.symbols import (
    A,
    Delta_b,
    Delta_W,
    I,
    Ju,
    Lam,
    Sigma,
    W,
    adjoint,
    b,
    beta,
    collected,
    i,
    j,
    k,
    l,
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
    instance,
    part,
    rewrite,
    specialize,
    substitute,
    sum_congruence,
)
from theory.proof.ranges import throughout, up_to

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
