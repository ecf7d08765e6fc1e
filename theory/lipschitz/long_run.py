"""Two lines in the long run: what never passes a line is no steeper than it."""

from functools import cache

from sympy import Abs, Ne, symbols
from sympy import S as TRUTH

from theory.lipschitz.symbols import t
from theory.proof import ForAll, Theorem, absurd, assume, cut, follows, specialize

RATE, LIMIT, START = symbols("r f c", real=True)
BELOW = ForAll(t, t > 0, RATE * t <= START + LIMIT * t)


@cache
def no_steeper() -> Theorem:
    """From r t <= c + f t for all t > 0: r <= f. At t = (|c| + 1)/(r - f) it would be false."""
    supposed, far = RATE > LIMIT, (Abs(START) + 1) / (RATE - LIMIT)
    clash = cut(specialize(assume(BELOW), far), *(follows(c, supposed) for c in (far > 0, Ne(RATE - LIMIT, 0))))
    clash = absurd(follows(TRUTH.false, supposed, using=(clash,), because="t (r - f) > c"), supposed)
    return follows(RATE <= LIMIT, using=(clash,), because="it is not more")


__all__ = ["LIMIT", "RATE", "START", "no_steeper"]
