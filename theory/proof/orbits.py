"""One-dimensional dynamics: where the orbit x(k+1) = g(x(k)) of a continuous map goes, from inequalities about g alone.

Every rule takes theorems about one free symbol t (the state) and returns a theorem about the orbit. The inequalities are proved by
`reals.follows`; the rules add the limit argument, whose proof is in the docstring, so it is trusted as part of the kernel.
"""

from __future__ import annotations

from typing import Any

from sympy import Abs, Add, Eq, Expr, Lambda, Max, Min, Mul, Pow, Symbol, oo, preorder_traversal, sympify
from sympy.core.function import UndefinedFunction

from theory.proof.language import check_sorts, conditions, keep_bound
from theory.proof.logic import And, Boolean, ForAll, Not, Or, Tends, apply, fresh_symbol, substitute
from theory.proof.reals import _solve
from theory.proof.theorem import (
    NotProved,
    Theorem,
    rule,
)

k = Symbol("k", integer=True)


def recursion(x: Any, g: Lambda) -> Boolean:
    """`x(k+1) = g(x(k))` for every integer k >= 0: x is an orbit of g, one and the same map at every k."""
    keep_bound(k, g)
    return ForAll(k, k >= 0, Eq(x(k + 1), apply(g, x(k)), evaluate=False))


def along(x: Any, condition: Boolean, t: Symbol) -> Boolean:
    """`condition(x(k))` for every integer k >= 0."""
    return ForAll(k, k >= 0, substitute(condition, {t: x(k)}))


def _expect(theorem: Theorem, given: tuple[Boolean, ...], then: Boolean, what: str) -> tuple[Boolean, ...]:
    """The hypotheses of `theorem` besides `given`; its conclusion must be `then`."""
    if theorem.then != then:
        raise NotProved(f"{what}: have {theorem.then}, need {then}")
    return tuple(h for h in theorem.given if h not in given)


def _static(x: Any, g: Any, *terms: Any, states: tuple[Symbol, ...] = ()) -> None:
    """The orbit is a real function; the map is a `Lambda` of one variable; neither it nor its constants mention index or state."""
    if not (isinstance(x, UndefinedFunction) and x(k).is_real is True):
        raise NotProved(f"the orbit must be an undefined real function of the index, found {x!r}")
    if not (isinstance(g, Lambda) and len(g.variables) == 1):
        raise NotProved(f"the map must be a Lambda of one variable, found {g!r}")
    if len(set(states)) != len(states) or any(not s.is_real or s.is_integer for s in states):
        raise NotProved(f"the states must be different real symbols, found {states}")
    check_sorts(terms)  # an interval has finite ends
    for term in (g, *terms):
        for symbol in (k, *states):
            if symbol in sympify(term).free_symbols:
                raise NotProved(f"{term} contains {symbol}; the map and its constants may not depend on it")


def _no_state(hypotheses: tuple[Boolean, ...], *states: Symbol) -> None:
    for h in hypotheses:
        if h.free_symbols & set(states):
            raise NotProved(f"the hypothesis {h} restricts the state, which must be arbitrary in its interval")


def _continuous(value: Expr, t: Symbol, given: tuple[Boolean, ...]) -> None:
    """Sums, products, powers and moduli are continuous where they are defined: that must be all of the interval."""
    for e in preorder_traversal(value):
        if e.has(t) and not isinstance(e, (Symbol, Add, Mul, Pow, Abs, Max, Min)):
            raise NotProved(f"continuity of {e} is not known")
    for condition in conditions(value):
        _solve(given, condition)


@rule
def monotone_orbit(x: Any, g: Lambda, t: Symbol, interval: tuple[Any, Any], invariant: Theorem, fixed: Theorem) -> tuple:
    """x(k) tends to the only fixed point, where g maps [a, b] into itself and moves every point in one direction.

    Args:
        x: the orbit, a function of the index.
        g: the map.
        t: the symbol of the state in the theorems.
        interval: a and b, free of t.
        invariant: `a <= t <= b |- a <= g(t) and g(t) <= t` (falling), or `t <= g(t) and g(t) <= b` (rising).
        fixed: `a <= t <= b, g(t) = t |- t = c`.

    Proof: the orbit is monotone and bounded, so it converges in [a, b]; by continuity the limit is fixed, hence c.
    """
    _static(x, g, *interval, states=(t,))
    a, b = map(sympify, interval)
    inside, image = (t >= a, t <= b), apply(g, t)
    rising, falling = And(image >= t, image <= b), And(image >= a, image <= t)
    given = _expect(invariant, inside, rising if invariant.then == rising else falling, "monotone_orbit")
    if not (isinstance(fixed.then, Eq) and fixed.then.lhs == t and t not in fixed.then.rhs.free_symbols):
        raise NotProved(f"monotone_orbit: {fixed.then} does not say that {t} is one point")
    given += tuple(h for h in fixed.given if h not in (*inside, Eq(image, t)))
    _no_state(given, t)
    _continuous(image, t, (*given, *inside))
    start = (x(0) >= a, x(0) <= b)
    limit = Tends(k, x(k), fixed.then.rhs)
    return (
        (*given, *start, recursion(x, g)),
        limit,
        "a monotone bounded orbit tends to a fixed point",
        (invariant, fixed),
        (),
    )


@rule
def no_two_cycles(
    x: Any,
    g: Lambda,
    t: Symbol,
    s: Symbol,
    interval: tuple[Any, Any],
    invariant: Theorem,
    lonely: Theorem,
    fixed: Theorem,
) -> tuple:
    """x(k) tends to a fixed point, where g maps [a, b] continuously into itself and has no 2-cycle there (Coppel's theorem).

    Args:
        x: the orbit.
        g: the map.
        t: the state.
        s: its image, in `lonely`.
        interval: a and b.
        invariant: `a <= t <= b |- a <= g(t) and g(t) <= b`.
        lonely: `a <= t <= b, a <= s <= b, s = g(t), t = g(s) |- s = t`.
        fixed: `a <= t <= b, g(t) = t |- t = c` (or an `Or` of such equations).

    Source: W. A. Coppel, The solution of equations by iteration, Proc. Cambridge Phil. Soc. 51 (1955) 41-43.
    """
    _static(x, g, *interval, states=(t, s))
    a, b = map(sympify, interval)
    inside, image = (t >= a, t <= b), (s >= a, s <= b)
    at_t, at_s = apply(g, t), apply(g, s)
    given = _expect(invariant, inside, And(at_t >= a, at_t <= b), "no_two_cycles, the interval")
    given += _expect(lonely, (*inside, *image, Eq(s, at_t), Eq(t, at_s)), Eq(s, t), "no_two_cycles, the 2-cycle")
    given += tuple(h for h in fixed.given if h not in (*inside, Eq(at_t, t)))
    _no_state(given, t, s)
    _continuous(at_t, t, (*given, *inside))
    points = _points(fixed.then, t)
    limit = Or(*(Tends(k, x(k), c) for c in points), evaluate=False) if len(points) > 1 else Tends(k, x(k), points[0])
    start = (x(0) >= a, x(0) <= b)
    reason = "without 2-cycles every orbit of an interval map tends to a fixed point"
    return (*given, *start, recursion(x, g)), limit, reason, (invariant, lonely, fixed), ("fact:coppel",)


def _points(formula: Boolean, t: Symbol) -> list[Expr]:
    equations = formula.args if isinstance(formula, Or) else (formula,)
    for e in equations:
        if not (isinstance(e, Eq) and e.lhs == t and t not in e.rhs.free_symbols):
            raise NotProved(f"{e} does not say that {t} is one point")
    return [e.rhs for e in equations]


@rule
def repelled(x: Any, g: Lambda, t: Symbol, point: Any, radius: Any, domain: Boolean, expands: Theorem) -> tuple:
    """x(k) does not tend to c unless it lands on c, where g moves every nearby point of the domain away from c.

    Args:
        x: the orbit.
        g: the map.
        t: the state.
        point: c.
        radius: r, where the hypotheses include r > 0.
        domain: a condition on t that the orbit keeps, e.g. t >= 0.
        expands: `domain, t != c, |t - c| <= r |- |g(t) - c| > |t - c|`.

    Proof: an orbit tending to c stays within r from some k on; from there its distance to c grows, so it does not tend to 0.
    """
    _static(x, g, point, radius, Lambda(t, domain), states=(t,))
    c, r = sympify(point), sympify(radius)
    near = (domain, Not(Eq(t, c)), Abs(t - c) <= r)
    given = _expect(expands, near, Abs(apply(g, t) - c) > Abs(t - c), "repelled")
    _no_state(given, t)
    _solve(given, r > 0)
    never = along(x, Not(Eq(t, c)), t)
    kept = along(x, domain, t)
    hypotheses = (*given, kept, never, recursion(x, g))
    return hypotheses, Not(Tends(k, x(k), c)), "it is pushed away whenever it comes near", (expands,), ()


@rule
def contracts(x: Any, g: Lambda, t: Symbol, point: Any, rate: Any, domain: Boolean, invariant: Theorem, step: Theorem) -> tuple:
    """|x(k) - c| <= rate^k |x(0) - c|: a linear rate, from one step.

    Args:
        x: the orbit.
        g: the map.
        t: the state.
        point: c.
        rate: free of t; the hypotheses must give 0 <= rate.
        domain: where the step contracts.
        invariant: `domain |- domain at g(t)`.
        step: `domain |- |g(t) - c| <= rate |t - c|`.

    Proof: induction on k.
    """
    _static(x, g, point, rate, Lambda(t, domain), states=(t,))
    c, q, image = sympify(point), sympify(rate), apply(g, t)
    parts = domain.args if isinstance(domain, And) else (domain,)
    given = _expect(invariant, (domain, *parts), substitute(domain, {t: image}), "contracts, the domain")
    given += _expect(step, (domain, *parts), Abs(image - c) <= q * Abs(t - c), "contracts, the step")
    _no_state(given, t)
    _solve(given, q >= 0)
    bound = ForAll(k, k >= 0, Abs(x(k) - c) <= q**k * Abs(x(0) - c))
    start = tuple(substitute(p, {t: x(0)}) for p in parts)
    return (*given, *start, recursion(x, g)), bound, "each step contracts, by induction", (invariant, step), ()


@rule
def escapes(x: Any, g: Lambda, t: Symbol, domain: Boolean, factor: Any, invariant: Theorem, step: Theorem) -> tuple:
    """|x(k)| tends to infinity, where every step multiplies the modulus by at least a factor above 1.

    Args:
        x: the orbit.
        g: the map.
        t: the state.
        domain: where the step expands; it must exclude 0.
        factor: free of t; the hypotheses must give factor > 1.
        invariant: `domain |- domain at g(t)`.
        step: `domain |- |g(t)| >= factor |t|`.

    Proof: by induction |x(k)| >= factor^k |x(0)|, and |x(0)| > 0.
    """
    _static(x, g, factor, Lambda(t, domain), states=(t,))
    q, image = sympify(factor), apply(g, t)
    parts = domain.args if isinstance(domain, And) else (domain,)
    given = _expect(invariant, (domain, *parts), substitute(domain, {t: image}), "escapes, the domain")
    given += _expect(step, (domain, *parts), Abs(image) >= q * Abs(t), "escapes, the step")
    _no_state(given, t)
    _solve(given, q > 1)
    _solve((*given, *parts), Not(Eq(t, 0)))
    start = tuple(substitute(p, {t: x(0)}) for p in parts)
    return (*given, *start, recursion(x, g)), Tends(k, Abs(x(k)), oo), "it grows geometrically", (invariant, step), ()


@rule
def image_tends(theorem: Theorem, function: Lambda) -> tuple:
    """From `x(k) -> c`: `h(x(k)) -> h(c)`, for a function h built of continuous operations that is defined everywhere."""
    if not isinstance(theorem.then, Tends) or theorem.then.args[2].has(oo, -oo):
        raise NotProved(f"image_tends: {theorem.then} is no finite limit")
    variable, term, limit = theorem.then.args
    (t,) = function.variables
    if variable in function.free_symbols:
        raise NotProved(f"image_tends: {function} contains the index {variable}")
    state = fresh_symbol(Symbol(t.name, real=True), theorem.then, *theorem.given, function.expr)
    _continuous(apply(function, state), state, theorem.given)
    image = Tends(variable, apply(function, term), apply(function, limit))
    return theorem.given, image, "by continuity", (theorem,), ("sympy",)


@rule
def rename_orbit(theorem: Theorem, index: Symbol, equation: Theorem) -> tuple:
    """From `x(k) -> c` and `for all k >= 0: x(k) = y(k)`: `y(k) -> c`."""
    limit, same = theorem.then, equation.then
    if not (isinstance(limit, Tends) and isinstance(same, ForAll) and same.args[:2] == (index, index >= 0)):
        raise NotProved(f"rename_orbit: need a limit and an equation for every {index} >= 0")
    if not (isinstance(same.args[2], Eq) and limit.args[0] == index and same.args[2].lhs == limit.args[1]):
        raise NotProved(f"rename_orbit: {same.args[2]} does not rename {limit.args[1]}")
    hypotheses = (*theorem.given, *(h for h in equation.given if h not in theorem.given))
    return hypotheses, Tends(index, same.args[2].rhs, limit.args[2]), "the same sequence", (theorem, equation), ()
