"""What a step of GD does to the error of a deep linear network. (Nar & Sastry, appendix A, equation 6 and the factors A_j, B_j).

A step moves layer j by -delta Q(j+1)' E P(j-1)', so the product moves by -delta sum_j A_j E B_j, and by what is of second order in E.
The factors depend on the weights: E alone is no autonomous system.
"""

from sympy import Eq, Expr, Lambda, Rational, Sum
from sympy.functions.elementary.complexes import transpose

from theory.evidence import Point, at, implements, mutant, proves
from theory.proof import (
    ForAll,
    Statement,
    Theorem,
    assume,
    combine_words,
    conclude,
    equal_words,
    follows,
    forget_recursion,
    instance,
    squared_norm,
    substitute,
)
from theory.step_bounds.descent_step import (
    BEYOND,
    BOUNDED,
    derivative_of_the_product,
    gradient,
    moved_product,
    what_is_beyond_is_bounded,
)
from theory.step_bounds.instances import deep, gradients, moved
from theory.step_bounds.layers import DERIVATIVE, LAYERS, PRODUCTS, STILL
from theory.step_bounds.symbols import D, E, L, M, Omega, P, Q, R, S, U, V, W, delta, j, omega, s, t, zeta


@implements("nar-sastry:definition-aibi")
def error_factors(layer: Expr) -> tuple[Expr, Expr]:
    """A_j = Q(j+1) Q(j+1)' and B_j = P(j-1)' P(j-1), both symmetric positive semidefinite.

    Args:
        layer: j, a number or a symbol.

    Returns:
        Words in the partial products P(j) = W(j) ... W(1) and Q(j) = W(L) ... W(j): A_j is n_L x n_L, B_j is n_0 x n_0.

    Source:
        Appendix A, after equation 6.

    Example:
        >>> error_factors(j)
        (Q(j + 1)*transpose(Q(j + 1)), transpose(P(j - 1))*P(j - 1))
    """
    return Q(layer + 1) * transpose(Q(layer + 1)), transpose(P(layer - 1)) * P(layer - 1)


def error_map(error: Expr) -> Expr:
    """f(E) = sum_j A_j E B_j."""
    left, right = error_factors(j)
    return Sum(left * error * right, (j, 1, L))


def misread_map(error: Expr) -> Expr:
    """The map with W_j itself in A_j and B_j, for mutants."""
    return Sum(Q(j) * transpose(Q(j)) * error * transpose(P(j)) * P(j), (j, 1, L))


SMALL = (Eq(P(L) - R, s * E), s**2 <= 1)  # the weights stay, and the error shrinks with s along the ray of E
STEP = ForAll(j, LAYERS, Eq(V(j), W(j) - delta * gradient(j, s * E)))
NEXT = (ForAll(j, LAYERS, Eq(U(j), V(j) * U(j - 1))), Eq(U(0), 1))
ERROR_STEP = Eq(U(L) - R, s * E - delta * error_map(s * E) + omega)  # omega is the paper's o(E)
AS_A_STEP = {M: Lambda(j, V(j)), S: Lambda(j, U(j)), D: Lambda(j, -delta * gradient(j, E)), t: s}
FIRST_ORDER = tuple(substitute(h, AS_A_STEP) for h in (DERIVATIVE, STILL))
HIGHER_ORDER = tuple(substitute(h, AS_A_STEP) for h in BEYOND)
GROWTH = tuple(substitute(h, AS_A_STEP) for h in BOUNDED)  # zeta does not depend on s

equation_6 = Statement(
    (*PRODUCTS, *SMALL, STEP, *NEXT, ERROR_STEP, *FIRST_ORDER, *GROWTH),
    squared_norm(omega) <= s**4 * zeta(L),
    source="nar-sastry:equation-6",
)


def _stepped(error_map_there: int) -> Point:
    """The network 2 * 1 with target 3/2 = 2 - s E, E = 1; delta is 1/4, and omega fits the given value of f(E)."""
    size, step = Rational(1, 2), Rational(1, 4)
    start = deep([[[1]], [[2]]], [[2 - size]])
    point = moved(start, [-step * g for g in gradients(start, [[1]])], size, V, U)
    rest = point[U(2)] - point[R] - (size - step * size * error_map_there) * point[U(0)]
    return {**point, omega: rest, E: point[U(0)], s: size, delta: step}


RIGHT = _stepped(2**2 + 1**2)  # W_2^2 + W_1^2


@proves(
    equation_6,
    witness=at(RIGHT),
    mutants=[
        mutant(equation_6.with_then(squared_norm(omega) <= s**6 * zeta(L)), RIGHT, "third order"),
        mutant(equation_6.with_then(Eq(squared_norm(omega), 0)), RIGHT, "nothing beyond first order"),
        mutant(
            equation_6.replacing({ERROR_STEP: Eq(U(L) - R, s * E + delta * error_map(s * E) + omega)}),
            _stepped(-5),
            "the error grows",
        ),
        mutant(
            equation_6.replacing({error_map(s * E): misread_map(s * E)}),
            _stepped(2**2 * 1**2 + 2**2 * 2**2),
            "A_j and B_j with layer j",
        ),
    ],
)
def the_error_moves_to_first_order() -> Theorem:
    """|E[k+1] - (E - delta sum_j A_j E B_j)| <= s^2 sqrt(zeta) for E[k] = s E: the rest is of second order in the error."""
    product, slope, bounded = (
        instance(theorem, AS_A_STEP) for theorem in (moved_product(), derivative_of_the_product(), what_is_beyond_is_bounded())
    )
    rest = combine_words(
        omega,
        s**2 * Omega(L),
        (-1, assume(ERROR_STEP), 1),
        (1, product, 1),
        (s, slope, 1),
        (1, assume(SMALL[0]), 1),
        because="C(L) = -delta sum_j A_j E B_j",
    )
    rest = equal_words(squared_norm(omega), s**4 * squared_norm(Omega(L)), rest)
    bound = follows(equation_6.then, using=(rest, bounded), because="zeta bounds what is of higher order")
    bound = conclude(bound, Statement((*equation_6.given, *HIGHER_ORDER), bound.then))
    return forget_recursion(bound, Omega, *HIGHER_ORDER)
