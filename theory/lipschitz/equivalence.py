"""Whether the constants of networks become those of logistic and softmax regression where the last activations are X. (section 4.3).

The argument replaces K_z, the length of the longest column of X, by |X|. It is shorter in general, so the constants differ.
"""

from sympy import Eq, Expr

from theory.evidence import Tight, at, mutant, proves, refutes
from theory.lipschitz.last_layer_bounds import COLUMNS, DIAGONAL, NORM, ROW, the_longest_column
from theory.lipschitz.symbols import K_z, k, m, sigma
from theory.proof import And, Refutation, Statement, Theorem, conclude, counterexample, cut, follows


def logistic_constant(size: Expr) -> Expr:
    """Equation 18 for K_z, or the constant of logistic regression for |X|."""
    return size / (2 * m)


def softmax_constant(size: Expr) -> Expr:
    """Equation 23 for K_z, or the constant of softmax regression for |X|."""
    return (k - 1) / (k * m) * size


REGRESSION = (m >= 1, k >= 2, *NORM, *COLUMNS)
CONSTANTS = (logistic_constant, softmax_constant)
printed = Statement(REGRESSION, And(*(Eq(c(K_z), c(sigma)) for c in CONSTANTS)), source="yedida-saha:text-equiv-others")
amended = printed.amend(
    then=And(*(c(K_z) <= c(sigma) for c in CONSTANTS)),
    why="K_z is the longest column of X, which is at most |X|; the two are equal where X stretches most along one feature.",
)
POINT, EQUAL = {**ROW, m: 1, k: 2}, {**DIAGONAL, m: 1, k: 2}


@refutes(printed, why="X = (3, 4): K_z is 4 and |X| is 5, the spectral norm and Frobenius' norm, so 2 is not 5/2.")
def one_row_again() -> Refutation:
    """One sample, two features."""
    return counterexample(printed, POINT)


@proves(
    amended,
    witness=at(POINT),
    mutants=[
        mutant(amended.with_then(logistic_constant(K_z) >= logistic_constant(sigma)), POINT, "the other way"),
        mutant(amended.with_then(softmax_constant(K_z) <= logistic_constant(sigma) / 2), POINT, "half of it"),
    ],
    tight=Tight(True, "equality for a diagonal X", Statement(REGRESSION, Eq(logistic_constant(K_z), logistic_constant(sigma))), at(EQUAL)),
)
def the_constants_of_networks_are_smaller() -> Theorem:
    """The longest column is at most |X|."""
    larger = follows(amended.then, m >= 1, k >= 2, K_z <= sigma, because="times a positive number")
    return conclude(cut(larger, the_longest_column()), amended)
