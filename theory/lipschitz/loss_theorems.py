"""Theorems of the kernel for the suprema of the slope and of the second derivative of a loss of one logit, where its rules reach.

For each value of the label: the derivative, at every logit; its size is at most, or below, the supremum; and some logit gives it, or comes
as close as one likes, or past every bound.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sympy import Abs, Eq, Expr, Integer, Lambda, Mul, Piecewise, Rational, Symbol, exp, log, oo

from theory.lipschitz.isolated_zeros import between
from theory.lipschitz.isolated_zeros import order as compared
from theory.lipschitz.loss_pieces import Piece, cut
from theory.lipschitz.symbols import bound, d, height, n, t, z
from theory.proof import (
    And,
    Implies,
    KernelError,
    Not,
    NotProved,
    Theorem,
    cite,
    conjunction,
    derivative,
    discharge,
    evaluate,
    exhibit,
    follows,
    generalize,
    identity,
    substitute,
)
from theory.proof import cut as with_lemmas
from theory.proof.logic import Boolean
from theory.proof.ranges import throughout

SCALES = (Integer(1), Rational(1, 2), Integer(2), Rational(1, 4), Integer(4), Rational(1, 16), Integer(16))


def theorem_of(
    losses: Sequence[Expr], variable: Symbol, order: int, most: Expr, number: int, logit: Expr, attained: bool
) -> Theorem | None:
    """The supremum of |l^(order)| over the losses, one for each value of the label; or None where the rules do not reach.

    Args:
        losses: l, for each value of the label.
        variable: the logit.
        order: 1 or 2.
        most: the supremum, exact.
        number: which of the losses attains it or approaches it.
        logit: where; a sequence in n where it is approached.
        attained: whether it is.
    """
    try:
        parts: list[Theorem] = []
        for position, loss in enumerate(losses):
            (piece, *more), _ = cut(loss, variable)
            if more:
                return _between_points(losses, variable, most, number, logit) if order == 1 and attained else None
            functions = [substitute(loss, {variable: t}), *(_written(piece, k) for k in range(1, order + 1))]
            known = _exponentials(piece, order)
            parts += [generalize(rate_at(f, g, known, z), z) for f, g in zip(functions, functions[1:], strict=False)]
            if functions[-1].is_Rational:
                continue  # a constant: its derivative says it all
            if most is not oo:
                below = Abs(functions[-1]) <= most if attained else Abs(functions[-1]) < most
                parts.append(generalize(follows(below, using=known), t))
            if position == number:
                parts.append(_reached(functions[-1], most, piece, logit, attained))
        return conjunction(*parts)
    except (NotProved, KernelError):
        return None


def _written(piece: Piece, order: int) -> Expr:
    """The derivative as a function of the logit t, by powers of one exponential."""
    N, D = piece.derivative(order)
    return piece.frame.shown(N / D).subs(t, exp(t / piece.rate)) if piece.rate else piece.frame.shown(N / D)


def _exponentials(piece: Piece, order: int) -> tuple[Theorem, ...]:
    """E^(t/q) is a square, and its powers are products."""
    if not piece.rate:
        return ()
    unit, half = exp(t / piece.rate), exp(t / (2 * piece.rate))
    highest = 4 * (order + 1)
    products = (identity(exp(k * t / piece.rate), Mul(*[unit] * k, evaluate=False)) for k in range(2, highest))
    inverse = identity(Mul(exp(-t / piece.rate), unit, evaluate=False), 1)
    return (identity(unit, Mul(half, half, evaluate=False)), inverse, *products)


def rate_at(function: Expr, value: Expr, known: tuple[Theorem, ...], point: Expr) -> Theorem:
    """The derivative of a function of t, at a point; what it needs must follow from the known."""
    function, value = (Mul(t, 1, evaluate=False) if e == t else e for e in (function, value))  # the language refuses the identity
    rule = derivative(function, t, value=value)
    rule = with_lemmas(rule, *(follows(side, using=known) for side in rule.given))
    fact = cite("velocity-from-derivative", Lambda(t, function), Lambda(t, value), True, d, point)
    return with_lemmas(fact, generalize(rule, t))


def _reached(function: Expr, most: Expr, piece: Piece, logit: Expr, attained: bool) -> Theorem:
    """Some logit gives the supremum, or comes as close to it as one likes."""
    if attained:
        body: Boolean = Eq(Abs(function), most)
        return exhibit(evaluate(substitute(body, {t: logit})), t, logit, True, body)
    sense = 1 if logit.coeff(n) == 1 else -1
    parameter, where = (bound, bound > 0) if most is oo else (d, And(d > 0, d < 1))
    body = Abs(function) > (bound if most is oo else (1 - d) * most)
    for far in _far(parameter, sense, piece.rate):
        try:
            there = substitute(body, {t: far})
            ranges = (bound > 0,) if most is oo else (d > 0, d < 1)
            found = follows(there, *ranges)
        except NotProved:
            continue
        return throughout(exhibit(found, t, far, True, body), parameter, where)
    raise NotProved(f"no sequence was found along which |{function}| tends to {most}")


def _between_points(losses: Sequence[Expr], variable: Symbol, most: Expr, number: int, logit: Expr) -> Theorem:
    """With kinks: |l(z) - l(t)| <= L |z - t| for any two logits, and equality for two of them, where the loss has these values."""
    parts = [generalize(generalize(_at_most(loss, variable, most), t), z) for loss in losses]
    loss = losses[number]
    piece = next((p for p in cut(loss, variable)[0] if compared(p.low, logit) < 0 < compared(p.high, logit)), None)
    if piece is None:
        raise NotProved(f"the slope of {loss} at {logit} is that of a kink")
    other = between(logit, piece.high)
    low, high = (loss.subs(variable, point) for point in (logit, other))
    known = (Eq(height(logit), low), Eq(height(other), high))
    equal = follows(Eq(Abs(height(logit) - height(other)), most * Abs(logit - other)), *known)
    return conjunction(*parts, discharge(equal, *known))


def _at_most(loss: Expr, variable: Symbol, most: Expr) -> Theorem:
    """For any two logits z and t; a loss with cases is a letter of which the cases are known."""
    if not isinstance(loss, Piecewise):
        here, there = (substitute(loss, {variable: point}) for point in (z, t))
        return follows(Abs(here - there) <= most * Abs(z - t))
    known = []
    for point in (z, t):
        before: list[Boolean] = []
        for value, condition in loss.args:
            where = And(*before, substitute(condition, {variable: point}))
            known.append(Implies(where, Eq(height(point), substitute(value, {variable: point})), evaluate=False))
            before.append(Not(substitute(condition, {variable: point})))
    return discharge(follows(Abs(height(z) - height(t)) <= most * Abs(z - t), *known), *known)


def _far(parameter: Symbol, sense: int, rate: Rational) -> Iterator[Expr]:
    """Logits that go to infinity (sense 1) or to minus infinity where the parameter d tends to 0, or the bound B to infinity."""
    for scale in SCALES:
        large = scale * (parameter + 1) if parameter == bound else 1 / (scale * parameter)
        yield sense * rate * log(large) if rate else sense * large


__all__ = ["SCALES", "rate_at", "theorem_of"]
