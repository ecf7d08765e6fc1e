"""Networks of logistic neurons: their Jacobians, their tangent and adjoint equations, and the gradient. (Section 4.1).

A layer is u_{i+1} = g(W_i u_i + b_i), entry by entry, with g(r) = 1/(1 + e^-r) and g' = g (1 - g). Everything is derived from that, in
any direction in which weights, biases or states move.
"""

import sympy as sp
from sympy import Eq, Expr, Lambda, Rational, Symbol
from sympy.functions.elementary.complexes import transpose

from theory.evidence import at, implements, mutant, proves, refutes
from theory.linear_range.layers import Layer
from theory.linear_range.networks import LAYERS, at_layer
from theory.linear_range.neurons import LOGISTIC, SLOPE, added, layer_velocity, product
from theory.linear_range.symbols import (
    Fs,
    Fu,
    I,
    Lam,
    Sigma,
    W,
    b,
    beta,
    by_parameters,
    by_state,
    eta,
    i,
    psi,
    r,
    sigma,
    u,
    v,
    y,
)
from theory.proof import (
    And,
    Column,
    Entrywise,
    ForAll,
    Gate,
    Refutation,
    Statement,
    Theorem,
    Trace,
    Velocity,
    assume,
    cite,
    conjunction,
    counterexample,
    cut,
    equal_words,
    squared_norm,
    substitute,
)
from theory.proof.ranges import throughout


@implements("ni-talnikar:text-logistic-net")
def logistic_layer(inputs: int, outputs: int, name: str = "") -> Layer:
    """f(u, s) = g(W u + b), with g(r) = 1/(1 + e^-r) in every entry and s = (W, b), flattened: n = outputs * inputs + outputs.

    Args:
        inputs: the length of u, 1 or more.
        outputs: the number of neurons, 1 or more.
        name: added to the names of the symbols.

    Raises:
        ValueError: a size below 1.

    Source:
        Section 4.1. W stands row by row before b.

    Example:
        >>> logistic_layer(1, 1).at(logistic_layer(1, 1).by_parameters, 2, [1, -2])
        Matrix([[1/2, 1/4]])
    """
    if inputs < 1 or outputs < 1:
        raise ValueError(f"a layer with {inputs} inputs and {outputs} outputs: expected 1 or more of each")
    state = sp.symbols(f"u{name}_1:{inputs + 1}")
    weights = sp.Matrix(outputs, inputs, lambda a, c: Symbol(f"w{name}_{a + 1}_{c + 1}"))
    biases = sp.symbols(f"b{name}_1:{outputs + 1}")
    image = (weights * sp.Matrix(state) + sp.Matrix(biases)).applyfunc(LOGISTIC)
    return Layer(image, state, (*weights, *biases))


@implements("ni-talnikar:text-j-square")
def square_loss(target: sp.MatrixBase, name: str = "") -> Layer:
    """J_I(u) = sum over j of (u^j - y^j)^2 / 2, as a term of the objective.

    Args:
        target: y, a column.
        name: added to the names of the symbols.

    Source:
        Section 4.1, where it is printed with w_I, the letter of the homogeneous tangent solution.

    Example:
        >>> square_loss(sp.Matrix([1, 0])).by_state
        Matrix([[u_1 - 1, u_2]])
    """
    state = sp.symbols(f"u{name}_1:{len(target) + 1}")
    return Layer(sum((a - c) ** 2 for a, c in zip(state, target, strict=True)) / 2, state)


# The objective is a function of the last state

u_I, u_J, w_I, w_J, y_I = (Column(name) for name in ("u_I", "u_other", "w_I", "w_other", "y_I"))


def _same_objective(one: Column, other: Column) -> Eq:
    return Eq(squared_norm(one - y_I) / 2, squared_norm(other - y_I) / 2)


j_square = Statement((Eq(u_I, u_J),), _same_objective(w_I, w_J), source="ni-talnikar:text-j-square")
of_the_state = j_square.amend(then=_same_objective(u_I, u_J), why="w_I is a misprint for u_I: the objective is a function J_I of u_I.")
MISPRINT = {u_I: [[1]], u_J: [[1]], w_I: [[1]], w_J: [[2]], y_I: [[0]]}


@refutes(j_square, why="w_I is a tangent solution, which is not determined by the state u_I; J_I(u_I) cannot be made of it.")
def another_tangent_another_objective() -> Refutation:
    """One state u_I = 1 with the target 0 and two tangents 1 and 2: the printed sums are 1/2 and 2."""
    return counterexample(j_square, MISPRINT)


@proves(
    of_the_state,
    witness=at(MISPRINT),
    mutants=[
        mutant(of_the_state.drop(Eq(u_I, u_J)), {**MISPRINT, u_J: [[2]]}, "for another state"),
        mutant(
            of_the_state.with_then(Eq(squared_norm(u_I - y_I) / 2, squared_norm(u_J) / 2)), {**MISPRINT, y_I: [[1]]}, "without the target"
        ),
    ],
)
def the_objective_of_the_last_state() -> Theorem:
    """Equal states have equal objectives."""
    return equal_words(*of_the_state.then.args, assume(Eq(u_I, u_J)))


# (14): the Jacobians

INSIDE = W(i) * u(i, 0) + b(i)
STATE_MOVES = Lambda(psi, W(i) * (u(i, 0) + psi * v(i)) + b(i))
PARAMETERS_MOVE = Lambda(psi, (W(i) + psi * Sigma(i)) * u(i, 0) + (b(i) + psi * beta(i)))
BY_STATE, BY_PARAMETERS = Lambda(psi, by_state(i, psi)), Lambda(psi, by_parameters(i, psi))
OUTPUT = Entrywise(LOGISTIC, INSIDE, u(i + 1, 0))
GATES = ForAll(i, LAYERS, Gate(SLOPE, INSIDE, Lam(i)))


def _neurons(inside: Lambda, outside: Lambda, velocity: Expr) -> tuple[ForAll, ForAll]:
    """The layer along a curve, and its derivative."""
    applied = ForAll(i, LAYERS, ForAll(psi, True, Entrywise(LOGISTIC, inside.expr, outside.expr)))
    return applied, ForAll(i, LAYERS, Velocity(outside, velocity))


LAYER = (
    I >= 1,
    ForAll(i, LAYERS, OUTPUT),
    *_neurons(STATE_MOVES, BY_STATE, Fu(i) * v(i)),  # f_u v is the derivative in the direction v of the state
    *_neurons(PARAMETERS_MOVE, BY_PARAMETERS, Fs(i) * sigma(i)),  # f_s sigma that in the direction sigma = (Sigma, beta)
    GATES,
)
F_U = Eq(Fu(i) * v(i), Lam(i) * W(i) * v(i))
F_S = Eq(Fs(i) * sigma(i), Lam(i) * (Sigma(i) * u(i, 0) + beta(i)))


def _loss(state: Expr) -> Expr:
    return squared_norm(state - y) / 2


def _first_order(row: Expr) -> Eq:
    """J_I(u_I + eta) = J_I(u_I) + row eta + |eta|^2/2, for every eta: the row is the derivative."""
    return Eq(_loss(u(I, 0) + eta), _loss(u(I, 0)) + Trace(row * eta) + squared_norm(eta) / 2)


def _equation_14(row: Expr) -> ForAll:
    return ForAll(i, LAYERS, And(F_U, F_S, _first_order(row)))


equation_14 = Statement(LAYER, _equation_14(transpose(u(i, 0) - y)), source="ni-talnikar:equation-14")
with_the_last_state = equation_14.amend(
    then=_equation_14(transpose(u(I, 0) - y)), why="J_uI = (u_I - y)^T: the objective sees the last state, not the i-th."
)
HALF, QUARTER = Rational(1, 2), Rational(1, 4)
# One neuron with W_0 u_0 + b_0 = 0, so that u_1 = 1/2 and Lambda_0 = 1/4; both ways of moving change that number at the rate 6
ONE_NEURON = {
    I: 1,
    u: Lambda((i, psi), 1 - i / 2),
    W: Lambda(i, 2),
    b: Lambda(i, -2),
    v: Lambda(i, 3),
    Sigma: Lambda(i, 5),
    beta: Lambda(i, 1),
    sigma: Lambda(i, 6),
    Fu: Lambda(i, HALF),
    Fs: Lambda(i, QUARTER),
    Lam: Lambda(i, QUARTER),
    by_state: Lambda((i, psi), substitute(LOGISTIC.expr, {r: 6 * psi})),
    by_parameters: Lambda((i, psi), substitute(LOGISTIC.expr, {r: 6 * psi})),
    y: [[0]],
    eta: [[1]],
}


@refutes(equation_14, why="The row (u_i - y)^T of the first layer is no derivative of the objective, which sees u_I.")
def the_derivative_at_another_state() -> Refutation:
    """One neuron with u_0 = 1, u_1 = 1/2 and the target 0: moved by 1, the objective grows by 1, and the printed row gives 3/2."""
    return counterexample(equation_14, ONE_NEURON)


def _variant(*parts: Eq) -> Statement:
    return with_the_last_state.with_then(ForAll(i, LAYERS, And(*parts)))


@proves(
    with_the_last_state,
    witness=at(ONE_NEURON),
    mutants=[
        mutant(_variant(Eq(Fu(i) * v(i), W(i) * v(i))), ONE_NEURON, "without the slopes"),
        mutant(_variant(Eq(Fs(i) * sigma(i), Lam(i) * Sigma(i) * u(i, 0))), ONE_NEURON, "without the biases"),
        mutant(_variant(Eq(Fs(i) * sigma(i), Lam(i) * beta(i))), ONE_NEURON, "without the weights"),
        mutant(with_the_last_state.drop(GATES), {**ONE_NEURON, Lam: Lambda(i, HALF)}, "with other slopes"),
        mutant(_variant(_first_order(2 * transpose(u(I, 0) - y))), ONE_NEURON, "twice the residual"),
    ],
)
def the_jacobians_of_logistic_layers() -> Theorem:
    """f_u v = Lambda W v, f_s sigma = Lambda (Sigma u + beta) and J_u = (u_I - y)^T, from g' = g (1 - g)."""
    gate = at_layer(GATES, i)
    still_w, still_b = cite("straight-line", W(i), 0, psi), cite("straight-line", b(i), 0, psi)
    state = product(still_w, cite("straight-line", u(i, 0), v(i), psi))
    weights = product(cite("straight-line", W(i), Sigma(i), psi), cite("straight-line", u(i, 0), 0, psi))
    biases = cite("straight-line", b(i), beta(i), psi)
    by_u = layer_velocity(added(state, still_b), BY_STATE, at_layer(LAYER[2], i), gate)
    by_s = layer_velocity(added(weights, biases), BY_PARAMETERS, at_layer(LAYER[4], i), gate)
    f_u = cut(cite("one-velocity", BY_STATE, Fu(i) * v(i), by_u.then.args[1]), by_u, at_layer(LAYER[3], i))
    f_s = cut(cite("one-velocity", BY_PARAMETERS, Fs(i) * sigma(i), by_s.then.args[1]), by_s, at_layer(LAYER[5], i))
    loss = equal_words(*_first_order(transpose(u(I, 0) - y)).args)
    return throughout(conjunction(f_u, f_s, loss), i, LAYERS)
