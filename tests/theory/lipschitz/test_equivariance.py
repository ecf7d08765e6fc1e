"""What a step rule does not feel: exact rational iterates, the optimizers bit for bit, and the statements at exact points."""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from mpmath import mpf
from sympy import Lambda, Rational

from dynamics.optimizers import AdaMo, AutoAdam, LipschitzRMSprop, LipschitzSGD
from tests.theory.lipschitz.statement_values import DIGITS, true
from theory.lipschitz import adaptive_equivariance as auto
from theory.lipschitz.equivariance import NUMBERS, ONE_STEP, adamo, constant, longer, quarter
from theory.lipschitz.symbols import (
    K_1,
    K_2,
    accumulated,
    alpha,
    axis,
    beta,
    count,
    eta,
    most_at,
    n,
    other_accumulated,
    other_beta,
    other_K_1,
    other_K_2,
    other_place,
    other_position,
    other_speed,
    p_1,
    p_2,
    place,
    position,
    q_1,
    q_2,
    root,
    s,
    scale,
    slope_of,
    speed,
    turn,
    unit,
)
from theory.proof import NotProved, counterexample, witness

ROUNDED = 1e-9  # some dozen operations in float64 on numbers of one size
Vector = list[Fraction]
Matrix = list[Vector]
SMALL = st.fractions(-3, 3, max_denominator=4)
PAIRS = st.lists(SMALL, min_size=2, max_size=2)
FACTORS = st.fractions(Fraction(1, 4), 4, max_denominator=4)
TURNS = st.sampled_from([(Fraction(a, c), Fraction(b, c)) for a, b, c in ((3, 4, 5), (-4, 3, 5), (5, 12, 13), (0, 1, 1), (-1, 0, 1))])


def matrix(cosine: Fraction, sine: Fraction) -> Matrix:
    return [[cosine, -sine], [sine, cosine]]


def times(A: Matrix, w: Vector) -> Vector:
    return [sum((a * x for a, x in zip(row, w, strict=True)), Fraction(0)) for row in A]


def transposed(A: Matrix) -> Matrix:
    return [list(column) for column in zip(*A, strict=True)]


def slope(w: Vector) -> Vector:
    """Of w_1^2 + w_1 w_2 + w_2^4."""
    return [2 * w[0] + w[1], w[0] + 4 * w[1] ** 3]


def bound(w: Vector) -> Fraction:
    return 1 + sum((g * g for g in slope(w)), Fraction(0))


def adamo_run(start: Vector, slope: Callable, bound: Callable, step: Fraction, beta: Fraction, steps: int) -> Vector:
    w, V, K = start, [Fraction(0)] * 2, Fraction(0)
    for _ in range(steps):
        V = [beta * v + (1 - beta) * g for v, g in zip(V, slope(w), strict=True)]
        K = beta * K + (1 - beta) * bound(w)
        w = [x - step * v / K for x, v in zip(w, V, strict=True)]
    return w


@pytest.mark.claim("yedida-saha:algorithm-1")
@pytest.mark.claim("yedida-saha:equation-gd")
@given(PAIRS, FACTORS, FACTORS, TURNS, st.sampled_from([Fraction(0), Fraction(1, 2)]), st.integers(0, 3))
def test_rational_iterates_correspond(start: Vector, loss: Fraction, weights: Fraction, way: tuple, beta: Fraction, steps: int) -> None:
    O = matrix(*way)  # noqa: E741

    def old(v: Vector) -> Vector:
        return [weights * x for x in times(O, v)]

    def new_slope(v: Vector) -> Vector:
        return [loss * weights * g for g in times(transposed(O), slope(old(v)))]

    def new_bound(v: Vector) -> Fraction:
        return loss * weights * bound(old(v))

    begin = [x / weights for x in times(transposed(O), start)]
    w = adamo_run(start, slope, bound, Fraction(1, 2), beta, steps)
    v = adamo_run(begin, new_slope, new_bound, Fraction(1, 2) / weights, beta, steps)
    assert old(v) == w
    unchanged = adamo_run(begin, new_slope, new_bound, Fraction(1, 2), beta, steps)
    moved = steps and any(slope(start))
    assert (old(unchanged) == w) or (weights != 1 and moved), "the same step size does for c = 1"

    def one(v: Vector) -> Fraction:
        return Fraction(1)

    small = Fraction(1, 100)
    plain, scaled = (
        adamo_run(start, slope, one, small, Fraction(0), steps),
        adamo_run(begin, new_slope, one, small / (loss * weights**2), Fraction(0), steps),
    )
    assert old(scaled) == plain, "a constant step is divided by r c^2"


@pytest.mark.claim("yedida-saha:algorithm-1")
@given(PAIRS, FACTORS, FACTORS)
def test_the_table_of_first_steps(start: Vector, loss: Fraction, weights: Fraction) -> None:
    """How many times too long the first step is in the old coordinates, on w_1^2: constant r c^2, 1/L c, 1/L as printed r c^2 / c."""
    g = slope(start)
    assume(any(g))
    new = [loss * weights * x for x in g]
    L = Fraction(7)
    too_long = {
        "constant": [weights * x / y for x, y in zip(new, g, strict=True) if y],
        "1/L": [weights * x / (loss * weights * L) * L / y for x, y in zip(new, g, strict=True) if y],
        "printed": [weights * x / (weights * L) * L / y for x, y in zip(new, g, strict=True) if y],
        "1/beta": [weights * x / (loss * weights**2 * L) * L / y for x, y in zip(new, g, strict=True) if y],
    }
    wanted = {"constant": loss * weights**2, "1/L": weights, "printed": loss * weights, "1/beta": 1}
    assert all(set(found) == {wanted[rule]} for rule, found in too_long.items())


def trained(optimizer: type, start: list[float], loss: Callable, steps: int, **options: float) -> list[float]:
    w = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    own = optimizer([w], **options)
    for _ in range(steps):
        own.zero_grad()
        loss(w).backward()
        own.step()
    return w.detach().tolist()


def uneven(w: torch.Tensor) -> torch.Tensor:
    return w[0] ** 2 + w[0] * w[1] + w[1] ** 4 / 4


RULES = [(LipschitzSGD, {}), (AdaMo, {}), (LipschitzRMSprop, {"epsilon": 0.0}), (AutoAdam, {"epsilon": 0.0})]
FLOATS = st.lists(st.integers(-40, 40).map(lambda x: x / 16), min_size=2, max_size=2)


@pytest.mark.claim("yedida-saha:algorithm-1")
@pytest.mark.claim("yedida-saha:algorithm-2")
@pytest.mark.claim("yedida-saha:algorithm-3")
@pytest.mark.parametrize(("optimizer", "options"), RULES)
@given(FLOATS, st.integers(-6, 6), st.integers(-6, 6), st.integers(1, 5))
def test_the_optimizers_bit_for_bit(optimizer: type, options: dict, start: list, loss: int, weights: int, steps: int) -> None:
    """Powers of two round nothing, so what is proved holds to the last bit: the loss times r, and w = c v with the step size over c."""
    r, c = 2.0**loss, 2.0**weights
    own = trained(optimizer, start, uneven, steps, **options)
    assert trained(optimizer, start, lambda w: r * uneven(w), steps, **options) == own
    begin = [x / c for x in start]
    other = trained(optimizer, begin, lambda v: r * uneven(c * v), steps, lr=1 / c, **options)
    assert [c * x for x in other] == own
    if c != 1:
        unchanged = trained(optimizer, begin, lambda v: uneven(c * v), 1, **options)
        first = trained(optimizer, start, uneven, 1, **options)
        assert [c * x for x in unchanged] != first or first == start, "the step is c times too long"


def moves(optimizer: type, gradients: list[list[float]], **options: float) -> list[float]:
    """Where the optimizer goes from 0 when it meets these gradients."""
    w = torch.zeros(2, dtype=torch.float64, requires_grad=True)
    own = optimizer([w], **options)
    for gradient in gradients:
        w.grad = torch.tensor(gradient, dtype=torch.float64)
        own.step()
    return w.detach().tolist()


@pytest.mark.claim("yedida-saha:algorithm-1")
@pytest.mark.claim("yedida-saha:algorithm-3")
@pytest.mark.parametrize(("optimizer", "options"), RULES)
@given(st.lists(FLOATS, min_size=1, max_size=6))
def test_quarter_turns(optimizer: type, options: dict, gradients: list) -> None:
    """v = (w_2, -w_1): the entries change places and sign; what rounding differs is the order of a sum of squares."""
    own = moves(optimizer, gradients, **options)
    turned = moves(optimizer, [[b, -a] for a, b in gradients], **options)
    assert [-turned[1], turned[0]] == pytest.approx(own, abs=ROUNDED)


@pytest.mark.claim("yedida-saha:algorithm-3")
@pytest.mark.parametrize(("optimizer", "turns"), [(LipschitzSGD, True), (AdaMo, True), (LipschitzRMSprop, False), (AutoAdam, False)])
def test_a_turn_by_three_four_five(optimizer: type, turns: bool) -> None:
    """The gradient (1, 2) becomes (11, 2)/5: its signs are both 1, as before, and point elsewhere when turned back."""
    options = {} if turns else {"epsilon": 0.0}
    own = trained(optimizer, [0.0, 0.0], lambda w: w[0] + 2 * w[1], 1, **options)
    a, b = trained(optimizer, [0.0, 0.0], lambda v: 2.2 * v[0] + 0.4 * v[1], 1, **options)
    back = [0.6 * a - 0.8 * b, 0.8 * a + 0.6 * b]
    assert (back == pytest.approx(own, abs=1e-12)) is turns


@pytest.mark.claim("yedida-saha:equation-gd")
@pytest.mark.claim("yedida-saha:definition-lipschitz")
@settings(max_examples=10)
@given(FACTORS, FACTORS, st.sampled_from([1, -1]), st.fractions(Fraction(1, 9), Fraction(2, 5), max_denominator=9), SMALL)
def test_the_statements_at_exact_points(loss: Fraction, weights: Fraction, side: int, step: Fraction, start: Fraction) -> None:
    """The loss w^2 for one step: from w to (1 - 2 a) w."""
    r, c, a, w = (Rational(x.numerator, x.denominator) for x in (loss, weights, step, start))
    one_step = Lambda(s, w * (1 - 2 * a * s) * unit)
    there = Lambda(s, side * w / c * (1 - 2 * a * s) * unit)
    point = {**NUMBERS, scale: r, root: c, alpha: a, turn: [[side]], place: one_step, other_place: there, n: 1}
    for statement in (constant, longer):
        assert witness(statement, point) is not None
        with pytest.raises(NotProved):
            counterexample(statement, point)
    if w != 0:
        with pytest.raises(NotProved):
            witness(constant, {**point, alpha: 2 * a})


@pytest.mark.claim("yedida-saha:algorithm-3")
@given(SMALL, SMALL, TURNS)
def test_the_signs_at_exact_points(first: Fraction, second: Fraction, way: tuple) -> None:
    p, q = (Rational(x.numerator, x.denominator) for x in (first, second))
    c, d = (Rational(x.numerator, x.denominator) for x in way)
    point = {p_1: p, p_2: q, q_1: c, q_2: d}
    if p * q * (c * p + d * q) * (c * q - d * p) == 0:
        return
    if c * d == 0:
        assert witness(quarter, point) is not None
    with pytest.raises(NotProved):
        counterexample(quarter, point)


@pytest.mark.claim("yedida-saha:algorithm-2")
@pytest.mark.claim("yedida-saha:algorithm-3")
@settings(max_examples=10)
@given(FACTORS, FACTORS)
def test_auto_adam_in_two_steps(loss: Fraction, weights: Fraction) -> None:
    """Two weights in two exact steps; the language has no identity, so no average may be s itself."""
    r, c = (Rational(x.numerator, x.denominator) for x in (loss, weights))
    point = auto.seen_with(r, c)
    assume(not any(isinstance(f, Lambda) and f.expr == f.variables[-1] for f in point.values()))
    assert witness(auto.corresponding, point) is not None
    with pytest.raises(NotProved):
        witness(auto.corresponding, {**point, eta: 2})


def auto_adam(start: list, gradient: Callable, top: Callable, step: object, beta_1: object, beta_2: object, steps: int) -> dict[str, dict]:
    """Every number of a run, by step, and by weight too where each has its own."""
    run: dict[str, dict] = {name: {} for name in ("w", "V", "S", "K_1", "K_2")}
    for j, x in enumerate(start, 1):
        run["w"][j, 0], run["V"][j, 0], run["S"][j, 0] = x, mpf(0), mpf(0)
    run["K_1"][0] = run["K_2"][0] = mpf(0)
    for s_ in range(1, steps + 1):
        w = [run["w"][j, s_ - 1] for j in range(1, len(start) + 1)]
        run["K_1"][s_] = beta_1 * run["K_1"][s_ - 1] + (1 - beta_1) * top(w)
        run["K_2"][s_] = beta_2 * run["K_2"][s_ - 1] + (1 - beta_2) * top(w) ** 2
        for j, g in enumerate(gradient(w), 1):
            run["V"][j, s_] = beta_1 * run["V"][j, s_ - 1] + (1 - beta_1) * g
            run["S"][j, s_] = beta_2 * run["S"][j, s_ - 1] + (1 - beta_2) * g**2
            ratio = mpmath.sqrt(run["K_2"][s_]) / run["K_1"][s_] * run["V"][j, s_] / mpmath.sqrt(run["S"][j, s_])
            run["w"][j, s_] = w[j - 1] - step * ratio
    return run


def looked_up(table: dict) -> Callable:
    return lambda *place: table[tuple(map(int, place)) if len(place) > 1 else int(place[0])]


OLD_LETTERS = {"w": position, "V": speed, "S": accumulated, "K_1": K_1, "K_2": K_2}
NEW_LETTERS = {"w": other_position, "V": other_speed, "S": other_accumulated, "K_1": other_K_1, "K_2": other_K_2}


def coupled(dice: random.Random, many: int) -> tuple[Callable, Callable]:
    """A gradient whose every entry depends on all weights, and a bound that does."""
    mixing = [[mpf(dice.randint(1, 9)) / 4 for _ in range(many)] for _ in range(many)]

    def slopes(w: list) -> list:
        return [1 + sum(k * x for k, x in zip(row, w, strict=True)) + w[0] ** 2 for row in mixing]

    def top(w: list) -> object:
        return 2 + sum(g * g for g in slopes(w))

    return slopes, top


@pytest.mark.claim("yedida-saha:algorithm-3")
@pytest.mark.parametrize("corrected", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_the_optimizer_has_all_numbers_of_the_run(seed: int, corrected: bool) -> None:
    """Weights in two tensors, with a bound of their own: iterates and averages step by step, bias correction or not."""
    dice = random.Random(seed)
    many, steps = 3, 5
    slopes, top = coupled(dice, many)
    start = [dice.randint(1, 9) / 4 for _ in range(many)]
    a, b_1, b_2 = (dice.randint(1, 9) / 16 for _ in range(3))
    with mpmath.workdps(DIGITS):
        own = auto_adam([mpf(x) for x in start], slopes, top, mpf(a), mpf(b_1), mpf(b_2), steps)
    parts = [torch.tensor(part, dtype=torch.float64) for part in (start[:1], start[1:])]

    def weights() -> list:
        return [mpf(x) for part in parts for x in part.tolist()]

    optimizer = AutoAdam(parts, lambda _: float(top(weights())), beta_1=b_1, beta_2=b_2, epsilon=0.0, bias_correction=corrected, lr=a)
    for s_ in range(1, steps + 1):
        gradient = torch.tensor([float(g) for g in slopes(weights())], dtype=torch.float64)
        parts[0].grad, parts[1].grad = gradient[:1], gradient[1:]
        optimizer.step()
        found = {name: torch.cat([optimizer.state[part][name] for part in parts]).tolist() for name in ("V", "S")} | {"w": weights()}
        for name, values in found.items():
            assert values == pytest.approx([float(own[name][j, s_]) for j in range(1, many + 1)], rel=ROUNDED), (name, s_)
        shared = optimizer.state[parts[0]]
        assert [shared["K1"], shared["K2"]] == pytest.approx([float(own[name][s_]) for name in ("K_1", "K_2")], rel=ROUNDED)


@pytest.mark.claim("yedida-saha:algorithm-2")
@pytest.mark.claim("yedida-saha:algorithm-3")
@pytest.mark.parametrize("seed", range(8))
def test_auto_adam_with_several_weights(seed: int) -> None:
    """Coupled weights: the gradient of one depends on all, and so does M. A number that is off by a hair is no run."""
    dice = random.Random(seed)
    with mpmath.workdps(DIGITS):
        many, steps = dice.randint(1, 3), dice.randint(1, 4)
        r, c, a, b_1, b_2 = (mpf(dice.randint(2, 9)) / 10 for _ in range(5))
        b_1 *= seed % 2  # RMSprop
        slopes, top = coupled(dice, many)

        def new_slopes(w: list) -> list:
            return [r * c * g for g in slopes([c * x for x in w])]

        def new_top(w: list) -> object:
            return r * c * top([c * x for x in w])

        start = [mpf(dice.randint(1, 9)) / 4 for _ in range(many)]
        own = auto_adam(start, slopes, top, a, b_1, b_2, steps)
        new, unchanged = (auto_adam([x / c for x in start], new_slopes, new_top, size, b_1, b_2, steps) for size in (a / c, a))
        units = [np.array([[mpf(j == k)] for k in range(many)], dtype=object) for j in range(many)]
        point = {count: mpf(many), n: mpf(steps), scale: r, root: c, eta: a, beta: b_1, other_beta: b_2}
        point |= {axis: lambda j: units[int(j) - 1], most_at: lambda U: top(list(U.flat))}
        point |= {slope_of: lambda j, U: slopes(list(U.flat))[int(j) - 1]}
        point |= {letter: looked_up(own[name]) for name, letter in OLD_LETTERS.items()}
        same, other = ({**point, **{f: looked_up(run[name]) for name, f in NEW_LETTERS.items()}} for run in (new, unchanged))
        assert [h for h in auto.corresponding.given if not true(h, same)] == []
        assert true(auto.corresponding.then, same)
        changed = auto.with_step(eta)
        assert all(true(h, other) for h in changed.given)
        assert not true(changed.then, other), "the step is c times too long"
        assert not all(true(h, other) for h in auto.corresponding.given)
        for run, letters in ((own, OLD_LETTERS), (new, NEW_LETTERS)):
            for name, letter in letters.items():
                for place in run[name]:
                    off = {**same, letter: looked_up({**run[name], place: run[name][place] + mpf(1) / 1000})}
                    assert not all(true(h, off) for h in auto.corresponding.given), (name, place)


@pytest.mark.claim("yedida-saha:algorithm-1")
@given(st.sampled_from([1, 2, 4, 5]))
def test_the_statement_of_adamo_at_one_step(loss: int) -> None:
    """The averages of ONE_STEP belong to the loss times 3."""
    assert witness(adamo, ONE_STEP) is not None
    with pytest.raises(NotProved):
        witness(adamo, {**ONE_STEP, scale: loss})
