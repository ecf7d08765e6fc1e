"""A step that is too long for its line can lead to a lower loss later. (section 6).

On (x^2 + k y^2)/2 with k > 1, exact line searches along the gradient never arrive at the minimum, unless they start on an axis. The rate 1
is too long for every line but those along x. It leaves a higher loss than the line's minimum, often even a higher one than before; but it
ends at x = 0, where the next exact search arrives. So from every start off the axes the greedy choice is beaten in two steps.
"""

from sympy import Eq, Expr, Ne, Rational

from theory.evidence import at, extends, mutant
from theory.line_search.symbols import k, r, x, y
from theory.proof import And, Statement, Theorem, conclude, conjunction, follows

START = (x, y)
Place = tuple[Expr, Expr]


def loss(place: Place) -> Expr:
    """(x^2 + k y^2)/2."""
    return (place[0] ** 2 + k * place[1] ** 2) / 2


def step(place: Place, rate: Expr) -> Place:
    """A step against the gradient (x, k y)."""
    return (place[0] - rate * place[0], place[1] - rate * k * place[1])


def square(place: Place) -> Expr:
    """|G|^2."""
    return place[0] ** 2 + k**2 * place[1] ** 2


def bend(place: Place) -> Expr:
    """G' H G."""
    return place[0] ** 2 + k**3 * place[1] ** 2


def exact_rate(place: Place) -> Expr:
    """|G|^2/(G' H G): the rate that leads to the minimum on the line."""
    return square(place) / bend(place)


GREEDY, LONG = step(START, exact_rate(START)), step(START, Rational(1))
TOO_LONG, WORSE = exact_rate(START) < 1, loss(LONG) > loss(GREEDY)
EXACT_NEXT = Eq(r * bend(LONG), square(LONG))
ARRIVES = Eq(loss(step(LONG, r)), 0)
NOT_THERE = And(Ne(GREEDY[0], 0), Ne(GREEDY[1], 0))
OFF_THE_AXES = (k > 1, Ne(x, 0), Ne(y, 0))
longer = Statement((*OFF_THE_AXES, EXACT_NEXT), And(TOO_LONG, WORSE, ARRIVES, NOT_THERE))
# (x^2 + 3 y^2)/2 from (1, 1): the loss 2 becomes 1/7 by an exact search, and 6 by the rate 1; then 0
THREE = {k: 3, x: 1, y: 1, r: Rational(1, 3)}


@extends(
    "mutschler-zell:text-global",
    longer,
    witness=at(THREE),
    mutants=[
        mutant(longer.with_then(loss(LONG) <= loss(START)), THREE, "the long step lowers the loss too"),
        mutant(longer.with_then(loss(LONG) <= loss(GREEDY)), THREE, "and is the better one at once"),
        mutant(longer.drop(Ne(x, 0)).with_then(NOT_THERE), {**THREE, x: 0}, "on an axis"),
        mutant(longer.drop(k > 1).with_then(TOO_LONG), {**THREE, k: Rational(1, 2), r: 2}, "the rate of the steep axis"),
    ],
)
def too_long_now_and_better_later() -> Theorem:
    """The exact rate is between 1/k and 1, so both coordinates stay; the rate 1 takes x away."""
    positive = follows(bend(START) > 0, *OFF_THE_AXES, because="x^2 > 0")
    shorter = follows(TOO_LONG, *OFF_THE_AXES, using=(positive,), because="k^2 y^2 < k^3 y^2")
    above = follows(k * exact_rate(START) > 1, *OFF_THE_AXES, using=(positive,), because="x^2 < k x^2")
    there = follows(NOT_THERE, *OFF_THE_AXES, using=(shorter, above, positive), because="neither 1 - r nor 1 - k r is 0")
    worse = follows(WORSE, *OFF_THE_AXES, using=(positive, shorter, above), because="the line's minimum is elsewhere")
    arrives = follows(ARRIVES, *longer.given, because="x = 0, and then the rate 1/k")
    return conclude(conjunction(shorter, worse, arrives, there), longer)
