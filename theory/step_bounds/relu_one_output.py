"""Theorem 4 holds for networks with one output even where they do not fit their data. (Beyond Nar & Sastry, section 4).

With one output, W = u w' and y_i = eta(i) u for a unit vector u (the number 1), the residual drops out of the Hessian along the
direction dW = u h', dV = Gamma W' u x' at every point where the gradient in V vanishes: Gamma(j) and Gamma(i) commute, and
sum_j Gamma(j) W' e_j x_j' = 0.
"""

from typing import Any

from sympy import Eq, ImmutableMatrix, Lambda, Rational, Sum
from sympy.functions.elementary.complexes import transpose

from theory.evidence import at, extends, mutant
from theory.proof import (
    ColumnOf,
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
from theory.step_bounds.relu_networks import (
    PATTERN,
    SAMPLES,
    Rectifies,
    before,
    hidden,
    output,
    point,
    relu_network,
    second_derivative,
)
from theory.step_bounds.symbols import Gamma, N, bottom_step, delta, eta, i, j, lam, row, targets, top, top_step, u
from theory.step_bounds.theorem_4 import GIVEN, NONSINGULAR, POINTS, REACHED, SIZE, SMOOTH, at_points, change

ROW = u * transpose(row)  # W
UNIT_LENGTH = Eq(transpose(u) * u, 1)
ON_THE_LINE = ForAll(j, SAMPLES, Eq(ColumnOf(targets, j), eta(j) * u))


def with_one_output(thing: Any) -> Any:
    """A term or formula of section 4 for W = u w'."""
    return substitute(thing, {top: ROW})


ERROR = with_one_output(output(j)) - ColumnOf(targets, j)
SLOPE = Sum(transpose(Gamma(j)) * transpose(ROW) * ERROR * transpose(point(j)), (j, 1, N))  # the gradient in V
PULLED = transpose(Gamma(i)) * transpose(ROW) * u
PATH = {top_step: u * transpose(hidden(i)), bottom_step: PULLED * transpose(point(i))}

one_output = Statement(
    (*map(with_one_output, (*GIVEN, SMOOTH, NONSINGULAR)), UNIT_LENGTH, ON_THE_LINE, Eq(SLOPE, 0)),
    ForAll(i, POINTS, with_one_output(SIZE) <= 1 / delta),
)


def _along(term: Any) -> Any:
    return substitute(with_one_output(term), PATH)


def residual_drops_out() -> Theorem:
    """Sum_j <e_j, dW Gamma(j) dV x_j> = 0 along the path, since it is <Gamma(i) h, (gradient in V) x>: the Hessian is sum_j |change|^2."""
    pushed = Gamma(i) * hidden(i)
    term = inner(pushed, transpose(Gamma(j)) * transpose(ROW) * ERROR * transpose(point(j)) * point(i))
    spread = equal_words(inner(pushed, SLOPE * point(i)), Sum(term, (j, 1, N)), because="term by term")
    nothing = follows(Eq(Sum(term, (j, 1, N)), 0), using=(rewrite(spread, assume(Eq(SLOPE, 0))),), because="the gradient in V vanishes")
    here, there = (specialize(assume(PATTERN), index) for index in (i, j))
    swap = cut(by_meaning(there.then, here.then), there, here)
    line = (assume(UNIT_LENGTH), specialize(assume(ON_THE_LINE), j))
    bent = _along(second_derivative(j))
    square = squared_norm(_along(change(j)))
    termwise = equal_words(bent, square + 2 * term, *line, swap, because="Gamma(j) Gamma(i)' = Gamma(i)' Gamma(j)', and one output")
    whole = sum_congruence(generalize(termwise, j, SAMPLES))
    split = equal_words(whole.then.rhs, Sum(square, (j, 1, N)) + 2 * Sum(term, (j, 1, N)), because="a sum of sums")
    return follows(Eq(whole.then.lhs, Sum(square, (j, 1, N))), using=(whole, split, nothing), because="the residual drops out")


def _with_a_residual() -> dict[Any, Any]:
    """2 relu(x + 2) at -1, 0, 1 with the residuals 1, -2, 1: a strict minimum of smoothness 16, where 1 |fhat(1)| = 6."""
    network = relu_network(w=[[2]], v=[[1]], b=[-2], x=[[-1], [0], [1]], y=[[1], [6], [5]])
    line = {u: ImmutableMatrix([1]), row: network.pop(top), eta: Lambda(j, -3 * j**2 + 14 * j - 10)}
    return network | line | {lam: 16, delta: Rational(1, 9)}


RESIDUAL = _with_a_residual()


@extends(
    "nar-sastry:theorem-4",
    one_output,
    witness=at(RESIDUAL),
    mutants=[
        mutant(one_output.with_then(ForAll(i, POINTS, with_one_output(SIZE) <= 1 / (2 * delta))), RESIDUAL, "1/(2 delta)"),
        mutant(one_output.with_then(ForAll(i, POINTS, with_one_output(SIZE) >= 1 / delta)), RESIDUAL, "a lower bound"),
    ],
)
def outputs_are_bounded_with_a_residual() -> Theorem:
    """|x_i| |fhat(x_i)| <= 1/delta for one output, whatever the residual: it drops out along dW = u h', dV = Gamma W' u x'."""
    ray = rewrite(instance(by_meaning(with_one_output(SMOOTH)), PATH), residual_drops_out())
    curved = at_points(ray, _along(change(j)), i)
    unit, moved = assume(UNIT_LENGTH), _along(change(i))
    h, x, b, f = (squared_norm(part) for part in (hidden(i), point(i), PULLED, with_one_output(output(i))))
    gain, value = h + x * b, inner(PULLED, hidden(i))
    length = equal_words(sum(map(squared_norm, PATH.values())), gain, unit, because="|x y'| = |x| |y|")
    along = equal_words(inner(u, moved), gain, unit, because="u' u h' h + u' W Gamma Gamma' W' u x' x")
    one = equal_words(squared_norm(u), 1, unit)
    mask = cut(by_meaning(Rectifies(Gamma(i), before(i))), specialize(assume(PATTERN), i))
    square = equal_words(f, value**2, unit, mask, because="f = u (w' Gamma h)")
    steep = follows(lam * gain >= gain**2, using=(curved, length, along, one, cite("cauchy-schwarz", u, moved)), because="Cauchy-Schwarz")
    apart = follows(f <= b * h, using=(square, cite("cauchy-schwarz", PULLED, hidden(i))), because="Cauchy-Schwarz")
    norms = tuple(cite("norm-nonnegative", part) for part in (hidden(i), point(i), PULLED, with_one_output(output(i))))
    reached = cite("unstable-solutions-attract-null-sets", *map(with_one_output, (REACHED, SMOOTH, NONSINGULAR)))
    because = "lam >= |h|^2 + |x|^2 |Gamma W' u|^2 >= 2 |x| |f| by AM-GM, and delta lam <= 2"
    bound = follows(one_output.then.args[2], delta > 0, using=(steep, apart, reached, *norms), because=because)
    return generalize(bound, i, POINTS)
