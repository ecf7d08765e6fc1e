"""Dherin & Rosca 2024: corridors, the regions where gradient flow runs along straight lines and gradient descent follows it."""

from theory.corridors.recognise import CorridorVerdict, gradient_flow, hessian_gradient, is_corridor

__all__ = ["CorridorVerdict", "gradient_flow", "hessian_gradient", "is_corridor"]
