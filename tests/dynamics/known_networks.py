"""Every architecture, small, with inputs for it."""

import torch

from dynamics import conv_net, deep_linear, deep_relu, densely_connected, logistic, neural_ode, residual, resnet18, resnet20, two_layer_relu

F64 = torch.float64
# name: (factory of dtype and device, shape of one input, the number of its states u_1, ..., u_I)
NETWORKS = {
    "deep linear": (lambda **to: deep_linear([3, 4, 1], **to), (3,), 2),
    "deep linear with bias": (lambda **to: deep_linear([3, 4, 1], bias="trainable", **to), (3,), 2),
    "deep ReLU": (lambda **to: deep_relu([3, 4, 4, 1], **to), (3,), 3),
    "deep ReLU, fixed bias": (lambda **to: deep_relu([3, 4, 1], bias="fixed", **to), (3,), 2),
    "two-layer ReLU": (lambda **to: two_layer_relu(3, 4, 1, **to), (3,), 2),
    "logistic": (lambda **to: logistic([3, 4, 1], **to), (3,), 2),
    "residual": (lambda **to: residual(1, 3, 4, **to), (1,), 3),
    "densely connected": (lambda **to: densely_connected([3, 4, 1], **to), (3,), 2),
    "neural ODE": (lambda **to: neural_ode(1, 4, [0.5, 1.0], steps=2, **to), (1,), 2),
    "conv net": (lambda **to: conv_net([2, 3], classes=1, image=(3, 8, 8), **to), (3, 8, 8), 3),
    "ResNet-18, batch norm": (lambda **to: resnet18(1, width=2, **to), (3, 16, 16), 10),
    "ResNet-18, group norm": (lambda **to: resnet18(1, width=2, norm="group", **to), (3, 16, 16), 10),
    "ResNet-20, batch norm": (lambda **to: resnet20(1, width=2, **to), (3, 8, 8), 11),
    "ResNet-20, group norm": (lambda **to: resnet20(1, width=2, norm="group", **to), (3, 8, 8), 11),
}


def normal(*shape, seed=0, dtype=F64):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)
