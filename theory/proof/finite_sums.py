"""What SymPy finds true of finite sums and products as soon as it is written down, corrected: it must never reach a theorem.

SymPy stops adding where a term is small: it takes exp(-200) + exp(200), written as a sum over two indices, for exp(-200) alone, and so
finds "this sum <= 1" true. The table in which it looks up how to evaluate a sum is corrected. And it forgets that a product may have no
factor, and be 1: it finds a product of zeros to be 0 for any number of factors, and one without factors to be <= 0.
"""

from __future__ import annotations

from typing import Any

from sympy import Add, Integer, Product, Sum
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


def _vanishes(product: Any) -> bool | None:
    """False where no factor vanishes; never True, for there may be no factor."""
    if product.has_empty_sequence or (product.function.is_zero is False and product.has_finite_limits):
        return False
    return None


Product._prop_handler["zero"] = _vanishes
Product._prop_handler.pop("extended_nonpositive")
