"""What the engines decide: inequalities over the reals, balls, exact signs, normal forms, words of matrices; true and false inputs."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from flint import arb, ctx, fmpq
from sympy import (
    Abs,
    ComplexRootOf,
    Derivative,
    Eq,
    Function,
    Ge,
    I,
    Identity,
    ImmutableMatrix,
    Integer,
    MatrixSymbol,
    Max,
    Min,
    Ne,
    Or,
    Product,
    Rational,
    S,
    Sum,
    Symbol,
    acosh,
    atan,
    cos,
    exp,
    log,
    nan,
    oo,
    pi,
    sign,
    sin,
    sqrt,
    symbols,
    tanh,
    zoo,
)
from sympy.functions.elementary.complexes import transpose

from theory.proof import (
    And,
    Column,
    ColumnOf,
    ForAll,
    Implies,
    KernelError,
    Not,
    NotProved,
    Trace,
    assume,
    ball,
    derivative,
    equal_words,
    follows,
    identity,
    inner,
    instance,
    squared_norm,
)
from theory.proof.algebra import normal_form
from theory.proof.balls import is_exactly_zero
from theory.proof.balls import sign as exact_sign
from theory.proof.word_forms import normal_word
from theory.proof.word_values import evaluate_word, sample_words

p, q, r, s, t, u, v = symbols("p q r s t u v", real=True)
i, j, k, m, n = symbols("i j k m n", integer=True)
f, g = (Function(name, real=True) for name in "fg")
A, B, C, D = symbols("A B C D", commutative=False)
W, V = (Function(name, commutative=False) for name in "WV")
X, Y, Z = (Column(name) for name in "XYZ")

# conclusion, hypotheses: each follows, and with `Not` it does not
TRUE: list[tuple[Any, ...]] = [
    (t**2 + s**2 >= 2 * s * t,),
    (t**3 > t, t > 1),
    (t - s > 0, t > s),
    (s * t > 0, s < 0, t < 0),
    (t**-2 > 0, Ne(t, 0)),
    (1 / t < 1 / s, t > s, s > 0),
    (Eq(t**-3 * t**3 * s, s), t > 0),
    (sqrt(t) <= t, t >= 1),
    (Eq(sqrt(t) ** 3 * sqrt(t), t**2, evaluate=False), t >= 0),
    (1 / sqrt(t) <= 1, t >= 1),
    (t ** Rational(2, 3) >= 1, t >= 1),
    (Eq(t ** Rational(1, 3) * t ** Rational(2, 3), t, evaluate=False), t > 0),
    (t**p * t**q > 0, t > 0),
    (Eq(t ** (p + 1), t * t**p), t > 0),
    (Eq(t ** (p - 1) * t, t**p), t > 0),
    (Eq(t ** (p / 2) * t ** (p / 2), t**p, evaluate=False), t > 0),
    (Eq(t ** (2 * p - q) * t**q, t**p * t**p, evaluate=False), t > 0),
    (Eq(t ** (p + Rational(1, 2)), t**p * sqrt(t)), t > 0),
    (Eq(t**p, 0), Eq(t, 0), p > 0),
    (t**p >= 0, t >= 0, p > 0),
    (t ** (2 * k) >= 0, Ne(t, 0)),
    (Eq(t ** (2 * k), Abs(t) ** (2 * k)), Ne(t, 0)),
    (2**p > 0,),
    (Abs(t) >= t,),
    (Eq(Abs(t), -t), t < 0),
    (Abs(s + t) <= Abs(s) + Abs(t),),
    (Eq(sign(t) * Abs(t), t, evaluate=False),),
    (Eq(sign(t), -1), t < 0),
    (Eq(sign(t), 0), Eq(t, 0)),
    (Eq(sign(t), 1), t > 0),
    (Max(s, t, u) >= t,),
    (Or(Eq(Max(s, t), s), Eq(Max(s, t), t)),),
    (Min(s, t, u) <= u,),
    (Or(Eq(Min(s, t), s), Eq(Min(s, t), t)),),
    (Eq(Max(s, t) + Min(s, t), s + t),),
    (f(t) + 1 > f(t),),
    (f(t) > 2, f(t) > 3),
    (log(t) <= s, log(t) < s, t > 0),
    (ForAll(k, k > 0, f(k) > 0), ForAll(k, k > 0, f(k) > 0)),
    (s > 0, Implies(ForAll(k, k > 0, f(k) > 0), s > 0), ForAll(k, k > 0, f(k) > 0)),
    (Implies(t > 1, t > 0),),
    (Implies(Or(t > 1, t < -1), t**2 > 1),),
    (Not(And(t > 0, t < s), evaluate=False), s < 0),
    (S.true,),
    (s > t, S.false),
    (Eq(A * B, C), Eq(A * B, C)),
    (Trace(A) >= 0, Trace(A) > 1),
    (Sum(f(j), (j, 1, n)) ** 2 >= 0,),
    (Sum(1 / f(j), (j, 1, n)) ** 2 >= 0, ForAll(j, And(j >= 1, j <= n), Ne(f(j), 0)), n >= 0),
]


@pytest.mark.parametrize("case", TRUE, ids=str)
def test_what_follows(case: tuple[Any, ...]) -> None:
    theorem = follows(case[0], *case[1:])
    assert (theorem.then, theorem.given) == (case[0], tuple(h for h in case[1:] if h is not S.true))


FALSE: list[tuple[Any, ...]] = [
    (Ge(t**p, t**p, evaluate=False),),  # is it a number at all?
    (Ge(t**p, t**p, evaluate=False), t >= 0),
    (Ge(t**k, t**k, evaluate=False), t >= 0),
    (Ge(t ** (2 * k), t ** (2 * k), evaluate=False),),
    (Ge(sqrt(t), sqrt(t), evaluate=False),),
    (Ge(1 / t, 1 / t, evaluate=False),),
    (t**2 + s**2 >= 3 * s * t,),
    (t**3 > t, t > 0),
    (t**-2 > 0,),
    (1 / t < 1 / s, t > s),
    (Eq(t**-3, 1 / t), t > 0),
    (sqrt(t) <= t, t >= 0),
    (Eq(sqrt(t) ** 3, t), t >= 0),
    (t ** Rational(2, 3) >= t, t >= 1),
    (t**p > t**q, t > 0, p > q),
    (Eq(t ** (p + 1), t**p), t > 0),
    (Eq(t ** (p + 1), t * t**p),),
    (t**p >= 0, t >= 0),
    (t**p >= 0, t > -1, p > 0),
    (Eq(t**p, 1), Eq(t, 0), p > 0),
    (t ** (2 * k) > 0,),
    (t ** (2 * k + 1) > 0, Ne(t, 0)),
    (Abs(t) <= t,),
    (Eq(Abs(t), -t), t > 0),
    (Eq(sign(t), 1), t >= 0),
    (Eq(sign(t), -1), t <= 0),
    (Max(s, t, u) <= t,),
    (Min(s, t, u) >= u,),
    (f(t) > f(s), t > s),
    (log(t) <= s, log(t) < s),
    (s > 0, Implies(t > 0, s > 0)),
    (Implies(t > 0, t > 1),),
    (And(t > 0, s > 0), Or(t > 0, s > 0)),
    (ForAll(k, k > 0, f(k) > 1), ForAll(k, k > 0, f(k) > 0)),
    (S.false,),
    (S.false, t > 0),
    (Eq(A * B, B * A),),
    (Ne(A, B),),
    (Sum(1 / f(j), (j, 1, n)) ** 2 >= 0, n >= 0),
    (Eq(t**p * s**p, 1), t > 0, s > 0, Eq(s * t, 1)),
]


@pytest.mark.parametrize("case", FALSE, ids=str)
def test_what_does_not_follow(case: tuple[Any, ...]) -> None:
    with pytest.raises(NotProved):
        follows(case[0], *case[1:])


def test_the_largest_power_that_is_written_out() -> None:
    assert follows(t**40 >= 0).given == () and follows(t**-40 > 0, Ne(t, 0)).given == (Ne(t, 0),)
    for power in (41, -41):
        with pytest.raises(NotProved, match="name it by a symbol"):
            follows(Eq(t**power, t**power, evaluate=False), Ne(t, 0))


def test_using_takes_theorems_with_their_hypotheses() -> None:
    helped = follows(t > 0, s > 5, using=(follows(t > 1, t > 2),))
    assert helped.given == (s > 5, t > 2)
    with pytest.raises(KernelError):
        follows(t > 0, using=(t > 1,))  # type: ignore[arg-type]


# Balls and exact signs

VALUES: list[tuple[Any, arb]] = [
    (Integer(-3), arb(-3)),
    (Rational(22, 7), arb(fmpq(22, 7))),
    (sqrt(2) + 1, arb(2).sqrt() + 1),
    (3 * sqrt(2), 3 * arb(2).sqrt()),
    (2 ** Rational(-3, 2), 1 / arb(8).sqrt()),
    (5 ** Rational(1, 3), (arb(5).log() / 3).exp()),
    (pi**2, arb.pi() ** 2),
    (exp(1), arb(1).exp()),
    (exp(-2) + log(3) - sin(1) * cos(2), arb(-2).exp() + arb(3).log() - arb(1).sin() * arb(2).cos()),
    (tanh(1) + acosh(2), arb(1).tanh() + arb(2).acosh()),
    (atan(1) + atan(-2), arb.pi() / 4 - arb(2).atan()),
    (Abs(sin(4), evaluate=False), -arb(4).sin()),
    (Max(log(2), log(3), -2, evaluate=False), arb(3).log()),
    (Max(log(3), log(2), evaluate=False), arb(3).log()),
    (Min(log(2), log(3), 5, evaluate=False), arb(2).log()),
    (Min(log(3), log(2), evaluate=False), arb(2).log()),
    (ComplexRootOf(Symbol("x") ** 5 - Symbol("x") - 1, 0), None),
]


@pytest.mark.parametrize(("expr", "value"), VALUES, ids=str)
def test_a_ball_holds_the_value(expr: Any, value: arb | None) -> None:
    found = ball(expr)
    exact = Fraction(str(expr.evalf(50)))
    assert arb(fmpq(exact.numerator, exact.denominator), fmpq(1, 10**40)).overlaps(found)
    assert value is None or found.overlaps(value)
    assert found.rad() < arb(2) ** -100  # 128 bits, less a few lost to each operation


def test_more_bits_give_a_smaller_ball_and_leave_the_precision_alone() -> None:
    before = ctx.prec
    root = ComplexRootOf(Symbol("x") ** 3 - Symbol("x") - 1, 0)
    for expr in (sqrt(2), root):
        assert ball(expr, 512).rad() < arb(2) ** -480 < ball(expr, 64).rad()
    with pytest.raises(NotProved):
        ball(t, 512)
    assert ctx.prec == before


SIGNS: list[tuple[Any, int]] = [
    (Integer(0), 0),
    (Integer(7), 1),
    (Rational(-1, 3), -1),
    (sqrt(2) - Rational(141, 100), 1),
    (sqrt(2) - Rational(142, 100), -1),
    (oo, 1),
    (-oo, -1),
    (sqrt(2) + sqrt(3) - sqrt(5 + 2 * sqrt(6)), 0),
    (pi - Rational(355, 113), -1),
    (log(2) + log(3) - log(6) + Rational(1, 2**100), 1),  # 64 bits are too few
    (1 / (log(2) + log(3) - log(6) - Rational(1, 2**100)), -1),  # not finite at 64 bits
    (sin(10) + Rational(1, 2), -1),
]


@pytest.mark.parametrize(("expr", "expected"), SIGNS, ids=str)
def test_an_exact_sign(expr: Any, expected: int) -> None:
    assert exact_sign(expr) == expected


HIDDEN_ZERO = log(2) + log(3) - log(6)
ABOVE_ZERO = Abs(HIDDEN_ZERO, evaluate=False)


@pytest.mark.parametrize(
    "expr",
    [
        nan,
        zoo,
        t,
        sin(0, evaluate=False),
        HIDDEN_ZERO,
        ABOVE_ZERO,
        -ABOVE_ZERO,
        1 / HIDDEN_ZERO,
        sqrt(1 - sqrt(2)),
        log(1 - sqrt(2)),
        (1 - sqrt(2)) ** pi,
    ],
    ids=str,
)
def test_a_sign_that_is_not_settled(expr: Any) -> None:
    with pytest.raises(NotProved):
        exact_sign(expr)


@pytest.mark.parametrize(
    "expr", [(1 - sqrt(2)) ** Rational(1, 3), ComplexRootOf(Symbol("x") ** 5 - Symbol("x") - 1, 1), f(t), I, Sum(j, (j, 1, n))], ids=str
)
def test_no_ball(expr: Any) -> None:
    with pytest.raises(NotProved):
        ball(expr)


def test_zero_by_the_minimal_polynomial() -> None:
    assert is_exactly_zero(sqrt(2) * sqrt(3) - sqrt(6) + sqrt(5 + 2 * sqrt(6)) - sqrt(2) - sqrt(3))
    assert not is_exactly_zero(sqrt(2) - Rational(3, 2)) and not is_exactly_zero(sqrt(2))
    with pytest.raises(NotProved):
        is_exactly_zero(exp(1) - pi)


# Identities and normal forms

EQUAL: list[tuple[Any, Any]] = [
    ((s + t) ** 3, s**3 + 3 * s**2 * t + 3 * s * t**2 + t**3),
    (1 / (s - t) - 1 / (s + t), 2 * t / (s**2 - t**2)),
    (t ** (2 * p) * t**-p, t**p),
    (t ** (p / 2 + 1), t * t ** (p / 2)),
    ((t**p + 1) ** 2, t ** (2 * p) + 2 * t**p + 1),
    (2 ** (p + 1), 2 * 2**p),
    ((t ** (p + q) - t**p) / t**p, t**q - 1),
    (Sum(f(j) + g(j), (j, 1, n)), Sum(f(j), (j, 1, n)) + Sum(g(i), (i, 1, n))),
    (Sum(f(j), (j, 1, n + 2)), Sum(f(j), (j, 1, n)) + f(n + 1) + f(n + 2)),
    (t * Sum(f(j), (j, m, n)), Sum(t * f(j), (j, m, n))),
    (Sum(f(j), (j, m, m - 1)), S.Zero),
    (log(t) * (1 + s), log(t) + s * log(t)),
    (MatrixSymbol("P", n, m) * Identity(m) + MatrixSymbol("P", n, m), 2 * MatrixSymbol("P", n, m)),
]


@pytest.mark.parametrize(("left", "right"), EQUAL, ids=str)
def test_an_identity(left: Any, right: Any) -> None:
    assert identity(left, right).then == Eq(left, right, evaluate=False)


UNEQUAL: list[tuple[Any, Any]] = [
    ((s + t) ** 3, s**3 + t**3),
    (1 / (s - t), 1 / s - 1 / t),
    (t**p * t**p, t ** (p + 2)),
    (t ** (p / 2), t**p / 2),
    (2**p * 3**p, 5**p),
    (Sum(f(j), (j, 1, n + 1)), Sum(f(j), (j, 1, n)) + f(n)),
    (Sum(f(j), (j, 1, n)), Sum(f(j), (j, 0, n))),
    (Sum(f(j), (j, 1, n)) ** 2, Sum(f(j) ** 2, (j, 1, n))),
    (Sum(f(j), (j, m, m - 2)), S.Zero),
    (sqrt(t**2), t),
    (MatrixSymbol("P", n, n) * MatrixSymbol("Q", n, n), MatrixSymbol("Q", n, n) * MatrixSymbol("P", n, n)),
]


@pytest.mark.parametrize(("left", "right"), UNEQUAL, ids=str)
def test_no_identity(left: Any, right: Any) -> None:
    with pytest.raises(NotProved):
        identity(left, right)


def test_the_second_route_passes_over_points_at_which_a_condition_says_nothing() -> None:
    """1 + s/t != 0 is neither true nor false at t = 0, which is drawn sooner or later."""
    for shift in range(40):
        found = identity((q + shift) ** 2 / (1 + s / t), (q**2 + 2 * shift * q + shift**2) / (1 + s / t))
        assert set(found.given) == {Ne(t, 0), Ne(1 + s / t, 0)}


def test_the_second_route_would_notice_a_wrong_normal_form(monkeypatch: pytest.MonkeyPatch) -> None:
    import theory.proof.algebra as algebra

    monkeypatch.setattr(algebra, "normal_form", lambda _: S.Zero)
    for left, right in ((t, t + Rational(1, 10**6)), (sqrt(t), t), (k, k + 1), (2**p, p), (A * B, B * A), (1 / t, 1 / t**2)):
        with pytest.raises(NotProved, match="fails"):
            identity(left, right)


@pytest.mark.parametrize(
    ("function", "variable", "order"),
    [
        (t**2, k, 1),
        (k**2, k, 1),
        (t**2, t, 0),
        (t**2, t, -1),
        (t**2, t, 1.0),
        (f(t), t, 1),
        (Max(t, 0), t, 1),
        (Sum(t**j, (j, 1, n)), t, 1),
        (t**2, 2 * t, 1),
    ],
    ids=str,
)
def test_no_derivative(function: Any, variable: Any, order: Any) -> None:
    with pytest.raises(NotProved):
        derivative(function, variable, order)


SLOPES: list[tuple[Any, Any]] = [
    (s * t**2 + 1, 2 * s * t),
    (Abs(t), sign(t)),
    (t * sign(s), sign(s)),
    (exp(2 * t), 2 * exp(2 * t)),
    (log(t), 1 / t),
    (sin(t), cos(t)),
    (cos(t), -sin(t)),
    (tanh(t), 1 - tanh(t) ** 2),
    (atan(t), 1 / (1 + t**2)),
    (Trace(t**2 * transpose(A)), 2 * t * Trace(A)),
    (f(s) * t, f(s)),
]


@pytest.mark.parametrize(("function", "slope"), SLOPES, ids=str)
def test_a_derivative(function: Any, slope: Any) -> None:
    assert derivative(function, t, value=slope).then == Eq(Derivative(function, t), slope, evaluate=False)
    with pytest.raises(NotProved):
        derivative(function, t, value=slope + 1)


# Words of matrices

WORDS_EQUAL: list[tuple[Any, Any]] = [
    (A * (B + C), A * B + A * C),
    (transpose(A * B), transpose(B) * transpose(A)),
    (transpose(A + 2 * B), transpose(A) + 2 * transpose(B)),
    ((A + B) ** 2, A**2 + A * B + B * A + B**2),
    (Trace(A * B * C), Trace(B * C * A)),
    (Trace(A * B), Trace(transpose(B) * transpose(A))),
    (Trace(A + t * B), Trace(A) + t * Trace(B)),
    (Trace(X * transpose(Y)), Trace(Y * transpose(X))),
    (
        Trace(A * X * transpose(Y) * B * Z * transpose(X)),
        Trace(A * X * transpose(X)) * Trace(B * Z * transpose(Y)),
    ),
    (inner(A, B), inner(B, A)),
    (squared_norm(A + B), squared_norm(A) + 2 * inner(A, B) + squared_norm(B)),
    (squared_norm(A - t * B), squared_norm(A) - 2 * t * inner(A, B) + t**2 * squared_norm(B)),
    (Trace(A) ** 2 * 2, 2 * Trace(transpose(A)) ** 2),
    (Sum(A * W(j), (j, 1, n)), A * Sum(W(i), (i, 1, n))),
    (Sum(W(j), (j, 1, n)) * A, Sum(W(j) * A, (j, 1, n))),
    (t * Sum(Trace(W(j)), (j, 1, n)), Sum(t * Trace(transpose(W(j))), (j, 1, n))),
    (Trace(A * Sum(W(j), (j, 1, n))), Sum(Trace(W(j) * A), (j, 1, n))),
    (Sum(W(j), (j, 1, n + 1)), Sum(W(j), (j, 1, n)) + W(n + 1)),
    (Sum(W(j) - W(j), (j, 1, n)), S.Zero),
    (
        Trace(ColumnOf(A, j) * transpose(X) * B * ColumnOf(A, j) * transpose(Y)),
        Trace(B * ColumnOf(A, j) * transpose(X)) * inner(Y, ColumnOf(A, j)),
    ),
    (Trace(A * 0), S.Zero),
]


@pytest.mark.parametrize(("left", "right"), WORDS_EQUAL, ids=str)
def test_equal_words(left: Any, right: Any) -> None:
    assert equal_words(left, right).then == Eq(left, right, evaluate=False)


WORDS_UNEQUAL: list[tuple[Any, Any]] = [
    (inner(X, A * Y), inner(X, B * Y)),
    (inner(X, A * B * Y), inner(X, A * Y)),
    (transpose(A + B), transpose(A) + B),
    (Trace(A * B * C), Trace(A * C * B)),
    (Trace(A * A), Trace(A) ** 2),
    (Trace(A * transpose(B)), Trace(A * B)),
    (inner(X, Y) ** 2, squared_norm(X) * squared_norm(Y)),
    (Trace(X * transpose(X) * Y * transpose(Y)), squared_norm(X) * squared_norm(Y)),
    (squared_norm(A - B), squared_norm(A) - squared_norm(B)),
    (Sum(A * W(j), (j, 1, n)), Sum(W(j), (j, 1, n)) * A),
    (Sum(W(j), (j, 1, n + 1)), Sum(W(j), (j, 1, n)) + W(n)),
    (Sum(W(j), (j, 0, n)), Sum(W(j), (j, 1, n))),
    (Trace(ColumnOf(A, 1) * transpose(X)), Trace(ColumnOf(A, 2) * transpose(X))),
    (Trace(A), Trace(2 * A)),
]


@pytest.mark.parametrize(("left", "right"), WORDS_UNEQUAL, ids=str)
def test_unequal_words(left: Any, right: Any) -> None:
    with pytest.raises(NotProved):
        equal_words(left, right)
    with pytest.raises(NotProved):
        equal_words(left, right, assume(Eq(D * D, D)))  # with an equation there is no second route


@pytest.mark.parametrize(
    "expr",
    [Trace(S.One), Trace(X), Trace(X * A), Trace(X * Y), Sum(W(i), (i, 1, n), (n, 1, m)), Sum(W(i), (i, 1, n)) * Sum(V(j), (j, 1, n))],
    ids=str,
)
def test_a_word_without_a_normal_form(expr: Any) -> None:
    with pytest.raises(NotProved):
        normal_word(expr)


def test_equations_of_words_work_inside_words_and_transposed() -> None:
    inverse, shift = assume(Eq(A * B, 1)), assume(Eq(A * X, t * Y))
    assert equal_words(C * A * B * D, C * D, inverse).given == (Eq(A * B, 1),)
    assert equal_words(C * transpose(B) * transpose(A), C, inverse).given == (Eq(A * B, 1),)
    assert equal_words(Trace(C * A * B), Trace(C), inverse)
    assert equal_words(Trace(A * X * transpose(Z)), t * inner(Y, Z), shift)
    assert equal_words(Trace(Z * transpose(X) * transpose(A)), t * inner(Y, Z), shift)
    assert equal_words(inner(X, A * X), 5, assume(Eq(transpose(X) * A * X, 5)))
    assert equal_words(Trace(A * B * C), 0, assume(Eq(A * B, 0)))
    for left, right, equation in (
        (B * A, S.One, inverse),
        (Trace(A * B), Trace(B), inverse),
        (A * C * B, C, inverse),
        (A * Y, t * X, shift),
    ):
        with pytest.raises(NotProved):
            equal_words(left, right, equation)
    for equation in (assume(Eq(A + B, C)), assume(t > 0), assume(Eq(t, s)), assume(Eq(t * A, B))):
        with pytest.raises(NotProved):
            equal_words(A, A, equation)


@pytest.mark.parametrize(
    "value", [A, 2, transpose(X), X * transpose(Y), X + A, transpose(X) * Y, A * X * Y, transpose(X) * Y * Z, S.Zero, X + 1], ids=str
)
def test_no_value_for_a_column(value: Any) -> None:
    with pytest.raises((KernelError, NotProved, ValueError)):
        instance(assume(Eq(squared_norm(X), t)), {X: value})


@pytest.mark.parametrize("value", [Y, A * Y, 2 * Y - A * B * Z, A * Y * transpose(Z) * B * Y, ColumnOf(A, j)], ids=str)
def test_a_value_for_a_column(value: Any) -> None:
    assert instance(assume(Eq(squared_norm(X), t)), {X: value}).then == Eq(squared_norm(value), t)


ONE = ImmutableMatrix([[1, 2], [3, 4]])
TWO = ImmutableMatrix([[0, 1], [1, 1]])
EX = ImmutableMatrix([[1], [2]])
LETTERS = {A: ONE, B: TWO, X: EX, W(1): ONE, W(2): TWO}


@pytest.mark.parametrize(
    ("word", "value"),
    [
        (A * B, ONE * TWO),
        (A + 2, ImmutableMatrix([[3, 2], [3, 6]])),
        (2 - A, ImmutableMatrix([[1, -2], [-3, -2]])),
        (A**2 - B, ONE**2 - TWO),
        (transpose(A) * 3, 3 * ONE.T),
        (Trace(A), 5),
        (Trace(A) ** 2 / 5, 5),
        (Trace(X * transpose(X)), 5),
        (transpose(X) * A * X, ImmutableMatrix([[27]])),
        (ColumnOf(A, Integer(1)), ImmutableMatrix([[1], [3]])),
        (ColumnOf(A, Integer(2)), ImmutableMatrix([[2], [4]])),
        (Sum(W(j), (j, 1, 2)), ONE + TWO),
        (Sum(Trace(W(j)) * j, (j, 1, 2)), 7),
        (Sum(Trace(W(j)), (j, 1, 0)), 0),
        (Sum(Trace(W(j)), (j, 2, 2)), 1),
        (Sum(Sum(W(k) * W(j), (k, 1, j)), (j, 1, 2)), ONE * ONE + ONE * TWO + TWO * TWO),
        (Sum(Sum(W(k), (k, 1, j - 1)), (j, 1, 2)), ONE),
    ],
    ids=str,
)
def test_the_value_of_a_word(word: Any, value: Any) -> None:
    assert evaluate_word(word, LETTERS) == value


@pytest.mark.parametrize(
    "word",
    [
        C,
        A * X * X,
        A + X,
        X + 1,
        Trace(S(2)),
        ColumnOf(A, Integer(0)),
        ColumnOf(A, Integer(3)),
        Sum(W(j), (j, 1, 3)),
        Sum(W(j), (j, 2, 0)),
        log(Trace(A)),
    ],
    ids=str,
)
def test_a_word_without_a_value(word: Any) -> None:
    with pytest.raises((NotProved, ValueError)):
        evaluate_word(word, LETTERS)


def test_random_matrices_tell_words_apart() -> None:
    sample_words(A * B, A * B)
    sample_words(Sum(W(j), (j, 1, n)), Sum(W(i), (i, 1, n)))
    for left, right in ((A * B, B * A), (Trace(A * B * C), Trace(A * C * B)), (A, 2 * A), (Trace(A), S.Zero), (W(1), W(2)), (A * X, A * Y)):
        with pytest.raises(NotProved):
            sample_words(left, right)


def test_a_draw_that_divides_by_zero_is_drawn_again() -> None:
    for seed in range(20):  # of the integers 2, 3, 4 a third are equal
        sample_words(A * B / (m - n), A * B / (m - n), seed)
        with pytest.raises(NotProved, match="fails on random matrices"):
            sample_words(A * B / (m - n), B * A / (m - n), seed)
    nowhere = A / (Trace(B * C) - Trace(C * B))
    with pytest.raises(NotProved, match="divides by 0 wherever"):
        sample_words(nowhere, nowhere * 2)


def test_a_trace_and_a_column_take_what_they_are_made_of() -> None:
    assert Trace(0) is S.Zero and Trace(A).is_real and squared_norm(X) == Trace(transpose(X) * X)
    assert Trace(t**2 * A).diff(t) == Trace(2 * t * A)
    for matrix, index in ((t, Integer(1)), (A, t), (A, S.Half)):
        with pytest.raises(ValueError):
            ColumnOf(matrix, index)
    assert normal_form(Product(f(j), (j, 1, n)) - Product(f(j), (j, 1, n))) is S.Zero
