"""What `dynamics.train_ensemble` is given: networks with step sizes, and where their runs start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from dynamics.networks.network_maps import NetworkMap
from dynamics.networks.stacks import stack
from dynamics.networks.torch_maps import NetworkData, TorchMap
from theory.values import whole

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Family:
    """One network with s step sizes, and the starts of its s r runs, step size by step size."""

    name: str
    network: NetworkMap  # one entry a step size
    step_sizes: Floats
    starts: Floats
    data: NetworkData | None


def families(networks: Any, seeds: NDArray[np.int64], initialisation: Any, scale: float, batch_size: Any) -> list[Family]:
    """Return the families of a call; raises as `train_ensemble`."""
    named = _named(networks)
    several = isinstance(initialisation, Sequence) and not isinstance(initialisation, str)
    starts = list(initialisation) if several else [initialisation] * len(named)
    if len(starts) != len(named):
        raise ValueError(f"{len(starts)} tensors of starts for {len(named)} networks: expected one each")
    every = [_family(name, net, seeds, start, scale, batch_size) for (name, net), start in zip(named.items(), starts, strict=True)]
    for family in every[1:]:
        if not np.array_equal(family.step_sizes, every[0].step_sizes):
            raise ValueError(f"{family.name} has the step sizes {family.step_sizes}: expected {every[0].step_sizes}, as {every[0].name}")
    return every


def _named(networks: Any) -> dict[str, NetworkMap]:
    if isinstance(networks, NetworkMap):
        networks = {type(networks).__name__: networks}
    elif isinstance(networks, Sequence) and not isinstance(networks, str):
        networks = {f"network {i}": network for i, network in enumerate(networks)}
    if not isinstance(networks, Mapping) or not all(isinstance(network, NetworkMap) for network in networks.values()):
        kind = type(networks).__name__
        raise TypeError(f"the networks are a {kind}: expected maps such as DeepLinearMap(...) or TorchMap.of(module, ...), one or several")
    if not networks:
        raise ValueError("there are no networks: expected at least one")
    return {str(name): network for name, network in networks.items()}


def _family(name: str, network: NetworkMap, seeds: NDArray[np.int64], initialisation: Any, scale: float, batch_size: Any) -> Family:
    if network.dtype != torch.float64:
        raise TypeError(f"{name} is {network.dtype}: outcomes judge rounding of float64, so make its data and parameters float64")
    lengths = {attribute: len(getattr(network, attribute)) for attribute in network._batched()}
    values = np.atleast_1d(network.step_size.cpu().numpy())
    if set(lengths.values()) - {len(values)}:
        raise ValueError(f"{name} has one entry a run in {lengths}: expected as many as step sizes, {len(values)}")
    data = network.data if isinstance(network, TorchMap) else None
    if batch_size is not None and (data is None or not whole(batch_size, 1) or batch_size > len(data.inputs)):
        most = (
            "a network made by TorchMap.of, which knows its data"
            if data is None
            else f"an integer from 1 to {len(data.inputs)}, the samples"
        )
        raise ValueError(f"batch_size = {batch_size} for {name}: expected {most}")
    starts = _starts(name, network, data, seeds, initialisation, scale)
    return Family(name, network, values, np.tile(starts, (len(values), 1)), data)


def _starts(
    name: str, network: NetworkMap, data: NetworkData | None, seeds: NDArray[np.int64], initialisation: Any, scale: float
) -> Floats:
    if isinstance(initialisation, str):
        if all(len(shape) < 2 for shape in network.shapes):
            raise ValueError(f"{name} has parameters of shapes {network.shapes}, no matrix to initialise: give starts, one row a seed")
        module = nn.ParameterList([torch.empty(shape, dtype=network.dtype, device=network.device) for shape in network.shapes])
        drawn = stack(module if data is None else data.module, initialisation, seeds.tolist(), scale=scale)
        names = network._names if isinstance(network, TorchMap) else None
        weights: Any = list(drawn.values()) if names is None else dict(zip(names, drawn.values(), strict=True))
        rows: Any = network.pack(weights)
    else:
        rows = initialisation
    single = network.select(np.zeros(len(seeds), dtype=int)) if network._batched() else network
    if isinstance(rows, Tensor) and rows.ndim and len(rows) != len(seeds):
        raise ValueError(f"{len(rows)} starts for {name} and {len(seeds)} seeds: expected one row a seed")
    return single.checked(rows).detach().cpu().numpy().copy()
