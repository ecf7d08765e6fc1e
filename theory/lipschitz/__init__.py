"""Yedida & Saha 2021: Lipschitz constants of losses, as printed and exactly."""

from theory.lipschitz.enclosures import LipschitzConstant
from theory.lipschitz.least_squares_constant import least_squares_constant
from theory.lipschitz.logistic_constant import logistic_constant
from theory.lipschitz.printed_constants import (
    printed_least_squares_constant,
    printed_logistic_constant,
    printed_softmax_constant,
    weight_radius,
)
from theory.lipschitz.quadratic_epochs import epoch_bounds, epochs_to_threshold, flow_time, steps_from_one_start
from theory.lipschitz.softmax_constant import softmax_constant

__all__ = [
    "LipschitzConstant",
    "epoch_bounds",
    "epochs_to_threshold",
    "flow_time",
    "least_squares_constant",
    "logistic_constant",
    "printed_least_squares_constant",
    "printed_logistic_constant",
    "printed_softmax_constant",
    "softmax_constant",
    "steps_from_one_start",
    "weight_radius",
]
