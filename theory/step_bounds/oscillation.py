"""GD may oscillate around a solution that violates (3), although other solutions satisfy it. (Nar & Sastry, remark 1).

Two layers of any size n x n, n >= 2, with the target R = rho e1 e1' + sigma e2 e2'. The layers W_1 = a e1 e1' + x e2 e2' and
W_2 = b e1 e1' + x e2 e2' with a b = rho and x^2 = sigma are a solution, with S = a^2 + b^2. GD keeps this form, and the two directions do
not interact: along e1 a solution rests, however large a is; along e2 the weights jump from s to -s and back where s^2 = sigma + 2/delta.
"""

from sympy import Eq, Expr, Rational
from sympy.functions.elementary.complexes import transpose

from theory.evidence import at, mutant, proves
from theory.proof import And, Statement, Theorem, assume, combine_words, equal_words, follows, squared_norm
from theory.step_bounds.symbols import R, a, b, c, delta, e1, e2, g, rho, s, sigma

ORTHONORMAL = (Eq(transpose(e1) * e1, 1), Eq(transpose(e2) * e2, 1), Eq(transpose(e1) * e2, 0))
TARGET = Eq(R, rho * e1 * transpose(e1) + sigma * e2 * transpose(e2))


def layer(along_1: Expr, along_2: Expr) -> Expr:
    """The matrix with these two singular values, up to sign."""
    return along_1 * e1 * transpose(e1) + along_2 * e2 * transpose(e2)


def descent(first: Expr, second: Expr) -> tuple[Expr, Expr]:
    """One step of GD (5) on W_2 W_1."""
    error = second * first - R
    return first - delta * transpose(second) * error, second - delta * error * transpose(first)


def gains(first: Expr, second: Expr) -> Expr:
    """S = q_2^2 + p_1^2 for the top singular pair u = v = e1."""
    return squared_norm(transpose(second) * e1) + squared_norm(first * e1)


def jump(x: Expr) -> tuple[Eq, Eq]:
    """GD takes a, b and x along e2 to a, b and -x."""
    first, second = descent(layer(a, x), layer(b, x))
    return Eq(first, layer(a, -x)), Eq(second, layer(b, -x))


SOLUTION = (layer(a, c), layer(b, c))
BALANCED = (layer(g, c), layer(g, c))
OSCILLATION = Eq(s**2, sigma + 2 / delta)

remark_1 = Statement(
    (
        *ORTHONORMAL,
        TARGET,
        delta > 0,
        sigma > 0,
        rho >= sigma,
        delta * rho <= 1,
        *(Eq(a * b, rho), delta * a**2 >= 2),  # a large factor: a solution that theorem 1 excludes
        *(Eq(g**2, rho), Eq(c**2, sigma), c > 0),
        *(OSCILLATION, s > 0),
    ),
    And(
        *(Eq(second * first, R) for first, second in (SOLUTION, BALANCED)),
        delta > 2 / gains(*SOLUTION),  # violates (3)
        delta <= 2 / gains(*BALANCED),  # satisfies (3)
        And(*jump(s), *jump(-s)),  # GD alternates between s and -s ...
        And(-s < c, c < s),  # ... which lie on both sides of the first solution
    ),
    source="nar-sastry:remark-1",
)
EXAMPLE = {e1: [1, 0], e2: [0, 1], R: [[Rational(9, 4), 0], [0, 1]], rho: Rational(9, 4), sigma: 1, delta: Rational(1, 4)}
EXAMPLE |= {a: 4, b: Rational(9, 16), g: Rational(3, 2), c: 1, s: 3}
LARGE_STEP = EXAMPLE | {
    R: [[Rational(9, 4), 0], [0, Rational(1, 4)]],
    sigma: Rational(1, 4),
    delta: 1,
    c: Rational(1, 2),
    s: Rational(3, 2),
}


@proves(
    remark_1,
    witness=at(EXAMPLE),
    mutants=[
        mutant(remark_1.drop(delta * a**2 >= 2), EXAMPLE | {a: Rational(3, 2), b: Rational(3, 2)}, "a solution that satisfies (3)"),
        mutant(
            remark_1.replacing({OSCILLATION: Eq(s**2, sigma + 1 / delta)}),
            EXAMPLE | {delta: Rational(1, 3), s: 2},
            "the amplitude of half the jump",
        ),
        mutant(remark_1.drop(delta * rho <= 1), LARGE_STEP, "no solution satisfies (3)"),
    ],
)
def an_oscillation_around_an_excluded_solution() -> Theorem:
    """GD keeps a, b along e1 and alternates s, -s along e2; a = b = sqrt(rho) satisfies (3), and a^2 >= 2/delta violates it.

    No start nearby follows this oscillation: it is exact, and unstable.
    """
    fits = [_fits(a, b, c, Eq(a * b, rho)), _fits(g, g, c, Eq(g**2, rho))]
    sums = [_gains(*weights) for weights in ((a, b), (g, g))]
    jumps = [step for x in (s, -s) for step in _jumps(x)]
    return follows(remark_1.then, *remark_1.given, using=(*fits, *sums, *jumps), because="a^2 + b^2 > 2/delta >= 2 rho, and c < s")


def _orthonormal() -> tuple[Theorem, ...]:
    return tuple(assume(h) for h in (*ORTHONORMAL, TARGET))


def _fits(first: Expr, second: Expr, along_2: Expr, product: Eq) -> Theorem:
    """W_2 W_1 = R."""
    terms = ((1, assume(product), e1 * transpose(e1)), (1, assume(Eq(along_2**2, sigma)), e2 * transpose(e2)))
    return combine_words(layer(second, along_2) * layer(first, along_2), R, *terms, modulo=_orthonormal(), because="along e1 and along e2")


def _gains(first: Expr, second: Expr) -> Theorem:
    """S = a^2 + b^2."""
    return equal_words(gains(layer(first, c), layer(second, c)), first**2 + second**2, *_orthonormal(), because="along e1")


def _jumps(x: Expr) -> list[Theorem]:
    """Along e1 the weights rest, and along e2 they change their sign."""
    at_rest, flips = assume(Eq(a * b, rho)), assume(OSCILLATION)
    first, second = e1 * transpose(e1), e2 * transpose(e2)
    return [
        combine_words(
            *step.args, (-delta * weight, at_rest, first), (-delta * x, flips, second), modulo=_orthonormal(), because="along e1 and e2"
        )
        for step, weight in zip(jump(x), (b, a), strict=True)
    ]
