r"""Networks by name, each a plain `torch.nn.Module` with named layers and ``states(x)``, the list of :math:`u_0 = x, u_1, \dots, u_I`.

A new network has torch's default weights, always the same ones, and leaves the global generator alone; `initialise` draws others.
Widths are :math:`n_0, \dots, n_L`; inputs are ``(samples, n_0)``. Parameters are float64 on the CPU unless ``dtype`` and
``device`` say otherwise. Networks for images are in `dynamics.networks.image_networks`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import TypeVar

import torch
from torch import nn

from dynamics.networks.layers import Activation, Bias, DenselyConnected, Layer, Network, NeuralODE, Residual

N = TypeVar("N", bound=nn.Module)
Device = str | torch.device


def build(network: N, layers: Iterable[tuple[str, nn.Module]], dtype: torch.dtype, device: Device) -> N:
    """Return the network with these named layers, which are made as the iterator yields them: torch draws their weights from seed 0.

    The global generator is given back as it was.
    """
    state = torch.random.get_rng_state()
    torch.default_generator.manual_seed(0)
    try:
        for name, layer in layers:
            network.add_module(name, layer)
    finally:
        torch.random.set_rng_state(state)
    return network.to(device, dtype)


def require_sizes(**sizes: int) -> None:
    """Raise ``ValueError`` for a size that is not a positive integer."""
    for name, size in sizes.items():
        if type(size) is not int or size < 1:
            raise ValueError(f"{name} = {size!r}: expected a positive integer")


def _numbered(widths: Sequence[int]) -> Iterator[tuple[str, int, int, bool]]:
    """Yield the name, n_i, n_{i+1} of each layer, and whether it is the last."""
    if len(widths) < 2 or any(type(n) is not int or n < 1 for n in widths):
        raise ValueError(f"the widths are {list(widths)}: expected at least two positive integers n_0, ..., n_L")
    for i, (inputs, outputs) in enumerate(pairwise(widths), 1):
        yield f"layer{i}", inputs, outputs, i == len(widths) - 1


def deep_linear(widths: Sequence[int], *, bias: Bias = "none", dtype: torch.dtype = torch.float64, device: Device = "cpu") -> Network:
    r"""Deep linear network :math:`x \mapsto W_L \cdots W_1 x`; the closed form of its gradient is in `DeepLinearMap`.

    Args:
        widths: n_0, ..., n_L.
        bias: ``none``, ``trainable`` or ``fixed`` (a buffer).
        dtype: Of the parameters.
        device: Where they are.

    Raises:
        ValueError: For bad widths or an unknown bias.

    Example:
        >>> [(name, tuple(w.shape)) for name, w in deep_linear([2, 3, 1]).named_parameters()]
        [('layer1.weight', (3, 2)), ('layer2.weight', (1, 3))]
    """
    return build(Network(), ((name, Layer(a, b, None, bias)) for name, a, b, _ in _numbered(widths)), dtype, device)


def deep_relu(widths: Sequence[int], *, bias: Bias = "trainable", dtype: torch.dtype = torch.float64, device: Device = "cpu") -> Network:
    r"""Deep ReLU network: :math:`u_{i+1} = (W_i u_i + b_i)^+`, the last layer without the ReLU.

    Arguments and errors as `deep_linear`.

    Example:
        >>> deep_relu([2, 8, 8, 1])(torch.zeros(5, 2, dtype=torch.float64)).shape
        torch.Size([5, 1])
    """
    layers = ((name, Layer(a, b, None if last else torch.relu, bias)) for name, a, b, last in _numbered(widths))
    return build(Network(), layers, dtype, device)


def two_layer_relu(
    inputs: int, hidden: int, outputs: int, *, bias: Bias = "fixed", dtype: torch.dtype = torch.float64, device: Device = "cpu"
) -> Network:
    r"""Two-layer ReLU network :math:`x \mapsto W (V x + b)^+`; `TwoLayerReluMap` has its closed form, with :math:`-b` for b.

    The setting of Nar & Sastry, section 4, where b is fixed. Other arguments and errors as `deep_linear`.

    Example:
        >>> net = two_layer_relu(1, 20, 1)
        >>> [name for name, _ in net.named_parameters()], [name for name, _ in net.named_buffers()]
        (['layer1.weight', 'layer2.weight'], ['layer1.bias'])
    """
    layers = ((name, Layer(a, b) if last else Layer(a, b, torch.relu, bias)) for name, a, b, last in _numbered([inputs, hidden, outputs]))
    return build(Network(), layers, dtype, device)


def logistic(widths: Sequence[int], *, bias: Bias = "trainable", dtype: torch.dtype = torch.float64, device: Device = "cpu") -> Network:
    r"""Logistic network: :math:`u_{i+1} = g(W_i u_i + b_i),\ g(z) = 1 / (1 + e^{-z})`, in every layer (Ni & Talnikar, section 4.1).

    Arguments and errors as `deep_linear`.

    Example:
        >>> logistic([4, 1], bias="none")(torch.zeros(1, 4, dtype=torch.float64)).item()
        0.5
    """
    return build(Network(), ((name, Layer(a, b, torch.sigmoid, bias)) for name, a, b, _ in _numbered(widths)), dtype, device)


def residual(
    width: int,
    depth: int,
    hidden: int | None = None,
    *,
    activation: Activation = torch.relu,
    dtype: torch.dtype = torch.float64,
    device: Device = "cpu",
) -> Network:
    r"""Residual network: :math:`u_{i+1} = u_i + V_i\, g(W_i u_i + b_i) + c_i`; zero branches make it the identity.

    Args:
        width: Of every state.
        depth: The number I of blocks.
        hidden: The number of rows of W_i; ``None`` means ``width``.
        activation: g.
        dtype: Of the parameters.
        device: Where they are.

    Raises:
        ValueError: For a width or depth below 1.

    Example:
        >>> [tuple(u.shape) for u in residual(3, 2).states(torch.zeros(5, 3, dtype=torch.float64))]
        [(5, 3), (5, 3), (5, 3)]
    """
    inner = width if hidden is None else hidden
    require_sizes(width=width, depth=depth, hidden=inner)

    def block() -> Residual:
        return Residual(nn.Sequential(Layer(width, inner, activation, "trainable"), Layer(inner, width, None, "trainable")))

    return build(Network(), ((f"layer{i}", block()) for i in range(1, depth + 1)), dtype, device)


def densely_connected(
    widths: Sequence[int],
    *,
    activation: Activation = torch.sigmoid,
    bias: Bias = "trainable",
    dtype: torch.dtype = torch.float64,
    device: Device = "cpu",
) -> DenselyConnected:
    r"""Dense skip connections: :math:`u_{i+1} = g\big(\sum_{j \le i} W_{j,i+1} u_j + b_i\big)` (Ni & Talnikar, equation 17).

    ``layer{i+1}.weight`` holds the blocks :math:`[W_{0,i+1} \cdots W_{i,i+1}]`. Other arguments and errors as `deep_linear`.

    Example:
        >>> [tuple(w.shape) for w in densely_connected([2, 3, 1], bias="none").parameters()]
        [(3, 2), (1, 5)]
    """
    layers = ((name, Layer(sum(widths[:i]), b, activation, bias)) for i, (name, _, b, _) in enumerate(_numbered(widths), 1))
    return build(DenselyConnected(), layers, dtype, device)


def neural_ode(
    width: int,
    hidden: int,
    times: Sequence[float] = (1.0,),
    *,
    activation: Activation = torch.tanh,
    method: str = "rk4",
    steps: int = 10,
    tolerance: float = 1e-9,
    dtype: torch.dtype = torch.float64,
    device: Device = "cpu",
) -> NeuralODE:
    r"""Neural ODE :math:`du/dt = V g(W u + b) + c,\ u(0) = x`, with states at the times; see `NeuralODE` for the method.

    Args:
        width: Of u.
        hidden: The number of rows of W.
        times: Positive and increasing; the output is u at the last.
        activation: g.
        method: As for `NeuralODE`, as are
        steps: and
        tolerance: its tolerance.
        dtype: Of the parameters.
        device: Where they are.

    Raises:
        ValueError: For widths below 1, or bad times, steps or tolerance.
    """
    sizes = [width, hidden, width]
    layers = ((name, Layer(a, b, None if last else activation, "trainable")) for name, a, b, last in _numbered(sizes))
    return NeuralODE(build(Network(), layers, dtype, device), times, method=method, steps=steps, tolerance=tolerance)
