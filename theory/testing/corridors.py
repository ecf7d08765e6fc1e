"""Random exact corridors and near misses, as Hypothesis strategies.

    from hypothesis import given
    from theory.testing.corridors import corridors, near_misses

    @given(corridors(dimension=3))
    def test_my_tool(landscape):
        assert my_tool(landscape.loss, landscape.variables, landscape.place) ...

Each is a `theory.corridors.families.Landscape`: a loss, its variables, an open domain, and a point inside; and the place of a point, where
the variables are no Cartesian coordinates. At the point of a near miss H g is not 0, which was checked exactly.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from theory.corridors.families import (
    Landscape,
    affine,
    cayley,
    coordinates,
    distance_to_point,
    involutes,
    moved,
    orthogonal_sum,
    parallels_of_ellipse,
    product_distance,
    scaled,
    tube,
)
from theory.corridors.near_misses import bends, elliptic_cone, perturbed, power, two_cones, wavy_cone

LARGEST_DIMENSION = 5
SMALL = tuple(Fraction(p, q) for p, q in ((1, 1), (2, 1), (1, 2), (3, 1), (3, 2), (5, 2), (1, 3)))
NEXT_TO_NOTHING = (Fraction(1, 2), Fraction(1, 100), Fraction(1, 10**6))  # sizes of a perturbation

dimensions = st.integers(1, LARGEST_DIMENSION)
signs = st.sampled_from((1, -1))
numbers = st.builds(lambda size, side: size * side, st.sampled_from(SMALL), signs)  # none of them 0


def vectors(size: int, entries: Any = numbers) -> Any:
    """Lists of so many numbers."""
    return st.lists(entries, min_size=size, max_size=size)


def corridors(dimension: int | None = None) -> st.SearchStrategy[Landscape]:
    """Exact corridors: sums in orthogonal variables of affine losses and multiples of distances; involutes, parallels; rotated and moved.

    Args:
        dimension: d, or None for any up to 5.

    Example:
        >>> from hypothesis import find
        >>> find(corridors(1), lambda landscape: True).loss
        0
    """
    return dimensions.flatmap(corridors) if dimension is None else _elsewhere(_sums(dimension))


def near_misses(dimension: int | None = None) -> st.SearchStrategy[Landscape]:
    """Losses that are almost corridors, each certified to be none by its point.

    Args:
        dimension: d, or None for any up to 5.

    Example:
        >>> from hypothesis import Phase, find, settings
        >>> once = settings(max_examples=1, phases=[Phase.generate])
        >>> bends(find(near_misses(1), lambda landscape: True, settings=once))
        True
    """
    return dimensions.flatmap(near_misses) if dimension is None else _elsewhere(_misses(dimension).filter(bends))


def distances(dimension: int, first: int = 1) -> st.SearchStrategy[Landscape]:
    """Distances to points, spheres, circles, tori and the like, in all of the variables."""
    return _distances(dimension, first, 2 if dimension < 3 else 1)


@st.composite
def _distances(draw: st.DrawFn, dimension: int, first: int, tubes: int) -> Landscape:
    kinds = ["point", *(["tube"] if tubes else []), *(["product"] if dimension > 1 else [])]
    match draw(st.sampled_from(kinds)):
        case "tube":
            inner = draw(_distances(dimension, first, tubes - 1))
            return tube(inner, draw(st.sampled_from(SMALL).filter(lambda radius: _is_off(inner, radius))))
        case "product":
            size = draw(st.integers(1, dimension - 1))
            one, other = _distances(size, first, tubes - 1 if tubes else 0), _distances(dimension - size, first + size, 0)
            return product_distance(draw(one), draw(other))
    return distance_to_point(draw(vectors(dimension)), coordinates(dimension, first))


def _is_off(inner: Landscape, radius: Fraction) -> bool:
    try:
        tube(inner, radius)
    except ValueError:
        return False
    return True


@st.composite
def _sums(draw: st.DrawFn, dimension: int, first: int = 1) -> Landscape:
    size = draw(st.integers(1, dimension))
    names = coordinates(size, first)
    match draw(st.sampled_from(["affine", "distance", "involutes", "ellipse"] if size == dimension == 2 else ["affine", "distance"])):
        case "affine":
            found = affine(draw(vectors(size, numbers | st.just(Fraction(0)))), draw(vectors(size)), names)
        case "distance":
            found = scaled(draw(distances(size, first)), draw(numbers), draw(numbers))
        case "ellipse":
            width, height, distance = draw(vectors(3, st.sampled_from(SMALL)))
            found = scaled(parallels_of_ellipse(width, height, draw(numbers), distance), draw(numbers))
        case _:
            far = draw(st.sampled_from((Fraction(3, 2), Fraction(2), Fraction(5))))
            found = scaled(involutes(1, [far, draw(numbers)], names), draw(numbers))
    return found if size == dimension else orthogonal_sum(found, draw(_sums(dimension - size, first + size)))


@st.composite
def _elsewhere(draw: st.DrawFn, landscapes: st.SearchStrategy[Landscape]) -> Landscape:
    found = draw(landscapes)
    if found.place:
        return found  # turned, it has the same metric in its own variables, in formulas five times as long
    size = len(found.variables)
    entries = st.just(Fraction(0)) | numbers
    return moved(found, cayley(draw(vectors(size * (size - 1) // 2, entries)), size), draw(vectors(size, entries)))


@st.composite
def _misses(draw: st.DrawFn, dimension: int) -> Landscape:
    kinds = ["power", "perturbed", *(["elliptic", "wavy", "two cones"] if dimension > 1 else [])]
    point = draw(vectors(dimension))
    match draw(st.sampled_from(kinds)):
        case "power":
            return power(draw(distances(dimension)), draw(st.sampled_from((Fraction(2), Fraction(3), Fraction(3, 2), Fraction(1, 2)))))
        case "perturbed":
            exponents = [2, *draw(vectors(dimension - 1, st.integers(0, 1)))]
            return perturbed(
                draw(_sums(dimension).filter(lambda found: not found.place)), draw(st.sampled_from(NEXT_TO_NOTHING)), exponents
            )
        case "elliptic":
            weights = draw(vectors(dimension, st.sampled_from(SMALL)).filter(lambda w: len(set(w)) > 1))
            return elliptic_cone(weights, point)
        case "wavy":
            return wavy_cone(point, draw(numbers), draw(st.integers(1, 3)))
    tip = draw(vectors(dimension).filter(lambda tip: tip != point))
    return two_cones(point, tip)
