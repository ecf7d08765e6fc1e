"""Do gradients shrink towards the first layer? Not where weights are large. (section 3.3: equation 1).

Backpropagation multiplies dE/dz by g'(z) W. Sigmoids and ReLUs have g' <= 1, but weights may have any size. Two layers with one ReLU each,
the input 1 and the weights 1 and 2: the output is 2, and for E = a^2/2 the last gradient is 2 times 1, the first 2 times 2.

Nor does a bound of the last gradients, at all weights, bound the first: with two sigmoids in a row and cross-entropy the last is below 1,
and the first has no bound. What holds, for any activations: if from each layer to the one before dE/dz grows at most as much as the
activations shrink, no gradient is larger than the norm of the last layer's.
"""

from functools import cache

from sympy import Abs, Eq, Expr, Lambda, Max, Symbol, exp, log, sign
from sympy.functions.elementary.complexes import transpose

from theory.evidence import Tight, at, mutant, proves, refutes
from theory.lipschitz.cross_entropy import exponentials, logistic
from theory.lipschitz.symbols import (
    bound,
    d,
    deltas,
    depth,
    east,
    err,
    gain,
    gates,
    i,
    into,
    j,
    k,
    layer,
    logits,
    node_h,
    nodes,
    north,
    outputs,
    p_1,
    p_2,
    r,
    shifts,
    t,
    units,
    up,
    z,
)
from theory.proof import (
    And,
    ColumnOf,
    Entrywise,
    ForAll,
    Gate,
    Not,
    Refutation,
    SpectralNorm,
    Statement,
    Theorem,
    Velocity,
    assume,
    by_meaning,
    cite,
    conclude,
    counterexample,
    cut,
    derivative,
    equal_words,
    follows,
    generalize,
    inner,
    instance,
    specialize,
    squared_norm,
    substitute,
)
from theory.proof.ranges import bounded_induction

RELU, SLOPE = Lambda(t, Max(t, 0)), Lambda(t, (1 + sign(t)) / 2)
LAYERS, BEFORE = And(layer >= 1, layer <= depth), And(layer >= 1, layer <= depth - 1)


def every_layer(body: object) -> ForAll:
    """For the layers 1, ..., D."""
    return ForAll(layer, LAYERS, body)


FORWARD = (
    every_layer(Eq(logits(layer), transpose(into(layer)) * outputs(layer - 1) + shifts(layer))),
    every_layer(Entrywise(RELU, logits(layer), outputs(layer))),
)
BACKWARD = (
    every_layer(Gate(SLOPE, logits(layer), gates(layer))),
    ForAll(layer, BEFORE, Eq(deltas(layer), gates(layer) * into(layer + 1) * deltas(layer + 1))),
)


def node(at_layer: Expr, index: Expr) -> Expr:
    """The unit of a node."""
    return ColumnOf(units(at_layer), index)


def gradient_in(at_layer: Expr, start: Expr, end: Expr) -> Expr:
    """dE/dw from a node to a node of this layer: the activation there times dE/dz here."""
    return inner(node(at_layer - 1, start), outputs(at_layer - 1)) * inner(node(at_layer, end), deltas(at_layer))


UNITS = ForAll(layer, And(layer >= 0, layer <= depth), ForAll(i, And(i >= 1, i <= nodes(layer)), Eq(squared_norm(node(layer, i)), 1)))
WEIGHT = (layer >= 1, layer <= depth, i >= 1, i <= nodes(layer - 1), j >= 1, j <= nodes(layer))
NETWORK = (*FORWARD, *BACKWARD, UNITS, *WEIGHT)
ANY_ACTIVATIONS = (FORWARD[0], BACKWARD[1], UNITS, *WEIGHT)  # J(l) is any matrix, also the Jacobian of a softmax


def in_the_last_layer(body: object) -> ForAll:
    """For all its weights."""
    starts, ends = And(node_h >= 1, node_h <= nodes(depth - 1)), And(k >= 1, k <= nodes(depth))
    return ForAll(node_h, starts, ForAll(k, ends, body))


HERE, LAST = gradient_in(layer, i, j), gradient_in(depth, node_h, k)
largest_last = Statement(NETWORK, Not(in_the_last_layer(LAST < HERE)), source="yedida-saha:equation-1")

# The weights 1 and 2 in a row
TWO_LAYERS = {
    depth: 2,
    layer: 1,
    i: 1,
    j: 1,
    nodes: Lambda(layer, 1),
    **{units(n): [[1]] for n in range(3)},
    **{shifts(n): [[0]] for n in (1, 2)},
    **{gates(n): [[1]] for n in (1, 2)},
    outputs(0): [[1]],
    **{f(1): [[1]] for f in (into, logits, outputs)},
    **{f(2): [[2]] for f in (into, logits, outputs, deltas)},
    deltas(1): [[4]],
}


@refutes(
    largest_last,
    why="Two layers with one ReLU each, the input 1, the weights 1 and 2, E = a^2/2: the gradients are 4 in the first and 2 in the last.",
)
def the_first_gradient_is_larger() -> Refutation:
    """dE/dw_1 = 2 times 2, dE/dw_2 = 2 times 1."""
    return counterexample(largest_last, TWO_LAYERS)


# A sufficient condition: the growth of dE/dz from a layer to the one before is made up for by the activations

GROWS = SpectralNorm(gain(layer), gates(layer) * into(layer + 1))
MADE_UP = gain(layer) ** 2 * squared_norm(outputs(layer - 1)) <= squared_norm(outputs(layer))
STEADY = (ForAll(layer, BEFORE, GROWS), ForAll(layer, BEFORE, MADE_UP))


def norm_of_gradient(at_layer: Expr) -> Expr:
    """The squared Frobenius norm of a layer's gradient, a column times a row."""
    return squared_norm(outputs(at_layer - 1)) * squared_norm(deltas(at_layer))


last_is_largest = largest_last.amend(
    given=(*ANY_ACTIVATIONS, *STEADY),
    then=HERE**2 <= norm_of_gradient(depth),
    why="It depends on the weights. Let J be the Jacobian of any activations, such as diag g'(z): where the spectral norm of J(l) W(l+1), "
    "times |a(l-1)|, is at most |a(l)| in every layer, no gradient is larger than the norm of the last layer's.",
)
HALVED = {
    **TWO_LAYERS,
    gain: Lambda(layer, 1),
    into(2): [[1]],
    logits(2): [[1]],
    outputs(2): [[1]],
    deltas(2): [[1]],
    deltas(1): [[1]],
}
DOUBLED = {**TWO_LAYERS, gain: Lambda(layer, 2)}


@cache
def norms_do_not_grow() -> Theorem:
    """|a(l-1)||dE/dz(l)| <= |a(D-1)||dE/dz(D)|, from the last layer D backwards."""
    claim = norm_of_gradient(depth - node_h) <= norm_of_gradient(depth)
    start = follows(substitute(claim, {node_h: 0}), because="the last layer itself")
    here = depth - node_h - 1
    back, grows, made_up = (specialize(assume(x), here) for x in (BACKWARD[1], *STEADY))
    moved = equal_words(squared_norm(deltas(here)), squared_norm(back.then.rhs), back)
    most = cut(by_meaning(grows.then, deltas(here + 1)), grows)
    positive = tuple(cite("norm-nonnegative", x) for x in (outputs(here - 1), outputs(here), deltas(here + 1)))
    less = follows(
        norm_of_gradient(here) <= gain(here) ** 2 * squared_norm(outputs(here - 1)) * squared_norm(deltas(here + 1)),
        using=(moved, most, *positive),
        because="the spectral norm",
    )
    less = follows(norm_of_gradient(here) <= norm_of_gradient(here + 1), using=(less, made_up, *positive), because="made up for")
    step = follows(substitute(claim, {node_h: node_h + 1}), claim, using=(less,))
    every = bounded_induction(start, step, claim, index=node_h, last=depth - 1)
    here = specialize(every, depth - layer)
    return follows(norm_of_gradient(layer) <= norm_of_gradient(depth), *LAYERS.args, using=(here,), because="D - l steps back")


@proves(
    last_is_largest,
    witness=at(HALVED),
    mutants=[
        mutant(last_is_largest.drop(STEADY[1]), DOUBLED, "any activations"),
        mutant(last_is_largest.drop(STEADY[0]), {**DOUBLED, gain: Lambda(layer, 1)}, "any weights"),
        mutant(last_is_largest.with_then(2 * HERE**2 <= norm_of_gradient(depth)), HALVED, "half of it"),
    ],
    tight=Tight(True, "equality for weights 1", last_is_largest.with_then(Eq(HERE**2, norm_of_gradient(depth))), at(HALVED)),
)
def no_gradient_is_larger_than_the_last() -> Theorem:
    """An entry of a gradient is at most its norm, which does not grow backwards."""
    start, end = node(layer - 1, i), node(layer, j)
    unit_start = specialize(specialize(assume(UNITS), layer - 1), i)
    unit_end = specialize(specialize(assume(UNITS), layer), j)
    activation, error = outputs(layer - 1), deltas(layer)
    positive = tuple(cite("norm-nonnegative", x) for x in (activation, error))
    one = follows(inner(start, activation) ** 2 <= squared_norm(activation), using=(unit_start, cite("cauchy-schwarz", start, activation)))
    other = follows(inner(end, error) ** 2 <= squared_norm(error), using=(unit_end, cite("cauchy-schwarz", end, error)))
    entry = follows(HERE**2 <= norm_of_gradient(layer), using=(one, other, *positive), because="factor by factor")
    return conclude(follows(last_is_largest.then, using=(entry, norms_do_not_grow())), last_is_largest)


# A bound of the last layer's gradients at all weights, for those of every layer: two sigmoids in a row, the input 1, any error


def at_all_weights(body: object) -> ForAll:
    """The weight r is in the first, s in the last layer."""
    return ForAll(r, True, ForAll(up, True, body))


FIRST = Velocity(Lambda(d, err(up * logistic(r + d))), east(r, up))
LAST_MOVES = Velocity(Lambda(d, err((up + d) * logistic(r))), north(r, up))
bounds_all = Statement(
    (bound >= 0, at_all_weights(FIRST), at_all_weights(LAST_MOVES), at_all_weights(Abs(north(r, up)) <= bound)),
    Abs(east(p_1, p_2)) <= bound,
    source="yedida-saha:text-sup-last-layer",
)
bounds_all_amended = bounds_all.amend(
    given=(*ANY_ACTIVATIONS, *STEADY, bound >= 0, norm_of_gradient(depth) <= bound**2),
    then=Abs(HERE) <= bound,
    why="The first layer's gradient may be larger: it needs the same condition on the weights, and a bound of the last gradient's norm.",
)


# The last sigmoid has the target 0 and the cross-entropy log(1 + e^z), z = s s(r): its last gradient is below 1 at all weights
ENTROPY = log(1 + exp(t))
INNER, OUTER = logistic(r), logistic(up * logistic(r))
CROSS_ENTROPY = {
    err: Lambda(t, ENTROPY),
    north: Lambda((r, up), OUTER * INNER),
    east: Lambda((r, up), OUTER * up * INNER * (1 - INNER)),
    bound: 1,
    p_1: 0,
    p_2: 16,
}


@cache
def last_gradient_is_below_1() -> Theorem:
    """0 < 1/(1 + e^-z) < 1, twice."""
    below = follows(Abs(logistic(t) * logistic(z)) <= 1, using=(*exponentials(t), *exponentials(z)), because="a product of two")
    return generalize(generalize(instance(below, {t: r, z: up * INNER}), up), r)


@cache
def entropy_moves(curve: Expr, rate: Expr, moving: Symbol) -> Theorem:
    """By differentiation in one of the weights."""
    way, slope = (Lambda(t, substitute(e, {moving: t})) for e in (curve, rate))
    rule = derivative(way.expr, t, value=slope.expr)
    rule = generalize(cut(rule, *(follows(c) for c in rule.given)), t)
    return generalize(generalize(cut(cite("velocity-from-derivative", way, slope, True, d, moving), rule), up), r)


def gradients_of_the_entropy() -> tuple[Theorem, Theorem]:
    """In the first and in the last weight."""
    curve = substitute(ENTROPY, {t: up * INNER})
    return entropy_moves(curve, CROSS_ENTROPY[east].expr, r), entropy_moves(curve, CROSS_ENTROPY[north].expr, up)


@refutes(
    bounds_all,
    why="Two sigmoids in a row, the input 1, cross-entropy: in the last weight the gradient is below 1 at all weights, "
    "in the first it has no bound; it is 4 s(8), almost 4, at the weights 0 and 16.",
)
def a_bound_of_the_last_is_none_of_the_first() -> Refutation:
    """The bound 1."""
    return counterexample(bounds_all, CROSS_ENTROPY, last_gradient_is_below_1(), *gradients_of_the_entropy())


@proves(
    bounds_all_amended,
    witness=at({**HALVED, bound: 1}),
    mutants=[
        mutant(bounds_all_amended.drop(STEADY[1]), {**DOUBLED, bound: 2}, "any activations"),
        mutant(bounds_all_amended.with_then(Abs(HERE) < bound), {**HALVED, bound: 1}, "< for <="),
    ],
    tight=Tight(True, "equality for weights 1", bounds_all_amended.with_then(Eq(Abs(HERE), bound)), at({**HALVED, bound: 1})),
)
def a_bound_of_the_last_norm_is_one_of_all() -> Theorem:
    """No gradient is larger than the norm of the last."""
    known = no_gradient_is_larger_than_the_last()
    return conclude(follows(bounds_all_amended.then, bound >= 0, norm_of_gradient(depth) <= bound**2, using=(known,)), bounds_all_amended)
