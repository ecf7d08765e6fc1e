"""The corridor step on quadratic losses amid chaos: exactly where two other directions take turns. (equation 3, beyond the paper).

Besides the two directions t and 1/t of `step_on_quadratics` there are others that take turns exactly if sigma = kappa + 1/kappa is 14 at
least, where a step can raise the loss for the first time. Their product obeys a quadratic equation. The two with the larger product
attract for 14 < sigma < 15.392..., the root of 3 sigma^3 - 60 sigma^2 + 232 sigma - 296, and the two with the smaller product never do.
"""

from sympy import Abs, Eq, Expr, Ne, Rational, sqrt

from theory.corridors.step_on_quadratics import CLAIM, RATIO, SIGMA, SLOPE, after
from theory.corridors.symbols import a, c, kappa, lam, p, s, t
from theory.evidence import at, extends, mutant
from theory.proof import And, Implies, Statement, Theorem, conclude, conjunction, cut, follows, instance, substitute
from theory.proof.logic import Boolean

ROOT = kappa**2 - 4 * kappa + 1
HEAD, MIDDLE, TAIL = 5 * kappa**2 - 4 * kappa + 1, ROOT**2 - 4 * kappa * (kappa - 1) ** 2, kappa**2 * (kappa**2 - 4 * kappa + 5)
PRODUCT = Eq(HEAD * (t * s) ** 2 + TAIL, MIDDLE * t * s)
TOTAL = Eq(kappa * ROOT * (t + s), HEAD * t * s + TAIL)
TURNS = Eq(s, RATIO), Eq(t, after(s))
POSITIVE = kappa > 1, t > 0, s > 0
from_fourteen_on = Statement((*POSITIVE, *TURNS, Ne(s, t), Ne(t * s, 1)), And(TOTAL, PRODUCT, SIGMA >= 14))


def parts(ratio: Expr) -> tuple[Expr, Expr]:
    """The next ratio is ratio times the square of their quotient."""
    return kappa * (2 - kappa + ratio), kappa + (2 * kappa - 1) * ratio


(UP, DOWN), (UP_NEXT, DOWN_NEXT) = parts(t), parts(s)
CLEARED = Eq(s * DOWN**2, t * UP**2), Eq(t * DOWN_NEXT**2, s * UP_NEXT**2)
OPPOSITE = Eq(UP * UP_NEXT, -DOWN * DOWN_NEXT)
BALANCE = Eq(kappa**2 * (t + s - kappa + 2) ** 2 + kappa**2, HEAD * t * s)  # the difference of both, divided by s - t


def window_of(number: int, root: int) -> dict:
    """An exact point: the two directions with the larger product, for kappa^2 - 14 kappa + 1 = root^2."""
    head, middle, tail, other = (e.subs(kappa, number) for e in (HEAD, MIDDLE, TAIL, ROOT))
    product = (middle + (number - 1) * other * root) / (2 * head)
    total = (head * product + tail) / (number * other)
    apart = sqrt(total**2 - 4 * product)
    return {kappa: number, t: (total - apart) / 2, s: (total + apart) / 2}


AT_14 = window_of(14, 1)


@extends(
    CLAIM,
    from_fourteen_on,
    witness=at(AT_14),
    mutants=[
        mutant(from_fourteen_on.with_then(SIGMA >= 15), AT_14, "from 15 on"),
        mutant(from_fourteen_on.drop(Ne(t * s, 1)), {kappa: 6, t: Rational(2, 3), s: Rational(3, 2)}, "with the two of 3 + 2 sqrt(2)"),
        mutant(from_fourteen_on.drop(Ne(s, t)), {kappa: 5, t: Rational(5, 7), s: Rational(5, 7)}, "with one direction"),
    ],
)
def others_need_fourteen() -> Theorem:
    """The two quotients of parts multiply to 1 or -1; 1 leads to t s = 1 or to a sum below 0."""
    cleared = tuple(follows(e, *POSITIVE, turn) for e, turn in zip(CLEARED, TURNS, strict=True))
    balance = follows(BALANCE, *POSITIVE, *CLEARED, Ne(s, t), because="their difference, divided by s - t")
    squares = follows(Eq((UP * UP_NEXT) ** 2, (DOWN * DOWN_NEXT) ** 2), *POSITIVE, *CLEARED, because="their product")
    opposite = follows(OPPOSITE, *POSITIVE, Ne(t * s, 1), BALANCE, using=(squares,), because="or t s = 1")
    total = follows(TOTAL, OPPOSITE, kappa > 1)
    product = follows(PRODUCT, *POSITIVE, TOTAL, BALANCE)
    least = follows(SIGMA >= 14, *POSITIVE, TOTAL, PRODUCT, because="the discriminant is not negative")
    known = cut(conjunction(total, product, least), total, cut(product, total))
    known = cut(known, cut(opposite, balance), balance)
    return conclude(cut(known, *cleared), from_fourteen_on)


# They take turns, and attract in a window

MULTIPLIER = SLOPE * substitute(SLOPE, {t: s})
WINDOW = 3 * SIGMA**3 - 60 * SIGMA**2 + 232 * SIGMA - 296
LARGER = 2 * HEAD * t * s > MIDDLE


def fates(multiplier: Expr, product: Expr) -> tuple[Boolean, ...]:
    """An equation for the multiplier, and which of its roots belongs to which product."""
    larger, smaller = 2 * HEAD * product > MIDDLE, 2 * HEAD * product < MIDDLE
    return (
        Eq((2 * (SIGMA - 2) * multiplier - (SIGMA**2 - 15 * SIGMA + 38)) ** 2, (SIGMA - 1) ** 2 * (SIGMA + 2) * (SIGMA - 14)),
        Implies(And(larger, WINDOW < 0), Abs(multiplier) < 1),
        Implies(And(larger, WINDOW > 0), multiplier < -1),
        Implies(smaller, multiplier > 1),
    )


in_a_window = Statement((*POSITIVE, TOTAL, PRODUCT), And(*TURNS, *fates(MULTIPLIER, t * s)))


@extends(
    CLAIM,
    in_a_window,
    witness=at(AT_14),
    mutants=[
        mutant(in_a_window.with_then(Abs(MULTIPLIER) < Rational(2, 5)), AT_14, "attracting faster"),
        mutant(in_a_window.with_then(Implies(LARGER, Abs(MULTIPLIER) < 1)), window_of(20, 11), "attracting for ever"),
        mutant(in_a_window.with_then(Abs(MULTIPLIER) < 1), window_of(14, -1), "the smaller product"),
    ],
)
def two_others_attract_in_a_window() -> Theorem:
    """The multiplier is linear in the product, whose two values are the roots of a quadratic equation."""
    opposite = follows(OPPOSITE, *POSITIVE, TOTAL)
    balance = follows(BALANCE, *POSITIVE, TOTAL, PRODUCT)
    turns = (cut(follows(turn, *POSITIVE, e), follows(e, *POSITIVE, OPPOSITE, BALANCE)) for turn, e in zip(TURNS, CLEARED, strict=True))
    known = conjunction(*turns, *_multiplier())
    for lemma in (balance, opposite):
        known = cut(known, lemma)
    return conclude(known, in_a_window)


def _pair(one: Expr, other: Expr) -> Expr:
    """(one + other t) (one + other s), with letters for the product p and the sum a of t and s."""
    return one**2 + one * other * a + other**2 * p


def _multiplier() -> list[Theorem]:
    """With letters for the multiplier, the product and the sum."""
    scaled, centre = 2 * kappa * (kappa - 1) ** 2 * c, kappa**4 - 15 * kappa**3 + 40 * kappa**2 - 15 * kappa + 1
    line = Eq(ROOT * (kappa - 1) * (scaled - centre), (kappa**3 + 1) * (MIDDLE - 2 * HEAD * p))
    square = Eq((MIDDLE - 2 * HEAD * p) ** 2, (kappa - 1) ** 2 * ROOT**2 * (kappa**2 - 14 * kappa + 1))
    radical = Eq((scaled - centre) ** 2, (kappa**3 + 1) ** 2 * (kappa**2 - 14 * kappa + 1))
    down, over = _pair(kappa, 2 * kappa - 1), kappa**2 * _pair(kappa, 1) * _pair(2 - kappa, 2 * kappa - 1)
    slopes = (down > 0, Eq(c * down**2, -over))
    roots = (Eq(kappa * ROOT * a, HEAD * p + TAIL), Eq(HEAD * p**2 + TAIL, MIDDLE * p))
    linear = follows(line, kappa > 1, ROOT > 0, *roots, *slopes, because="linear in the product")
    known, gap = (kappa > 1, ROOT > 0, SIGMA >= 14, line, square), 2 * HEAD * p
    sides = tuple(follows(e, *known) for e in (Implies(gap > MIDDLE, scaled < centre), Implies(gap < MIDDLE, scaled > centre)))
    using = (follows(radical, *known), *sides, instance(_attracts(), {lam: SIGMA}))
    letters = {c: MULTIPLIER, p: t * s, a: t + s}
    facts = [follows(substitute(e, letters), *POSITIVE, TOTAL, PRODUCT) for e in (*known[1:3], square)]
    facts.append(cut(instance(linear, letters), facts[0], *(follows(substitute(e, letters), *POSITIVE, OPPOSITE) for e in slopes)))
    return [cut(instance(follows(e, *known, using=using), letters), *facts) for e in fates(c, p)]


def _attracts() -> Theorem:
    """The smaller root of the equation for the multiplier, with a letter for sigma."""
    centre = lam**2 - 15 * lam + 38
    square = Eq((2 * (lam - 2) * c - centre) ** 2, (lam - 1) ** 2 * (lam + 2) * (lam - 14))
    smaller, window = 2 * (lam - 2) * c < centre, 3 * lam**3 - 60 * lam**2 + 232 * lam - 296 < 0
    return follows(Implies(And(square, smaller, window), Abs(c) < 1), lam >= 14)
