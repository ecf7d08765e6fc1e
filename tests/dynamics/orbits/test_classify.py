"""Every kind of orbit, each with its known answer; and the rules that keep the answers right, broken one by one."""

import numpy as np
import pytest
import sympy as sp
import torch
from sympy import Abs, Rational

from dynamics import DeepLinearMap, GradientMap, Outcome, OutcomeKind, classify
from dynamics.maps import _rows
from dynamics.orbits import _engine, _evidence

x, y = sp.symbols("x y")
F1 = Rational(2, 3) * Abs(x) ** Rational(3, 2)
F2 = (x**2 + 1) * (x - 1) ** 2 * (x - 2) ** 2
DOUBLE_WELL = x**4 / 4 - x**2 / 2


def logistic(rate):
    """The loss whose gradient descent with step 1 is x -> rate x (1 - x)."""
    return x**2 / 2 - rate * (x**2 / 2 - x**3 / 3)


R = Rational
# Multipliers are worked out by hand in the comments; the logistic windows are textbook (period 3 from 1 + sqrt 8).
CASES = {
    # double well, F' at the minima = 1 - 2 step: the two-cycle is born at step 1 and has multiplier 9 - 2 (1 + step)^2
    "double well, step 1/2": (DOUBLE_WELL, x, R(1, 2), 0.3, "converged", 1),
    "double well, just below": (DOUBLE_WELL, x, R(99, 100), 0.3, "converged", 1),
    "double well, at the threshold": (DOUBLE_WELL, x, 1, 0.3, "undecided", None),
    "double well, just above": (DOUBLE_WELL, x, R(101, 100), 0.3, "cycle", 2),
    "double well, step 11/10": (DOUBLE_WELL, x, R(11, 10), 0.3, "cycle", 2),
    "double well, on the maximum": (DOUBLE_WELL, x, R(1, 2), 0.0, "converged", 1),
    "double well, step 2: chaos": (DOUBLE_WELL, x, 2, 0.3, "bounded", None),
    "double well, far start": (DOUBLE_WELL, x, 1, 3.0, "diverged", None),
    # example 1: superstable two-cycle +-step^2/4; starts in S reach the cusp
    "cusp": (F1, x, 1, 0.3, "cycle", 2),
    "cusp, far": (F1, x, 1, -70.0, "cycle", 2),
    "cusp, in S": (F1, x, 1, 1.0, "converged", 1),
    "cusp, tiny cycle after a long fall": (F1, x, R(2, 100_000), 0.3, "cycle", 2, {"max_steps": 60_000}),
    # example 2: thresholds 2/4 and 2/10
    "f2 at 1, step 0.49": (F2, x, R(49, 100), 1.01, "converged", 1),
    "f2 at 1, step 0.5": (F2, x, R(1, 2), 1.01, "undecided", None),
    "f2 at 1, step 0.51": (F2, x, R(51, 100), 1.01, "cycle", 2),
    "f2 at 2, step 0.19": (F2, x, R(19, 100), 2.01, "converged", 1),
    "f2 at 2, step 0.3, on the minimum": (F2, x, R(3, 10), 2.0, "converged", 1),
    "f2 at 2, step 0.3, beside it": (F2, x, R(3, 10), 2.01, "bounded", None),
    "f2, step 0.3, far": (F2, x, R(3, 10), 3.0, "diverged", None),
    # example 3: |x|^(L-2) against 2 / (L step); L = 4, step 1/2: the boundary is 1, a repelling exact two-cycle
    "x^4 inside": (x**4, x, R(1, 2), 0.99, "undecided", None),
    "x^4 on the boundary": (x**4, x, R(1, 2), 1.0, "cycle", 2),
    "x^4 outside": (x**4, x, R(1, 2), 1.01, "diverged", None),
    # quadratic, curvature 3: 2 / curvature is the boundary
    "quadratic at 2/3": (3 * x**2 / 2, x, R(2, 3), 0.7, "cycle", 2),
    "quadratic below": (3 * x**2 / 2, x, R(2, 3) * R(999, 1000), 0.7, "converged", 1),
    "quadratic above": (3 * x**2 / 2, x, R(2, 3) * R(1001, 1000), 0.7, "diverged", None),
    # periods
    "logistic 3.2": (logistic(R(32, 10)), x, 1, 0.3, "cycle", 2),
    "logistic 3.832": (logistic(R(3832, 1000)), x, 1, 0.3, "cycle", 3),
    "logistic 3.5": (logistic(R(35, 10)), x, 1, 0.3, "cycle", 4),
    "logistic 3.845": (logistic(R(3845, 1000)), x, 1, 0.3, "cycle", 6),
    "logistic 3.55": (logistic(R(355, 100)), x, 1, 0.3, "cycle", 8),
    "logistic 4: chaos": (logistic(4), x, 1, 0.3, "bounded", None),
    "logistic 3: multiplier -1": (logistic(3), x, 1, 0.3, "undecided", None),
    # slow
    "sublinear": (x**4 / 40, x, 1, 0.5, "undecided", None),
    "multiplier -1, cubic": (x**2 - x**4 / 4, x, 1, 0.5, "undecided", None),
    "multiplier -0.998": (x**2 - x**4 / 4, x, R(999, 1000), 0.5, "converged", 1),
    "fast, and slow beyond float64's sight": (
        50 * x**2 + y**2 / 10**10,
        (x, y),
        R(19, 1000),
        (0.3, 0.1),
        "undecided",
        None,
    ),
    "chaos with a drift": (DOUBLE_WELL + y / 1000, (x, y), 2, (0.3, 0.1), "undecided", None),
    "logistic 3, short budget": (logistic(3), x, 1, 0.3, "undecided", None, {"max_steps": 300}),
    "sublinear, loose": (x**4 / 40, x, 1, 0.5, "undecided", None, {"tolerance": 1e-5}),
    "multiplier -1, loose": (x**2 - x**4 / 4, x, 1, 0.5, "undecided", None, {"tolerance": 1e-5}),
    "fast and slow, slow still moving": (50 * x**2 + y**2 / 10**6, (x, y), R(19, 1000), (0.3, 0.1), "undecided", None),
    "fast and slow, both done": (50 * x**2 + y**2 / 10, (x, y), R(19, 1000), (0.3, 0.1), "converged", 1),
    "fast oscillation over a slow drift": (x**2 + y**2 / 10**6, (x, y), R(1), (0.3, 0.1), "undecided", None),
    "constant drift": (x, x, R(1, 10), 0.3, "undecided", None),
    "logarithmic drift": (-sp.log(1 + x**2), x, R(1, 10), 0.3, "undecided", None),
    "held by rounding, off the minimum": ((x - 1) ** 2 / (2 * 10**8), x, 1, 1 + 1e-8, "undecided", None),
    "held by rounding, off the maximum": (-((x - 1) ** 2) / 2000, x, 1, 1 + 1e-15, "undecided", None),
    # leaving
    "left the domain in one coordinate": (x * sp.log(x) - x + y**2, (x, y), 3, (0.3, 0.0), "undecided", None),
    "left the domain": (x * sp.log(x) - x, x, 3, 0.3, "undecided", None),
    "overflow in one step": (x**60, x, 1, 1e7, "diverged", None),
}


def run(name):
    loss, variables, step, start, kind, period, *options = CASES[name]
    return (
        classify(GradientMap(loss, variables, step), np.array(start), **(options[0] if options else {})),
        kind,
        period,
    )


@pytest.mark.claim(
    "nar-sastry:example-1-cycle",
    "nar-sastry:example-1-s",
    "nar-sastry:example-2-stability",
    "nar-sastry:example-3-converge",
    "nar-sastry:example-3-diverge",
    "nar-sastry:text-four-points",
)
@pytest.mark.parametrize("name", CASES)
def test_known_answer(name):
    outcome, kind, period = run(name)
    assert (str(outcome.kind), outcome.period) == (kind, period), outcome


# classify stops within 1e-9 of the cycle's size, so its points are that close to the truth, whatever they are.
ARRIVED = 1e-8


@pytest.mark.parametrize("step", [R(101, 100), R(11, 10), R(6, 5)])
def test_the_two_cycle_of_the_double_well(step):
    outcome = classify(GradientMap(DOUBLE_WELL, x, step), 0.3)
    sum_of, gap = np.sqrt(1 + 3 / float(step)), np.sqrt(1 - 1 / float(step))
    assert np.sort(np.abs(outcome.points[:, 0])) == pytest.approx([(sum_of - gap) / 2, (sum_of + gap) / 2], abs=ARRIVED)
    # the multiplier is a smooth function of the points: its slope here is below 40
    assert outcome.multiplier == pytest.approx(abs(9 - 2 * (1 + float(step)) ** 2), abs=40 * ARRIVED)


@pytest.mark.claim("nar-sastry:example-1-cycle")
@pytest.mark.parametrize("step", [1e-3, 0.1, 1.0, 30.0])
def test_the_cusp_oscillates_with_a_quarter_of_the_squared_step(step):
    outcome = classify(GradientMap(F1, x, step), np.array([-0.7, 0.3, 2.0]) * step**2)
    for one in outcome:
        assert one.period == 2
        assert np.abs(one.points) == pytest.approx(step**2 / 4, rel=ARRIVED)


def test_a_batch_gives_the_same_as_its_members():
    steps, starts = np.array([0.3, 0.49, 0.51]), np.array([[1.01], [2.0], [3.0]])
    table = classify(GradientMap(F2, x, steps), starts)
    assert table.shape == (3, 3)
    for i, start in enumerate(starts[:, 0]):
        for j, step in enumerate(steps):
            assert table[i, j] == classify(GradientMap(F2, x, float(step)), start)


def test_the_jacobian_of_several_steps_is_taken_in_order():
    plane = GradientMap(x**3 * y - x * y**2 / 2 + x / 7, (x, y), R(1, 8))
    flat, start, _ = _rows.flatten(plane, np.array([[0.5, -0.75]]))
    product = flat.period_jacobian(flat.orbit(start, 2))
    h = 1e-6
    for j, e in enumerate(np.eye(2)):
        ahead, behind = plane.advance(start + h * e, 3), plane.advance(start - h * e, 3)
        # a central difference errs by h^2 times a third derivative, 1e-11, and by rounding, 1e-15 / 1e-6
        assert (ahead - behind)[0] / (2 * h) == pytest.approx(product[0, :, j], abs=3e-9)


def test_a_long_budget_settles_what_a_short_one_leaves_open():
    slow = GradientMap(x**2 - x**4 / 4, x, R(9995, 10000))
    assert classify(slow, 0.5, max_steps=2000).kind == "undecided"
    assert classify(slow, 0.5, max_steps=200_000).kind == "converged"


def test_a_sublinear_orbit_is_never_called_arrived_before_it_is():
    sublinear = GradientMap(x**4 / 40, x, 1)
    outcome = classify(sublinear, 0.5, max_steps=300_000)
    assert outcome.kind == "undecided"
    assert outcome.residual < 1e-8 < 1e-3 < abs(outcome.points[-1, 0])


def test_a_manifold_of_minima_is_reached():
    net = DeepLinearMap(torch.diag(torch.tensor([2.0, 1.0], dtype=torch.float64)), [2, 3, 2], 0.1)
    outcomes = classify(net, net.initial(3, seed=0, scale=0.5))
    assert [o.kind for o in outcomes] == ["converged"] * 3
    assert all("multiplier 1" in o.reason for o in outcomes)


# Each row breaks one rule of the evidence, and its case then gets a wrong verdict: this file would notice the loss.
def _no_distance(candidate):
    return 0.0, float("nan"), "residual only"


BLIND = {"_distance": _no_distance, "_settling": lambda *_: True}
BROKEN = {
    "no distance": (_evidence, {"_distance": _no_distance}, "fast, and slow beyond float64's sight", "converged"),
    "the residual alone: sublinear": (_evidence, BLIND, "sublinear, loose", "converged"),
    "the residual alone: multiplier -1": (_evidence, BLIND, "multiplier -1, loose", "cycle"),
    "no settling": (_evidence, {"_settling": lambda *_: True}, "cusp, tiny cycle after a long fall", "converged"),
    "no rational check": (_evidence, {"_exact_repeat": lambda *_: False}, "quadratic at 2/3", "undecided"),
    "no box": (_engine, {"BOX_SLACK": 1e9}, "chaos with a drift", "bounded"),
    "no tiny motion": (_engine, {"TINY_MOTION": 0.0}, "fast oscillation over a slow drift", "bounded"),
    "no shrinking residual": (_engine, {"HALVING": 0.0}, "logistic 3, short budget", "bounded"),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_rule_is_noticed(broken, monkeypatch):
    module, changes, name, wrong = BROKEN[broken]
    for attribute, value in changes.items():
        monkeypatch.setattr(module, attribute, value)
    outcome, kind, _ = run(name)
    assert outcome.kind == wrong != kind, outcome


@pytest.mark.parametrize(
    ("kind", "period"),
    [("converged", None), ("converged", 2), ("cycle", 1), ("cycle", None), ("bounded", 1), ("diverged", 2)],
)
def test_an_outcome_refuses_a_period_that_does_not_fit(kind, period):
    with pytest.raises(ValueError, match="cannot have period"):
        Outcome(OutcomeKind(kind), "", period=period)


@pytest.mark.parametrize(
    "options",
    [
        {"max_period": 0},
        {"max_steps": 50},
        {"tolerance": 0.0},
        {"tolerance": 1.0},
        {"escape_radius": 0.0},
        {"escape_radius": -1.0},
    ],
)
def test_bad_options_are_refused(options):
    with pytest.raises(ValueError, match="expected"):
        classify(GradientMap(F2, x, 1), 0.3, **options)


def test_bad_starts_are_refused():
    with pytest.raises(ValueError, match="NaN or infinity"):
        classify(GradientMap(F2, x, 1), np.array([0.1, np.nan]))
    with pytest.raises(TypeError, match="float64"):
        classify(GradientMap(F2, x, 1), np.array([1, 2]))
