"""Ni & Talnikar 2019: tangent and adjoint solutions of a network, their equivalence, and the linear range of a step."""

from theory.linear_range.layers import Layer, homogeneous_tangent, objective_value, states
from theory.linear_range.sensitivities import adjoint, sensitivity, tangent

__all__ = ["Layer", "adjoint", "homogeneous_tangent", "objective_value", "sensitivity", "states", "tangent"]
