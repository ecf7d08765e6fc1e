"""How many epochs a quadratic takes, exactly; and whether the printed counts of Table 1 can belong to one quadratic. (section 7.1).

Two steps a < b from one start, on one quadratic with b L < 1, L the largest curvature, need b (E_b - 1)(1 - a L) < a E_a, and so at least
(b - a)(E_b - 1) < a E_a. The printed rows, with a = 0.1 and b = 1/L:

    data set       a E_a       b E_b        some L allows it      L near 0      L near 0, epochs counted from 1
    Boston          4604.1      5170.4      no                    no            no
    California      2458.2     10327        no                    no            yes
    Energy         48959.2     48986        yes                   yes           yes
    News            1098.5      1100.9      yes                   no            yes
    Breast cancer   3700.8      8560.5      no                    no            yes
    Covertype      21641.2  34960000        no                    no            yes
    Iris              41.3        93.2      no                    no            no
    Digits            33.7         1.27     if b L > 0.96         no            no

L near 0 is the case where each feature is scaled to sum to 1: then L is below n/m. Only the first four rows are quadratics. So, with the
epochs counted from 1, all regressions but Boston fit one start; Boston's counts cannot belong to one start, however the data look, unless
the step overshoots: b L > 1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from flint import arb, ctx, fmpq

from theory.data_sets import numbers, rational
from theory.lipschitz.enclosures import enclosing_floats
from theory.values import shown, whole

BITS = 128  # of the balls that compare a loss with the threshold; where they leave it open, exact fractions do
FINEST = 60  # halvings of the time

TABLE_1 = (
    ("Boston", "9.316", 46041, 555),
    ("California", "5163.5", 24582, 2),
    ("Energy", "12.78", 489592, 3833),
    ("News", "1.462", 10985, 753),
    ("Breast cancer", "4280.23", 37008, 2),
    ("Covertype", "17.48e6", 216412, 2),
    ("Iris", "1.902", 413, 49),
    ("Digits", "0.634", 337, 2),
)  # as printed: 1/L, the epochs with the step 0.1, the epochs with the step 1/L


def epochs_to_threshold(curvatures: Sequence[Any], parts: Sequence[Any], step: Any, threshold: Any) -> int | None:
    """The least E >= 0 with sum_i p_i (1 - a l_i)^(2 E) < T: the loss after E steps of gradient descent, above its minimum.

    Args:
        curvatures: l_i > 0, the eigenvalues of the Hessian: exact rationals or floats, which are binary fractions.
        parts: p_i >= 0, what each eigenvector adds to the loss at the start, l_i w_i^2/2.
        step: a > 0, below the stability limit 2/max l_i.
        threshold: T, above the minimum of the loss.

    Returns:
        E, 0 where the loss is below T at the start; None where it never is, which is for T <= 0 only.

    Raises:
        TypeError: a number is no number.
        ValueError: no coordinate, lists of different lengths, a curvature or step that is not positive, or a step at the stability limit.

    Source:
        Yedida & Saha (2021), section 7.1, E_alpha.

    Example:
        >>> epochs_to_threshold([1], [1], Fraction(1, 2), Fraction(1, 16)), epochs_to_threshold([1], [1], 0.5, 0.07)
        (3, 2)
    """
    rates, gaps = _quadratic(curvatures, parts)
    a, T = rational(step, "step"), rational(threshold, "threshold")
    if not 0 < a * max(rates) < 2:
        raise ValueError(f"step is {shown(step)}: expected above 0 and below 2/{max(rates)}, the stability limit")
    factors = [(1 - a * rate) ** 2 for rate in rates]
    if T <= 0:
        return None
    high = 1
    while not _below(factors, gaps, high, T):
        high *= 2
    low = -1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _below(factors, gaps, middle, T) else (middle, high)
    return high


def flow_time(curvatures: Sequence[Any], parts: Sequence[Any], threshold: Any) -> tuple[float, float]:
    """The time C with sum_i p_i e^(-2 l_i C) = T, at which the gradient flow passes the threshold: floats around it.

    Args:
        curvatures: l_i, as for `epochs_to_threshold`.
        parts: p_i, likewise.
        threshold: T, positive and at most the loss at the start.

    Returns:
        Two floats, with C between them.

    Raises:
        TypeError, ValueError: as `epochs_to_threshold`, and for T out of range.

    Example:
        >>> low, high = flow_time([1, 2], [1, 0], Fraction(1, 4))
        >>> low <= 0.6931471805599453 <= high
        True
    """
    rates, gaps = _quadratic(curvatures, parts)
    T = rational(threshold, "threshold")
    if not 0 < T <= sum(gaps, fmpq(0)):
        raise ValueError(f"threshold is {shown(threshold)}: expected above 0, and at most the loss at the start, {sum(gaps, fmpq(0))}")
    saved, ctx.prec = ctx.prec, BITS
    try:
        low, high = fmpq(0), fmpq(1)
        while not _flow(rates, gaps, high) < arb(T):
            high *= 2
        for _ in range(FINEST):
            middle = (low + high) / 2
            value = _flow(rates, gaps, middle)
            if value < arb(T):
                high = middle
            elif value >= arb(T):
                low = middle
            else:
                break
        return enclosing_floats(arb(low))[0], enclosing_floats(arb(high))[1]
    finally:
        ctx.prec = saved


def epoch_bounds(curvatures: Sequence[Any], parts: Sequence[Any], step: Any, threshold: Any) -> tuple[int, int]:
    """C (1 - a L)/a < E <= C/a + 1, for a step a below 1/L, L the largest curvature.

    Args:
        curvatures: l_i, as for `epochs_to_threshold`.
        parts: p_i, likewise.
        step: a, below 1/L.
        threshold: T, positive and at most the loss at the start, so that E >= 1.

    Returns:
        The least and the largest E that the bounds allow.

    Raises:
        TypeError, ValueError: as `flow_time`, and for a step that is not below 1/L.

    Example:
        >>> epoch_bounds([1, 2], [1, 3], 0.01, 0.5), epochs_to_threshold([1, 2], [1, 3], 0.01, 0.5)
        ((64, 65), 65)
    """
    rates, _ = _quadratic(curvatures, parts)
    a = rational(step, "step")
    if not 0 < a * max(rates) < 1:
        raise ValueError(f"step is {shown(step)}: expected above 0 and below 1/{max(rates)}")
    low, high = (Fraction(value) / Fraction(int(a.p), int(a.q)) for value in flow_time(curvatures, parts, threshold))
    share = 1 - a * max(rates)
    return max(1, math.floor(low * Fraction(int(share.p), int(share.q))) + 1), math.floor(high) + 1


def steps_from_one_start(step: Any, epochs: int, other_epochs: int, largest: Any = 0) -> tuple[Fraction, Fraction | None]:
    """The steps b with a (E_a - 1)(1 - b L) < b E_b and b (E_b - 1)(1 - a L) < a E_a: needed for one start on one quadratic.

    Args:
        step: a > 0.
        epochs: E_a, the first epoch in which the loss is below the threshold, at least 1.
        other_epochs: E_b, likewise.
        largest: L, the largest curvature or a bound of it, with a L < 1.

    Returns:
        The ends of the open interval of b; None for the upper end where there is none. It holds for b L < 1.

    Raises:
        TypeError: a number is no number.
        ValueError: a number out of range.

    Example:
        >>> steps_from_one_start(Fraction(1, 10), 1000, 10)
        (Fraction(999, 100), Fraction(100, 9))
    """
    a, L = (Fraction(int(x.p), int(x.q)) for x in (rational(step, "step"), rational(largest, "largest")))
    for name, count in (("epochs", epochs), ("other_epochs", other_epochs)):
        if not whole(count, 1):
            raise ValueError(f"{name} is {shown(count)}: expected an integer, at least 1")
    if not (a > 0 and L >= 0 and a * L < 1):
        raise ValueError(f"step {a} with the largest curvature {L}: expected a positive step below its inverse")
    before = a * (epochs - 1)
    return before / (other_epochs + before * L), a * epochs / ((other_epochs - 1) * (1 - a * L)) if other_epochs > 1 else None


def _quadratic(curvatures: Sequence[Any], parts: Sequence[Any]) -> tuple[list[fmpq], list[fmpq]]:
    rates = numbers(curvatures, len(curvatures), "curvatures")
    gaps = numbers(parts, len(rates), "parts")
    if not rates or min(rates) <= 0 or min(gaps) < 0:
        raise ValueError(f"curvatures {shown(curvatures)} and parts {shown(parts)}: expected positive ones, and parts of 0 or more")
    return rates, gaps


def _below(factors: list[fmpq], gaps: list[fmpq], steps: int, threshold: fmpq) -> bool:
    saved, ctx.prec = ctx.prec, BITS
    try:
        loss, T = sum((arb(gap) * arb(factor) ** steps for factor, gap in zip(factors, gaps, strict=True)), arb(0)), arb(threshold)
        if loss < T:
            return True
        if loss >= T:
            return False
    finally:
        ctx.prec = saved
    return sum((gap * factor**steps for factor, gap in zip(factors, gaps, strict=True)), fmpq(0)) < threshold


def _flow(rates: list[fmpq], gaps: list[fmpq], time: fmpq) -> arb:
    return sum((arb(gap) * arb(-2 * rate * time).exp() for rate, gap in zip(rates, gaps, strict=True)), arb(0))


__all__ = ["TABLE_1", "epoch_bounds", "epochs_to_threshold", "flow_time", "steps_from_one_start"]
