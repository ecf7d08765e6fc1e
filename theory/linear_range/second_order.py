r"""Layers that are not linear: the second-order tangent, and the constant C of epsilon = C |psi| + O(psi^2). (section 3.1).

The states are u_i(psi) = u_i + v_i psi + v'_i psi^2 + O(psi^3), where v' solves a tangent equation of its own, driven by the second
derivatives of the layers: v'_{i+1} = f_u v'_i + D^2 f[(v_i, sigma_i), (v_i, sigma_i)]/2. C is the mean of |v'_i|/|v_i|, that is of
|w_i|/(2 |v_i|) for the second derivatives w_i = 2 v'_i. It is derived here for layers of any shape, and as many as there are.
"""

from sympy import Abs, Eq, Expr, Integer, Lambda, Ne, Rational

from theory.evidence import at, extends, mutant
from theory.linear_range.measurement import BENDS, LINE, MOVES, SLOPE, error, measured, relative
from theory.linear_range.networks import DEEP, FORWARD, INPUT, LAYERS, REST, STATES, TANGENT, at_layer
from theory.linear_range.sizes import LATER, compared_sums, scaled, size, triangle
from theory.linear_range.symbols import (
    Fs,
    Fu,
    I,
    S,
    U,
    along_parameters,
    along_state,
    bend,
    c,
    f,
    hessian,
    i,
    j,
    psi,
    q,
    s,
    sigma,
    u,
    unit,
    v,
    x,
)
from theory.proof import (
    And,
    BigO,
    ForAll,
    LayerCurvature,
    Statement,
    Theorem,
    assume,
    cite,
    conclude,
    cut,
    equal_words,
    evaluate,
    follows,
    generalize,
    rewrite,
    specialize,
    squared_norm,
)
from theory.proof.ranges import throughout, up_to

FORM = Lambda((along_state, along_parameters), hessian(i, along_state, along_parameters))
CURVED = ForAll(i, LAYERS, LayerCurvature(Lambda((U, S), f(i, U, S)), u(i, 0), s(i), Fu(i), Fs(i), FORM))
NONLINEAR = (DEEP, INPUT, FORWARD, CURVED, REST, TANGENT)
FLAT = Eq(bend(0), 0)


def second_tangent(new: Expr) -> tuple[Eq, ForAll]:
    """v'(0) = 0, and the value of v'(i+1)."""
    return FLAT, ForAll(i, LAYERS, Eq(bend(i + 1), new))


CARRIED, DRIVEN = Fu(i) * bend(i), hessian(i, v(i), sigma(i))
SECOND = second_tangent(CARRIED + DRIVEN / 2)


def left_over(first: Expr, second: Expr, layer: Expr = i) -> Lambda:
    """u(psi) - u - first psi - second psi^2."""
    return Lambda(psi, u(layer, psi) - u(layer, 0) - psi * first - psi**2 * second)


def _expands(second: Expr) -> ForAll:
    return ForAll(i, STATES, BigO(left_over(v(i), second), 3))


second_order = Statement((*NONLINEAR, *SECOND), _expands(bend(i)))
# Two layers S^2 U from 1 in the direction 1: u = 1, (1 + psi)^2, (1 + psi)^4, so v = 0, 2, 4 and v' = 0, 1, 6
SQUARES = {
    I: 2,
    x: [[1]],
    f: Lambda((i, U, S), S**2 * U),
    u: Lambda((i, psi), (1 + psi) ** Abs(2 * i)),
    s: Lambda(i, 1),
    sigma: Lambda(i, 1),
    Fu: Lambda(i, 1),
    Fs: Lambda(i, 2),
    hessian: Lambda((i, U, S), 2 * S**2 + 4 * S * U),
    v: Lambda(i, 2 * i),
    bend: Lambda(i, 2 * i**2 - i),
}


def _with(new: Expr, solution: Lambda, network: dict[object, object]) -> tuple[Statement, dict[object, object]]:
    """The theorem with another equation for v', and its solution at two layers."""
    return Statement((*NONLINEAR, *second_tangent(new)), second_order.then), {**network, bend: solution}


# Two layers S U^2 from 1 in the direction 1: u = 1, 1 + psi, (1 + psi)^3, so v = 0, 1, 3 and v' = 0, 0, 3
STATE_SQUARED = {
    **SQUARES,
    f: Lambda((i, U, S), S * U**2),
    u: Lambda((i, psi), (1 + psi) ** (2 ** Abs(i) - 1)),
    Fu: Lambda(i, 2),
    Fs: Lambda(i, 1),
    hessian: Lambda((i, U, S), 4 * S * U + 2 * U**2),
    v: Lambda(i, i * (i + 1) / 2),
    bend: Lambda(i, 3 * i * (i - 1) / 2),
}
NO_STATE_ALONE = DRIVEN - hessian(i, v(i), 0 * sigma(i))  # without v_i times v_i
ONLY_PARAMETERS = hessian(i, 0 * v(i), sigma(i)) / 2 + hessian(i, v(i), 0 * sigma(i)) / 2  # without v_i times sigma_i


@extends(
    "ni-talnikar:text-taylor",
    second_order,
    witness=at(SQUARES),
    mutants=[
        mutant(*_with(CARRIED + DRIVEN, Lambda(i, 4 * i**2 - 2 * i), SQUARES), "the second derivative, not half of it"),
        mutant(*_with(DRIVEN / 2, Lambda(i, (3 * i**2 - i) / 2), SQUARES), "not carried on by f_u"),
        mutant(*_with(CARRIED + ONLY_PARAMETERS, Lambda(i, Abs(i)), SQUARES), "without the state times the parameters"),
        mutant(*_with(CARRIED + NO_STATE_ALONE / 2, Lambda(i, i * (i - 1)), STATE_SQUARED), "without the state times itself"),
        mutant(second_order.with_then(_expands(2 * bend(i))), SQUARES, "twice v'"),
        mutant(second_order.drop(CURVED), {**SQUARES, hessian: Lambda((i, U, S), 0 * U), bend: Lambda(i, 0)}, "for any quadratic form"),
    ],
)
def the_states_expand() -> Theorem:
    """Layer by layer: the chain rule of second order, along the line s + psi sigma of the parameters, which does not bend."""
    there = _one_layer()
    equations = (at_layer(TANGENT, i), at_layer(SECOND[1], i))
    there = rewrite(there, *(equal_words(e.then.rhs, e.then.lhs, e) for e in equations))
    return up_to(_input_rests(), there, BigO(left_over(v(i), bend(i)), 3), index=i, last=I)


def _one_layer() -> Theorem:
    """From the expansion of u(i): that of u(i+1), with the coefficients as the chain rule gives them."""
    layer, line = Lambda((U, S), f(i, U, S)), Lambda(psi, s(i) + psi * sigma(i))
    state, image = (Lambda(psi, u(n, psi)) for n in (i, i + 1))
    chain = cite("second-order-chain-rule", layer, (Fu(i), Fs(i), FORM), (state, v(i), bend(i)), (line, sigma(i), 0), image)
    return cut(chain, at_layer(CURVED, i), evaluate(BigO(Lambda(psi, 0), 3)), at_layer(FORWARD, i))


def _input_rests() -> Theorem:
    """u(0, psi) = x for all psi, so what is left over is 0."""
    rest = left_over(v(0), bend(0), Integer(0))
    none = Lambda(psi, 0)
    bound = cite("dominated", rest, 3, 1, 0, none, 1, i, 0, 0)
    rests = (at_layer(INPUT, psi), at_layer(INPUT, 0), assume(REST), assume(FLAT))
    length = equal_words(squared_norm(rest.expr), 0, *rests)
    (small,) = (h for h in bound.given if isinstance(h, ForAll) and h.variable == psi)
    near = follows(small.args[2], using=(length, equal_words(small.args[2].rhs, 0)), because="0 <= 0")
    each = generalize(evaluate(BigO(none, 3)), i, And(i >= 0, i <= 0))
    return cut(bound, generalize(near, psi, small.args[1]), each)


# And so the measurement begins with C |psi|

MEASURED = ForAll(psi, Ne(psi, 0), relative(psi))
BEGINS = BigO(Lambda(psi, measured(psi) - SLOPE * Abs(psi)), 2)
MEASURABLE = (MOVES, BENDS, MEASURED)
begins = Statement((*NONLINEAR, *SECOND, *MEASURABLE), BEGINS)
# A layer S^2 from 1 in the direction 1, and one that hands its state on: u = (1 + psi)^2 from layer 1 on, v = 2 and v' = 1
ON = i * (3 - i) / 2  # 0, 1, 1
KEPT = {
    **SQUARES,
    unit: [[1]],
    f: Lambda((i, U, S), (1 - i) * S**2 + i * U),
    u: Lambda((i, psi), (1 + ON * (2 * psi + psi**2)) * unit),
    s: Lambda(i, unit),
    sigma: Lambda(i, unit),
    Fu: Lambda(i, i * unit),
    Fs: Lambda(i, 2 * (1 - i) * unit),
    hessian: Lambda((i, U, S), 2 * (1 - i) * S**2),
    v: Lambda(i, 2 * ON * unit),
    bend: Lambda(i, ON * unit),
    q: Lambda((i, psi), Abs(psi) / 2),
    c: Lambda(i, Rational(1, 2)),
}
# Two layers S U from 1 in the direction 1: u = (1 + psi)^i, so epsilon = 0 and |psi|/2
BILINEAR = {
    **KEPT,
    f: Lambda((i, U, S), S * U),
    u: Lambda((i, psi), (1 + psi) ** Abs(i) * unit),
    Fu: Lambda(i, unit),
    Fs: Lambda(i, unit),
    hessian: Lambda((i, U, S), 2 * S * U),
    v: Lambda(i, i * unit),
    bend: Lambda(i, i * (i - 1) * unit / 2),
    q: Lambda((i, psi), (i - 1) * Abs(psi) / 2),
    c: Lambda(i, (i - 1) / Integer(2)),
}
LINEAR = {**LINE, hessian: Lambda((i, U, S), 0 * U), bend: Lambda(i, 0 * unit), c: Lambda(i, 0)}
AT_REST = LINEAR | {
    sigma: Lambda(i, 0 * unit),
    u: Lambda((i, psi), unit),
    v: Lambda(i, 0 * unit),
    q: Lambda((i, psi), 1),
}


def _driven(new: Expr, at_: dict[object, object], solution: Expr, ratio: Expr) -> tuple[Statement, dict[object, object]]:
    """The theorem with another equation for v', its solution, and c = |v'|/|v|."""
    return Statement((*NONLINEAR, *second_tangent(new), *MEASURABLE), BEGINS), {
        **at_,
        bend: Lambda(i, solution * unit),
        c: Lambda(i, ratio),
    }


@extends(
    "ni-talnikar:text-eps-cpsi",
    begins,
    witness=at(KEPT),
    mutants=[
        mutant(*_driven(CARRIED + DRIVEN, KEPT, 2 * ON, Integer(1)), "the second derivative, not half of it"),
        mutant(*_driven(DRIVEN / 2, KEPT, i * (2 - i), (2 - i) / Integer(2)), "not carried on by f_u"),
        mutant(*_driven(CARRIED + ONLY_PARAMETERS, BILINEAR, Integer(0), Integer(0)), "without the state times the parameters"),
        mutant(begins.with_then(BigO(Lambda(psi, measured(psi) - SLOPE * psi), 2)), KEPT, "C psi, for steps of both signs"),
        mutant(begins.drop(MOVES), AT_REST, "in the direction 0"),
        mutant(begins.with_then(SLOPE > 0), LINEAR, "C > 0, for a linear layer"),
    ],
)
def the_measurement_begins_with_the_second_tangent() -> Theorem:
    """Layer by layer q = c |psi| + O(psi^2), for the rest of the expansion is O(psi^3); then the mean."""
    gap = Lambda(psi, q(i, psi) - c(i) * Abs(psi))
    bound = cite("dominated", BEGINS.args[0], 2, 1, 0, gap, 1 / I, i, 1, I)
    small = _near(bound)
    parts = tuple(compared_sums(throughout(follows(sign * gap.expr <= Abs(gap.expr)), i, LATER)) for sign in (1, -1))
    sums = I * (measured(psi) - Abs(psi) * SLOPE)
    split = tuple(equal_words(p.then.lhs, sign * sums) for sign, p in zip((1, -1), parts, strict=True))
    shared = equal_words(I * small.args[2].rhs, parts[0].then.rhs)
    mean = follows(small.args[2], DEEP, using=(*parts, *split, shared), because="the modulus of a sum is at most the sum of the moduli")
    return conclude(cut(bound, generalize(mean, psi, small.args[1]), throughout(_of_one_layer(gap), i, LATER)), begins)


def _near(bound: Theorem) -> ForAll:
    """What `dominated` asks of all small psi."""
    (small,) = (h for h in bound.given if isinstance(h, ForAll) and h.variable == psi)
    return small


def _of_one_layer(gap: Lambda) -> Theorem:
    """|psi| |q - c |psi|| <= |rest|/|v|, by the triangle inequality."""
    rest = left_over(v(i), bend(i))
    bound = cite("dominated", gap, 2, 1, 1, rest, 1 / size(v(i)), j, 0, 0)
    small = _near(bound)
    quotient = equal_words(small.args[2].rhs, size(rest.expr) / size(v(i)))
    missed, second = error(psi), psi**2 * bend(i)
    sides = (triangle(missed, second, rest.expr), triangle(second, missed, -rest.expr))
    turned = equal_words(squared_norm(-rest.expr), squared_norm(rest.expr))
    moved = equal_words(squared_norm(psi * v(i)), psi**2 * squared_norm(v(i)))
    each = [specialize(assume(h), i) for h in (MOVES, BENDS)]
    each.append(specialize(specialize(assume(MEASURED), psi), i))
    positive = [cite("norm-nonnegative", word) for word in (v(i), bend(i), second, rest.expr, missed, psi * v(i))]
    known = (*sides, turned, moved, scaled(second, psi**2, bend(i)), *each, *positive)
    inside = follows(small.args[2], Ne(psi, 0), using=(*known, quotient), because="divided by |v|")
    inside = cut(inside, cite("norm-nonnegative", rest.expr), each[0])
    expands = throughout(specialize(the_states_expand(), i), j, And(j >= 0, j <= 0))
    return cut(bound, generalize(inside, psi, small.args[1]), expands)
