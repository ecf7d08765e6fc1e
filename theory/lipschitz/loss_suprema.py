"""The largest size of a derivative of a loss of one logit, over all logits and labels: every candidate is compared, exactly.

On each piece |h| is largest at a zero of h', at an end, or in the limit. Where the loss has a kink its derivative does not exist, and the
one-sided slopes count as limits; where the slope jumps the next derivative has no bound that works as a Lipschitz constant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from flint import arb, ctx
from sympy import (
    Abs,
    Expr,
    Integer,
    Interval,
    Rational,
    S,
    Symbol,
    cancel,
    ceiling,
    expand,
    factor_terms,
    floor,
    invert,
    oo,
    rem,
)

from theory.lipschitz.isolated_zeros import PRECISIONS, Zero, between
from theory.lipschitz.loss_pieces import BENT, Piece, cut
from theory.lipschitz.symbols import n, t
from theory.proof import NotProved, ball, sign

DIGITS = 15  # after the point, of the interval around a logit that has no closed form


@dataclass(frozen=True)
class Place:
    """Where a supremum is attained or approached.

    Attributes:
        labels: the labels' values, in the order of their symbols.
        logit: the logit, or a tuple of logits: exact, or an interval that holds it (it is the only zero there of the next derivative).
            Where the supremum is only approached, a sequence in the positive integer n.
        attained: whether the value is taken there; if not, it is the limit as n grows.
    """

    labels: tuple[Expr, ...]
    logit: Expr | tuple[Expr, ...]
    attained: bool


@dataclass(frozen=True)
class Candidate:
    """The size of a derivative at a place: exact, or in balls."""

    exact: Expr | None
    enclosed: Callable[[int], arb]
    place: Place


@dataclass(frozen=True)
class Found:
    """What is known of one derivative of a loss of one logit.

    Attributes:
        best: the candidates with the largest size.
        missing: labels and logit at which there is no such derivative.
        elsewhere: the supremum over all other logits, where the size at `missing` counts as infinite; else None.
        lines: the argument.
    """

    best: tuple[Candidate, ...]
    missing: tuple[Place, ...]
    elsewhere: Candidate | None
    lines: tuple[str, ...]


def suprema(loss: Expr, z: Symbol, labels: tuple[Expr, ...]) -> tuple[Found, Found]:
    """The suprema of |l'| and |l''| for one value of each label."""
    factor, rest = factor_terms(loss).as_independent(z, as_Add=False)
    if not rest.has(z) or factor.is_Rational:
        factor, rest = S.One, loss
    pieces, stops = cut(rest, z)
    for piece in pieces:
        piece.demand_real()
    size, exists = Abs(factor), _smoothness(rest, z, pieces, stops)
    even = not rest.has(*BENT) and any(are_mirror_images(rest, other, z) for other in (rest, -rest))
    found = []
    for order in (1, 2):
        candidates, lines = [], []
        for number, piece in enumerate(pieces):
            for candidate, line in _on_piece(piece, order, labels):
                at_stop = candidate.place.logit in (piece.low, piece.high)
                if at_stop and not exists[order][candidate.place.logit]:
                    candidate = replace(candidate, place=_beside(candidate.place, piece))
                candidates.append(_times(size, candidate))
                lines.append(line)
            if len(pieces) > 1:
                lines[-1] += f" (piece {number + 1} of {len(pieces)}: from {piece.low} to {piece.high})"
        best = _with_mirror_images(largest([c for c in candidates if not (even and _is_left(c))]), even)
        jumps = [stop for stop in stops if not exists[order - 1][stop]]
        missing = tuple(Place(labels, stop, False) for stop in stops if not exists[order][stop])
        lines += [f"all of this times {size}"] if size != 1 else []
        if jumps:
            what = "loss" if order == 1 or not all(exists[0].values()) else "slope"
            lines.append(f"the {what} jumps at {', '.join(map(str, jumps))}: no Lipschitz constant")
            infinite = tuple(Candidate(oo, lambda bits: arb("inf"), Place(labels, stop + 1 / n, False)) for stop in jumps)
            found.append(Found(infinite, missing, best[0], tuple(lines)))
        else:
            found.append(Found(best, missing, None, tuple(lines)))
    return found[0], found[1]


def _is_left(candidate: Candidate) -> bool:
    """Whether it lies in an interval of negative logits."""
    logit = candidate.place.logit
    return isinstance(logit, Interval) and (logit.end < 0) is S.true


def _with_mirror_images(best: tuple[Candidate, ...], even: bool) -> tuple[Candidate, ...]:
    """Of a loss with l(-z) = l(z) or -l(z), up to a constant: the candidates at the negative logits, too."""
    inside = [c for c in best if even and isinstance(c.place.logit, Interval) and (c.place.logit.start > 0) is S.true]
    return (*best, *(replace(c, place=_turned(c.place, c.place.labels)) for c in inside))


def _beside(place: Place, piece: Piece) -> Place:
    """A sequence inside the piece that tends to its end."""
    inwards = 1 if place.logit == piece.low else -1
    return Place(place.labels, place.logit + inwards / n, False)


def _times(size: Expr, candidate: Candidate) -> Candidate:
    if size == 1:
        return candidate
    exact = None if candidate.exact is None else size * candidate.exact
    return replace(candidate, exact=exact, enclosed=lambda bits: ball(size, bits) * candidate.enclosed(bits))


def _on_piece(piece: Piece, order: int, labels: tuple[Expr, ...]) -> Iterator[tuple[Candidate, str]]:
    """Every logit at which |h| can be largest, with a line of the argument."""
    N, D = piece.derivative(order)
    following, _ = piece.derivative(order + 1)
    name = "'" * order
    if following == 0:
        value = Abs(cancel(N / D))
        inner = between(piece.low, piece.high)
        yield _known(value, Place(labels, inner, True)), f"l{name} is constant: |l{name}| = {value}"
        return
    zeros = piece.frame.zeros(following)
    monotone = f"l{name} is monotone between the {len(zeros)} zeros of l{name}'" if zeros else f"l{name}' has no zero: l{name} is monotone"
    for end, side in ((piece.low, 1), (piece.high, -1)):
        limit = Abs(piece.frame.limit(N, D, piece.at(end), side))
        place = Place(labels, end, True) if end.is_finite else Place(labels, n if side < 0 else -n, False)
        yield _known(limit, place), f"{monotone}; |l{name}| tends to {limit} at {end}"
    for zero in zeros:
        candidate = _at_zero(piece, N, D, zero, labels)
        value = candidate.exact if candidate.exact is not None else candidate.enclosed(64).str(12, radius=False)
        yield candidate, f"l{name}' = 0 at {candidate.place.logit}: there |l{name}| = {value}"


def _known(value: Expr, place: Place) -> Candidate:
    return Candidate(value, lambda bits: arb("inf") if value is oo else ball(value, bits), place)


def _at_zero(piece: Piece, N: Expr, D: Expr, zero: Zero, labels: tuple[Expr, ...]) -> Candidate:
    frame = piece.frame

    def enclosed(bits: int) -> arb:
        saved, ctx.prec = ctx.prec, bits
        try:
            at = zero.ball(2 * bits)
            return abs(frame.value(N, at, bits) / frame.value(D, at, bits))
        finally:
            ctx.prec = saved

    logit = piece.logit_at(zero)
    if zero.exact is not None and logit is not None:
        shown = frame.shown(N / D)
        value = _reduced(N, D, zero) if shown == N / D else shown.subs(t, zero.exact)
        return Candidate(Abs(value), enclosed, Place(labels, logit, True))
    saved, ctx.prec = ctx.prec, 128
    try:
        near = zero.ball(96)
        near = near.log() * ball(piece.rate, 128) if piece.rate else near
        low, high = near.lower().mid().fmpq(), near.upper().mid().fmpq()
    finally:
        ctx.prec = saved
    scale = Integer(10) ** DIGITS
    inside = Interval(floor(Rational(int(low.p), int(low.q)) * scale) / scale, ceiling(Rational(int(high.p), int(high.q)) * scale) / scale)
    return Candidate(None, enclosed, Place(labels, inside, True))


def _reduced(N: Expr, D: Expr, zero: Zero) -> Expr:
    """N/D at a root of a polynomial of degree 1 or 2, as a number with at most one square root."""
    value = rem(N * invert(D, zero.function, t), zero.function, t)
    return expand(value.subs(t, zero.exact))


def mirrored(found: Found, labels: tuple[Expr, ...]) -> Found:
    """The same for the loss at -z."""

    def candidate(c: Candidate) -> Candidate:
        return replace(c, place=_turned(c.place, labels))

    elsewhere = found.elsewhere and candidate(found.elsewhere)
    missing = tuple(_turned(place, labels) for place in found.missing)
    return Found(tuple(map(candidate, found.best)), missing, elsewhere, ("the mirror image of another label",))


def _turned(place: Place, labels: tuple[Expr, ...]) -> Place:
    logit: Any = place.logit
    turned = Interval(-logit.end, -logit.start) if isinstance(logit, Interval) else -logit
    return Place(labels, turned, place.attained)


def are_mirror_images(loss: Expr, other: Expr, z: Symbol) -> bool:
    """Whether l(z) and m(-z) differ by a constant; False also where that was not found out."""
    try:
        (piece, *more), _ = cut(loss - other.subs(z, -z), z)
        return not more and piece.derivative(1)[0] == 0
    except NotProved:
        return False


def _smoothness(loss: Expr, z: Symbol, pieces: list[Piece], stops: list[Expr]) -> list[dict[Expr, bool]]:
    """For each logit between two pieces: is the loss continuous there; has it one derivative; two?"""
    found: list[dict[Expr, bool]] = [{}, {}, {}]
    for stop, before, after in zip(stops, pieces, pieces[1:], strict=False):
        values = [loss.subs(z, stop), before.loss.subs(z, stop), after.loss.subs(z, stop)]
        same = all(_equal(values[0], other) for other in values[1:])
        for order in range(3):
            if order and same:
                left, right = (p.loss.diff(z, order).subs(z, stop) for p in (before, after))
                same = _equal(left, right)
            found[order][stop] = same
    return found


def _equal(one: Expr, other: Expr) -> bool:
    if one.is_finite is not True or other.is_finite is not True:
        raise NotProved(f"a value {one} or {other} at a kink is not finite, which is not handled")
    return one == other or sign(one - other) == 0


def largest(candidates: list[Candidate]) -> tuple[Candidate, ...]:
    """All candidates of the largest size."""
    best: list[Candidate] = []
    for candidate in candidates:
        how = compared(candidate, best[0]) if best else 1
        best = [candidate] if how > 0 else [*best, candidate] if how == 0 else best
    attained = [c for c in best if c.place.attained]
    kept = attained or best
    places = {c.place: c for c in kept}
    return tuple(places.values())


def compared(one: Candidate, other: Candidate) -> int:
    """-1, 0 or 1: which is larger.

    Raises:
        NotProved: they agree to 1024 bits, and are not known to be equal.
    """
    if one.enclosed is other.enclosed:
        return 0
    if one.exact is not None and other.exact is not None:
        if one.exact == other.exact:
            return 0
        return 1 if one.exact is oo else -1 if other.exact is oo else sign(one.exact - other.exact)
    for bits in PRECISIONS:
        a, b = one.enclosed(bits), other.enclosed(bits)
        if a > b or b > a:
            return 1 if a > b else -1
    raise NotProved(f"whether |l| is larger at {one.place.logit} or at {other.place.logit} was not decided with {PRECISIONS[-1]} bits")


__all__ = ["Candidate", "Found", "Place", "compared", "largest", "are_mirror_images", "mirrored", "suprema"]
