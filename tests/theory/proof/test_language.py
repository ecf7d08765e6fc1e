"""Which words the kernel knows, where its terms are defined, and substitution that captures nothing."""

from __future__ import annotations

from typing import Any

import pytest
import sympy
from sympy import (
    Abs,
    Eq,
    Function,
    I,
    ImmutableMatrix,
    Integer,
    Lambda,
    Max,
    Min,
    Mul,
    Ne,
    Product,
    Rational,
    S,
    Sum,
    Symbol,
    acosh,
    atan,
    cos,
    cosh,
    exp,
    log,
    oo,
    pi,
    sign,
    sin,
    sinh,
    sqrt,
    symbols,
    tan,
    tanh,
)
from sympy.functions.elementary.complexes import transpose
from sympy.matrices import MatrixSymbol

from theory.proof import And, Column, Exists, ForAll, HasDerivative, Implies, Iterate, Map, Not, Or, Statement, Tends, Trace, substitute
from theory.proof.language import check_sorts, conditions, formula_conditions, keep_bound
from theory.proof.logic import Undefined, apply, bound_symbols, conjuncts, fresh_symbol, is_relation

p, r, s, t, u = symbols("p r s t u", real=True)
i, j, k, m, n = symbols("i j k m n", integer=True)
f, g = (Function(name, real=True) for name in "fg")
whole = Function("whole", integer=True)
A, B = symbols("A B", commutative=False)
W = Function("W", commutative=False)
X = Column("X")

# term -> where it is a real number
DEFINED: list[tuple[Any, tuple[Any, ...]]] = [
    (t + 2 * s**3, ()),
    (Abs(t) + sign(t) + Max(s, t) + Min(s, t) + exp(t) + sin(t) + cos(t) + tanh(t) + sinh(t) + cosh(t) + atan(t), ()),
    (1 / t, (Ne(t, 0),)),
    (t**-2, (Ne(t, 0),)),
    (sqrt(t), (t >= 0,)),
    (t ** Rational(2, 3), (t >= 0,)),
    (1 / sqrt(t), (t > 0,)),
    (log(t), (t > 0,)),
    (acosh(t), (t >= 1,)),
    (1 / log(t), (Ne(log(t), 0), t > 0)),
    (log(1 / t), (Ne(t, 0), 1 / t > 0)),
    (t**p, (Or(t > 0, And(t >= 0, p > 0)),)),
    (2**p, ()),
    (t ** (2 * k), (Or(Ne(t, 0), 2 * k >= 0),)),
    (t**k, (Or(Ne(t, 0), k >= 0),)),
    ((-2) ** k, ()),
    (S.Zero**k, (k >= 0,)),
    (f(1 / t) + whole(k), (Ne(t, 0),)),
    (Sum(f(j), (j, 1, n)), ()),
    (Sum(1 / s, (j, 1, n)), (Ne(s, 0),)),
    (Sum(1 / f(j), (j, m, n)), (ForAll(j, And(j >= m, j <= n), Ne(f(j), 0)), n >= m - 1)),
    (Product(f(j), (j, m, n)), (n >= m - 1,)),
    (Product(1 / f(j), (j, 1, 3)), (ForAll(j, And(j >= 1, j <= 3), Ne(f(j), 0)),)),
    (Sum(f(i, j), (i, 1, j), (j, 1, n)), ()),
    (Sum(1 / f(i), (i, 1, j), (j, 1, n)), ()),  # replaced below: the inner range moves with the outer index
    (Trace(A * B / t), (Ne(t, 0),)),
    (transpose(X) * X / (s - 1), (Ne(s - 1, 0),)),
    (ImmutableMatrix([[1 / t, 0]]), (Ne(t, 0),)),
    (MatrixSymbol("P", n, n) * 2, ()),
    (Iterate(Lambda(t, t / s), u, k), (Ne(s, 0),)),
    (Iterate(Lambda(t, 1 / t), u, k), (S.false,)),
    (Iterate(Lambda(t, t / 2), 1 / u, k), (Ne(u, 0),)),
    (pi + sympy.E, ()),
]
DEFINED[24] = (
    DEFINED[24][0],
    (
        ForAll(j, And(j >= 1, j <= n), ForAll(i, And(i >= 1, i <= j), Ne(f(i), 0))),
        ForAll(j, And(j >= 1, j <= n), j >= 0),
        n >= 0,
    ),
)


@pytest.mark.parametrize(("term", "expected"), DEFINED, ids=str)
def test_where_a_term_is_defined(term: Any, expected: tuple[Any, ...]) -> None:
    assert set(conditions(term)) == set(expected)


@pytest.mark.parametrize(
    "term", [I, oo, S.NaN, S.ComplexInfinity, tan(t), Symbol("z"), Symbol("z", positive=False) + t, sympy.Float("0.5")], ids=str
)
def test_what_is_not_known_to_be_a_number_has_no_conditions(term: Any) -> None:
    with pytest.raises(ValueError):
        conditions(term)


# formula -> where all of it makes sense
SENSIBLE: list[tuple[Any, tuple[Any, ...]]] = [
    (t > s, ()),
    (And(1 / t > s, Not(log(s) > u, evaluate=False)), (Ne(t, 0), s > 0)),
    (Implies(1 / t > s, Or(Eq(sqrt(u), 2), u > 3)), (Ne(t, 0), u >= 0)),
    (ForAll(k, k >= 0, 1 / f(k) > 1 / t), (Ne(t, 0), ForAll(k, k >= 0, Ne(f(k), 0)))),
    (Exists(k, 1 / f(k) > 0, f(k) > 1 / s), (Ne(s, 0), ForAll(k, True, Ne(f(k), 0)))),
    (ForAll(k, k >= 0, ForAll(j, j >= k, 1 / f(j) > k)), (ForAll(k, k >= 0, ForAll(j, j >= k, Ne(f(j), 0))),)),
    (Tends(k, 1 / f(k), 1 / t), (Ne(t, 0), ForAll(k, True, Ne(f(k), 0)))),
    (Tends(k, f(k), oo), ()),
    (HasDerivative(Lambda(u, u / s), Lambda(u, 1 / u)), (Ne(s, 0), ForAll(u, True, Ne(u, 0)))),
    (Eq(Sum(1 / s, (j, 1, n)), n), (Ne(s, 0),)),
]


@pytest.mark.parametrize(("formula", "expected"), SENSIBLE, ids=str)
def test_where_a_formula_makes_sense(formula: Any, expected: tuple[Any, ...]) -> None:
    assert set(formula_conditions(formula)) == set(expected)


WORDS = [
    t > 0,
    Eq(whole(k) + k, 1),
    Eq(A * B, W(j)),
    ForAll(k, k >= 0, f(k) > 0),
    Exists(t, True, t > s),
    Tends(k, f(k), oo),
    Tends(k, f(k), -oo),
    Eq(Sum(f(i), (i, 1, j), (j, 1, n)), 0),
    Eq(transpose(X) * A**2 * X, 1),
    HasDerivative(f, Lambda(t, t**2)),
    HasDerivative(Map("F"), Map("G")),
]


@pytest.mark.parametrize("formula", WORDS, ids=str)
def test_a_word_of_the_language(formula: Any) -> None:
    check_sorts([formula])


FOREIGN = {
    "a symbol without a sort": Symbol("z") > 0,
    "a hidden sign": Symbol("z", positive=True) > t,
    "a hidden parity": Eq(Symbol("z", even=True), t),
    "a rational sort": Eq(Symbol("z", rational=True), t),
    "a dummy": Eq(sympy.Dummy(real=True), t),
    "a wild symbol": Eq(sympy.Wild("z"), t),
    "a function with a sign": Function("z", nonnegative=True)(t) > s,
    "a function without a sort": Eq(Function("z")(t), s),
    "an unlisted function": tan(t) > 0,
    "an infinite limit in an equation": Eq(f(oo), 0),
    "an infinite end of a sum": Eq(Sum(f(j), (j, 1, oo)), 0),
    "an index that is real": Eq(Sum(f(t), (t, 1, 3)), 0),
    "an end that is real": Eq(Sum(f(j), (j, 1, t)), 0),
    "a start that is real": Eq(Sum(f(j), (j, t, 3)), 0),
    "a limit along the reals": Tends(t, f(t), 0),
    "a limit that contains its index": Tends(k, f(k), k),
    "an infinite term of a sequence": Tends(k, oo, 0),
    "a quantified number": ForAll(Integer(3), True, t > 0),
    "a quantified function": ForAll(f(t), True, t > 0),
    "an inverse matrix": Eq(A**-1, B),
    "a matrix with a symbolic exponent": Eq(A**k, B),
    "a matrix to the zero": Eq(sympy.Pow(A, 0, evaluate=False), B),
    "the modulus of a matrix": Eq(Abs(A), t),
    "the logarithm of a matrix": Eq(log(A), B),
    "a map as a matrix": Eq(Map("F"), A),
    "a map in a product": Eq(Map("F") * A, A),
    "a float": t > sympy.Float("0.1"),
    "the imaginary unit": Eq(I * t, 0),
    "the identity function": HasDerivative(Lambda(t, t), Lambda(t, 1)),
}


@pytest.mark.parametrize("formula", FOREIGN.values(), ids=FOREIGN.keys())
def test_a_foreign_word_is_refused(formula: Any) -> None:
    with pytest.raises(ValueError):
        check_sorts([formula])


def test_one_name_is_one_thing() -> None:
    check_sorts([t > 0, Symbol("t", real=True) < 1])
    for other in (Symbol("t", integer=True) > 0, Eq(Symbol("t", commutative=False), A)):
        with pytest.raises(ValueError, match="two symbols named 't'"):
            check_sorts([t > 0, other])
    with pytest.raises(ValueError, match="two symbols"):
        check_sorts([f(t) > 0, Eq(Function("f", integer=True)(t), 1)])


@pytest.mark.parametrize(
    "assumptions", [{"real": True}, {"integer": True}, {"integer": True, "real": True}, {"commutative": False}], ids=str
)
def test_the_sorts(assumptions: dict[str, bool]) -> None:
    check_sorts([Eq(Symbol("z", **assumptions), Symbol("z", **assumptions) + 1), Eq(Function("h", **assumptions)(t), 1)])


def test_a_bound_variable_stands_in_no_other_term() -> None:
    keep_bound(t, s + 1, Lambda(t, t * s), f)
    for variable, term in ((t, s + t), (t, Lambda(s, t * s)), (2 * t, s), (f, s)):
        with pytest.raises(ValueError):
            keep_bound(variable, s, term)


# Substitution


def test_substitution_is_simultaneous() -> None:
    assert substitute(t - s, {t: s, s: t}) == s - t
    assert substitute(f(t) + t, {f: Lambda(u, u**2 + t), t: s}) == s**2 + t + s
    assert substitute(t, {}) == t


def test_substitution_renames_what_it_would_capture() -> None:
    moved = substitute(ForAll(k, k >= 0, f(k) > t), {t: f(k)})
    (fresh, *_), prime = moved.args, Symbol("k'", integer=True)
    assert fresh == prime and moved == ForAll(prime, prime >= 0, f(prime) > f(k))
    twice = substitute(ForAll(k, k >= 0, Eq(prime, f(k) + t)), {t: k})
    assert twice.variable.name == "k''"
    assert substitute(Sum(f(j) * t, (j, 1, j)), {t: j}) == Sum(f(Symbol("j'", integer=True)) * j, (Symbol("j'", integer=True), 1, j))
    assert substitute(Lambda((s, t), s * t * u), {u: s}).expr.free_symbols == {s, Symbol("s'", real=True), t}


def test_substitution_leaves_bound_symbols_alone() -> None:
    assert substitute(ForAll(k, k >= 0, f(k) > t), {k: 3}) == ForAll(k, k >= 0, f(k) > t)
    assert substitute(Sum(f(j), (j, 1, j)), {j: 4}) == Sum(f(j), (j, 1, 4))
    assert substitute(Sum(f(i, j), (i, 1, j), (j, 1, n)), {j: 5, n: 2}) == Sum(f(i, j), (i, 1, j), (j, 1, 2))
    assert substitute(Lambda(t, t * s), {t: 2, s: 3}) == Lambda(t, 3 * t)
    assert substitute(f(t) + ForAll(t, True, f(t) > 0).args[2].lhs, {f(t): s}) == 2 * s
    assert substitute(ForAll(t, True, f(t) > f(s)), {f(t): 1, f(s): 2}) == ForAll(t, True, f(t) > 2)


@pytest.mark.parametrize(
    ("term", "point"),
    [
        (1 / t, {t: 0}),
        (log(t), {t: 0}),
        (log(t), {t: -1}),
        (sqrt(t), {t: -2}),
        (acosh(t), {t: 0}),
        (t**p, {t: -1, p: S.Half}),
        (t / s, {t: 0, s: 0}),
    ],
    ids=str,
)
def test_a_substitution_outside_the_domain_is_undefined(term: Any, point: dict[Any, Any]) -> None:
    with pytest.raises(Undefined):
        substitute(term, point)


def test_the_square_of_a_multiple_of_a_matrix_is_defined() -> None:
    one, other = Symbol("M", commutative=False), Symbol("N", commutative=False)
    assert substitute(one**2, {one: t * other}) == t**2 * other**2


def test_a_derivative_keeps_its_variable() -> None:
    slope = sympy.Derivative(f(t) * s, t)
    assert substitute(slope, {s: u}) == sympy.Derivative(f(t) * u, t)
    for mapping in ({t: u}, {s: t}, {s: f(t)}):
        with pytest.raises(ValueError, match="replace the derivative"):
            substitute(slope, mapping)
    with pytest.raises(ValueError, match="binds symbols"):
        substitute(sympy.Integral(f(t) * s, (t, 0, 1)), {s: u})


def test_a_lambda_is_applied_to_arguments_of_its_kind() -> None:
    assert apply(Lambda((s, t), s - t), 1, u) == 1 - u
    assert apply(Lambda(t, Sum(t * j, (j, 1, 3))), j) == Sum(j * Symbol("j'", integer=True), (Symbol("j'", integer=True), 1, 3))
    assert apply(Lambda(k, k + 1), n) == n + 1
    for function, arguments in (
        (Lambda(t, t + 1), (1, 2)),
        (Lambda((s, t), s), (1,)),
        (Lambda(k, k + 1), (t,)),
        (Lambda(k, k + 1), (S.Half,)),
    ):
        with pytest.raises(ValueError):
            apply(function, *arguments)


def test_small_words_of_the_logic() -> None:
    assert bound_symbols(ForAll(k, True, t > k)) == (k,) and bound_symbols(t > k) == ()
    assert bound_symbols(Sum(f(i, j), (i, 1, j), (j, 1, n))) == (j,) and bound_symbols(Lambda((s, t), s)) == (s, t)
    assert conjuncts(And(t > 0, s > 0)) == (s > 0, t > 0) and conjuncts(t > 0) == (t > 0,)
    assert is_relation(t > 0) and is_relation(S.true) and not is_relation(True) and not is_relation(t) and not is_relation(Symbol("b"))
    assert fresh_symbol(t, s) == t and fresh_symbol(t, t + s).name == "t'" and fresh_symbol(k, k).is_integer
    assert ForAll(t, t > 0, True) is S.true and ForAll(t, False, t > 0) is not S.true
    assert ForAll(k, k >= j, f(k) > t).free_symbols == {j, t} and Tends(k, f(k), t).bound_symbols == [k]
    assert Mul(2, t) == 2 * t


# Statements


def test_a_statement_and_its_wrong_variants() -> None:
    printed = Statement((t > 0, s > 1), t * s <= 2 * u, source="toy:one")
    assert printed.as_implication() == Implies(And(t > 0, s > 1, evaluate=False), t * s <= 2 * u, evaluate=False)
    assert printed.with_constant(S.Half).then == (t * s <= u) and printed.with_constant(2).given == printed.given
    assert printed.swap_relation().then == (t * s >= 2 * u)
    assert printed.drop(s > 1).given == (t > 0,) and printed.drop(s > 1).source is None
    assert printed.replacing({u: u**2}).then == (t * s <= 2 * u**2) and printed.replacing({s: 2 * s}).given == (t > 0, 2 * s > 1)
    better = printed.amend(given=(t > 1,), why="because")
    assert (better.given, better.then, better.amends, better.source, better.why) == ((t > 1,), printed.then, printed, "toy:one", "because")
    assert printed.amend(then=t > s).given == printed.given and printed.amend(then=t > s).then == (t > s)
    assert better == Statement((t > 1,), printed.then, source="toy:one") and better != printed
    assert Statement((), And(t > 0, s > 1)).parts == (s > 1, t > 0)


@pytest.mark.parametrize(
    ("relation", "swapped"),
    [(t <= s, t >= s), (t >= s, t <= s), (t < s, t > s), (t > s, t < s), (Eq(t, s), Ne(t, s)), (Ne(t, s), Eq(t, s))],
)
def test_every_relation_has_its_opposite(relation: Any, swapped: Any) -> None:
    assert Statement((), relation).swap_relation().then == swapped


@pytest.mark.parametrize(
    "attempt",
    [
        lambda: Statement((t,), s > 0),
        lambda: Statement((t > 0,), s),
        lambda: Statement((S.true,), s > 0),
        lambda: Statement((t > 0,), S.false),
        lambda: Statement((t > 0,), s > 0).drop(t > 1),
        lambda: Statement((t > 0,), s > 0).replacing({u: 1}),
        lambda: Statement((t > 0,), s > 0).with_constant(sqrt(2)),
        lambda: Statement((t > 0,), s > 0).with_constant(0.5),
        lambda: Statement((t > 0,), And(s > 0, t > 1)).swap_relation(),
    ],
)
def test_a_statement_that_says_nothing_is_refused(attempt: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        attempt()


def test_sympy_does_not_compare_words() -> None:
    """Two sums without terms are equal; left to itself SymPy finds 1 pair in 40 different, by the order of its questions."""
    for number in range(100):
        one, other = (Function(f"{name}{number}", commutative=False) for name in ("one", "other"))
        total = Sum(one(i) + other(i), (i, 0, n))
        equation = Eq(total, Sum(one(i), (i, 0, n)) + Sum(other(i), (i, 0, n)), evaluate=False)
        assert substitute(equation, {n: -1}).args == tuple(substitute(side, {n: -1}) for side in equation.args)


def test_a_word_equals_itself() -> None:
    assert substitute(Eq(A, B), {B: A}) is S.true
    assert substitute(Ne(A, B), {B: A}) is S.false
