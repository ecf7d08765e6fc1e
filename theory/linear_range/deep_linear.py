"""The nonlinear measurement of scalar deep linear networks u_{i+1} = s_i u_i, exactly, as a function of the step. (equation 13).

With two layers epsilon is proportional to |psi|, so the linear range is an interval. With three it need not be one: see `range_set`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sympy import Abs, Expr, Integer, S, Symbol, cancel

from theory.linear_range.exactly import is_zero
from theory.values import exact_number


def deep_linear_measurement(weights: Sequence[Any], directions: Sequence[Any], step_size: Any) -> Expr:
    """Epsilon = (1/I) sum_i |u_new,i - u_old,i - v_i psi| / |v_i psi|, where u_i = s_{i-1} ... s_0 (the input cancels).

    Args:
        weights: s_0, ..., s_{I-1}, exact numbers.
        directions: sigma_0, ..., sigma_{I-1}, exact numbers; the weights move to s_i + psi sigma_i.
        step_size: psi, an exact number that is not 0, or a real symbol.

    Returns:
        The exact number; for a symbol, an expression in it that is epsilon wherever psi is not 0.

    Raises:
        TypeError: for floats and other inexact numbers.
        ValueError: for no layers, lists of different lengths, the step 0, a layer whose tangent v_i is 0 ((13) divides by it),
            or whose sign cannot be settled.

    Source:
        Ni & Talnikar, equation 13.

    Example:
        >>> deep_linear_measurement([1, 1], [1, 1], 1)
        1/4
        >>> deep_linear_measurement([1, 1], [1, 1], Symbol("psi", real=True))
        Abs(psi)/4
    """
    s = [exact_number(w, f"weights[{n}]") for n, w in enumerate(weights)]
    d = [exact_number(w, f"directions[{n}]") for n, w in enumerate(directions)]
    if not s or len(s) != len(d):
        raise ValueError(f"found {len(s)} weights and {len(d)} directions: expected one or more layers, and one direction a layer")
    symbolic = isinstance(step_size, Symbol)
    psi = step_size if symbolic else exact_number(step_size, "step_size")
    if symbolic and psi.is_real is not True:
        raise TypeError(f"step_size is the symbol {psi}: expected a real one, Symbol({psi.name!r}, real=True)")
    if not symbolic and is_zero(psi, "step_size"):
        raise ValueError("step_size is 0: nothing moves, and (13) reads 0/0; expected another step")
    old, new, tangent, total = S.One, S.One, S.Zero, S.Zero
    for layer, (weight, direction) in enumerate(zip(s, d, strict=True), start=1):
        old, new, tangent = weight * old, (weight + psi * direction) * new, weight * tangent + direction * old
        if is_zero(tangent, f"the tangent of layer {layer}"):
            raise ValueError(f"the tangent of layer {layer} is 0: (13) divides by its size, so epsilon is no number there")
        total += Abs(cancel((new - old - psi * tangent) / (psi * tangent)))
    return total / Integer(len(s))


__all__ = ["deep_linear_measurement"]
