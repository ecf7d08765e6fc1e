"""Optimizers with the protocol of `torch.optim`."""

from dynamics.optimizers.lin_grad import LinGrad, StepMeasurement

__all__ = ["LinGrad", "StepMeasurement"]
