"""sup |l'| and sup |l''| of a loss: known answers, dense maximisation in 40 digits, exact instances, refusals.

The second route differentiates numerically, in mpmath; nothing of SymPy's derivatives is used there.
"""

import itertools
import math

import mpmath
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sympy import (
    Abs,
    Heaviside,
    I,
    Interval,
    KroneckerDelta,
    Matrix,
    Max,
    Min,
    Piecewise,
    Rational,
    S,
    Symbol,
    cosh,
    exp,
    lambdify,
    log,
    nan,
    oo,
    sign,
    sin,
    sqrt,
    symbols,
    tanh,
    zoo,
)

from theory.lipschitz import LipschitzConstant, loss_constants
from theory.lipschitz.loss_theorems import theorem_of
from theory.lipschitz.loss_vectors import softmax_of
from theory.lipschitz.softmax_theorems import softmax_theorem
from theory.lipschitz.symbols import n
from theory.proof import NotProved, Theorem

y, z = symbols("y z", real=True)
a, b, c, e = symbols("z_1:5", real=True)
half = Rational(1, 2)
sigma = 1 / (1 + exp(-z))
BINARY, SIGNS = {y: [0, 1]}, {y: [-1, 1]}
logistic = log(1 + exp(z)) - y * z
huber = Piecewise(((z - y) ** 2 / 2, Abs(z - y) <= 1), (Abs(z - y) - half, True))
focal = -y * (1 - sigma) ** 2 * log(sigma) - (1 - y) * sigma**2 * log(1 - sigma)
smoothed = -(Rational(9, 10) * y + Rational(1, 20)) * log(sigma) - (Rational(19, 20) - Rational(9, 10) * y) * log(1 - sigma)


def softmax_loss(logits, target):
    """-sum_j q_j log a_j."""
    total = sum(map(exp, logits))
    return -sum(q * log(exp(z_j) / total) for q, z_j in zip(target, logits, strict=True))


def one_hot(logits, smoothing=0):
    """Of the label y, with a part of the weight spread over all classes."""
    k = len(logits)
    return [(1 - smoothing) * KroneckerDelta(y, j) + Rational(smoothing) / k for j in range(k)]


# (loss, logit, labels): (sup |l'|, attained, sup |l''|, attained, missing slopes, missing curvatures, which have theorems)
KNOWN = {
    "squared": (((z - y) ** 2 / 2, z, {y: [-1, 0, 3]}), (oo, False, 1, True, 0, 0, (True, True))),
    "logistic": ((logistic, z, BINARY), (1, False, Rational(1, 4), True, 0, 0, (True, True))),
    "logistic, by its sigmoid": (
        (-y * log(sigma) - (1 - y) * log(1 - sigma), z, BINARY),
        (1, False, Rational(1, 4), True, 0, 0, (True, True)),
    ),
    "logistic in bits": ((logistic / log(2), z, BINARY), (1 / log(2), False, 1 / (4 * log(2)), True, 0, 0, (False, False))),
    "label-smoothed logistic": ((smoothed, z, BINARY), (Rational(19, 20), False, Rational(1, 4), True, 0, 0, (True, True))),
    "hinge": ((Max(0, 1 - y * z), z, SIGNS), (1, True, oo, False, 2, 2, (True, False))),
    "squared hinge": ((Max(0, 1 - y * z) ** 2 / 2, z, SIGNS), (oo, False, 1, True, 0, 2, (False, False))),
    "Huber": ((huber, z, {y: [0, 5]}), (1, True, 1, True, 0, 4, (True, False))),
    "exponential": ((exp(-y * z), z, SIGNS), (oo, False, oo, False, 0, 0, (True, True))),
    "absolute": ((Abs(z - y), z, {y: [2]}), (1, True, oo, False, 1, 1, (True, False))),
    "quantile": ((Max(9 * (y - z), z - y) / 10, z, {y: [0]}), (Rational(9, 10), True, oo, False, 1, 1, (True, False))),
    "log cosh": ((log(cosh(z)), z, {}), (1, False, 1, True, 0, 0, (False, False))),
    "Cauchy": ((log(1 + z**2) / 2, z, {}), (half, True, 1, True, 0, 0, (True, True))),
    "square of tanh": ((tanh(z) ** 2, z, {}), (4 * sqrt(3) / 9, True, 2, True, 0, 0, (False, False))),
    "softsign": ((z / (1 + Abs(z)), z, {}), (1, True, 2, False, 0, 1, (False, False))),
    "even without a kink": ((Abs(z) ** 2 * Abs(z), z, {}), (oo, False, oo, False, 0, 0, (False, False))),
    "linear": ((3 * z, z, {}), (3, True, 0, True, 0, 0, (True, True))),
    "constant for one label": ((y * z, z, BINARY), (1, True, 0, True, 0, 0, (True, True))),
    "a jump": ((Heaviside(z), z, {}), (oo, False, oo, False, 1, 1, (False, False))),
    "a case at one point": ((Piecewise((5, z >= 7), (5, True)) + z, z, {}), (1, True, 0, True, 0, 0, (True, True))),
    "clipped": ((Min(Max(z, -1), 1), z, {}), (1, True, oo, False, 2, 2, (True, False))),
    "softmax, two": ((softmax_loss([a, b], one_hot([a, b])), [a, b], BINARY), (sqrt(2), False, half, True, 0, 0, (True, True))),
    "softmax, three": (
        (softmax_loss([a, b, c], one_hot([a, b, c])), [a, b, c], {y: [0, 1, 2]}),
        (sqrt(2), False, half, False, 0, 0, (True, True)),
    ),
    "softmax, four": (
        (softmax_loss([a, b, c, e], one_hot([a, b, c, e])), [a, b, c, e], {y: [0, 1, 2, 3]}),
        (sqrt(2), False, half, False, 0, 0, (False, False)),
    ),
    "softmax, one label": ((log(exp(a) + exp(b)) - a, [a, b], None), (sqrt(2), False, half, True, 0, 0, (True, True))),
    "label-smoothed softmax": (
        (softmax_loss([a, b], one_hot([a, b], Rational(1, 10))), [a, b], BINARY),
        (19 * sqrt(2) / 20, False, half, True, 0, 0, (True, True)),
    ),
    "softmax at temperature 1/2": ((log(1 + exp(2 * (b - a))), [a, b], {}), (2 * sqrt(2), False, 2, True, 0, 0, (False, False))),
    "softmax with a prior": ((log(exp(a) + 2 * exp(b)), [a, b], {}), (1, False, half, True, 0, 0, (False, False))),
    "sum of squares": (((a - 1) ** 2 + (b + 2) ** 2, [a, b], {}), (oo, False, 2, True, 0, 0, (False, False))),
    "saddle": ((a * b, [a, b], {}), (oo, False, 1, True, 0, 0, (False, False))),
    "multi-label": ((log(1 + exp(a)) + log(1 + exp(b)) - a, [a, b], {}), (sqrt(2), False, Rational(1, 4), True, 0, 0, (False, False))),
    "with |.| in one logit": ((log(1 + exp(a)) + Abs(b), [a, b], {}), (sqrt(2), False, oo, False, 1, 1, (False, False))),
}
each_known = pytest.mark.parametrize("name", KNOWN)


@each_known
def test_known_losses(name):
    arguments, (slope, reached, curvature, curved, no_slope, no_curvature, theorems) = KNOWN[name]
    found = loss_constants(*arguments)
    assert (found.slope.exact, found.slope.attained) == (slope, reached)
    assert (found.curvature.exact, found.curvature.attained) == (curvature, curved)
    assert (len(found.slope.missing), len(found.curvature.missing)) == (no_slope, no_curvature)
    assert tuple(part.theorem is not None for part in (found.slope, found.curvature)) == theorems
    for part in (found.slope, found.curvature):
        assert isinstance(part, LipschitzConstant) and part.places and part.argument
        assert all(place.attained is part.attained for place in part.places)
        assert part.low <= part.high == math.inf if part.exact is oo else part.high - part.low <= 2e-15 * part.high
        assert part.theorem is None or (type(part.theorem) is Theorem and part.theorem.given == ())
        assert ("theorem" in part.how) is (part.theorem is not None)


def test_the_focal_loss_has_no_closed_form():
    """With p = s(z), g(p) = |l'| = (1 - p)^3 - 2 p (1 - p)^2 log p is largest where 5 (1 - p) = (6 p - 2) log p."""
    found = loss_constants(focal, z, BINARY).slope
    with mpmath.workdps(40):
        p = mpmath.findroot(lambda p: 5 * (1 - p) - (6 * p - 2) * mpmath.log(p), (0.02, 0.3), solver="anderson")
        most = (1 - p) ** 3 - 2 * p * (1 - p) ** 2 * mpmath.log(p)
        assert found.exact is None and found.attained and found.low <= most <= found.high <= found.low + 1e-15
        inside = {place.labels: place.logit for place in found.places}
        at = mpmath.log(p / (1 - p))
        assert set(inside) == {(0,), (1,)}
        for label, turn in ((1, 1), (0, -1)):
            low, high = (mpmath.mpf(end.p) / end.q for end in (inside[S(label),].start, inside[S(label),].end))
            assert low <= turn * at <= high < low + mpmath.mpf(10) ** -14


def test_where_it_is_attained_and_along_which_sequence():
    found = loss_constants(logistic, z, BINARY)
    assert {(place.labels, place.logit) for place in found.slope.places} == {((0,), n), ((1,), -n)}
    assert {(place.labels, place.logit) for place in found.curvature.places} == {((0,), 0), ((1,), 0)}
    hinge = loss_constants(Max(0, 1 - y * z), z, SIGNS)
    assert {(place.labels, place.logit) for place in hinge.slope.missing} == {((-1,), -1), ((1,), 1)}
    assert (hinge.curvature.elsewhere.exact, hinge.slope.elsewhere) == (0, None)
    three = loss_constants(log(exp(a) + 2 * exp(b) + exp(c)) - a, [a, b, c])
    assert [place.logit for place in three.curvature.places] == [(n, n - log(2), 0)]


@pytest.mark.parametrize("loss", [z * tanh(z), log(1 + exp(z)) * log(1 + exp(-z)), z / (1 + exp(-z)) ** 2 + z / (1 + exp(z)) ** 2])
def test_an_even_or_odd_loss_is_as_steep_on_both_sides(loss):
    found = loss_constants(loss, z)
    compare(loss, found)
    for part in (found.slope, found.curvature):
        inside = {(place.logit.start, place.logit.end) for place in part.places if isinstance(place.logit, Interval)}
        assert inside == {(-end, -start) for start, end in inside}


def test_a_zero_without_closed_form_of_the_logarithms_is_still_exact_at_0():
    swish = loss_constants(z / (1 + exp(-z)), z).curvature
    assert (swish.exact, swish.attained, [place.logit for place in swish.places]) == (half, True, [0])


# The second route


def derivatives(loss):
    """|l'| and |l''| at a logit, by differences in 60 digits."""
    function = lambdify(z, loss, "mpmath")

    def at(point, order):
        with mpmath.workdps(60):
            return abs(mpmath.diff(function, point, order))

    return at


def number(value):
    with mpmath.workdps(60):
        return lambdify((), value, "mpmath")()


FAR = 10**4  # a sequence that tends to its limit like 1/n is within 10^-4 of it
NEAR = 1e-3  # with constants up to ten
ROUNDED = 1e-12  # the differences are right to twenty digits, the constants are doubles
GRID = sorted({*np.linspace(-30, 30, 41), *np.linspace(-5, 5, 41) + 1e-3})  # off the kinks at rational numbers


def compare(loss, found, stops=()):
    """No logit of a dense grid passes the suprema, and the places come to them."""
    at = derivatives(loss)
    for order, part in enumerate((found.slope, found.curvature), 1):
        bound = part.elsewhere.high if part.elsewhere is not None else part.high
        for point in GRID:
            if all(abs(point - float(stop)) > 1e-9 for stop in stops):
                assert at(mpmath.mpf(float(point)), order) <= bound + ROUNDED * (1 + bound if math.isfinite(bound) else 0)
        for place in part.places:
            if part.elsewhere is not None:
                continue
            if not place.attained:
                there = at(number(place.logit.subs(n, FAR)), order)
                assert there > 100 if part.exact is oo else abs(there - part.high) <= NEAR * part.high
            elif isinstance(place.logit, Interval):
                assert at(number(place.logit.start), order) == pytest.approx(part.low, rel=ROUNDED)
            elif all(place.logit != stop for stop in stops):
                assert at(number(place.logit), order) == pytest.approx(part.low, rel=ROUNDED, abs=ROUNDED)


rationals = st.fractions(-4, 4, max_denominator=5).map(lambda f: Rational(f.numerator, f.denominator))
positives = st.fractions(Rational(1, 4), 3, max_denominator=4).map(lambda f: Rational(f.numerator, f.denominator))
rates = st.sampled_from([S(1), S(-1), S(2), Rational(1, 2), Rational(-3, 2), S(3)])


@st.composite
def smooth_losses(draw):
    """Sums of losses in e^z with logarithms, or rational functions of z, or polynomials."""
    kind = draw(st.sampled_from(["exponential", "focal", "rational"]))
    if kind == "focal":
        gamma, eps = draw(st.integers(0, 3)), draw(st.sampled_from([S(0), Rational(1, 10), Rational(1, 3)]))
        p = 1 / (1 + exp(draw(st.sampled_from([-1, 1])) * z))
        return -(1 - eps) * (1 - p) ** gamma * log(p) - eps * log(1 - p)
    if kind == "exponential":
        terms = [draw(rationals) * log(1 + draw(positives) * exp(draw(rates) * z)) for _ in range(draw(st.integers(1, 2)))]
        return sum(terms) + draw(rationals) * z + draw(rationals) * exp(z) / (1 + exp(z))
    shifted = z - draw(rationals)
    return draw(rationals) * shifted**2 / (draw(positives) + shifted**2) + draw(rationals) * log(1 + z**2) + draw(rationals) * z


@given(smooth_losses())
@settings(deadline=None, max_examples=10)
def test_smooth_losses_against_dense_maximisation(loss):
    assume(loss.has(z))
    compare(loss, loss_constants(loss, z))


@st.composite
def bent_losses(draw):
    """Quadratic between two kinks, linear outside: jumps of the loss, of its slope, or of neither."""
    first, second = sorted(draw(st.lists(rationals, min_size=2, max_size=2, unique=True)))
    pieces = [draw(rationals) * z + draw(rationals), draw(rationals) * z**2 + draw(rationals) * z, draw(rationals) * Abs(z - second)]
    joined = draw(st.sampled_from(["cases", "max", "sum"]))
    if joined == "max":
        return Max(*pieces[:2]) + pieces[2], [first, second, *roots(pieces[0] - pieces[1])]
    if joined == "sum":
        return pieces[0] + Abs(z - first) * draw(rationals) + sign(z - first) * (z - first) ** 2 + pieces[2], [first, second]
    return Piecewise((pieces[0], z < first), (pieces[1], z <= second), (pieces[2], True)), [first, second]


def roots(polynomial):
    return polynomial.as_poly(z).real_roots() if polynomial.has(z) else []


@given(bent_losses())
@settings(deadline=None, max_examples=25)
def test_losses_with_kinks_against_dense_maximisation(drawn):
    loss, stops = drawn
    assume(loss.has(z))
    compare(loss, loss_constants(loss, z), stops)


@given(st.lists(st.tuples(rationals, rationals), min_size=1, max_size=3, unique_by=lambda pair: pair[1]), rationals)
@settings(deadline=None, max_examples=15)
def test_the_slope_is_the_least_lipschitz_constant_between_any_two_logits(kinks, slope):
    """Sums of |z - c|, linear between the kinks: the steepest chord is the steepest piece."""
    loss = slope * z + sum(weight * Abs(z - stop) for weight, stop in kinks)
    assume(loss.has(z))
    stops = sorted(stop for _, stop in kinks)
    points = [stops[0] - 1, *stops, stops[-1] + 1]
    values = [loss.subs(z, point) for point in points]
    chords = [abs(v - w) / abs(p - q) for (p, v), (q, w) in itertools.combinations(zip(points, values, strict=True), 2)]
    assert loss_constants(loss, z).slope.exact == max(chords)


# Softmax: NumPy's gradient and Hessian


def gradient_and_hessian(logits, target):
    shifted = np.exp(np.array(logits) - max(logits))
    values = shifted / shifted.sum()
    return np.linalg.norm(values - target), np.linalg.norm(np.diag(values) - np.outer(values, values), 2)


@given(st.lists(st.integers(0, 6), min_size=2, max_size=5).filter(any), st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=6)
def test_softmax_with_any_target_against_random_logits(weights, seed):
    k, total = len(weights), sum(weights)
    logits = symbols(f"z_1:{k + 1}", real=True)
    found = loss_constants(softmax_loss(logits, [Rational(w, total) for w in weights]), logits)
    target, dice = np.array(weights) / total, np.random.default_rng(seed)
    for _ in range(200):
        steep, curved = gradient_and_hessian(dice.normal(scale=dice.choice([0.1, 1, 10]), size=k), target)
        assert steep < found.slope.high + ROUNDED and curved <= found.curvature.high + ROUNDED
    for part, index in ((found.slope, 0), (found.curvature, 1)):
        for place in part.places:
            there = [float(value.subs(n, 40)) for value in map(S, place.logit)]
            assert gradient_and_hessian(there, target)[index] == pytest.approx(part.low, rel=1e-12)  # e^-40 is below it
    assert found.curvature.attained is (k == 2) and not found.slope.attained


# Theorems: what the kernel refuses


def test_a_wrong_supremum_has_no_theorem():
    losses = [logistic.subs(y, 0), logistic.subs(y, 1)]
    assert theorem_of(losses, z, 1, S(1), 0, n, False) is not None
    assert theorem_of(losses, z, 1, Rational(99, 100), 0, n, False) is None  # it is passed
    assert theorem_of(losses, z, 1, Rational(101, 100), 0, n, False) is None  # it is not approached
    assert theorem_of(losses, z, 1, S(1), 0, -n, False) is None  # nor there
    assert theorem_of(losses, z, 1, S(1), 0, S(0), True) is None  # nor attained
    assert theorem_of(losses, z, 1, oo, 0, n, False) is None
    assert theorem_of(losses, z, 2, Rational(1, 4), 0, S(0), True) is not None
    assert theorem_of(losses, z, 2, Rational(1, 4), 0, S(1), True) is None
    hinge = [Max(0, 1 - z)]
    assert theorem_of(hinge, z, 1, S(1), 0, S(0), True) is not None
    assert theorem_of(hinge, z, 1, S(1), 0, S(2), True) is None
    assert theorem_of(hinge, z, 1, half, 0, S(0), True) is None


def test_a_wrong_supremum_of_softmax_has_no_theorem():
    loss = log(exp(a) + exp(b) + exp(c)) - a
    family = softmax_of(loss, [a, b, c])

    def proved(order, most, corner=1):
        return softmax_theorem([loss], [family], [a, b, c], order, most, 0, corner) is not None

    assert proved(1, sqrt(2)) and proved(2, half)
    assert not proved(1, sqrt(2), corner=0)
    assert not proved(1, Rational(7, 5)) and not proved(1, Rational(3, 2))
    assert not proved(2, Rational(49, 100)) and not proved(2, Rational(51, 100))


def test_other_losses_of_two_logits_are_no_softmax():
    for loss in (log(exp(a) + exp(b)) + a**2, log(exp(a) + exp(2 * b)), log(exp(a) + exp(b) + 1), a * b, log(1 + exp(a)) - log(1 + exp(b))):
        assert softmax_of(loss, [a, b]) is None


def test_the_hessian_of_a_quadratic_is_measured_by_its_largest_eigenvalue():
    entries = Matrix([[2, 1, 0], [1, -5, 1], [0, 1, 3]])
    logits = Matrix([a, b, c])
    found = loss_constants((logits.T * entries * logits)[0] / 2, [a, b, c])
    assert found.curvature.high == pytest.approx(np.linalg.norm(np.array(entries, dtype=float), 2), rel=1e-14)


# Refusals

UNDECIDED = {
    "a function it does not know": (sin(z), z, {}, "cos"),
    "a root": (sqrt(1 + z**2), z, {}, "sqrt"),
    "an irrational shift": (log(1 + exp(z - 1)), z, {}, "exp"),
    "z under e^z": (z / (z**2 + exp(z)), z, {}, "denominator|not defined"),
    "a pole": (1 / z, z, {}, "not defined"),
    "a logarithm of negative numbers": (log(z), z, {}, "not a real number"),
    "a complex loss with a real slope": (log(-1 - z**2 + z), z, {}, "not a real number"),
    "a logarithm of a logarithm": (log(1 + log(1 + exp(z))), z, {}, "log"),
    "a corner of e^z": (Abs(exp(z) - 2), z, {}, "sign"),
    "coupled logits": (a**2 * b, [a, b], {}, "no softmax"),
    "softmax with a penalty": (log(exp(a) + exp(b)) + a**2, [a, b], {}, "no softmax"),
}


@pytest.mark.parametrize("name", UNDECIDED)
def test_what_was_not_decided_is_named(name):
    loss, logit, labels, named = UNDECIDED[name]
    with pytest.raises(NotProved, match=named):
        loss_constants(loss, logit, labels)


w = Symbol("w", real=True)
BAD = {
    "no loss": ("z**2", z, {}, TypeError, "expected a SymPy expression"),
    "a number": (3, z, {}, TypeError, "expected a SymPy expression"),
    "a relation": (z > 0, z, {}, TypeError, "expected a SymPy expression"),
    "no logit in it": (S(3), z, {}, ValueError, "does not contain the logit z"),
    "another logit": (w**2, z, {w: [1]}, ValueError, "does not contain the logit z"),
    "NaN": (z + nan, z, {}, ValueError, "expected a finite|expected a SymPy|does not contain"),
    "infinite": (z * zoo, z, {}, ValueError, "expected a finite"),
    "complex": (z + I, z, {}, ValueError, "expected a real"),
    "a float": (z * 0.1, z, {}, TypeError, "floats"),
    "an unknown symbol": (w * z, z, {}, ValueError, "contains w"),
    "labels left out": (logistic, z, None, ValueError, "contains y"),
    "no labels": (logistic, z, {}, ValueError, "contains y"),
    "no value": (logistic, z, {y: []}, ValueError, "no value for y"),
    "a label that is not there": (z**2, z, {y: [1]}, ValueError, "does not contain the label y"),
    "a label that is a float": (logistic, z, {y: [0.5]}, TypeError, "exact number"),
    "a label that is infinite": (logistic, z, {y: [oo]}, ValueError, "finite"),
    "a label that is complex": (logistic, z, {y: [I]}, ValueError, "real"),
    "values that are no list": (logistic, z, {y: 1}, TypeError, "list of values"),
    "values in a string": (logistic, z, {y: "01"}, TypeError, "list of values"),
    "no mapping": (logistic, z, [0, 1], TypeError, "by the symbol"),
    "undefined for a label": (z / y, z, {y: [0]}, ValueError, "at {y: 0}"),
    "the logit as a label": (z**2, z, {z: [1]}, ValueError, "different names"),
    "a logit by its name": (z**2, "z", {}, TypeError, "expected a SymPy symbol"),
    "no logits": (z**2, [], {}, ValueError, "one or more"),
    "a logit twice": (a + b, [a, a], {}, ValueError, "different symbols"),
    "a positive logit": (Symbol("p", positive=True) ** 2, Symbol("p", positive=True), {}, ValueError, "every real number"),
    "a logit that does not commute": (z**2, Symbol("A", commutative=False), {}, TypeError, "expected a SymPy symbol"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_one_clear_error(name):
    loss, logit, labels, error, named = BAD[name]
    with pytest.raises(error, match=named) as caught:
        loss_constants(loss, logit, labels)
    assert "\n" not in str(caught.value)


def test_a_logit_without_assumptions_is_a_real_number():
    free = Symbol("x")
    assert loss_constants(Abs(free) ** 2, free).curvature.exact == 2


@pytest.mark.parametrize("name", ["t", "z", "d", "n", "B", "K"])
def test_the_name_of_the_logit_does_not_matter(name):
    own = Symbol(name, real=True)
    found = loss_constants(log(1 + exp(own)), own)
    assert (found.slope.exact, found.curvature.exact, found.slope.theorem is not None) == (1, Rational(1, 4), True)


def test_half_powers_beside_whole_ones() -> None:
    """By t = e^(z/2): SymPy's gcd of 1, -1 and 1/2 is 1, and there are no whole powers of e^z."""
    found = loss_constants(log(exp(z / 2) / 3 + exp(z) + 1) + log(cosh(z)), z)
    assert (found.slope.exact, found.slope.attained) == (2, False)
    assert (found.curvature.exact, found.curvature.places[0].logit) == (Rational(17, 14), 0)
