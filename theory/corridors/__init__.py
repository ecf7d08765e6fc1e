"""Dherin & Rosca 2024: corridors, the regions where gradient flow runs along straight lines and gradient descent follows it."""

from theory.corridors.recognise import CorridorVerdict, gradient_flow, hessian_gradient, is_corridor
from theory.corridors.steps import corridor_step, momentum_displacement, momentum_iterates, rk4_step

__all__ = [
    "CorridorVerdict",
    "corridor_step",
    "gradient_flow",
    "hessian_gradient",
    "is_corridor",
    "momentum_displacement",
    "momentum_iterates",
    "rk4_step",
]
