"""Tangent and adjoint solutions of symbolic layers, and the sensitivity dJ/dpsi by either. (equations 3, 5, 8 and 9)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import sympy as sp

from theory.linear_range.layers import Layer, Objective, demand_length, fitting, named_states, states, term_at
from theory.values import shown


def tangent(layers: Sequence[Layer], x: Any, parameters: Sequence[Any], directions: Sequence[Any]) -> list[sp.ImmutableMatrix]:
    """v_0 = 0, v_{i+1} = f_ui v_i + f_si sigma_i: the columns [v_0, ..., v_I], the derivatives of the states along the directions.

    Args:
        layers: [f_0, ..., f_{I-1}].
        x: the input.
        parameters: [s_0, ..., s_{I-1}], or with s_I.
        directions: [sigma_0, ..., sigma_{I-1}], or with sigma_I; sigma_i has the length of s_i.

    Raises:
        TypeError: for floats.
        ValueError: for lengths that do not fit.

    Source:
        Equation 3.

    Example:
        >>> u, s = sp.symbols("u s")
        >>> tangent([Layer(s * u, u, s)] * 2, 1, [2, 3], [1, 1])
        [Matrix([[0]]), Matrix([[1]]), Matrix([[5]])]
    """
    path = states(layers, x, parameters)
    demand_length("directions", directions, layers)
    solution = [sp.ImmutableMatrix.zeros(len(path[0]), 1)]
    for i, (layer, u, s) in enumerate(zip(layers, path, parameters, strict=False)):
        sigma = fitting(directions[i], len(layer.parameters), f"directions[{i}]")
        solution.append(layer.at(layer.by_state, u, s) * solution[-1] + layer.at(layer.by_parameters, u, s) * sigma)
    return solution


def adjoint(layers: Sequence[Layer], x: Any, parameters: Sequence[Any], objective: Objective) -> list[sp.ImmutableMatrix]:
    """vbar_I = J_uI, vbar_l = vbar_{l+1} f_ul + J_ul: the rows [vbar_0, ..., vbar_I], the derivatives of J in the states.

    Args:
        layers: [f_0, ..., f_{I-1}].
        x: the input.
        parameters: [s_0, ..., s_{I-1}], or with s_I.
        objective: {i: J_i}, layers with one output.

    Source:
        Equation 8; the printed vbar_{I+1} = 0 belongs to a layer that does not exist.

    Example:
        >>> u, s = sp.symbols("u s")
        >>> adjoint([Layer(s * u, u, s)] * 2, 1, [2, 3], {2: Layer((u - 5) ** 2 / 2, u)})
        [Matrix([[6]]), Matrix([[3]]), Matrix([[1]])]
    """
    path = states(layers, x, parameters)
    named = named_states(objective, len(layers))
    rows = [
        term_at(objective, i, u, parameters, "by_state") if i in named else sp.ImmutableMatrix.zeros(1, len(u)) for i, u in enumerate(path)
    ]
    solution = [rows[-1]]
    for i in reversed(range(len(layers))):
        solution.append(solution[-1] * layers[i].at(layers[i].by_state, path[i], parameters[i]) + rows[i])
    return solution[::-1]


def sensitivity(
    layers: Sequence[Layer],
    x: Any,
    parameters: Sequence[Any],
    directions: Sequence[Any],
    objective: Objective,
    by: Literal["tangent", "adjoint"] = "adjoint",
) -> sp.Expr:
    """dJ/dpsi = sum of J_ui v_i + J_si sigma_i, or = sum of vbar_{l+1} f_sl sigma_l + J_si sigma_i, at psi = 0 along s + psi sigma.

    Args:
        layers: [f_0, ..., f_{I-1}].
        x: the input.
        parameters: [s_0, ..., s_{I-1}], or with s_I.
        directions: [sigma_0, ..., sigma_{I-1}], or with sigma_I.
        objective: {i: J_i}, layers with one output.
        by: the route, "tangent" (equation 5) or "adjoint" (equation 9). Both give the same number (equation 12).

    Raises:
        TypeError: for floats.
        ValueError: for lengths that do not fit, or another route.

    Source:
        Equations 5 and 9.

    Example:
        >>> u, s = sp.symbols("u s")
        >>> network = dict(layers=[Layer(s * u, u, s)] * 2, x=1, parameters=[2, 3], directions=[1, 1])
        >>> sensitivity(**network, objective={2: Layer((u - 5) ** 2 / 2, u)})
        5
        >>> sensitivity(**network, objective={2: Layer((u - 5) ** 2 / 2, u)}, by="tangent")
        5
    """
    if by not in ("tangent", "adjoint"):
        raise ValueError(f"by is {shown(by)}: expected 'tangent' or 'adjoint'")
    path = states(layers, x, parameters)
    demand_length("directions", directions, layers)
    named = named_states(objective, len(layers))
    total = sp.Integer(0)
    for i in named:
        if objective[i].parameters:
            sigma = fitting(directions[i] if i < len(directions) else (), len(objective[i].parameters), f"directions[{i}]")
            total += (term_at(objective, i, path[i], parameters, "by_parameters") * sigma)[0]
    if by == "tangent":
        v = tangent(layers, x, parameters, directions)
        return sp.expand(total + sum((term_at(objective, i, path[i], parameters, "by_state") * v[i])[0] for i in named))
    rows = adjoint(layers, x, parameters, objective)
    for i, layer in enumerate(layers):
        sigma = fitting(directions[i], len(layer.parameters), f"directions[{i}]")
        total += (rows[i + 1] * layer.at(layer.by_parameters, path[i], parameters[i]) * sigma)[0]
    return sp.expand(total)
