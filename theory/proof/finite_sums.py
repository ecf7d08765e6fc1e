"""The value of a finite sum of numbers, term by term: SymPy's own stops adding where a term is small.

SymPy takes exp(-200) + exp(200), written as a sum over two indices, for exp(-200) alone, and so finds "this sum <= 1" true as soon as it is
written down. Such a comparison must never reach a theorem, so the table in which SymPy looks up how to evaluate a sum is corrected.
"""

from __future__ import annotations

from typing import Any

from sympy import Add, Integer, Sum
from sympy.core.evalf import evalf, evalf_table

LONGEST = 1000  # terms that are written out; a longer sum is not compared


def _term_by_term(total: Any, precision: int, options: Any) -> Any:
    """The sum of all terms.

    Raises:
        NotImplementedError: the sum is infinite, nested, or too long; SymPy then leaves it as it is.
    """
    if len(total.limits) != 1 or len(total.limits[0]) != 3:
        raise NotImplementedError
    index, low, high = total.limits[0]
    if not (isinstance(low, Integer) and isinstance(high, Integer) and -1 <= high - low < LONGEST):
        raise NotImplementedError
    return evalf(Add(*(total.function.subs(index, n) for n in range(int(low), int(high) + 1))), precision, options)


evalf_table[Sum] = _term_by_term
