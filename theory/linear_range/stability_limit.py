"""The linear range against the stability limit, on balanced deep linear networks of any depth. (beyond the abstract).

I layers of one neuron, all of one weight, u = weight^I, and J = (u - y)^2/2. A gradient step moves every layer at the relative rate
r = -residual weight^(I - 2), so epsilon depends on x = r psi alone, and the range ends at some |x|. Near a solution with this weight J has
the curvature lambda = I weight^(2 I - 2). The end of the range is psi lambda/2 = I |x| u/(2 |residual|) times the limit 2/lambda.
"""

from sympy import Abs, Eq, Ne, Rational

from theory.evidence import at, extends, mutant
from theory.linear_range.linear_layers import CLOSED, TWOS, closed_form, the_measurement_in_closed_form
from theory.linear_range.sizes import LATER
from theory.linear_range.symbols import I, curvature, i, psi, rate, residual, weight
from theory.proof import And, ForAll, Implies, Statement, Theorem, conclude, conjunction, follows

BALANCED = (
    weight > 0,
    Ne(residual, 0),
    psi > 0,
    Eq(rate * weight**2, -residual * weight**I),
    Eq(curvature * weight**2, I * weight ** (2 * I)),
)
X = Abs(rate * psi)
RATIO = Eq(psi * curvature / 2 * (2 * Abs(residual)), I * X * weight**I)
AWAY = 2 * Abs(residual) >= I * X * weight**I
STABLE = psi * curvature <= 2
against = Statement((*closed_form.given, *BALANCED), And(ForAll(i, LATER, CLOSED), RATIO, Implies(STABLE, AWAY), Implies(AWAY, STABLE)))
# three layers 2, so u = 8 and lambda = 48, with the residual -1/4: r = 1/2, and psi = 1 is 24 times the limit 2/48
DEEP_TWOS = {**TWOS, weight: 2, residual: Rational(-1, 4), curvature: 48}


@extends(
    "ni-talnikar:text-abstract-optimal-lr",
    against,
    witness=at(DEEP_TWOS),
    mutants=[
        mutant(against.with_then(STABLE), DEEP_TWOS, "every step is stable"),
        mutant(against.with_then(Eq(RATIO.lhs, 2 * X * weight**I)), DEEP_TWOS, "2 for the number of layers"),
        mutant(against.with_then(Eq(RATIO.lhs, I * X * weight ** (I - 1))), DEEP_TWOS, "a weight for the state"),
    ],
)
def the_range_against_the_stability_limit() -> Theorem:
    """Psi lambda/2 = I |r psi| u/(2 |residual|): the end of the range is stable exactly while |residual| >= I |x| u/2."""
    limits = [
        follows(part, I >= 1, *BALANCED, because="powers of one weight") for part in (RATIO, Implies(STABLE, AWAY), Implies(AWAY, STABLE))
    ]
    return conclude(conjunction(the_measurement_in_closed_form(), *limits), against)
