"""The leading term of a polynomial in t and in logarithms of polynomials, where t tends to 0, to infinity or to minus infinity. Exact.

With t = s, 1/s or -1/s every log P(t) is a multiple of log s plus a power series in s, whose coefficients are rational up to one logarithm.
"""

from __future__ import annotations

from collections.abc import Mapping

from sympy import Dummy, Expr, Poly, S, expand, log

from theory.lipschitz.symbols import t
from theory.proof import sign

ORDERS = (4, 12, 36)  # terms of a series, tried in turn
LAMBDA = Dummy("lambda", real=True)  # log s, where s > 0 tends to 0


def leading_term(N: Expr, logs: Mapping[Expr, Expr], end: Expr) -> tuple[int, int, Expr] | None:
    """(n, m, c): N is c s^n (log s)^m to leading order; None where that was not found.

    Args:
        N: a polynomial in t and in the letters of the logarithms.
        logs: the polynomial under each logarithm, positive near the end.
        end: 0 (from above), oo or -oo.
    """
    inverse = end is not S.Zero
    poly = Poly(N, t, *logs)
    degree = poly.degree(t) if inverse else 0
    turned = -1 if end is S.NegativeInfinity else 1
    for order in ORDERS:
        rows = [_log_series(under, end, order) for under in logs.values()]
        total = [S.Zero] * order
        for (power, *powers), coefficient in poly.terms():
            start = degree - power if inverse else power
            series = [coefficient * turned**power] + [S.Zero] * (order - 1)
            for row, times in zip(rows, powers, strict=True):
                for _ in range(times):
                    series = _times(series, row)
            for k in range(order - start):
                total[start + k] += series[k]
        for k, value in enumerate(total):
            for (power,), coefficient in Poly(expand(value), LAMBDA).terms():
                if coefficient != 0 and sign(coefficient) != 0:
                    return k - degree, power, coefficient
    return None


def _times(one: list[Expr], other: list[Expr]) -> list[Expr]:
    return [expand(sum((one[j] * other[k - j] for j in range(k + 1)), S.Zero)) for k in range(len(one))]


def _log_series(under: Expr, end: Expr, order: int) -> list[Expr]:
    """The logarithm of P(t) in powers of s, the first coefficient with log s."""
    rows = Poly(under, t).all_coeffs()
    if end is S.NegativeInfinity:
        rows = [c * (-1) ** (len(rows) - 1 - k) for k, c in enumerate(rows)]
    e = len(rows) - 1 if end is not S.Zero else 0
    rows = rows if end is not S.Zero else rows[::-1]
    skipped = next(k for k, c in enumerate(rows) if c != 0)
    rows = rows[skipped:]
    q = [c / rows[0] for c in rows] + [S.Zero] * order
    # k l_k = k q_k - sum_{j<k} j l_j q_{k-j}
    series = [log(rows[0]) + (skipped - e) * LAMBDA]
    for k in range(1, order):
        series.append(q[k] - sum((j * series[j] * q[k - j] for j in range(1, k)), S.Zero) / k)
    return series


__all__ = ["leading_term"]
