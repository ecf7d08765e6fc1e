"""`is_corridor` on hand-picked losses, with the reason; and what it refuses."""

from typing import Any

import pytest
from sympy import (
    Abs,
    Eq,
    Function,
    Max,
    Min,
    Ne,
    Rational,
    StrictGreaterThan,
    StrictLessThan,
    Symbol,
    atan,
    atan2,
    cancel,
    cbrt,
    cos,
    cosh,
    exp,
    limit,
    log,
    oo,
    pi,
    sign,
    sin,
    sinh,
    sqrt,
    symbols,
    together,
)

from theory.corridors import gradient_flow, hessian_gradient, is_corridor, written
from theory.proof import Implies, Not, decide, substitute

x, y, z, u, v = symbols("x y z u v", real=True)
n = Symbol("n", integer=True)
RADIUS = sqrt(x**2 + y**2)
TUBE = sqrt((RADIUS - 2) ** 2 + z**2)  # the distance to a circle in space
ROOT2 = sqrt(2)
OUTSIDE = sqrt(RADIUS**2 - 1)

# loss, variables, domain
CORRIDORS = {
    "constant": (3 * x - 3 * x + 2, [x], None),
    "irrational-constant": (ROOT2 + pi, [x, y], None),
    "affine": (3 * x - y + 1, [x, y], None),
    "two-slopes": (Abs(x), [x], None),
    "other-slopes": (Abs(x) + 3 * x, [x], None),  # |g| = 4 on the right, 2 on the left
    "three-kinks": (Abs(Abs(Abs(x) - 3) - 1), [x], None),
    "cone": (RADIUS, [x, y], None),
    "concave-cone": (-sqrt(x**2 + y**2 + z**2), [x, y, z], None),
    "cone-elsewhere": (2 * sqrt((x - 1) ** 2 + (y + 2) ** 2) - 5, [x, y], None),
    "cone-written-out": (sqrt(x**2 - 2 * x + y**2 + 4 * y + 5), [x, y], None),
    "cone-as-exponential": (exp(log(x**2 + y**2) / 2), [x, y], None),
    "cone-as-quotient": ((x**2 + y**2) / RADIUS, [x, y], None),
    "distance-to-a-circle": (Abs(RADIUS - 2), [x, y], None),
    "distance-to-a-line": (sqrt(x**2 + z**2), [x, y, z], None),
    "cone-and-ramp": (RADIUS + 3 * z, [x, y, z], None),
    "distance-to-a-circle-in-space": (TUBE, [x, y, z], None),
    "distance-to-a-torus": (Abs(TUBE - 1), [x, y, z], None),
    "rotated-cone-and-ramp": (sqrt(((3 * x + 4 * y) / 5) ** 2 + z**2) + (4 * x - 3 * y) / 5, [x, y, z], None),
    "irrational-frame": (sqrt((x + y) ** 2 / 2 + z**2) + (x - y) / ROOT2, [x, y, z], None),
    "sum-in-five-dimensions": (RADIUS - 2 * sqrt(z**2 + u**2) + ROOT2 * v, [x, y, z, u, v], None),
    "nearest-of-two-points": (Min(RADIUS, sqrt((x - 3) ** 2 + y**2)), [x, y], None),
    "roof": (Max(x, -y, 2 * x + 1), [x, y], None),
    "flat-bottom": (Max(RADIUS, 2), [x, y], None),
    "step": (y * sign(x), [x, y], None),
    "oblique-kink": (Abs(x + y) + 3 * x, [x, y], None),  # g = (4, 1) or (2, -1), of two forms that are not orthogonal
    "polar-affine": (RADIUS * cos(atan2(y, x) - pi / 4), [x, y], None),
    "polar-affine-by-a-radian": (RADIUS * cos(atan2(y, x) - 1), [x, y], None),
    "involute-of-a-circle": (OUTSIDE - atan(OUTSIDE) + atan(y / x), [x, y], (x > 0) & (x**2 + y**2 > 1)),
    "hyperbolic-affine": (log(cosh(x) + sinh(x)) + y, [x, y], None),
    "ties-of-three": (Max(x, y, Min(x, y)), [x, y], None),  # max(x, y) - min(x, y) is no kink, but an inner one may be 0
    "tie-on-a-side": (Max(Abs(x), x) + Max(x, 0), [x], None),  # |x| - x = 0 for x > 0
    "root-of-zero-on-a-side": (sqrt(Max(x, 0) ** 2 + Max(2 * x, 0) ** 2) + y * (1 - sign(x)), [x, y], None),
    "nested-numbers": (sqrt(5 + 2 * sqrt(6)) * x - (sqrt(2) + sqrt(3)) * x + y, [x, y], None),  # y, written with 0 = sqrt(5 + ...) - ...
    "kinks-through-simple-points": (Min(Abs(y) - 1, Max(y, x + y)), [x, y], None),
    "product-of-exponentials": (log(exp(x) * exp(2 * y)), [x, y], None),
    "half-of-a-parabola-away": (x * Abs(x) + x**2, [x], x < 0),
    "flat-part": (Max(x - 1, 0) ** 2, [x], x < 1),
    "far-away": (Max(x - 1000, 0) ** 3, [x], x < 1000),
}
OTHERS = {
    "bowl": (x**2 / 2 + y**2 / 2, [x, y], None),
    "valley": (x**2 + y, [x, y], None),
    "saddle": (x * y, [x, y], None),
    "oblique-saddle": ((x + 2 * y) * x, [x, y], None),  # of two forms that are independent, but not orthogonal
    "exponential": (exp(x), [x], None),
    "logarithm": (log(x), [x], None),
    "elliptic-cone": (sqrt(x**2 + 2 * y**2), [x, y], None),
    "tilted-cone": (RADIUS + x, [x, y], None),
    "wavy-cone": (x**2 / RADIUS, [x, y], None),
    "polar-wave": (RADIUS * cos(2 * atan2(y, x)), [x, y], None),
    "angle": (atan2(y, x), [x, y], None),
    "ruled-hyperboloid": (sqrt(x**2 + y**2 + 1), [x, y], None),
    "two-cones": (RADIUS + sqrt((x - 1) ** 2 + y**2), [x, y], None),
    "squared-distance-to-a-torus": ((TUBE - 1) ** 2, [x, y, z], None),
    "a-millionth-off": (RADIUS + x**2 / 10**6, [x, y], None),
    "not-twice-differentiable": (Abs(x) ** Rational(3, 2), [x], None),
    "two-half-parabolas": (x * Abs(x), [x], None),
    "waves-without-end": (x**4 * sin(1 / x), [x], None),  # twice differentiable at 0, with H = 0 there, but not C^2
    "bent-where-it-ties": (Max(x, 0) ** 2 + Max(Abs(x), x), [x], None),  # x^2 + x for x > 0, where |x| - x = 0
    "bent-where-it-ties-in-a-half": (Max(2 * Abs(x), 2 * x, evaluate=False) + Max(x, 0) ** 2, [x], x > 0),
    "special-at-small-numbers": (x + ((x - 1) * (x + 1) * (2 * x - 1) * (x - 2) * (2 * x + 3) * x * (x - 3) * (3 * x + 7)) ** 3, [x], None),
    "one-piece-only": (x * Abs(x) + x**2, [x], None),
    "corridor-excluded": (Max(x - 1, 0) ** 2, [x], x > 1),
    "very-far-away": (Max(x - 1000, 0) ** 3 + y, [x, y], None),
    "thin-domain": (x**2, [x], (x > Rational(100, 101)) & (x < Rational(101, 102))),
    "irrational-mistake": (sqrt((x + y) ** 2 / 2 + z**2) + (x + y) / ROOT2, [x, y, z], None),
}


@pytest.mark.claim("dherin-rosca:definition-2-1")
@pytest.mark.parametrize(("loss", "variables", "domain"), CORRIDORS.values(), ids=CORRIDORS)
def test_corridors_are_recognised(loss: Any, variables: list[Symbol], domain: Any) -> None:
    verdict = is_corridor(loss, variables, domain)
    assert verdict.corridor is True and verdict.proofs and verdict.point is None
    assert all(isinstance(proof.then, Eq) for proof in verdict.proofs)


@pytest.mark.claim("dherin-rosca:definition-2-1")
@pytest.mark.parametrize(("loss", "variables", "domain"), OTHERS.values(), ids=OTHERS)
def test_others_have_a_point_that_shows_it(loss: Any, variables: list[Symbol], domain: Any) -> None:
    """By SymPy's own derivatives, at the point: H g = 0 there would need every entry to be below rounding."""
    verdict = is_corridor(loss, variables, domain)
    assert verdict.corridor is False and verdict.point is not None
    assert domain is None or decide(substitute(domain, verdict.point)) is True
    slopes = [loss.diff(v) for v in variables]
    products = [sum(e * slope.diff(v) for e, slope in zip(slopes, slopes, strict=True)) for v in variables]
    assert any(abs(product.subs(verdict.point).evalf(50)) > Rational(1, 10**20) for product in products)
    for entry, product in zip(hessian_gradient(loss, variables), products, strict=True):
        assert abs((entry - product).subs(verdict.point).evalf(50)) < Rational(1, 10**20)


STEEPNESS = {  # |g|^2 on each piece, by hand
    "affine": {10},
    "cone": {1},
    "cone-and-ramp": {1 + 9},
    "sum-in-five-dimensions": {1 + 4 + 2},
    "irrational-frame": {1 + 1},
    "other-slopes": {16, 4},
    "polar-affine": {1},
    "roof": {1, 4},
    "oblique-kink": {17, 5},
}


@pytest.mark.parametrize("name", STEEPNESS)
def test_the_proofs_say_how_steep_it_is(name: str) -> None:
    """The parts of |g|^2, proved one by one under the same conditions on the signs, add up."""
    pieces: dict[Any, Any] = {}
    for proof in is_corridor(*CORRIDORS[name]).proofs:
        signs = tuple(c for c in proof.given if isinstance(c, StrictGreaterThan | StrictLessThan))
        pieces[signs] = pieces.get(signs, 0) + proof.then.rhs
    assert set(pieces.values()) == STEEPNESS[name]


@pytest.mark.claim("dherin-rosca:definition-2-1")
def test_what_is_not_decided_is_said() -> None:
    """It is x, as the product of the two cube roots is 1: a relation between roots that nobody looks for."""
    root = sqrt(x**2 + 1)
    verdict = is_corridor(x * cbrt(root + x) * cbrt(root - x), [x])
    assert verdict.corridor is None and verdict.point is None and not verdict.proofs
    assert "left over" in verdict.left


@pytest.mark.claim("dherin-rosca:definition-2-1")
@pytest.mark.parametrize("domain", [None, x < 0], ids=["everywhere", "only-there"])
def test_a_root_may_be_zero_on_a_side(domain: Any) -> None:
    """For x < 0 the loss is 2 y^2, as max(x, 0) is 0; SymPy's derivative is 0/0 there."""
    verdict = is_corridor(y**2 * (1 - sign(x)) + sqrt(Max(x, 0) ** 2 + Max(2 * x, 0) ** 2), [x, y], domain)
    assert verdict.corridor is False and verdict.point is not None and verdict.point[x] < 0 and verdict.point[y] != 0
    assert decide(substitute(verdict.where[0], {x: -1, y: 0})) is True


@pytest.mark.claim("dherin-rosca:definition-2-1")
def test_what_seems_to_be_zero_somewhere_is_no_corridor_elsewhere() -> None:
    """For x > -1 the loss is x + 1 + (x + 1)^2, as sqrt(x^2 + 2 x + 1) is x + 1: a tie that no algebra of the roots shows."""
    verdict = is_corridor(Max(sqrt(x**2 + 2 * x + 1), x + 1) + Max(x + 1, 0) ** 2, [x])
    assert verdict.corridor is None and "seems to be 0" in verdict.left


@pytest.mark.claim("dherin-rosca:definition-2-1")
def test_effort_is_bounded_by_a_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(written, "MOST_TERMS", 20)
    written._equal.cache_clear()
    verdict = is_corridor(Abs(TUBE - 1), [x, y, z])
    assert verdict.corridor is None and "at most 20 terms" in verdict.left
    monkeypatch.undo()
    written._equal.cache_clear()
    assert is_corridor(Abs(TUBE - 1), [x, y, z]).corridor is True


@pytest.mark.claim("dherin-rosca:definition-2-1")
def test_a_part_of_a_domain_where_the_rest_has_no_value() -> None:
    """For x < -5 the square root in the other part is no number; the loss is 2 x^2 + x there."""
    verdict = is_corridor(x**2 * (1 - sign(x)) + x, [x], (x < -5) | (sqrt(x) > 1))
    assert verdict.corridor is False and verdict.point is not None and verdict.point[x] < -5


@pytest.mark.claim("dherin-rosca:definition-2-1")
def test_places_that_turn_over_or_meet_twice() -> None:
    assert is_corridor(x, [x, y], None, [y, x]).corridor is True
    assert is_corridor(x**2, [x, y], None, [x**2, y]).corridor is True
    assert is_corridor(x, [x, y], None, [x**2, y]).corridor is False  # sqrt of the first coordinate
    with pytest.raises(ValueError, match="no point of the domain"):
        is_corridor(x, [x, y], None, [x + y, 2 * x + 2 * y])


@pytest.mark.parametrize(
    "domain",
    [
        Not(Ne(x, 0), evaluate=False),
        Implies(Ne(x, 0), x > 5),
        sign(x) > -Rational(1, 2),
        (x > 0) | Not(x > 1, evaluate=False),
    ],
    ids=["not", "implies", "a-jump", "inside-or"],
)
def test_closed_sets_in_disguise_are_refused(domain: Any) -> None:
    with pytest.raises(ValueError, match="open condition"):
        is_corridor(x**2, [x, y], domain)


def test_a_domain_without_its_edge_may_be_empty() -> None:
    """sqrt(x) > -1 and sqrt(-x) > -1 only at 0."""
    with pytest.raises(ValueError, match="no point of the domain"):
        is_corridor(x + x**2, [x], (sqrt(x) > -1) & (sqrt(-x) > -1))


@pytest.mark.claim("dherin-rosca:definition-gf")
def test_the_field_of_gradient_flow() -> None:
    assert list(gradient_flow(x**2 * y + 3 * y, [x, y])) == [-2 * x * y, -(x**2) - 3]
    assert list(gradient_flow(Abs(x), [x]).subs(x, -2)) == [1]


@pytest.mark.parametrize(
    ("loss", "variables"),
    [(x + z, [x, y]), (x, []), (x, [x, x]), (Symbol("q", positive=True), [Symbol("q", positive=True)]), (Function("f")(x), [x]), (n, [n])],
    ids=["another-variable", "no-variable", "twice", "hidden-sign", "unknown-function", "integer"],
)
def test_what_is_refused(loss: Any, variables: list[Symbol]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        is_corridor(loss, variables)


@pytest.mark.parametrize(
    ("domain", "words"),
    [(x >= 0, "open condition"), (z > 0, "open condition"), (x + 1, "open condition"), ((x > 1) & (x < 0), "no point of the domain")],
    ids=["closed", "another-variable", "no-condition", "empty"],
)
def test_domains_that_are_refused(domain: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        is_corridor(x**2, [x, y], domain)


@pytest.mark.parametrize(("place", "words"), [([x], "1 coordinates: expected 2"), ([x, z], "alone")], ids=["too-few", "another-variable"])
def test_places_that_are_refused(place: list[Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        is_corridor(x**2, [x, y], None, place)


def test_too_many_kinks_are_refused() -> None:
    with pytest.raises(ValueError, match="7 kinks"):
        is_corridor(sum(Abs(x - k) for k in range(7)), [x])


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
