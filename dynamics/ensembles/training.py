r"""Training of many networks at once: step sizes times seeds times networks, each run to its outcome.

Full-batch gradient descent :math:`\theta \mapsto \theta - \delta \nabla \ell(\theta)` is a map, so its runs are judged as
`dynamics.orbits.classify` judges orbits, by the same engine, and leave the batch as soon as they are decided. Up to 32 parameters the
multipliers are part of the evidence, beyond that the contraction of the steps alone: an orbit that falls onto a saddle exactly, as
identity starts can, then counts as converged.

Training on mini-batches is no map: its steps change. Such a run has ``converged`` only if every batch of a whole epoch leaves it where it
is, up to rounding (so the network fits every sample), and its steps shrank on the way at a rate that says that it arrived. Otherwise it
``diverged``, kept to a box (``bounded``), or is ``undecided``; it never has a cycle.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dynamics._results import as_json
from dynamics.ensembles._input import Family, families
from dynamics.ensembles._mini_batches import MiniBatches
from dynamics.ensembles._runs import TrainingBatch
from dynamics.networks.network_maps import NetworkMap
from dynamics.orbits._engine import Budget
from dynamics.orbits.outcomes import OutcomeKind
from theory.files import write_whole
from theory.terminal import Screen
from theory.values import whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]

BATCH = 2**24  # bytes of the points that a look holds at once: they stay in a shared cache
# Okabe and Ito's colours, which the colour-blind tell apart, and a shape for each
MARKS = {
    OutcomeKind.CONVERGED: ("#0072b2", "o"),
    OutcomeKind.CYCLE: ("#e69f00", "s"),
    OutcomeKind.BOUNDED: ("#009e73", "^"),
    OutcomeKind.UNDECIDED: ("#999999", "x"),
    OutcomeKind.DIVERGED: ("#d55e00", "v"),
}


@dataclass(frozen=True, slots=True, eq=False)
class TrainedEnsemble:
    """The runs of an ensemble: m networks times s step sizes times r seeds.

    Attributes:
        networks: The name of each network.
        step_sizes: Shape ``(s,)``.
        seeds: r integers.
        outcomes: An `Outcome` for each run, shape ``(m, s, r)``.
        parameters: For each network the parameters at the end, shape ``(s, r, n)``; of a diverged run, the last within the escape radius.
        final_losses: The full-batch losses there, shape ``(m, s, r)``.
        recorded: The steps at which losses were recorded: 0 and every look, about 10 % apart.
        losses: The full-batch losses at these steps, shape ``(m, s, r, recorded)``; NaN once a run has ended.
        initialisation: Its name, or ``given``.
        scale: The scale of the initialisation.
        batch_size: Samples in a batch; ``None`` for full batches.
        max_steps, max_period, tolerance: As in the call.
        device: Where it ran.
    """

    networks: tuple[str, ...]
    step_sizes: Floats
    seeds: tuple[int, ...]
    outcomes: NDArray[Any]
    parameters: tuple[Floats, ...]
    final_losses: Floats
    recorded: NDArray[np.int64]
    losses: Floats
    initialisation: str
    scale: float
    batch_size: int | None
    max_steps: int
    max_period: int
    tolerance: float
    device: str

    @property
    def kinds(self) -> NDArray[np.str_]:
        """The kinds of the outcomes, shape ``(m, s, r)``, as strings to compare with."""
        return np.array([str(o.kind) for o in self.outcomes.flat]).reshape(self.outcomes.shape)

    def to_json(self) -> str:
        """Return everything but the parameters and the points of the outcomes as JSON, with versions; NaN as ``null``."""
        return as_json(self, leave_out=("parameters", "points"))

    def plot(self, ax: Axes | None = None, *, network: int = 0) -> Axes:
        """Draw the loss at the end of each run of one network over its step size, marked by its outcome.

        Args:
            ax: Axes to draw in; new ones by default (no window opens).
            network: Which network, 0 or more.
        """
        if not 0 <= network < len(self.networks):
            raise ValueError(f"network = {network}: expected 0 to {len(self.networks) - 1}")
        from matplotlib.figure import Figure  # here, so that importing dynamics does not import matplotlib

        ax = Figure(figsize=(8, 4.5), layout="constrained").subplots() if ax is None else ax
        steps = np.broadcast_to(self.step_sizes[:, None], self.outcomes.shape[1:])
        kinds, losses = self.kinds[network], np.maximum(self.final_losses[network], np.finfo(np.float64).tiny)
        for kind, (colour, marker) in MARKS.items():
            if (here := kinds == kind).any():
                ax.plot(steps[here], losses[here], marker, color=colour, markersize=4, linestyle="", label=f"{kind} ({here.sum()})")
        ax.set_xscale("log")
        ax.set_yscale("log")
        ax.set_xlabel("step size")
        ax.set_ylabel(f"loss at the end, {self.networks[network]}")
        ax.legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False)
        return ax


def train_ensemble(
    networks: NetworkMap | Sequence[NetworkMap] | Mapping[str, NetworkMap],
    seeds: Iterable[int],
    *,
    initialisation: str | Tensor | Sequence[Tensor] = "gaussian",
    scale: float = 1.0,
    batch_size: int | None = None,
    max_steps: int = 10_000,
    max_period: int = 4,
    tolerance: float = 1e-9,
    folder: str | Path | None = None,
) -> TrainedEnsemble:
    r"""Train every network with every step size from every seed, until its outcome is known or the budget is used up.

    Args:
        networks: A map whose step size is a tensor of step sizes: a `DeepLinearMap`, a `TwoLayerReluMap`, ``TorchMap.of`` any module,
            a `TorchMap` of any loss. Or several, by name, e.g. one a depth, with the same step sizes. float64, on any device.
        seeds: Integers, 0 or more: of the initialisation, and of the order of the batches, which depends on nothing else.
        initialisation: ``identity``, ``balanced``, ``orthogonal`` or ``gaussian``, as `initialise`; or starts, one row a seed, shape
            ``(r, n)``, for several networks one tensor each.
        scale: Of the initialisation.
        batch_size: Samples a step, drawn without replacement in each epoch, for maps made by `TorchMap.of`; ``None`` means all.
        max_steps: Steps allowed for each run.
        max_period: Longest period looked for; more costs more. ``max_steps`` must allow six such periods.
        tolerance: Distance to an equilibrium or cycle that counts as arrived, as a fraction of the largest point of the run.
        folder: Where to keep what is done, every ten seconds; the same call with the same folder goes on from there, and ends with
            the same bits as if it had never been interrupted.

    Raises:
        ValueError: For no network or seed, other step sizes in one network than in another, a batch size without data, bad
            starts, budget or initialisation, or a folder that keeps another ensemble.
        TypeError: For networks that are no maps or not float64, or seeds that are no integers.

    Example:
        >>> from dynamics import DeepLinearMap
        >>> scalar = DeepLinearMap(torch.ones(1, 1, dtype=torch.float64), [1, 1, 1], torch.tensor([0.1, 1.5], dtype=torch.float64))
        >>> found = train_ensemble(scalar, [0], initialisation=torch.tensor([[1.2, 0.9]], dtype=torch.float64))
        >>> found.kinds[0, 0, 0].item(), found.final_losses[0, 0, 0] < 1e-12
        ('converged', np.True_)
    """
    budget = Budget(*_budget(max_steps, max_period, tolerance))
    numbers = _seeds(seeds)
    every = families(networks, numbers, initialisation, scale, batch_size)
    place = None if folder is None else _folder(folder, every, numbers, budget, batch_size)
    runs = sum(len(family.starts) for family in every)
    parts: list[list[TrainingBatch]] = []
    with Screen(sys.stderr).bar(runs) as done:
        for i, family in enumerate(every):
            rows = max(8, BATCH // (8 * family.starts.shape[1] * (2 * max_period + 1)) // 8 * 8)
            parts.append([])
            for begin in range(0, len(family.starts), rows):
                part = _batch(family, slice(begin, begin + rows), numbers, budget, batch_size)
                file = None if place is None else place / f"network-{i}-runs-{begin}.npz"
                part.run(file, lambda name, pieces, label=family.name: done(f"{label}: {name}", pieces))
                parts[-1].append(part)
    looks = max((part.engine.looks for ps in parts for part in ps), key=len)
    shape = (len(every), len(every[0].step_sizes), len(numbers))
    losses = [[part.losses(len(looks)) for part in ps] for ps in parts]
    outcomes = np.empty(shape, dtype=object)
    outcomes.reshape(-1)[:] = [outcome for ps in parts for part in ps for outcome in part.outcomes]
    return TrainedEnsemble(
        networks=tuple(family.name for family in every),
        step_sizes=every[0].step_sizes,
        seeds=tuple(numbers.tolist()),
        outcomes=outcomes,
        parameters=tuple(np.concatenate([part.engine.ends for part in ps]).reshape(*shape[1:], -1) for ps in parts),
        final_losses=np.concatenate([last for table in losses for _, last in table]).reshape(shape),
        recorded=np.array([0, *looks]),
        losses=np.concatenate([history for table in losses for history, _ in table]).reshape(*shape, -1),
        initialisation=initialisation if isinstance(initialisation, str) else "given",
        scale=float(scale),
        batch_size=batch_size,
        max_steps=max_steps,
        max_period=max_period,
        tolerance=tolerance,
        device=str(every[0].network.device),
    )


def _batch(family: Family, part: slice, seeds: NDArray[np.int64], budget: Budget, batch_size: int | None) -> TrainingBatch:
    """Runs lie step size by step size, in each seed by seed."""
    rows = np.arange(len(family.starts))[part]
    network = family.network.select(rows // len(seeds))
    batches = None
    if family.data is not None and batch_size is not None and batch_size < len(family.data.inputs):
        batches = MiniBatches(network, family.data, batch_size, seeds[rows % len(seeds)])  # type: ignore[arg-type]
        budget = replace(budget, max_period=1)
    return TrainingBatch(network, batches, family.starts[part], budget)


def _budget(max_steps: Any, max_period: Any, tolerance: Any) -> tuple[int, int, float]:
    if not whole(max_period, 1) or not whole(max_steps, 6 * max_period):
        raise ValueError(
            f"max_period = {max_period} and max_steps = {max_steps}: expected integers, 1 or more, and max_steps >= 6 max_period"
        )
    if not 0 < tolerance < 1:
        raise ValueError(f"tolerance = {tolerance}: expected a number between 0 and 1")
    return int(max_steps), int(max_period), float(tolerance)


def _seeds(seeds: Any) -> NDArray[np.int64]:
    found = list(seeds) if isinstance(seeds, Iterable) else [seeds]
    if not all(whole(seed, 0) for seed in found) or len(set(found)) < len(found) or not found:
        raise ValueError(f"the seeds are {found}: expected at least one integer, 0 or more, each once")
    return np.array(found, dtype=np.int64)


def _folder(folder: str | Path, every: list[Family], seeds: NDArray[np.int64], budget: Budget, batch_size: int | None) -> Path:
    """The folder, which remembers the call by a hash of all that its bits depend on; the loss and the data by their first gradients."""
    path, digest = Path(folder), hashlib.sha256(repr((seeds.tolist(), budget, batch_size)).encode())
    for family in every:
        start = torch.as_tensor(family.starts, device=family.network.device)
        gradient = family.network.select(np.arange(len(start)) // len(seeds)).gradient(start).cpu().numpy()
        for array in (family.step_sizes, family.starts, gradient):
            digest.update(np.ascontiguousarray(array).tobytes())
        digest.update(repr((family.name, type(family.network).__name__, family.network.shapes)).encode())
    content = json.dumps({"ensemble": digest.hexdigest()}) + "\n"
    try:
        path.mkdir(parents=True, exist_ok=True)
        kept = (path / "ensemble.json").read_text(encoding="utf-8") if (path / "ensemble.json").exists() else content
    except FileExistsError:
        raise ValueError(f"the folder {path} is a file: name another place for what is done") from None
    if kept != content:
        raise ValueError(f"the folder {path} keeps another ensemble (other networks, starts, seeds or budget): name another folder")
    write_whole(path / "ensemble.json", content)
    return path
