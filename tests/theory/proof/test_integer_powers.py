"""Powers with an integer exponent: real for every base but 0, and for 0 where the exponent is not negative; equal bases combine."""

from hypothesis import given
from hypothesis import strategies as st
from sympy import Eq, Function, Integer, Ne, Or, Rational, Symbol, symbols

from theory.proof import Column, assume, equal_words, follows
from theory.proof.language import conditions

k, m, n = symbols("k m n", integer=True)
t, p = symbols("t p", real=True)
w = Function("w", real=True)
A = Symbol("A", commutative=False)
v = Column("v")


def test_what_a_power_with_an_integer_exponent_needs():
    assert conditions(w(k) ** n) == (Or(Ne(w(k), 0), n >= 0),)
    assert conditions(t ** (2 * n)) == (Or(Ne(t, 0), 2 * n >= 0),)
    assert conditions(t**p) == (Or(t > 0, (t >= 0) & (p > 0)),)  # a real exponent needs a base that is not negative


@given(st.integers(-3, 3), st.integers(-4, 4), st.integers(-4, 4))
def test_the_condition_is_exactly_that_the_powers_are_numbers_and_multiply(base, first, second):
    allowed = all((base != 0) or e >= 0 for e in (first, second))
    numbers = [Integer(base) ** e for e in (first, second)]
    assert all(x.is_finite for x in numbers) == allowed
    if allowed:
        assert numbers[0] * numbers[1] == Integer(base) ** (first + second) and isinstance(numbers[0], (Rational, Integer))


def test_powers_of_one_number_combine_in_words():
    growth = equal_words(w(k) ** m * A * v * w(k), w(k) ** (m + n) * v, assume(Eq(A * v, w(k) ** (n - 1) * v)))
    assert Or(Ne(w(k), 0), m >= 0) in growth.given


def test_inequalities_know_the_powers_of_zero():
    assert follows(Eq(t**n, 1), Eq(t, 0), Eq(n, 0)).given
    assert follows(Eq(t**n, 0), Eq(t, 0), n >= 1).given
    assert follows(t**n >= 0, t >= 0, n >= 0).given
