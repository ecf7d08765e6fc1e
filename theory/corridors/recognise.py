"""Is a given loss a corridor? `is_corridor` answers with a proof that H g = 0, or with an exact point where it is not. (Definition 2.1).

By theorem 2.11 that decides whether every solution of gradient flow in an open region runs along a straight line at constant speed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, product
from types import MappingProxyType
from typing import Any

from sympy import Expr, ImmutableMatrix, Ne, Rational, S, Symbol, sign, sympify

from theory.evidence import implements, undecided
from theory.proof import NotProved, Theorem, decide, derivative, identity, substitute
from theory.proof.language import check_sorts
from theory.proof.logic import Boolean, Undefined

TRIED = tuple(Rational(p, q) for p, q in ((1, 1), (-1, 1), (1, 2), (2, 1), (-3, 2), (0, 1), (3, 1), (-7, 3)))  # coordinates of test points
MOST = 512  # points that are tried
ENOUGH = 24  # points of the domain at which H g is computed


@dataclass(frozen=True)
class CorridorVerdict:
    """What `is_corridor` found.

    Attributes:
        corridor: True, False, or None where it is not decided.
        product: H g, as it was derived.
        where: what must hold for the loss to be twice differentiable, beyond the domain that was given.
        proofs: for a corridor, a theorem that |g|^2 is a constant, or for each entry of H g one that it is 0.
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
    slopes, _ = _gradient(*_checked(loss, variables))
    return ImmutableMatrix([-slope for slope in slopes])


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
    return _product(*_checked(loss, variables))[0]


@implements("dherin-rosca:definition-2-1")
def is_corridor(loss: Any, variables: Sequence[Symbol], domain: Any = None) -> CorridorVerdict:
    """Whether every solution of theta' = -grad L(theta) in the domain is a straight line at constant speed: H g = 0 there.

    Args:
        loss: a SymPy expression.
        variables: its d real variables.
        domain: an open condition on them, or None for all points where the loss is twice differentiable.

    Returns:
        The verdict, with a proof or with an exact point where H g is not 0.

    Raises:
        ValueError: the loss is no real expression of these variables, or has no second derivative that is known.

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
    loss, symbols = _checked(loss, variables)
    slopes, once = _gradient(loss, symbols)
    entries, where = _product(loss, symbols)
    inside = (S.true if domain is None else sympify(domain), *where, *once)
    proofs = _constant_norm(slopes, symbols, inside)
    if not proofs:
        found = next(_violations(entries, symbols, inside), None)
        if found is not None:
            return CorridorVerdict(False, entries, where, point=found)
        proofs = _vanishing(entries)
    needed = tuple(dict.fromkeys((*where, *(c for proof in proofs for c in proof.given))))
    return CorridorVerdict(True if proofs else None, entries, needed, proofs)


def _constant_norm(slopes: list[Expr], variables: tuple[Symbol, ...], inside: tuple[Any, ...]) -> tuple[Theorem, ...]:
    """A proof that |g|^2 is a constant: then H g, half its gradient, is 0."""
    squared = sum((slope**2 for slope in slopes), S.Zero)
    point = next(_points(variables, inside), None)
    if point is None:
        return ()
    try:
        return (identity(squared, substitute(squared, point)),)
    except NotProved:
        return ()


def _vanishing(entries: ImmutableMatrix) -> tuple[Theorem, ...]:
    """A proof for each entry of H g that it is 0."""
    try:
        return tuple(identity(entry, 0) for entry in entries)
    except NotProved:
        return ()


def _checked(loss: Any, variables: Sequence[Symbol]) -> tuple[Expr, tuple[Symbol, ...]]:
    expr, symbols = sympify(loss), tuple(variables)
    if not symbols or any(not isinstance(v, Symbol) or v.is_real is not True for v in symbols) or len(set(symbols)) < len(symbols):
        raise ValueError(f"the variables must be distinct real symbols, at least one; found {list(symbols)}")
    check_sorts((expr,))
    if not isinstance(expr, Expr) or expr.free_symbols - set(symbols):
        raise ValueError(f"the loss must be an expression of {list(symbols)} alone, found {expr}")
    return expr, symbols


def _gradient(loss: Expr, variables: tuple[Symbol, ...]) -> tuple[list[Expr], tuple[Boolean, ...]]:
    """The partial derivatives, and where they hold; away from its jump, which is outside anyway, a sign is a constant."""
    signs = {e: Symbol(f"sign_{k}", real=True) for k, e in enumerate(sorted(loss.atoms(sign), key=str))}
    back = {symbol: e for e, symbol in signs.items()}
    try:
        rules = [derivative(loss.xreplace(signs), v) for v in variables]
    except NotProved as error:
        raise ValueError(f"no derivative of {loss} is known: {error}") from None
    where = (*(Ne(e.args[0], 0) for e in signs), *(substitute(c, back) for rule in rules for c in rule.given))
    return [substitute(rule.then.args[1], back) for rule in rules], tuple(dict.fromkeys(c for c in where if c is not S.true))


def _product(loss: Expr, variables: tuple[Symbol, ...]) -> tuple[ImmutableMatrix, tuple[Boolean, ...]]:
    slopes, where = _gradient(loss, variables)
    rows = [_gradient(slope, variables) for slope in slopes]
    entries = [sum((a * b for a, b in zip(row, slopes, strict=True)), S.Zero) for row, _ in rows]
    return ImmutableMatrix(entries), tuple(dict.fromkeys((*where, *(c for _, more in rows for c in more))))


def _points(variables: tuple[Symbol, ...], inside: tuple[Any, ...]) -> Iterator[Mapping[Symbol, Expr]]:
    """Exact points of the domain."""
    for _, coordinates in zip(range(MOST), product(TRIED, repeat=len(variables)), strict=False):
        point = dict(zip(variables, coordinates, strict=True))
        try:
            if all(decide(substitute(condition, point)) is True for condition in inside):
                yield MappingProxyType(point)
        except Undefined:
            continue


def _violations(entries: ImmutableMatrix, variables: tuple[Symbol, ...], inside: tuple[Any, ...]) -> Iterator[Mapping[Symbol, Expr]]:
    """Points of the domain at which an entry of H g is not 0, exactly."""
    for point in islice(_points(variables, inside), ENOUGH):
        if any(decide(Ne(substitute(entry, point), 0)) is True for entry in entries):
            yield point


undecided(
    "dherin-rosca:definition-gf",
    "The field is `gradient_flow`. That its solutions are unique for a twice differentiable loss is false: for "
    "L = -x - (6/5) x^5 y^2 (x^6 + 5 y^2)/(x^6 + y^2)^2 both (t, 0) and (t, t^3) are solutions, as the tests check exactly. A machine "
    "proof that this L is twice differentiable at the origin is missing, and so is the corrected claim, for a C^2 loss (Picard and "
    "Lindeloef).",
)


__all__ = ["CorridorVerdict", "gradient_flow", "hessian_gradient", "is_corridor"]
