"""What each rule and each textbook fact says, word for word: the hypotheses that it asks for and the conclusion that it gives.

A hypothesis that a rule no longer asks for, another relation or another constant changes the sentence. The sentences were written down
and checked by hand; that they are true is the business of the docstrings, of `test_traps` and of `test_facts`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sympy import Abs, Derivative, Eq, Function, Lambda, Ne, Product, Rational, S, Symbol, log, sign, sqrt, symbols

from tests.theory.proof import fact_tables
from theory.proof import (
    FACTS,
    And,
    Column,
    Exists,
    ForAll,
    Implies,
    LyapunovStable,
    Map,
    Not,
    Predicate,
    Statement,
    Tends,
    Theorem,
    Trace,
    absurd,
    along,
    always_or_once,
    assume,
    by_meaning,
    cite,
    combine_words,
    conclude,
    conjunction,
    contracts,
    cut,
    define,
    derivative,
    discharge,
    empty_product,
    equal_words,
    escapes,
    evaluate,
    exhibit,
    follows,
    forget_recursion,
    generalize,
    identity,
    image_tends,
    induction,
    instance,
    lands,
    last_factor,
    limit_is_fixed,
    matches,
    modulus_to_zero,
    monotone_orbit,
    no_two_cycles,
    none_exists,
    odd_modulus,
    part,
    recursion,
    rename_orbit,
    repelled,
    rewrite,
    specialize,
    sum_congruence,
    transposed,
    unique_limit,
    weaken,
)
from theory.proof.descent_facts import (
    LinearNetworkMinimum,
    NonsingularStep,
    ReachedAtRandom,
    ReachedByRegularSteps,
    Smoothness,
    SpectralNorm,
    StableUnderDescent,
)

a, b, c, p, q, r, s, t, u, w = symbols("a b c p q r s t u w", real=True)
i, j, k, m, n = symbols("i j k m n", integer=True)
f, x, y = (Function(name, real=True) for name in "fxy")
A, B, C = symbols("A B C", commutative=False)
X, Y = (Column(name) for name in "XY")
F, G = Map("F"), Map("G")
V, W = (Function(name, commutative=False) for name in "VW")

HALF = Lambda(t, t / 2)
MIDDLE = Lambda(t, (t + b) / 2)
INSIDE = (t >= 0, t <= b)
BOX = (t >= -b, t <= b)
ORBIT = "ForAll(k, k >= 0, Eq(x(k + 1), x(k)/2))"

Case = tuple[Callable[[], Theorem], str]


class Spoken(Predicate):
    """`Spoken(t)`: t > n for every n, where t > 0."""

    def meaning(self, number: int) -> Any:
        """The case of one n."""
        return (self.args[0] > 0,), self.args[0] > number, "by definition"


def _induction_step() -> Theorem:
    growing = specialize(assume(ForAll(k, k >= 2, Implies(f(k) > 0, f(k + 1) > 0))), k)
    return follows(f(k + 1) > 0, f(k) > 0, k >= 2, using=(growing,))


def _forgotten() -> Theorem:
    rule_of_f, start = ForAll(j, And(j >= 1, j <= n), Eq(f(j), f(j - 1) + j)), Eq(f(0), s)
    return forget_recursion(weaken(assume(s > 0), start, rule_of_f), f, rule_of_f, start)


LOGIC: list[Case] = [
    (lambda: assume(t > 0), "t > 0 |- t > 0"),
    (lambda: weaken(assume(t > 0), s > 0), "s > 0, t > 0 |- t > 0"),
    (lambda: cut(follows(t > 0, t > 1, s > 0), follows(t > 1, t > 2)), "s > 0, t > 2 |- t > 0"),
    (
        lambda: cut(follows(t + s > 0, t > 0, s > 0, u > 0), weaken(assume(And(t > 0, s > 0)), w > 0)),
        "u > 0, w > 0, (s > 0) & (t > 0) |- s + t > 0",
    ),
    (lambda: instance(follows(t**2 >= s, t > s, s > 1), {t: 1 / u, s: 2}), "1/u > 2, Ne(u, 0) |- u**(-2) >= 2"),
    (lambda: instance(assume(f(t) > s), {f: Lambda(t, t**2 * s)}), "s*t**2 > s |- s*t**2 > s"),
    (lambda: instance(assume(Eq(s / t, f(t))), {s: t}), "Eq(1, f(t)), Ne(t, 0) |- Eq(1, f(t))"),
    (lambda: instance(assume(f(k) > 0), {k: j + 1}), "f(j + 1) > 0 |- f(j + 1) > 0"),
    (lambda: conjunction(assume(t > 0), assume(s > 0)), "t > 0, s > 0 |- (s > 0) & (t > 0)"),
    (lambda: part(weaken(assume(And(t > 0, s > 0)), u > 0), t > 0), "u > 0, (s > 0) & (t > 0) |- t > 0"),
    (lambda: discharge(weaken(assume(t > 0), s > 0), s > 0), "t > 0 |- Implies(s > 0, t > 0)"),
    (lambda: discharge(weaken(assume(t > 0), s > 0, u > 0), s > 0, u > 0), "t > 0 |- Implies((s > 0) & (u > 0), t > 0)"),
    (lambda: absurd(follows(S.false, t > 1, t < 0, s > 0), t > 1), "t < 0, s > 0 |- ~(t > 1)"),
    (
        lambda: none_exists(weaken(assume(ForAll(t, t > s, Not(f(t) > 0, evaluate=False))), u > 0)),
        "u > 0, ForAll(t, t > s, ~(f(t) > 0)) |- ~Exists(t, t > s, f(t) > 0)",
    ),
    (lambda: generalize(follows(t**2 > s, t > s, s > 1), t, t > s), "s > 1 |- ForAll(t, t > s, t**2 > s)"),
    (lambda: generalize(follows(t**2 > s, t > s, s > 1), t, And(t > s, t > 0)), "s > 1 |- ForAll(t, (t > 0) & (t > s), t**2 > s)"),
    (
        lambda: specialize(assume(ForAll(t, And(t > 0, t < s), f(t) > 0)), 1 / u),
        "ForAll(t, (t > 0) & (t < s), f(t) > 0), 1/u > 0, 1/u < s, Ne(u, 0) |- f(1/u) > 0",
    ),
    (
        lambda: specialize(weaken(assume(ForAll(t, t > s, f(t) > 0)), u > 0), s + 2),
        "u > 0, ForAll(t, t > s, f(t) > 0) |- f(s + 2) > 0",
    ),
    (lambda: specialize(assume(ForAll(t, Eq(s / t, 1), f(t) > 0)), s), "ForAll(t, Eq(s/t, 1), f(t) > 0), Ne(s, 0) |- f(s) > 0"),
    (lambda: specialize(assume(ForAll(t, t > 0, f(t) > s / t)), s), "ForAll(t, t > 0, f(t) > s/t), s > 0, Ne(s, 0) |- f(s) > 1"),
    (lambda: exhibit(assume(f(s) > 0), t, s, Eq(s / t, 1), f(t) > 0), "f(s) > 0, Ne(s, 0) |- Exists(t, Eq(s/t, 1), f(t) > 0)"),
    (lambda: exhibit(assume(f(s) > 1), t, s, True, f(t) > s / t), "f(s) > 1, Ne(s, 0) |- Exists(t, True, f(t) > s/t)"),
    (lambda: rewrite(assume(f(t) > s / t), assume(Eq(s, t))), "f(t) > s/t, Eq(s, t), Ne(t, 0) |- f(t) > 1"),
    (lambda: instance(assume(LyapunovStable(F, 0)), {F: G}), "LyapunovStable(G, 0) |- LyapunovStable(G, 0)"),
    (lambda: instance(assume(LyapunovStable(F, 0)), {F: HALF}), "LyapunovStable(Lambda(t, t/2), 0) |- LyapunovStable(Lambda(t, t/2), 0)"),
    (lambda: exhibit(assume(f(1 / u) > 0), t, 1 / u, True, f(t) > 0), "f(1/u) > 0, Ne(u, 0) |- Exists(t, True, f(t) > 0)"),
    (
        lambda: exhibit(assume(And(s > 0, f(s) > 0)), t, s, t > 0, f(t) > 0),
        "(s > 0) & (f(s) > 0) |- Exists(t, t > 0, f(t) > 0)",
    ),
    (
        lambda: rewrite(assume(f(s) > t), weaken(assume(Eq(s, u)), u > 0), assume(Eq(f(u), w))),
        "f(s) > t, u > 0, Eq(s, u), Eq(f(u), w) |- w > t",
    ),
    (
        lambda: sum_congruence(weaken(assume(ForAll(j, And(j >= 1, j <= n), Eq(f(j), x(j)))), s > 0)),
        "s > 0, ForAll(j, (j >= 1) & (j <= n), Eq(f(j), x(j))), n >= 1 |- Eq(Sum(f(j), (j, 1, n)), Sum(x(j), (j, 1, n)))",
    ),
    (
        lambda: sum_congruence(assume(ForAll(j, And(m <= j, n >= j), Eq(f(j), x(j))))),
        "ForAll(j, (n >= j) & (m <= j), Eq(f(j), x(j))), n >= m |- Eq(Sum(f(j), (j, m, n)), Sum(x(j), (j, m, n)))",
    ),
    (
        lambda: induction(weaken(assume(f(2) > 0), s > 0), weaken(_induction_step(), u > 0), k, 2),
        "s > 0, f(2) > 0, u > 0, ForAll(k, k >= 2, Implies(f(k) > 0, f(k + 1) > 0)) |- ForAll(k, k >= 2, f(k) > 0)",
    ),
    (lambda: matches(follows(t > 0, t > 1), Statement((t > 1, s > 0), t > 0)), "t > 1, s > 0 |- t > 0"),
    (lambda: conclude(identity(s / t * t, s), Statement((t > 1,), Eq(s, s, evaluate=False))), "t > 1 |- Eq(s, s)"),
    (
        lambda: conclude(identity((t**2 - 1) / (t - 1), t + 1), Statement((t > 1,), Eq((t**2 - 1) / (t - 1), t + 1))),
        "t > 1 |- Eq((t**2 - 1)/(t - 1), t + 1)",
    ),
    (lambda: always_or_once(k, k >= 0, Eq(x(k), c)), " |- Exists(k, k >= 0, Eq(x(k), c)) | ForAll(k, k >= 0, Ne(x(k), c))"),
    (
        lambda: always_or_once(k, k >= 0, 1 / x(k) > c),
        "ForAll(k, k >= 0, Ne(x(k), 0)) |- Exists(k, k >= 0, 1/x(k) > c) | ForAll(k, k >= 0, 1/x(k) <= c)",
    ),
]

ALGEBRA: list[Case] = [
    (lambda: follows(t > 0, t > 1, using=(follows(t > 1, t > 2),)), "t > 1, t > 2 |- t > 0"),
    (lambda: identity((t**2 - 1) / (t - 1), t + 1), "Ne(t - 1, 0) |- Eq((t**2 - 1)/(t - 1), t + 1)"),
    (lambda: identity(t + 1, (t**2 - 1) / (t - 1)), "Ne(t - 1, 0) |- Eq(t + 1, (t**2 - 1)/(t - 1))"),
    (lambda: identity(t ** (p + 1), t * t**p), "t > 0 |- Eq(t**(p + 1), t*t**p)"),
    (lambda: identity(log(t) + (s + 1) / s, 1 + 1 / s + log(t)), "Ne(s, 0), t > 0 |- Eq(log(t) + (s + 1)/s, log(t) + 1 + 1/s)"),
    (lambda: derivative(s * t**3, t), " |- Eq(Derivative(s*t**3, t), 3*s*t**2)"),
    (lambda: derivative(t**4, t, 3), " |- Eq(Derivative(t**4, (t, 3)), 24*t)"),
    (lambda: derivative(sqrt(t + s), t), "s + t > 0 |- Eq(Derivative(sqrt(s + t), t), 1/(2*sqrt(s + t)))"),
    (lambda: derivative(t**p, t), "t > 0, Ne(t, 0) |- Eq(Derivative(t**p, t), p*t**p/t)"),
    (lambda: derivative(Abs(t - 1) * s, t), "Ne(t - 1, 0) |- Eq(Derivative(s*Abs(t - 1), t), s*sign(t - 1))"),
    (lambda: derivative(t * Abs(s), t), " |- Eq(Derivative(t*Abs(s), t), Abs(s))"),
    (lambda: derivative(sign(t) * 0 + t**2, t, value=2 * t), " |- Eq(Derivative(t**2, t), 2*t)"),
    (lambda: derivative(t / s, t, value=(1 + u - u) / s), "Ne(s, 0) |- Eq(Derivative(t/s, t), 1/s)"),
    (lambda: equal_words(Trace(A * B * C), Trace(C * A * B)), " |- Eq(Trace(A*B*C), Trace(C*A*B))"),
    (lambda: equal_words(A * B * C * t, t * C, assume(Eq(A * B, 1))), "Eq(A*B, 1) |- Eq(t*A*B*C, t*C)"),
    (lambda: equal_words(A * B / t, B * 0 + A * B / t), "Ne(t, 0) |- Eq(A*B/t, A*B/t)"),
    (lambda: combine_words(A * C / t, B * C / t, (1 / t, assume(Eq(A, B)), C)), "Eq(A, B), Ne(t, 0) |- Eq(A*C/t, B*C/t)"),
    (
        lambda: combine_words(A * C, C, (1, assume(Eq(A, B)), C), modulo=(assume(Eq(B * C, C)),)),
        "Eq(A, B), Eq(B*C, C) |- Eq(A*C, C)",
    ),
    (lambda: transposed(assume(Eq(A * B, C))), "Eq(A*B, C) |- Eq(transpose(B)*transpose(A), transpose(C))"),
    (
        lambda: last_factor(Product(1 / f(j), (j, m, k + 1)), k),
        "k + 1 >= m, Ne(f(k + 1), 0), ForAll(j, (j >= m) & (j <= k), Ne(f(j), 0)), k >= m - 1"
        " |- Eq(Product(1/f(j), (j, m, k + 1)), Product(1/f(j), (j, m, k))/f(k + 1))",
    ),
    (lambda: empty_product(Product(f(j), (j, m, m - 1))), " |- Eq(Product(f(j), (j, m, m - 1)), 1)"),
    (_forgotten, "s > 0 |- s > 0"),
    (lambda: by_meaning(Spoken(t), 3), "Spoken(t), t > 0 |- t > 3"),
    (
        lambda: by_meaning(SpectralNorm(s, A), X),
        "SpectralNorm(s, A) |- Trace(transpose(X)*transpose(A)*A*X) <= s**2*Trace(transpose(X)*X)",
    ),
    (lambda: evaluate(Ne(sqrt(2), Rational(3, 2), evaluate=False)), " |- Ne(sqrt(2), 3/2)"),
    (lambda: define(Function("d_rules", real=True)(t, s), sqrt(t) / s), "Ne(s, 0), t >= 0 |- Eq(d_rules(t, s), sqrt(t)/s)"),
]

ORBITS: list[Case] = [
    (
        lambda: monotone_orbit(
            x, HALF, t, (0, b),
            follows(And(t / 2 >= 0, t / 2 <= t), *INSIDE),
            weaken(follows(Eq(t, 0), *INSIDE, Eq(t / 2, t)), s > 0),
        ),
        f"s > 0, x(0) >= 0, x(0) <= b, {ORBIT} |- Tends(k, x(k), 0)",
    ),
    (
        lambda: monotone_orbit(
            x, MIDDLE, t, (0, b),
            weaken(follows(And((t + b) / 2 >= t, (t + b) / 2 <= b), *INSIDE), s > 0),
            follows(Eq(t, b), *INSIDE, Eq((t + b) / 2, t)),
        ),
        "s > 0, x(0) >= 0, x(0) <= b, ForAll(k, k >= 0, Eq(x(k + 1), b/2 + x(k)/2)) |- Tends(k, x(k), b)",
    ),
    (
        lambda: no_two_cycles(
            x, Lambda(t, -t / 2), t, s, (-b, b),
            weaken(follows(And(-t / 2 >= -b, -t / 2 <= b), *BOX), u > 0),
            weaken(follows(Eq(s, t), *BOX, s >= -b, s <= b, Eq(s, -t / 2), Eq(t, -s / 2)), w > 0),
            weaken(follows(Eq(t, 0), *BOX, Eq(-t / 2, t)), r > 0),
        ),
        "u > 0, w > 0, r > 0, x(0) >= -b, x(0) <= b, ForAll(k, k >= 0, Eq(x(k + 1), -x(k)/2)) |- Tends(k, x(k), 0)",
    ),
    (
        lambda: repelled(
            x, Lambda(t, 2 * t), t, 0, r, t >= 0, follows(Abs(2 * t) > Abs(t), t >= 0, Ne(t, 0), Abs(t) <= r, r > 0)
        ),
        "r > 0, ForAll(k, k >= 0, x(k) >= 0), ForAll(k, k >= 0, Ne(x(k), 0)), ForAll(k, k >= 0, Eq(x(k + 1), 2*x(k)))"
        " |- ~Tends(k, x(k), 0)",
    ),
    (
        lambda: contracts(
            x, HALF, t, 0, q, And(t >= 0, t <= 1),
            weaken(follows(And(t / 2 >= 0, t / 2 <= 1), t >= 0, t <= 1), s > 0),
            follows(Abs(t / 2) <= q * Abs(t), t >= 0, t <= 1, q >= S.Half),
        ),
        f"s > 0, q >= 1/2, x(0) >= 0, x(0) <= 1, {ORBIT} |- ForAll(k, k >= 0, Abs(x(k)) <= q**k*Abs(x(0)))",
    ),
    (
        lambda: contracts(
            x,
            MIDDLE,
            t,
            b,
            S.Half,
            S.true,
            evaluate(True),
            follows(Abs((t + b) / 2 - b) <= Abs(t - b) / 2),
        ),
        "ForAll(k, k >= 0, Eq(x(k + 1), b/2 + x(k)/2)) |- ForAll(k, k >= 0, Abs(b - x(k)) <= Abs(b - x(0))/2**k)",
    ),
    (
        lambda: repelled(x, Lambda(t, 2 * t - c), t, c, 1, S.true, follows(Abs(2 * t - 2 * c) > Abs(t - c), Ne(t, c), Abs(t - c) <= 1)),
        "ForAll(k, k >= 0, Ne(x(k), c)), ForAll(k, k >= 0, Eq(x(k + 1), -c + 2*x(k))) |- ~Tends(k, x(k), c)",
    ),
    (
        lambda: escapes(
            x, Lambda(t, 3 * t), t, t >= 1, q,
            weaken(follows(3 * t >= 1, t >= 1), s > 0),
            follows(Abs(3 * t) >= q * Abs(t), t >= 1, q > 1, q <= 3),
        ),
        "s > 0, q > 1, q <= 3, x(0) >= 1, ForAll(k, k >= 0, Eq(x(k + 1), 3*x(k))) |- Tends(k, Abs(x(k)), oo)",
    ),
    (
        lambda: image_tends(assume(Tends(k, x(k), c)), Lambda(t, t**2 + Abs(t))),
        "Tends(k, x(k), c) |- Tends(k, x(k)**2 + Abs(x(k)), c**2 + Abs(c))",
    ),
    (
        lambda: rename_orbit(assume(Tends(k, x(k), c)), k, weaken(assume(ForAll(k, k >= 0, Eq(x(k), y(k) + s))), s > 0)),
        "Tends(k, x(k), c), s > 0, ForAll(k, k >= 0, Eq(x(k), s + y(k))) |- Tends(k, s + y(k), c)",
    ),
    (
        lambda: lands(x, Lambda(t, t**2), c),
        "Eq(c**2, c), Exists(k, k >= 0, Eq(x(k), c)), ForAll(k, k >= 0, Eq(x(k + 1), x(k)**2)) |- Tends(k, x(k), c)",
    ),
    (lambda: unique_limit(assume(Tends(k, x(k), a)), assume(Tends(k, x(k), b))), "Tends(k, x(k), a), Tends(k, x(k), b) |- Eq(a, b)"),
    (lambda: modulus_to_zero(assume(Tends(k, Abs(x(k)), 0))), "Tends(k, Abs(x(k)), 0) |- Tends(k, x(k), 0)"),
    (
        lambda: odd_modulus(x, Lambda(t, -a * t**3), Lambda(t, a * t**3), t, follows(Eq(Abs(-a * t**3), a * t**3), t >= 0, a >= 0)),
        "a >= 0, ForAll(k, k >= 0, Eq(x(k + 1), -a*x(k)**3))"
        " |- ForAll(k, k >= 0, Eq(Abs(x(k + 1)), a*x(k)**2*Abs(x(k))))",
    ),
    (lambda: limit_is_fixed(x, HALF, assume(Tends(k, x(k), c))), f"Tends(k, x(k), c), {ORBIT} |- Eq(c/2, c)"),
    (
        lambda: limit_is_fixed(x, Lambda(t, t / 2 + sign(t - 1)), assume(Tends(k, x(k), c))),
        "Tends(k, x(k), c), Ne(c - 1, 0), ForAll(k, k >= 0, Eq(x(k + 1), x(k)/2 + sign(x(k) - 1))) |- Eq(c/2 + sign(c - 1), c)",
    ),
    (lambda: assume(recursion(x, HALF)), f"{ORBIT} |- {ORBIT}"),
    (lambda: assume(along(x, t > s, t)), "ForAll(k, k >= 0, x(k) > s) |- ForAll(k, k >= 0, x(k) > s)"),
]  # fmt: skip

CUBE = Lambda(t, t**3)
SQUARE = Lambda(t, a * t**2)

SAYINGS: dict[str, Case] = fact_tables.SAYINGS | {
    "cauchy-schwarz": (
        lambda: cite("cauchy-schwarz", A, B),
        " |- Trace(transpose(A)*B)**2 <= Trace(transpose(A)*A)*Trace(transpose(B)*B)",
    ),
    "norm-nonnegative": (lambda: cite("norm-nonnegative", X), " |- Trace(transpose(X)*X) >= 0"),
    "norm-definite": (lambda: cite("norm-definite", X), "Eq(Trace(transpose(X)*X), 0) |- Eq(X, 0)"),
    "submultiplicative": (
        lambda: cite("submultiplicative", A, B),
        " |- Trace(transpose(B)*transpose(A)*A*B) <= Trace(transpose(A)*A)*Trace(transpose(B)*B)",
    ),
    "am-gm": (
        lambda: cite("am-gm", f(j), j, n),
        "n >= 1, ForAll(j, (j >= 1) & (j <= n), f(j) >= 0) |- Sum(f(j), (j, 1, n)) >= n*Product(f(j), (j, 1, n))**(1/n)",
    ),
    "part-of-sum": (
        lambda: cite("part-of-sum", f(j), j, n, m, m + 1),
        "ForAll(j, (j >= 1) & (j <= n), f(j) >= 0), m >= 1, m <= n, m + 1 >= 1, m + 1 <= n |- Sum(f(j), (j, 1, n)) >= f(m) + f(m + 1)",
    ),
    "power-tangent": (lambda: cite("power-tangent", s, t, p), "s > 0, t > 0, p >= 1 |- s**p - t**p >= p*t**(p - 1)*(s - t)"),
    "power-increases": (lambda: cite("power-increases", s, t, p), "s > 0, s < t, p > 0 |- s**p < t**p"),
    "power-monotone": (lambda: cite("power-monotone", s, t, p), "s > 0, s <= t, p >= 0 |- s**p <= t**p"),
    "power-concave": (lambda: cite("power-concave", s, t, p), "s > 0, t > 0, p >= 0, p <= 1 |- s**p <= p*t**(p - 1)*(s - t) + t**p"),
    "power-of-power": (lambda: cite("power-of-power", s, p, q), "s > 0 |- Eq((s**p)**q, s**(p*q))"),
    "rayleigh": (lambda: cite("rayleigh", a, b, c), "RayleighTriple(a, b, c) |- a*c >= b"),
    "unstable-multiplier": (
        lambda: cite("unstable-multiplier", SQUARE, t, c),
        "Eq(a*c**2, c), 2*Abs(a*c) > 1 |- ~LyapunovStable(Lambda(t, a*t**2), c)",
    ),
    "stable-multiplier": (
        lambda: cite("stable-multiplier", SQUARE, t, c),
        "Eq(a*c**2, c), 2*Abs(a*c) < 1 |- LyapunovStable(Lambda(t, a*t**2), c)",
    ),
    "stable-flip": (
        lambda: cite("stable-flip", Lambda(t, a * t + b * t**3 + t**2), t, c),
        "Eq(a*c + b*c**3 + c**2, c), Eq(a + 3*b*c**2 + 2*c, -1), 12*b + 3*(6*b*c + 2)**2 > 0"
        " |- LyapunovStable(Lambda(t, a*t + b*t**3 + t**2), c)",
    ),
    "fermat": (lambda: cite("fermat", CUBE, t, c), "LocalMinimum(Lambda(t, t**3), c) |- Eq(3*c**2, 0)"),
    "second-order-necessary": (lambda: cite("second-order-necessary", CUBE, t, c), "LocalMinimum(Lambda(t, t**3), c) |- 6*c >= 0"),
    "second-order-sufficient": (
        lambda: cite("second-order-sufficient", CUBE, t, c),
        "Eq(3*c**2, 0), 6*c > 0 |- LocalMinimum(Lambda(t, t**3), c)",
    ),
    "unstable-minima-attract-null-sets": (
        lambda: cite("unstable-minima-attract-null-sets", ReachedByRegularSteps(a, A), Smoothness(b, A)),
        "ReachedByRegularSteps(a, A), Smoothness(b, A), a > 0 |- a*b <= 2",
    ),
    "unstable-solutions-attract-null-sets": (
        lambda: cite("unstable-solutions-attract-null-sets", ReachedAtRandom(a, A, b), Smoothness(c, A, b), NonsingularStep(a, b)),
        "ReachedAtRandom(a, A, b), Smoothness(c, A, b), NonsingularStep(a, b), a > 0 |- a*c <= 2",
    ),
    "minima-keep-the-largest": (
        lambda: cite("minima-keep-the-largest", LinearNetworkMinimum(Lambda(j, W(j)), n, A), V, a, b),
        "n >= 1, LinearNetworkMinimum(Lambda(j, W(j)), n, A), ForAll(j, (j >= 1) & (j <= n), Eq(V(j), W(j)*V(j - 1))), Eq(V(0), 1),"
        " SpectralNorm(a, V(n)), SpectralNorm(b, A) |- Eq(a, b)",
    ),
    "stable-equilibria-are-flat": (
        lambda: cite("stable-equilibria-are-flat", StableUnderDescent(a, A), Smoothness(b, A)),
        "StableUnderDescent(a, A), Smoothness(b, A), a > 0 |- a*b <= 2",
    ),
    "unstable-linearisation": (lambda: cite("unstable-linearisation", F, c, r), "SpectralRadius(F, c, r), r > 1 |- ~LyapunovStable(F, c)"),
    "stable-linearisation": (lambda: cite("stable-linearisation", F, c, r), "SpectralRadius(F, c, r), r < 1 |- LyapunovStable(F, c)"),
    "gradient-step-spectrum": (
        lambda: cite("gradient-step-spectrum", F, G, s, c, a, b),
        "GradientStep(F, G, s), HessianRange(G, c, a, b) |- SpectralRadius(F, c, Max(Abs(a*s - 1), Abs(b*s - 1)))",
    ),
    "multiplier-spectrum": (
        lambda: cite("multiplier-spectrum", SQUARE, t, c),
        "Eq(a*c**2, c) |- SpectralRadius(Lambda(t, a*t**2), c, 2*Abs(a*c))",
    ),
    "locally-linear": (
        lambda: cite("locally-linear", HALF, t, c, a, r),
        "r > 0, ForAll(t, Abs(c - t) <= r, Eq(t/2, a*(-c + t) + c)) |- SpectralRadius(Lambda(t, t/2), c, Abs(a))",
    ),
    "unstable-tangency": (
        lambda: cite("unstable-tangency", Lambda(t, a * t**2 + b * t), t, c),
        "Eq(a*c**2 + b*c, c), Eq(2*a*c + b, 1), Ne(2*a, 0) |- ~LyapunovStable(Lambda(t, a*t**2 + b*t), c)",
    ),
    "repelling-lands": (
        lambda: cite("repelling-lands", x, HALF, c, r),
        f"SpectralRadius(Lambda(t, t/2), c, r), r > 1, {ORBIT}, Tends(k, x(k), c) |- Exists(k, k >= 0, Eq(x(k), c))",
    ),
    "centre-stable-manifold": (
        lambda: cite("centre-stable-manifold", F, c, r),
        "SpectralRadius(F, c, r), r > 1, Nonsingular(F, c) |- NullBasin(F, c)",
    ),
    "attracting-basin": (lambda: cite("attracting-basin", F, c, r), "SpectralRadius(F, c, r), r < 1 |- ~NullBasin(F, c)"),
    "nonsingular-polynomial": (
        lambda: cite("nonsingular-polynomial", SQUARE, t, c),
        "Ne(2*a*c, 0) |- Nonsingular(Lambda(t, a*t**2), c)",
    ),
    "descent-is-stable": (
        lambda: cite("descent-is-stable", F, G, s, c, a, b),
        "GradientStep(F, G, s), AnalyticMinimum(G, c), HessianRange(G, c, a, b), s > 0, b*s < 2 |- LyapunovStable(F, c)",
    ),
    "interval-not-null": (
        lambda: cite("interval-not-null", HALF, c, s, a, b),
        "a < b, ForAll(s, (s >= a) & (s <= b), Tends(k, Iterate(Lambda(t, t/2), s, k), c)) |- ~NullBasin(Lambda(t, t/2), c)",
    ),
    "countable-preimages": (
        lambda: cite("countable-preimages", HALF, c),
        " |- Countable(Lambda(t, Exists(k, k >= 0, Eq(Iterate(Lambda(t, t/2), t, k), c))))",
    ),
    "countable-landings": (
        lambda: cite("countable-landings", HALF, c, t, s, (2 * s,)),
        "ForAll(s, True, ForAll(t, True, Implies(Eq(t/2, s), Eq(t, 2*s))))"
        " |- Countable(Lambda(t, Exists(k, k >= 0, Eq(Iterate(Lambda(t, t/2), t, k), c))))",
    ),
    "geometric-convergence": (
        lambda: cite("geometric-convergence", x, c, a, b),
        "a >= 0, a < 1, ForAll(k, k >= 0, Abs(c - x(k)) <= a**k*b) |- Tends(k, x(k), c)",
    ),
    "geometric-below-harmonic": (
        lambda: cite("geometric-below-harmonic", a, b),
        "a >= 0, a < 1 |- ~ForAll(k, k >= 0, 1/(k + 1) <= a**k*b)",
    ),
    "nearest-semidefinite": (
        lambda: cite("nearest-semidefinite", A, B, s, X),
        "NearestSemidefinite(A, B), Eq(B*X, s*X) |- Eq(A*X, Max(0, s)*X)",
    ),
    "stable-flow": (
        lambda: cite("stable-flow", Lambda(t, a * t + b * t**2), t, c),
        "Eq(a*c + b*c**2, 0), a + 2*b*c < 0 |- FlowStable(Lambda(t, a*t + b*t**2), c)",
    ),
    "same-derivative": (
        lambda: cite("same-derivative", f, y, t**2, t),
        "HasDerivative(f, y) |- (Implies(ForAll(t, True, Eq(f(t), t**2 + f(0))), ForAll(t, True, Eq(y(t), 2*t))))"
        " & (Implies(ForAll(t, True, Eq(y(t), 2*t)), ForAll(t, True, Eq(f(t), t**2 + f(0)))))",
    ),
}


@pytest.mark.parametrize(("build", "sentence"), [*LOGIC, *ALGEBRA, *ORBITS], ids=lambda v: v if isinstance(v, str) else "")
def test_what_a_rule_says(build: Callable[[], Theorem], sentence: str) -> None:
    assert repr(build()) == sentence


@pytest.mark.parametrize("name", sorted(FACTS))
def test_what_a_fact_says(name: str) -> None:
    build, sentence = SAYINGS[name]
    theorem = build()
    assert repr(theorem) == sentence and theorem.trusts == {f"fact:{name}"}


def test_every_step_names_its_premises_and_what_it_trusts() -> None:
    positive = follows(t > 0, t > 1)
    both = conjunction(positive, cite("norm-nonnegative", X))
    assert both.premises[0] is positive and len(both.lineage()) == 3
    assert both.lineage()[-1] is both and both.trusts == frozenset()
    assert both.rests_on == {"z3", "fact:norm-nonnegative"}
    assert identity(t + t, 2 * t).trusts == derivative(t**2, t).trusts == equal_words(A * B, A * B).trusts == {"sympy"}
    assert evaluate(Eq(sqrt(2) * sqrt(3), sqrt(6))).trusts == {"flint", "sympy"}
    assert by_meaning(Spoken(t), 3).trusts == {"meaning:Spoken"}


def test_a_rule_keeps_the_theorems_that_it_used() -> None:
    first, second = assume(Tends(k, x(k), a)), assume(Tends(k, x(k), b))
    assert unique_limit(first, second).premises == (first, second)
    equation = assume(Eq(A, B))
    assert combine_words(A, B, (1, equation, 1)).premises == (equation,)
    assert equal_words(A * C, B * C, equation).premises == (equation,)
    used = follows(t > 1, t > 2)
    assert follows(t > 0, using=(used,)).premises == (used,)


@pytest.mark.parametrize(
    "formula",
    [Exists(k, k > 0, Eq(k**2, 9)), ForAll(k, k >= 0, Eq((-1) ** (2 * k + 2), 1)), Eq(Derivative(t, t).doit() * s, s)],
    ids=str,
)
def test_true_formulas_are_evaluated(formula: Any) -> None:
    assert evaluate(formula).given == ()


def test_symbols_of_the_same_name_are_the_same() -> None:
    assert assume(Symbol("t", real=True) > 0).then == assume(t > 0).then
