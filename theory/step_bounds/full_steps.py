"""From W_j = rho(R)^(1/L) I every step below the bound (4) converges, not only half of it. (Behind section 3 of Nar & Sastry).

The eigenvalue t may jump over a = lam^(1/L), but it comes nearer to a, and it never falls below beta = a (1 - delta s^(2L-2)), where
s = rho^(1/L) is the start. For L >= 2 beta is positive; a single layer is an affine map.
"""

from functools import cache

from sympy import Abs, Eq, Max

from theory.proof import (
    And,
    Implies,
    Or,
    Tends,
    Theorem,
    assume,
    cite,
    contracts,
    cut,
    discharge,
    follows,
    induction,
    instance,
    rewrite,
    specialize,
    substitute,
    weaken,
)
from theory.step_bounds.eigenvalue_orbits import SECANTS, under
from theory.step_bounds.identity_start import ORBIT, STEP
from theory.step_bounds.symbols import L, a, beta, c, delta, g, k, lam, p, q, r, s, t, w

JUMP = delta * p * c  # in the symbols of `SECANTS`: p = t^(L-1), q = a^(L-1), c = t^L - a^L
FLOOR = a * (1 - delta * s ** (2 * L - 2))
DOMAIN = And(t >= beta, Abs(t - a) <= s - a)
FACTOR = Max(delta * L * s ** (2 * L - 2) - 1, 1 - delta * L * beta ** (2 * L - 2))
POWERS = (r <= p, r <= q, r > 0, p <= g, q <= g, delta > 0, L >= 1)
TWICE = delta * L * s ** (2 * L - 2) < 2
DEEP = (L >= 2, delta > 0, beta > 0, beta <= a, a <= s, Eq(a**L, lam), beta <= FLOOR, TWICE)


def _comes_nearer() -> Theorem:
    """|t - delta p c - a| <= max(delta L g^2 - 1, 1 - delta L r^2) |t - a|."""
    products = [follows(f, *POWERS, because="r <= p, q <= g") for f in (p * q >= r**2, p * p >= r**2, p * q <= g**2, p * p <= g**2)]
    least, most = L * r**2, L * g**2
    above = follows(
        Implies(t >= a, And(p * c >= least * (t - a), p * c <= most * (t - a))),
        *(*SECANTS, *POWERS),
        using=tuple(products),
        because="p c lies between L p q (t - a) and L p^2 (t - a)",
    )
    below = follows(
        Implies(t <= a, And(p * c <= least * (t - a), p * c >= most * (t - a))),
        *(*SECANTS, *POWERS),
        using=tuple(products),
        because="p c lies between L p^2 (t - a) and L p q (t - a)",
    )
    factor = Max(delta * most - 1, 1 - delta * least)
    return follows(Abs(t - JUMP - a) <= factor * Abs(t - a), delta > 0, using=(above, below), because="on both sides of a")


def _stays_above() -> Theorem:
    """T - delta p c >= beta: above a since c <= t^L, and below a since c <= 0."""
    return follows(
        t - JUMP >= beta,
        *(*SECANTS, *POWERS, c <= t * p, t >= beta, t > 0, a > 0, beta <= a * (1 - delta * g**2), delta * g**2 <= 1),
        because="above a it is at least a (1 - delta g^2), and below a it grows",
    )


WHERE = (*DOMAIN.args, *DEEP)


def _in_powers(plain: Theorem) -> Theorem:
    """What holds in plain symbols, for p = t^(L-1), q = a^(L-1), c = t^L - a^L, r = beta^(L-1) and g = s^(L-1)."""
    said = instance(plain, {p: t ** (L - 1), q: a ** (L - 1), c: t**L - a**L, r: beta ** (L - 1), g: s ** (L - 1)})
    secants = (cite("power-tangent", t, a, L), cite("power-tangent", a, t, L))
    between = [cite("power-monotone", *pair, L - 1) for x in (t, a) for pair in ((beta, x), (x, s))]
    said = cut(said, *(under(fact, *WHERE) for fact in (*secants, *between)))
    own = [follows(h, *WHERE, because="by the ranges") for h in said.given if h not in WHERE]
    return rewrite(cut(said, *own), assume(Eq(a**L, lam)))


@cache
def _deep_orbit_converges() -> Theorem:
    """w(k) -> a for L >= 2, with the factor max(delta L s^(2L-2) - 1, 1 - delta L beta^(2L-2)) a step."""
    image = STEP(t)
    nearer = under(follows(Abs(image - a) <= FACTOR * Abs(t - a), using=(_in_powers(_comes_nearer()),)), *WHERE)
    above = under(follows(image >= beta, using=(_in_powers(_stays_above()),)), *WHERE)
    power = under(cite("power-monotone", beta, s, 2 * L - 2), *DEEP)
    factor = [follows(f, *DEEP, using=(power,), because="0 < beta <= s") for f in (FACTOR >= 0, FACTOR < 1)]
    kept = follows(substitute(DOMAIN, {t: image}), *DOMAIN.args, using=(nearer, above, factor[1]), because="it comes nearer")
    orbit = contracts(w, STEP, t, a, FACTOR, DOMAIN, kept, weaken(nearer, FACTOR >= 0))
    tends = cut(cut(cite("geometric-convergence", w, a, FACTOR, Abs(w(0) - a)), orbit), *factor)
    at_floor = instance(tends, {beta: FLOOR})
    return under(at_floor, L >= 2, delta > 0, a > 0, a <= s, Eq(a**L, lam), TWICE, *ORBIT)


def _single_orbit_converges() -> Theorem:
    """w(k) -> a at L = 1, since w(k+1) - lam = (1 - delta) (w(k) - lam)."""
    one, map_, factor = Eq(L, 1), substitute(STEP, {L: 1}), Max(delta - 1, 1 - delta)
    where, domain = (delta > 0, delta < 2), Abs(t - lam) <= s - lam
    nearer = follows(Abs(map_(t) - lam) <= factor * Abs(t - lam), *where, because="an affine map")
    kept = follows(substitute(domain, {t: map_(t)}), domain, *where, using=(nearer,), because="it comes nearer")
    orbit = contracts(w, map_, t, lam, factor, domain, kept, weaken(nearer, domain))
    tends = cut(cite("geometric-convergence", w, lam, factor, Abs(w(0) - lam)), orbit)
    root, step = (rewrite(assume(h), assume(one)) for h in (Eq(a**L, lam), TWICE))
    back = follows(Eq(lam, a), a > 0, using=(root,), because="L = 1")
    said = rewrite(cut(tends, rewrite(assume(ORBIT[0]), assume(one))), back)
    sides = [follows(h, delta > 0, a <= s, ORBIT[1], using=(step, back)) for h in said.given if h not in (one, *back.given, *ORBIT)]
    return under(cut(said, *sides), one, delta > 0, a > 0, a <= s, Eq(a**L, lam), TWICE, *ORBIT)


@cache
def orbit_converges_below_twice() -> Theorem:
    """w(k) -> a = lam^(1/L) from w(0) = s >= a, where delta L s^(2L-2) < 2."""
    cases = tuple(discharge(f(), h) for f, h in ((_deep_orbit_converges, L >= 2), (_single_orbit_converges, Eq(L, 1))))
    depth = Or(k >= 2, Eq(k, 1))
    step = follows(substitute(depth, {k: k + 1}), depth, k >= 1, because="k + 1 >= 2")
    deep = specialize(induction(follows(substitute(depth, {k: 1}), because="1 = 1"), step, k, 1), L)
    where = (L >= 1, delta > 0, a > 0, a <= s, Eq(a**L, lam), TWICE, *ORBIT)
    return under(follows(Tends(k, w(k), a), using=(*cases, deep), because="for one layer and for more"), *where)
