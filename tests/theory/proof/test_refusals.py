"""Every check of every rule, by itself: an input that this check refuses, recognised by its message.

A trap shows that a false statement is refused by something; here it is refused by the check that is meant to. A check that is deleted, or
that asks for less, lets the input through or fails later with another message.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sympy import (
    Abs,
    Eq,
    Function,
    I,
    ImmutableMatrix,
    Integer,
    Lambda,
    Max,
    Ne,
    Product,
    S,
    Sum,
    Symbol,
    exp,
    floor,
    log,
    oo,
    sign,
    sqrt,
    symbols,
)
from sympy.functions.elementary.complexes import transpose

from theory.proof import (
    And,
    Column,
    Exists,
    ForAll,
    Iterate,
    KernelError,
    LyapunovStable,
    Map,
    NotProved,
    Or,
    Refutation,
    Statement,
    Tends,
    Theorem,
    Trace,
    absurd,
    assume,
    cite,
    combine_words,
    contracts,
    counterexample,
    cut,
    define,
    derivative,
    empty_product,
    equal_words,
    escapes,
    evaluate,
    exhibit,
    follows,
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
    odd_modulus,
    part,
    rename_orbit,
    repelled,
    rewrite,
    specialize,
    sum_congruence,
    transposed,
    unique_limit,
    weaken,
    witness,
)
from theory.proof.descent_facts import (
    LinearNetworkMinimum,
    NonsingularStep,
    ReachedAtRandom,
    ReachedByRegularSteps,
    Smoothness,
    StableUnderDescent,
)
from theory.proof.kernel import (
    index_range,
)
from theory.proof.orbits import _continuous

REFUSALS = (NotProved, KernelError, ValueError, TypeError)

a, b, c, p, q, r, s, t, u = symbols("a b c p q r s t u", real=True)
i, j, k, m, n = symbols("i j k m n", integer=True)
f, g, x, y = (Function(name, real=True) for name in "fgxy")
whole = Function("whole", integer=True)
A, B, C = symbols("A B C", commutative=False)
W = Function("W", commutative=False)
X = Column("X")
P = Function("P", commutative=False)
NULL = "unstable-solutions-attract-null-sets"
HALF, DOUBLE = Lambda(t, t / 2), Lambda(t, 2 * t)
INSIDE, IMAGE = (t >= 0, t <= b), (s >= 0, s <= b)
FALLS = follows(And(t / 2 >= 0, t / 2 <= t), *INSIDE)
RESTS = follows(Eq(t, 0), *INSIDE, Eq(t / 2, t))
STAYS = follows(And(t / 2 >= 0, t / 2 <= b), *INSIDE)
LONELY = follows(Eq(s, t), *INSIDE, *IMAGE, Eq(s, t / 2), Eq(t, s / 2))
SHRINKS = follows(Abs(t / 2) <= Abs(t) / 2)
GROWS = follows(Abs(2 * t) >= 2 * Abs(t), t >= 1)
ABOVE = follows(2 * t >= 1, t >= 1)
AWAY = follows(Abs(2 * t) > Abs(t), t >= 0, Ne(t, 0), Abs(t) <= 1)
LIMIT = assume(Tends(k, x(k), c))
TRUE = evaluate(True)


def _forged(**parts: Any) -> Theorem:
    theorem = weaken(assume(t > 0), s > 0)
    for name, value in parts.items():
        object.__setattr__(theorem, name, value)
    return theorem


def _copied() -> Theorem:
    fake, real = object.__new__(Theorem), assume(t > 0)
    for name in ("given", "then", "rule", "reason", "premises", "trusts"):
        object.__setattr__(fake, name, getattr(real, name))
    return fake


def _defined(meaning: Any, *arguments: Any, name: str = "d_refused", **sort: bool) -> Any:
    return define(Function(name, **(sort or {"real": True}))(*(arguments or (t,))), meaning)


def _claim(claim: Any, base: Any, step: Any, *given: Any, start: Any = 0, variable: Any = k) -> Any:
    return induction(assume(base), weaken(assume(step), claim, *given), variable, start)


CHECKS: dict[str, tuple[Callable[[], Any], str]] = {
    # theorems
    "theorem by hand": (lambda: Theorem(None, given=(), then=t > 0), "made only by a rule"),
    "set": (lambda: setattr(assume(t > 0), "then", s > 0), "altered .tried to set 'then'"),
    "delete": (lambda: delattr(assume(t > 0), "then"), "altered .tried to delete 'then'"),
    "not a theorem": (lambda: weaken(t > 0), "needs theorems, found t > 0"),
    "a copy": (lambda: weaken(_copied()), "not made by a rule, or was altered"),
    "an altered hypothesis": (lambda: weaken(_forged(given=())), "was altered since"),
    "an altered conclusion": (lambda: weaken(_forged(then=s > 5)), "was altered since"),
    "an altered premise": (lambda: weaken(_forged(premises=())), "was altered since"),
    "an altered trust": (lambda: weaken(_forged(trusts=frozenset("z"))), "was altered since"),
    "a conclusion that is no formula": (lambda: assume(t), "is no SymPy relation"),
    "a hypothesis that is no formula": (lambda: weaken(assume(t > 0), s), "is no SymPy relation"),
    "a forged premise": (lambda: follows(t > 0, using=(_forged(given=()),)), "was altered since"),
    # logic
    "cut: no such hypothesis": (lambda: cut(assume(t > 0), assume(s > 0)), "cut: s > 0 is not among"),
    "cut: part of a disjunction": (lambda: cut(assume(t > 0), assume(Or(t > 0, s > 0))), "is not among"),
    "instance: false hypothesis": (lambda: instance(follows(t**2 > 0, t > 0), {t: -1}), "became false"),
    "instance: false condition": (lambda: instance(assume(Eq(s / (t - u), 1)), {s: 0, u: t}), "not defined there"),
    "instance: unknown condition": (lambda: instance(assume(f(s) > 0), {s: Symbol("z")}), "no sort"),
    "instance: value with a pole": (lambda: instance(assume(f(s) > 0), {f: Lambda(t, 1 / t)}), "has a value everywhere, but"),
    "instance: number for a function": (lambda: instance(assume(f(s) > 0), {f: t}), "takes a Lambda, found t"),
    "instance: defined function": (lambda: (_defined(t, name="d_used"), instance(TRUE, {Function("d_used", real=True): HALF})), "takes no other value"),
    "instance: an expression": (lambda: instance(assume(f(s) > 0), {f(s): t}), "only symbols and functions can be instantiated"),
    "instance: a number for a map": (lambda: instance(assume(LyapunovStable(Map("F"), 0)), {Map("F"): A}), "F is a map, and A is not"),
    "instance: integers for a map": (lambda: instance(assume(LyapunovStable(Map("F"), 0)), {Map("F"): Lambda(k, 2 * k)}), "is a map on R.n"),
    "instance: matrices for a map": (lambda: instance(assume(LyapunovStable(Map("F"), 0)), {Map("F"): Lambda(A, 2 * A)}), "is a map on R.n"),
    "instance: a matrix for a number": (lambda: instance(assume(t > 0), {t: A}), "t is a number, and A is not"),
    "instance: a formula for a number": (lambda: instance(assume(t > 0), {t: s > 0}), "t is a number, and s > 0 is not"),
    "instance: a matrix for a value": (lambda: instance(assume(f(s) > 0), {f: Lambda(t, t * A)}), "f is a number"),
    "instance: a half for an integer": (lambda: instance(assume(k > 0), {k: n / 2}), "k is integer, and n/2 is not"),
    "instance: a half for an integer value": (lambda: instance(assume(whole(k) > 0), {whole: Lambda(k, k / 2)}), "whole is integer"),
    "instance: a real for an integer": (lambda: instance(assume(k > 0), {k: t}), "k is integer, and t is not"),
    "instance: another kind of symbol": (lambda: instance(assume(t > 0), {_Odd("t"): s}), "is no symbol of the kernel's language"),
    "part: not a part": (lambda: part(assume(And(t > 0, s > 0)), u > 0), "part: u > 0 is no part"),
    "part: of a disjunction": (lambda: part(assume(Or(t > 0, s > 0)), t > 0), "part: t > 0 is no part"),
    "absurd: nothing absurd": (lambda: absurd(assume(t > 0), t > 0), "absurd: t > 0 is not false"),
    "generalize: no symbol": (lambda: generalize(assume(f(0) > 0), f(0)), "generalize: f.0. is no symbol"),
    "generalize: restricted": (lambda: generalize(weaken(assume(s > 0), t > 1), t), "the hypothesis t > 1 restricts it"),
    "generalize: restricted beyond": (lambda: generalize(follows(t > 0, t > 1, t < s), t, t > 1), "the hypothesis t < s restricts it"),
    "specialize: no quantifier": (lambda: specialize(assume(t > 0), 1), "is no 'for all'"),
    "specialize: exists": (lambda: specialize(assume(Exists(t, t > 0, f(t) > 0)), 1), "is no 'for all'"),
    "specialize: outside": (lambda: specialize(assume(ForAll(t, t > 0, f(t) > 0)), -1), "specialize: -1 violates t > 0"),
    "specialize: outside one part": (lambda: specialize(assume(ForAll(k, And(k > 0, k < n), f(k) > 0)), -1), "specialize: -1 violates"),
    "specialize: another sort": (lambda: specialize(assume(ForAll(k, k > 0, f(k) > 0)), t), "k is integer"),
    "exhibit: no symbol": (lambda: exhibit(assume(f(s) > 0), f(t), s, True, f(s) > 0), "exhibit: f.t. is no symbol"),
    "exhibit: another body": (lambda: exhibit(assume(f(s) > 0), t, s, True, g(t) > 0), "exhibit: have f.s. > 0, need g.s. > 0"),
    "exhibit: condition not shown": (lambda: exhibit(assume(f(s) > 0), t, s, t > 5, f(t) > 0), "exhibit: have"),
    "exhibit: another sort": (lambda: exhibit(assume(f(s) > 0), k, s, True, f(k) > 0), "k is integer"),
    "rewrite: no equation": (lambda: rewrite(assume(t > 0), assume(t > s)), "rewrite: t > s is no equation"),
    "rewrite: an inequation": (lambda: rewrite(assume(t > 0), assume(Ne(t, s))), "is no equation"),
    "sums: not for all": (lambda: sum_congruence(assume(Eq(f(j), g(j)))), "is no 'for all ... equal'"),
    "sums: not equal": (lambda: sum_congruence(assume(ForAll(j, And(j >= 1, j <= n), f(j) > 0))), "is no 'for all ... equal'"),
    "sums: real index": (lambda: sum_congruence(assume(ForAll(t, And(t >= 1, t <= n), Eq(f(t), g(t))))), "the index t is not an integer"),
    "range: one end": (lambda: index_range(j, j >= 1), "no range of j with both ends"),
    "range: one end twice": (lambda: index_range(j, And(j >= 1, j >= m)), "no range of j"),
    "range: strict": (lambda: index_range(j, And(j > 1, j < n)), "no range of j"),
    "range: a gap": (lambda: index_range(j, And(j >= 1, j <= n, Ne(j, 2))), "no range of j"),
    "range: moving": (lambda: index_range(j, And(j >= 1, j <= n - j)), "no range of j"),
    "range: of another": (lambda: index_range(j, And(i >= 1, i <= n)), "no range of j"),
    "induction: real": (lambda: _claim(f(t) > 0, f(0) > 0, f(t + 1) > 0, variable=t), "t is not an integer symbol"),
    "induction: no symbol": (lambda: _claim(f(k) > 0, f(0) > 0, f(k + 1) > 0, variable=k + 1), "is not an integer symbol"),
    "induction: from a half": (lambda: _claim(f(k) > 0, f(S.Half) > 0, f(k + 1) > 0, start=S.Half), "start 1/2 is not a fixed integer"),
    "induction: from itself": (lambda: _claim(f(k) > 0, f(2 * k) > 0, f(k + 1) > 0, start=2 * k), "start 2.k is not a fixed integer"),
    "induction: a restricted step": (
        lambda: induction(assume(f(0) > 0), follows(f(k + 1) > 0, f(k) > 0, f(k + 1) > f(k)), k, 0),
        "the hypothesis .* restricts it",
    ),
    "induction: a restricted base": (
        lambda: induction(weaken(assume(f(0) > 0), k > 5), follows(f(k + 1) > 0, f(k) > 0, ForAll(t, True, f(t) > 0), using=(
            specialize(assume(ForAll(t, True, f(t) > 0)), k + 1),)), k, 0),
        "the hypothesis k > 5 restricts it",
    ),
    "induction: the step shows less": (lambda: _claim(f(k) > 0, f(0) > 0, f(k) > 0), "no hypothesis of the step gives"),
    "induction: another base": (lambda: _claim(f(k) > 0, f(1) > 0, f(k + 1) > 0), "no hypothesis of the step gives"),
    "define: no function": (lambda: define(t, s), "is no function of distinct symbols"),
    "define: at one point": (lambda: _defined(t, Integer(1), t), "is no function of distinct symbols"),
    "define: twice the same": (lambda: _defined(t, t, t), "is no function of distinct symbols"),
    "define: free symbol": (lambda: _defined(t * s), "has symbols that d_refused.t. has not"),
    "define: unknown function": (lambda: _defined(f(t)), "uses f, not defined before"),
    "define: itself": (lambda: (_defined(t, name="d_self"), _defined(Function("d_self", real=True)(t), name="d_self")), "not defined before"),
    "define: again": (lambda: (_defined(t, name="d_again"), _defined(t + 1, name="d_again")), "d_again is already defined"),
    "define: a half": (lambda: _defined(t / 2, name="d_whole", integer=True), "d_whole is integer"),
    "define: imaginary": (lambda: _defined(I * t), "no word"),
    "matches: no statement": (lambda: matches(assume(t > 0), assume(t > 0)), "needs a Statement, found Theorem"),
    "matches: a hypothesis more": (lambda: matches(follows(t > 0, t > 1), Statement((t > 2,), t > 0)), "the statement does not give: .t > 1"),
    "matches: another conclusion": (lambda: matches(follows(t > 0, t > 1), Statement((t > 1,), t > -1)), "proved t > 0\nwanted t > -1"),
    # orbits
    "orbit: no function": (lambda: lands(f(t), HALF, 0), "the orbit must be an undefined real function"),
    "orbit: complex": (lambda: lands(Function("h"), HALF, 0), "the orbit must be an undefined real function"),
    "orbit: matrices": (lambda: lands(W, HALF, 0), "the orbit must be an undefined real function"),
    "map: no Lambda": (lambda: lands(x, f, 0), "the map must be a Lambda of one variable"),
    "map: of two": (lambda: lands(x, Lambda((s, t), s), 0), "the map must be a Lambda of one variable"),
    "map: with the index": (lambda: lands(x, Lambda(t, t * k), 0), "contains k; the map and its constants"),
    "point: with the index": (lambda: lands(x, HALF, k), "k contains k"),
    "state: an integer": (lambda: contracts(x, HALF, k, 0, S.Half, S.true, TRUE, SHRINKS), "the states must be different real symbols"),
    "state: twice": (lambda: no_two_cycles(x, HALF, t, t, (0, b), STAYS, TRUE, RESTS), "the states must be different real symbols"),
    "state: in the map": (lambda: contracts(x, Lambda(u, u * t), t, 0, S.Half, S.true, TRUE, SHRINKS), "contains t; the map and its"),
    "state: in the rate": (lambda: contracts(x, HALF, t, 0, t, S.true, TRUE, SHRINKS), "t contains t"),
    "state: in the point": (lambda: contracts(x, HALF, t, t, S.Half, S.true, TRUE, SHRINKS), "t contains t"),
    "state: in the second map": (lambda: odd_modulus(x, DOUBLE, Lambda(u, u * t), t, follows(Eq(Abs(2 * t), 2 * t), t >= 0)), "contains t"),
    "index: in the domain": (lambda: escapes(x, DOUBLE, t, t >= k, 2, ABOVE, GROWS), "contains k"),
    "index: in the factor": (lambda: escapes(x, DOUBLE, t, t >= 1, k, ABOVE, GROWS), "contains k"),
    "index: in the radius": (lambda: repelled(x, DOUBLE, t, 0, k, t >= 0, AWAY), "contains k"),
    "index: in the interval": (lambda: monotone_orbit(x, HALF, t, (0, k), FALLS, RESTS), "contains k"),
    "interval: without an end": (lambda: monotone_orbit(x, HALF, t, (0, oo), FALLS, RESTS), "oo .Infinity. is no word"),
    "monotone: another invariant": (lambda: monotone_orbit(x, HALF, t, (0, b), STAYS, RESTS), "monotone_orbit: have"),
    "monotone: no point": (lambda: monotone_orbit(x, HALF, t, (0, b), FALLS, follows(t >= 0, *INSIDE)), "does not say that t is one point"),
    "monotone: a moving point": (lambda: monotone_orbit(x, HALF, t, (0, b), FALLS, follows(Eq(t, 2 * t), *INSIDE, Eq(t / 2, t))), "does not say that t is one"),
    "monotone: another unknown": (lambda: monotone_orbit(x, HALF, t, (0, b), FALLS, follows(Eq(s, 0), Eq(s, 0))), "does not say that t is one point"),
    "monotone: a restricted state": (
        lambda: monotone_orbit(x, HALF, t, (0, b), weaken(FALLS, t > 1), RESTS), "the hypothesis t > 1 restricts the state"
    ),
    "monotone: a restricted point": (
        lambda: monotone_orbit(x, HALF, t, (0, b), FALLS, weaken(RESTS, t < 1)), "the hypothesis t < 1 restricts the state"
    ),
    "monotone: a jump": (lambda: _continuous(floor(t), t, ()), "continuity of floor.t. is not known"),
    "monotone: a sign": (lambda: _continuous(t + sign(t), t, ()), "continuity of sign.t. is not known"),
    "monotone: a pole": (lambda: _continuous(1 / t, t, (t > -1,)), "Ne.t, 0. does not follow"),
    "cycles: another interval": (lambda: no_two_cycles(x, HALF, t, s, (0, b), FALLS, LONELY, RESTS), "no_two_cycles, the interval: have"),
    "cycles: not lonely": (lambda: no_two_cycles(x, HALF, t, s, (0, b), STAYS, follows(Eq(s, s)), RESTS), "no_two_cycles, the 2-cycle: have"),
    "cycles: a restricted image": (
        lambda: no_two_cycles(x, HALF, t, s, (0, b), STAYS, weaken(LONELY, s > 1), RESTS), "the hypothesis s > 1 restricts the state"
    ),
    "cycles: a restricted point": (
        lambda: no_two_cycles(x, HALF, t, s, (0, b), STAYS, LONELY, weaken(RESTS, t > 1)), "the hypothesis t > 1 restricts the state"
    ),
    "cycles: no points": (
        lambda: no_two_cycles(x, HALF, t, s, (0, b), STAYS, LONELY, follows(Or(Eq(t, 0), t > 5), *INSIDE, Eq(t / 2, t))),
        "does not say that t is one point",
    ),
    "cycles: a moving point": (
        lambda: no_two_cycles(x, HALF, t, s, (0, b), STAYS, LONELY, follows(Or(Eq(t, 0), Eq(t, 2 * t)), *INSIDE, Eq(t / 2, t))),
        "does not say that t is one point",
    ),
    "repelled: it does not": (lambda: repelled(x, HALF, t, 0, 1, t >= 0, AWAY), "repelled: have"),
    "repelled: a restricted state": (lambda: repelled(x, DOUBLE, t, 0, 1, t >= 0, weaken(AWAY, t > 1)), "the hypothesis t > 1 restricts"),
    "repelled: no radius": (
        lambda: repelled(x, DOUBLE, t, 0, r, t >= 0, weaken(follows(Abs(2 * t) > Abs(t), t >= 0, Ne(t, 0), Abs(t) <= r))), "does not follow"
    ),
    "contracts: another domain": (lambda: contracts(x, HALF, t, 0, S.Half, t > 0, TRUE, SHRINKS), "contracts, the domain: have"),
    "contracts: another step": (lambda: contracts(x, HALF, t, 0, S.One / 3, S.true, TRUE, SHRINKS), "contracts, the step: have"),
    "contracts: a restricted state": (lambda: contracts(x, HALF, t, 0, S.Half, S.true, TRUE, weaken(SHRINKS, t > 1)), "restricts the state"),
    "contracts: a restricted domain": (lambda: contracts(x, HALF, t, 0, S.Half, S.true, weaken(TRUE, t > 1), SHRINKS), "restricts the state"),
    "contracts: a negative rate": (
        lambda: contracts(x, HALF, t, 0, q, Eq(t, 0), follows(Eq(t / 2, 0), Eq(t, 0)), follows(Abs(t / 2) <= q * Abs(t), Eq(t, 0))),
        "q >= 0 does not follow",
    ),
    "escapes: another domain": (lambda: escapes(x, DOUBLE, t, t > 1, 2, ABOVE, GROWS), "escapes, the domain: have"),
    "escapes: another step": (lambda: escapes(x, DOUBLE, t, t >= 1, 3, ABOVE, GROWS), "escapes, the step: have"),
    "escapes: a restricted state": (lambda: escapes(x, DOUBLE, t, t >= 1, 2, ABOVE, weaken(GROWS, t < 9)), "restricts the state"),
    "escapes: a restricted domain": (lambda: escapes(x, DOUBLE, t, t >= 1, 2, weaken(ABOVE, t < 9), GROWS), "restricts the state"),
    "escapes: factor one": (
        lambda: escapes(x, DOUBLE, t, t >= 1, 1, ABOVE, follows(Abs(2 * t) >= Abs(t), t >= 1)), "False does not follow"
    ),
    "escapes: zero in the domain": (
        lambda: escapes(x, DOUBLE, t, t >= 0, 2, follows(2 * t >= 0, t >= 0), follows(Abs(2 * t) >= 2 * Abs(t), t >= 0)), "Ne.t, 0. does not follow"
    ),
    "image: no limit": (lambda: image_tends(assume(t > 0), HALF), "image_tends: t > 0 is no finite limit"),
    "image: infinite": (lambda: image_tends(assume(Tends(k, x(k), oo)), HALF), "is no finite limit"),
    "image: minus infinity": (lambda: image_tends(assume(Tends(k, x(k), -oo)), HALF), "is no finite limit"),
    "image: the index": (lambda: image_tends(LIMIT, Lambda(t, t * k)), "contains the index k"),
    "image: a jump": (lambda: image_tends(LIMIT, Lambda(t, sign(t))), "continuity of sign.* is not known"),
    "image: a pole": (lambda: image_tends(LIMIT, Lambda(t, 1 / t)), "does not follow"),
    "rename: no limit": (lambda: rename_orbit(assume(t > 0), k, assume(ForAll(k, k >= 0, Eq(x(k), y(k))))), "need a limit and an equation"),
    "rename: no equation": (lambda: rename_orbit(LIMIT, k, assume(Eq(x(k), y(k)))), "need a limit and an equation"),
    "rename: not from 0": (lambda: rename_orbit(LIMIT, k, assume(ForAll(k, k >= 1, Eq(x(k), y(k))))), "need a limit and an equation"),
    "rename: another index": (lambda: rename_orbit(LIMIT, j, assume(ForAll(k, k >= 0, Eq(x(k), y(k))))), "need a limit and an equation"),
    "rename: an inequality": (lambda: rename_orbit(LIMIT, k, assume(ForAll(k, k >= 0, x(k) >= y(k)))), "does not rename x.k."),
    "rename: another sequence": (lambda: rename_orbit(LIMIT, k, assume(ForAll(k, k >= 0, Eq(y(k), x(k))))), "does not rename x.k."),
    "rename: along another index": (lambda: rename_orbit(LIMIT, j, assume(ForAll(j, j >= 0, Eq(x(k), y(j))))), "does not rename x.k."),
    "unique: no limit": (lambda: unique_limit(assume(t > 0), LIMIT), "t > 0 is no limit"),
    "unique: no second limit": (lambda: unique_limit(LIMIT, assume(t > 0)), "t > 0 is no limit"),
    "unique: two sequences": (lambda: unique_limit(LIMIT, assume(Tends(k, y(k), c))), "are not about one sequence"),
    "modulus: no limit": (lambda: modulus_to_zero(assume(t > 0)), "is not a modulus that tends to 0"),
    "modulus: no modulus": (lambda: modulus_to_zero(assume(Tends(k, x(k), 0))), "is not a modulus that tends to 0"),
    "modulus: to one": (lambda: modulus_to_zero(assume(Tends(k, Abs(x(k)), 1))), "is not a modulus that tends to 0"),
    "odd: even": (lambda: odd_modulus(x, Lambda(t, t**2), Lambda(t, t**2), t, follows(Eq(Abs(t**2), t**2), t >= 0)), "is not odd"),
    "odd: another map": (lambda: odd_modulus(x, DOUBLE, HALF, t, follows(Eq(Abs(2 * t), 2 * t), t >= 0)), "odd_modulus: have"),
    "odd: a restricted state": (
        lambda: odd_modulus(x, DOUBLE, DOUBLE, t, weaken(follows(Eq(Abs(2 * t), 2 * t), t >= 0), t < 9)), "restrict the state beyond"
    ),
    "fixed: another orbit": (lambda: limit_is_fixed(y, HALF, LIMIT), "is no limit of the orbit y"),
    "fixed: no limit": (lambda: limit_is_fixed(x, HALF, assume(Ne(k, x(k)))), "is no limit of the orbit x"),
    "fixed: a pole": (lambda: limit_is_fixed(x, Lambda(t, 1 / (t - 1)), LIMIT), "Ne.t - 1, 0. does not follow"),
    "fixed: an exponential": (lambda: limit_is_fixed(x, Lambda(t, exp(t)), LIMIT), "continuity of exp.t. is not known"),
    # products and words
    "last factor: another end": (lambda: last_factor(Product(f(j), (j, 1, k + 2)), k), "does not end at k . 1"),
    "last factor: of matrices": (lambda: last_factor(Product(W(j), (j, 1, k + 1)), k), "is no product of numbers"),
    "last factor: of a sum": (lambda: last_factor(Sum(f(j), (j, 1, k + 1)), k), "is no product of numbers"),
    "empty product: one factor": (lambda: empty_product(Product(f(j), (j, m, m))), "has factors"),
    "empty product: backwards": (lambda: empty_product(Product(f(j), (j, m, m - 2))), "has factors"),
    "empty product: of matrices": (lambda: empty_product(Product(W(j), (j, 1, 0))), "is no product of numbers"),
    "combination: no equation": (lambda: combine_words(A, B, (1, assume(t > 0), 1)), "combine_words: t > 0 is no equation"),
    "combination: left over": (lambda: combine_words(A, B, (2, assume(Eq(A, B)), 1)), "left over is"),
    "combination: modulo": (lambda: combine_words(A, B, modulo=(assume(t > 0),)), "cannot be used left to right"),
    "transposed: no equation": (lambda: transposed(assume(t > 0)), "transposed: t > 0 is no equation"),
    "words: a sum on the left": (lambda: equal_words(A, A, assume(Eq(A + B, C))), "cannot be used left to right"),
    "words: no equation": (lambda: equal_words(A, A, assume(Ne(A, C))), "cannot be used left to right"),
    "words: a number on the left": (lambda: equal_words(A, A, assume(Eq(t * A, C))), "is no word of matrices"),
    "words: left over": (lambda: equal_words(A, B), "left over is"),
    "words: a column and no row": (lambda: equal_words(Trace(X * A), Trace(B)), "which is no row"),
    "words: the trace of 1": (lambda: equal_words(Trace(S.One), t), "the trace of the identity is its size"),
    "words: a product of sums": (
        lambda: equal_words(Sum(W(i), (i, 1, n)) * Sum(W(j), (j, 1, n)), S.Zero), "a product of sums has no normal form"
    ),
    "words: sums over sums": (lambda: equal_words(Sum(W(i), (i, 1, j), (j, 1, n)), S.Zero), "only single sums have a normal form"),
    "identity: left over": (lambda: identity(t, s), "the difference is"),
    "derivative: another value": (lambda: derivative(t**2, t, value=t), "d/dt of t..2 is 2.t, not t"),
    "derivative: an integer": (lambda: derivative(k**2, k), "k is not a real symbol"),
    "derivative: a matrix": (lambda: derivative(A * A, A), "A is not a real symbol"),
    "derivative: no symbol": (lambda: derivative(f(t), f(t)), "is not a real symbol"),
    "derivative: order zero": (lambda: derivative(t**2, t, 0), "the order 0 is not a positive integer"),
    "derivative: order one half": (lambda: derivative(t**2, t, 0.5), "the order 0.5 is not"),  # type: ignore[arg-type]
    "derivative: of a maximum": (lambda: derivative(Max(t, 0), t), "nothing is known of the derivative"),
    "derivative: of an iterate": (lambda: derivative(Iterate(HALF, t, k), t), "nothing is known of the derivative"),
    # facts
    "fact: none": (lambda: cite("everything"), "no textbook fact 'everything'"),
    "fact: no polynomial": (lambda: cite("fermat", Lambda(t, sqrt(t)), t, 1), "is no polynomial in t"),
    "fact: variable in the map": (lambda: cite("fermat", Lambda(u, u * t), t, 1), "contains t, which is bound here"),
    "fact: a moving number of terms": (lambda: cite("am-gm", f(j), j, 2 * j), "contains j, which is bound here"),
    "fact: terms at halves": (lambda: cite("part-of-sum", f(j), j, n, S.Half), "the chosen indices must be integers"),
    "fact: no terms": (lambda: cite("part-of-sum", f(j), j, n), "the chosen indices must be integers"),
    "fact: a rate that moves": (lambda: cite("geometric-convergence", x, 0, k, a), "k contains k, which is bound here"),
    "fact: a scale that moves": (lambda: cite("geometric-convergence", x, 0, a, k), "k contains k, which is bound here"),
    "fact: a harmonic rate that moves": (lambda: cite("geometric-below-harmonic", 1 / (k + 2), a), "which is bound here"),
    "fact: a harmonic scale that moves": (lambda: cite("geometric-below-harmonic", a, 1 + k), "which is bound here"),
    "fact: landing on the state": (lambda: cite("countable-landings", HALF, t, t, s, (2 * s,)), "t contains t, which is bound here"),
    "fact: landing on the value": (lambda: cite("countable-landings", HALF, s, t, s, (2 * s,)), "s contains s, which is bound here"),
    "fact: landing on the index": (lambda: cite("countable-landings", HALF, k, t, s, (2 * s,)), "k contains k, which is bound here"),
    "fact: every number is a preimage": (lambda: cite("countable-landings", HALF, c, t, s, (t,)), "t contains t, which is bound here"),
    "fact: preimages that move": (lambda: cite("countable-landings", HALF, c, t, s, (s + k,)), "contains k, which is bound here"),
    "fact: landings of integers": (lambda: cite("countable-landings", HALF, c, k, s, (2 * s,)), "a state is a real symbol"),
    "fact: a flow at its variable": (lambda: cite("stable-flow", Lambda(u, -u), t, t), "t contains t, which is bound here"),
    "fact: a tangency at its variable": (lambda: cite("unstable-tangency", Lambda(u, u + u**2), t, t), "t contains t"),
    "fact: a regular point that moves": (lambda: cite("nonsingular-polynomial", Lambda(u, 2 * u), t, t), "t contains t"),
    "fact: slopes at integers": (lambda: cite("same-derivative", f, g, k**2, k), "a state is a real symbol"),
    "fact: slopes of a moving function": (lambda: cite("same-derivative", Lambda(u, u * t), g, t**2, t), "contains t"),
    "fact: an interval of integers": (lambda: cite("interval-not-null", HALF, c, k, 0, 1), "a state is a real symbol"),
    "fact: an interval that moves": (lambda: cite("interval-not-null", HALF, c, s, s, 1), "s contains s"),
    "fact: linear near integers": (lambda: cite("locally-linear", HALF, k, 0, a, 1), "a state is a real symbol"),
    "fact: linear with a slope that moves": (lambda: cite("locally-linear", HALF, t, 0, t, 1), "t contains t"),
    "fact: linear at every point": (lambda: cite("locally-linear", HALF, t, t, a, 1), "t contains t"),
    "fact: linear in a radius that moves": (lambda: cite("locally-linear", HALF, t, 0, a, Abs(t)), "contains t"),
    "fact: not reached": (lambda: cite("unstable-minima-attract-null-sets", t > 0, Smoothness(b, A)), "is about a ReachedByRegularSteps and"),
    "fact: not regular": (lambda: cite("unstable-minima-attract-null-sets", ReachedAtRandom(a, A), Smoothness(b, A)), "is about a ReachedByRegularSteps"),
    "fact: not smooth": (lambda: cite("unstable-minima-attract-null-sets", ReachedByRegularSteps(a, A), t > 0), "is about a ReachedByRegularSteps and"),
    "fact: no nonsingular step": (lambda: cite(NULL, ReachedAtRandom(a, A), Smoothness(b, A), t > 0), "is about a solution, its smoothness and a step"),
    "fact: nothing reached": (lambda: cite(NULL, t > 0, Smoothness(b, A), NonsingularStep(a, A)), "is about a solution, its smoothness"),
    "fact: nothing smooth": (lambda: cite(NULL, ReachedAtRandom(a, A), t > 0, NonsingularStep(a, A)), "is about a solution, its smoothness"),
    "fact: a step of no loss": (lambda: cite(NULL, ReachedAtRandom(a, A), Smoothness(b, A), NonsingularStep(a)), "not about the same step, loss"),
    "fact: another loss": (lambda: cite(NULL, ReachedAtRandom(a, A), Smoothness(b, A), NonsingularStep(a, B)), "not about the same step, loss"),
    "fact: another step": (lambda: cite(NULL, ReachedAtRandom(a, A), Smoothness(b, A), NonsingularStep(b, A)), "not about the same step, loss"),
    "fact: another solution": (lambda: cite(NULL, ReachedAtRandom(a, A), Smoothness(b, B), NonsingularStep(a, A)), "not about the same step, loss"),
    "fact: no network": (lambda: cite("minima-keep-the-largest", t > 0, P, a, b), "is about a LinearNetworkMinimum"),
    "fact: a network of a moving depth": (
        lambda: cite("minima-keep-the-largest", LinearNetworkMinimum(Lambda(j, W(j)), 2 * j - 5, A), P, a, b), "contains j, which is bound here"
    ),
    "fact: two solutions": (
        lambda: cite("unstable-minima-attract-null-sets", ReachedByRegularSteps(a, A), Smoothness(b, B)), "not about the same solution"
    ),
    "fact: not stable": (lambda: cite("stable-equilibria-are-flat", t > 0, Smoothness(b, A)), "is about a StableUnderDescent"),
    "fact: stable elsewhere": (
        lambda: cite("stable-equilibria-are-flat", StableUnderDescent(a, A), Smoothness(b, B)), "not about the same solution"
    ),
    "fact: landing in the plane": (lambda: cite("repelling-lands", x, Lambda((s, t), s), 0, 2), "is no Lambda of one real variable"),
    "fact: landing on the integers": (lambda: cite("repelling-lands", x, Lambda(k, 2 * k), 0, 2), "takes an integer, found x.k."),
    "fact: preimages of a constant": (lambda: cite("countable-preimages", Lambda(t, 3 + 0 * t), 3), "is no polynomial of degree at least 1"),
    "fact: preimages under a parameter": (lambda: cite("countable-preimages", Lambda(t, a * t), 3), "is no polynomial of degree at least 1"),
    "fact: slopes of no polynomial": (lambda: cite("same-derivative", f, g, exp(t), t), "is no polynomial in t"),
    # points
    "refutation by hand": (lambda: Refutation(None, statement=None), "made only by theory.proof.counterexample"),
    "refutation altered": (lambda: setattr(counterexample(Statement((), t > 0), {t: -1}), "point", {}), "cannot be altered"),
    "evaluate: open": (lambda: evaluate(t > 0), "is not decided true"),
    "evaluate: false": (lambda: evaluate(S.false), "is not decided true"),
    "witness: false": (lambda: witness(Statement((), t > 0), {t: -1}), "this is a counterexample, not a witness"),
    "witness: open": (lambda: witness(Statement((), f(t) > 0), {t: 1}), "is not shown true at"),
    "counterexample: open": (lambda: counterexample(Statement((), f(t) > 0), {t: 1}), "is not shown false at"),
    "counterexample: true": (lambda: counterexample(Statement((), t > 0), {t: 1}), "is not shown false at"),
    "point: false hypothesis": (lambda: witness(Statement((t > 0,), s > 0), {t: -1, s: 1}), "the hypothesis False is not shown true"),
    "point: missing value": (lambda: witness(Statement((t > 0,), s > 0), {s: 1}), "the point gives no value to t"),
    "point: outside the domain": (lambda: witness(Statement((), t >= 0), {t: sqrt(S(-1))}), "no word"),
    "point: a value that need not exist": (
        lambda: witness(Statement((t >= -1,), s > 0), {t: sqrt(log(2) + log(3) - log(6)), s: 1}), "the point has no value where"
    ),
    "point: no column": (
        lambda: witness(Statement((), Eq(Trace(X * transpose(X)), 2)), {X: ImmutableMatrix([[1, 0], [0, 1]])}), "X is a column, found a matrix"
    ),
}  # fmt: skip


class _Odd(Symbol):
    """A symbol of another kind."""


@pytest.mark.parametrize("name", CHECKS)
def test_a_check_refuses_what_it_is_for(name: str) -> None:
    attempt, message = CHECKS[name]
    with pytest.raises(REFUSALS, match=message):
        attempt()
