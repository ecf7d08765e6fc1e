"""Exact bifurcation values against closed forms and against simulation; the exact decisions behind them; bad input."""

import json

import flint
import numpy as np
import pytest
import sympy as sp
from sympy import Rational, sqrt

from dynamics import BifurcationKind, GradientMap, NotCertified, SymbolicMap, bifurcation_diagram, exact_bifurcations
from dynamics.bifurcations._search import Curve
from dynamics.cycles import _elimination as algebra
from dynamics.cycles._balls import evaluate
from tests.dynamics.known_maps import DOUBLE_WELL, F2, LOGISTIC, r, x

c = sp.Symbol("c")
R = Rational
LOGISTIC_MAP = SymbolicMap(LOGISTIC, x, {r: 1})
F2_MAP = GradientMap(F2, x, 1)
WELL = GradientMap(DOUBLE_WELL, x, 1)
QUADRATIC = SymbolicMap(x**2 + c, x, {c: 0})
DOUBLING, FOLD, TRANSCRITICAL, PITCHFORK, DEGENERATE = BifurcationKind

# family, period, interval: (value, kind, where the new cycles live, criticality), all of them, worked out by hand
CASES = {
    "logistic, 1": (
        LOGISTIC_MAP,
        1,
        None,
        [(-1, DOUBLING, "below", "supercritical"), (1, TRANSCRITICAL, "both", ""), (3, DOUBLING, "above", "supercritical")],
    ),
    "logistic, 2": (LOGISTIC_MAP, 2, (0, 4), [(1 + sqrt(6), DOUBLING, "above", "supercritical")]),
    # the two-cycle of multiplier 9 - 2 (1 + step)^2 on each side doubles at sqrt 5 - 1
    "double well, 1": (WELL, 1, None, [(1, DOUBLING, "above", "supercritical")] * 2),
    "double well, 2": (WELL, 2, None, [(sqrt(5) - 1, DOUBLING, "above", "supercritical")] * 2),
    # below 0 it is ascent: 0 doubles at -2, the symmetric two-cycle +-sqrt(1 + 2/step) splits at -3
    "double well, 2, ascent": (
        WELL,
        2,
        (-10, -1),
        [*[(-1 - sqrt(5), DOUBLING, "below", "supercritical")] * 2, (-3, PITCHFORK, "below", "supercritical")],
    ),
    # curvatures 10 at the minimum 2 and 4 at the minimum 1
    "f2, 1": (
        GradientMap(F2, x, 1),
        1,
        None,
        [(R(1, 5), DOUBLING, "above", "supercritical"), (R(1, 2), DOUBLING, "above", "supercritical")],
    ),
    "x^2 + c, 1": (QUADRATIC, 1, None, [(-R(3, 4), DOUBLING, "below", "supercritical"), (R(1, 4), FOLD, "below", "")]),
    "x^2 + c, 2": (QUADRATIC, 2, None, [(-R(5, 4), DOUBLING, "below", "supercritical")]),
    "saddle-node upwards": (SymbolicMap(x + c - x**2, x, {c: 0}), 1, (-1, R(1, 2)), [(0, FOLD, "above", "")]),
    "pitchfork": (SymbolicMap((1 + c) * x - x**3, x, {c: 0}), 1, (-1, R(1, 2)), [(0, PITCHFORK, "above", "supercritical")]),
    "subcritical pitchfork": (SymbolicMap((1 + c) * x + x**3, x, {c: 0}), 1, (-1, R(1, 2)), [(0, PITCHFORK, "below", "subcritical")]),
    # F^2 fixes x^2 = 2 + c: a repelling two-cycle above -2, where 0 attracts
    "subcritical doubling": (SymbolicMap((1 + c) * x - x**3, x, {c: 0}), 1, (-3, -1), [(-2, DOUBLING, "above", "subcritical")]),
    # P_xx = 2 and P_xxx = -27/5 at 0: 3 P_xx^2 + 2 P_xxx = 6/5, so both terms count
    "quadratic against cubic": (
        SymbolicMap(-(1 + c) * x + x**2 - R(9, 10) * x**3, x, {c: 0}),
        1,
        (-R(1, 2), R(1, 2)),
        [(0, DOUBLING, "above", "supercritical")],
    ),
    # multiplier 1 at the only fixed point, whose number does not change; then one that exists at one value only
    "cusp": (SymbolicMap(c + x + x**3, x, {c: 0}), 1, None, [(0, DEGENERATE, "", "")]),
    "isolated point": (SymbolicMap(x + x**2 + c**2, x, {c: 0}), 1, None, [(0, DEGENERATE, "", "")]),
    "linear": (SymbolicMap(c * x, x, {c: 0}), 1, None, [(-1, DEGENERATE, "", ""), (1, DEGENERATE, "", "")]),
    "superstable boundary cycle": (GradientMap(x**4, x, 1), 2, None, []),
    "no cycle of period 2": (SymbolicMap(c * x, x, {c: 0}), 2, None, []),
}


@pytest.mark.claim("nar-sastry:example-2-stability")
@pytest.mark.parametrize("name", CASES)
def test_exact_values_and_kinds(name):
    family, period, within, expected = CASES[name]
    found = exact_bifurcations(family, period=period, within=within)
    assert [(b.value, b.kind, b.born, b.criticality) for b in found.bifurcations] == [(sp.sympify(v), *rest) for v, *rest in expected]
    for b in found.bifurcations:
        with flint.ctx.workprec(256):
            assert b.enclosure.overlaps(flint.arb(str(sp.N(b.value, 60)), 1e-55)) and float(b.enclosure.rad()) < 1e-60


def test_period_3_of_the_logistic_map():
    found = exact_bifurcations(LOGISTIC_MAP, period=3, within=(0, 4))
    fold, doubling = found.bifurcations
    assert (fold.value, fold.kind, fold.born) == (1 + sqrt(8), FOLD, "above")
    assert sp.N(doubling.value, 20) == pytest.approx(3.8414990075435, abs=1e-13)  # the end of the window, as printed in tables
    t = sp.Symbol("t")
    assert sp.Poly(doubling.value.expr, t) == sp.Poly(t**6 - 6 * t**5 + 4 * t**4 + 24 * t**3 - 14 * t**2 - 36 * t - 81, t)
    assert [(len(w.cycles), w.attracting) for w in found.windows] == [(0, 0), (2, 1), (2, 0)]


# number of real cycles, and of attracting ones, window by window
WINDOWS = {
    "logistic, 1": (LOGISTIC_MAP, 1, (0, 4), [0, 1, 3, 4], [(2, 1), (2, 1), (2, 0)]),
    "logistic, 2": (LOGISTIC_MAP, 2, (0, 4), [0, 3, 1 + sqrt(6), 4], [(0, 0), (1, 1), (1, 0)]),
    "double well, 2": (WELL, 2, (0, 2), [0, 1, sqrt(5) - 1, 2], [(1, 0), (3, 2), (3, 0)]),
    "x^2 + c, 1": (QUADRATIC, 1, None, [-sp.oo, -R(3, 4), R(1, 4), sp.oo], [(2, 0), (2, 1), (0, 0)]),
    # of degree 1 at r = 0: one fixed point runs to infinity there
    "through 0": (LOGISTIC_MAP, 1, (-R(1, 2), 2), [-R(1, 2), 0, 1, 2], [(2, 1)] * 3),
}


@pytest.mark.parametrize("name", WINDOWS)
def test_windows(name):
    family, period, within, ends, counts = WINDOWS[name]
    windows = exact_bifurcations(family, period=period, within=within).windows
    assert [windows[0].lower, *(w.upper for w in windows)] == [sp.sympify(e) for e in ends]
    assert [(len(w.cycles), w.attracting) for w in windows] == counts
    assert all((w.lower < w.sample) is sp.true and (w.sample < w.upper) is sp.true for w in windows)


@pytest.mark.parametrize(("family", "period", "high"), [(F2_MAP, 2, 1), (WELL, 3, 2)], ids=["f2", "double well"])
def test_the_window_counts_agree_with_simulation(family, period, high):
    """Starts find exactly the attracting cycles of each window, at its sample."""
    found = exact_bifurcations(family, period=period, within=(0, high))
    samples = np.array([float(w.sample) for w in found.windows])
    box = (0.5, 2.2) if period == 2 else (-1.5, 1.5)
    # transient: the least contracting of these cycles has |M| < 0.99 for p steps
    diagram = bifurcation_diagram(family.with_step_size(samples), 60, box=box, seed=0, transient=10_000)
    for i, window in enumerate(found.windows):
        least = {
            round(float(points[:, 0].min()), 4) for points, p in zip(diagram.points[i], diagram.periods[i], strict=True) if p == period
        }
        exact = {round(min(float(p[0].mid()) for p in cy.points), 4) for cy in window.cycles if cy.stability == "attracting"}
        assert least == exact


def test_points_and_multipliers_at_the_values():
    """The second route: at the enclosure, the points are a cycle of F and the product of slopes is -1 or 1."""
    for family, period, high in ((LOGISTIC_MAP, 4, 4), (F2_MAP, 2, 1), (WELL, 3, 2)):
        found = exact_bifurcations(family, period=period, within=(0, high))
        slope = found.update.diff(found.variable)
        assert found.bifurcations
        for b in found.bifurcations:
            d, points = b.enclosure, [flint.arb(p) for p in b.points]
            with flint.ctx.workprec(256):
                product = flint.arb(1)
                for p, q in zip(points, points[1:] + points[:1], strict=True):
                    at = {found.variable: p, found.parameter: d}
                    assert evaluate(found.update, at).overlaps(q)
                    product *= evaluate(slope, at)
                assert product.contains(b.multiplier) and float(product.rad()) < 1e-40
            assert len({round(float(p.mid()), 9) for p in points}) == period


def test_a_cycle_is_continued_through_its_window():
    found = exact_bifurcations(WELL, period=2, within=(0, 2))
    steps = [R(101, 100), R(6, 5), R(123, 100)]
    for cycle, step in zip(found.continued(1, 2, steps), steps, strict=True):
        # the right-hand two-cycle in closed form, with multiplier 9 - 2 (1 + step)^2
        assert float(min(p[0].mid() for p in cycle.points)) == pytest.approx(
            float((sqrt(1 + 3 / step) - sqrt(1 - 1 / step)) / 2), abs=1e-14
        )
        assert float(cycle.multipliers[0].real.mid()) == pytest.approx(float(9 - 2 * (1 + step) ** 2), abs=1e-12)
    for value in (1, R(3, 2), sqrt(2)):
        with pytest.raises(ValueError, match="expected a rational number between 1 and"):
            found.continued(1, 0, [value])


def test_other_parameters_keep_their_values():
    a = sp.Symbol("a")
    family = SymbolicMap(x**2 + a * x + c, x, {a: R(1, 2), c: np.array([0.0, 1.0])})
    (doubling, fold) = exact_bifurcations(family).bifurcations
    # conjugate to z^2 + C with C = c + a/2 - a^2/4
    assert (doubling.value, fold.value) == (-R(3, 4) - R(3, 16), R(1, 4) - R(3, 16))


def test_liouville_decides_zeros():
    two, three = (algebra.isolate([flint.fmpq_poly([-n, 0, 1])])[1] for n in (2, 3))
    X, D = algebra.RING.gens()
    assert algebra.vanishes(X * X * D * D - 6, two, three) and algebra.vanishes(0 * X, two, three)
    assert algebra.sign(5 * X - 4 * D, two, three) == 1 and algebra.sign(X - D, two, three) == -1
    # 10^40 sqrt 2 sqrt 3 against its integer part: a zero at 53 bits, not beyond
    close = flint.fmpq(int(sp.floor(sqrt(6) * 10**40)), 10**40)
    assert algebra.value(X * D - close, two, three).contains(0)
    assert not algebra.vanishes(X * D - close, two, three) and algebra.sign(X * D - close, two, three) == 1


def test_cycles_of_complex_points_are_no_bifurcations():
    # i and -i are a two-cycle of multiplier (1 + 2c)^2 + 1/4 at every c: it is 1 at two values, where no real cycle changes
    found = exact_bifurcations(SymbolicMap(-x + (c * x + R(1, 4)) * (x**2 + 1), x, {c: 0}), period=2, within=(-1, 1))
    assert not {(-1 + s * sqrt(3) / 2) / 2 for s in (1, -1)} & {sp.expand(b.value) for b in found.bifurcations}


def test_a_pair_is_a_common_zero_exactly_or_not_at_all():
    two, three, six = (flint.fmpq_poly([-n, 0, 1]) for n in (2, 3, 6))
    X, D = algebra.RING.gens()
    low, high = algebra.isolate([six])
    diagonal = Curve(X - D, X * D - 6, six, six)  # holds (sqrt 6, sqrt 6) and (-sqrt 6, -sqrt 6): one value for each point
    assert [[diagonal.holds(a, b, [low, high]) for b in (low, high)] for a in (low, high)] == [[True, False], [False, True]]
    points, values = algebra.isolate([two]), algebra.isolate([three])
    grid = Curve(X**2 - 2, X * (D**2 - 3), three, two)  # holds (+-sqrt 2, +-sqrt 3): two values for a point
    assert all(grid.holds(a, b, values) for a in points for b in values)
    assert not any(grid.holds(a, b, [*values, low, high]) for a in points for b in (low, high))
    assert not grid.holds(high, values[0], values)
    with flint.ctx.workprec(24):  # balls too wide to tell the pairs apart: the exact tests decide
        near = flint.fmpq(14142136, 10**7)
        close = Curve((X - near) * (X**2 - 2), D**2 - 3 + (X - near), three, two)
        assert not any(close.holds(a, b, algebra.isolate([three])) for a in algebra.isolate([two]) for b in algebra.isolate([three]))


# Of x and c: even polynomials, and polynomials whose coefficient of c^0 is a constant, take shortcuts
ELIMINATED = {
    "both shortcuts": (x**4 * c + x**2 * c**2 + 2, x**2 * (c - 1) + 3 * c),
    "odd beside even": (x**4 * c + x**2 * c**2 + 2, x**3 + c * x + 1),
    "third powers": (x**6 + c * x**3 - c, x**3 * c - 2),
    "c^0 vanishes somewhere": (x**2 * (c + 1) + c**2 - 2, x**2 * c**2 - 1 + c),
    "c^0 is absent": (x**2 * c + c**2, x + c**2 + 1),
    "condition without c^0": (x**2 * c + 3, x * c + c**2),
}


@pytest.mark.parametrize("name", ELIMINATED)
@pytest.mark.parametrize("away", [x, c])
def test_elimination_keeps_the_zeros_of_sympys_resultant(name, away):
    factor, condition = ELIMINATED[name]
    kept = {x: c, c: x}[away]
    found = algebra.eliminate(algebra.polynomial(factor, x, c), algebra.polynomial(condition, x, c), {x: "x", c: "d"}[away])
    ours = {sp.Poly([sp.Rational(str(v)) for v in reversed(p.coeffs())], kept).monic() for p in algebra.irreducible([found])}
    assert ours == {sp.Poly(p, kept).monic() for p, _ in sp.factor_list(sp.resultant(factor, condition, away))[1]}


def test_json_and_plot():
    found = exact_bifurcations(LOGISTIC_MAP, period=3, within=(3, 4))
    stored = json.loads(found.to_json())
    assert stored["kind"] == "ExactBifurcations" and stored["parameter"] == "r" and stored["within"] == ["3", "4"]
    assert [sp.sympify(b["value"]) for b in stored["bifurcations"]] == [b.value for b in found.bifurcations]
    assert stored["bifurcations"][0]["kind"] == "fold" and len(stored["windows"]) == 3 and "python-flint" in stored["environment"]
    axes = found.plot(bifurcation_diagram(SymbolicMap(LOGISTIC, x, {r: np.linspace(3, 4, 5)}), 2, box=(0.1, 0.9), seed=0).plot())
    thresholds = [line.get_xdata()[0] for line in axes.lines if line.get_label().startswith(("fold", "period doubling"))]
    assert thresholds == pytest.approx([1 + np.sqrt(8), 3.8414990075435], abs=1e-12)
    assert exact_bifurcations(QUADRATIC, period=2, within=(0, 1)).plot().get_xlabel() == "c"


REFUSED = {
    "neutral at every step": (lambda: exact_bifurcations(GradientMap(x**4, x, 1)), NotCertified, "neutral"),
    "reflection": (lambda: exact_bifurcations(SymbolicMap(-x, x, {c: 1})), NotCertified, "neutral"),
    "identity": (lambda: exact_bifurcations(SymbolicMap(x, x, {c: 1})), NotCertified, "every point has period 1"),
    "no polynomial": (lambda: exact_bifurcations(SymbolicMap(sp.cos(c * x), x, {c: 1})), NotCertified, "no polynomial"),
    "irrational": (lambda: exact_bifurcations(SymbolicMap(sqrt(2) * x + c, x, {c: 1})), NotCertified, "rational coefficients"),
    "no map": (lambda: exact_bifurcations(x**2), TypeError, "expected a SymbolicMap"),
    "a plane": (lambda: exact_bifurcations(GradientMap(x**2 + c**2, (x, c), 1)), ValueError, "expected a scalar map"),
    "no parameter": (lambda: exact_bifurcations(SymbolicMap(x**2, x)), ValueError, "none that could vary"),
    "two parameters": (lambda: exact_bifurcations(SymbolicMap(c * x + r, x, {c: 1, r: 1})), ValueError, "one array of values"),
    "period 0": (lambda: exact_bifurcations(QUADRATIC, period=0), ValueError, "1 or more"),
    "period 1.0": (lambda: exact_bifurcations(QUADRATIC, period=1.0), ValueError, "1 or more"),
    "interval reversed": (lambda: exact_bifurcations(QUADRATIC, within=(1, 0)), ValueError, "the lower first"),
    "interval nan": (lambda: exact_bifurcations(QUADRATIC, within=(0, float("nan"))), ValueError, "finite"),
    "interval irrational": (lambda: exact_bifurcations(QUADRATIC, within=(0, sqrt(2))), ValueError, "two rational numbers"),
    "interval of one": (lambda: exact_bifurcations(QUADRATIC, within=3), ValueError, "(low, high)"),
    "precision": (lambda: exact_bifurcations(QUADRATIC, precision=10), ValueError, "at least 64 bits"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_gets_one_clear_line(case):
    call, error, words = REFUSED[case]
    with pytest.raises(error) as caught:
        call()
    assert words in str(caught.value) and "\n" not in str(caught.value)


def test_the_ends_of_the_interval_are_outside():
    assert not exact_bifurcations(QUADRATIC, within=(-R(3, 4), R(1, 4))).bifurcations
    assert [b.value for b in exact_bifurcations(QUADRATIC, within=(-R(76, 100), R(1, 4))).bifurcations] == [-R(3, 4)]


def test_a_broken_multiplier_is_noticed(monkeypatch):
    """The tables above can fail: with the multiplier condition moved, no known value is found."""
    honest = algebra.eliminate
    monkeypatch.setattr(algebra, "eliminate", lambda a, b, away: honest(a, b + algebra.RING.constant(1), away))
    values = {b.value for b in exact_bifurcations(LOGISTIC_MAP, within=(0, 4)).bifurcations}
    assert 3 not in values
