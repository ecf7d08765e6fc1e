"""Tangent, adjoint and steepest descent in a network of logistic neurons. (equations 15 and 16)."""

from functools import cache

from sympy import Eq, Expr, Lambda, Rational, Sum
from sympy.functions.elementary.complexes import transpose

from theory.evidence import at, extends, mutant, proves
from theory.linear_range.logistic import GATES, HALF, QUARTER
from theory.linear_range.networks import (
    ADJOINT_8,
    DEEP,
    INPUT,
    LAYERS,
    ONLY_LAST,
    adjoint_of_every_layer,
    at_layer,
    terminal_condition,
)
from theory.linear_range.neurons import LOGISTIC, added, layer_velocity, product
from theory.linear_range.symbols import (
    Delta_b,
    Delta_W,
    Fs,
    Fu,
    Gamma,
    I,
    Ju,
    Lam,
    Sigma,
    W,
    adjoint,
    b,
    beta,
    gamma,
    i,
    psi,
    sigma,
    u,
    v,
    x,
)
from theory.linear_range.tangents import MOVED
from theory.proof import (
    And,
    Entrywise,
    ForAll,
    Statement,
    Theorem,
    Trace,
    assume,
    cite,
    combine_words,
    conjunction,
    cut,
    equal_words,
    inner,
    instance,
    part,
    specialize,
    squared_norm,
    sum_congruence,
)
from theory.proof.ranges import throughout

WEIGHTED = (W(i) + psi * Sigma(i)) * u(i, psi)
MOVED_BIAS = b(i) + psi * beta(i)
NEURONS = ForAll(i, LAYERS, ForAll(psi, True, Entrywise(LOGISTIC, WEIGHTED + MOVED_BIAS, u(i + 1, psi))))
CHANGES = ForAll(i, LAYERS, And(Eq(Delta_W(i), psi * Sigma(i)), Eq(Delta_b(i), psi * beta(i))))
F_U = ForAll(i, LAYERS, Eq(Fu(i), Lam(i) * W(i)))  # (14)
STILL = Eq(psi * v(0), 0)
TANGENT = Eq(psi * v(i + 1), Lam(i) * (W(i) * (psi * v(i)) + Delta_W(i) * u(i, 0) + Delta_b(i)))
LAST = Eq(adjoint(I), Ju(I))
ADJOINT = Eq(adjoint(i), adjoint(i + 1) * Lam(i) * W(i))
equation_15 = Statement(
    (DEEP, INPUT, NEURONS, GATES, MOVED, CHANGES, F_U, ONLY_LAST, *ADJOINT_8),
    And(STILL, LAST, ForAll(i, LAYERS, And(TANGENT, ADJOINT))),
    source="ni-talnikar:equation-15",
)
# One neuron with u_0 = 1 and W + b = 0, whose weight and bias move by psi and 2 psi: u_1 = g(3 psi)
ONE_NEURON = {
    I: 1,
    x: [[1]],
    u: Lambda((i, psi), 1 + i * (LOGISTIC.expr.subs(LOGISTIC.variables[0], 3 * psi) - 1)),
    W: Lambda(i, 2),
    b: Lambda(i, -2),
    Sigma: Lambda(i, 1),
    beta: Lambda(i, 2),
    v: Lambda(i, 3 * i / 4),
    Lam: Lambda(i, QUARTER),
    Fu: Lambda(i, HALF),
    Ju: Lambda(i, 4 * i),
    adjoint: Lambda(i, -3 * i**2 + 5 * i + 2),  # 2, 4, 0
    psi: Rational(1, 10),
    Delta_W: Lambda(i, Rational(1, 10)),
    Delta_b: Lambda(i, Rational(1, 5)),
}


def _variant(part: Eq) -> Statement:
    return equation_15.with_then(ForAll(i, LAYERS, part))


@proves(
    equation_15,
    witness=at(ONE_NEURON),
    mutants=[
        mutant(_variant(Eq(psi * v(i + 1), Lam(i) * (W(i) * psi * v(i) + Delta_W(i) * u(i, 0)))), ONE_NEURON, "without the biases"),
        mutant(_variant(Eq(psi * v(i + 1), W(i) * psi * v(i) + Delta_W(i) * u(i, 0) + Delta_b(i))), ONE_NEURON, "without the slopes"),
        mutant(_variant(Eq(adjoint(i), adjoint(i + 1) * W(i))), ONE_NEURON, "an adjoint without the slopes"),
    ],
)
def the_equations_of_logistic_layers() -> Theorem:
    """Product rule, then g' = g (1 - g): v(i+1) = Lambda (W v + Sigma u + beta), times psi; and (8) with f_u = Lambda W."""
    still = cut(cite("same-curve", _curve(0), Lambda(psi, x), 0), assume(INPUT), cite("straight-line", x, 0, psi))
    rest = cut(cite("one-velocity", _curve(0), v(0), 0), still, specialize(assume(MOVED), 0))
    begin = combine_words(*STILL.args, (psi, rest, 1))
    changes = at_layer(CHANGES, i)
    weights, biases = (part(changes, p) for p in changes.then.args)
    tangent = combine_words(*TANGENT.args, (psi, tangent_of_one_layer(), 1), (-Lam(i), weights, u(i, 0)), (-Lam(i), biases, 1))
    back = combine_words(
        *ADJOINT.args,
        (1, specialize(adjoint_of_every_layer(), i), 1),
        (adjoint(i + 1), at_layer(F_U, i), 1),
        (1, at_layer(ONLY_LAST, i), 1),
    )
    return conjunction(begin, terminal_condition(), throughout(conjunction(tangent, back), i, LAYERS))


def _curve(layer: Expr) -> Lambda:
    return Lambda(psi, u(layer, psi))


@cache
def tangent_of_one_layer() -> Theorem:
    """v(i+1) = Lambda (Sigma u + W v + beta): what moves inside, by the product rule, and the slopes of the neurons."""
    weighted = product(cite("straight-line", W(i), Sigma(i), psi), specialize(assume(MOVED), i))
    inside = added(weighted, cite("straight-line", b(i), beta(i), psi))
    there = layer_velocity(inside, _curve(i + 1), at_layer(NEURONS, i), at_layer(GATES, i))
    return cut(cite("one-velocity", _curve(i + 1), v(i + 1), there.then.args[1]), there, specialize(assume(MOVED), i + 1))


# (16): minus the gradient

SYMMETRIC = ForAll(i, LAYERS, Eq(transpose(Lam(i)), Lam(i)))  # Lambda is diagonal
ANY_DIRECTION = ForAll(i, LAYERS, Eq(Fs(i) * sigma(i), Lam(i) * (Gamma(i) * u(i, 0) + gamma(i))))  # (14), sigma = (Gamma, gamma)
DESCENT = (
    ForAll(i, LAYERS, Eq(Sigma(i), -Lam(i) * transpose(adjoint(i + 1)) * transpose(u(i, 0)))),
    ForAll(i, LAYERS, Eq(beta(i), -Lam(i) * transpose(adjoint(i + 1)))),
)
REDUCED = Trace(adjoint(i + 1) * Fs(i) * sigma(i))
equation_16 = Statement(
    (DEEP, SYMMETRIC, ANY_DIRECTION, *DESCENT),
    ForAll(i, LAYERS, Eq(REDUCED, -inner(Sigma(i), Gamma(i)) - inner(beta(i), gamma(i)))),
    source="ni-talnikar:equation-16",
)
# Two neurons with one input: Lambda = diag(1/4, 2/9), vbar = (4, 9) and u = 2
TWO_NEURONS = {
    I: 1,
    Lam(0): [[QUARTER, 0], [0, Rational(2, 9)]],
    adjoint(1): [[4, 9]],
    u(0, 0): [[2]],
    Sigma(0): [[-2], [-4]],
    beta(0): [[-1], [-2]],
    Gamma(0): [[3], [5]],
    gamma(0): [[7], [1]],
    Fs(0): [[HALF, 0, QUARTER, 0], [0, Rational(4, 9), 0, Rational(2, 9)]],
    sigma(0): [[3], [5], [7], [1]],
}


def _with_signs(weights: int, biases: int) -> Statement:
    products = weights * inner(Sigma(i), Gamma(i)) + biases * inner(beta(i), gamma(i))
    return equation_16.with_then(ForAll(i, LAYERS, Eq(REDUCED, products)))


@proves(
    equation_16,
    witness=at(TWO_NEURONS),
    mutants=[
        mutant(_with_signs(1, 1), TWO_NEURONS, "plus the gradient"),
        mutant(_with_signs(-1, 0), TWO_NEURONS, "without the biases"),
        mutant(equation_16.drop(DESCENT[0]), {**TWO_NEURONS, Sigma(0): [[-8], [-18]]}, "without the slopes"),
    ],
)
def the_direction_is_minus_the_gradient() -> Theorem:
    """Vbar f_s sigma = -<Sigma, Gamma> - <beta, gamma> for every direction sigma = (Gamma, gamma): so -(Sigma, beta) is the gradient."""
    return throughout(_reduced(), i, LAYERS)


@cache
def _reduced() -> Theorem:
    weights, biases = (at_layer(d, i) for d in DESCENT)
    symmetric = at_layer(SYMMETRIC, i)
    turned = combine_words(
        beta(i), -transpose(Lam(i)) * transpose(adjoint(i + 1)), (1, biases, 1), (1, symmetric, transpose(adjoint(i + 1)))
    )
    row = transpose(adjoint(i + 1)) * transpose(u(i, 0))
    turned_too = combine_words(Sigma(i), -transpose(Lam(i)) * row, (1, weights, 1), (1, symmetric, row))
    products = -inner(Sigma(i), Gamma(i)) - inner(beta(i), gamma(i))
    return equal_words(
        REDUCED, products, at_layer(ANY_DIRECTION, i), turned, turned_too, because="traces are cyclic, and Lambda is symmetric"
    )


OWN_DIRECTION = ForAll(i, LAYERS, Eq(Fs(i) * sigma(i), Lam(i) * (Sigma(i) * u(i, 0) + beta(i))))
LAYER_BY_LAYER = (i, 0, I - 1)
descent = Statement(
    (DEEP, SYMMETRIC, OWN_DIRECTION, *DESCENT),
    Eq(Sum(REDUCED, LAYER_BY_LAYER), -Sum(squared_norm(Sigma(i)) + squared_norm(beta(i)), LAYER_BY_LAYER)),
)
ALONG_IT = {key: value for key, value in TWO_NEURONS.items() if key not in (Gamma(0), gamma(0))} | {sigma(0): [[-2], [-4], [-1], [-2]]}


@extends(
    "ni-talnikar:equation-16",
    descent,
    witness=at(ALONG_IT),
    mutants=[
        mutant(descent.with_then(Eq(Sum(REDUCED, LAYER_BY_LAYER), -Sum(squared_norm(Sigma(i)), LAYER_BY_LAYER))), ALONG_IT, "weights only"),
        mutant(descent.with_then(Eq(Sum(REDUCED, LAYER_BY_LAYER), 0)), ALONG_IT, "no descent"),
    ],
)
def the_objective_falls_by_the_squared_gradient() -> Theorem:
    """dJ/dpsi along the printed direction is minus the squared length of the gradient."""
    own = instance(_reduced(), {Gamma: Lambda(i, Sigma(i)), gamma: Lambda(i, beta(i))})
    return combine_words(*descent.then.args, (1, sum_congruence(throughout(own, i, LAYERS)), 1))
