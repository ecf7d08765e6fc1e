"""The orbit of one eigenvalue under GD from a multiple of the identity: t - delta t^(L-1) (t^L - lam). (Behind theorems 2 and 3).

For lam = a^L > 0 the orbit stays between its start s and a, and its error falls by the factor 1 - delta L min(s, a)^(2L-2) or more,
if delta L max(s, a)^(2L-2) <= 1. For lam = 0 and L >= 2 it tends to 0 at no linear rate, and for lam < 0 it tends to 0 too.
"""

from functools import cache

from sympy import Abs, Eq, Max, Min, Ne, Rational, S

from theory.proof import (
    And,
    Exists,
    ForAll,
    Implies,
    Not,
    Or,
    Statement,
    Tends,
    Theorem,
    absurd,
    assume,
    cite,
    conclude,
    conjunction,
    contracts,
    cut,
    discharge,
    follows,
    generalize,
    induction,
    instance,
    monotone_orbit,
    none_exists,
    rewrite,
    specialize,
    substitute,
    weaken,
)
from theory.proof.logic import Boolean
from theory.step_bounds.identity_start import ORBIT, STEP
from theory.step_bounds.symbols import L, a, c, delta, g, k, lam, p, q, r, s, t, w

BETWEEN = And(t >= Min(s, a), t <= Max(s, a))
RATE = 1 - delta * L * Min(s, a) ** (2 * L - 2)
SMALL_STEP = delta * L * Max(s, a) ** (2 * L - 2) <= 1
POSITIVE = (L >= 1, delta > 0, s > 0, a > 0, Eq(a**L, lam))

# p = t^(L-1), q = a^(L-1), c = t^L - a^L, and r, g the powers of the smaller and the larger of s and a
SECANTS = (c >= L * q * (t - a), -c >= L * p * (a - t))
POWERS = (r <= p, r <= q, r > 0, p <= g, q <= g, delta * L * g**2 <= 1, delta > 0, L >= 1)


def _step_in_plain_symbols() -> Theorem:
    """|t - delta p c - a| <= (1 - delta L r^2) |t - a|, and t does not cross a."""
    (pp, pq), image, least = (p * p, p * q), t - delta * p * c, delta * L * r**2
    small = {x: follows(delta * L * x <= 1, *POWERS, because="at most delta L g^2") for x in (pp, pq)}
    large = {x: follows(delta * L * x >= least, *POWERS, because="at least delta L r^2") for x in (pp, pq)}
    above = follows(
        Implies(t >= a, And(image >= a, image - a <= (1 - least) * (t - a))),
        *SECANTS,
        *POWERS,
        using=(small[pp], large[pq]),
        because="delta p c lies between delta L p q (t - a) and delta L p^2 (t - a)",
    )
    below = follows(
        Implies(t <= a, And(image <= a, a - image <= (1 - least) * (a - t))),
        *SECANTS,
        *POWERS,
        using=(small[pq], large[pp]),
        because="delta p c lies between delta L p^2 (t - a) and delta L p q (t - a)",
    )
    return conjunction(above, below)


def _secants() -> tuple[Theorem, Theorem]:
    """L a^(L-1) (t - a) <= t^L - a^L <= L t^(L-1) (t - a), for t, a > 0: the power function is convex."""
    return cite("power-tangent", t, a, L), cite("power-tangent", a, t, L)


def _powers_between() -> list[Theorem]:
    """min(s, a)^(L-1) <= t^(L-1), a^(L-1) <= max(s, a)^(L-1)."""
    low, high = Min(s, a), Max(s, a)
    return [cite("power-monotone", *pair, L - 1) for x in (t, a) for pair in ((low, x), (x, high))]


WHERE = (*BETWEEN.args, *POSITIVE, SMALL_STEP)


def under(theorem: Theorem, *where: Boolean) -> Theorem:
    """The theorem under hypotheses that imply its own by arithmetic."""
    return conclude(theorem, Statement(where, theorem.then))


def step_contracts() -> Theorem:
    """Between s and a, the step does not cross a and comes nearer to it by the factor 1 - delta L min(s, a)^(2L-2)."""
    said = instance(
        _step_in_plain_symbols(),
        {p: t ** (L - 1), q: a ** (L - 1), c: t**L - a**L, r: Min(s, a) ** (L - 1), g: Max(s, a) ** (L - 1)},
    )
    said = cut(said, *(under(fact, *WHERE) for fact in (*_secants(), *_powers_between())))
    return under(rewrite(said, assume(Eq(a**L, lam))), *WHERE)


linear = Statement((*POSITIVE, SMALL_STEP, *ORBIT), ForAll(k, k >= 0, Abs(w(k) - a) <= RATE**k * Abs(s - a)))


@cache
def _nearer_and_between() -> tuple[Theorem, Theorem]:
    """One step comes nearer to a, and stays between s and a."""
    step, image = step_contracts(), STEP(t)
    nearer = follows(Abs(image - a) <= RATE * Abs(t - a), using=(step,), because="on both sides of a")
    return nearer, follows(substitute(BETWEEN, {t: image}), using=(step, nearer), because="it stays between t and a")


@cache
def orbit_converges_linearly() -> Theorem:
    """|w(k) - a| <= (1 - delta L min(s, a)^(2L-2))^k |s - a|, for lam = a^L > 0."""
    nearer, kept = _nearer_and_between()
    orbit = contracts(w, STEP, t, a, RATE, BETWEEN, kept, weaken(nearer, RATE >= 0))
    return under(cut(rewrite(orbit, assume(ORBIT[1])), _rate_is(RATE >= 0)), *linear.given)


def _rate_is(bound: Boolean) -> Theorem:
    """0 <= 1 - delta L min(s, a)^(2L-2) < 1."""
    where = (*POSITIVE, SMALL_STEP)
    smaller = under(cite("power-monotone", Min(s, a), Max(s, a), 2 * L - 2), *where)
    return follows(bound, *where, using=(smaller,), because="0 < min(s, a) <= max(s, a)")


def orbit_converges() -> Theorem:
    """w(k) -> a, for lam = a^L > 0."""
    geometric = cite("geometric-convergence", w, a, RATE, Abs(s - a))
    return under(cut(geometric, orbit_converges_linearly(), _rate_is(RATE >= 0), _rate_is(RATE < 1)), *linear.given)


# lam <= 0, from the identity

FALLING = (L >= 1, Or(Eq(lam, 0), L >= 2), delta > 0, lam <= 0, delta * (1 - lam) <= 1)
UNIT = (t >= 0, t <= 1)


def _falls() -> Theorem:
    """0 <= t - delta t^(L-1) (t^L - lam) <= t on [0, 1], since t^(L-1) (t^L - lam) <= t (1 - lam)."""
    sizes = (p >= 0, p <= 1, q >= 0, q <= t, t <= 1, Or(Eq(lam, 0), p <= t), lam <= 0)
    plain = follows(
        And(t - delta * p * (q - lam) >= 0, t - delta * p * (q - lam) <= t),
        *(*sizes, delta > 0, delta * (1 - lam) <= 1),
        using=(follows(p * (q - lam) <= t * (1 - lam), *sizes),),
        because="the factor is at most 1",
    )
    one, two = (discharge(under(cite("power-monotone", t, 1, L - i), t > 0, *UNIT, L >= i), t > 0) for i in (1, 2))
    steep = discharge(follows(t ** (L - 1) <= t, *UNIT, L >= 2, using=(two,)), L >= 2)
    said = instance(plain, {p: t ** (L - 1), q: t**L})
    shown = [follows(h, *UNIT, *FALLING, using=(one, steep), because="0 <= t <= 1") for h in said.given if h.has(L)]
    return under(cut(said, *shown), *UNIT, *FALLING)


FROM_ONE = tuple(substitute(h, {s: 1}) for h in ORBIT)
falling = Statement((*FALLING, *FROM_ONE), Tends(k, w(k), 0))


@cache
def orbit_falls_to_zero() -> Theorem:
    """w(k) -> 0 from w(0) = 1, for lam < 0 and L >= 2, or lam = 0, with delta (1 - lam) <= 1."""
    fixed = follows(Eq(t, 0), *UNIT, Eq(STEP(t), t), *FALLING[:-1], because="t^(L-1) (t^L - lam) > 0 for t > 0")
    orbit = monotone_orbit(w, STEP, t, (0, 1), _falls(), fixed)
    return under(orbit, *falling.given)


# lam = 0 and L >= 2: no linear rate

LINEAR_RATE = Exists(q, And(q >= 0, q < 1), Exists(c, c >= 0, ForAll(k, k >= 0, Abs(w(k) - a) <= c * q**k)))
SLOW = (L >= 2, delta > 0, delta * L <= 1)
SINGULAR = tuple(substitute(h, {lam: 0}) for h in FROM_ONE)
slow = Statement((*SLOW, *SINGULAR, Eq(a, 0)), Not(LINEAR_RATE, evaluate=False))
ABOVE_HARMONIC = And(w(k) > 0, w(k) <= 1, (k + 1) * w(k) >= 1)


def _stays_above_harmonic() -> Theorem:
    """w(k) >= 1/(k + 1) for lam = 0, since t - delta t^(2L-1) >= t - t^3/2 on [0, 1]."""
    plain = follows(
        And(s > 0, s <= 1, (r + 2) * s >= 1),
        *(Eq(s, t - delta * p), p >= 0, p <= t**3, t > 0, t <= 1, (r + 1) * t >= 1, r >= 0, delta > 0, delta <= Rational(1, 2)),
        because="t - t^3/2 is concave, and at 1/(r + 1) at least 1/(r + 2)",
    )
    power = w(k) ** (L - 1) * w(k) ** L
    here = ABOVE_HARMONIC.args
    small = under(cite("power-monotone", w(k), 1, 2 * L - 4), *here, L >= 2)
    cubic = [follows(h, *here, *SLOW, using=(small,), because="w^(2L-4) <= 1") for h in (power >= 0, power <= w(k) ** 3)]
    step = instance(plain, {t: w(k), s: w(k + 1), p: power, r: k})
    step = cut(step, *cubic, specialize(assume(SINGULAR[0]), k))
    return under(step, ABOVE_HARMONIC, k >= 0, *SLOW, SINGULAR[0])


@cache
def singular_targets_have_no_linear_rate() -> Theorem:
    """For lam = 0 and L >= 2 no constants c and q < 1 give |w(k)| <= c q^k: w(k) >= 1/(k + 1)."""
    start = follows(substitute(ABOVE_HARMONIC, {k: 0}), SINGULAR[1])
    above = specialize(induction(start, _stays_above_harmonic(), k, 0), k)
    bounded = ForAll(k, k >= 0, Abs(w(k) - a) <= c * q**k)
    plain = follows(1 / (k + 1) <= r, ABOVE_HARMONIC, Abs(w(k) - a) <= r, Eq(a, 0), k >= 0)
    number = follows(Or(Ne(q, 0), k >= 0), k >= 0, because="so q^k is a number")
    here = cut(instance(plain, {r: c * q**k}), number)
    harmonic = generalize(cut(here, above, specialize(assume(bounded), k)), k, k >= 0)
    clash = follows(S.false, using=(harmonic, cite("geometric-below-harmonic", q, c)), because="k q^k tends to 0")
    never = cut(absurd(clash, bounded), generalize(number, k, k >= 0))
    no_scale = none_exists(generalize(never, c, c >= 0))
    return under(none_exists(generalize(no_scale, q, And(q >= 0, q < 1))), *slow.given)


# Depth 1: the layer is the estimate, and tends to R itself

SINGLE = tuple(substitute(h, {L: 1}) for h in FROM_ONE)
single = Statement((delta > 0, delta <= 1, lam <= 1, *SINGLE), Tends(k, w(k), lam))


@cache
def one_layer_reaches_every_target() -> Theorem:
    """w(k) -> lam at depth 1, since w(k+1) - lam = (1 - delta) (w(k) - lam)."""
    map_, domain, where = substitute(STEP, {L: 1}), t >= lam, (delta > 0, delta <= 1)
    kept = follows(map_(t) >= lam, domain, *where)
    nearer = follows(Abs(map_(t) - lam) <= (1 - delta) * Abs(t - lam), domain, *where, because="an affine map")
    orbit = contracts(w, map_, t, lam, 1 - delta, domain, kept, nearer)
    geometric = cite("geometric-convergence", w, lam, 1 - delta, Abs(w(0) - lam))
    return under(cut(geometric, orbit), *single.given)


# The orbit never becomes negative


def _stays(domain: Boolean, kept: Theorem, start: Theorem) -> Theorem:
    """`domain` at w(k) for all k, from `domain |- domain at STEP(t)` and `domain` at w(0), where the domain has no negative t."""
    here = substitute(domain, {t: w(k)})
    move = specialize(assume(ORBIT[0]), k)
    back = follows(Eq(*reversed(move.then.args), evaluate=False), here, L >= 1, *start.given, using=(move,), because="one step")
    step = rewrite(instance(kept, {t: w(k)}), back)
    others = tuple(h for h in (*start.given, *kept.given) if t not in h.free_symbols)
    return induction(start, under(step, here, k >= 0, ORBIT[0], *others), k, 0)


def orbit_stays_between() -> Theorem:
    """min(s, a) <= w(k) <= max(s, a) for all k, for lam = a^L > 0."""
    start = follows(substitute(BETWEEN, {t: w(0)}), *POSITIVE, SMALL_STEP, ORBIT[1])
    return _stays(BETWEEN, _nearer_and_between()[1], start)


def orbit_stays_in_the_unit_interval() -> Theorem:
    """0 <= w(k) <= 1 for all k, for lam <= 0 and w(0) = 1."""
    domain = And(*UNIT)
    kept = follows(substitute(domain, {t: STEP(t)}), using=(_falls(),), because="it falls, and stays above 0")
    return _stays(domain, kept, follows(substitute(domain, {t: w(0)}), *FALLING, FROM_ONE[1]))
