"""Systems with known answers: maps of every kind, each with a start, a cycle and where to look."""

from dataclasses import dataclass
from typing import Any

import torch
from sympy import Abs, Rational

from dynamics import (
    DeepLinearMap,
    GradientMap,
    SymbolicMap,
    TorchMap,
    TwoLayerReluMap,
    heavy_ball,
    nesterov,
    normalised_descent,
    polyak_descent,
    runge_kutta_flow,
    sign_descent,
)
from tests.dynamics.known_maps import DOUBLE_WELL, DOUBLING, HENON, LOGISTIC, NEWTON, TENT, a, b, r, x, y

R = Rational
ONE = torch.ones(1, 1, dtype=torch.float64)
BOWL = x**2


@dataclass(frozen=True)
class System:
    """A map, a start, the points of a cycle, a box that holds what is of interest, and values of its parameter to search."""

    map: Any
    start: Any
    cycle: Any
    box: Any = (-2, 2)
    within: Any = (R(1, 10), 5)


def logistic(rate):
    return SymbolicMap(LOGISTIC, x, {r: rate})


def well(step):
    return GradientMap(DOUBLE_WELL, x, step)


def row(*values):
    return torch.tensor([values], dtype=torch.float64)


SYSTEMS = {
    "logistic 5/2": System(logistic(R(5, 2)), 0.3, [R(3, 5)], (0, 1)),
    "logistic 16/5": System(logistic(R(16, 5)), 0.3, [0.513045, 0.799455], (0, 1)),
    "logistic 4": System(logistic(4), 0.3, [R(3, 4)], (0, 1)),
    "tent 19/10": System(SymbolicMap(TENT, x, {r: R(19, 10)}), 0.3, [R(19, 29)], (0, 1)),
    "doubling": System(SymbolicMap(DOUBLING, x), 0.3, [R(1, 3), R(2, 3)], (R(-1, 5), R(9, 10))),
    "Henon": System(SymbolicMap(HENON, (x, y), {a: R(7, 5), b: R(3, 10)}), (0.1, 0.1), [(0.6314, 0.1894)], (-1, 1)),
    "Newton": System(SymbolicMap(NEWTON, x), 0.3, [0.57735, -0.57735], (-20, 20)),
    "well 1/2": System(well(R(1, 2)), 0.3, [1]),
    "well 11/10": System(well(R(11, 10)), 0.3, [1.1161, 0.8146]),
    "well 2": System(well(2), 0.3, [0], (R(-3, 2), R(3, 2))),
    "quadratic 1/4": System(GradientMap(BOWL, x, R(1, 4)), 0.3, [0]),
    "quadratic 1": System(GradientMap(BOWL, x, 1), 0.3, [R(3, 10), R(-3, 10)]),
    "quadratic 5/4": System(GradientMap(BOWL, x, R(5, 4)), 0.3, [0]),
    "heavy ball": System(heavy_ball(BOWL, x, R(1, 4), R(1, 4)), (0.3, 0.0), [(0, 0)]),
    "Nesterov": System(nesterov(BOWL, x, R(1, 4), R(1, 4)), (0.3, 0.0), [(0, 0)]),
    "sign": System(sign_descent(BOWL, x, R(1, 2)), 0.125, [R(1, 8), R(-3, 8)]),
    "normalised": System(normalised_descent(x**2 + y**2, (x, y), R(1, 2)), (0.125, 0.0), [(R(1, 8), 0), (R(-3, 8), 0)]),
    "Runge-Kutta": System(runge_kutta_flow(BOWL, x, R(1, 2)), 0.3, [0]),
    "Polyak": System(polyak_descent(BOWL, x), 0.3, [0]),
    "cusp": System(GradientMap(R(2, 3) * Abs(x) ** R(3, 2), x, 1), 0.3, [R(1, 4), R(-1, 4)]),
    "deep linear": System(DeepLinearMap(ONE, [1, 1, 1], 0.1), row(0.5, 0.5), [(1, 1)]),
    "two-layer ReLU": System(TwoLayerReluMap(ONE, ONE, torch.zeros(1, dtype=torch.float64), 0.1, factor=0.5), row(0.5, 0.5), [(1, 1)]),
    "torch": System(TorchMap(lambda w: (w[0] ** 2 + 2 * w[1] ** 2) / 2, row(0, 0)[0], 0.5), row(0.5, 0.5), [(0, 0)]),
}


NETWORKS = ("deep linear", "two-layer ReLU", "torch")
SCALAR = tuple(name for name, s in SYSTEMS.items() if getattr(s.map, "scalar", False))
PLANE = tuple(name for name in SYSTEMS if name not in (*SCALAR, *NETWORKS))
