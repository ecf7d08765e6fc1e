"""Networks of symbolic layers: their states, tangent and adjoint solutions, and both sensitivities. (Section 2).

A layer is a formula that its user writes down, u_{i+1} = f_i(u_i, s_i); numbers and symbols go in, and exact ones come out. The
sensitivity of an objective to a direction has two routes, forwards by `tangent` and backwards by `adjoint`, which agree (equation 12).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sympy as sp

from theory.evidence import implements
from theory.values import NO_NUMBER, shown

# SymPy differentiates these too, but at a kink there is no derivative
WITH_KINKS = (sp.Abs, sp.Max, sp.Min, sp.sign, sp.Heaviside, sp.Piecewise, sp.floor, sp.ceiling)
Objective = Mapping[Any, Any]  # {i: J_i}, layers with one output; what a user hands in is checked


@dataclass(frozen=True, init=False)
class Layer:
    """f(u, s): a column of formulas in the entries of a state and of parameters, and in any other symbols, which are constants.

    Attributes:
        image: the column f(u, s), of shape (m, 1).
        state: the symbols of the state's entries.
        parameters: the symbols of the parameters.

    Raises:
        TypeError: a variable is no symbol.
        ValueError: a symbol stands for two entries; the image is no column; a function in it has kinks (write the piece that applies).

    Example:
        >>> from sympy import symbols, tanh
        >>> u, w, b = symbols("u w b")
        >>> Layer(tanh(w * u + b), u, (w, b)).by_parameters
        Matrix([[u*(1 - tanh(b + u*w)**2), 1 - tanh(b + u*w)**2]])
    """

    image: sp.ImmutableMatrix
    state: tuple[sp.Symbol, ...]
    parameters: tuple[sp.Symbol, ...]

    def __init__(self, image: Any, state: Any, parameters: Any = ()) -> None:
        column = _column(image, "the image")
        variables = [tuple(_entries(v)) for v in (state, parameters)]
        names = [name for group in variables for name in group]
        if not all(isinstance(name, sp.Symbol) for name in names):
            raise TypeError(f"the variables of a layer are symbols, found {shown(names)}")
        if len(set(names)) < len(names):
            raise ValueError(f"each symbol stands for one entry of the state or of the parameters, found {shown(names)}")
        if column.has(*WITH_KINKS):
            found = sorted({type(e).__name__ for e in column.atoms(*WITH_KINKS)})
            raise ValueError(f"{', '.join(found)} is not differentiable everywhere: write the piece of the layer that applies")
        for name, value in zip(("image", "state", "parameters"), (column, *variables), strict=True):
            object.__setattr__(self, name, value)

    @property
    def by_state(self) -> sp.ImmutableMatrix:
        """f_u, of shape (m, length of the state)."""
        return self._jacobian(self.state)

    @property
    def by_parameters(self) -> sp.ImmutableMatrix:
        """f_s, of shape (m, number of parameters)."""
        return self._jacobian(self.parameters)

    def _jacobian(self, variables: tuple[sp.Symbol, ...]) -> sp.ImmutableMatrix:
        return sp.ImmutableMatrix(len(self.image), len(variables), [sp.diff(e, v) for e in self.image for v in variables])

    def at(self, formula: sp.ImmutableMatrix, state: Any, parameters: Any) -> sp.ImmutableMatrix:
        """A formula of this layer (`image`, `by_state`, `by_parameters`) at a state and at parameters.

        Raises:
            ValueError: lengths that do not fit, or a value that is no finite number.
        """
        values = [_entries(state), _entries(parameters)]
        for name, symbols, entries in zip(("state", "parameters"), (self.state, self.parameters), values, strict=True):
            if len(entries) != len(symbols):
                raise ValueError(f"the layer has {len(symbols)} entries of its {name}, {shown(symbols)}; found {len(entries)}")
        result = formula.subs(dict(zip((*self.state, *self.parameters), (*values[0], *values[1]), strict=True)), simultaneous=True)
        if result.has(*NO_NUMBER):
            raise ValueError(f"the layer {shown(list(self.image))} is not defined at {shown(values)}")
        return result


def _entries(value: Any) -> list[sp.Expr]:
    """The entries of a column, or the one of a number: exact."""
    if isinstance(value, sp.MatrixBase | str) or not isinstance(value, Iterable):
        value = list(value) if isinstance(value, sp.MatrixBase) else [value]
    entries = []
    for entry in value:
        expression = sp.sympify(entry) if not isinstance(entry, bool | str) else None
        if not isinstance(expression, sp.Expr) or expression.has(sp.Float):
            raise TypeError(f"found {shown(entry)}: expected exact numbers and SymPy expressions, no floats")
        if expression.has(*NO_NUMBER):
            raise ValueError(f"found {expression}: expected finite numbers")
        entries.append(expression)
    return entries


def _column(value: Any, name: str) -> sp.ImmutableMatrix:
    if isinstance(value, sp.MatrixBase) and value.cols != 1:
        raise ValueError(f"{name} has the shape {value.shape}: expected a column")
    entries = _entries(value)
    return sp.ImmutableMatrix(len(entries), 1, entries)


@implements("ni-talnikar:equation-1")
def states(layers: Sequence[Layer], x: Any, parameters: Sequence[Any]) -> list[sp.ImmutableMatrix]:
    """u_0 = x, u_{i+1} = f_i(u_i, s_i): the columns [u_0, ..., u_I].

    Args:
        layers: [f_0, ..., f_{I-1}], one or more.
        x: the input, a number or a column of the length that f_0 takes.
        parameters: [s_0, ..., s_{I-1}], and s_I where the objective has parameters of its own.

    Raises:
        TypeError: for floats.
        ValueError: for no layers, a wrong number of parameters, lengths that do not chain, a layer that is not defined there.

    Source:
        Equation 1.

    Example:
        >>> u, s = sp.symbols("u s")
        >>> states([Layer(s * u, u, s)] * 2, 1, [2, 3])
        [Matrix([[1]]), Matrix([[2]]), Matrix([[6]])]
    """
    demand_length("parameters", parameters, layers)
    path = [_column(x, "x")]
    for layer, s in zip(layers, parameters, strict=False):
        path.append(layer.at(layer.image, path[-1], s))
    return path


def demand_length(name: str, values: Any, layers: Sequence[Layer]) -> None:
    """ValueError unless there is one entry for each layer, and one more at most."""
    if not layers:
        raise ValueError("layers is empty: expected at least one layer")
    if not isinstance(values, list | tuple) or len(values) not in (len(layers), len(layers) + 1):
        raise ValueError(
            f"{name} is {shown(values)}: expected a list, one entry for each of the {len(layers)} layers, and one more at most"
        )


@implements("ni-talnikar:equation-2")
def objective_value(objective: Objective, path: Sequence[sp.ImmutableMatrix], parameters: Sequence[Any]) -> sp.Expr:
    """J = sum over i of J_i(u_i, s_i).

    Args:
        objective: {i: J_i}, layers with one output; a state that it does not name adds nothing.
        path: the states [u_0, ..., u_I].
        parameters: [s_0, ..., s_{I-1}] or [s_0, ..., s_I].

    Raises:
        ValueError: an index outside 0, ..., I, a term with several outputs, parameters that do not fit.

    Source:
        Equation 2.

    Example:
        >>> u, s = sp.symbols("u s")
        >>> path = states([Layer(s * u, u, s)] * 2, 1, [2, 3])
        >>> objective_value({1: Layer(u, u), 2: Layer(u**2 / 2, u)}, path, [2, 3])
        20
    """
    terms = [term_at(objective, i, path[i], parameters, "image") for i in named_states(objective, len(path) - 1)]
    return sp.Add(*(value[0] for value in terms))


def named_states(objective: Objective, last: int) -> list[int]:
    """The states that the objective sees, after a check of its terms."""
    for i, term in objective.items():
        if not isinstance(i, int) or not 0 <= i <= last:
            raise ValueError(f"the objective has a term for state {i}: the states are 0 to {last}")
        if not isinstance(term, Layer) or len(term.image) != 1:
            raise ValueError(f"the term of state {i} is {shown(term)}: expected a Layer with one output")
    return sorted(objective)


def term_at(objective: Objective, i: int, u: sp.ImmutableMatrix, parameters: Sequence[Any], formula: str) -> sp.ImmutableMatrix:
    """J_i, J_ui or J_si; a term without parameters of its own takes none."""
    term = objective[i]
    s = parameters[i] if term.parameters and i < len(parameters) else ()
    return term.at(getattr(term, formula), u, s)


@implements("ni-talnikar:definition-homogeneous-tangent")
def homogeneous_tangent(layers: Sequence[Layer], x: Any, parameters: Sequence[Any], start: Any, w: Any) -> list[sp.ImmutableMatrix]:
    """w_{i+1} = f_ui w_i from w_l = w: the columns [w_l, ..., w_I], what a move of the state l does with the parameters fixed.

    Args:
        layers: [f_0, ..., f_{I-1}].
        x: the input.
        parameters: [s_0, ..., s_{I-1}].
        start: l, from 0 to I.
        w: the move of u_l, of its length.

    Raises:
        ValueError: a start outside the network, lengths that do not fit.

    Source:
        Section 2.1, before equation 6.

    Example:
        >>> u, s = sp.symbols("u s")
        >>> homogeneous_tangent([Layer(s * u, u, s)] * 2, 1, [2, 3], 0, 1)
        [Matrix([[1]]), Matrix([[2]]), Matrix([[6]])]
    """
    path = states(layers, x, parameters)
    if not isinstance(start, int) or not 0 <= start < len(path):
        raise ValueError(f"start is {shown(start)}: the states are 0 to {len(path) - 1}")
    solution = [fitting(w, len(path[start]), "w")]
    for layer, u, s in list(zip(layers, path, parameters, strict=False))[start:]:
        solution.append(layer.at(layer.by_state, u, s) * solution[-1])
    return solution


def fitting(value: Any, length: int, name: str) -> sp.ImmutableMatrix:
    """The value as a column of this length."""
    column = _column(value, name)
    if len(column) != length:
        raise ValueError(f"{name} has {len(column)} entries: expected {length}")
    return column
