"""Limits of sequences: uniqueness, landing on a fixed point, moduli; and orbits that exact iteration shows to be periodic."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sympy import Abs, Eq, Expr, Function, Integer, Lambda, Rational, S, Symbol, sympify

from theory.proof.algebra import is_zero_form, normal_form
from theory.proof.language import PARTIAL, conditions, formula_conditions
from theory.proof.logic import Boolean, Exists, ForAll, Not, Or, Tends, apply, substitute
from theory.proof.orbits import _static, recursion
from theory.proof.theorem import (
    NotProved,
    Theorem,
    rule,
)

LONGEST = 2**10  # bits of a numerator above which an iterate stays as it is
LARGEST = 256  # bits of a numerator above which an orbit is not followed further
STEPS = 24  # exact iterates computed when looking for a period; the cycles of these papers close within 4


class Iterate(Function):
    """`Iterate(g, x, k)`: the k-th iterate of x under the map g (a Lambda), for an integer k >= 0.

    With a number for k it is a number. As `Lambda(k, Iterate(g, x, k))` it is the orbit of x, exactly.

    Example:
        >>> from sympy import Lambda, symbols
        >>> t = symbols("t", real=True)
        >>> Iterate(Lambda(t, t / 2), 1, 3)
        1/8
    """

    is_real = True
    is_commutative = True

    @classmethod
    def eval(cls, g: Any, x: Any, k: Any) -> Expr | None:
        """The number, for a number k >= 0, unless it is too long to be written down; before the start nothing is known."""
        if not isinstance(k, Integer) or k < 0:
            return None
        for _ in range(int(k)):
            x = apply(g, x)
            if _bits(x) > LONGEST:
                return None
        return x


def _always_real(orbit: Iterate) -> tuple[Boolean, ...]:
    """An iterate is a number where the map is one everywhere and the start is one."""
    g = orbit.args[0]
    needed = conditions(g.expr)
    # a condition on the states, which no formula names, cannot be stated
    return (S.false,) if any(c.free_symbols & set(g.variables) for c in needed) else needed


PARTIAL[Iterate] = _always_real


def orbit_of(g: Lambda, start: Any) -> Lambda:
    """The orbit of `start` under g as a function of the index, for use as a value of x in an exact instance."""
    index = Symbol("k", integer=True)
    return Lambda(index, Iterate(g, sympify(start), index))


def unfold(expr: Any, index: Symbol) -> Any:
    """`Iterate(g, x, index + 1)` as `g(Iterate(g, x, index))`, which holds for index >= 0."""
    steps = {i: apply(i.args[0], Iterate(i.args[0], i.args[1], index)) for i in expr.atoms(Iterate) if i.args[2] == index + 1}
    return substitute(expr, steps)


def eventual_values(expr: Any, index: Symbol) -> tuple[list[Any], list[Any]] | None:
    """`expr` along an orbit that closes: its values before the cycle, and once around it; None where no cycle was found."""
    orbits = sorted({i for i in expr.atoms(Iterate) if i.args[2] == index}, key=str)
    if len(orbits) != 1 or any(index in i.args[1].free_symbols for i in orbits):
        return None
    seen: list[Any] = []
    for state in _states(orbits[0]):
        if state in seen:
            first = seen.index(state)
            values = [substitute(expr, {orbits[0]: s}) for s in seen]
            return (values[:first], values[first:]) if not any(index in v.free_symbols for v in values) else None
        seen.append(state)
    return None


def _bits(state: Any) -> int:
    """Of the longest numerator that occurs."""
    return max((int(abs(n.p)).bit_length() for n in sympify(state).atoms(Rational)), default=0)


def _states(orbit: Iterate) -> Iterator[Any]:
    g, state, _ = orbit.args
    for _ in range(STEPS):
        yield state
        state = apply(g, state)
        if _bits(state) > LARGEST:
            return  # it runs away, or never closes


@rule
def lands(x: Any, g: Lambda, point: Any) -> tuple:
    """`g(c) = c, x(k) = c for some k |- x(k) -> c`: an orbit that lands on a fixed point stays there."""
    _static(x, g, point)
    c, k = sympify(point), Symbol("k", integer=True)
    given = (Eq(apply(g, c), c), Exists(k, k >= 0, Eq(x(k), c)), recursion(x, g))
    return given, Tends(k, x(k), c), "once at a fixed point, always there", (), ()


@rule
def unique_limit(first: Theorem, second: Theorem) -> tuple:
    """From `a(k) -> b` and `a(k) -> c`: `b = c`."""
    for theorem in (first, second):
        if not isinstance(theorem.then, Tends):
            raise NotProved(f"unique_limit: {theorem.then} is no limit")
    if first.then.args[:2] != second.then.args[:2]:
        raise NotProved(f"unique_limit: {first.then} and {second.then} are not about one sequence")
    hypotheses = (*first.given, *second.given)
    equation = Eq(first.then.args[2], second.then.args[2], evaluate=False)
    return hypotheses, equation, "a sequence has one limit", (first, second), ()


@rule
def modulus_to_zero(theorem: Theorem) -> tuple:
    """From `|a(k)| -> 0`: `a(k) -> 0`."""
    limit = theorem.then
    if not (isinstance(limit, Tends) and isinstance(limit.args[1], Abs) and limit.args[2] == 0):
        raise NotProved(f"modulus_to_zero: {limit} is not a modulus that tends to 0")
    return theorem.given, Tends(limit.args[0], limit.args[1].args[0], 0), "its modulus tends to 0", (theorem,), ()


@rule
def always_or_once(variable: Symbol, condition: Any, body: Any) -> tuple:
    """`|- (for all: not B) or (there is one with B)`, where B makes sense."""
    body = sympify(body)
    never, sensible = ForAll(variable, condition, Not(body)), ForAll(variable, condition, body)
    return formula_conditions(sensible), Or(never, Exists(variable, condition, body), evaluate=False), "either never or once", (), ()


@rule
def none_exists(theorem: Theorem) -> tuple:
    """From `for all x with c: not B`: `not (there is x with c and B)`."""
    never = theorem.then
    if not (isinstance(never, ForAll) and isinstance(never.args[2], Not)):
        raise NotProved(f"none_exists: {never} is no 'for all ... not'")
    variable, condition, body = never.args
    return theorem.given, Not(Exists(variable, condition, body.args[0]), evaluate=False), "it is never so", (theorem,), ()


@rule
def odd_modulus(x: Any, g: Lambda, h: Lambda, t: Symbol, same: Theorem) -> tuple:
    """|x(k)| is an orbit of h, for an odd map g with |g(t)| = h(t) on t >= 0.

    Args:
        x: an orbit of g.
        g: the map; g(-t) + g(t) must have the normal form zero.
        h: the map of the moduli.
        t: the state in `same`.
        same: `t >= 0 |- |g(t)| = h(t)`.

    Proof: |g(x)| = |g(|x|)| since g is odd, and |x| >= 0.
    """
    _static(x, g, states=(t,))
    _static(x, h, states=(t,))
    mirrored = normal_form(apply(g, -t) + apply(g, t))
    if not is_zero_form(mirrored):
        raise NotProved(f"odd_modulus: {g} is not odd: g(-t) + g(t) = {mirrored}")
    wanted = Eq(Abs(apply(g, t)), apply(h, t), evaluate=False)
    if same.then != wanted:
        raise NotProved(f"odd_modulus: have {same.then}, need {wanted}")
    given = tuple(c for c in same.given if c != (t >= 0))
    if any(t in c.free_symbols for c in given):
        raise NotProved(f"odd_modulus: {same.given} restrict the state beyond t >= 0")
    k = Symbol("k", integer=True)
    moduli = ForAll(k, k >= 0, Eq(Abs(x(k + 1)), apply(h, Abs(x(k))), evaluate=False))
    return (*given, recursion(x, g)), moduli, "the map is odd, so the moduli follow a map of their own", (same,), ("sympy",)
