"""The families of corridors and near misses, and `is_corridor` on random ones in dimension 1 to 5."""

import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from sympy import Matrix, eye, lambdify, true

import theory
from theory.corridors import is_corridor
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
from theory.judge import FOLDERS
from theory.proof import ball, decide, substitute
from theory.testing.corridors import corridors, distances, near_misses, numbers, vectors

# A verdict takes half a second where roots are nested in five variables, and shrinking asks for hundreds.
FEW = settings(max_examples=4, deadline=None, phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck))
ROUNDING = 1e-9  # coordinates up to 10 and nested roots of their squares: 1e-14, over distances down to 1e-3


def numeric(landscape: Landscape) -> Any:
    return lambdify(landscape.variables, landscape.loss, "numpy", cse=True)


@pytest.mark.claim("dherin-rosca:definition-2-1")
@pytest.mark.parametrize("dimension", range(1, 6))
@FEW
@given(st.data())
def test_every_corridor_is_recognised(dimension: int, data: st.DataObject) -> None:
    found = data.draw(corridors(dimension))
    assert len(found.variables) == len(found.point) == dimension
    assert is_corridor(found.loss, found.variables, found.domain, found.place).corridor is True


@pytest.mark.claim("dherin-rosca:definition-2-1")
@pytest.mark.parametrize("dimension", range(1, 6))
@FEW
@given(st.data())
def test_every_near_miss_is_told_apart(dimension: int, data: st.DataObject) -> None:
    found = data.draw(near_misses(dimension))
    verdict = is_corridor(found.loss, found.variables, found.domain)
    assert verdict.corridor is False and decide(substitute(found.domain, verdict.point)) is True


@FEW
@given(corridors() | near_misses())
def test_the_point_and_the_ball_around_it_are_inside(found: Landscape) -> None:
    assert found.domain is true or decide(substitute(found.domain, found.at)) is True
    assume(not found.place)  # the ball is one of places
    radius = 10.0 if found.domain is true else float(ball(found.clearance).mid())
    inside = lambdify(found.variables, found.domain, "numpy")
    dice, centre = np.random.default_rng(0), np.array(found.point, dtype=float)
    for _ in range(20):
        way = dice.normal(size=len(centre))
        assert inside(*(centre + 0.999 * radius * way / np.linalg.norm(way)))
    assert radius > 0


@FEW
@given(st.integers(1, 4).flatmap(distances), st.integers(0, 10**6))
def test_distances_are_at_most_that_steep_and_as_steep_somewhere(found: Landscape, seed: int) -> None:
    """|D(p) - D(q)| <= |p - q|; and D falls by s over a step of length s along a line towards the set."""
    loss, dice = numeric(found), np.random.default_rng(seed)
    centre = np.array(found.point, dtype=float)
    for _ in range(20):
        other = centre + dice.normal(size=len(centre))
        assert abs(loss(*other) - loss(*centre)) <= np.linalg.norm(other - centre) + ROUNDING
    slopes = lambdify(found.variables, [found.loss.diff(v) for v in found.variables], "numpy", cse=True)
    step = 0.9 * float(ball(found.clearance).mid())
    ahead = centre - step * np.array(slopes(*centre), dtype=float)
    assert loss(*ahead) == pytest.approx(loss(*centre) - step, abs=ROUNDING)


def test_a_torus_by_its_own_formula() -> None:
    """Points at distance 1/2 of the circle of radius 2, by angles; the distance to it is that to the torus of tube radius 1, less 1/2."""
    circle = product_distance(tube(distance_to_point([1, 1]), 2), distance_to_point([1], coordinates(1, 3)))
    loss = numeric(tube(circle, 1))
    for around in np.linspace(0, 6, 7):
        for tilt in np.linspace(0, 6, 7):
            width = 2 + np.cos(tilt) / 2
            assert loss(width * np.cos(around), width * np.sin(around), np.sin(tilt) / 2) == pytest.approx(0.5, abs=ROUNDING)


@pytest.mark.parametrize("foot", [1, Fraction(-1, 2), 3])
def test_parallels_of_an_ellipse_by_the_nearest_of_many_points(foot: Any) -> None:
    """No point of the ellipse (3 cos, 2 sin) is nearer than the distance, and one of 10^5 comes within a step of 2e-4 of the foot."""
    found = parallels_of_ellipse(3, 2, foot, Fraction(5, 2))
    place = np.array([float(c.subs(found.at)) for c in found.place])
    angles = np.linspace(0, 2 * np.pi, 10**5)
    away = np.hypot(place[0] - 3 * np.cos(angles), place[1] - 2 * np.sin(angles))
    assert 0 <= away.min() - 2.5 < 2e-4**2  # to first order nothing changes at the foot


@pytest.mark.claim("dherin-rosca:definition-2-1")
def test_parallels_of_an_ellipse_and_losses_that_they_are_not_parallel_to() -> None:
    found = parallels_of_ellipse(2, 1, 1, 1)
    t, s = found.variables
    assert is_corridor(found.loss, found.variables, found.domain, found.place).corridor is True
    for loss in (s**2, s + t / 10**6):
        assert is_corridor(loss, found.variables, found.domain, found.place).corridor is False


def test_the_lines_of_involutes_touch_their_circle() -> None:
    found = involutes(2, [3, 4])
    slopes = np.array([float(found.loss.diff(v).subs(found.at)) for v in found.variables])
    assert np.linalg.norm(slopes) == pytest.approx(1, abs=ROUNDING)
    assert abs(3 * slopes[1] - 4 * slopes[0]) == pytest.approx(2, abs=ROUNDING)  # how near the line comes to the centre


@given(st.integers(1, 5).flatmap(lambda d: vectors(d * (d - 1) // 2, numbers | st.just(Fraction(0))).map(lambda s: (s, d))))
@settings(max_examples=20, deadline=None)
def test_rotations_are_exact(case: tuple[list[Fraction], int]) -> None:
    entries, dimension = case
    rotation = cayley(entries, dimension)
    assert rotation * rotation.T == eye(dimension) and rotation.det() == 1


NEAR_MISSES = {
    "square": power(distance_to_point([3, 4]), 2),
    "elliptic": elliptic_cone([1, 2], [1, 1]),
    "wavy": wavy_cone([3, 4], 1, 2),
    "tilted": wavy_cone([3, 4], Fraction(1, 100), 1),
    "perturbed": perturbed(distance_to_point([3, 4]), Fraction(1, 10**9), [1, 1]),
    "two cones": two_cones([3, 4], [1, 0]),
}


@pytest.mark.parametrize("name", NEAR_MISSES)
def test_certificates(name: str) -> None:
    assert bends(NEAR_MISSES[name])


def test_what_is_a_corridor_after_all_gets_no_certificate() -> None:
    assert not bends(elliptic_cone([2, 2], [3, 4])) and not bends(power(distance_to_point([3, 4]), 1))
    assert not bends(wavy_cone([3, 4], 0, 2)) and not bends(two_cones([2, 1], [4, 2]))  # on the line between the tips


BAD = {
    "the tip": (lambda: distance_to_point([0, 0]), "tip"),
    "on the sphere": (lambda: tube(distance_to_point([3, 4]), 5), "on the kink"),
    "one variable twice": (lambda: orthogonal_sum(distance_to_point([1]), distance_to_point([1])), "different variables"),
    "inside the circle": (lambda: involutes(3, [1, 1]), "outside of the circle"),
    "left of the circle": (lambda: involutes(1, [-2, 1]), "x > 0"),
    "an ellipse inside out": (lambda: parallels_of_ellipse(2, -1, 1, 1), "expected positive"),
    "no certificate": (lambda: bends(parallels_of_ellipse(2, 1, 1, 1)), "no Cartesian coordinates"),
    "the vertex": (lambda: parallels_of_ellipse(2, 1, 0, 1), "foot that is not 0"),
    "a tube around no distance": (lambda: tube(scaled(distance_to_point([3, 4]), 2), 1), "not as steep as a distance"),
    "a product of no distances": (
        lambda: product_distance(scaled(distance_to_point([3]), 2), distance_to_point([1], coordinates(1, 2))),
        "not as steep as a distance",
    ),
    "a hyperbola": (lambda: elliptic_cone([1, -1], [2, 1]), "expected positive"),
    "waves without end": (lambda: wavy_cone([3, 4], 1, -1), "waves = -1"),
    "a pole": (lambda: perturbed(distance_to_point([3, 4]), 1, [-1, 0]), "0 or more"),
    "few entries": (lambda: cayley([1, 2], 3), "2 entries: expected 3"),
    "a stretch": (lambda: moved(distance_to_point([1, 1]), 2 * eye(2), [0, 0]), "not orthogonal"),
    "a matrix too large": (lambda: moved(distance_to_point([1, 1]), Matrix.eye(3), [0, 0]), "size 2"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_gets_one_clear_line(case: str) -> None:
    call, words = BAD[case]
    with pytest.raises(ValueError, match=words):
        call()


def test_floats_are_refused() -> None:
    for call in (lambda: affine([0.5], [0]), lambda: distance_to_point([0.5]), lambda: scaled(distance_to_point([1]), 0.5)):
        with pytest.raises(TypeError, match="exact"):
            call()


def test_hypothesis_is_needed_only_by_the_strategies() -> None:
    assert "testing" not in FOLDERS  # which `stepverdict verify` imports
    folder = Path(theory.__file__).parent
    users = [
        p for p in folder.rglob("*.py") if re.search(r"^(from|import) (hypothesis|theory\.testing)", p.read_text("utf-8"), re.MULTILINE)
    ]
    assert users == [folder / "testing" / "corridors.py"]
