r"""Many networks of one architecture as a dictionary of stacked parameters, each of shape ``(runs, ...)``.

`functional` turns a module into a pure function of one run's parameters; ``torch.func.vmap`` over the stack then runs all networks at once.
Parameters are what training moves; buffers (fixed biases) are constants of the function. To give each run its own, add them to the
dictionary: ``{**params, "layer1.bias": biases}``.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from dynamics.networks.initialisations import initialise


def stack(module: nn.Module, name: str, seeds: Iterable[int], *, scale: float = 1.0) -> dict[str, Tensor]:
    """Return the parameters of one network for each seed, ``{parameter: (runs, ...)}``, drawn by `initialise`; the module is left alone.

    Args:
        module: The architecture; its dtype and device are the stack's.
        name: The initialisation.
        seeds: One for each run, e.g. ``range(100)``.
        scale: As for `initialise`.

    Raises:
        ValueError: For no seeds, and as `initialise`.

    Example:
        >>> from dynamics import deep_linear
        >>> {key: tuple(w.shape) for key, w in stack(deep_linear([2, 3, 1]), "gaussian", range(5)).items()}
        {'layer1.weight': (5, 3, 2), 'layer2.weight': (5, 1, 3)}
    """
    network = copy.deepcopy(module).requires_grad_(False)
    runs = [{key: w.clone() for key, w in initialise(network, name, seed=s, scale=scale).named_parameters()} for s in seeds]
    if not runs:
        raise ValueError("there are no seeds: expected one for each run, e.g. range(10)")
    return {key: torch.stack([run[key] for run in runs]) for key in runs[0]}


def functional(module: nn.Module) -> Callable[..., Any]:
    """Return ``f(params, *inputs)``: the module's output with these parameters, for one run, without side effects.

    What ``params`` lacks the function takes from a copy of the module as it is now: buffers, or parameters to hold fixed. Batch
    normalisation in training mode uses the statistics of the batch, as in the module, but updates no running ones; in
    evaluation mode it uses the running ones, as in the module.

    Args:
        module: Any module whose forward runs under ``torch.func.vmap``; all of `dynamics.networks.architectures` and
            `dynamics.networks.image_networks` do, but neural ODEs only with the method ``rk4``.

    The function raises ``KeyError`` for names that the module does not have.

    Example:
        >>> from dynamics import deep_linear
        >>> network = deep_linear([2, 3, 1])
        >>> params = stack(network, "gaussian", range(5))
        >>> torch.func.vmap(functional(network), (0, None))(params, torch.ones(4, 2, dtype=torch.float64)).shape
        torch.Size([5, 4, 1])
    """
    pure = copy.deepcopy(module).requires_grad_(False)
    if pure.training:
        torch.func.replace_all_batch_norm_modules_(pure)
    names = {name for name, _ in (*pure.named_parameters(), *pure.named_buffers())}

    def function(params: Mapping[str, Tensor], *inputs: Any) -> Any:
        if not params.keys() <= names:
            raise KeyError(f"there is no {', '.join(sorted(params.keys() - names))}: the module has {', '.join(sorted(names))}")
        return torch.func.functional_call(pure, dict(params), inputs)

    return function


def network_loss(
    module: nn.Module, criterion: Callable[[Tensor, Tensor], Tensor], inputs: Tensor, targets: Tensor
) -> Callable[[Mapping[str, Tensor]], Tensor]:
    r"""Return :math:`\theta \mapsto c(f(\theta, X), Y)`, the full-batch loss of one run as a function of its parameters by name.

    Args:
        module: The network f; as for `functional`.
        criterion: c, e.g. ``torch.nn.functional.mse_loss`` or ``cross_entropy``.
        inputs: X.
        targets: Y.

    Raises:
        TypeError: For inputs of another dtype or device than the module's parameters.
        ValueError: For a module without parameters, empty data, or data with NaN or infinity.

    Example:
        >>> from dynamics import deep_linear
        >>> x = torch.eye(2, dtype=torch.float64)
        >>> network = deep_linear([2, 2])
        >>> loss = network_loss(network, torch.nn.functional.mse_loss, x, x)
        >>> loss({"layer1.weight": torch.zeros(2, 2, dtype=torch.float64)}).item()
        0.5
    """
    like, data = next(module.parameters(), None), [inputs, targets]
    if like is None:
        raise ValueError(f"{type(module).__name__} has no parameters: expected a network")
    if not all(isinstance(d, Tensor) for d in data):
        raise TypeError(f"the data are {[type(d).__name__ for d in data]}: expected two tensors")
    if inputs.is_floating_point() and (inputs.dtype, inputs.device) != (like.dtype, like.device):
        raise TypeError(f"the inputs are {inputs.dtype} on {inputs.device}: expected {like.dtype} on {like.device}, like the parameters")
    if not inputs.numel() or len(inputs) != len(targets) or not bool(torch.isfinite(inputs).all() and torch.isfinite(targets).all()):
        raise ValueError(f"inputs {tuple(inputs.shape)}, targets {tuple(targets.shape)}: expected as many, at least one, all finite")
    function = functional(module)
    return lambda params: criterion(function(params, inputs), targets)
