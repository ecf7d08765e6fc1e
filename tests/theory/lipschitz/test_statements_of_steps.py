"""The statements of sections 3 and 6 themselves, at losses and runs whose numbers are found without them.

As in `test_statements_of_matrices`; what a loss is said to do everywhere is looked at on samples, among them those where it is attained.
"""

from __future__ import annotations

import random
from typing import Any

import mpmath
import numpy as np
import pytest
from mpmath import mpf, sqrt

from tests.theory.lipschitz.statement_rows import HAIR, Listed, Point, Row, check, drawn, parameters, product
from tests.theory.lipschitz.statement_values import DIGITS, SAMPLES, size, spectral_norm, true, value
from tests.theory.lipschitz.test_statements_of_matrices import columns
from theory.lipschitz import (
    adamo_optimality,
    assumptions,
    averages,
    backpropagation,
    best_step,
    bias_correction,
    equivalence,
    feature_scaling,
    k2_estimates,
    largest_gradient,
    learning_rates,
    mean_values,
    regularisation,
    weight_change,
)
from theory.lipschitz.symbols import (
    K_1,
    K_2,
    K,
    K_z,
    L,
    M,
    P,
    Q,
    S,
    V,
    X,
    a,
    accumulated,
    act,
    activation_of,
    alpha,
    batches,
    beta,
    bias,
    bound,
    count,
    curvature,
    deltas,
    depth,
    direction,
    east,
    entry,
    epoch,
    err,
    eta,
    frame,
    g,
    gain,
    gates,
    gradient,
    heading,
    height,
    i,
    into,
    j,
    k,
    label,
    lam,
    layer,
    logits,
    loss,
    m,
    most,
    n,
    n_outputs,
    nodes,
    north,
    other_accumulated,
    other_beta,
    other_K_1,
    other_K_2,
    other_speed,
    outputs,
    p_1,
    p_2,
    p_j,
    params,
    params_2,
    position,
    q_1,
    q_2,
    q_j,
    r,
    rho,
    root,
    scale,
    shifts,
    sigma,
    signal,
    slope_at,
    slope_of,
    speed,
    squares,
    steepness,
    surface,
    t,
    target,
    total,
    units,
    up,
    w,
    weight,
    width,
    z,
)
from theory.proof import Implies, Statement

# Section 3


def ramp(dice: random.Random, slack: int = 0) -> Point:
    """<c, U>, with the Lipschitz constant |c| (or more), attained along c."""
    shape = dice.randint(1, 3), dice.randint(1, 2)
    steep, here = drawn(dice, *shape) + 3, drawn(dice, *shape)
    samples = [here, here + steep, drawn(dice, *shape)]
    return {
        **{params: here, L: size(steep) * (1 + slack), alpha: mpf(2) / 7},
        **{loss: lambda U: product(steep, U), gradient: lambda U: steep},
        SAMPLES: {params: samples, params_2: samples, heading: [drawn(dice, *shape), steep]},
    }


def bowl(dice: random.Random, slack: int = 0) -> Point:
    """b |U - C|^2/2, which is its own parabola (or below a steeper one)."""
    shape = dice.randint(1, 3), dice.randint(1, 2)
    centre, here, there, bend = drawn(dice, *shape), drawn(dice, *shape) + 7, drawn(dice, *shape), mpf(dice.randint(1, 9)) / 4
    samples = [here, there, (here + there) / 2]

    def slope(U: Any) -> Any:
        return bend * (U - centre)

    return {
        **{
            params: here,
            params_2: there,
            curvature: bend * (1 + slack),
            L: bend * (1 + slack) / 2,
            M: max(size(slope(here)), size(slope(there))),
        },
        **{loss: lambda U: bend * size(U - centre) ** 2 / 2, gradient: slope, rho: lambda U: 1000 - size(U) ** 2},
        SAMPLES: {
            **{params: [*samples, 100 + centre], params_2: samples, heading: [drawn(dice, *shape)]},
            t: [mpf(quarters) / 4 for quarters in (-3, 0, 1, 2, 4, 7)],
        },
    }


def lowered(at: Point, step: Any) -> Any:
    return at[loss](at[params] - step * at[gradient](at[params]))


def bounded(at: Point) -> list[Any]:
    return [("<=", (at[loss](at[params_2]) - at[loss](at[params])) ** 2, at[M] ** 2 * size(at[params_2] - at[params]) ** 2)]


def gaps(at: Point) -> list[Point]:
    """Domains without a quarter of the segment, or without all of it."""
    one, other = at[params], at[params_2]
    holes = [one + mpf(quarters) / 4 * (other - one) for quarters in (0, 1, 2, 4)]
    return [{rho: lambda U, hole=hole: size(U - hole)} for hole in holes] + [{rho: lambda U: size(U) ** 2 - 1000}]


def two_parameters(dice: random.Random) -> Point:
    """r^2 - 3 r s on a ball around 0, where the samples of the slope are at most M."""
    points = [mpf(dice.randint(-9, 9)) / 4 for _ in range(3)]
    sizes = [(2 * p - 3 * q) ** 2 + 9 * p**2 for p in points for q in points]
    return {
        **{surface: lambda p, q: p**2 - 3 * p * q, east: lambda p, q: 2 * p - 3 * q, north: lambda p, q: -3 * p},
        **{rho: lambda p, q: 100 - p**2 - q**2, M: sqrt(max(sizes))},
        **{p_1: mpf(dice.randint(-9, 9)) / 4, p_2: mpf(1) / 2, q_1: mpf(3) / 4, q_2: mpf(dice.randint(-9, 9)) / 4},
        SAMPLES: {r: [*points, mpf(200)], up: [*points, mpf(200)]},
    }


def apart(at: Point) -> list[Any]:
    change = at[surface](at[p_1], at[p_2]) - at[surface](at[q_1], at[q_2])
    return [("<=", change**2, at[M] ** 2 * ((at[p_1] - at[q_1]) ** 2 + (at[p_2] - at[q_2]) ** 2))]


def squared_error(dice: random.Random) -> Point:
    one, other, aim = (mpf(dice.randint(-9, 9)) / 4 for _ in range(3))
    farthest = max(one - aim, other - aim, aim - one, aim - other)
    return {t: one, z: other, label: aim, K: farthest, SAMPLES: {t: [one, other, mpf(5)]}}


def two_layers(dice: random.Random) -> Point:
    """c s/(1 + e^-r), with the largest slope in s of the samples."""
    cost, points = mpf(dice.randint(1, 9)) / 4, [mpf(dice.randint(-9, 9)) / 4 for _ in range(3)]

    def share(x: Any) -> Any:
        return 1 / (1 + mpmath.exp(-x))

    return {
        **{err: lambda x: cost * x, north: lambda p, _: cost * share(p), east: lambda p, q: cost * q * share(p) * share(-p)},
        **{bound: cost * share(max(points)), p_1: points[0], p_2: mpf(dice.randint(-30, 30))},
        SAMPLES: {r: points, up: points},
    }


def network(dice: random.Random) -> Point:
    """Backpropagation, where each layer's activations are just as long as its gates and weights may stretch."""
    last_ = dice.randint(2, 3)
    widths = [dice.randint(1, 2) for _ in range(last_ + 1)]
    weights = [drawn(dice, widths[c], widths[c + 1]) + mpf(1) / 9 for c in range(last_)]
    gates_, stretch, states = (
        [drawn(dice, widths[c + 1], widths[c + 1]) + mpf(1) / 8 for c in range(last_)],
        [],
        [drawn(dice, widths[0]) + 3],
    )
    for c in range(1, last_):
        stretch.append(spectral_norm(gates_[c - 1] @ weights[c]))
        way = drawn(dice, widths[c]) + 3
        states.append(stretch[-1] * size(states[-1]) / size(way) * way)
    states.append(drawn(dice, widths[last_]))
    back = [drawn(dice, widths[last_])]
    for c in range(last_ - 1, 0, -1):
        back.insert(0, gates_[c - 1] @ weights[c] @ back[0])
    biases = [drawn(dice, widths[c + 1]) for c in range(last_)]
    where = dice.randint(1, last_)
    return {
        **{depth: mpf(last_), nodes: Listed([mpf(x) for x in widths], 0), into: Listed(weights), outputs: Listed(states, 0)},
        **{logits: Listed([weights[c].T @ states[c] + biases[c] for c in range(last_)]), shifts: Listed(biases)},
        **{gates: Listed(gates_), deltas: Listed(back), gain: Listed(stretch)},
        units: Listed([np.array(mpmath.eye(x).tolist(), dtype=object) for x in widths], 0),
        **{layer: mpf(where), i: mpf(dice.randint(1, widths[where - 1])), j: mpf(dice.randint(1, widths[where]))},
        bound: size(states[last_ - 1]) * size(back[-1]),
    }


def in_one_weight(at: Point) -> Any:
    here = int(at[layer])
    return at[deltas](here)[int(at[j]) - 1, 0] * at[outputs](here - 1)[int(at[i]) - 1, 0]


# Section 6


def averaged(of: list[Any], kept: Any) -> Listed:
    """From 0: the averages after 0, 1, 2, ... steps."""
    found = [0 * of[0]]
    for now in of:
        found.append(kept * found[-1] + (1 - kept) * now)
    return Listed(found, 0)


def run(dice: random.Random) -> Point:
    """Gradients, their squares and norms, and all their averages."""
    steps, rows, kept = dice.randint(1, 3), dice.randint(1, 3), mpf(dice.randint(0, 3)) / 4
    gradients = [drawn(dice, rows) + 1 for _ in range(steps)]
    of_squares, ahead = [x * x for x in gradients], drawn(dice, rows) + 3
    norms = [size(x) for x in gradients]
    ahead = ahead / size(ahead)
    return {
        **{beta: kept, n: mpf(steps), g: Listed(gradients), squares: Listed(of_squares), most: Listed(norms), direction: ahead},
        **{V: averaged(gradients, kept), S: averaged(of_squares, kept), K_1: averaged(norms, kept)},
        **{K_2: averaged([size(x) for x in of_squares], kept), eta: mpf(2) / 9},
    }


def directed(dice: random.Random) -> Point:
    point = run(dice)
    return {**point, S: averaged([norm * point[direction] for norm in point[most].values], point[beta])}


def from_elsewhere(at: Point, *averages_: Any) -> list[Point]:
    """The same averages, but not from 0."""
    if at[beta] == 0:
        return []
    return [{average: Listed([old + HAIR * at[beta] ** step for step, old in enumerate(at[average].values)], 0)} for average in averages_]


def last(at: Point, average: Any) -> Any:
    return at[average](int(at[n]))


def descent(dice: random.Random) -> Point:
    """AdaMo on 3 q^2/4, which is at most 3/2 times the bound steep, and another step along V."""
    steps, kept, most_ = dice.randint(1, 3), mpf(dice.randint(1, 3)) / 4, mpf(2)
    places, moving, top = [mpf(3) / 4], [mpf(0)], [mpf(0)]
    for _ in range(steps):
        moving.append(kept * moving[-1] + (1 - kept) * 3 * places[-1] / 2)
        top.append(kept * top[-1] + (1 - kept) * 3 * most_ / 2)
        places.append(places[-1] - moving[-1] / top[-1])
    return {
        **{height: lambda q: 3 * q**2 / 4, slope_at: lambda q: 3 * q / 2, bound: most_, n: mpf(steps), beta: kept, eta: mpf(1) / 8},
        **{most: Listed([3 * most_ / 2] * steps), position: Listed(places, 0), speed: Listed(moving, 0), K_1: Listed(top, 0)},
        SAMPLES: {target: [-most_, mpf(0), most_, most_ + 1]},
    }


def bias_(dice: random.Random, by_epoch: bool) -> Point:
    epochs, steps = dice.randint(1, 2), dice.randint(1, 2)
    point: Point = {beta: mpf(dice.randint(0, 3)) / 4, other_beta: mpf(dice.randint(0, 3)) / 4, target: mpf(5) / 4}
    point |= {epoch: mpf(epochs), batches: mpf(steps), n: mpf(epochs * steps)}
    point |= {speed: averaged([point[target]] * (epochs * steps), point[beta])}
    point |= {letter: Listed([mpf(dice.randint(1, 9)) / 4 for _ in range(5)], 0) for letter in (K_1, K_2, accumulated)}
    for new, old, kept in CORRECTED:
        share = 1 - point[kept] ** (epochs if by_epoch else epochs * steps)
        point[new] = Listed([x / share for x in point[old].values], 0)
    return point


CORRECTED = ((other_speed, speed, beta), (other_K_1, K_1, beta), (other_accumulated, accumulated, other_beta), (other_K_2, K_2, other_beta))


def same_steps(at: Point) -> list[Any]:
    moving, top, mean, of_squares = (
        [last(at, old), last(at, new)] for new, old in ((o[0], o[1]) for o in (CORRECTED[0], CORRECTED[1], CORRECTED[2], CORRECTED[3]))
    )
    return [
        ("=", at[speed](0), mpf(0)),
        ("=", moving[1], at[target]),
        ("=", moving[1] / top[1], moving[0] / top[0]),
        ("=", *(sqrt(of_squares[c]) * moving[c] / top[c] / sqrt(mean[c]) for c in (1, 0))),
    ]


def estimates(dice: random.Random) -> Point:
    entries = [mpf(dice.randint(-9, 9)) / 4 for _ in range(dice.randint(1, 3))]
    point = {count: mpf(len(entries)), slope_of: Listed(entries), M: sqrt(sum(x**2 for x in entries))}
    return {**point, m: mpf(dice.randint(1, 3)), k: mpf(dice.randint(2, 4)), lam: mpf(1) / 3, K_z: mpf(5) / 4, K: mpf(3) / 2}


def both_estimates(at: Point) -> list[Any]:
    share, decay = (at[k] - 1) / (at[k] * at[m]) * at[K_z], at[lam] * at[K]
    whole, parts = (share + decay) ** 2, share**2 + decay**2
    return [
        ("<=", sqrt(sum(x**4 for x in at[slope_of].values)), at[M] ** 2),
        *(("=", whole, parts + 2 * share * decay), ("<=", whole / 2, parts), ("<=", parts, whole)),
    ]


def feature(dice: random.Random) -> Point:
    entries = [mpf(dice.randint(0, 9)) / 4 + 1 for _ in range(dice.randint(1, 3))]
    return {m: mpf(len(entries)), entry: Listed(entries), total: sum(entries), SAMPLES: {root: [1 / sum(entries)]}}


def squares_to_1(at: Point) -> Any:
    return sum(x**2 for x in at[entry].values) / sum(at[entry].values) ** 2


def data_times(dice: random.Random) -> Point:
    rows = dice.randint(1, 3)
    return {m: mpf(rows), X: drawn(dice, rows, dice.randint(1, 3)) + 3, scale: mpf(dice.randint(4, 9)) / 4, a: drawn(dice, rows)}


def moved(at: Point, amended: bool) -> list[Any]:
    one, other = (size(f * at[X]) / (2 * at[m]) for f in (mpf(1), at[scale]))
    near, far = (size(f * at[X] @ (f * at[X]).T @ at[a]) / at[m] / c for f, c in ((mpf(1), one), (at[scale], other)))
    return [("=", other, at[scale] * one), ("=", far, at[scale] * near) if amended else ("<=", far, near)]


def with_classes(dice: random.Random) -> Point:
    return {**columns(dice), k: mpf(dice.randint(2, 4)), m: mpf(dice.randint(1, 4))}


def two_losses(at: Point, how: str) -> list[Any]:
    return [(how, share * at[K_z], share * at[sigma]) for share in (1 / (2 * at[m]), (at[k] - 1) / (at[k] * at[m]))]


def cifar(dice: random.Random) -> Point:
    off = [mpf(dice.randint(-1, 1)) / 2000 for _ in range(2)]
    return {K_z: mpf(206695) / 1000 + off[0], K: mpf(43257) / 1000 + off[1], lam: mpf(1) / 1000, k: mpf(10), m: mpf(128)}


def digits(at: Point) -> list[Any]:
    return [("<=", abs(1 / (mpf(9) / 1280 * at[K_z] + at[K] / 1000) - mpf(668) / 1000), mpf(1) / 2000)]


def short_step(at: Point) -> list[Any]:
    return [("<=", (size(at[gradient](0)) / at[L]) ** 2, mpf(1))]


def lowers(at: Point) -> list[Any]:
    return [("<=", lowered(at, 1 / at[L]), at[loss](at[params]))]


def lowers_by_a_square(at: Point) -> list[Any]:
    least = at[loss](at[params]) - size(at[gradient](at[params])) ** 2 / (2 * at[curvature])
    return [("<=", lowered(at, 1 / at[curvature]), least)]


ROWS = [
    Row("text-dw", weight_change.step_is_short, ramp, short_step, (L,)),
    Row("text-dw", weight_change.step_is_short, lambda dice: ramp(dice, 1), short_step),
    Row("text-ideal-lr", best_step.ideal, ramp, lowers, (L,)),
    Row("text-ideal-lr", best_step.ideal_amended, bowl, lowers_by_a_square, (curvature,)),
    Row("text-ideal-lr", best_step.ideal_amended, lambda dice: bowl(dice, 1), lowers_by_a_square),
    Row(
        "text-bounded-implies-optimal",
        best_step.best,
        ramp,
        lambda at: [("<=", lowered(at, 1 / at[L]), lowered(at, at[alpha]))],
        (L,),
        (),
        lambda at: [{alpha: -at[alpha]}],
    ),
    Row("text-bounded-implies-optimal", best_step.best_amended, bowl, lowers, (L,), (), lambda at: [{curvature: at[curvature] - HAIR}]),
    Row("text-bounded-implies-optimal", best_step.best_amended, lambda dice: {**bowl(dice, 1), L: mpf(90)}, lowers),
    Row(
        "equation-1",
        backpropagation.last_is_largest,
        network,
        lambda at: [("<=", in_one_weight(at) ** 2, at[bound] ** 2)],
        (),
        (logits, deltas, units, gain),
    ),
    Row(
        "text-sup-last-layer",
        backpropagation.bounds_all,
        two_layers,
        lambda at: [("<=", abs(at[east](at[p_1], at[p_2])), at[bound])],
        (bound,),
    ),
    Row(
        "text-sup-last-layer",
        backpropagation.bounds_all_amended,
        network,
        lambda at: [("<=", abs(in_one_weight(at)), at[bound])],
        (bound,),
        (logits, deltas, units, gain),
    ),
    Row("text-mvt", mean_values.mean_value, bowl, bounded, (M,)),
    Row("text-lip-sup", mean_values.supremum, two_parameters, apart, (M,)),
    Row("text-lip-sup", mean_values.without_gaps, bowl, bounded, (M,), (), gaps),
    Row(
        "text-min-assumptions",
        assumptions.usual_amended,
        squared_error,
        lambda at: [("<=", abs((at[t] - at[label]) ** 2 - (at[z] - at[label]) ** 2), 2 * at[K] * abs(at[t] - at[z]))],
        (K,),
    ),
    Row(
        "text-ewa-sup",
        averages.supremum,
        run,
        lambda at: [("<=", size(last(at, V)), last(at, K_1)), ("<=", size(last(at, S)), last(at, K_1))],
        (),
        (V, S, squares, K_1),
        lambda at: from_elsewhere(at, V, S, K_1),
    ),
    Row(
        "text-ewa-sup",
        averages.of_each,
        run,
        lambda at: [("<=", size(last(at, V)), last(at, K_1)), ("<=", size(last(at, S)), last(at, K_2))],
        (),
        (V, S, squares, K_1, K_2),
        lambda at: from_elsewhere(at, V, S, K_1, K_2),
    ),
    Row(
        "text-alg1-optimal",
        adamo_optimality.lowest,
        descent,
        lambda at: [("<=", at[height](last(at, position)), at[height](at[position](int(at[n]) - 1) - at[eta] * last(at, speed)))],
        (),
        (speed, K_1),
        lambda at: from_elsewhere(at, speed, K_1),
    ),
    Row(
        "text-alg1-optimal",
        adamo_optimality.largest,
        directed,
        lambda at: [
            ("<=", size(last(at, V)) / last(at, K_1), mpf(1)),
            ("<=", at[eta] * size(last(at, S)), mpf(1)),
            ("<=", at[eta], 1 / last(at, K_1)),
        ],
        (),
        (V, S, K_1, direction),
        lambda at: from_elsewhere(at, V, S, K_1),
    ),
    Row(
        "text-scale-sum1",
        feature_scaling.not_zero,
        feature,
        lambda at: [("<=", mpf(1), at[m] * squares_to_1(at)), ("<=", squares_to_1(at), mpf(1))],
        (),
        (total,),
        lambda at: [{entry: Listed([mpf(0)] * int(at[m])), total: mpf(0)}],
    ),
    Row("text-k2-estimates", k2_estimates.amended, estimates, both_estimates, (M,)),
    Row(
        "text-bias",
        bias_correction.by_epoch,
        lambda dice: bias_(dice, True),
        same_steps,
        (),
        (n,),
        lambda at: [{o[0]: Listed([x + HAIR for x in at[o[0]].values], 0)} for o in CORRECTED],
    ),
    Row(
        "text-bias",
        bias_correction.by_step,
        lambda dice: bias_(dice, False),
        same_steps,
        (),
        (n,),
        lambda at: [{o[0]: Listed([x + HAIR for x in at[o[0]].values], 0)} for o in CORRECTED],
    ),
    Row("text-l-large", learning_rates.smaller, data_times, lambda at: moved(at, False)),
    Row("text-l-large", learning_rates.further, data_times, lambda at: moved(at, True)),
    Row("text-equiv-others", equivalence.printed, with_classes, lambda at: two_losses(at, "="), (), (K_z, sigma)),
    Row("text-equiv-others", equivalence.amended, with_classes, lambda at: two_losses(at, "<="), (), (K_z, sigma)),
    Row("text-kz-0668", learning_rates.rate, cifar, digits, (), (lam, k, m)),
]


@pytest.mark.parametrize("row", parameters(ROWS))
def test_what_the_statement_relates(row: Row) -> None:
    check(row)


@pytest.mark.claim("yedida-saha:reg-l2")
def test_where_a_penalty_adds_its_slope() -> None:
    with mpmath.workdps(DIGITS):
        points = [mpf(eighths) / 8 for eighths in range(-8, 9)]
        point = {lam: mpf(1), K: mpf(1) / 2, L: mpf(1) / 2, weight: mpf(1) / 2, SAMPLES: {t: points, z: points}}
        bowl_ = {height: lambda q: q**2 / 2, slope_at: lambda q: q}
        tied = {height: lambda q: (q**2 - mpf(3) / 4) ** 2 / 2, slope_at: lambda q: 2 * q**3 - 3 * q / 2}
        for losses, adds in ((bowl_, True), (tied, False)):
            here = {**point, **losses}
            assert all(true(h, here) for h in regularisation.l2.given)
            assert true(regularisation.l2.then, here) is adds
            for off_ in ({L: mpf(1) / 2 + HAIR}, {L: mpf(1) / 2 - HAIR}, {weight: mpf(1)}, {lam: mpf(-1)}, {slope_at: lambda q: 0}):
                assert not all(true(h, {**here, **off_}) for h in regularisation.l2.given)
        for other in ({lam: mpf(2), L: mpf(1) / 2}, {K: mpf(1), L: mpf(1), weight: mpf(-1)}):
            assert true(regularisation.l2.then, {**point, **bowl_, **other})
            assert not true(regularisation.l2.then, {**point, **bowl_, **other, L: mpf(7) / 10})


# Conclusions with a condition of their own


@pytest.mark.claim("yedida-saha:text-bias")
@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("statement", "by_epoch"), [(bias_correction.by_epoch, True), (bias_correction.by_step, False)])
def test_only_averages_of_one_gradient_are_unbiased(seed: int, statement: Statement, by_epoch: bool) -> None:
    with mpmath.workdps(DIGITS):
        point = bias_(random.Random(seed), by_epoch)
        (unbiased,) = (part for part in statement.then.args if isinstance(part, Implies))
        right, wrong = ({other_speed: Listed([point[target] + off_] * 9, 0)} for off_ in (0, 1))
        assert true(unbiased, {**point, **right})
        assert not true(unbiased, {**point, **wrong})
        for moved_ in point[speed].moved():
            assert true(unbiased, {**point, **wrong, speed: moved_})


@pytest.mark.claim("yedida-saha:text-scale-sum1")
@pytest.mark.parametrize("seed", range(6))
def test_when_a_scaled_feature_sums_to_1(seed: int) -> None:
    with mpmath.workdps(DIGITS):
        point, then = feature(random.Random(seed)), feature_scaling.not_zero.then
        scaled = feature_scaling.each.then
        assert scaled in then.args
        for factor, sums in ((1 / point[total], True), (1 / point[total] + HAIR, False), (1 / point[total] - HAIR, False)):
            assert true(scaled, {**point, SAMPLES: {root: [factor]}}) is sums
        (at_most,) = (part for part in then.args if isinstance(part, Implies))
        for sign in (1, -1):
            entries = Listed([mpf(sign), *point[entry].values])
            assert true(at_most, {**point, m: point[m] + 1, entry: entries, total: HAIR}) is (sign < 0)
            entries = Listed([*point[entry].values, mpf(sign)])
            assert true(at_most, {**point, m: point[m] + 1, entry: entries, total: HAIR}) is (sign < 0)
        assert not true(at_most, {**point, entry: Listed([mpf(0)] * (len(point[entry].values) - 1) + [mpf(1)]), total: HAIR})


# Equation (5): a derivative; equation (6): all products of three factors


@pytest.mark.claim("yedida-saha:equation-5")
@pytest.mark.parametrize("seed", range(6))
def test_the_activation_where_the_weight_starts(seed: int) -> None:
    dice = random.Random(seed)
    with mpmath.workdps(DIGITS):
        point = {a: drawn(dice, 3) + np.array([[mpf(0)], [mpf(7)], [mpf(14)]]), w: drawn(dice, 3) / 8, bias: mpf(1) / 3}
        point |= {
            frame: np.array(mpmath.eye(3).tolist(), dtype=object),
            width: 3,
            n_outputs: 2,
            i: dice.randint(1, 3),
            j: dice.randint(1, 2),
        }
        output = 1 / (1 + mpmath.exp(-product(point[w], point[a]) - point[bias]))
        point |= {
            act: lambda x: 1 / (1 + mpmath.exp(-x)),
            err: lambda x: (x - 2) ** 3,
            p_j: 3 * (output - 2) ** 2,
            q_j: output * (1 - output),
        }
        printed, amended = largest_gradient.chain, largest_gradient.chain_amended
        assert printed.given == amended.given
        assert all(true(h, point) for h in printed.given)
        for statement, place in ((printed, j), (amended, i)):
            wanted = point[p_j] * point[q_j] * point[a][int(point[place]) - 1, 0]
            assert abs(value(statement.then.args[1], point) - wanted) < mpf(10) ** -30
        assert true(amended.then, point)
        assert true(printed.then, point) == (point[i] == point[j])
        for letter in (p_j, q_j):
            assert not all(true(h, {**point, letter: point[letter] + HAIR}) for h in printed.given)


@pytest.mark.claim("yedida-saha:equation-6")
@pytest.mark.parametrize("seed", range(6))
def test_the_product_of_the_maxima(seed: int) -> None:
    dice = random.Random(seed)
    with mpmath.workdps(DIGITS):
        starts, ends = dice.randint(1, 3), dice.randint(1, 3)
        factors = {signal: ends, steepness: ends, activation_of: starts}
        point: Point = {letter: Listed([mpf(dice.randint(-9, 9)) / 4 + 3 for _ in range(c)]) for letter, c in factors.items()}
        point |= {width: mpf(starts), n_outputs: mpf(ends)}
        maxima = dict(zip((P, Q, K_z), factors, strict=True))
        point |= {maximum: max(map(abs, point[letter].values)) for maximum, letter in maxima.items()}
        printed, amended = largest_gradient.maximum, largest_gradient.at_most
        assert printed.given == amended.given
        assert all(true(h, point) for h in printed.given)
        together = max(abs(p * q) for p, q in zip(point[signal].values, point[steepness].values, strict=True))
        assert true(amended.then, point)
        assert true(printed.then, point) == (together == point[P] * point[Q])
        for maximum in maxima:
            assert not all(true(h, {**point, maximum: point[maximum] - HAIR}) for h in printed.given)
            assert not all(true(h, {**point, maximum: point[maximum] + HAIR}) for h in printed.given)
            share = together / (point[P] * point[Q])
            assert true(amended.then, {**point, maximum: point[maximum] * share})
            assert not true(amended.then, {**point, maximum: point[maximum] * share * (1 - HAIR)})
