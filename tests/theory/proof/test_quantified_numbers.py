"""Quantifiers over real numbers at explicit matrices; families that need a condition; values that exist."""

import pytest
from sympy import Eq, Function, Lambda, Product, symbols

from theory.proof import (
    And,
    Column,
    Exists,
    ForAll,
    Not,
    NotProved,
    Predicate,
    Statement,
    assume,
    counterexample,
    decide,
    follows,
    forget_value,
    generalize,
    instance,
    squared_norm,
    witness,
)
from theory.proof.language import conditions

s, t = symbols("s t", real=True)
j, k, n = symbols("j k n", integer=True)
f = Function("f", real=True)
w = Function("w", commutative=False)
u = Column("u")


class Top(Predicate):
    """`Top(x, n)`: x is a number that exists for every n >= 1."""

    def has_value(self):
        return (self.args[1] >= 1,)


def test_an_integer_settles_a_quantifier_over_the_reals():
    assert decide(ForAll(t, t > 0, t > 1)) is False and decide(Not(ForAll(t, t > 0, t > 1))) is True
    assert decide(Exists(t, t > 0, t**2 > 100)) is True
    assert decide(ForAll(t, t > 0, t**2 > 0)) is None and decide(Exists(t, t > 0, t**2 < 0)) is None
    assert decide(ForAll(u, True, squared_norm(u) > 1)) is None


def test_a_number_is_quantified_over_explicit_matrices():
    bounded = Statement((t > 0,), Not(ForAll(s, s > 0, s * squared_norm(u) <= t)))
    witness(bounded, {t: 3, u: [1, 2]})  # 5 s <= 3 fails at s = 1
    counterexample(bounded, {t: 3, u: [0, 0]})
    some = Statement((), Exists(s, s > 0, s * squared_norm(u) > 3))
    witness(some, {u: [1, 2]})


def test_a_matrix_of_the_point_may_not_hold_the_quantified_number():
    with pytest.raises(NotProved, match="occurs in a matrix"):
        witness(Statement((), Exists(s, s > 0, s * squared_norm(u) > 3)), {u: [s, 2]})


def test_a_family_must_have_a_value_at_every_integer():
    (needed,) = instance(assume(f(k) > 0), {f: Lambda(j, t ** (2 * j - 3))}).given[1:]
    assert needed == ForAll(j, True, *conditions(t ** (2 * j - 3)))


def test_a_value_that_exists_is_forgotten_with_its_condition():
    with_value = follows(k >= 1, Top(t, k), k >= 2)
    assert forget_value(with_value, Top(t, k)).given == (k >= 2, k >= 1)


def test_a_product_of_numbers_is_written_out():
    volume = Statement((n >= 0,), Eq(Product(squared_norm(w(j)), (j, 1, n)), t))
    witness(volume, {n: 2, t: 10, w(1): [1, 2], w(2): [1, 1]})
    witness(volume, {n: 0, t: 1})
    counterexample(volume, {n: 2, t: 7, w(1): [1, 2], w(2): [1, 1]})


def test_a_witness_settles_each_part_in_its_own_way():
    """x > 7 for some x is decided at an integer; what no integer settles needs a theorem."""
    square, some = ForAll(t, t > 0, t**2 + 1 > t), Exists(t, t > 0, t > 7)
    both = Statement((), And(square, some))
    witness(both, {}, generalize(follows(t**2 + 1 > t, t > 0), t, t > 0))
    with pytest.raises(NotProved, match="not shown true"):
        witness(both, {})
