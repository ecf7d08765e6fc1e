"""Random tanh networks in float64: states, tangents of first and second order, adjoints, and the measurement (13), all by hand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

Vector = np.ndarray


@dataclass
class Net:
    """u(i+1) = tanh(W_i u(i)), moved to W_i + psi S_i."""

    weights: list[np.ndarray]
    moves: list[np.ndarray]
    x: Vector

    def states(self, psi: float) -> list[Vector]:
        states = [self.x]
        for w, s in zip(self.weights, self.moves, strict=True):
            states.append(np.tanh((w + psi * s) @ states[-1]))
        return states

    def tangents(self) -> tuple[list[Vector], list[Vector]]:
        """v_i, and v'_i = half of the second derivative of u_i in psi."""
        first, second = [np.zeros_like(self.x)], [np.zeros_like(self.x)]
        old = self.states(0)
        for i, (w, s) in enumerate(zip(self.weights, self.moves, strict=True)):
            gate = 1 - old[i + 1] ** 2
            speed = w @ first[i] + s @ old[i]
            bend = w @ second[i] + s @ first[i]
            first.append(gate * speed)
            second.append(gate * bend - old[i + 1] * gate * speed**2)
        return first, second

    def errors(self, psi: float) -> list[Vector]:
        old, new, (v, _) = self.states(0), self.states(psi), self.tangents()
        return [b - a - psi * t for a, b, t in zip(old, new, v, strict=True)]

    def epsilon(self, psi: float) -> float:
        v, _ = self.tangents()
        ratios = [np.linalg.norm(e) / np.linalg.norm(psi * t) for e, t in zip(self.errors(psi)[1:], v[1:], strict=True)]
        return float(np.mean(ratios))

    def slope(self) -> float:
        """C, the mean of |v'_i|/|v_i|."""
        return float(np.mean([np.linalg.norm(b) / np.linalg.norm(a) for a, b in zip(*(t[1:] for t in self.tangents()), strict=True)]))

    def along(self, factor: float) -> Net:
        return Net(self.weights, [factor * s for s in self.moves], self.x)


def net_of(seed: int, widths: list[int]) -> Net:
    dice = np.random.default_rng(seed)
    shapes = [(rows, columns) for columns, rows in zip(widths, widths[1:], strict=False)]
    weights, moves = ([dice.normal(0, 1 / np.sqrt(shape[1]), shape) for shape in shapes] for _ in range(2))
    return Net(weights, moves, dice.normal(size=widths[0]))


nets = st.builds(net_of, st.integers(0, 10**6), st.lists(st.integers(1, 5), min_size=2, max_size=6))
