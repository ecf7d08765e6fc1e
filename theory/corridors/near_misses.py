"""Losses that just miss being a corridor: to test a tool that should tell them from the `families` of exact ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import prod
from typing import Any

from sympy import Min, Ne, S, sqrt

from theory.corridors.families import Landscape, distance_to_point, exact_point
from theory.proof import And, ball, substitute
from theory.values import exact_number


def bends(landscape: Landscape) -> bool:
    """Whether H g is not 0 at the point: a certificate that the loss is no corridor there, since a ball around an entry excludes 0.

    Raises:
        ValueError: the variables are no Cartesian coordinates.

    Example:
        >>> bends(power(distance_to_point([3, 4]), 2)), bends(distance_to_point([3, 4]))
        (True, False)
    """
    if landscape.place:
        raise ValueError(f"the variables {landscape.variables} are no Cartesian coordinates: ask `is_corridor`, with the place")
    slopes = [landscape.loss.diff(v) for v in landscape.variables]
    here = [substitute(slope, landscape.at) for slope in slopes]
    directed = sum((slope * value for slope, value in zip(slopes, here, strict=True)), S.Zero)
    entries = (ball(substitute(directed.diff(v), landscape.at)) for v in landscape.variables)
    return any(entry > 0 or entry < 0 for entry in entries)


def power(inner: Landscape, exponent: Any) -> Landscape:
    """D^p for a distance D, say D^2: the lines are the same, but the speed is not constant unless p is 0 or 1."""
    return replace(inner, loss=inner.loss ** exact_number(exponent, "exponent"))


def elliptic_cone(weights: Sequence[Any], point: Sequence[Any]) -> Landscape:
    """sqrt(<x, A x>) for a diagonal A: its graph is ruled, but steepest descent bends unless A is a multiple of the identity.

    Raises:
        ValueError: a weight is not positive.

    Example:
        >>> bends(elliptic_cone([1, 2], [1, 1]))
        True
    """
    cone = distance_to_point(point)
    if any(exact_number(w, "weight").is_positive is not True for w in weights):
        raise ValueError(f"the weights are {list(weights)}: expected positive numbers, so that the root is real everywhere")
    loss = sqrt(sum((exact_number(w, "weight") * x**2 for w, x in zip(weights, cone.variables, strict=True)), S.Zero))
    return replace(cone, loss=loss)


def wavy_cone(point: Sequence[Any], size: Any, waves: int) -> Landscape:
    """R (1 + c (x_1/r)^k), a cone r h(phi) whose profile h is not constant.

    Raises:
        ValueError: k is negative, where x_1 = 0 would not be in the domain.

    Example:
        >>> wavy_cone([3, 4], 2, 2).loss
        2*x_1**2/sqrt(x_1**2 + x_2**2) + sqrt(x_1**2 + x_2**2)
    """
    cone = distance_to_point(point)
    if waves < 0:
        raise ValueError(f"waves = {waves}: expected 0 or more")
    return replace(cone, loss=cone.loss + exact_number(size, "size") * cone.variables[0] ** waves / cone.loss ** (waves - 1))


def perturbed(inner: Landscape, size: Any, exponents: Sequence[int]) -> Landscape:
    """L + c x_1^m x_2^n ..., which is no corridor, however small c is, unless it is affine along the lines.

    Raises:
        ValueError: an exponent is negative, where 0 would not be in the domain.
    """
    if any(m < 0 for m in exponents):
        raise ValueError(f"the exponents are {list(exponents)}: expected 0 or more")
    extra = prod((x**m for x, m in zip(inner.variables, exponents, strict=True)), start=S.One)
    return replace(inner, loss=inner.loss + exact_number(size, "size") * extra)


def two_cones(point: Sequence[Any], tip: Sequence[Any]) -> Landscape:
    """|x| + |x - b|: a sum of two corridors that are not orthogonal to each other. Its level sets are ellipsoids with these foci."""
    one, other = distance_to_point(point), distance_to_point([c - b for c, b in zip(exact_point(point), exact_point(tip), strict=True)])
    second = substitute(other.loss, {x: x - b for x, b in zip(one.variables, exact_point(tip), strict=True)})
    return Landscape(one.loss + second, one.variables, And(one.domain, Ne(second, 0)), one.point, Min(one.clearance, other.clearance))
