"""Families of exact corridors: to test a tool that should know them. Losses that just miss being one are in `near_misses`.

Where |grad D| = 1 the loss D is, locally, the distance to a set. Three steps make new ones from old: |D - r| (a tube around the set),
sqrt(D^2 + E^2) for E of other variables (the product of two sets), and any rotation. From the distance to a point come so the distances to
flats, spheres, cylinders, circles in space and tori. Multiples of these, sums in orthogonal variables and affine losses are corridors too.

The distance to an ellipse is a root of a quartic, whose formula in radicals fills pages. What is short and exact are the parallel curves:
the point as a function of the foot and of the distance, which are the variables then. Its lines of steepest descent neither are parallel
nor meet in a point, and so it is with the involutes of a circle, in Cartesian coordinates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

from sympy import Abs, Expr, Matrix, Min, Ne, S, Symbol, atan, eye, sqrt, true
from sympy.logic.boolalg import Boolean

from theory.proof import And, ball, substitute
from theory.values import exact_number


@dataclass(frozen=True)
class Landscape:
    """A loss on an open set.

    Attributes:
        loss: L, in the variables.
        variables: the d real variables.
        domain: an open condition on them.
        point: a point inside, one exact number for each variable.
        clearance: the radius of a ball around it that lies in the domain; oo if the domain is everything.
        place: where the point with these variables is, if they are not its Cartesian coordinates.
    """

    loss: Expr
    variables: tuple[Symbol, ...]
    domain: Boolean
    point: tuple[Expr, ...]
    clearance: Expr
    place: tuple[Expr, ...] = ()

    @property
    def at(self) -> dict[Symbol, Expr]:
        """The point, as a substitution."""
        return dict(zip(self.variables, self.point, strict=True))


def coordinates(dimension: int, first: int = 1) -> tuple[Symbol, ...]:
    """The real symbols x_1, ..., x_d, or from another number on."""
    return tuple(Symbol(f"x_{k}", real=True) for k in range(first, first + dimension))


def affine(slope: Sequence[Any], point: Sequence[Any], variables: Sequence[Symbol] | None = None) -> Landscape:
    """<a, x>, a corridor everywhere.

    Example:
        >>> affine([2, -1], [0, 0]).loss
        2*x_1 - x_2
    """
    names = tuple(variables or coordinates(len(slope)))
    loss = sum((exact_number(a, "slope") * x for a, x in zip(slope, names, strict=True)), S.Zero)
    return Landscape(loss, names, true, exact_point(point), S.Infinity)


def distance_to_point(point: Sequence[Any], variables: Sequence[Symbol] | None = None) -> Landscape:
    """|x|, the distance to the origin: a cone, a corridor off its tip.

    Raises:
        ValueError: the point inside is the tip.

    Example:
        >>> distance_to_point([3, 4]).loss
        sqrt(x_1**2 + x_2**2)
    """
    names, inside = tuple(variables or coordinates(len(point))), exact_point(point)
    loss = sqrt(sum((x**2 for x in names), S.Zero))
    here = sqrt(sum((c**2 for c in inside), S.Zero))
    if not inside or here is S.Zero:
        raise ValueError("the point is the tip of the cone: expected another one")
    return Landscape(loss, names, Ne(loss, 0), inside, here)


def tube(inner: Landscape, radius: Any) -> Landscape:
    """|D - r| for a distance D: the distance to the points at distance r. A sphere from a point, a torus from a circle.

    Raises:
        ValueError: the point inside is at this distance; the loss is not as steep as a distance there.

    Example:
        >>> tube(distance_to_point([3, 4]), 2).loss
        Abs(sqrt(x_1**2 + x_2**2) - 2)
    """
    _demand_distance(inner)
    gap = inner.loss - exact_number(radius, "radius")
    here = Abs(substitute(gap, inner.at))
    if not ball(here) > 0:
        raise ValueError(f"the point {inner.point} is at the distance {radius}, on the kink: expected another one")
    # |D(p) - D(q)| <= |p - q|: no point nearer than `here` is on the kink
    return replace(inner, loss=Abs(gap), domain=And(inner.domain, Ne(gap, 0)), clearance=Min(inner.clearance, here))


def product_distance(one: Landscape, other: Landscape) -> Landscape:
    """sqrt(D^2 + E^2) for distances of different variables: the distance to the product of the two sets.

    Raises:
        ValueError: they share a variable; one is not as steep as a distance at its point.

    Example:
        >>> plane, height = distance_to_point([3, 4]), distance_to_point([1], coordinates(1, first=3))
        >>> product_distance(tube(plane, 2), height).loss  # the distance to a circle in space
        sqrt(x_3**2 + (sqrt(x_1**2 + x_2**2) - 2)**2)
    """
    joined = orthogonal_sum(one, other)
    for part in (one, other):
        _demand_distance(part)
    loss = sqrt(one.loss**2 + other.loss**2)
    return replace(joined, loss=loss, domain=And(joined.domain, Ne(loss, 0)))


def orthogonal_sum(one: Landscape, other: Landscape) -> Landscape:
    """L + M for losses of different variables: H g vanishes if it does for both.

    Raises:
        ValueError: they share a variable.

    Example:
        >>> orthogonal_sum(distance_to_point([3, 4]), affine([5], [0], coordinates(1, first=3))).loss
        5*x_3 + sqrt(x_1**2 + x_2**2)
    """
    if set(one.variables) & set(other.variables):
        raise ValueError(
            f"both losses depend on {sorted(set(one.variables) & set(other.variables), key=str)}: expected different variables"
        )
    names, inside = one.variables + other.variables, one.point + other.point
    place = (one.place or one.variables) + (other.place or other.variables) if one.place or other.place else ()
    return Landscape(one.loss + other.loss, names, And(one.domain, other.domain), inside, Min(one.clearance, other.clearance), place)


def scaled(inner: Landscape, factor: Any, constant: Any = 0) -> Landscape:
    """C L + b.

    Example:
        >>> scaled(distance_to_point([3, 4]), -2, 1).loss
        1 - 2*sqrt(x_1**2 + x_2**2)
    """
    loss = exact_number(factor, "factor") * inner.loss + exact_number(constant, "constant")
    return replace(inner, loss=loss)


def involutes(radius: Any, point: Sequence[Any], variables: Sequence[Symbol] | None = None) -> Landscape:
    """S - c atan(s/c) + c atan(y/x) with s^2 = x^2 + y^2 - c^2: the distance to an involute of the circle of radius c.

    The lines of steepest descent are tangents of that circle; the domain is its outside, where x > 0.

    Raises:
        ValueError: the point is not in the domain.

    Example:
        >>> from theory.corridors import is_corridor
        >>> found = involutes(1, [2, 1])
        >>> is_corridor(found.loss, found.variables, found.domain).corridor
        True
    """
    (x, y), c, inside = tuple(variables or coordinates(2)), exact_number(radius, "radius"), exact_point(point)
    tangent = sqrt(x**2 + y**2 - c**2)
    if (inside[0] > 0) is not true or (inside[0] ** 2 + inside[1] ** 2 > c**2) is not true or (c > 0) is not true:
        raise ValueError(f"radius {radius}, point {inside}: expected a positive radius, and x > 0 outside of the circle")
    loss = tangent - c * atan(tangent / c) + c * atan(y / x)
    clearance = Min(inside[0], sqrt(inside[0] ** 2 + inside[1] ** 2) - c)
    return Landscape(loss, (x, y), And(x > 0, x**2 + y**2 > c**2), inside, clearance)


def parallels_of_ellipse(width: Any, height: Any, foot: Any, distance: Any) -> Landscape:
    """The distance s to an ellipse, from outside: at the point p(t) + s n(t), with the outer normal n at the foot p.

    The foot is (a (1 - t^2), 2 b t)/(1 + t^2), all of the ellipse but one vertex.

    Args:
        width: a, half of the width.
        height: b, half of the height.
        foot: t at the point inside, not 0.
        distance: s there.

    Raises:
        ValueError: one of the numbers is not positive, but for t, which is not 0.

    Example:
        >>> found = parallels_of_ellipse(2, 1, 1, 3)
        >>> [coordinate.subs(found.at) for coordinate in found.place]
        [0, 4]
    """
    a, b, t0, s0 = (exact_number(v, n) for v, n in ((width, "width"), (height, "height"), (foot, "foot"), (distance, "distance")))
    if t0 is S.Zero or any(v.is_positive is not True for v in (a, b, s0)):
        raise ValueError(f"width {a}, height {b}, foot {t0}, distance {s0}: expected positive numbers, and a foot that is not 0")
    t, s = Symbol("t", real=True), Symbol("s", real=True)
    length = sqrt(b**2 * (1 - t**2) ** 2 + 4 * a**2 * t**2)
    place = (
        a * (1 - t**2) / (1 + t**2) + s * b * (1 - t**2) / length,
        2 * b * t / (1 + t**2) + 2 * s * a * t / length,
    )
    here = Landscape(s, (t, s), s > 0, (t0, s0), S.Zero, place)
    # a ball around the point meets neither the ellipse nor the axis, on which the vertex is left out
    return replace(here, clearance=Min(s0, Abs(substitute(place[1], here.at))))


# Seen elsewhere


def cayley(skew: Sequence[Any], dimension: int) -> Matrix:
    """(I - S)(I + S)^-1, a rotation with rational entries, for the skew S with these entries above the diagonal, row by row.

    Raises:
        ValueError: the number of entries is not d (d - 1)/2.

    Example:
        >>> cayley([2], 2)
        Matrix([
        [-3/5, -4/5],
        [ 4/5, -3/5]])
    """
    entries = [exact_number(s, "skew") for s in skew]
    if len(entries) != dimension * (dimension - 1) // 2:
        raise ValueError(f"{len(entries)} entries: expected {dimension * (dimension - 1) // 2} in dimension {dimension}")
    above = Matrix.zeros(dimension, dimension)
    for (row, column), entry in zip(combinations(range(dimension), 2), entries, strict=True):
        above[row, column] = entry
    turned = above - above.T
    return (eye(dimension) - turned) * (eye(dimension) + turned).inv()


def moved(inner: Landscape, rotation: Matrix, shift: Sequence[Any]) -> Landscape:
    """L(Q x + b) for an orthogonal Q: the same loss seen elsewhere.

    Raises:
        ValueError: Q is not orthogonal.

    Example:
        >>> moved(distance_to_point([3, 0]), cayley([2], 2), [0, 1]).point
        (-13/5, -9/5)
    """
    size = len(inner.variables)
    if rotation.shape != (size, size) or rotation * rotation.T != eye(size):
        raise ValueError(f"the matrix {rotation.tolist()} is not orthogonal of size {size}")
    offset = Matrix(exact_point(shift))
    if inner.place:
        return replace(inner, place=tuple(rotation.T * (Matrix(inner.place) - offset)))
    seen = dict(zip(inner.variables, rotation * Matrix(inner.variables) + offset, strict=True))
    point = tuple(rotation.T * (Matrix(inner.point) - offset))
    return Landscape(substitute(inner.loss, seen), inner.variables, substitute(inner.domain, seen), point, inner.clearance)


def _demand_distance(one: Landscape) -> None:
    """By |grad D| = 1 at the point, in Cartesian coordinates: clearances are those of distances."""
    if one.place:
        return
    steepness = ball(sum((substitute(one.loss.diff(v), one.at) ** 2 for v in one.variables), S.Zero) - 1)
    if steepness > 0 or steepness < 0:
        raise ValueError(f"the loss {one.loss} is not as steep as a distance at {one.point}: expected |grad| = 1")


def exact_point(point: Sequence[Any]) -> tuple[Expr, ...]:
    """The coordinates as exact numbers."""
    return tuple(exact_number(c, "point") for c in point)
