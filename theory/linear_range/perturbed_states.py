"""What the objective does when one state is moved: backpropagation from the definition. (Section 2.2, up to equation 8).

The state u_l moves by psi w(l), in any direction w(l), and the layers behind it carry that on: their states move with the homogeneous
tangent solution that starts there. So the derivative of the objective in u_l obeys a recursion, backwards from the last layer.
"""

from functools import cache

from sympy import Abs, Eq, Expr, Integer, Lambda, Sum

from theory.evidence import at, extends, mutant, proves, refutes
from theory.linear_range.networks import ADJOINT_8, DEEP, LAYERS, SMOOTH, SMOOTH_OBJECTIVE, at_layer, terminal_condition
from theory.linear_range.sums import first_term, last_term, same_value
from theory.linear_range.symbols import Fs, Fu, G, I, J, Js, Ju, S, U, adjoint, f, i, k, l, moved, psi, s, u, w
from theory.proof import (
    And,
    ForAll,
    Refutation,
    Statement,
    Theorem,
    assume,
    cite,
    combine_words,
    counterexample,
    cut,
    equal_words,
    instance,
    rewrite,
    specialize,
    substitute,
    weaken,
)
from theory.proof.curves import Velocity
from theory.proof.ranges import throughout, up_to

STATES_BEFORE = ForAll(i, LAYERS, Eq(u(i + 1, 0), f(i, u(i, 0), s(i))))
SHIFTED = ForAll(psi, True, Eq(moved(l, l, psi), u(l, 0) + psi * w(l)))
BEHIND = And(i >= l, i <= I - 1)
CARRIED_ON = ForAll(i, BEHIND, ForAll(psi, True, Eq(moved(l, i + 1, psi), f(i, moved(l, i, psi), s(i)))))
UNTOUCHED = ForAll(i, And(i >= 0, i <= l - 1), Eq(moved(l, i, psi), u(i, 0)))
RANGE = (l >= 0, l <= I)


def _objective(state: Expr, first: Expr, last: Expr) -> Sum:
    return Sum(J(i, state, s(i)), (i, first, last))


WHOLE = _objective(moved(l, i, psi), Integer(0), I)
TAIL = _objective(moved(l, i, psi), l, I)
HEAD = _objective(u(i, 0), Integer(0), l - 1)
perturbed_j = Statement(
    (DEEP, *RANGE, SHIFTED, CARRIED_ON, UNTOUCHED), Eq(WHOLE, _objective(moved(l, I, psi), l, I)), source="ni-talnikar:text-perturbed-j"
)
each_at_its_state = perturbed_j.amend(
    then=Eq(WHOLE, HEAD + TAIL), why="The j-th term sees the j-th state, not the last; and the terms before layer l are part of J too."
)
# f(i, U, S) = 2 U and J(i, U, S) = U in every layer: u = 1, 2, 4, ..., and w(l) = 2^l
LINEAR = {
    f: Lambda((i, U, S), 2 * U),
    s: Lambda(i, 0),
    u: Lambda((i, psi), 2 ** Abs(i)),
    w: Lambda(i, 2 ** Abs(i)),
    moved: Lambda((l, i, psi), 2 ** Abs(i) * (1 + psi)),
    J: Lambda((i, U, S), U),
}
INPUT_MOVED = {**LINEAR, I: 1, l: 0, psi: 1}
OUTPUT_MOVED = {**LINEAR, I: 1, l: 1, psi: 1, moved: Lambda((l, i, psi), 2 ** Abs(i) * (1 + i * psi))}


@refutes(perturbed_j, why="The printed sum evaluates every term at the last state, and leaves out the terms of the layers before l.")
def the_first_state_is_not_the_last() -> Refutation:
    """One layer u_1 = 2 u_0 and J = u_0 + u_1, with u_0 moved from 1 to 2: J = 2 + 4, and the printed sum is 4 + 4."""
    return counterexample(perturbed_j, INPUT_MOVED)


@proves(
    each_at_its_state,
    witness=at({**OUTPUT_MOVED, I: 2, moved: Lambda((l, i, psi), 2 ** Abs(i) * (1 + psi * (3 * i - i**2) / 2))}),
    mutants=[
        mutant(each_at_its_state.with_then(Eq(WHOLE, TAIL)), OUTPUT_MOVED, "without the layers before"),
        mutant(each_at_its_state.with_then(Eq(WHOLE, HEAD + _objective(u(i, 0), l, I))), INPUT_MOVED, "with the old states"),
    ],
)
def the_perturbed_objective() -> Theorem:
    """J + delta J is the sum over j < l of J_j(u_j), and over j >= l of J_j at the moved states: the sum is cut at l."""
    whole, old = (_objective(state, Integer(0), k - 1) for state in (moved(l, i, psi), u(i, 0)))
    claim = Eq(whole, old)
    untouched = same_value(J(k, moved(l, k, psi), s(k)), specialize(assume(UNTOUCHED), k))
    longer, shorter = (last_term(J(i, state, s(i)), i, Integer(0), k) for state in (moved(l, i, psi), u(i, 0)))
    start = equal_words(substitute(whole, {k: 0}), substitute(old, {k: 0}), because="no terms")
    step = combine_words(*substitute(claim, {k: k + 1}).args, (1, longer, 1), (-1, shorter, 1), (1, assume(claim), 1), (1, untouched, 1))
    before = specialize(up_to(start, step, claim, index=k, last=l), l)
    upto = Eq(_objective(moved(l, i, psi), Integer(0), k), HEAD + _objective(moved(l, i, psi), l, k))
    at_l = last_term(J(i, moved(l, i, psi), s(i)), i, Integer(0), l)
    first = combine_words(*substitute(upto, {k: l}).args, (1, at_l, 1), (1, before, 1))
    further = combine_words(*substitute(upto, {k: k + 1}).args, (1, assume(upto), 1))
    return specialize(up_to(first, further, upto, l >= 0, index=k, first=l, last=I), I)


# The homogeneous tangent solution carries the move

HOMOGENEOUS_BEHIND = ForAll(i, BEHIND, Eq(w(i + 1), Fu(i) * w(i)))
PERTURBED = (DEEP, *RANGE, STATES_BEFORE, SMOOTH, SHIFTED, CARRIED_ON, HOMOGENEOUS_BEHIND)
LATER = And(i >= l, i <= I)


def _curve(layer: Expr) -> Lambda:
    return Lambda(psi, moved(l, layer, psi))


@cache
def unmoved() -> Theorem:
    """u(i) = p(l, i, 0): a step of length 0 moves nothing."""
    claim = Eq(u(i, 0), moved(l, i, 0))
    start = equal_words(u(l, 0), moved(l, l, 0), specialize(assume(SHIFTED), 0))
    there = specialize(at_layer(CARRIED_ON, i), 0)
    back = equal_words(there.then.rhs, there.then.lhs, there)
    step = rewrite(at_layer(STATES_BEFORE, i), assume(claim), back)
    return up_to(start, step, claim, l >= 0, index=i, first=l, last=I)


homogeneous = Statement(PERTURBED, ForAll(i, LATER, Velocity(_curve(i), w(i))))
# f(i, U, S) = U^2 on the states u = 1: f_u = 2
SQUARES = {
    I: 2,
    l: 0,
    f: Lambda((i, U, S), U**2),
    s: Lambda(i, 0),
    u: Lambda((i, psi), 1),
    w: Lambda(i, 2 ** Abs(i)),
    moved: Lambda((l, i, psi), (1 + 2 ** Abs(l) * psi) ** (2 ** Abs(i - l))),
    Fu: Lambda(i, 2),
    Fs: Lambda(i, 0),
}


@extends(
    "ni-talnikar:definition-homogeneous-tangent",
    homogeneous,
    witness=at(SQUARES),
    mutants=[
        mutant(homogeneous.with_then(ForAll(i, LATER, Velocity(_curve(i), w(l)))), SQUARES, "without the layers between"),
        mutant(homogeneous.drop(HOMOGENEOUS_BEHIND), {**SQUARES, w: Lambda(i, 1 + 0 * i)}, "for another w"),
    ],
)
@cache
def the_moved_states_move_with_w() -> Theorem:
    """The states behind u_l, moved by psi w(l), have the velocities w(i): the chain rule, layer by layer, with the parameters fixed."""
    line = cite("straight-line", u(l, 0), w(l), psi)
    start = cut(cite("same-curve", _curve(l), line.then.args[0], w(l)), assume(SHIFTED), line)
    layer, still = Lambda((U, S), f(i, U, S)), Lambda(psi, s(i))
    smooth = rewrite(at_layer(SMOOTH, i), specialize(unmoved(), i))
    chain = cut(cite("chain-rule", layer, _curve(i), still, Fu(i), Fs(i), w(i), 0), cite("straight-line", s(i), 0, psi), smooth)
    image = Lambda(psi, f(i, moved(l, i, psi), s(i)))
    there = cut(cite("same-curve", _curve(i + 1), image, Fu(i) * w(i)), at_layer(CARRIED_ON, i), chain)
    on = at_layer(HOMOGENEOUS_BEHIND, i)
    step = rewrite(there, equal_words(Fu(i) * w(i), w(i + 1), on))
    return up_to(start, step, Velocity(_curve(i), w(i)), l >= 0, l <= I, index=i, first=l, last=I)


@cache
def the_tail_moves() -> Theorem:
    """The objective behind u_l has the velocity sum over i >= l of J_u(i) w(i)."""
    still = Lambda(psi, s(i))
    smooth = rewrite(at_layer(SMOOTH_OBJECTIVE, i), specialize(unmoved(), i))
    chain = cite("chain-rule", Lambda((U, S), J(i, U, S)), _curve(i), still, Ju(i), Js(i), w(i), 0)
    chain = cut(chain, cite("straight-line", s(i), 0, psi), smooth, specialize(the_moved_states_move_with_w(), i))
    each = throughout(weaken(chain, l >= 0), i, LATER)
    return cut(cite("velocity-of-sum", Lambda(psi, J(i, moved(l, i, psi), s(i))), Ju(i) * w(i), i, l, I), each)


# The derivative in a state, backwards from the last layer

TAIL_CURVE = Lambda(psi, TAIL)
DERIVATIVE = Velocity(TAIL_CURVE, G(l) * w(l))  # G(l) is the derivative of J in u_l, in the direction w(l)
NEXT = tuple(substitute(h, {l: l + 1}) for h in (SHIFTED, CARRIED_ON, DERIVATIVE))
inductive_adjoint = Statement(
    (*PERTURBED, l <= I - 1, SMOOTH_OBJECTIVE, DERIVATIVE, *NEXT),
    Eq(G(l) * w(l), (G(l + 1) * Fu(l) + Ju(l)) * w(l)),
    source="ni-talnikar:text-inductive-adjoint",
)
# J(i, U, S) = U behind the layers 2 U: G = 7, 3, 1
ADDED = {**LINEAR, I: 2, Fu: Lambda(i, 2), Fs: Lambda(i, 0), Ju: Lambda(i, 1), Js: Lambda(i, 0)}
BACKWARDS = {**ADDED, l: 0, G: Lambda(i, 2 ** Abs(3 - i) - 1)}


@proves(
    inductive_adjoint,
    witness=at(BACKWARDS),
    mutants=[
        mutant(inductive_adjoint.with_then(Eq(G(l) * w(l), G(l + 1) * Fu(l) * w(l))), BACKWARDS, "without the term of the layer"),
        mutant(inductive_adjoint.with_then(Eq(G(l) * w(l), (G(l + 1) + Ju(l)) * w(l))), BACKWARDS, "without f_u"),
        mutant(inductive_adjoint.drop(NEXT[2]), {**BACKWARDS, G: Lambda(i, 7)}, "for another derivative behind"),
    ],
)
def one_layer_back() -> Theorem:
    """(dJ/du_l) w = (dJ/du_{l+1} f_u + J_u(l)) w for every direction w: the sum over the layers behind loses its first term."""
    here = cut(cite("one-velocity", TAIL_CURVE, G(l) * w(l), _rows(l)), assume(DERIVATIVE), the_tail_moves())
    next_ = instance(here, {l: l + 1})
    homogeneous = throughout(at_layer(HOMOGENEOUS_BEHIND, i), i, And(i >= l + 1, i <= I - 1))
    return combine_words(
        *inductive_adjoint.then.args,
        (1, here, 1),
        (1, first_term(Ju(i) * w(i), i, l, I), 1),
        (-1, cut(next_, homogeneous), 1),
        (G(l + 1), at_layer(HOMOGENEOUS_BEHIND, l), 1),
        because="the sum loses its first term",
    )


def _rows(first: Expr) -> Sum:
    return Sum(Ju(i) * w(i), (i, first, I))


# (8): all layers, as printed

equation_8 = Statement((*PERTURBED, SMOOTH_OBJECTIVE, *ADJOINT_8), Velocity(TAIL_CURVE, adjoint(l) * w(l)), source="ni-talnikar:equation-8")
SOLVED = {**BACKWARDS, adjoint: Lambda(i, 2 ** Abs(3 - i) - 1)}


@proves(
    equation_8,
    witness=at({**SOLVED, l: 1}),
    mutants=[
        mutant(equation_8.with_then(Velocity(TAIL_CURVE, adjoint(l + 1) * w(l))), SOLVED, "the adjoint of the next layer"),
        mutant(equation_8.drop(ADJOINT_8[0]), {**SOLVED, adjoint: Lambda(i, 2 ** Abs(4 - i) - 1)}, "without the terminal condition"),
    ],
)
def the_adjoint_solution_is_the_derivative() -> Theorem:
    """vbar(l) w is the velocity of the objective as u_l moves along w: sum over i >= l of J_u(i) w(i) = vbar(l) w(l)."""
    claim = Eq(Sum(Ju(i) * w(i), (i, l, k)), adjoint(l) * w(l) - (adjoint(k) - Ju(k)) * w(k))
    start = equal_words(*substitute(claim, {k: l}).args)
    step = combine_words(
        *substitute(claim, {k: k + 1}).args,
        (1, assume(claim), 1),
        (-1, at_layer(ADJOINT_8[1], k), w(k)),
        (adjoint(k + 1), at_layer(HOMOGENEOUS_BEHIND, k), 1),
        because="one layer more",
    )
    whole = specialize(up_to(start, step, claim, l >= 0, index=k, first=l, last=I), I)
    rows = combine_words(_rows(l), adjoint(l) * w(l), (1, whole, 1), (-1, terminal_condition(), w(I)))
    return rewrite(the_tail_moves(), rows)
