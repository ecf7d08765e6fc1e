"""Random polynomial networks for the public functions, with the composition that the tests differentiate by themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from sympy import Expr, Matrix, Symbol, symbols, sympify

from theory.linear_range import Layer

psi = Symbol("psi")
SMALL = st.integers(-2, 2)


@dataclass
class Chain:
    """A network, an input, parameters, directions and an objective of every state and parameter."""

    layers: list[Layer]
    x: list[int]
    parameters: list[list[int]]
    directions: list[list[int]]
    objective: dict[int, Layer]

    @property
    def depth(self) -> int:
        return len(self.layers)

    def moved(self, step: Any = psi) -> list[list[Any]]:
        pairs = zip(self.parameters, self.directions, strict=True)
        return [[s + step * d for s, d in zip(group, ds, strict=True)] for group, ds in pairs]

    def path(self, parameters: list[list[Any]], start: int = 0, state: Any = None) -> list[Matrix]:
        """The states from a given one on, by substituting one layer after the other."""
        states = [Matrix(self.x if state is None else state)]
        for layer, s in list(zip(self.layers, parameters, strict=False))[start:]:
            states.append(Matrix(put(layer, states[-1], s)).expand())
        return states

    def value(self, states: list[Matrix], parameters: list[list[Any]], start: int = 0) -> Expr:
        return sum((put(self.objective[i], u, parameters[i])[0] for i, u in enumerate(states, start)), sympify(0))


def put(layer: Layer, state: Any, parameters: Any) -> list[Any]:
    values = dict(zip((*layer.state, *layer.parameters), (*state, *parameters), strict=True))
    return [e.xreplace(values) for e in layer.image]


def _formula(draw: st.DrawFn, state: tuple[Symbol, ...], parameters: tuple[Symbol, ...]) -> Expr:
    variables = (*state, *parameters)
    product = draw(st.sampled_from(variables)) * draw(st.sampled_from(state))
    return sum((draw(SMALL) * term for term in (*variables, product)), sympify(draw(SMALL)))


@st.composite
def chains(draw: st.DrawFn, deepest: int = 3, only_last: bool = False) -> Chain:
    depth = draw(st.integers(1, deepest))
    widths, counts = (draw(st.lists(st.integers(1, 2), min_size=depth + 1, max_size=depth + 1)) for _ in range(2))
    states = [symbols(f"u{i}_1:{m + 1}") for i, m in enumerate(widths)]
    names = [symbols(f"s{i}_1:{n + 1}") for i, n in enumerate(counts)]
    layers = [Layer([_formula(draw, states[i], names[i]) for _ in range(widths[i + 1])], states[i], names[i]) for i in range(depth)]
    objective = {i: Layer(_formula(draw, states[i], () if only_last else names[i]), states[i], names[i]) for i in range(depth + 1)}
    if only_last:
        objective |= {i: Layer(0, states[i], names[i]) for i in range(depth)}

    def numbers(count: int) -> list[int]:
        return draw(st.lists(SMALL, min_size=count, max_size=count))

    return Chain(layers, numbers(widths[0]), [numbers(n) for n in counts], [numbers(n) for n in counts], objective)
