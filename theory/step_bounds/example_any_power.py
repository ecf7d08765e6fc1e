"""GD on |x|^p / p for every 1 < p < 2, with q = p - 1: almost every orbit ends in a 2-cycle. (Beyond Nar & Sastry, example 1).

The moduli follow h(t) = |t - delta t^q|, with the fixed points 0, which repels, and c = (delta/2)^(1/(2-p)), and without 2-cycle.
"""

from sympy import Abs, Eq, Expr, Lambda, Ne, Rational, sign

from theory.evidence import at, extends, mutant
from theory.proof import (
    And,
    Or,
    Statement,
    Tends,
    Theorem,
    cite,
    cut,
    discharge,
    follows,
    no_two_cycles,
    odd_modulus,
    recursion,
    repelled,
)
from theory.step_bounds.example_power import ON_THE_CYCLE, never_zero, said_of_moduli
from theory.step_bounds.symbols import c, delta, k, q, s, t, x, y

GENERAL_STEP = Lambda(t, t - delta * sign(t) * Abs(t) ** q)
GENERAL_MODULUS = Lambda(t, Abs(t - delta * t**q))
EXPONENT = (q > 0, q < 1, delta > 0)
BALANCE = Eq(2 * c, delta * c**q)  # c = (delta/2)^(1/(2-p))
MULTIPLIER = Eq(1 - delta * q * c ** (q - 1), 3 - 2 * (q + 1), evaluate=False)  # the slope of the step at the cycle

general = Statement(
    (*EXPONENT, c > 0, BALANCE, recursion(x, GENERAL_STEP), never_zero),
    And(Tends(k, Abs(x(k)), c), MULTIPLIER),
)


@extends(
    "nar-sastry:example-1-cycle",
    general,
    witness=at({q: Rational(1, 2), c: Rational(1, 4), delta: 1, x: ON_THE_CYCLE[x]}),
    mutants=[
        mutant(
            general.with_then(Tends(k, Abs(x(k)), 2 * c)),
            {q: Rational(1, 2), c: Rational(1, 4), delta: 1, x: ON_THE_CYCLE[x]},
            "2 c",
        ),
        mutant(
            general.with_then(Eq(1 - delta * q * c ** (q - 1), 2 - 2 * q)),
            {q: Rational(1, 2), c: Rational(1, 4), delta: 1, x: ON_THE_CYCLE[x]},
            "the multiplier 2 - 2 q",
        ),
    ],
)
def any_power_between_one_and_two() -> Theorem:
    """For |x|^p / p, 1 < p < 2: |x(k)| -> (delta/2)^(1/(2-p)) unless the orbit lands on 0; the slope at the cycle is 3 - 2 p."""
    h, ceiling = GENERAL_MODULUS, y(0) + 2 * c
    inside, image = (t >= 0, t <= ceiling), (s >= 0, s <= ceiling)
    known = (*EXPONENT, c > 0, BALANCE)
    below_tangent = discharge(cite("power-concave", t, c, q), t > 0)
    invariant = follows(
        And(h(t) >= 0, h(t) <= ceiling),
        *inside,
        *known,
        y(0) >= 0,
        q >= 0,
        q <= 1,
        using=(below_tangent,),
        because="t^q lies below its tangent at c, where delta c^q = 2 c",
    )
    invariant = cut(invariant, follows(q >= 0, *EXPONENT), follows(q <= 1, *EXPONENT))
    lonely = follows(
        Eq(s, t),
        *inside,
        *image,
        Eq(s, h(t)),
        Eq(t, h(s)),
        *known,
        using=(_grows(t, s, q), _grows(s, t, q)),
        because="both images on one branch give t^q = s^q; on two branches they give t > s and t^q < s^q",
    )
    fixed = follows(
        Or(Eq(t, 0), Eq(t, c)),
        *inside,
        Eq(h(t), t),
        *known,
        using=(_grows(t, c, 1 - q), _grows(c, t, 1 - q)),
        because="t^(1-q) = delta/2 = c^(1-q)",
    )
    somewhere = no_two_cycles(y, h, t, s, (0, ceiling), invariant, lonely, fixed)
    away = follows(
        Abs(h(t) - 0) > Abs(t - 0),
        t >= 0,
        Ne(t, 0),
        Abs(t) <= c / 2,
        *known,
        using=(_grows(t, c, 1 - q),),
        because="delta t^q > 2 t below c",
    )
    not_zero = repelled(y, h, t, 0, c / 2, t >= 0, away)
    limit = follows(Tends(k, y(k), c), using=(somewhere, not_zero), because="of the two fixed points, 0 is excluded")
    same = follows(Eq(Abs(GENERAL_STEP(t)), h(t), evaluate=False), t >= 0, *EXPONENT, because="sign(t) |t|^q = t^q on t >= 0")
    moduli = said_of_moduli(limit, odd_modulus(x, GENERAL_STEP, h, t, same))
    slope = follows(MULTIPLIER, *known, because="delta c^(q-1) = 2")
    return follows(general.then, using=(moduli, slope), because="together")


def _grows(low: Expr, high: Expr, exponent: Expr) -> Theorem:
    """0 < low < high gives low^e < high^e, for 0 < q < 1."""
    fact = discharge(cite("power-increases", low, high, exponent), low > 0, low < high)
    return cut(fact, follows(exponent > 0, *EXPONENT[:2]))
