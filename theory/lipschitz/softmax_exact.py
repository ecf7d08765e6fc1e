"""The Lipschitz constants of softmax regression: L >= 0 is one exactly if no choice of a class a sample has a sum above m L. (section 5.2).

The loss of the weights U is the mean of log sum_j e^<e_j, U x_i> - <e_t(i), U x_i>, with the true classes t(i) and any vectors e_j for the
classes: with unit vectors, softmax regression.
"""

from functools import cache

from sympy import Eq, Expr, Lambda, Sum, exp, log
from sympy.functions.elementary.complexes import transpose

from theory.lipschitz.means_of_samples import SAMPLES, mean
from theory.lipschitz.softmax_approached import CHOICES
from theory.lipschitz.symbols import L, best, class_vector, heading, i, j, k, loss, m, params, true, x
from theory.lipschitz.weight_change import LIPSCHITZ
from theory.proof import Statement, Theorem, inner, substitute
from theory.proof.norms import size


def score(c: Expr, weights: Expr = params) -> Expr:
    """z_ic = <e_c, U x_i>."""
    return inner(class_vector(c), weights * x(i))


def sum_of_powers(weights: Expr = params) -> Sum:
    """sum_j e^(z_ij)."""
    return Sum(exp(score(j, weights)), (j, 1, k))


def cross_entropy(weights: Expr = params) -> Expr:
    """g(U): the mean of -log a_it(i), where a_ij is the softmax value e^(z_ij)/sum_h e^(z_ih)."""
    return mean(log(sum_of_powers(weights)) - score(true(i), weights))


LIPSCHITZ_LOSS = substitute(LIPSCHITZ, {loss: Lambda(params, cross_entropy())})
CHOSEN = (class_vector(best(i)) - class_vector(true(i))) * transpose(x(i))
TOWARDS = Eq(heading, Sum(CHOSEN, (i, 1, m)), evaluate=False)

# Every choice's sum is a lower bound

below = Statement((m >= 1, k >= 2, CHOICES, TOWARDS, L >= 0, LIPSCHITZ_LOSS), size(heading) <= m * L)
