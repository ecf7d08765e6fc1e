"""GD from the identity on a deep linear network is GD from zero on a residual one. (Nar & Sastry, remark 4, and what it is used for).

A layer of the residual network is 1 + V(j), and its gradient with respect to V(j) is the gradient with respect to the whole layer.
"""

from collections.abc import Mapping
from typing import Any

from sympy import Eq, Expr, ImmutableMatrix, Lambda, Rational, diag, eye
from sympy.core.function import AppliedUndef
from sympy.functions.elementary.complexes import transpose

from theory.evidence import at, mutant, proves, refutes
from theory.proof import (
    And,
    ForAll,
    Implies,
    Refutation,
    Statement,
    Tends,
    Theorem,
    assume,
    counterexample,
    cut,
    equal_words,
    follows,
    generalize,
    instance,
    specialize,
    substitute,
)
from theory.proof.logic import Boolean
from theory.step_bounds.definite_targets import (
    EIGENVALUE,
    FROM_ONE_RATE,
    LINEAR,
    ONE_LAYER,
    OSCILLATES,
    PRINTED_STEP,
    ROOT,
    SINGULAR_POINT,
    TWO_LAYERS,
    every_orbit_converges,
    layers_converge_to_the_root,
    numbers,
)
from theory.step_bounds.eigenvalue_orbits import FROM_ONE, LINEAR_RATE, singular_targets_have_no_linear_rate
from theory.step_bounds.identity_start import (
    DESCENT,
    FIRST,
    FROM_IDENTITY,
    LAST,
    PREFIX,
    RUNNING,
    SUFFIX,
    at_step,
    of_layers,
    throughout,
    with_ranges,
)
from theory.step_bounds.instances import gradient_run
from theory.step_bounds.layers import LAYERS, for_every_layer
from theory.step_bounds.symbols import PV, QV, K, L, P, Q, R, V, W, a, delta, i, j, k, lam, low, v, w

RESIDUAL = (
    throughout(Eq(PV(j, k), (1 + V(j, k)) * PV(j - 1, k))),
    ForAll(k, RUNNING, Eq(PV(0, k), 1)),
    throughout(Eq(QV(j, k), QV(j + 1, k) * (1 + V(j, k)))),
    ForAll(k, RUNNING, Eq(QV(L + 1, k), 1)),
    throughout(Eq(V(j, k + 1), V(j, k) - delta * transpose(QV(j + 1, k)) * (PV(L, k) - R) * transpose(PV(j - 1, k)))),
)
FROM_ZERO = ForAll(j, LAYERS, Eq(V(j, 0), 0))
SAME_LAYERS = ForAll(j, LAYERS, Eq(W(j, k), 1 + V(j, k)))

remark_4 = Statement((*FROM_IDENTITY, *RESIDUAL, FROM_ZERO), ForAll(k, And(k >= 0, k <= K), SAME_LAYERS), source="nar-sastry:remark-4")


def residual(point: Mapping[Any, Any]) -> dict[Any, Any]:
    """The residual network V = W - I of a run W, added to the point; its products are those of W."""
    runs = {key: value for key, value in point.items() if isinstance(key, AppliedUndef)}
    layers = {V(*key.args): value - ImmutableMatrix.eye(value.rows) for key, value in runs.items() if key.func == W}
    products = {{P: PV, Q: QV}[key.func](*key.args): value for key, value in runs.items() if key.func in (P, Q)}
    return {**point, **layers, **products}


ONES = {L: 1, K: 0, delta: 1, R: [[1]], W(1, 0): [[1]], V(1, 0): [[1]]}  # before any step
UNEQUAL = residual(gradient_run([eye(2)] * 2, diag(4, 1), Rational(1, 8), 2))


def _same_products(one: Lambda, other: Lambda, edges: tuple[Boolean, Boolean], grown: tuple[Theorem, Theorem], layer: Expr) -> Theorem:
    """For all 0 <= i <= L: a product of i layers is the same in both networks, if their layers are."""
    claim = Eq(one(i), other(i))
    start = equal_words(one(0), other(0), *(specialize(assume(edge), k) for edge in edges))
    step = equal_words(one(i + 1), other(i + 1), *grown, assume(claim), specialize(assume(SAME_LAYERS), layer), because="one layer more")
    return for_every_layer(start, step, claim, *RUNNING.args, L >= 1, index=i)


@proves(
    remark_4,
    witness=at(UNEQUAL),
    mutants=[
        mutant(remark_4.replacing({FROM_ZERO: ForAll(j, LAYERS, Eq(V(j, 0), 1))}), ONES, "both start at the identity"),
        mutant(remark_4.with_then(substitute(remark_4.then, {V: Lambda((j, k), -V(j, k))})), UNEQUAL, "1 - V for 1 + V"),
        mutant(remark_4.with_then(substitute(remark_4.then, {V: Lambda((j, k), V(j, k) - 1)})), UNEQUAL, "V for 1 + V"),
    ],
)
def networks_are_the_same() -> Theorem:
    """W(j, k) = 1 + V(j, k) for all layers and steps: the same products, hence the same gradients."""
    prefix = _same_products(
        Lambda(i, P(i, k)), Lambda(i, PV(i, k)), (FIRST, RESIDUAL[1]), (at_step(PREFIX, i + 1), at_step(RESIDUAL[0], i + 1)), i + 1
    )
    suffix = _same_products(
        Lambda(i, Q(L + 1 - i, k)),
        Lambda(i, QV(L + 1 - i, k)),
        (LAST, RESIDUAL[3]),
        (at_step(SUFFIX, L - i), at_step(RESIDUAL[2], L - i)),
        L - i,
    )
    same = (of_layers(prefix, L, *LAYERS.args), of_layers(prefix, j - 1, *LAYERS.args), of_layers(suffix, L - j, *LAYERS.args))
    here = equal_words(
        W(j, k + 1),
        1 + V(j, k + 1),
        at_step(DESCENT, j),
        at_step(RESIDUAL[4], j),
        specialize(assume(SAME_LAYERS), j),
        *same,
        because="the same gradient",
    )
    step = generalize(with_ranges(here, (*remark_4.given, SAME_LAYERS), *LAYERS.args), j, LAYERS)
    zero = equal_words(W(j, 0), 1 + V(j, 0), specialize(assume(FROM_IDENTITY[-1]), j), specialize(assume(FROM_ZERO), j))
    forever = specialize(for_every_layer(generalize(zero, j, LAYERS), step, SAME_LAYERS, index=k, last=K), k)
    return generalize(follows(SAME_LAYERS, k <= K, using=(forever,)), k, And(k >= 0, k <= K))


# Theorem 2, said of residual networks

SETTING = (L >= 1, *RESIDUAL, FROM_ZERO, *EIGENVALUE, low >= 0, *ROOT, *FROM_ONE, delta > 0, delta <= PRINTED_STEP)
EVERY_RESIDUAL_LAYER = ForAll(k, And(k >= 0, k <= K), ForAll(j, LAYERS, Eq((1 + V(j, k)) * v, w(k) * v)))

rule_out = Statement(SETTING, And(EVERY_RESIDUAL_LAYER, LINEAR_RATE), source="nar-sastry:text-rule-out")
where_positive = rule_out.amend(
    then=And(EVERY_RESIDUAL_LAYER, Tends(k, w(k), a), Implies(lam > 0, LINEAR)),
    why="GD converges and does not oscillate, and its rate is linear where the eigenvalue of R is positive; at 0 it is slower",
)
RESIDUAL_SINGULAR = residual(SINGULAR_POINT)


@refutes(rule_out, why="for R = diag(1, 0) two residual layers tend to diag(0, -1) like 1/sqrt(k), which is no linear rate")
def singular_residual_network() -> Refutation:
    """R = diag(1, 0), L = 2: (1 + V(j, k)) e_2 = w(k) e_2 with w(k) >= 1/(k + 1)."""
    return counterexample(rule_out, RESIDUAL_SINGULAR, instance(singular_targets_have_no_linear_rate(), numbers(SINGULAR_POINT)))


@proves(
    where_positive,
    witness=at(residual(TWO_LAYERS), lambda: instance(every_orbit_converges(), numbers(TWO_LAYERS))),
    mutants=[
        mutant(where_positive.replacing({PRINTED_STEP: 2 * PRINTED_STEP}), residual(OSCILLATES), "twice the step: the layer oscillates"),
        mutant(where_positive.replacing({FROM_ONE_RATE: 2 * FROM_ONE_RATE - 1}), residual(ONE_LAYER), "twice the gain in the rate"),
    ],
)
def residual_networks_converge() -> Theorem:
    """(1 + V(j, k)) v = w(k) v with w(k) -> lam^(1/L): theorem 2 with W = 1 + V."""
    layer = Lambda((j, k), 1 + V(j, k))
    said = instance(layers_converge_to_the_root(), {W: layer, P: Lambda((j, k), PV(j, k)), Q: Lambda((j, k), QV(j, k))})
    descent, start = (next(h for h in said.given if h.has(x)) for x in (V(j, k + 1), V(j, 0)))
    body = descent.args[2].args[2]
    step = equal_words(body.lhs, body.rhs, at_step(RESIDUAL[4], j), because="1 + V moves as V does")
    step = generalize(generalize(step, j, LAYERS), k, RUNNING)
    zero = generalize(equal_words(start.args[2].lhs, start.args[2].rhs, specialize(assume(FROM_ZERO), j)), j, LAYERS)
    return cut(said, step, zero)
