"""`is_corridor` on hand-picked losses, with the reason; and what it refuses."""

from typing import Any

import pytest
from sympy import Abs, Eq, Function, Rational, Symbol, cancel, exp, limit, log, oo, sqrt, symbols, together

from theory.corridors import gradient_flow, hessian_gradient, is_corridor
from theory.proof import decide, substitute

x, y, z = symbols("x y z", real=True)
RADIUS = sqrt(x**2 + y**2)

CORRIDORS = {
    "constant": (3 * x - 3 * x + 2, [x]),
    "affine": (3 * x - y + 1, [x, y]),
    "two-slopes": (Abs(x), [x]),
    "cone": (RADIUS, [x, y]),
    "concave-cone": (-sqrt(x**2 + y**2 + z**2), [x, y, z]),
    "cone-elsewhere": (2 * sqrt((x - 1) ** 2 + (y + 2) ** 2) - 5, [x, y]),
    "distance-to-a-circle": (Abs(RADIUS - 2), [x, y]),
    "distance-to-a-line": (sqrt(x**2 + z**2), [x, y, z]),
    "cone-and-ramp": (RADIUS + 3 * z, [x, y, z]),
    "distance-to-a-circle-in-space": (sqrt((RADIUS - 2) ** 2 + z**2), [x, y, z]),
    "rotated-cone-and-ramp": (sqrt(((3 * x + 4 * y) / 5) ** 2 + z**2) + (4 * x - 3 * y) / 5, [x, y, z]),
}
OTHERS = {
    "bowl": (x**2 / 2 + y**2 / 2, [x, y]),
    "valley": (x**2 + y, [x, y]),
    "saddle": (x * y, [x, y]),
    "exponential": (exp(x), [x]),
    "logarithm": (log(x), [x]),
    "elliptic-cone": (sqrt(x**2 + 2 * y**2), [x, y]),
    "tilted-cone": (RADIUS + x, [x, y]),
    "wavy-cone": (x**2 / RADIUS, [x, y]),
    "ruled-hyperboloid": (sqrt(x**2 + y**2 + 1), [x, y]),
}


@pytest.mark.claim("dherin-rosca:definition-2-1")
@pytest.mark.parametrize(("loss", "variables"), CORRIDORS.values(), ids=CORRIDORS)
def test_corridors_are_recognised(loss: Any, variables: list[Symbol]) -> None:
    verdict = is_corridor(loss, variables)
    assert verdict.corridor is True and verdict.proofs and verdict.point is None
    assert all(isinstance(proof.then, Eq) for proof in verdict.proofs)


@pytest.mark.claim("dherin-rosca:definition-2-1")
@pytest.mark.parametrize(("loss", "variables"), OTHERS.values(), ids=OTHERS)
def test_others_have_a_point_that_shows_it(loss: Any, variables: list[Symbol]) -> None:
    verdict = is_corridor(loss, variables)
    assert verdict.corridor is False and verdict.point is not None
    assert any(decide(Eq(substitute(entry, verdict.point), 0)) is False for entry in hessian_gradient(loss, variables))


@pytest.mark.claim("dherin-rosca:definition-2-1")
def test_the_domain_decides() -> None:
    loss = x * Abs(x)  # x^2 on the right, -x^2 on the left
    assert is_corridor(loss + y, [x, y], x > 0).corridor is False
    assert is_corridor(Abs(x) + x, [x], x < 0).corridor is True
    assert is_corridor(Abs(x) + 3 * x, [x]).corridor is True  # of one slope on each side


@pytest.mark.claim("dherin-rosca:definition-gf")
def test_the_field_of_gradient_flow() -> None:
    assert list(gradient_flow(x**2 * y + 3 * y, [x, y])) == [-2 * x * y, -(x**2) - 3]
    assert list(gradient_flow(Abs(x), [x]).subs(x, -2)) == [1]


@pytest.mark.parametrize(
    ("loss", "variables"),
    [(x + z, [x, y]), (x, []), (x, [x, x]), (Symbol("q", positive=True), [Symbol("q", positive=True)]), (Function("f")(x), [x])],
    ids=["another-variable", "no-variable", "twice", "hidden-sign", "unknown-function"],
)
def test_what_is_refused(loss: Any, variables: list[Symbol]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        is_corridor(loss, variables)


@pytest.mark.claim("dherin-rosca:definition-gf")
def test_solutions_need_not_be_unique() -> None:
    """A loss that is twice differentiable, with H = 0 and g = (-1, 0) on the line x = 0, and two solutions from the origin.

    L = -x - (6/5) x^5 y^2 (x^6 + 5 y^2) / (x^6 + y^2)^2, and L = 0 on that line. Its gradient there differs from (-1, 0) by at most a
    multiple of x^2 at every point near by, as a bounded function of y / x^3 times x^4, or x^2, so it is differentiable, but not C^1.
    """
    loss = -x - Rational(6, 5) * x**5 * y**2 * (x**6 + 5 * y**2) / (x**6 + y**2) ** 2
    field = gradient_flow(loss, [x, y])
    t, c = symbols("t c", real=True)
    assert [cancel(e.subs({x: t, y: 0})) for e in field] == [1, 0]  # so (t, 0) is a solution
    assert [cancel(e.subs({x: t, y: t**3})) for e in field] == [1, 3 * t**2]  # and so is (t, t^3)
    scaled = [cancel(together((e - one).subs(y, c * x**3)) / x**power) for e, one, power in zip(field, (1, 0), (4, 2), strict=True)]
    assert all(x not in e.free_symbols and limit(e, c, oo).is_finite for e in scaled)  # bounded functions of c = y / x^3
