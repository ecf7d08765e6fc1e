"""The parts of a domain on which a loss has no kink, and whether it is a corridor on one: by a proof, or by an exact point.

Numbers in floating point say where to look; what is found is proved, or decided by exact arithmetic and balls.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from mpmath import mpf, workdps
from sympy import Expr, Float, Matrix, Rational, S, Symbol, cos, exp, lambdify, log, sin

from theory.corridors.written import Written
from theory.proof import And, NotProved, Theorem, ball, decide, follows, substitute, weaken
from theory.proof.logic import Boolean, Undefined
from theory.proof.reals import solution

TRIED = tuple(Rational(p, q) for p, q in ((1, 1), (-1, 1), (1, 2), (2, 1), (-3, 2), (0, 1), (3, 1), (-7, 3)))  # coordinates of test points
MOST = 256  # points that are tried in the whole domain
ENOUGH = 4  # points of a piece at which H g is computed
KINKS = 6  # so that there are at most 64 pieces
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

    def violation(self) -> dict[Symbol, Expr] | None:
        """A point at which an entry of H g is not 0, exactly; sought where the derivatives of |g|^2 by the forms seem not to be 0."""
        bends = self.written.bends
        approximate = lambdify(tuple(self.written.meanings()), bends, "mpmath")
        for point in self.points:
            with workdps(DIGITS):
                near = approximate(*self._near(point).values())
            if any(abs(value) > TINY for value in near) and _holds(self.conditions, point):
                values = self.written.meanings(point)
                column = Matrix(len(bends), 1, [substitute(bend, values) for bend in bends])
                if any(_is_not_zero(entry) for entry in self.written.linear.T * column):
                    return point
        return None

    def proofs(self) -> tuple[Theorem, ...]:
        """That the parts of |g|^2 are constants: then H g, half its gradient, is 0. Or that half its derivatives are 0."""
        for theorems in (self._constants, self._vanishing):
            try:
                return tuple(weaken(theorem, *self.signs) for theorem in theorems())
            except NotProved:
                continue
        return ()

    def _constants(self) -> list[Theorem]:
        if not self.points:
            raise NotProved("no point at which to look for the constant")
        return [self._constant(part) for part in self.written.parts]

    def _constant(self, part: Expr) -> Theorem:
        value = self._value(part, self.points[0])
        near = Rational(str(value)).limit_denominator(LARGEST)
        try:
            return self.written.equal(part, near)
        except NotProved:
            if abs(near - value) < TINY and not part.has(*CURVED):
                raise
        return self.written.equal(part, substitute(part, self.written.meanings(self.points[0])))  # e.g. 3 + sqrt(2), or sin(1)

    def _vanishing(self) -> list[Theorem]:
        values = [self._value(self.written.square, point) for point in self.points]
        if not self.written.square.has(*CURVED) and values and all(abs(value - values[0]) < TINY for value in values):
            raise NotProved("|g|^2 seems to be one constant, by a relation between roots that would be missing again")
        return [self.written.equal(bend, S.Zero) for bend in self.written.bends]

    def _near(self, point: Mapping[Symbol, Expr]) -> dict[Symbol, Expr]:
        """The values of the names to `DIGITS` digits: exact ones are slow where roots are nested, and decide only where it matters."""
        return self.written.meanings({v: Float(c, DIGITS) for v, c in point.items()})

    def _value(self, e: Expr, point: Mapping[Symbol, Expr]) -> Expr:
        value = e.subs(self._near(point)).evalf(DIGITS)
        if not value.is_Number or not value.is_finite:
            raise NotProved(f"{e} has no value at {point}")
        return value


def pieces(written: Written, inside: tuple[Boolean, ...]) -> Iterator[Piece]:
    """The pieces that are not proved empty, each with points where some were found."""
    names = tuple(written.signs)
    if len(names) > KINKS:
        raise ValueError(f"the loss has {len(names)} kinks: expected at most {KINKS}; give the parts one by one, each with its domain")
    found: dict[tuple[int, ...], list[dict[Symbol, Expr]]] = {choice: [] for choice in product((1, -1), repeat=len(names))}
    jumps = [substitute(jump, written.meanings()) for jump in written.signs.values()]
    approximate = lambdify(written.variables, [And(*inside), *jumps], "mpmath")
    with workdps(DIGITS):
        for point in _tried(written.variables):
            if all(len(points) >= ENOUGH for points in found.values()):
                break
            try:
                holds, *values = approximate(*(mpf(int(c.p)) / int(c.q) for c in point.values()))
            except (ZeroDivisionError, TypeError, ValueError):
                continue  # a root of a negative number, say
            if holds and all(abs(value) > TINY for value in values):
                found[tuple(1 if value > 0 else -1 for value in values)].append(point)
    for choice, points in found.items():
        put = dict(zip(names, choice, strict=True))
        piece = written.piece(put)
        back = {**piece.meanings(), **put}
        apart = [(substitute(written.signs[name], back), value) for name, value in put.items()]
        signs = tuple(jump > 0 if value > 0 else jump < 0 for jump, value in apart)
        conditions = (*inside, *signs)
        if not points:
            if _is_empty(conditions):
                continue
            points = _solved(written.variables, conditions)
        yield Piece(piece, signs, conditions, tuple(points[:ENOUGH]))


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
    try:
        return all(decide(substitute(condition, point)) is True for condition in conditions)
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


__all__ = ["Piece", "pieces"]
