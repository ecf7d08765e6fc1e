"""Dherin & Rosca 2024: corridors, the regions where gradient flow runs along straight lines and gradient descent follows it."""

from theory.corridors.polyak_convex import guaranteed_down_to
from theory.corridors.recognise import CorridorVerdict, gradient_flow, hessian_gradient, is_corridor
from theory.corridors.step_regimes import Regime, condition_number, settles, thresholds
from theory.corridors.steps import corridor_step, momentum_displacement, momentum_iterates, rk4_step

__all__ = [
    "CorridorVerdict",
    "Regime",
    "condition_number",
    "corridor_step",
    "gradient_flow",
    "guaranteed_down_to",
    "hessian_gradient",
    "is_corridor",
    "momentum_displacement",
    "momentum_iterates",
    "rk4_step",
    "settles",
    "thresholds",
]
