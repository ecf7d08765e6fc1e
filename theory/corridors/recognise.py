"""Is a given loss a corridor? `is_corridor` answers with a proof that H g = 0, or with an exact point where it is not. (Definition 2.1).

By theorem 2.11 that decides whether every solution of gradient flow in an open region runs along a straight line at constant speed.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from types import MappingProxyType
from typing import Any

from mpmath import mpf, workdps
from sympy import Eq, Expr, Float, Ge, ImmutableMatrix, Le, Matrix, Rational, S, Symbol, cos, exp, lambdify, log, sin, sympify

from theory.corridors.written import Written, without_kinks, write
from theory.evidence import implements, undecided
from theory.proof import NotProved, Theorem, ball, decide, follows, substitute, weaken
from theory.proof.language import check_sorts
from theory.proof.logic import And, Boolean, Undefined
from theory.proof.reals import solution

TRIED = tuple(Rational(p, q) for p, q in ((1, 1), (-1, 1), (1, 2), (2, 1), (-3, 2), (0, 1), (3, 1), (-7, 3)))  # coordinates of test points
MOST = 256  # points that are tried in the whole domain
ENOUGH = 4  # points of a piece at which H g is computed
KINKS = 6  # so that there are at most 64 pieces
NEAR = tuple(Rational(1, n) for n in (16, 256, 4096))  # around a point that was solved for
PRECISIONS = (64, 256)  # bits, tried in turn, to see that an entry of H g is not 0
DIGITS = 30  # where a number is guessed; what is guessed is proved then
TINY = Rational(1, 10**15)  # what 30 digits leave of zero, with room for 15 digits of cancellation
LARGEST = 10**6  # denominator of a rational |g|^2; two such numbers differ by 10^-12 at least


@dataclass(frozen=True)
class CorridorVerdict:
    """What `is_corridor` found.

    Attributes:
        corridor: True, False, or None where it is not decided.
        product: H g, as it was derived.
        where: what must hold for the loss to be twice differentiable, beyond the domain that was given.
        proofs: for a corridor, piece by piece, theorems that the parts of |g|^2 that depend on different directions are constants, or
            that H g = 0.
        point: for no corridor, an exact point of the domain at which H g is not 0.
    """

    corridor: bool | None
    product: ImmutableMatrix
    where: tuple[Boolean, ...]
    proofs: tuple[Theorem, ...] = ()
    point: Mapping[Symbol, Expr] | None = None


def gradient_flow(loss: Any, variables: Sequence[Symbol]) -> ImmutableMatrix:
    """The field -grad L of gradient flow, theta' = -grad L(theta).

    The paper calls its solutions unique. They are where the gradient is locally Lipschitz (Picard and Lindeloef), for instance for a
    C^2 loss; twice differentiable alone gives their existence only (Peano).

    Args:
        loss: a SymPy expression.
        variables: its d real variables.

    Returns:
        The field, d x 1.

    Raises:
        ValueError: the loss is no real expression of these variables, or has no derivative that is known.

    Source:
        Dherin & Rosca (2024), section 2.

    Example:
        >>> from sympy import symbols
        >>> x, y = symbols("x y", real=True)
        >>> gradient_flow(x**2 + 3 * y, [x, y])
        Matrix([
        [-2*x],
        [  -3]])
    """
    written = _written(loss, variables)
    return ImmutableMatrix([-slope for slope in written.in_variables(written.slopes)])


def hessian_gradient(loss: Any, variables: Sequence[Symbol]) -> ImmutableMatrix:
    """The product H g of the Hessian and the gradient, which is half the gradient of |g|^2.

    Args:
        loss: a SymPy expression.
        variables: its d real variables.

    Returns:
        The product, d x 1.

    Raises:
        ValueError: the loss is no real expression of these variables, or has no second derivative that is known.

    Source:
        Dherin & Rosca (2024), theorem 2.11.

    Example:
        >>> from sympy import symbols
        >>> x, y = symbols("x y", real=True)
        >>> hessian_gradient(x**2 + 3 * y, [x, y])
        Matrix([
        [4*x],
        [  0]])
    """
    written = _written(loss, variables)
    return ImmutableMatrix(written.in_variables(written.bends))


@implements("dherin-rosca:definition-2-1")
def is_corridor(loss: Any, variables: Sequence[Symbol], domain: Any = None) -> CorridorVerdict:
    """Whether every solution of theta' = -grad L(theta) in the domain is a straight line at constant speed: H g = 0 there.

    Between the kinks of |v|, max, min and sign the loss is judged piece by piece.

    Args:
        loss: a SymPy expression.
        variables: its d real variables.
        domain: an open condition on them, or None for all points where the loss is twice differentiable.

    Returns:
        The verdict, with a proof or with an exact point where H g is not 0.

    Raises:
        ValueError: the loss is no real expression of these variables, or has no second derivative that is known; the domain is no
            open condition on them, or is empty.

    Source:
        Dherin & Rosca (2024), definition 2.1 and theorem 2.11.

    Example:
        >>> from sympy import sqrt, symbols
        >>> x, y = symbols("x y", real=True)
        >>> is_corridor(sqrt(x**2 + y**2), [x, y]).corridor
        True
        >>> verdict = is_corridor(x**2 + y, [x, y])
        >>> verdict.corridor, verdict.point[x]
        (False, 1)
    """
    written = _written(loss, variables)
    inside, where = _open(domain, written.variables), written.smooth_where()
    entries = ImmutableMatrix(written.in_variables(written.bends))
    pieces = list(_pieces(written, (inside, *where)))
    if not pieces:
        raise ValueError(f"no point of the domain {inside} lets the loss {loss} be twice differentiable: expected an open set with a point")
    for piece in pieces:
        found = piece.violation()
        if found is not None:
            return CorridorVerdict(False, entries, where, point=MappingProxyType(found))
    proofs = [piece.proofs() for piece in pieces]
    if not all(proofs):
        return CorridorVerdict(None, entries, where)
    return CorridorVerdict(True, entries, where, tuple(theorem for found in proofs for theorem in found))


@dataclass(frozen=True)
class _Piece:
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
            near = approximate(*self._near(point).values())
            if any(abs(value) > TINY for value in near) and _holds(self.conditions, point):
                values = self.written.meanings(point)
                column = Matrix(len(bends), 1, [substitute(bend, values) for bend in bends])
                if any(_is_not_zero(entry) for entry in self.written.linear.T * column):
                    return point
        return None

    def _near(self, point: Mapping[Symbol, Expr]) -> dict[Symbol, Expr]:
        """The values of the names to `DIGITS` digits: exact ones are slow where roots are nested, and decide only where it matters."""
        return self.written.meanings({v: Float(c, DIGITS) for v, c in point.items()})

    def proofs(self) -> tuple[Theorem, ...]:
        """That the parts of |g|^2 are constants: then H g, half its gradient, is 0. Or that half its derivatives are 0."""
        for theorems in (self._constant, self._vanishing):
            try:
                return tuple(weaken(theorem, *self.signs) for theorem in theorems())
            except NotProved:
                continue
        return ()

    def _constant(self) -> list[Theorem]:
        if not self.points:
            raise NotProved("no point at which to look for the constant")
        return [self._constant_part(part) for part in self.written.parts]

    def _constant_part(self, part: Expr) -> Theorem:
        value = part.subs(self._near(self.points[0])).evalf(DIGITS)
        near = Rational(str(value)).limit_denominator(LARGEST)
        try:
            return self.written.equal(part, near)
        except NotProved:
            if abs(near - value) < TINY and not part.has(exp, log, sin, cos):
                raise
        return self.written.equal(part, substitute(part, self.written.meanings(self.points[0])))  # e.g. 3 + sqrt(2), or sin(1)

    def _vanishing(self) -> list[Theorem]:
        return [self.written.equal(bend, S.Zero) for bend in self.written.bends]


def _pieces(written: Written, inside: tuple[Boolean, ...]) -> Iterator[_Piece]:
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
        yield _Piece(piece, signs, conditions, tuple(points[:ENOUGH]))


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


def _open(domain: Any, variables: tuple[Symbol, ...]) -> Boolean:
    condition = S.true if domain is None else sympify(domain)
    if not isinstance(condition, Boolean) or condition.free_symbols - set(variables) or condition.has(Eq, Le, Ge):
        raise ValueError(f"the domain is {domain}: expected an open condition on {list(variables)}, of <, > and Ne")
    check_sorts((condition,))
    return condition


def _written(loss: Any, variables: Sequence[Symbol]) -> Written:
    expr, symbols = sympify(loss), tuple(variables)
    if not symbols or any(not isinstance(v, Symbol) or v.is_real is not True for v in symbols) or len(set(symbols)) < len(symbols):
        raise ValueError(f"the variables must be distinct real symbols, at least one; found {list(symbols)}")
    if not isinstance(expr, Expr) or expr.free_symbols - set(symbols):
        raise ValueError(f"the loss must be an expression of {list(symbols)} alone, found {expr}")
    plain = without_kinks(expr)
    check_sorts((plain,))
    try:
        written = write(plain, symbols)
        written.bends  # noqa: B018  (the derivatives are taken here)
    except NotProved as error:
        raise ValueError(f"no derivative of {expr} is known: {error}") from None
    return written


undecided(
    "dherin-rosca:definition-gf",
    "The field is `gradient_flow`. That its solutions are unique for a twice differentiable loss is false: for "
    "L = -x - (6/5) x^5 y^2 (x^6 + 5 y^2)/(x^6 + y^2)^2 both (t, 0) and (t, t^3) are solutions, as the tests check exactly. A machine "
    "proof that this L is twice differentiable at the origin is missing, and so is the corrected claim, for a C^2 loss (Picard and "
    "Lindeloef).",
)


__all__ = ["CorridorVerdict", "gradient_flow", "hessian_gradient", "is_corridor"]
