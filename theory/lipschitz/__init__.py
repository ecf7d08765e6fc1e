"""Yedida & Saha 2021: Lipschitz constants of losses, as printed and exactly."""

from theory.lipschitz.enclosures import LipschitzConstant
from theory.lipschitz.forward import Layers, layers
from theory.lipschitz.least_squares_constant import least_squares_constant
from theory.lipschitz.logistic_constant import logistic_constant
from theory.lipschitz.loss_constants import LossConstants, Supremum, loss_constants
from theory.lipschitz.loss_suprema import Place
from theory.lipschitz.losses import largest_activation, least_squares_loss, logistic_loss, softmax_loss, squared_loss
from theory.lipschitz.printed_constants import (
    printed_least_squares_constant,
    printed_logistic_constant,
    printed_softmax_constant,
    weight_radius,
)
from theory.lipschitz.quadratic_epochs import epoch_bounds, epochs_to_threshold, flow_time, steps_from_one_start
from theory.lipschitz.softmax_constant import softmax_constant

__all__ = [
    "Layers",
    "LipschitzConstant",
    "LossConstants",
    "Place",
    "Supremum",
    "epoch_bounds",
    "epochs_to_threshold",
    "flow_time",
    "largest_activation",
    "layers",
    "least_squares_constant",
    "least_squares_loss",
    "logistic_constant",
    "logistic_loss",
    "loss_constants",
    "printed_least_squares_constant",
    "printed_logistic_constant",
    "printed_softmax_constant",
    "softmax_constant",
    "softmax_loss",
    "squared_loss",
    "steps_from_one_start",
    "weight_radius",
]
