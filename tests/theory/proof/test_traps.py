"""The trap suite: false statements, each by name, that the kernel must refuse to prove, refute or witness.

Every trap is a way in which a checker of this kind has gone wrong, or could. An attempt that returns anything at all is a hole.
"""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from sympy import (
    Abs,
    Derivative,
    Eq,
    Float,
    Function,
    Ge,
    Gt,
    I,
    Identity,
    ImmutableMatrix,
    Integer,
    Lambda,
    Lt,
    MatrixSymbol,
    Max,
    Min,
    Ne,
    Piecewise,
    Product,
    Rational,
    S,
    Sum,
    Symbol,
    acosh,
    exp,
    floor,
    log,
    oo,
    pi,
    sign,
    sin,
    sqrt,
    symbols,
    tan,
    trace,
)
from sympy.functions.elementary.complexes import transpose

from tests.theory.proof import fact_tables
from theory.proof import (
    AnalyticMinimum,
    And,
    Column,
    Exists,
    ForAll,
    GradientStep,
    HasDerivative,
    Implies,
    Iterate,
    KernelError,
    LyapunovStable,
    Map,
    Not,
    NotProved,
    Or,
    Predicate,
    Refutation,
    SpectralNorm,
    SpectralRadius,
    Statement,
    Tends,
    Theorem,
    Trace,
    Velocity,
    absurd,
    always_or_once,
    assume,
    by_meaning,
    cite,
    column,
    combine_words,
    conjunction,
    contracts,
    counterexample,
    cut,
    decide,
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
    forget_value,
    generalize,
    identity,
    image_tends,
    induction,
    inner,
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
    orbit_of,
    part,
    recursion,
    rename_orbit,
    repelled,
    rewrite,
    specialize,
    substitute,
    sum_congruence,
    transposed,
    unique_limit,
    weaken,
    witness,
)
from theory.proof.balls import sign as exact_sign
from theory.proof.descent_facts import NonsingularStep, ReachedAtRandom, Smoothness, StableUnderDescent
from theory.proof.theorem import (
    rule,
)

REFUSALS = (NotProved, KernelError, ValueError, TypeError)

a, b, c, p, r, s, t, u, v, w, z = symbols("a b c p r s t u v w z", real=True)
i, j, k, m, n = symbols("i j k m n", integer=True)
A, B, C, D = symbols("A B C D", commutative=False)
e1, e2, e3, e4 = (Column(f"e{d}") for d in range(1, 5))
MAP = Map("F")
W = Function("W", commutative=False)
V = Function("V", commutative=False)
f = Function("f", real=True)
x = Function("x", real=True)
y = Function("y", real=True)
P, Q = MatrixSymbol("P", n, n), MatrixSymbol("Q", n, n)

TRAPS: dict[str, Callable[[], Any]] = {}


def trap(attempt: Callable[[], Any]) -> Callable[[], Any]:
    """A trap too long for one line."""
    TRAPS[attempt.__name__.replace("_", "-")] = attempt
    return attempt


def is_real(term: Any) -> Theorem:
    """`term >= term`: proved where the kernel takes it for a real number."""
    return follows(Ge(term, term, evaluate=False))


def real_map(body: Any) -> Lambda:
    return Lambda(t, body)


# Arithmetic over the reals

TRAPS |= {
    "wrong-sign": lambda: follows(t**2 < 0, t > 0),
    "wrong-constant": lambda: follows(a * b <= (a**2 + b**2) / 3),
    "wrong-exponent": lambda: follows(t**3 >= t**2, t >= 0),
    "wrong-direction": lambda: follows(1 / t < 1 / s, t > 0, t < s),
    "strict-where-equality-is-attained": lambda: follows(2 * a * b < a**2 + b**2),
    "dropped-hypothesis": lambda: follows(t**2 > t),
    "equality-only-at-one-third": lambda: follows(Ne((3 * t - 1) ** 2, 0)),
    "equality-only-at-sqrt-2": lambda: follows((t**2 - 2) ** 2 > 0),
    "reciprocal-of-zero": lambda: follows(1 / s >= 0, s >= 0),
    "zero-over-zero": lambda: is_real(t / s),
    "root-of-a-negative": lambda: follows(sqrt(t) >= 0),
    "root-of-a-square-is-not-the-number": lambda: follows(Eq(sqrt(t**2), t)),
    "logarithm-of-a-negative": lambda: is_real(log(t)),
    "power-of-a-negative-base": lambda: follows(t**p > 0, p > 0),
    "zero-to-the-zero": lambda: follows(Eq(t**p, 0), Eq(t, 0), p >= 0),
    "zero-to-an-integer-zero": lambda: follows(Eq(t**n, 0), Eq(t, 0), n >= 0),
    "negative-integer-power-of-zero": lambda: follows(t**n >= 0, t >= 0, n >= -1),
    "fractional-power-splits": lambda: follows(Eq((a * b) ** p, a**p * b**p), a * b > 0),
    "maximum-is-not-the-first": lambda: follows(Max(a, b) <= a),
    "minimum-is-not-above": lambda: follows(Min(a, b) >= a),
    "sign-of-zero-is-not-one": lambda: follows(sign(t) ** 2 >= 1),
    "modulus-is-not-linear": lambda: follows(Eq(Abs(a + b), Abs(a) + Abs(b))),
    "integers-are-not-assumed": lambda: follows(k >= 1, k > 0),
    "unknown-function-values-differ": lambda: follows(Eq(f(a), f(b))),
    "implication-without-ground": lambda: follows(Implies(t < 2 * s, t < 7 * z)),
    "truthy-unevaluated-relation": lambda: evaluate(Gt(t, s)),
    "truthy-implication": lambda: evaluate(Implies(t < 2 * s, t < 7 * z)),
    "quantifier-is-opaque": lambda: follows(ForAll(t, t > 0, t > 1)),
    "swapped-quantifiers": lambda: follows(Exists(t, True, ForAll(s, True, t > s)), ForAll(s, True, Exists(t, True, t > s))),
    "sum-of-imaginary-terms-squared": lambda: is_real(Sum(I * k, (k, 1, n)) ** 2),
    "infinite-sum-as-a-number": lambda: is_real(Sum(k, (k, 1, oo))),
    "sum-to-a-half": lambda: is_real(Sum(k, (k, 1, n + Rational(1, 2)))),
    "sum-that-divides-by-zero": lambda: is_real(Sum(1 / k, (k, -1, 1))),
    "sum-of-logarithms-of-zero": lambda: is_real(Sum(log(k), (k, 0, n))),
    "backward-product-divides-by-zero": lambda: is_real(Product(k, (k, 1, n))),
    "function-at-a-pole": lambda: is_real(f(1 / t)),
    "tangent-at-its-pole": lambda: is_real(tan(t)),
    "floor-of-a-pole": lambda: is_real(floor(1 / t)),
    "piecewise-without-default": lambda: is_real(Piecewise((f(t), t > 0))),
    "imaginary-number": lambda: is_real(I * t * f(t)),
    "infinity-is-no-number": lambda: is_real(f(s) + oo),
    "nan-equals-nan": lambda: follows(Eq(S.NaN, S.NaN, evaluate=False)),
    "floating-point-equality": lambda: is_real(Float("0.1") * t + Float("1e-30") * t),
    "statement-used-as-a-theorem": lambda: follows(Eq(a, b), using=(Statement((), Eq(a, b)),)),
}

# Identities and derivatives

TRAPS |= {
    "identity-off-by-one": lambda: identity((t + 1) ** 2, t**2 + 2 * t),
    "identity-of-complex-root": lambda: identity(sqrt(t**2), t),
    "identity-in-floats": lambda: identity(Float("0.1") * t + Float("1e-30") * t, Float("0.1") * t),
    "identity-with-infinity": lambda: identity(t + oo, s + oo),
    "matrices-commute": lambda: equal_words(A * B, B * A),
    "square-of-a-sum-of-matrices": lambda: equal_words((A + B) ** 2, A**2 + 2 * A * B + B**2),
    "transpose-keeps-the-order": lambda: equal_words(transpose(A * B), transpose(A) * transpose(B)),
    "trace-of-three-reversed": lambda: equal_words(Trace(A * B * C), Trace(C * B * A)),
    "trace-is-multiplicative": lambda: equal_words(Trace(A * B), Trace(A) * Trace(B)),
    "trace-of-identities-of-two-sizes": lambda: equal_words(
        Trace(transpose(A) * A),
        Trace(transpose(B) * B),
        assume(Eq(transpose(A) * A, 1)),
        assume(Eq(transpose(B) * B, 1)),
    ),
    "every-matrix-has-an-inverse": lambda: exhibit(evaluate(True), B, A**-1, True, Eq(B * A, 1)),
    "cancelled-inverse": lambda: equal_words(A * A**-1 * B * A**-1, B * A**-1),
    "cancelled-shaped-inverse": lambda: identity(P.I * P * Q.I, Q.I),
    "shaped-matrices-commute": lambda: identity(P * Q, Q * P),
    "function-of-a-matrix-as-a-number": lambda: instance(equal_words(Trace(f(A) * B), f(A) * Trace(B)), {f: Lambda(t, 2 * t)}),
    "modulus-of-a-matrix": lambda: is_real(Abs(A)),
    "iterate-of-a-matrix": lambda: is_real(Iterate(Lambda(t, t / 2), A, k)),
    "a-row-after-nothing": lambda: equal_words(Trace(e1 * A), Trace(A * e1)),
    "columns-are-orthogonal": lambda: equal_words(inner(e1, e2), 0),
    "norm-of-a-sum": lambda: equal_words(inner(e1 + e2, e1 + e2), inner(e1, e1) + inner(e2, e2)),
    "column-instance-with-matrices": lambda: instance(
        equal_words(Trace(e1 * transpose(e2) * e3 * transpose(e4)), Trace(e3 * transpose(e2)) * Trace(e1 * transpose(e4))),
        {e1: A, e2: B, e3: C, e4: D},
    ),
    "column-instance-with-a-number": lambda: instance(
        equal_words(Trace(e1 * transpose(e1) * e1 * transpose(e1)), Trace(e1 * transpose(e1)) ** 2), {e1: 2}
    ),
    "statement-as-an-equation-of-words": lambda: equal_words(A, B, Statement((), Eq(A, B))),
    "sum-captures-a-free-index": lambda: equal_words(V(i) * Sum(W(i), (i, 1, n)), Sum(V(i) * W(i), (i, 1, n)), assume(Eq(A, B))),
    "product-of-sums-is-a-sum-of-products": lambda: equal_words(
        Sum(V(i), (i, 1, n)) * Sum(W(j), (j, 1, n)), Sum(V(i) * W(i), (i, 1, n)), assume(Eq(A, B))
    ),
    "nested-sums-share-an-index": lambda: equal_words(
        Sum(Trace(V(i) * W(j)), (i, 1, n), (j, 1, n)), Sum(Trace(V(i) * W(i)), (i, 1, n), (j, 1, n)), assume(Eq(A, B))
    ),
    "equation-at-one-index-used-at-all": lambda: equal_words(Sum(W(j), (j, 1, n)), 0, assume(Eq(W(Symbol("index", integer=True)), 0))),
    "exponents-multiply": lambda: equal_words(f(t) ** k * f(t) ** n * A, f(t) ** (k * n) * A, assume(Eq(A * B, C))),
    "one-exponent-too-many": lambda: equal_words(f(t) * f(t) ** n * A, f(t) ** (n + 2) * A, assume(Eq(A * B, C))),
    "powers-of-two-numbers-combine": lambda: equal_words(f(t) ** n * f(s) ** n * A, f(t) ** (2 * n) * A, assume(Eq(A * B, C))),
    "derivative-off-by-a-factor": lambda: derivative(t**3, t, value=t**2),
    "derivative-of-a-sum-of-traces": lambda: derivative(trace(P) + trace(P * Q), P, value=0),
    "derivative-of-an-unknown-function": lambda: derivative(f(t), t, value=0),
    "derivative-of-floor": lambda: derivative(floor(t), t, value=0),
    "derivative-of-a-maximum": lambda: derivative(Max(t, 0), t),
    "derivative-over-the-integers": lambda: derivative(k**2, k),
    "derivative-of-piecewise": lambda: derivative(Piecewise((0, t <= 0), (1, True)), t, value=0),
    "derivative-captures-its-variable": lambda: instance(derivative(t * s, t), {s: t}),
    "derivative-loses-its-variable": lambda: instance(derivative(t**2, t), {t: 3}),
    "rewriting-under-a-derivative": lambda: rewrite(derivative(t * s, t), assume(Eq(s, t**2))),
}


@trap
def derivative_of_the_modulus_at_its_corner() -> Any:
    return matches(derivative(Abs(t), t, value=sign(t)), Statement((), Eq(Derivative(Abs(t), t), sign(t))))


@trap
def derivative_of_a_root_at_zero() -> Any:
    theorem = derivative(t ** Rational(3, 2), t, value=Rational(3, 2) * sqrt(t))
    return matches(theorem, Statement((t >= 0,), theorem.then))


@trap
def division_without_its_condition() -> Any:
    theorem = identity((t**2 - 1) / (t - 1), t + 1)
    return matches(theorem, Statement((), theorem.then))


TRAPS["none-exists-although-always"] = lambda: none_exists(assume(ForAll(k, k >= 0, x(k) > 0)))
TRAPS["none-exists-from-one"] = lambda: none_exists(assume(Not(x(0) > 0)))


@trap
def negative_powers_of_zero() -> Any:
    theorem = equal_words(f(t) * f(t) ** n * A, f(t) ** (n + 1) * A)
    return matches(theorem, Statement((), theorem.then))


@trap
def root_without_its_condition() -> Any:
    theorem = identity(sqrt(t) * sqrt(t) * s + sqrt(t), t * s + sqrt(t))
    return matches(theorem, Statement((), theorem.then))


# Instances, substitution and binders

TRAPS |= {
    "instance-outside-the-integers": lambda: instance(follows(k**2 >= 0), {k: Rational(1, 2)}),
    "instance-with-a-complex-number": lambda: instance(follows(Ge(t**2 * s**2, 0, evaluate=False)), {t: I}),
    "instance-with-a-float": lambda: instance(follows(Ge(t**2 + s, s, evaluate=False)), {t: 0.1}),
    "instance-with-infinity": lambda: instance(follows(t + 1 > t), {t: oo}),
    "instance-at-a-pole": lambda: instance(follows(Eq(s / t * t**2, s * t, evaluate=False), Ne(t, 0)), {t: 0}),
    "instance-of-an-expression": lambda: instance(follows(t**2 + s >= s), {t**2: -1}),
    "function-instance-that-is-complex": lambda: instance(follows(f(t) ** 2 >= 0), {f: Lambda(t, sqrt(t))}),
    "function-instance-with-a-pole": lambda: instance(assume(Eq(f(t) * f(s), 1)), {f: Lambda(t, 1 / t)}),
    "function-instance-on-integers-only": lambda: instance(assume(f(t) >= 0), {f: Lambda(k, k**2)}),
    "instance-of-a-defined-function": lambda: instance(
        define(Function("d0", real=True)(t), t**2), {Function("d0", real=True): Lambda(t, 5)}
    ),
    "specialize-outside-the-range": lambda: specialize(assume(ForAll(k, And(k >= 1, k <= n), f(k) > 0)), Integer(0)),
    "specialize-outside-the-sort": lambda: specialize(assume(ForAll(k, k >= 1, f(k) > 0)), Rational(3, 2)),
    "generalize-a-restricted-variable": lambda: generalize(assume(t > 0), t),
    "generalize-an-expression": lambda: generalize(assume(t**2 > s), s + 1),
    "exhibit-another-body": lambda: exhibit(assume(t > 0), s, t, True, s > 1),
    "exhibit-outside-the-condition": lambda: exhibit(follows(t**2 >= 0, Eq(t, t)), s, t, s > 0, Ge(t**2, 0, evaluate=False)),
    "exhibit-outside-the-sort": lambda: exhibit(evaluate(True), k, Rational(1, 2), True, Eq(2 * k, 1)),
    "two-symbols-of-one-name": lambda: follows(Eq(Symbol("q", real=True), Symbol("q", integer=True))),
    "one-name-two-symbols-in-a-statement": lambda: Statement((Symbol("q", integer=True) > 0,), Symbol("q", real=True) > 0),
    "hidden-positivity": lambda: Statement((), Symbol("q", positive=True) > t),
    "hidden-non-integrality": lambda: Statement((), Symbol("q", real=True, integer=False) > t),
    "symbol-without-a-sort": lambda: Statement((), Symbol("q") ** 2 >= t),
    "function-that-hides-positivity": lambda: Statement((), Function("q", positive=True)(t) > s),
    "python-true": lambda: Statement((), 1 < 2),
    "evaluated-conclusion": lambda: Statement((t > 0,), Eq(t, t)),
    "python-false-as-a-hypothesis": lambda: Statement((False,), t > 0),
    "infinity-in-a-relation": lambda: Statement((), Eq(f(t) + oo, oo, evaluate=False)),
    "limit-that-contains-its-index": lambda: Statement((), Tends(k, x(k), k)),
    "limit-along-the-reals": lambda: Statement((), Tends(t, x(t), 0)),
    "index-that-is-real": lambda: Statement((), Sum(f(t), (t, 1, n)) >= 0),
    "foreign-boolean": lambda: matches(evaluate(True), Statement((), _Liar())),
}


class _Liar(type(Eq(a, b)).__mro__[2]):  # a Boolean that claims to equal everything
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = object.__hash__  # type: ignore[assignment]


def _without(theorem: Theorem, conclusion: Any) -> Any:
    """The theorem as one without hypotheses: the step from a true instance to a false claim."""
    return matches(theorem, Statement((), conclusion))


@trap
def cancelled_hypothesis() -> Any:
    """s t = 1 gives t != 0; at s = 1/t SymPy makes the hypothesis true."""
    return _without(instance(follows(Ne(t, 0), Eq(s * t, 1)), {s: 1 / t}), Ne(t, 0))


@trap
def cancelled_hypothesis_of_a_quotient() -> Any:
    return _without(instance(follows(Ne(t, 0), Eq(s / t, 1), Ne(t, 0)), {s: t}), Ne(t, 0))


@trap
def reciprocal_of_everything_exists() -> Any:
    return _without(exhibit(evaluate(True), s, 1 / t, True, Eq(s * t, 1)), Exists(s, True, Eq(s * t, 1)))


@trap
def rewriting_with_a_partial_definition() -> Any:
    d = Function("d1", real=True)
    theorem = discharge(follows(Ne(t, 0), Eq(d(t) * t, 1)), Eq(d(t) * t, 1))
    return _without(rewrite(theorem, define(d(t), 1 / t)), Ne(t, 0))


AT_ONE = t**2 / (t**2 + m - 1)  # 1 wherever it is defined if m = 1, where SymPy cancels it; z3 concludes t != 0 from AT_ONE = 1


@trap
def cancelled_hypothesis_under_a_quantifier() -> Any:
    always = specialize(assume(ForAll(k, k >= 0, Eq(AT_ONE, 1))), Integer(0))
    return _without(instance(follows(Ne(t, 0), Eq(m, 1), using=(always,)), {m: 1}), Ne(t, 0))


@trap
def cancelled_hypothesis_in_a_sum() -> Any:
    ones = instance(assume(Eq(Sum(s / t, (i, 1, n)), n)), {s: t})
    return matches(ones, Statement((Eq(Sum(1, (i, 1, n)), n),), Eq(Sum(1, (i, 1, n)), n)))


@trap
def cancelled_hypothesis_in_a_predicate() -> Any:
    line = instance(assume(HasDerivative(Lambda(u, 2 * s * u / t), Lambda(u, 2 * s / t))), {s: t})
    return _without(discharge(line, line.then), Implies(line.then, line.then, evaluate=False))


@trap
def cancelled_base_of_an_induction() -> Any:
    """P(k): t^2/(t^2 + k - 1) = 1 or k >= 2. At k = 1 SymPy cancels, and the base is true for t = 0 too."""
    claim = Or(Eq(AT_ONE.subs(m, k), 1), k >= 2)
    step = weaken(follows(substitute(claim, {k: k + 1}), k >= 1), claim)
    every = specialize(induction(evaluate(True), step, k, 1), m)
    return _without(instance(follows(Ne(t, 0), Eq(m, 1), m >= 1, using=(every,)), {m: 1}), Ne(t, 0))


@trap
def lambda_captures_an_index() -> Any:
    linear = specialize(assume(ForAll(i, True, Eq(f(i), f(1) * i))), j)
    six = instance(linear, {f: Lambda(t, Sum(t * j, (j, 1, 3)))})
    assert six.then != Eq(Sum(j * j, (j, 1, 3)), j * Sum(j, (j, 1, 3)))  # captured: 14 = 6 j
    return follows(Eq(14, 6 * j), using=(six,))


@trap
def substitution_captures_a_quantifier() -> Any:
    moved = instance(assume(ForAll(k, k >= 0, f(k) > t)), {t: f(k)})
    assert moved.then != ForAll(k, k >= 0, f(k) > f(k))
    return follows(S.false, using=(moved,))


@trap
def substitution_into_an_inner_limit() -> Any:
    double = assume(Eq(Sum(f(i), (i, 1, j), (j, 1, n)), t))
    return matches(instance(double, {j: 5}), Statement((), Eq(Sum(f(i), (i, 1, 5), (j, 1, n)), t)))


@trap
def rewriting_a_bound_symbol() -> Any:
    return matches(
        rewrite(assume(ForAll(k, k >= 0, f(k) > 0)), assume(Eq(k, 3))),
        Statement((ForAll(k, k >= 0, f(k) > 0), Eq(k, 3)), ForAll(k, k >= 0, f(3) > 1)),
    )


# Induction, sums, definitions, logic


TRAPS |= {
    "induction-without-a-base": lambda: induction(follows(Integer(0) >= 0), follows(f(k + 1) > 0, f(k) > 0, f(k + 1) > f(k)), k, 0),
    "induction-with-the-wrong-base": lambda: induction(
        assume(f(1) > 0),
        cut(
            follows(
                f(k + 1) > 0,
                f(k) > 0,
                ForAll(k, True, f(k + 1) > f(k)),
                using=(specialize(assume(ForAll(k, True, f(k + 1) > f(k))), k),),
            ),
        ),
        k,
        0,
    ),
    "induction-with-a-restricted-step": lambda: induction(assume(f(0) > 0), follows(f(k + 1) > 0, f(k) > 0, f(k + 1) > f(k)), k, 0),
    "induction-over-the-reals": lambda: induction(assume(f(0) > 0), assume(f(t + 1) > 0), t, 0),
    "induction-from-one-half": lambda: induction(
        assume(Eq(f(Rational(1, 2)), 0)),
        rewrite(weaken(specialize(assume(ForAll(k, True, Eq(f(k + 1), f(k)))), k), Eq(f(k), 0)), assume(Eq(f(k), 0))),
        k,
        Rational(1, 2),
    ),
    "sum-of-a-small-and-a-large-number": lambda: instance(assume(Sum(exp(t * (2 * j - 3)), (j, 1, 2)) <= 1), {t: Integer(200)}),
    "sum-congruence-with-a-gap": lambda: sum_congruence(assume(ForAll(j, And(j >= 1, j <= 5, Ne(j, 3)), Eq(f(j), x(j))))),
    "sum-congruence-with-two-starts": lambda: sum_congruence(assume(ForAll(j, And(j >= 1, j >= m, j <= 5), Eq(f(j), x(j))))),
    "sum-congruence-with-a-moving-end": lambda: sum_congruence(assume(ForAll(j, And(j >= 1, j <= 2 * j - n), Eq(f(j), x(j))))),
    "sum-congruence-with-a-strict-end": lambda: sum_congruence(assume(ForAll(j, And(j > 1, j <= n), Eq(f(j), x(j))))),
    "sum-congruence-over-the-reals": lambda: sum_congruence(assume(ForAll(t, And(t >= 1, t <= 5), Eq(f(t), x(t))))),
    "backward-sum": lambda: matches(
        sum_congruence(assume(ForAll(j, And(j >= 1, j <= n), Eq(f(j), x(j))))),
        Statement((ForAll(j, And(j >= 1, j <= n), Eq(f(j), x(j))),), Eq(Sum(f(j), (j, 1, n)), Sum(x(j), (j, 1, n)))),
    ),
    "define-twice": lambda: (define(Function("d2", real=True)(t), t), define(Function("d2", real=True)(t), t + 1)),
    "define-by-itself": lambda: define(Function("d3", real=True)(t), Function("d3", real=True)(t) + 1),
    "define-in-a-circle": lambda: (
        define(Function("d4", real=True)(t), Function("d5", real=True)(t) + 1),
        define(Function("d5", real=True)(t), Function("d4", real=True)(t) + 1),
    ),
    "define-by-an-arbitrary-function": lambda: define(Function("d6", real=True)(t), f(t)),
    "define-with-a-parameter": lambda: define(Function("d7", real=True)(t), s * t),
    "define-a-real-function-by-an-imaginary-value": lambda: define(Function("d8", real=True)(t), I * t),
    "define-an-integer-function-by-a-half": lambda: define(Function("d9", integer=True)(t), Rational(1, 2)),
    "define-at-a-point": lambda: define(Function("d10", real=True)(t, t), t),
    "cut-with-an-unused-lemma": lambda: cut(assume(t > 0), assume(s > 0)),
    "cut-in-a-circle": lambda: _without(
        cut(conjunction(assume(t > 0), assume(s > 0)), discharge_pair(t > 0, s > 0), discharge_pair(s > 0, t > 0)),
        And(t > 0, s > 0),
    ),
    "absurd-without-a-contradiction": lambda: absurd(assume(t > 0), t > 0),
    "part-of-a-disjunction": lambda: part(assume(Or(t > 0, s > 0)), t > 0),
    "rewrite-with-an-inequality": lambda: rewrite(assume(t > 0), assume(t <= s)),
    "never-or-once-where-it-makes-no-sense": lambda: _without(
        always_or_once(k, k >= 0, 1 / t > f(k)), Or(ForAll(k, k >= 0, 1 / t <= f(k)), Exists(k, k >= 0, 1 / t > f(k)))
    ),
    "always-or-always": lambda: matches(
        always_or_once(k, k >= 0, f(k) > 0),
        Statement((), Or(ForAll(k, k >= 0, f(k) > 0), ForAll(k, k >= 0, Not(f(k) > 0)))),
    ),
    "matches-with-fewer-hypotheses": lambda: matches(follows(t**2 > t, t > 1), Statement((t > 0,), t**2 > t)),
    "matches-another-conclusion": lambda: matches(follows(t**2 > t, t > 1), Statement((t > 1,), t**2 >= t)),
    "matches-a-lying-statement": lambda: matches(follows(t**2 > t, t > 1), _LyingStatement()),
}


def discharge_pair(given: Any, then: Any) -> Theorem:
    """`given, then |- then`, which is no proof of `then`."""
    return weaken(assume(then), given)


class _LyingHypotheses(tuple):
    def __contains__(self, item: object) -> bool:
        return True


class _LyingStatement:
    given = _LyingHypotheses()
    then = t**2 > t


@trap
def negation_of_a_meaningless_hypothesis() -> Any:
    """1/t > s and 1/t < s is absurd; but "not 1/t > s" says something only for t != 0."""
    both = follows(S.false, 1 / t > s, 1 / t < s)
    return matches(absurd(both, 1 / t > s), Statement((1 / t < s,), Not(1 / t > s, evaluate=False)))


# Forged theorems


def _forged(conclusion: Any = None) -> Theorem:
    fake = object.__new__(Theorem)
    parts = {"given": (), "then": Eq(a, b), "rule": "x", "reason": "", "premises": (), "trusts": frozenset()}
    for name, value in parts.items():
        object.__setattr__(fake, name, value)
    return fake


def _altered() -> Theorem:
    theorem = follows(t**2 >= 0 * s)
    object.__setattr__(theorem, "then", Eq(a, b))
    return theorem


def _own_rule() -> Any:
    @rule
    def mine() -> tuple:
        return (), Eq(a, b), "", (), ()

    return mine()


TRAPS |= {
    "theorem-made-by-hand": lambda: Theorem(object(), given=(), then=Eq(a, b), rule="", reason="", premises=(), trusts=frozenset()),
    "theorem-forged-past-the-class": lambda: weaken(_forged()),
    "theorem-altered-after-its-proof": lambda: weaken(_altered()),
    "theorem-altered-by-assignment": lambda: setattr(follows(t**2 + s >= s), "then", Eq(a, b)),
    "theorem-copied": lambda: copy.copy(follows(t**2 + s >= s)),
    "theorem-pickled": lambda: pickle.dumps(follows(t**2 + s >= s)),
    "theorem-subclassed": lambda: type("Mine", (Theorem,), {}),
    "rule-written-outside-the-kernel": _own_rule,
    "forged-theorem-as-a-witness": lambda: witness(Statement((t > 0,), Eq(a, b)), {t: 1, a: 0, b: 1}, _forged()),
    "refutation-subclassed": lambda: type("Mine", (Refutation,), {}),
    "refutation-made-by-hand": lambda: Refutation(object(), statement=None),
    "refutation-copied": lambda: copy.copy(counterexample(Statement((), t > 0), {t: -1})),
    "predicate-that-equals-everything": lambda: type("Mine", (Predicate,), {"__eq__": lambda *_: True}),
    "predicate-that-forgets-its-arguments": lambda: type("Mine", (Predicate,), {"_hashable_content": lambda _: ()}),
    "predicate-that-is-true-at-birth": lambda: type("Mine", (Predicate,), {"eval": classmethod(lambda *_: S.true)}),
    "predicate-that-inherits-a-lie": lambda: type("Mine", (type("Lie", (), {"eval": classmethod(lambda *_: S.true)}), Predicate), {}),
    "predicate-that-hides-a-symbol": lambda: type("Mine", (Predicate,), {"atoms": lambda *_: set()}),
    "predicate-that-compares-symbols": lambda: evaluate(Not(type("IsOne", (Predicate,), {"decide": lambda e: e.args[0] == 1})(a))),
}

# Terms that SymPy computes away: no formula of the theorem would show them

TRAPS |= {
    "power-with-an-infinite-exponent": lambda: cite("power-increases", 2, 3, oo),
    "power-with-an-infinite-float": lambda: cite("power-increases", 2, 3, float("inf")),
    "power-with-infinity-in-words": lambda: cite("power-increases", 2, 3, "oo"),
    "power-with-an-imaginary-exponent": lambda: cite("power-of-power", 2, 2 * pi * I / log(2), Rational(1, 2)),
    "norm-of-an-imaginary-matrix": lambda: cite("norm-nonnegative", I * A),
    "norm-with-named-arguments": lambda: cite("norm-nonnegative", x=I * A),
    "matrix-times-an-imaginary-column": lambda: by_meaning(SpectralNorm(t, A), I * e1),
}

# Exact points: false refutations and witnesses

TRAPS |= {
    "witness-at-a-pole": lambda: witness(Statement((), Eq(1 / t, 1 / t**2)), {t: 0}),
    "hypothesis-at-a-pole": lambda: counterexample(Statement((Ne(1 / t, 2),), Ne(t, 0)), {t: 0}),
    "conclusion-at-a-pole": lambda: counterexample(Statement((), Eq(t * (1 / t + s), 1 + s * t)), {t: 0, s: 0}),
    "conclusion-under-a-complex-root": lambda: counterexample(Statement((), Eq(sqrt(t), s)), {t: -1, s: 0}),
    "inverse-hyperbolic-cosine-of-zero": lambda: witness(Statement((), acosh(t) ** 2 < s), {t: 0, s: 0}),
    "logarithm-of-zero": lambda: witness(Statement((), Ne(log(t), s)), {t: 0, s: 0}),
    "point-outside-the-sort": lambda: counterexample(Statement((), Ne(2 * k, m)), {k: Rational(1, 2), m: 1}),
    "point-that-is-complex": lambda: counterexample(Statement((), Ne(t**2, s)), {t: I, s: -1}),
    "point-in-floats": lambda: counterexample(Statement((), Eq(10 * t, 1)), {t: 0.1}),
    "point-at-infinity": lambda: counterexample(Statement((), Ne(t, t + 1 + s)), {t: oo, s: 0}),
    "point-with-a-free-symbol": lambda: counterexample(Statement((), t > 0), {}),
    "value-with-a-pole": lambda: counterexample(Statement((), f(t) > s), {f: Lambda(t, 1 / (t**2 - 2)), t: 0, s: 0}),
    "value-with-a-pole-that-no-integer-finds": lambda: witness(Statement((), f(t) > s), {f: Lambda(t, 1 / (2 * t - 1)), t: 1, s: 0}),
    "value-with-a-root-off-its-domain": lambda: witness(Statement((), f(t) > s), {f: Lambda(t, sqrt(t + 1)), t: 1, s: 0}),
    "hypothesis-not-satisfied": lambda: counterexample(Statement((t > 0,), t > 1), {t: -1}),
    "contradictory-hypotheses": lambda: witness(Statement((t > 0, t < 0), t > s), {t: 1, s: 0}),
    "witness-of-a-false-conclusion": lambda: witness(Statement((t > 0,), t > 1), {t: 1}),
    "refutation-of-a-true-conclusion": lambda: counterexample(Statement((t > 1,), t**2 > t), {t: 2}),
    "equality-at-one-third": lambda: counterexample(Statement((), t >= Rational(1, 3)), {t: Rational(1, 3)}),
    "equality-at-a-nested-root": lambda: counterexample(Statement((), t >= sqrt(2) + sqrt(3)), {t: sqrt(5 + 2 * sqrt(6))}),
    "undecided-transcendental-equality": lambda: counterexample(Statement((), Eq(t, log(6))), {t: log(2) + log(3)}),
    "column-value-with-two-columns": lambda: counterexample(
        Statement((), Eq(Trace(e1 * transpose(e1) * A), Trace(transpose(e1) * A * e1) + 1)),
        {e1: ImmutableMatrix([[1, 0], [0, 1]]), A: ImmutableMatrix([[1, 0], [0, 1]])},
    ),
    "matrix-of-floats": lambda: counterexample(Statement((), Eq(10 * Trace(A), 1)), {A: ImmutableMatrix([[0.1]])}),
    "trace-of-a-number-at-a-point": lambda: counterexample(Statement((), Eq(Trace(A) * Trace(S.One), 2)), {A: ImmutableMatrix([[1]])}),
    "conclusion-outside-its-range": lambda: counterexample(
        Statement((), ForAll(j, And(j >= 1, j < 2), Eq(W(j), 0))),
        {W(1): ImmutableMatrix([[0]]), W(2): ImmutableMatrix([[1]])},
    ),
    "defined-function-at-another-value": lambda: (
        define(Function("d11", real=True)(t), t),
        counterexample(Statement((), Eq(Function("d11", real=True)(t), t)), {t: 1, Function("d11", real=True): Lambda(t, 0)}),
    )[1],
    "orbit-through-a-pole": lambda: witness(Statement((), Eq(x(1), x(2))), {x: orbit_of(real_map(1 / t), 0)}),
    "orbit-off-the-real-line": lambda: counterexample(Statement((), Ne(x(1) ** 2, s)), {x: orbit_of(real_map(sqrt(t)), -1), s: -1}),
    "matrices-are-not-ordered": lambda: evaluate(Lt(ImmutableMatrix([[1]]), ImmutableMatrix([[2]]), evaluate=False)),
    "universal-over-small-integers-only": lambda: evaluate(ForAll(k, True, k < 13)),
    "universal-over-the-reals-from-integers": lambda: evaluate(ForAll(t, True, Eq(sin(t) ** 2 * (t - 1), 0))),
    "quotient-equal-to-itself": lambda: evaluate(Eq(1 / t, 1 / t, evaluate=False)),
    "sign-of-nan": lambda: exact_sign(S.NaN),
    "sign-of-a-complex-root": lambda: exact_sign(sqrt(1 - sqrt(2))),
    "existence-beyond-the-search": lambda: evaluate(Exists(k, k > 0, Eq(k**2, 2))),
    "alternating-sequence-converges": lambda: evaluate(Tends(k, (-1) ** k, 1)),
    "growing-sequence-converges": lambda: evaluate(Tends(k, k, 0)),
}

# Orbits

INSIDE = (t >= 0, t <= 1)
IMAGE = (s >= 0, s <= 1)


@trap
def two_cycle_hidden_by_one_symbol() -> Any:
    """t -> -t on [-1, 1]: every point is on a 2-cycle, but "s = t" is trivial where s is t."""
    g, inside = Lambda(u, -u), (t >= -1, t <= 1)
    return no_two_cycles(
        x, g, t, t, (-1, 1),
        follows(And(-t >= -1, -t <= 1), *inside),
        evaluate(True),
        follows(Eq(t, 0), *inside, Eq(-t, t)),
    )  # fmt: skip


@trap
def two_cycle_where_the_map_has_one() -> Any:
    g = Lambda(u, 1 - u)
    return no_two_cycles(
        x, g, t, s, (0, 1),
        follows(And(1 - t >= 0, 1 - t <= 1), *INSIDE),
        follows(Eq(s, t), *INSIDE, *IMAGE, Eq(s, 1 - t), Eq(t, 1 - s)),
        follows(Eq(t, Rational(1, 2)), *INSIDE, Eq(1 - t, t)),
    )  # fmt: skip


@trap
def limit_at_a_jump() -> Any:
    """1, 1/2, 1/4, ... falls to 0, where the map jumps to -1, its only fixed point."""
    g = Max(t, 0) / 2 - 1 + Max(sign(t), 0)
    inside = (t >= -1, t <= 1)
    falls = follows(And(g >= -1, g <= t), *inside)
    return monotone_orbit(x, Lambda(t, g), t, (-1, 1), falls, follows(Eq(t, -1), *inside, Eq(g, t)))


@trap
def two_cycle_at_a_jump() -> Any:
    """t -> t/2 for t > 0 and 0 -> 1: no fixed point and no 2-cycle, and 1, 1/2, 1/4, ... does not tend to 5."""
    g = t / 2 + 1 - sign(t)
    at_s = substitute(g, {t: s})
    return no_two_cycles(
        x, Lambda(t, g), t, s, (0, 1),
        follows(And(g >= 0, g <= 1), *INSIDE),
        follows(Eq(s, t), *INSIDE, *IMAGE, Eq(s, g), Eq(t, at_s)),
        follows(Eq(t, 5), *INSIDE, Eq(g, t)),
    )  # fmt: skip


def _contracting(g: Lambda, image: Any, rate: Any, point: Any = S.Zero, domain: Any = S.true, *given: Any) -> Any:
    return contracts(
        x, g, t, point, rate, domain,
        evaluate(True) if domain is S.true else follows(substitute(domain, {t: image}), domain, *given),
        follows(Abs(image - point) <= rate * Abs(t - point), domain, *given),
    )  # fmt: skip


TRAPS |= {
    "rate-that-depends-on-the-state": lambda: _contracting(Lambda(u, u**2), t**2, Abs(t)),
    "state-as-a-parameter-of-the-map": lambda: _contracting(Lambda(u, t * u), t * t, S.Half, 0, Abs(t) <= S.Half),
    "state-restricted-by-a-hypothesis": lambda: _contracting(Lambda(u, u**2), t**2, S.Half, 0, S.true, Abs(t) <= S.Half),
    "rate-that-depends-on-the-index": lambda: _contracting(Lambda(u, u / 2), t / 2, k, 0, S.true, k >= S.Half),
    "map-that-depends-on-the-index": lambda: _contracting(Lambda(u, u / (1 + k**2)), t / (1 + k**2), 1),
    "statement-as-an-orbit-inequality": lambda: contracts(
        x, Lambda(u, 2 * u), t, 0, S.Half, t >= 0, Statement((t >= 0,), 2 * t >= 0), Statement((t >= 0,), 2 * Abs(t) <= Abs(t) / 2)
    ),
    "state-that-is-an-integer": lambda: contracts(
        x, Lambda(u, u**2), k, 0, 1, S.true, evaluate(True), assume(Abs(k**2) <= Abs(k))
    ),
    "orbit-that-is-complex": lambda: contracts(
        Function("h"), Lambda(u, u / 2), t, 0, S.Half, S.true, evaluate(True), follows(Abs(t / 2) <= Abs(t) / 2)
    ),
    "map-that-is-no-lambda": lambda: lands(x, f, 0),
    "escape-from-a-fixed-point": lambda: escapes(x, Lambda(u, 2 * u), t, t >= 0, 2, follows(2 * t >= 0, t >= 0), follows(Abs(2 * t) >= 2 * Abs(t), t >= 0)),
    "escape-with-factor-one": lambda: escapes(x, Lambda(u, -u), t, Abs(t) >= 1, 1, follows(Abs(-t) >= 1, Abs(t) >= 1), follows(Abs(-t) >= Abs(t), Abs(t) >= 1)),
    "escape-with-a-factor-of-the-state": lambda: escapes(x, Lambda(u, u**2), t, t >= 1, Abs(t), follows(t**2 >= 1, t >= 1), follows(Abs(t**2) >= Abs(t) * Abs(t), t >= 1)),
    "repelled-with-radius-zero": lambda: repelled(x, Lambda(u, u / 2), t, 0, 0, S.true, follows(Abs(t / 2) > Abs(t), Ne(t, 0), Abs(t) <= 0)),
    "fixed-point-assumed": lambda: monotone_orbit(x, Lambda(u, u), t, (0, 1), follows(And(t >= t, t <= 1), *INSIDE), assume(Eq(t, 0))),
    "interval-that-contains-the-state": lambda: monotone_orbit(
        x, Lambda(u, u / 2), t, (0, t), follows(And(t / 2 >= 0, t / 2 <= t), t >= 0), follows(Eq(t, 0), t >= 0, Eq(t / 2, t))
    ),
    "falling-from-minus-infinity": lambda: monotone_orbit(x, Lambda(u, 2 * u), t, (-oo, 0), follows(2 * t <= t, t <= 0), follows(Eq(t, 0), t <= 0, Eq(2 * t, t))),
    "rising-to-infinity": lambda: monotone_orbit(x, Lambda(u, 2 * u), t, (0, oo), follows(2 * t >= t, t >= 0), follows(Eq(t, 0), t >= 0, Eq(2 * t, t))),
    "no-two-cycles-on-the-line": lambda: no_two_cycles(
        x, Lambda(u, 2 * u), t, s, (-oo, oo), evaluate(True), follows(Eq(s, t), Eq(s, 2 * t), Eq(t, 2 * s)), follows(Eq(t, 0), Eq(2 * t, t))
    ),
    "continuous-image-with-the-index": lambda: image_tends(assume(Tends(k, x(k), 0)), Lambda(u, k * u)),
    "continuous-image-at-infinity": lambda: image_tends(assume(Tends(k, Abs(x(k)), oo)), Lambda(u, 1 / (1 + u**2))),
    "image-under-a-jump": lambda: image_tends(assume(Tends(k, x(k), 0)), Lambda(u, sign(u))),
    "image-under-a-pole": lambda: image_tends(assume(Tends(k, x(k), 0)), Lambda(u, 1 / u)),
    "image-under-a-root-off-its-domain": lambda: image_tends(weaken(assume(Tends(k, x(k), -1)), u >= 0), Lambda(u, sqrt(u))),
    "rename-along-another-index": lambda: rename_orbit(assume(Tends(k, x(k), 0)), j, assume(ForAll(j, j >= 0, Eq(x(k), y(j))))),
    "rename-from-some-index-on": lambda: rename_orbit(assume(Tends(k, x(k), 0)), k, assume(ForAll(k, And(k >= 0, k <= 9), Eq(x(k), y(k))))),
    "two-sequences-one-limit": lambda: unique_limit(assume(Tends(k, x(k), a)), assume(Tends(k, y(k), b))),
    "modulus-tends-to-one": lambda: modulus_to_zero(assume(Tends(k, Abs(x(k)), 1))),
    "even-map-called-odd": lambda: odd_modulus(x, Lambda(u, u**2), Lambda(u, u**2), t, follows(Eq(Abs(t**2), t**2), t >= 0)),
    "stable-by-a-wrong-multiplier": lambda: follows(LyapunovStable(Lambda(t, 2 * t), 0), using=(discharge(cite("stable-multiplier", Lambda(t, t / 2), t, 0), Eq(a, b)),)),
    "null-sets-without-regular-steps": lambda: cite("unstable-minima-attract-null-sets", ReachedAtRandom(r, f(0)), Smoothness(s, f(0))),
    "no-such-fact": lambda: cite("everything-converges", t),
    "iterate-before-the-start": lambda: evaluate(Eq(Iterate(Lambda(t, t / 2), 1, -1), 2)),
}  # fmt: skip


# Definitions, systems, and facts about them


class Sharp(Predicate):
    """Some real number is the value wherever the other argument is 0."""

    def has_value(self) -> tuple[Any, ...]:
        return (Eq(self.args[1], 0, evaluate=False),)


PAIR = Lambda((t, s), column(2 * t, -3 * s))
SOLID = Lambda((t, s, u), column(2 * t, s, u))
FIRST = Eq(f(0), 0)


def _forget(rule_of_f: Any, start: Any = FIRST) -> Theorem:
    """From a recursion that contradicts itself anything follows; then the recursion is forgotten."""
    given = (rule_of_f, start)
    return forget_recursion(weaken(assume(Eq(a, b)), *given), f, rule_of_f, start)


@trap
def recursion_of_a_function_that_is_defined() -> Any:
    """d(t) = t, and d(0) = 1 contradicts it; so does everything that follows."""
    d12 = Function("d12", real=True)
    start, rule_of_d = Eq(d12(0), 1), ForAll(j, j >= 1, Eq(d12(j), d12(j - 1)))
    contradiction = follows(S.false, start, using=(instance(define(d12(t), t), {t: 0}),))
    return forget_recursion(weaken(contradiction, rule_of_d), d12, rule_of_d, start)


@trap
def recursion_forgotten_by_a_predicate() -> Any:
    rule_of_f = ForAll(j, j >= 1, Eq(f(j), f(j - 1) + 1))
    return forget_recursion(weaken(assume(HasDerivative(f, y)), rule_of_f, FIRST), f, rule_of_f, FIRST)


d_int = Function("whole", integer=True)


def _forget_integers(start: Any, value: Any) -> Theorem:
    rule_of_d = ForAll(j, j >= 1, Eq(d_int(j), value))
    return forget_recursion(weaken(assume(Eq(a, b)), start, rule_of_d), d_int, rule_of_d, start)


class Silent(Predicate):
    """A predicate without a meaning."""


class Spoken(Predicate):
    """A predicate that means something where its argument is positive."""

    def meaning(self) -> Any:
        return (self.args[0] > 0,), self.args[0] > 1, "a definition"


TRAPS |= {
    "recursion-that-starts-twice": lambda: _forget(ForAll(j, j >= 0, Eq(f(j), f(j - 1) * 0 + 1))),
    "recursion-over-all-integers": lambda: _forget(ForAll(j, True, Eq(f(j), f(j - 1) + 1))),
    "recursion-that-leaves-the-reals": lambda: _forget(ForAll(j, j >= 1, Eq(f(j), sqrt(f(j - 1) - 1)))),
    "recursion-that-divides-by-zero": lambda: _forget(ForAll(j, j >= 1, Eq(f(j), 1 / f(j - 1)))),
    "recursion-that-leaves-the-reals-later": lambda: _forget(ForAll(j, j >= 1, Eq(f(j), sqrt(1 - f(j - 1))))),
    "recursion-that-divides-by-zero-later": lambda: _forget(ForAll(j, j >= 1, Eq(f(j), 1 / (1 - f(j - 1))))),
    "recursion-that-starts-nowhere": lambda: _forget(ForAll(j, j >= 1, Eq(f(j), f(j - 1))), Eq(f(0), 1 / t)),
    "recursion-that-starts-with-itself": lambda: _forget(ForAll(j, j >= 1, Eq(f(j), f(j - 1))), Eq(f(0), f(1) + 1)),
    "recursion-that-starts-elsewhere": lambda: _forget(ForAll(j, j >= 1, Eq(f(j), f(j - 1))), Eq(f(1), 3)),
    "recursion-without-a-start": lambda: _forget(ForAll(j, j >= 1, Eq(f(j), f(j - 1))), f(0) > 3),
    "recursion-that-is-an-inequality": lambda: _forget(ForAll(j, j >= 1, f(j) > f(j - 1))),
    "recursion-that-exists-once": lambda: _forget(Exists(j, j >= 1, Eq(f(j), f(j - 1)))),
    "recursion-of-another-function": lambda: _forget(ForAll(j, j >= 1, Eq(x(j), x(j - 1)))),
    "recursion-over-the-reals": lambda: _forget(ForAll(t, t >= 1, Eq(f(t), f(t - 1)))),
    "recursion-two-steps-back": lambda: _forget(ForAll(j, j >= 1, Eq(f(j), f(j - 1) + f(j - 2)))),
    "recursion-while-it-is-small": lambda: _forget(ForAll(j, And(j >= 1, f(j) < 5), Eq(f(j), f(j - 1) + 1))),
    "recursion-of-integers-by-halves": lambda: _forget_integers(Eq(d_int(0), 0), d_int(j - 1) / 2),
    "recursion-of-integers-from-a-half": lambda: _forget_integers(Eq(d_int(0), S.Half), d_int(j - 1) + 1),
    "recursion-in-a-hypothesis": lambda: forget_recursion(
        weaken(assume(a > b), f(3) > 7, FIRST, ForAll(j, j >= 1, Eq(f(j), 0))), f, ForAll(j, j >= 1, Eq(f(j), 0)), FIRST
    ),
    "recursion-on-itself": lambda: _forget(ForAll(j, j >= 1, Eq(f(j), f(j) + 1))),
    "recursion-that-is-not-forgotten": lambda: forget_recursion(assume(f(3) > 0), f, ForAll(j, j >= 1, Eq(f(j), f(j - 1))), FIRST),
    "value-that-nobody-promised": lambda: forget_value(weaken(assume(Eq(a, b)), Smoothness(t, f(0))), Smoothness(t, f(0))),
    "value-that-is-no-hypothesis": lambda: forget_value(assume(Eq(a, b)), Sharp(t, 0)),
    "value-that-is-not-forgotten": lambda: forget_value(weaken(assume(t > 3), Sharp(t, 0)), Sharp(t, 0)),
    "value-that-another-argument-uses": lambda: forget_value(weaken(assume(Eq(a, b)), Sharp(t, t)), Sharp(t, t)),
    "value-that-is-a-number": lambda: forget_value(weaken(assume(Eq(a, b)), Sharp(Integer(3), 0)), Sharp(Integer(3), 0)),
    "value-that-is-an-integer": lambda: forget_value(weaken(assume(Eq(a, b)), Sharp(k, 0)), Sharp(k, 0)),
    "family-without-a-value-at-zero": lambda: matches(instance(follows(f(k) ** 2 >= 0), {f: Lambda(j, 1 / j)}), Statement((), k**-2 >= 0)),
    "function-without-a-value-at-zero": lambda: instance(assume(f(s) > 0), {f: Lambda(t, 1 / t)}),
    "last-factor-of-a-sum": lambda: last_factor(Sum(f(j), (j, 1, k + 1)), k),
    "last-factor-of-matrices": lambda: last_factor(Product(W(j), (j, 1, k + 1)), k),
    "last-factor-off-by-one": lambda: last_factor(Product(f(j), (j, 1, k + 2)), k),
    "empty-sum-is-one": lambda: empty_product(Sum(f(j), (j, 1, 0))),
    "product-with-a-factor-is-empty": lambda: empty_product(Product(f(j), (j, 1, 1))),
    "real-range-looked-at-in-its-integers": lambda: witness(Statement((ForAll(t, And(t >= 0, t <= 1), t**2 >= t),), s > 0), {s: 1}),
    "trace-of-the-zero-matrix-is-one": lambda: equal_words(Trace(A * B), 1, assume(Eq(A, 0))),
    "combination-with-the-wrong-sign": lambda: combine_words(A, B, (-1, assume(Eq(A, B)), 1)),
    "combination-that-divides-by-zero": lambda: matches(
        combine_words(A, B, (1 / t, assume(Eq(t * A, t * B)), 1)), Statement((Eq(t * A, t * B),), Eq(A, B))
    ),
    "combination-with-an-inverse": lambda: combine_words(B, C, (A**-1, assume(Eq(A * B, A * C)), 1)),
    "meaning-of-a-relation": lambda: by_meaning(t > 0),
    "meaning-of-a-silent-predicate": lambda: by_meaning(Silent(t)),
    "meaning-without-its-hypothesis": lambda: matches(by_meaning(Spoken(t)), Statement((Spoken(t),), t > 1)),
    "meaning-without-the-predicate": lambda: matches(by_meaning(Spoken(t)), Statement((t > 0,), t > 1)),
    "limit-of-an-inequality-is-fixed": lambda: limit_is_fixed(x, Lambda(t, t / 2), assume(x(k) > 3)),
    "limit-at-a-pole-is-fixed": lambda: limit_is_fixed(x, Lambda(t, 1 / (t - 1)), assume(Tends(k, x(k), c))),
    "limit-of-another-term-is-fixed": lambda: limit_is_fixed(x, Lambda(t, t / 2), assume(Tends(k, x(k) + 1, c))),
    "limit-along-another-index-is-fixed": lambda: limit_is_fixed(x, Lambda(t, t / 2), assume(Tends(j, x(j), c))),
    "limit-under-an-unknown-function-is-fixed": lambda: limit_is_fixed(x, Lambda(t, f(t)), assume(Tends(k, x(k), c))),
    "transpose-of-an-inequality": lambda: transposed(assume(t > 0)),
    "last-factor-of-two-products": lambda: last_factor(Product(f(j), (j, 1, k + 1), (i, 1, 2)), k),
    "combination-of-inequalities": lambda: combine_words(A, B, (1, assume(t > 0), 1)),
    "meaning-of-nothing": lambda: by_meaning(LyapunovStable(Lambda(t, 2 * t), 0)),
    "limit-of-another-orbit-is-fixed": lambda: limit_is_fixed(x, Lambda(t, t / 2), assume(Tends(k, y(k), 3))),
    "limit-at-a-floor-is-fixed": lambda: limit_is_fixed(x, Lambda(t, floor(t)), assume(Tends(k, x(k), 0))),
    "limit-at-a-jump-is-fixed": lambda: matches(
        limit_is_fixed(x, Lambda(t, t / 2 + 1 - sign(t) ** 2), assume(Tends(k, x(k), 0))),
        Statement((Tends(k, x(k), 0), recursion(x, Lambda(t, t / 2 + 1 - sign(t) ** 2))), Eq(a, b)),
    ),
    "infinite-limit-is-fixed": lambda: limit_is_fixed(x, Lambda(t, 2 * t), assume(Tends(k, x(k), oo))),
    "no-spectral-radius-in-three-dimensions": lambda: evaluate(Not(SpectralRadius(SOLID, column(0, 0, 0), 2))),
    "no-symbol-is-a-spectral-radius": lambda: evaluate(Not(SpectralRadius(PAIR, column(0, 0), r))),
    "spectral-radius-of-the-smaller-eigenvalue": lambda: evaluate(SpectralRadius(PAIR, column(0, 0), 2)),
    "no-symbol-is-the-step": lambda: evaluate(Not(GradientStep(Lambda(t, t - 2 * a * t), Lambda(t, t**2), b))),
    "gradient-step-of-another-loss": lambda: evaluate(GradientStep(Lambda(t, t - 2 * a * t), Lambda(t, t**3), a)),
    "no-symbol-is-the-slope": lambda: evaluate(Not(HasDerivative(Lambda(t, a * t), Lambda(t, b)))),
    "derivative-of-a-square-is-its-root": lambda: evaluate(HasDerivative(Lambda(t, t**2), Lambda(t, t))),
    "every-map-is-locally-linear": lambda: cite("locally-linear", Lambda(t, t**2), t, 0, t, 1),
    "radius-that-depends-on-the-state": lambda: cite("locally-linear", Lambda(t, t**2), t, 0, 0, Abs(t)),
    "interval-that-depends-on-its-point": lambda: cite("interval-not-null", Lambda(t, t / 2), 0, s, s, s + 1),
    "derivative-with-a-parameter-of-its-own": lambda: cite("same-derivative", Lambda(u, t * u), Lambda(u, t), t**2 / 2, t),
    "stability-of-one-solution-smoothness-of-another": lambda: cite(
        "stable-equilibria-are-flat", StableUnderDescent(r, f(0)), Smoothness(t, f(1))
    ),
    "map-that-is-multiplied": lambda: assume(Eq(MAP * A, A)),
    "map-that-is-a-number": lambda: instance(assume(LyapunovStable(MAP, 0)), {MAP: Integer(2)}),
    "map-that-is-not-defined-everywhere": lambda: instance(assume(LyapunovStable(MAP, 0)), {MAP: Lambda(t, 1 / t)}),
    "corner-that-has-a-slope": lambda: evaluate(GradientStep(Lambda(t, t - 1), Lambda(t, Max(0, t)), 1)),
    "ramp-with-the-wrong-slope": lambda: evaluate(GradientStep(Lambda(t, t - Max(0, t)), Lambda(t, Max(0, t) ** 2), 1)),
    "saddle-that-is-a-minimum": lambda: evaluate(AnalyticMinimum(Lambda((s, t), s**2 - t**2), column(0, 0))),
    "zero-that-is-no-minimum": lambda: evaluate(AnalyticMinimum(Lambda(t, t**2 + t**3), 0)),
    "multiplier-of-a-map-with-the-state-as-a-parameter": lambda: cite("stable-multiplier", Lambda(u, t * u), t, 0),
    "multiplier-at-a-corner": lambda: cite("stable-multiplier", Lambda(u, 2 * Abs(u)), t, 0),
    "multiplier-above-one-at-a-corner": lambda: cite("unstable-multiplier", Lambda(u, Abs(u - 1) * 2 - 2 * u), t, S.Half),
    "flip-at-a-corner": lambda: cite("stable-flip", Lambda(u, -u + Abs(u) ** 3), t, 0),
    "minimum-with-the-variable-as-a-parameter": lambda: cite("fermat", Lambda(u, u**2 - 2 * t * u), t, t),
    "second-derivative-with-the-variable-as-a-parameter": lambda: cite("second-order-sufficient", Lambda(u, -t * u**2), t, 0),
    "part-of-a-sum-between-its-terms": lambda: cite("part-of-sum", f(j), j, n, Rational(3, 2)),
    "no-part-of-a-sum-that-runs-backwards": lambda: cite("part-of-sum", f(j), j, n),
    "nonsingular-step-of-no-loss": lambda: cite(
        "unstable-solutions-attract-null-sets", ReachedAtRandom(a, A), Smoothness(b, A), NonsingularStep(a)
    ),
    "mean-of-a-moving-number-of-terms": lambda: cite("am-gm", f(j), j, 2 * j - 5),
    "countable-set-that-contains-every-number": lambda: cite("countable-preimages", Lambda(t, t / 2), t),
    "countable-set-of-every-index": lambda: cite("countable-preimages", Lambda(t, t / 2), k),
    "repelling-map-that-depends-on-the-index": lambda: cite("repelling-lands", x, Lambda(u, 3 * u / (1 + 5 * k**2)), 0, 3),
    "attracting-map-that-depends-on-the-index": lambda: cite("interval-not-null", Lambda(u, u / (1 + k**2)), 0, s, 0, 1),
    "ramp-times-a-number-of-its-name": lambda: evaluate(
        GradientStep(Lambda(t, t - 2 * Symbol("ramp0", real=True)), Lambda(t, Symbol("ramp0", real=True) * Max(0, t)), 1)
    ),
    "ramp-of-a-modulus": lambda: evaluate(
        GradientStep(Lambda(t, t - 2 * Max(0, Abs(t) + a) * sign(t)), Lambda(t, Max(0, Abs(t) + a) ** 2), 1)
    ),
    "unstable-map-of-the-plane-lands": lambda: cite("repelling-lands", x, PAIR, column(0, 0), 3),
    "orbit-of-matrices-lands": lambda: cite("repelling-lands", W, Lambda(t, 2 * t), 0, 2),
    "map-that-changes-with-the-index-lands": lambda: cite("repelling-lands", x, Lambda(t, (Abs(k) - k + S.Half) * t), 0, r),
    "corner-with-a-multiplier": lambda: cite("stable-multiplier", Lambda(t, 2 * Abs(t)), t, 0),
    "corner-that-repels": lambda: cite("unstable-multiplier", Lambda(t, 2 * t - Max(0, 4 * t)), t, 0),
    "corner-that-flips": lambda: cite("stable-flip", Lambda(t, -t + 9 * t * Abs(t) + t**3), t, 0),
    "multiplier-of-the-state": lambda: cite("stable-multiplier", Lambda(s, t * s), t, 0),
    "minimum-of-a-loss-with-the-state": lambda: cite("fermat", Lambda(s, t * s + s**2), t, c),
    "every-state-is-its-own-image": lambda: cite("countable-preimages", Lambda(t, t / 2), t),
    "every-state-is-a-preimage": lambda: cite("countable-landings", Lambda(t, 0 * t), 0, t, s, (t,)),
    "preimages-for-a-point-that-moves": lambda: cite("countable-landings", Lambda(t, t / 2), t, t, s, (2 * s,)),
    "preimages-of-integers-only": lambda: cite("countable-landings", Lambda(t, t - t), 0, t, n, ()),
    "linear-at-the-integers": lambda: cite("locally-linear", Lambda(t, t / 2), n, 0, 5, S.Half),
    "null-set-of-integers": lambda: cite("interval-not-null", Lambda(t, 2 * t), 0, n, 0, S.Half),
    "interval-under-a-map-of-the-index": lambda: cite("interval-not-null", Lambda(t, (Abs(k) - k + S.Half) * t), 0, s, 0, 1),
    "slope-at-the-integers": lambda: cite("same-derivative", f, Function("g", real=True), n**2 / 2, n),
}

# SymPy multiplies a letter into every entry of an explicit matrix, and takes any two for different
FULL, NILPOTENT, ZEROS = ImmutableMatrix([[1, 2], [3, 4]]), ImmutableMatrix([[0, 1], [0, 0]]), ImmutableMatrix.zeros(2, 2)
HOLE = ForAll(t, True, Eq(Trace(t * A) / t, Trace(A)))  # at t = 0 it says nothing
TRAPS |= {
    "explicit-matrix-that-is-no-letter": lambda: rewrite(assume(Eq(A, B)), assume(Eq(A, FULL, evaluate=False))),
    "explicit-matrix-that-differs-from-every-letter": lambda: instance(assume(Not(Eq(A, B), evaluate=False)), {B: FULL}),
    "zero-matrix-that-differs-from-0": lambda: instance(assume(Not(Eq(A, 0), evaluate=False)), {A: ZEROS}),
    "explicit-matrix-that-commutes-with-letters": lambda: instance(
        rewrite(assume(Eq(A * B, B * A)), assume(Eq(A, C))), {B: FULL, C: NILPOTENT}
    ),
    "explicit-matrix-with-letters-as-entries": lambda: identity(A * FULL, FULL * A),
    "explicit-matrix-plus-a-number": lambda: instance(assume(Eq(A + t, B)), {A: FULL}),
    "function-with-one-value-for-all-times": lambda: counterexample(
        Statement((ForAll(t, True, Eq(W(t), 0)),), Eq(W(0), 0)), {W(t): [[0]], W(0): [[1]]}
    ),
    "curve-with-a-hole": lambda: witness(Statement((), Velocity(Lambda(t, Trace(t * A) / t), 0)), {A: [[2]]}),
    "equation-with-a-hole": lambda: counterexample(Statement((HOLE,), Eq(A, 1)), {A: [[2]]}),
    "quotient-with-a-hole": lambda: counterexample(Statement((ForAll(t, True, Eq(t / (t + s), 1)),), s > 0), {s: 0}),
    "trace-that-divides-nothing": lambda: witness(Statement((), Ne(1 / Trace(A), 1)), {A: [[0]]}),
    "theorem-that-needs-an-equation-with-a-hole": lambda: witness(Statement((), HOLE), {A: [[2]]}, assume(HOLE)),
    "roots-of-negative-traces": lambda: witness(Statement((), Eq(sqrt(Trace(A)) * sqrt(Trace(B)), -1)), {A: [[-1]], B: [[-1]]}),
}


TRAPS |= fact_tables.TRAPS


@pytest.mark.parametrize("attempt", TRAPS.values(), ids=TRAPS.keys())
def test_trap_is_refused(attempt: Callable[[], Any]) -> None:
    with pytest.raises(REFUSALS):
        attempt()


def test_a_short_range_of_numbers_is_looked_at_one_by_one() -> None:
    squares = Statement((ForAll(k, And(k >= 1, k <= j), k**2 <= t),), t > 1)
    assert witness(squares, {j: 2, t: 4}).point
    with pytest.raises(REFUSALS, match="not shown true"):
        witness(squares, {j: 3, t: 4})


def test_there_are_enough_traps() -> None:
    assert len(TRAPS) >= 60


def test_nothing_decides_an_open_formula() -> None:
    assert decide(t > 0) is None
    assert decide(Ne(exp(t), s)) is None
    assert Identity(3).is_Identity  # the shaped matrices of the traps are SymPy's
