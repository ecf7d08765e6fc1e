"""Twice the bound of theorem 4 holds for every network, whether it fits its data or not. (Beyond Nar & Sastry, section 4).

Along dW = f h' with dV = 0, and along dV = Gamma W' f x' with dW = 0, the residual drops out of the Hessian: it only meets dW dV. So the
largest eigenvalue lam is at least |h|^2, and lam |f|^2 >= |x|^2 |Gamma W' f|^2; and |f|^2 <= |Gamma W' f| |h|.
"""

from typing import Any

from sympy import Expr, Integer
from sympy.functions.elementary.complexes import transpose

from theory.evidence import at, extends, mutant
from theory.proof import (
    ForAll,
    Statement,
    Theorem,
    assume,
    by_meaning,
    cite,
    cut,
    equal_words,
    follows,
    generalize,
    inner,
    instance,
    rewrite,
    specialize,
    squared_norm,
    substitute,
    sum_congruence,
)
from theory.step_bounds.relu_networks import PATTERN, SAMPLES, Rectifies, before, hidden, output, point, second_derivative
from theory.step_bounds.relu_one_output import RESIDUAL
from theory.step_bounds.symbols import Gamma, bottom_step, delta, i, j, lam, row, top, top_step, u
from theory.step_bounds.theorem_4 import GIVEN, NONSINGULAR, POINTS, PULLED, REACHED, SIZE, SMOOTH, B, F, H, X, at_points, change

any_fit = Statement((*GIVEN, SMOOTH, NONSINGULAR), ForAll(i, POINTS, SIZE <= 2 / delta))
OUTER = {top_step: output(i) * transpose(hidden(i)), bottom_step: Integer(0)}
INNER = {top_step: Integer(0), bottom_step: PULLED * transpose(point(i))}
WITH_A_RESIDUAL = {key: value for key, value in RESIDUAL.items() if key not in (u, row)} | {top: [[2]]}


def _curvature(path: dict[Any, Any], length: Expr, gain: Expr, because: str) -> Theorem:
    """Lam |D|^2 |f|^2 >= <f, change at x_i>^2, along a direction D that keeps V or W."""
    moved = {index: substitute(change(index), path) for index in (i, j)}
    term = equal_words(substitute(second_derivative(j), path), squared_norm(moved[j]), because="the residual only meets dW dV")
    ray = rewrite(instance(by_meaning(SMOOTH), path), sum_congruence(generalize(term, j, SAMPLES)))
    size = equal_words(sum(map(squared_norm, path.values())), length, because="|x y'| = |x| |y|")
    along = equal_words(inner(output(i), moved[i]), gain, because=because)
    facts = (at_points(ray, moved[j], i), size, along, cite("cauchy-schwarz", output(i), moved[i]), cite("norm-nonnegative", output(i)))
    return follows(lam * length * F >= gain**2, using=facts, because="Cauchy-Schwarz")


MUTANTS = [
    mutant(any_fit.with_then(ForAll(i, POINTS, SIZE <= 1 / (2 * delta))), WITH_A_RESIDUAL, "1/(2 delta)"),
    mutant(any_fit.with_then(ForAll(i, POINTS, SIZE >= 2 / delta)), WITH_A_RESIDUAL, "a lower bound"),
]


@extends("nar-sastry:theorem-4", any_fit, witness=at(WITH_A_RESIDUAL), mutants=MUTANTS)
@extends("nar-sastry:text-thm4-meaning", any_fit, witness=at(WITH_A_RESIDUAL), mutants=MUTANTS)
def outputs_are_bounded_twice() -> Theorem:
    """|x_i| |fhat(x_i)| <= 2/delta whatever the residual: it drops out along dW alone and along dV alone."""
    outer = _curvature(OUTER, F * H, F * H, "f' f h' h")
    nested = _curvature(INNER, B * X, B * X, "f' W Gamma Gamma' W' f x' x")
    mask = cut(by_meaning(Rectifies(Gamma(i), before(i))), specialize(assume(PATTERN), i))
    value = equal_words(inner(PULLED, hidden(i)), F, mask, because="Gamma Gamma = Gamma, so f' W Gamma h = f' f")
    apart = follows(F**2 <= B * H, using=(value, cite("cauchy-schwarz", PULLED, hidden(i))), because="Cauchy-Schwarz")
    norms = tuple(cite("norm-nonnegative", part) for part in (output(i), hidden(i), point(i), PULLED))
    reached = cite("unstable-solutions-attract-null-sets", REACHED, SMOOTH, NONSINGULAR)
    because = "|x|^2 |f|^2 <= lam |h|^2 <= lam^2 where f is not 0, and delta lam <= 2"
    bound = follows(SIZE <= 2 / delta, delta > 0, using=(outer, nested, apart, reached, *norms), because=because)
    return generalize(bound, i, POINTS)
