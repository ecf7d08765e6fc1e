"""Ni & Talnikar 2019: tangent and adjoint solutions of a network, their equivalence, and the linear range of a step."""

from theory.linear_range.algorithm_1 import LinGradStep, lingrad
from theory.linear_range.certified import certified_range
from theory.linear_range.continuous_depth import continuous_measurement
from theory.linear_range.deep_linear import deep_linear_measurement
from theory.linear_range.finite_differences import finite_difference_tangent
from theory.linear_range.layers import Layer, homogeneous_tangent, objective_value, states
from theory.linear_range.one_neuron import neuron_measurement, neuron_range
from theory.linear_range.range_set import linear_range_set
from theory.linear_range.secant_roots import SecantRoot
from theory.linear_range.sensitivities import adjoint, sensitivity, tangent

__all__ = [
    "Layer",
    "LinGradStep",
    "SecantRoot",
    "adjoint",
    "certified_range",
    "continuous_measurement",
    "deep_linear_measurement",
    "finite_difference_tangent",
    "homogeneous_tangent",
    "linear_range_set",
    "lingrad",
    "neuron_measurement",
    "neuron_range",
    "objective_value",
    "sensitivity",
    "states",
    "tangent",
]
