"""Is a given loss a corridor? `is_corridor` answers with a proof that H g = 0, or with an exact point where it is not. (Definition 2.1).

By theorem 2.11 that decides whether every solution of gradient flow in an open region runs along a straight line at constant speed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from sympy import Derivative, Expr, Gt, ImmutableMatrix, Integer, Lt, Ne, Pow, Product, S, Sum, Symbol, acosh, sign, sympify

from theory.corridors.names import without_kinks
from theory.corridors.pieces import KINKS, pieces, zero_around
from theory.corridors.written import Tie, Written, write
from theory.evidence import implements
from theory.proof import And, NotProved, Or, Theorem, substitute, weaken
from theory.proof.language import check_sorts
from theory.proof.logic import Boolean

LONGEST_TEXT = 400  # letters of what is left over


@dataclass(frozen=True)
class CorridorVerdict:
    """What `is_corridor` found.

    Attributes:
        corridor: True, False, or None where it is not decided.
        where: where the loss is judged, in the domain: its formula is smooth there, and what it takes roots of is positive.
        proofs: for a corridor, piece by piece, theorems that the parts of |g|^2 that depend on different directions are constants, or
            that H g = 0.
        point: for no corridor, an exact point of the domain at which H g is not 0.
        left: where it is not decided, what could not be shown.
    """

    corridor: bool | None
    where: tuple[Boolean, ...]
    proofs: tuple[Theorem, ...] = ()
    point: Mapping[Symbol, Expr] | None = None
    left: str = ""


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

    Between the kinks of |v|, max, min and sign the loss is judged piece by piece. A formula whose terms are too many to multiply out is
    left undecided, by their number and not by the time that it takes.

    Args:
        loss: a SymPy expression.
        variables: its d real variables.
        domain: an open condition on them, or None for all points. Either way points are left out where the formula of the loss is not
            smooth, or takes the root of what is not positive; what is left is in `where`.
        place: if the variables are no Cartesian coordinates: those of the point, d expressions of the variables. They may turn over, and
            meet a point twice; where their Jacobian is singular is left out.

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
    if len(written.signs) > KINKS:
        raise ValueError(
            f"the loss has {len(written.signs)} kinks: expected at most {KINKS}; give the parts one by one, each with its domain"
        )
    inside = _open(domain, written.variables)
    verdict = _judge(written, inside)
    if verdict is None:
        raise ValueError(
            f"no point of the domain {inside} was found where the loss {loss} is real and smooth: expected an open set with one"
        )
    return verdict


def _judge(written: Written, inside: Boolean) -> CorridorVerdict | None:
    """The verdict on all pieces, also those on which a sign or a root is one of 0; None if there is no piece."""
    where, ties = written.smooth_where(), tuple(written.ties())
    on_ties = [found for tie in ties if (found := _on_tie(tie, written.variables, inside)) is not None]
    smooth = (inside, *where)
    if on_ties:
        where = (Or(And(*where), *(And(*found.where) for found in on_ties)),)
    parts = []
    for piece in pieces(written, smooth):
        point = piece.violation()
        if point is not None:
            return CorridorVerdict(False, where, point=MappingProxyType(point))
        parts.append(piece)
    if not parts and not on_ties:
        return None
    for found in on_ties:
        if found.corridor is False:
            return replace(found, where=where)
    flat = zero_around(written, inside) - {tie.name for tie in ties}
    if flat:
        what = ", ".join(str(substitute(written.kinks[name], written.meanings())) for name in sorted(flat, key=str))
        return CorridorVerdict(None, where, left=f"{what} seems to be 0 on an open set, where the loss has another formula")
    undecided_there = [found for found in on_ties if found.corridor is None]
    if undecided_there:
        return replace(undecided_there[0], where=where)
    try:
        proofs = [theorem for piece in parts for theorem in piece.proofs()]
    except NotProved as error:
        return CorridorVerdict(None, where, left=_short(str(error)))
    return CorridorVerdict(True, where, (*proofs, *(theorem for found in on_ties for theorem in found.proofs)))


def _on_tie(tie: Tie, variables: tuple[Symbol, ...], inside: Boolean) -> CorridorVerdict | None:
    try:
        written = write(tie.loss, variables, tie.place)
        found = _judge(written, And(inside, *tie.conditions))
    except NotProved as error:
        return CorridorVerdict(None, tie.conditions, left=_short(str(error)))
    if found is None:
        return None
    return replace(found, where=(*tie.conditions, *found.where), proofs=tuple(weaken(theorem, *tie.conditions) for theorem in found.proofs))


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else f"{text[: LONGEST_TEXT // 2]} ... {text[-LONGEST_TEXT // 2 :]}"


def _open(domain: Any, variables: tuple[Symbol, ...]) -> Boolean:
    """The condition, with what makes its set open: sqrt(x) > -1 holds at 0, but not around it."""
    condition = S.true if domain is None else sympify(domain)
    if not isinstance(condition, Boolean) or condition.free_symbols - set(variables) or not _is_strict(condition):
        raise ValueError(f"the domain is {domain}: expected an open condition on {list(variables)}, of <, > and Ne, without sign")
    check_sorts((condition,))
    return _opened(condition)


def _opened(condition: Boolean) -> Boolean:
    if isinstance(condition, And | Or):
        return condition.func(*map(_opened, condition.args))
    powers = (p.base > 0 for p in condition.atoms(Pow) if not (p.is_number or isinstance(p.exp, Integer)))
    return And(condition, *sorted({*powers, *(a.args[0] > 1 for a in condition.atoms(acosh))}, key=str))


def _is_strict(condition: Boolean) -> bool:
    if isinstance(condition, And | Or):
        return all(map(_is_strict, condition.args))
    return condition in (S.true, S.false) or (isinstance(condition, Gt | Lt | Ne) and not condition.has(sign, Derivative, Sum, Product))


def _written(loss: Any, variables: Sequence[Symbol], place: Sequence[Any] = ()) -> Written:
    symbols, given = tuple(variables), tuple(sympify(e) for e in (loss, *place))
    if (
        not symbols
        or any(not isinstance(v, Symbol) or v.is_real is not True or v.is_integer for v in symbols)
        or len(set(symbols)) < len(symbols)
    ):
        raise ValueError(f"the variables must be distinct real symbols, at least one; found {list(symbols)}")
    for expr in given:
        if not isinstance(expr, Expr) or expr.free_symbols - set(symbols):
            raise ValueError(f"the loss must be an expression of {list(symbols)} alone, and so must places; found {expr}")
    if place and len(place) != len(symbols):
        raise ValueError(f"the place has {len(place)} coordinates: expected {len(symbols)}, as many as variables")
    plain = tuple(without_kinks(expr) for expr in given)
    check_sorts((*plain, *symbols))
    try:
        written = write(plain[0], symbols, plain[1:])
        written.bends  # noqa: B018  (the derivatives are taken here)
    except NotProved as error:
        raise ValueError(f"no derivative of {loss} is known: {error}") from None
    return written


__all__ = ["CorridorVerdict", "gradient_flow", "hessian_gradient", "is_corridor"]
