"""The gradient in the weights of the last layer: which activation comes out, and what maxima say. (section 3.3).

For a weight from node i to node j the chain rule brings out the activation of node i; the text prints that of node j, which is another
number, or none at all. And the largest product of three factors is at most the product of the three largest, with equality only where the
largest error signal and the steepest activation are those of one node.
"""

from sympy import Abs, Eq, Expr, Lambda, Rational, Symbol, exp

from theory.evidence import Tight, at, mutant, proves, refutes
from theory.lipschitz.symbols import (
    K_z,
    P,
    Q,
    a,
    act,
    activation_of,
    bias,
    d,
    err,
    frame,
    i,
    j,
    n_outputs,
    p_j,
    q_j,
    signal,
    steepness,
    t,
    w,
    width,
)
from theory.proof import (
    And,
    ColumnOf,
    Exists,
    ForAll,
    Not,
    Refutation,
    Statement,
    Theorem,
    Velocity,
    assume,
    cite,
    conclude,
    counterexample,
    cut,
    equal_words,
    follows,
    generalize,
    inner,
    specialize,
)
from theory.proof.ranges import throughout

LOGIT = inner(w, a) + bias  # of node j, with the weights w into it
MOVED = inner(w + d * ColumnOf(frame, i), a) + bias  # the weight from node i moves
NODES = (i >= 1, i <= width, j >= 1, j <= n_outputs)
DERIVATIVES = (Velocity(Lambda(d, act(LOGIT + d)), q_j), Velocity(Lambda(d, err(act(LOGIT) + d)), p_j))


def entry(index: object) -> object:
    """An entry of the activations."""
    return inner(ColumnOf(frame, index), a)


def grows(rate: object) -> Velocity:
    """The error as a function of the weight from node i to node j."""
    return Velocity(Lambda(d, err(act(MOVED))), rate)


chain = Statement((*NODES, *DERIVATIVES), grows(p_j * q_j * entry(j)), source="yedida-saha:equation-5")
chain_amended = chain.amend(
    then=grows(p_j * q_j * entry(i)),
    why="The logit z_j is the sum of w_ij a_i, so its derivative in w_ij is a_i, the activation of the node where the weight starts.",
)
# One sigmoid, two inputs 1 and 2, weights 0, target 0: dE/da = 1/2 and da/dz = 1/4
SIGMOID = {
    act: Lambda(t, 1 / (1 + exp(-t))),
    err: Lambda(t, t**2 / 2),
    frame: [[1, 0], [0, 1]],
    a: [[1], [2]],
    w: [[0], [0]],
    bias: 0,
    p_j: Rational(1, 2),
    q_j: Rational(1, 4),
    width: 2,
    n_outputs: 2,
    i: 2,
    j: 1,
}


@refutes(chain, why="One sigmoid with inputs 1 and 2, weights 0, target 0: the derivative in the second weight is 1/4, not 1/8.")
def the_other_activation() -> Refutation:
    """From node 2 to node 1."""
    return counterexample(chain, SIGMOID)


@proves(
    chain_amended,
    witness=at(SIGMOID),
    mutants=[
        mutant(chain_amended.with_then(grows(p_j * entry(i))), SIGMOID, "without da/dz"),
        mutant(chain_amended.with_then(grows(-p_j * q_j * entry(i))), SIGMOID, "the other sign"),
    ],
)
def the_chain_rule() -> Theorem:
    """The logit moves by d a_i."""
    line = cite("straight-line", LOGIT, entry(i), d)
    written = equal_words(MOVED, line.then.args[0].expr)
    logit = cut(cite("same-curve", Lambda(d, MOVED), line.then.args[0], entry(i)), generalize(written, d), line)
    output = cite("chain-rule-of-numbers", Lambda(t, act(t)), q_j, logit.then.args[0], entry(i))
    output = cut(output, logit)
    error = cite("chain-rule-of-numbers", Lambda(t, err(t)), p_j, output.then.args[0], q_j * entry(i))
    error = cut(error, output)
    return conclude(error, chain_amended)


# Equation (6): the largest of all products, and the product of the three largest factors

AT_START, AT_END = And(i >= 1, i <= width), And(j >= 1, j <= n_outputs)
SIZE = Abs(signal(j) * steepness(j) * activation_of(i))
MOST = P * Q * K_z


def is_largest(value: Expr, factor: Expr, index: Symbol, nodes: And) -> tuple:
    """The value is the maximum of |factor|."""
    return ForAll(index, nodes, Abs(factor) <= value), Exists(index, nodes, Eq(Abs(factor), value))


def for_every_weight(body: object) -> ForAll:
    """For every weight from a node i to a node j."""
    return ForAll(i, AT_START, ForAll(j, AT_END, body))


LARGEST = (
    *is_largest(P, signal(j), j, AT_END),
    *is_largest(Q, steepness(j), j, AT_END),
    *is_largest(K_z, activation_of(i), i, AT_START),
)
maximum = Statement(
    (width >= 1, n_outputs >= 1, *LARGEST),
    And(for_every_weight(SIZE <= MOST), Not(for_every_weight(SIZE < MOST))),
    source="yedida-saha:equation-6",
)
at_most = maximum.amend(
    then=for_every_weight(SIZE <= MOST),
    why="The largest error signal and the steepest activation may be those of two nodes; the product of the maxima is a bound.",
)
# Two ReLU outputs: one off and wrong by 1, the other on and right
TWO_NODES = {
    signal: Lambda(j, 2 - j),
    steepness: Lambda(j, j - 1),
    activation_of: Lambda(i, 1),
    width: 1,
    n_outputs: 2,
    P: 1,
    Q: 1,
    K_z: 1,
}
# Two outputs, each with one of the maxima: the products are 2 and 3, the bound is 6
CROSSED = {**TWO_NODES, signal: Lambda(j, 3 - j), steepness: Lambda(j, 2 * j - 1), P: 2, Q: 3}
ONE_NODE = {**TWO_NODES, n_outputs: 1, signal: Lambda(j, 3 * j), steepness: Lambda(j, 1), P: 3}


@refutes(maximum, why="Two ReLU outputs, one off and wrong, the other on and right: all gradients are 0, the product of the maxima is 1.")
def no_gradient_at_all() -> Refutation:
    """One activation, 1."""
    return counterexample(maximum, TWO_NODES)


@proves(
    at_most,
    witness=at(CROSSED),
    mutants=[
        mutant(at_most.with_then(for_every_weight(SIZE >= MOST)), TWO_NODES, "the other way"),
        mutant(at_most.with_then(for_every_weight(SIZE <= MOST / 2)), ONE_NODE, "half of it"),
        mutant(at_most.drop(LARGEST[0]), {**ONE_NODE, n_outputs: 2}, "P is no bound"),
    ],
    tight=Tight(True, "equality where one node has both maxima", maximum, at(ONE_NODE)),
)
def products_of_maxima() -> Theorem:
    """Factor by factor."""
    one, other, last = (specialize(assume(LARGEST[k]), n) for k, n in ((0, j), (2, j), (4, i)))
    two = follows(Abs(signal(j) * steepness(j)) <= P * Q, *AT_END.args, using=(one, other), because="two factors")
    bound = follows(SIZE <= MOST, *AT_START.args, *AT_END.args, using=(two, last), because="and the third")
    return conclude(throughout(throughout(bound, j, AT_END), i, AT_START), at_most)
