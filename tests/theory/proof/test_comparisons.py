"""Numbers as SymPy compares them, once the kernel is loaded: against balls of many bits; and what it took for true before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import (
    Abs,
    Add,
    Eq,
    Float,
    Integer,
    Lambda,
    Min,
    Mul,
    Ne,
    NumberSymbol,
    Product,
    Rational,
    S,
    acosh,
    atan,
    cosh,
    exp,
    log,
    sign,
    sinh,
    sqrt,
    symbols,
    tanh,
)
from sympy.core.function import AppliedUndef, Function, UndefinedFunction

from theory.proof import ForAll, NotProved, assume, ball, empty_product, follows, induction, instance, rewrite, specialize
from theory.proof.comparisons import _as_sympy_came

j, n = symbols("j n", integer=True)
t, x, y = symbols("t x y", real=True)
f, g = (Function(name, real=True) for name in "fg")
TINY = Rational(1, 10**14)
CANCELLED = sqrt(Integer(10) ** 400 + 1) - Integer(10) ** 200  # 5e-201: all digits of a short evaluation cancel

numbers = st.one_of(
    st.integers(-9, 9).map(Integer),
    st.integers(1, 40).map(lambda k: 1 + Rational(1, 10**k)),
    st.integers(1, 40).map(lambda k: Integer(10) ** -k),
    st.integers(-300, 300).map(exp),
)
HEADS: tuple[Callable[[Any], Any], ...] = (
    lambda e: log(1 + Abs(e)),
    lambda e: acosh(1 + Abs(e)),
    atan,
    tanh,
    sinh,
    cosh,
    lambda e: sqrt(Abs(e)),
)


@given(numbers, numbers, st.sampled_from(HEADS), st.sampled_from(HEADS), st.sampled_from((Add, Mul, Min)))
def test_what_is_compared_is_compared_rightly(one: Any, other: Any, outer: Any, inner: Any, join: Any) -> None:
    left, right = outer(join(one, inner(other))), inner(one)
    gap = ball(left - right, 6000)
    for relation, holds in ((left <= right, gap < 0), (left >= right, gap > 0), (Ne(left, right), gap < 0 or gap > 0)):
        if gap < 0 or gap > 0:
            assert relation not in (S.true, S.false) or (relation is S.true) is bool(holds)


@pytest.mark.parametrize(
    ("relation", "wrong"),
    [
        (lambda: log(1 + TINY) <= 0, S.true),
        (lambda: Eq(log(1 + TINY), 0), S.true),
        (lambda: atan(CANCELLED) > 0, S.false),
        (lambda: acosh(1 + TINY**3) <= log(1 + TINY**2), S.true),
        (lambda: Eq(Product(0, (j, 1, n)), 0), S.true),
    ],
)
def test_what_was_wrong(relation: Callable[[], Any], wrong: Any) -> None:
    assert relation() is not wrong


def test_zero_in_disguise_is_neither_positive_nor_negative() -> None:
    hidden = sqrt(2) * sqrt(3 + 2 * sqrt(2)) - sqrt(2) - 2
    assert S.true not in (hidden > 0, hidden < 0)


def test_a_false_hypothesis_about_a_logarithm_is_not_lost() -> None:
    """With ln t > 0 for t > 1, log(1 + 10**-14) <= 0 is false; it was found true, and dropped."""
    positive = ForAll(t, t > 1, log(t) > 0)
    clash = follows(S.false, log(x) <= 0, using=(specialize(assume(positive), x),))
    with pytest.raises(NotProved):
        instance(clash, {x: 1 + TINY})


def test_a_product_of_zeros_without_a_factor_is_one() -> None:
    """From "the product is 0" and "without factors it is 1" nothing follows: g(1) = g(0) did, for every g."""
    product = Product(f(j), (j, 1, n))
    zero = rewrite(assume(Eq(y, g(product))), assume(Eq(product, 0)))
    of_zeros = instance(zero, {f: Lambda(j, Integer(0))})
    assert len(of_zeros.given) == len(zero.given)
    with pytest.raises(NotProved):
        instance(of_zeros, {n: Integer(0)})
    assert empty_product(Product(Integer(0), (j, 1, 0))).then == Eq(Product(Integer(0), (j, 1, 0)), 1, evaluate=False)
    assert Product(x, (j, 1, 0)).is_extended_nonpositive is not True


class _Positive(AppliedUndef):
    is_extended_positive = True


@pytest.mark.parametrize(
    "impostor",
    [
        UndefinedFunction("f", bases=(_Positive,), real=True),
        UndefinedFunction("f", __dict__={"_eval_is_extended_positive": lambda _: True}, real=True),
    ],
    ids=["its base", "a method"],
)
def test_a_function_with_rules_is_no_word_and_no_other(impostor: Any) -> None:
    assert impostor != f and _as_sympy_came[2](impostor, f)
    with pytest.raises(ValueError, match="no word"):
        assume(Eq(impostor(x), y))
    negative = specialize(assume(ForAll(t, t >= 0, f(t) < 0)), x)
    clash = follows(S.false, f(x) > 0, using=(negative,))
    impostor(y)  # SymPy remembers it, and took it for f(y)
    sign(impostor(y))
    assert (f(y) > 0) in instance(clash, {x: y}).given and sign(f(y)) != 1


def test_an_arctangent_of_an_integer_may_be_0() -> None:
    """That atan(n) is not 0 was found true, and dropped; with n = 0 anything followed."""
    clash = follows(S.false, Ne(atan(x), y), Eq(atan(x), t), Eq(y, t))
    at_integers = instance(clash, {x: n, y: Integer(0)})
    assert len(at_integers.given) == len(clash.given)
    with pytest.raises(NotProved):
        instance(at_integers, {n: Integer(0), t: Integer(0)})


def test_an_even_number_over_six_may_be_no_integer() -> None:
    """(8 - 2 n)^2/6 was found to be an integer for every n, and so n^2 - n >= 0 to hold for 2/3."""
    claim = n**2 - n >= 0
    always = induction(follows(claim.subs(n, 0)), follows(claim.subs(n, n + 1), claim, n >= 0), n, 0)
    with pytest.raises(NotProved, match="is not known to be"):
        specialize(always, (8 - 2 * j) ** 2 / 6)


@given(st.integers(1, 3), st.integers(1, 12), st.integers(1, 3), st.sampled_from([8 - 2 * n, 2 * n, 2 * n + 1, n, 3 * n - 6]))
def test_a_fraction_times_integers_is_an_integer_only_if_it_always_is(above: int, below: int, power: int, base: Any) -> None:
    product = Rational(above, below) * base**power * (2 * j + 1)
    values = [product.subs({n: a, j: b}) for a in range(-6, 13) for b in range(3)]
    if product.is_integer is not None:
        assert {value.is_integer for value in values} == {product.is_integer}
    if product.is_zero is not None:
        assert {value.is_zero for value in values} == {product.is_zero}


HEADS_OF_LETTERS = (
    *HEADS,
    exp,
    log,
    sign,
    Abs,
    lambda e: e**n,
    lambda e: 2**e,
    lambda e: 1 / e,
    lambda e: (2 * e + 1) / 2,
    lambda e: e * sqrt(2),
)
SAYS = ("rational", "integer", "zero", "positive", "negative", "nonnegative", "nonpositive", "even", "odd")


@pytest.mark.parametrize("letter", [j, x], ids=["an integer", "a real number"])
@pytest.mark.parametrize("head", HEADS_OF_LETTERS)
def test_what_is_said_of_letters_holds_of_numbers(head: Callable[[Any], Any], letter: Any) -> None:
    """SymPy draws conclusions from the sorts of letters: they must hold for every number that is put in."""
    term = head(letter)
    said = {name: getattr(term, f"is_{name}") for name in SAYS}
    for number in range(-3, 4):
        for power in range(-2, 3):
            value = term.subs({letter: number, n: power}, simultaneous=True)
            if value.is_real is not True:
                continue
            for name, claimed in said.items():
                assert claimed is None or getattr(value, f"is_{name}") in (claimed, None), (term, name, number)


class _Positive5(NumberSymbol):
    """-5, which says that it is positive."""

    is_real = is_positive = True

    def _as_mpf_val(self, prec: int) -> Any:
        return Float(-5, prec)._mpf_


def test_a_number_of_ones_own_is_no_word() -> None:
    for relation in (assume, lambda r: instance(assume(x > y), {x: r.rhs})):
        with pytest.raises(ValueError, match="no word"):
            relation(Eq(y, _Positive5()))
