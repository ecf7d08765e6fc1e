"""Optimizers with the protocol of `torch.optim`."""

from dynamics.optimizers.corridor import CorridorSGD, CorridorStep
from dynamics.optimizers.lin_grad import LinGrad, StepMeasurement

__all__ = ["CorridorSGD", "CorridorStep", "LinGrad", "StepMeasurement"]
