"""What a user hands in, checked: exact numbers, float64 arrays, tensors of one type, balls; refusals in one line."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable
from fractions import Fraction
from numbers import Integral
from typing import Any

import numpy as np
import sympy as sp
from flint import arb

NO_NUMBER = (sp.nan, sp.zoo, sp.oo, -sp.oo)


def whole(value: Any, least: int) -> bool:
    """Whether a value is an integer of Python or NumPy, no truth value, and not too small."""
    return isinstance(value, int | np.integer) and not isinstance(value, bool) and int(value) >= least


def shown(value: Any) -> str:
    """The value for an error message: one line, not long."""
    text = " ".join(repr(value).split())
    return text if len(text) <= 60 else f"{text[:60]}..."


def exact_number(value: Any, name: str) -> sp.Expr:
    """The exact real number that an int, a Fraction or a closed SymPy expression means.

    Raises:
        TypeError: for floats, truth values and anything else that is no exact number, and for free symbols.
        ValueError: for an infinite, undefined or complex value.
    """
    if isinstance(value, bool | sp.Float) or not isinstance(value, Integral | Fraction | sp.Expr):
        raise TypeError(f"{name} is {shown(value)}: expected an exact number, i.e. int, Fraction or SymPy number")
    number = sp.Integer(int(value)) if isinstance(value, Integral) else sp.sympify(value)
    if number.free_symbols or number.has(sp.Float):
        raise TypeError(f"{name} is {number}: expected an exact number without symbols or floats")
    if number.has(*NO_NUMBER) or number.is_real is not True:
        raise ValueError(f"{name} is {number}: expected a finite real number")
    return number


def float64(value: Any, name: str) -> np.ndarray:
    """The value as a finite float64 array; exact numbers are rounded, arrays of other dtypes refused.

    Raises:
        TypeError: for an array that is not float64.
        ValueError: for NaN and infinity.
    """
    array = np.asarray(value if isinstance(value, np.ndarray | np.generic | float) else rounded(value, name))
    if array.dtype != np.float64:
        raise TypeError(f"{name} has dtype {array.dtype}: expected float64, convert it with .astype('float64')")
    demand_finite(array, np.isfinite(array), name, "expected finite numbers")
    return array


def rounded(value: Any, name: str) -> float:
    """The double nearest to an exact number, or a float as it is; ValueError where it overflows."""
    result = float(value) if isinstance(value, float) else float(exact_number(value, name))
    if math.isinf(result) and not isinstance(value, float):
        raise ValueError(f"{name} is {shown(value)}: too large for float64")
    return result


def route(values: Iterable[Any]) -> str:
    """How these values are evaluated together: "exact", "numpy", "torch" or "ball". Torch is not imported to find out.

    Exact numbers go with everything, Python floats with arrays and tensors.

    Raises:
        TypeError: for arrays, tensors or balls mixed with each other.
    """
    kinds = {_kind(v) for v in values} - {"exact"}
    if kinds == {"float", "torch"}:
        return "torch"
    if kinds <= {"float", "numpy"}:
        return "numpy" if kinds else "exact"
    if len(kinds) > 1:
        raise TypeError(f"the arguments mix {' and '.join(sorted(kinds))}: give all of them as one kind")
    return kinds.pop()


def _kind(value: Any) -> str:
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(value, torch.Tensor):
        return "torch"
    if isinstance(value, arb):
        return "ball"
    if isinstance(value, float):
        return "float"
    # NumPy's integer scalars are exact integers
    array = isinstance(value, np.ndarray | np.generic) and not isinstance(value, np.integer)
    return "numpy" if array else "exact"


def one_type(tensors: list[tuple[str, Any]]) -> Any:
    """The first of some named tensors, after checking that all share one real floating dtype and one device.

    Raises:
        TypeError: for no tensor at all, integers, complex numbers, several dtypes or devices.
    """
    if not tensors:
        raise TypeError("none of the arguments is a tensor: give at least one")
    first, like = tensors[0]
    for name, tensor in tensors:
        if not tensor.is_floating_point():
            raise TypeError(f"{name} has dtype {tensor.dtype}: expected real floats, convert it with .to(torch.float64)")
        if (tensor.dtype, tensor.device) != (like.dtype, like.device):
            found = f"{name} is {tensor.dtype} on {tensor.device}, {first} is {like.dtype} on {like.device}"
            raise TypeError(f"{found}: expected one dtype and one device")
    return like


def demand_finite(values: Any, finite: Any, name: str, remedy: str) -> None:
    """ValueError that shows the first entry of an array or tensor whose mask `finite` is false."""
    if not bool(finite.all()):
        raise ValueError(f"{name} holds {values[~finite].flatten()[0].item()}: {remedy}")
