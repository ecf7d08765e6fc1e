"""The adjoint solution, its closed form, and its equivalence with the tangent solution. (equations 8 to 12)."""

from sympy import Abs, Eq, Lambda, Sum

from theory.evidence import at, mutant, proves
from theory.linear_range.networks import ADJOINT, DEEP, REST, TANGENT, TERMINAL, at_layer
from theory.linear_range.symbols import Fs, Fu, I, Js, Ju, adjoint, i, l, sigma, v
from theory.proof import Statement, Theorem, assume, combine_words, specialize, substitute
from theory.proof.ranges import up_to

STEERED = Sum(Js(i) * sigma(i), (i, 0, I))  # what the parameters change in the objective directly
BY_TANGENT = Sum(Ju(i) * v(i), (i, 1, I)) + STEERED
BY_ADJOINT = Sum(adjoint(l + 1) * Fs(l) * sigma(l), (l, 0, I - 1)) + STEERED

equation_12 = Statement((DEEP, REST, TANGENT, TERMINAL, ADJOINT), Eq(BY_TANGENT, BY_ADJOINT), source="ni-talnikar:equation-12")
# f_u = 2, f_s = 3, J_u = 1, J_s = 1 and sigma = 1 in each of two layers: v = 0, 3, 9 and vbar = 7, 3, 1
TWO_LAYERS = {
    I: 2,
    **{family: Lambda(i, value) for family, value in ((Fu, 2), (Fs, 3), (Ju, 1), (Js, 1), (sigma, 1))},
    v: Lambda(i, 3 * (2 ** Abs(i) - 1)),
    adjoint: Lambda(i, 2 ** Abs(3 - i) - 1),
}


def _with(change: Sum) -> Statement:
    return equation_12.with_then(Eq(BY_TANGENT, change + STEERED))


@proves(
    equation_12,
    witness=at(TWO_LAYERS),
    mutants=[
        mutant(_with(Sum(adjoint(l) * Fs(l) * sigma(l), (l, 0, I - 1))), TWO_LAYERS, "the adjoint of the layer before"),
        mutant(_with(Sum(adjoint(l + 1) * Fs(l) * sigma(l), (l, 1, I - 1))), TWO_LAYERS, "without layer 0"),
        mutant(equation_12.drop(TERMINAL), {**TWO_LAYERS, adjoint: Lambda(i, 2 ** Abs(4 - i) - 1)}, "without the terminal condition"),
        mutant(equation_12.drop(REST), {**TWO_LAYERS, v: Lambda(i, 3 * (2 ** Abs(i + 1) - 1))}, "with a moved input"),
    ],
)
def tangent_and_adjoint_agree() -> Theorem:
    """Sum of J_u v = sum of vbar f_s sigma: each layer moves one term from the left to the right, and the sums telescope."""
    claim = Eq(
        Sum(Ju(i) * v(i), (i, 1, l + 1)) + (adjoint(l + 1) - Ju(l + 1)) * v(l + 1), Sum(adjoint(i + 1) * Fs(i) * sigma(i), (i, 0, l))
    )
    start = combine_words(*substitute(claim, {l: 0}).args, (adjoint(1), at_layer(TANGENT, 0), 1), modulo=(assume(REST),))
    step = combine_words(
        *substitute(claim, {l: l + 1}).args,
        (1, assume(claim), 1),
        (adjoint(l + 2), at_layer(TANGENT, l + 1), 1),
        (-1, at_layer(ADJOINT, l + 1), v(l + 1)),
        because="one layer: vbar(l+1) v(l+1) = (vbar(l) - J_u(l)) v(l) + vbar(l+1) f_s sigma",
    )
    whole = specialize(up_to(start, step, claim, index=l, last=I - 1), I - 1)
    return combine_words(*equation_12.then.args, (1, whole, 1), (-1, assume(TERMINAL), v(I)), because="at the last layer vbar = J_u")
