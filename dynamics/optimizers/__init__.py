"""Optimizers with the protocol of `torch.optim`."""

from dynamics.optimizers.corridor import CorridorSGD, CorridorStep
from dynamics.optimizers.gradient_bounds import GradientBound, LastLayerBound, measured_norm
from dynamics.optimizers.lin_grad import LinGrad, StepMeasurement
from dynamics.optimizers.lipschitz import AdaMo, AutoAdam, LipschitzRMSprop, LipschitzSGD
from dynamics.optimizers.pal import PAL, PALStep

__all__ = [
    "PAL",
    "AdaMo",
    "AutoAdam",
    "CorridorSGD",
    "CorridorStep",
    "GradientBound",
    "LastLayerBound",
    "LinGrad",
    "LipschitzRMSprop",
    "LipschitzSGD",
    "PALStep",
    "StepMeasurement",
    "measured_norm",
]
