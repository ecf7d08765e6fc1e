"""Is a given loss a corridor? `is_corridor` answers with a proof that H g = 0, or with an exact point where it is not. (Definition 2.1).

By theorem 2.11 that decides whether every solution of gradient flow in an open region runs along a straight line at constant speed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sympy import Eq, Expr, Ge, ImmutableMatrix, Le, S, Symbol, sympify

from theory.corridors.names import without_kinks
from theory.corridors.pieces import pieces
from theory.corridors.written import Written, write
from theory.evidence import implements
from theory.proof import NotProved, Theorem
from theory.proof.language import check_sorts
from theory.proof.logic import Boolean


@dataclass(frozen=True)
class CorridorVerdict:
    """What `is_corridor` found.

    Attributes:
        corridor: True, False, or None where it is not decided.
        where: what must hold for the loss to be twice differentiable, beyond the domain that was given.
        proofs: for a corridor, piece by piece, theorems that the parts of |g|^2 that depend on different directions are constants, or
            that H g = 0.
        point: for no corridor, an exact point of the domain at which H g is not 0.
    """

    corridor: bool | None
    where: tuple[Boolean, ...]
    proofs: tuple[Theorem, ...] = ()
    point: Mapping[Symbol, Expr] | None = None


@implements("dherin-rosca:definition-gf")
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
def is_corridor(loss: Any, variables: Sequence[Symbol], domain: Any = None, place: Sequence[Any] = ()) -> CorridorVerdict:
    """Whether every solution of theta' = -grad L(theta) in the domain is a straight line at constant speed: H g = 0 there.

    Between the kinks of |v|, max, min and sign the loss is judged piece by piece.

    Args:
        loss: a SymPy expression.
        variables: its d real variables.
        domain: an open condition on them, or None for all points where the loss is twice differentiable.
        place: if the variables are no Cartesian coordinates: those of the point, d expressions of the variables.

    Returns:
        The verdict, with a proof or with an exact point where H g is not 0.

    Raises:
        ValueError: the loss or the place is no real expression of these variables, or has no second derivative that is known; the
            domain is no open condition on them, or is empty.

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
        >>> is_corridor(x, [x, y], x > 0, place=[x * (1 - y**2) / (1 + y**2), 2 * x * y / (1 + y**2)]).corridor  # a cone
        True
    """
    written = _written(loss, variables, place)
    inside, where = _open(domain, written.variables), written.smooth_where()
    parts = list(pieces(written, (inside, *where)))
    if not parts:
        raise ValueError(f"no point of the domain {inside} lets the loss {loss} be twice differentiable: expected an open set with a point")
    for piece in parts:
        found = piece.violation()
        if found is not None:
            return CorridorVerdict(False, where, point=MappingProxyType(found))
    proofs = [piece.proofs() for piece in parts]
    if not all(proofs):
        return CorridorVerdict(None, where)
    return CorridorVerdict(True, where, tuple(theorem for found in proofs for theorem in found))


def _open(domain: Any, variables: tuple[Symbol, ...]) -> Boolean:
    condition = S.true if domain is None else sympify(domain)
    if not isinstance(condition, Boolean) or condition.free_symbols - set(variables) or condition.has(Eq, Le, Ge):
        raise ValueError(f"the domain is {domain}: expected an open condition on {list(variables)}, of <, > and Ne")
    check_sorts((condition,))
    return condition


def _written(loss: Any, variables: Sequence[Symbol], place: Sequence[Any] = ()) -> Written:
    symbols, given = tuple(variables), tuple(sympify(e) for e in (loss, *place))
    if not symbols or any(not isinstance(v, Symbol) or v.is_real is not True for v in symbols) or len(set(symbols)) < len(symbols):
        raise ValueError(f"the variables must be distinct real symbols, at least one; found {list(symbols)}")
    for expr in given:
        if not isinstance(expr, Expr) or expr.free_symbols - set(symbols):
            raise ValueError(f"the loss must be an expression of {list(symbols)} alone, and so must places; found {expr}")
    if place and len(place) != len(symbols):
        raise ValueError(f"the place has {len(place)} coordinates: expected {len(symbols)}, as many as variables")
    plain = tuple(without_kinks(expr) for expr in given)
    check_sorts(plain)
    try:
        written = write(plain[0], symbols, plain[1:])
        written.bends  # noqa: B018  (the derivatives are taken here)
    except NotProved as error:
        raise ValueError(f"no derivative of {loss} is known: {error}") from None
    return written


__all__ = ["CorridorVerdict", "gradient_flow", "hessian_gradient", "is_corridor"]
