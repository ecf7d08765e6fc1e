"""How large are the outputs of a two-layer ReLU network that GD reaches? (Nar & Sastry, theorem 4).

Printed: |x_i| |fhat(x_i)| <= 1/delta at every data point. A network with two outputs and two hidden units that fits four points with
a residual breaks this: it is a strict local minimum, it attracts all nearby starts, and its output is larger. Where the network
fits the data the bound holds, in all dimensions: the direction dW = f h', dV = Gamma W' f x' at a data point x, with the hidden values
h and the output f, gives lam |f|^2 >= |f|^2 |h|^2 + |x|^2 |Gamma W' f|^2 >= 2 |x| |f|^3.
"""

from sympy import Eq, Expr, Rational, sqrt
from sympy.functions.elementary.complexes import transpose

from theory.evidence import Tight, at, mutant, proves, refutes
from theory.proof import (
    And,
    ForAll,
    Implies,
    Refutation,
    Statement,
    Theorem,
    assume,
    by_meaning,
    cite,
    conclude,
    counterexample,
    cut,
    discharge,
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
    FITS,
    PATTERN,
    PROBLEM,
    SAMPLES,
    SOLUTION,
    Rectifies,
    ReluNonsingular,
    ReluReached,
    ReluSmoothness,
    before,
    hidden,
    output,
    point,
    relu_network,
    second_derivative,
)
from theory.step_bounds.symbols import Gamma, N, bias, bottom, bottom_step, delta, i, j, lam, top, top_step, z

REACHED = ReluReached(delta, *SOLUTION)
SMOOTH = ReluSmoothness(lam, *SOLUTION)
NONSINGULAR = ReluNonsingular(delta, *PROBLEM)
SIZE = sqrt(squared_norm(point(i))) * sqrt(squared_norm(output(i)))  # |x_i| |fhat(x_i)|
POINTS = And(i >= 1, i <= N)
BOUNDED = ForAll(i, POINTS, SIZE <= 1 / delta)

GIVEN = (N >= 1, PATTERN, delta > 0, REACHED)
FITTING = (*GIVEN, FITS, SMOOTH, NONSINGULAR)
WHY = "a residual can flatten the loss at a minimum; where the network fits the data, and no unit is at its kink, the bound holds"
theorem_4 = Statement(GIVEN, BOUNDED, source="nar-sastry:theorem-4")
contribution_5 = Statement(GIVEN, BOUNDED, source="nar-sastry:contrib-5")

SMALL = Implies(squared_norm(point(i)) > 0, sqrt(squared_norm(output(i))) <= 1 / (delta * sqrt(squared_norm(point(i)))))
NEXT = And(i >= 1, i <= N - 1)
SAME = Eq(point(i + 1), point(i))
meaning = Statement(
    GIVEN,
    And(
        ForAll(i, POINTS, SMALL),
        ForAll(i, NEXT, Implies(SAME, SIZE <= 1 / (2 * delta))),  # not tight where a data point occurs twice
    ),
    source="nar-sastry:text-thm4-meaning",
)
fitting, fitting_5, fitting_meaning = (s.amend(given=FITTING, why=WHY) for s in (theorem_4, contribution_5, meaning))

# W = [1 1; 0 1], V = [0; 1], b = (-6, -3), that is fhat(x) = (6 + s, s) with s = relu(x + 3); 7 |fhat(7)| = 132.08
FLATTENED = relu_network(
    w=[[1, 1], [0, 1]],
    v=[[0], [1]],
    b=[-6, -3],
    x=[[7], [-2], [-4], [-9]],
    y=[[Rational(33, 2), Rational(19, 2)], [2, 6], [Rational(57, 5), 2], [Rational(51, 10), -Rational(13, 2)]],
) | {delta: Rational(1, 132)}


def unit(w: Expr, v: Expr, *x: int, **values: Expr) -> dict[Expr, Expr]:
    """One unit without bias that fits its data; its smoothness is (v^2 + w^2) sum x^2."""
    return relu_network([[w]], [[v]], [0], [[e] for e in x]) | {lam: (v**2 + w**2) * sum(e**2 for e in x)} | values


def change(at: Expr) -> Expr:
    """The derivative of the output at x_i in the direction (dW, dV)."""
    return top_step * hidden(at) + top * Gamma(at) * bottom_step * point(at)


def at_points(whole: Theorem, moved: Expr, *chosen: Expr) -> Theorem:
    """From c >= sum_j |v_j|^2: c >= the sum over the chosen data points."""
    squares = generalize(cite("norm-nonnegative", moved), j, SAMPLES)
    some = cut(cite("part-of-sum", squared_norm(moved), j, N, *chosen), squares)
    return follows(whole.then.lhs >= some.then.rhs, using=(whole, some), because="the other data points only add")


def curvature(*chosen: Expr) -> Theorem:
    """Lam (|dW|^2 + |dV|^2) >= the sum of |change|^2 over the chosen data points, for every direction, where the network fits."""
    term = equal_words(second_derivative(j), squared_norm(change(j)), specialize(assume(FITS), j), because="the residual is 0")
    return at_points(rewrite(by_meaning(SMOOTH), sum_congruence(generalize(term, j, SAMPLES))), change(j), *chosen)


F, H, X = (squared_norm(part(i)) for part in (output, hidden, point))
PULLED = transpose(Gamma(i)) * transpose(top) * output(i)
B = squared_norm(PULLED)
PATH = {top_step: output(i) * transpose(hidden(i)), bottom_step: PULLED * transpose(point(i))}
GAIN = F * H + X * B  # |dW|^2 + |dV|^2 along the path, and the change of the output in its own direction


def output_is_bounded(curved: Theorem, times: int) -> Theorem:
    """|x| |f| <= 1/(c delta), from lam (|dW|^2 + |dV|^2) >= c |change|^2 along the path."""
    moved = substitute(change(i), PATH)
    length = equal_words(sum(map(squared_norm, PATH.values())), GAIN, because="|x y'| = |x| |y|")
    along = equal_words(inner(output(i), moved), GAIN, because="f' f h' h + f' W Gamma Gamma' W' f x' x")
    mask = cut(by_meaning(Rectifies(Gamma(i), before(i))), specialize(assume(PATTERN), i))
    value = equal_words(inner(PULLED, hidden(i)), F, mask, because="Gamma Gamma = Gamma, so f' W Gamma h = f' f")
    apart = follows(F**2 <= B * H, using=(value, cite("cauchy-schwarz", PULLED, hidden(i))), because="Cauchy-Schwarz")
    norms = tuple(cite("norm-nonnegative", x) for x in (output(i), hidden(i), point(i), PULLED))
    steep = follows(
        lam * GAIN * F >= times * GAIN**2,
        using=(curved, length, along, cite("cauchy-schwarz", output(i), moved), *norms),
        because="Cauchy-Schwarz",
    )
    reached = cite("unstable-solutions-attract-null-sets", REACHED, SMOOTH, NONSINGULAR)
    return follows(
        SIZE <= 1 / (times * delta),
        delta > 0,
        using=(steep, apart, reached, *norms),
        because="lam |f|^2 >= c (|f|^2 |h|^2 + |x|^2 |Gamma W' f|^2) >= 2 c |x| |f|^3 by AM-GM, and delta lam <= 2",
    )


ELSEWHERE = Rectifies(Gamma(0), bottom * z - bias)
FAR = sqrt(squared_norm(z)) * sqrt(squared_norm(top * Gamma(0) * (bottom * z - bias))) <= 1 / delta
UNIT = {**unit(1, 1, 1), delta: Rational(1, 2)}  # (1/2) (w v - 1)^2 at (1, 1): lam = 2
LARGE = {**UNIT, delta: Rational(3, 4)}
TALL = {**unit(Rational(1, 2), Rational(1, 2), 2), delta: Rational(3, 4)}
TWICE = {**unit(1, 1, 1, 1), delta: Rational(2, 5)}  # the same data point twice: lam = 4
NEAR = {**unit(1, 1, 3, 1), delta: Rational(2, 25)}  # two data points, 3 and 1: lam = 20


@refutes(theorem_4, why=WHY)
def a_residual_flattens_the_loss() -> Refutation:
    """At fhat(x) = (6 + s, s), s = relu(x + 3), 7 |fhat(7)| > 132, and GD with the step 1/132 converges from all nearby starts."""
    return counterexample(theorem_4, FLATTENED)


@proves(
    fitting,
    witness=at(UNIT),
    mutants=[
        mutant(fitting.with_then(ForAll(i, POINTS, SIZE <= 1 / (2 * delta))), LARGE, "1/(2 delta)"),
        mutant(fitting.with_then(ForAll(i, POINTS, squared_norm(point(i)) * sqrt(F) <= 1 / delta)), TALL, "|x|^2 for |x|"),
        mutant(fitting.with_then(ForAll(i, POINTS, SIZE >= 1 / delta)), UNIT, "a lower bound"),
    ],
    tight=Tight(
        True,
        "for one data point and balanced weights lam = 2 |x| |fhat(x)|, and every step below 2/lam is reached",
        Statement((N >= 1, PATTERN, FITS, SMOOTH), ForAll(i, POINTS, Eq(2 * SIZE, lam))),
        at(UNIT),
    ),
)
def outputs_are_bounded() -> Theorem:
    """|x_i| |fhat(x_i)| <= 1/delta, since delta lam <= 2 and lam >= 2 |x_i| |fhat(x_i)|: AM-GM along dW = f h', dV = Gamma W' f x'."""
    return generalize(output_is_bounded(instance(curvature(i), PATH), 1), i, POINTS)


@refutes(contribution_5, why=WHY)
def the_relation_fails_with_a_residual() -> Refutation:
    """Theorem 4's counterexample: GD converges to an output that the printed relation excludes."""
    return counterexample(contribution_5, FLATTENED)


@proves(
    fitting_5,
    witness=at(UNIT),
    mutants=[
        mutant(fitting_5.with_then(ForAll(i, POINTS, SIZE <= 1 / (2 * delta))), LARGE, "1/(2 delta)"),
        mutant(fitting_5.with_then(ForAll(i, POINTS, SIZE <= delta)), UNIT, "delta for 1/delta"),
    ],
)
def step_and_output_are_related() -> Theorem:
    """|x_i| |fhat(x_i)| <= 1/delta: Theorem 4, for networks that fit their data."""
    return outputs_are_bounded()


@refutes(meaning, why=WHY)
def a_large_step_allows_a_large_output() -> Refutation:
    """Theorem 4's counterexample: delta |fhat(7)| > 1/7."""
    return counterexample(meaning, FLATTENED)


@proves(
    fitting_meaning,
    witness=at(TWICE),
    mutants=[
        mutant(
            fitting_meaning.with_then(ForAll(i, NEXT, Implies(SAME, SIZE <= 1 / (4 * delta)))),
            TWICE,
            "a quarter where a point occurs twice",
        ),
        mutant(fitting_meaning.with_then(ForAll(i, NEXT, SIZE <= 1 / (2 * delta))), NEAR, "half for any two data points"),
        mutant(Statement((*fitting_meaning.given, ELSEWHERE), FAR), {**UNIT, z: [[10]], Gamma(0): [[1]]}, "off the data too"),
    ],
    tight=Tight(
        False,
        "where a data point occurs twice the bound can be halved, and half of it is attained",
        Statement((N >= 1, PATTERN, FITS, SMOOTH), ForAll(i, NEXT, Implies(SAME, Eq(4 * SIZE, lam)))),
        at(TWICE),
    ),
)
def large_steps_mean_small_outputs() -> Theorem:
    """|fhat(x_i)| <= 1/(delta |x_i|) at the data points; half as much where a data point occurs twice."""
    size = specialize(outputs_are_bounded(), i)
    norms = tuple(cite("norm-nonnegative", x) for x in (point(i), output(i)))
    away, small = SMALL.args
    at_data = discharge(follows(small, away, delta > 0, using=(size, *norms), because="divide by |x_i|"), away)
    return follows(meaning.then, using=(generalize(at_data, i, POINTS), generalize(discharge(_twice(), SAME), i, NEXT)), because="together")


def _twice() -> Theorem:
    """Where x_{i+1} = x_i both data points bend the loss alike: lam (|dW|^2 + |dV|^2) >= 2 |change|^2."""
    pattern = specialize(assume(PATTERN), i)
    there = rewrite(specialize(assume(PATTERN), i + 1), assume(SAME))
    mask = cut(by_meaning(there.then, pattern.then), there, pattern)
    alike = equal_words(squared_norm(change(i + 1)), squared_norm(change(i)), assume(SAME), mask, because="the same point and pattern")
    both = curvature(i, i + 1)
    both = follows(both.then.lhs >= 2 * squared_norm(change(i)), using=(both, alike), because="the two are alike")
    bound = output_is_bounded(instance(both, PATH), 2)
    return conclude(bound, Statement((*FITTING, *NEXT.args, SAME), bound.then))
