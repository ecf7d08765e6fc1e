"""Certified steps against networks in floating point, at the bound's sharpest, and with each of its constants a little too small."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import Matrix, Rational, pi, sqrt

from theory.linear_range import certified, certified_range
from theory.linear_range.layer_bounds import SHARPEST, STEEPEST, next_bulge, next_reach

ROUNDING = 1e-9  # epsilon here is above 1e-4, and a deviation of 1e-6 of a state of size 1 is rounded to 1e-16: 1e-10 of it

BENT = Rational(131696, 100000)  # log(2 + sqrt(3)) = 1.316958, where the logistic function bends most


def logistic(z):
    return 1 / (1 + np.exp(-z))


def epsilon(weights, directions, inputs, psi):
    """(13) for one sample, in floating point, with the tangents of (15)."""
    old, new, tangent, ratios = inputs, inputs, np.zeros_like(inputs), []
    for layer, move in zip(weights, directions, strict=True):
        inside = layer @ np.append(old, 1)
        new = logistic((layer + psi * move) @ np.append(new, 1))
        tangent = logistic(inside) * logistic(-inside) * (layer[:, :-1] @ tangent + move @ np.append(old, 1))
        old = logistic(inside)
        ratios.append(np.linalg.norm(new - old - psi * tangent) / np.linalg.norm(psi * tangent))
    return float(np.mean(ratios))


def network(seed, widths, scale=1):
    """Weights, directions and an input, in hundredths."""
    generator = np.random.default_rng(seed)
    shapes = [(b, a + 1) for a, b in zip(widths, widths[1:], strict=False)]
    weights, directions = ([generator.integers(-100, 101, shape) for shape in shapes] for _ in range(2))
    return [w * scale for w in weights], directions, generator.integers(-100, 101, widths[0])


def exactly(matrix):
    return [[Fraction(int(e), 100) for e in row] for row in matrix]


def safe_step(net, epsilon_star):
    weights, directions, inputs = net
    return certified_range(list(map(exactly, weights)), list(map(exactly, directions)), exactly([inputs])[0], epsilon_star)


def largest(net, psi_0):
    """The largest epsilon on a dense grid of |psi| <= psi_0."""
    weights, directions, inputs = ([m / 100 for m in net[0]], [m / 100 for m in net[1]], net[2] / 100)
    steps = float(psi_0) * np.linspace(0.02, 1, 50)
    return max(epsilon(weights, directions, inputs, psi) for psi in (*steps, *-steps))


WIDTHS = st.lists(st.integers(1, 4), min_size=2, max_size=5)


@given(st.integers(0, 10**6), WIDTHS, st.sampled_from([1, 3, 8]), st.sampled_from([Rational(1, 100), Rational(3, 10), Rational(2)]))
@pytest.mark.claim("ni-talnikar:definition-linear-range", "ni-talnikar:equation-13")
def test_no_certified_step_leaves_the_linear_range(seed, widths, scale, limit):
    """Random networks of depth 1 to 4 and width 1 to 4, saturated ones too."""
    net = network(seed, widths, scale)
    psi_0 = safe_step(net, limit)
    assert psi_0 > 0 and isinstance(psi_0, Rational)
    assert largest(net, psi_0) <= float(limit) * (1 + ROUNDING)


@pytest.mark.claim("ni-talnikar:definition-linear-range")
def test_one_neuron_attains_the_bound():
    """At g = (3 + sqrt(3))/6 the logistic function bends most: the range ends just beyond psi_0, for both signs."""
    psi_0 = certified_range([[[0, BENT]]], [[[0, 1]]], [1], Rational(1, 100))
    own = [np.array([[0.0, float(BENT)]])], [np.array([[0.0, 1.0]])], np.array([1.0])
    assert 0.0099 < epsilon(*own, float(psi_0)) <= 0.01
    assert epsilon(*own, 1.01 * float(psi_0)) > 0.01 and epsilon(*own, -1.01 * float(psi_0)) > 0.01
    assert float(psi_0) == pytest.approx(0.01 / (2 * float(SHARPEST) * 3), rel=1e-4)  # rho = |g''|/(2 g'), and g' = 1/6


# A constant, a little too small, and a network for which the bound is sharp: one neuron; one that moves another a thousandfold
BROKEN = [
    ("SHARPEST", SHARPEST * Rational(49, 50), [[[0, BENT]]], [[[0, 1]]]),
    ("STEEPEST", STEEPEST * Rational(49, 50), [[[0, 0]], [[1000, BENT - 500]]], [[[0, 1]], [[0, 0]]]),
]


@pytest.mark.parametrize(("constant", "value", "weights", "directions"), BROKEN)
def test_a_smaller_constant_certifies_too_much(constant, value, weights, directions, monkeypatch):
    limit = Rational(1, 1000)
    own = [[np.array(m, dtype=float) for m in part] for part in (weights, directions)]
    honest = certified_range(weights, directions, [1], limit)
    monkeypatch.setattr(certified, constant, value)
    broken = certified_range(weights, directions, [1], limit)
    assert epsilon(*own, np.array([1.0]), float(honest)) <= float(limit) < epsilon(*own, np.array([1.0]), float(broken))


def _without(recursion, *left_out):
    """The recursion with some of its terms multiplied by 0."""
    return lambda *terms: recursion(*(0 * term if n in left_out else term for n, term in enumerate(terms)))


# A term of the recursions left out, and two neurons for which it is what counts
TURNED = [[[0, 1]], [[1000, -499]]]  # the second neuron's weight moves, and at the start almost nothing else of its inside
FORGETFUL = [
    ("next_reach", (0,), Rational(1, 1000), [[[0, 0]], [[1000, -500]]], [[[0, 1]], [[0, 0]]]),  # the weights carry nothing on
    ("next_reach", (1,), 1000, [[[0, 0]], [[0, -12]]], [[[0, 1]], [[1000, Rational(-4999, 10)]]]),  # nor do their moves
    ("next_bulge", (1,), Rational(1, 1000), [[[0, BENT]], [[1, Rational(-3, 4)]]], [[[0, 1]], [[0, 0]]]),
    ("next_bulge", (2,), Rational(1, 1000), [[[0, 0]], [[0, 0]]], TURNED),
    ("next_bulge", (5,), Rational(1, 1000), [[[0, 0]], [[0, 0]]], TURNED),  # nothing bends
]


@pytest.mark.parametrize(("name", "left_out", "limit", "weights", "directions"), FORGETFUL)
def test_no_term_of_the_recursions_may_be_left_out(name, left_out, limit, weights, directions, monkeypatch):
    own = [[np.array(m, dtype=float) for m in part] for part in (weights, directions)]
    honest = certified_range(weights, directions, [1], limit)
    monkeypatch.setattr(certified, name, _without(getattr(certified, name), *left_out))
    broken = certified_range(weights, directions, [1], limit)
    assert epsilon(*own, np.array([1.0]), float(honest)) <= limit < epsilon(*own, np.array([1.0]), float(broken))


@given(st.integers(0, 10**6), WIDTHS)
def test_the_statement_accepts_what_is_computed(seed, widths):
    """The recursions of the theorem, with norms from the SVD, certify at least what the function does."""
    weights, directions, inputs = network(seed, widths)
    psi_0 = float(safe_step((weights, directions, inputs), Rational(3, 10)))
    state, tangent, reach, bulge, shares = inputs / 100, np.zeros(widths[0]), 0.0, 0.0, 0.0
    for layer, move in zip(weights, directions, strict=True):
        layer, move = layer / 100, move / 100
        inside = layer @ np.append(state, 1)
        slopes = logistic(inside) * logistic(-inside)
        pushed = move @ np.append(state, 1)
        norms = [np.linalg.norm(m[:, :-1], 2) for m in (layer, move)]
        after = next_reach(*norms, np.linalg.norm(pushed), reach, psi_0, 0.25)
        bulge = next_bulge(slopes.max(), *norms, bulge, reach, 3**0.5 / 36 * (4 * after) ** 2)
        state, tangent, reach = logistic(inside), slopes * (layer[:, :-1] @ tangent + pushed), after
        shares += bulge / np.linalg.norm(tangent)
    assert psi_0 * shares <= 0.3 * len(weights) * (1 + ROUNDING)


def test_the_norms_are_bounds_and_close():
    for rows, columns, seed in ((1, 1, 0), (3, 7, 1), (7, 3, 2), (20, 20, 3)):
        entries = np.random.default_rng(seed).integers(-9, 10, (rows, columns))
        norm = float(certified._norm(certified._balls(Matrix(entries.tolist()))).mid())
        assert 1 <= norm / np.linalg.norm(entries, 2) < 1.05  # the 64th root of 20
    assert float(certified._norm(certified._balls(Matrix([[0, 0]]))).mid()) == 0


ONE = [[[1, 0]]]
BAD = [
    (lambda: certified_range([], [], [1], 1), ValueError, "found 0 weights"),
    (lambda: certified_range(ONE, [], [1], 1), ValueError, "found 1 weights and 0 directions"),
    (lambda: certified_range(ONE, ONE, [1, 2], 1), ValueError, "layer 0 has 2 inputs"),
    (lambda: certified_range(ONE * 2, [*ONE, [[1, 0], [1, 0]]], [1], 1), ValueError, "layer 1 has 1 inputs"),
    (lambda: certified_range([[[1, 0], [1]]], ONE, [1], 1), ValueError, "rows of one length"),
    (lambda: certified_range([[[1]]], ONE, [1], 1), ValueError, "2 or more"),
    (lambda: certified_range([[1, 0]], ONE, [1], 1), TypeError, "expected a matrix"),
    (lambda: certified_range([[[0.5, 0]]], ONE, [1], 1), TypeError, "exact number"),
    (lambda: certified_range([[[pi, 0]]], ONE, [1], 1), ValueError, "rational"),
    (lambda: certified_range(ONE, ONE, [1], sqrt(2)), ValueError, "rational"),
    (lambda: certified_range(ONE, ONE, [1], 0), ValueError, "expected a positive number"),
    (lambda: certified_range(ONE, [[[0, 0]]], [1], 1), ValueError, "tangent of layer 1 is 0"),
    (lambda: certified_range(ONE, [[[1, -1]]], [1], 1), ValueError, "tangent of layer 1 is 0"),
]


@pytest.mark.parametrize(("call", "error", "words"), BAD)
def test_bad_input_is_refused(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_matrices_of_sympy_do_as_well():
    assert certified_range([Matrix([[2, -1]])], [Matrix([[3, 1]])], [1], Rational(1, 10)) == certified_range(
        [[[2, -1]]], [[[3, 1]]], [1], Rational(1, 10)
    )


@given(st.integers(0, 10**6), WIDTHS, st.sampled_from([0.01, 0.3, 2.0, -0.3, -2.0]))
@pytest.mark.claim("ni-talnikar:definition-linear-range")
def test_every_state_keeps_to_its_bounds(seed, widths, psi):
    """|u_new - u_old| <= reach |psi|, |u_new - u_old - v psi| <= bulge psi^2 in every layer, for psi_0 = |psi|: what induction proves."""
    weights, directions, inputs = network(seed, widths, 3)
    old, new, tangent, reach, bulge = inputs / 100, inputs / 100, np.zeros(widths[0]), 0.0, 0.0
    for layer, move in zip(weights, directions, strict=True):
        layer, move = layer / 100, move / 100
        inside, pushed = layer @ np.append(old, 1), move @ np.append(old, 1)
        slopes = logistic(inside) * logistic(-inside)
        norms = [np.linalg.norm(m[:, :-1], 2) for m in (layer, move)]
        after = next_reach(*norms, np.linalg.norm(pushed), reach, abs(psi), 0.25)
        bulge = next_bulge(slopes.max(), *norms, bulge, reach, 3**0.5 / 36 * (4 * after) ** 2)
        new, old, reach = logistic((layer + psi * move) @ np.append(new, 1)), logistic(inside), after
        tangent = slopes * (layer[:, :-1] @ tangent + pushed)
        assert np.linalg.norm(new - old) <= reach * abs(psi) * (1 + ROUNDING)
        assert np.linalg.norm(new - old - psi * tangent) <= bulge * psi**2 * (1 + ROUNDING) + 1e-14
