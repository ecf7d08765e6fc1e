"""The parts of a domain on which a loss has no kink, and whether it is a corridor on one: by a proof, or by an exact point.

Numbers in floating point say where to look; what is found is proved, or decided by exact arithmetic and balls.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from mpmath import mpc, mpf, workdps
from sympy import Expr, Float, Gt, Lt, Matrix, Ne, Rational, S, Symbol, cos, exp, lambdify, log, prime, sin

from theory.corridors.written import Written
from theory.proof import And, NotProved, Or, Theorem, ball, decide, follows, substitute, weaken
from theory.proof.logic import Boolean, Undefined
from theory.proof.reals import solution

TRIED = tuple(Rational(p, q) for p, q in ((1, 1), (-1, 1), (1, 2), (2, 1), (-3, 2), (0, 1), (3, 1), (-7, 3)))  # coordinates of test points
MOST = 256  # points that are tried in the whole domain
ENOUGH = 4  # points of a piece at which H g is computed
GENERIC = 2  # more points of a piece, with coordinates that mean nothing: a loss may be special at all the others
KINKS = 6  # so that there are at most 64 pieces
UNSOLVED = 1  # pieces of which z3 can say nothing; it is not asked about a second
LONGEST = 50_000  # operations in half the derivatives of |g|^2, to compute them exactly at a point
NEAR = tuple(Rational(1, n) for n in (16, 256, 4096))  # around a point that was solved for
PRECISIONS = (64, 256)  # bits, tried in turn, to see that an entry of H g is not 0
DIGITS = 30  # where a number is guessed; what is guessed is proved then
TINY = Rational(1, 10**15)  # what 30 digits leave of zero, with room for 15 digits of cancellation
CURVED = (exp, log, sin, cos)  # functions with relations of their own, e.g. sin(t)^2 + cos(t)^2 = 1
LARGEST = 10**6  # denominator of a rational |g|^2; two such numbers differ by 10^-12 at least


@dataclass(frozen=True)
class Piece:
    """A part of the domain on which all signs are constant, and some points of it, as far as `DIGITS` digits tell."""

    written: Written
    signs: tuple[Boolean, ...]
    conditions: tuple[Boolean, ...]
    points: tuple[dict[Symbol, Expr], ...]
    elsewhere: tuple[dict[Symbol, Expr], ...] = ()  # where a constant may be guessed, if there are no points

    def violation(self) -> dict[Symbol, Expr] | None:
        """A point at which an entry of H g is not 0, exactly; sought where the derivatives of |g|^2 by the forms seem not to be 0."""
        bends = self.written.bends
        if not self.points or sum(bend.count_ops() for bend in bends) > LONGEST:
            return None
        approximate = lambdify(tuple(self.written.meanings()), bends, "mpmath")
        for point in self.points:
            if self._is_off(approximate, point) and _holds(self.conditions, point):
                values = self.written.meanings(point)
                column = Matrix(len(bends), 1, [substitute(bend, values) for bend in bends])
                if any(_is_not_zero(entry) for entry in self.written.linear.T * column):
                    return point
        return None

    def proofs(self) -> tuple[Theorem, ...]:
        """That the parts of |g|^2 are constants: then H g, half its gradient, is 0. Or that half its derivatives are 0.

        Raises:
            NotProved: neither was proved; it says what is left of the first.
        """
        try:
            return tuple(weaken(theorem, *self.signs) for theorem in self._constants())
        except NotProved as error:
            left = error
        try:
            return tuple(weaken(theorem, *self.signs) for theorem in self._vanishing())
        except NotProved:
            raise left from None

    def is_proved(self) -> bool:
        """Whether the parts of |g|^2 are constants, as they are for most pieces if they are for one."""
        try:
            return bool(self._constants())
        except (NotProved, Undefined):  # elsewhere a radicand may be negative
            return False

    def _constants(self) -> list[Theorem]:
        if not self.points and not self.elsewhere:
            raise NotProved("no point at which to look for the constant")
        return [self._constant(part) for part in self.written.parts]

    def _constant(self, part: Expr) -> Theorem:
        if not part.free_symbols:
            return self.written.equal(part, part)
        first = (*self.points, *self.elsewhere)[0]
        value = self._value(part, first)
        near = Rational(str(value)).limit_denominator(LARGEST)
        try:
            return self.written.equal(part, near)
        except NotProved:
            if abs(near - value) < TINY and not part.has(*CURVED):
                raise
        return self.written.equal(part, substitute(part, self.written.meanings(first)))  # e.g. 3 + sqrt(2), or sin(1)

    def _vanishing(self) -> list[Theorem]:
        values = [self._value(self.written.square, point) for point in self.points]
        if not self.written.square.has(*CURVED) and values and all(abs(value - values[0]) < TINY for value in values):
            raise NotProved("|g|^2 seems to be one constant, by a relation between roots that would be missing again")
        return [self.written.equal(bend, S.Zero) for bend in self.written.bends]

    def _is_off(self, approximate: Callable[..., tuple[Any, ...]], point: Mapping[Symbol, Expr]) -> bool:
        """Whether one of the numbers seems not to be 0: more digits do not make it smaller, as they do with rounding."""
        found = []
        for digits in (DIGITS, 3 * DIGITS):
            with workdps(digits):
                try:
                    found.append(approximate(*self._near(point, digits).values()))
                except ArithmeticError:
                    return False  # as near to a kink as rounding
        return any(abs(better) > TINY * max(1, abs(value)) for value, better in zip(*found, strict=True))

    def _near(self, point: Mapping[Symbol, Expr], digits: int = DIGITS) -> dict[Symbol, Expr]:
        """The values of the names to some digits: exact ones are slow where roots are nested, and decide only where it matters."""
        return self.written.meanings({v: Float(c, digits) for v, c in point.items()})

    def _value(self, e: Expr, point: Mapping[Symbol, Expr]) -> Expr:
        value = e.subs(self._near(point)).evalf(DIGITS)
        if not value.is_Number or not value.is_finite:
            raise NotProved(f"{e} has no value at {point}")
        return value


def pieces(written: Written, inside: tuple[Boolean, ...]) -> Iterator[Piece]:
    """The pieces that are not proved empty, each with points where some were found."""
    names = tuple(written.signs)
    found: dict[tuple[int, ...], list[dict[Symbol, Expr]]] = {choice: [] for choice in product((1, -1), repeat=len(names))}
    jumps = [substitute(jump, written.meanings()) for jump in written.signs.values()]
    holds, values_at = _holding(And(*inside), written.variables), _numbers(jumps, written.variables)

    def place(point: dict[Symbol, Expr], most: int) -> None:
        values = values_at(point) if holds(point) else None
        if values is not None and all(abs(value) > TINY for value in values):
            points = found[tuple(1 if value > 0 else -1 for value in values)]
            points += [point] if len(points) < most else []

    with workdps(DIGITS):
        for point in _tried(written.variables):
            if all(len(points) >= ENOUGH for points in found.values()):
                break
            place(point, ENOUGH)
        for point in generic(written.variables):
            place(point, ENOUGH + GENERIC)
    unsolved, elsewhere = 0, tuple(point for points in found.values() for point in points[:1])[:1]
    for choice, points in sorted(found.items(), key=lambda each: not each[1]):  # those without points last: they may take z3 long
        put = dict(zip(names, choice, strict=True))
        piece = written.piece(put)
        back = {**piece.meanings(), **put}
        apart = [(substitute(written.signs[name], back), value) for name, value in put.items()]
        signs = tuple(jump > 0 if value > 0 else jump < 0 for jump, value in apart)
        conditions = (*inside, *signs)
        if not points and (blank := Piece(piece, signs, conditions, (), elsewhere)).is_proved():
            yield blank  # so it does not matter whether it is empty
            continue
        if not points and unsolved < UNSOLVED:
            if _is_empty(conditions):
                continue
            points = _solved(written.variables, conditions)[:ENOUGH]
            unsolved += not points
        yield Piece(piece, signs, conditions, tuple(points))


def zero_around(written: Written, domain: Boolean) -> set[Symbol]:
    """The signs and roots of what seems to be 0 all over an open part of the domain: it is at points that are nothing special."""
    meant = {name: substitute(e, written.meanings()) for name, e in written.kinks.items()}
    holds, found = _holding(domain, written.variables), set()
    each = {name: _numbers([e], written.variables) for name, e in meant.items()}
    with workdps(DIGITS):
        for point in generic(written.variables):
            if holds(point):
                found |= {name for name, at in each.items() if (value := at(point)) is not None and abs(value[0]) < TINY}
    return found


Point = Mapping[Symbol, Expr]


def _numbers(formulas: Sequence[Expr], variables: tuple[Symbol, ...]) -> Callable[[Point], list[Any] | None]:
    """Their values in floating point, or None where one of them is no real number."""
    function = lambdify(variables, list(formulas), "mpmath")

    def at(point: Point) -> list[Any] | None:
        try:
            values = function(*(mpf(int(c.p)) / int(c.q) for c in point.values()))
        except (ArithmeticError, TypeError, ValueError):
            return None  # a denominator is 0, say, or a logarithm of 0
        return None if any(isinstance(value, mpc) for value in values) else values

    return at


def _holding(condition: Boolean, variables: tuple[Symbol, ...]) -> Callable[[Point], bool]:
    """Whether an open condition holds, by more than rounding."""
    if isinstance(condition, And | Or):
        parts, every = [_holding(a, variables) for a in condition.args], isinstance(condition, And)
        return lambda point: (all if every else any)(part(point) for part in parts)
    if not condition.args:
        return lambda point: condition is S.true
    gap, side = _numbers([condition.lhs - condition.rhs], variables), {Gt: (1,), Lt: (-1,), Ne: (1, -1)}[type(condition)]

    def holds(point: Point) -> bool:
        value = gap(point)
        return value is not None and abs(value[0]) > TINY and (1 if value[0] > 0 else -1) in side

    return holds


def generic(variables: tuple[Symbol, ...]) -> Iterator[dict[Symbol, Expr]]:
    """Points with coordinates of some size that mean nothing: with denominators that have nothing in common."""
    dice, primes = random.Random(0), {v: int(prime(k)) for k, v in enumerate(variables, start=26)}  # 101, 103, ...
    for size in (1, 4, 16):
        for _ in range(MOST // 32):
            yield {v: size * Rational(dice.randint(-100, 100) or 1, primes[v]) for v in variables}


def _tried(variables: tuple[Symbol, ...]) -> Iterator[dict[Symbol, Expr]]:
    """Exact points: a grid in the order of `TRIED` as far as that goes, in higher dimensions a sample of it."""
    dice, d = random.Random(0), len(variables)
    whole = len(TRIED) ** d <= MOST
    grid = product(TRIED, repeat=d) if whole else (tuple(dice.choices(TRIED, k=d)) for _ in range(MOST))
    for coordinates in grid:
        yield dict(zip(variables, coordinates, strict=True))


def _solved(variables: tuple[Symbol, ...], conditions: tuple[Boolean, ...]) -> list[dict[Symbol, Expr]]:
    """A point that z3 finds, and points near it."""
    model = solution(*conditions)
    if model is None:
        return []
    centre, dice = {v: model.get(v, S.Zero) for v in variables}, random.Random(0)
    around = ({v: c + dice.choice((-1, 0, 1)) * size for v, c in centre.items()} for size in NEAR for _ in range(ENOUGH))
    return [point for point in (centre, *around) if _holds(conditions, point)]


def _holds(conditions: tuple[Boolean, ...], point: Mapping[Symbol, Expr]) -> bool:
    return all(_is_true(condition, point) for condition in conditions)


def _is_true(condition: Boolean, point: Mapping[Symbol, Expr]) -> bool:
    """Whether it holds, exactly; what has no value holds nowhere, but may stand beside what does."""
    if isinstance(condition, And | Or):
        return (all if isinstance(condition, And) else any)(_is_true(a, point) for a in condition.args)
    try:
        return decide(substitute(condition, point)) is True
    except Undefined:
        return False


def _is_empty(conditions: tuple[Boolean, ...]) -> bool:
    try:
        follows(S.false, *conditions)
    except NotProved:
        return False
    return True


def _is_not_zero(value: Expr) -> bool:
    """Whether a ball around the value excludes 0; one around 0 itself never does."""
    try:
        return any(enclosure > 0 or enclosure < 0 for enclosure in (ball(value, bits) for bits in PRECISIONS))
    except NotProved:
        return False


__all__ = ["KINKS", "Piece", "pieces", "zero_around"]
