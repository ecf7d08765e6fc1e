"""One batch of training runs: the orbit engine with a history of losses, kept on disk and taken up again."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from dynamics.ensembles._mini_batches import MiniBatches
from dynamics.maps._rows import FlatMap, Floats
from dynamics.networks.network_maps import NetworkMap
from dynamics.orbits._engine import Budget, OrbitEngine
from dynamics.orbits.outcomes import Outcome, OutcomeKind
from theory.files import write_whole

SAVE_EVERY = 10.0  # seconds; what an interruption costs at most, beside the stretch between two looks
LARGEST_JACOBIAN = 32  # parameters; dense eigenvalues beyond cost more than the training, and the contraction is judged instead
ESCAPED = 1e8  # times 1 + |start|, as `dynamics.classify`

Progress = Callable[..., None]


class TrainingRows(FlatMap):
    """Training runs as rows; on mini-batches, a map that changes from step to step."""

    @property
    def epoch(self) -> int:  # type: ignore[override]
        """Steps in an epoch; 0 for full batches."""
        return self.inner.epoch if isinstance(self.inner, MiniBatches) else 0

    def advance(self, x: Floats, steps: int, since: int = 0) -> Floats:
        """As `FlatMap.advance`."""
        if steps == 0 or not self.epoch:
            return super().advance(x, steps)
        return self._guarded(x, lambda finite, inner: self._out(inner.advance(self._in(finite), steps, since)))

    def period_jacobian(self, points: Floats) -> Floats | None:
        """As `FlatMap.period_jacobian`; ``None`` for mini-batches and for many parameters."""
        return None if self.epoch or points.shape[2] > LARGEST_JACOBIAN else super().period_jacobian(points)


class TrainingBatch:
    """Some runs of one network, from their starts to their outcomes.

    Args:
        network: Full-batch training of the runs, one step size each; its losses are recorded.
        batches: Training on mini-batches, or ``None`` for full batches.
        starts: Shape ``(runs, n)``.
        budget: Steps, periods, tolerance.
    """

    def __init__(self, network: NetworkMap, batches: MiniBatches | None, starts: Floats, budget: Budget) -> None:
        self.network = network
        escape = ESCAPED * (1 + np.linalg.norm(starts, axis=1))
        self.engine = OrbitEngine(TrainingRows(batches or network, False, network.device), starts, escape, budget)
        self.history = [self._loss(self.engine.rows, starts)]  # at step 0 and at each look
        self._saved = time.monotonic()

    def run(self, file: Path | None, progress: Progress) -> None:
        """Train every run to its outcome; with a file, go on from what it holds, and keep it up to date."""
        if file is not None and file.exists():
            self._restore(dict(np.load(file, allow_pickle=False)))
        progress(f"step {self.engine.k}", self._finished)
        done = self._finished

        def seen(engine: OrbitEngine) -> None:
            nonlocal done
            self.history.append(self._loss(engine.rows, engine.x))
            progress(f"step {engine.k}", self._finished - done)
            done = self._finished
            if file is not None and (not len(engine.rows) or time.monotonic() - self._saved >= SAVE_EVERY):
                self._save(file)

        if len(self.engine.rows):
            self.engine.run(seen)

    @property
    def outcomes(self) -> list[Outcome]:
        """The outcomes, once all runs have one."""
        return [outcome for outcome in self.engine.outcomes if outcome is not None]

    def losses(self, looks: int) -> tuple[Floats, Floats]:
        """The losses at step 0 and at so many looks, ``(runs, looks + 1)``, NaN once a run has ended; and those at the ends ``(runs,)``."""
        last = self._loss(np.arange(len(self.engine.ends)), self.engine.ends)
        table = np.full((len(last), looks + 1), np.nan)
        table[:, : len(self.history)] = np.stack(self.history, axis=1)
        for column, k in enumerate(self.engine.looks, 1):
            ended = [i for i, outcome in enumerate(self.outcomes) if outcome.kind != OutcomeKind.DIVERGED and outcome.steps == k]
            table[ended, column] = last[ended]
        return table, last

    @property
    def _finished(self) -> int:
        return len(self.engine.outcomes) - len(self.engine.rows)

    def _loss(self, rows: NDArray[Any], x: Floats) -> Floats:
        """The losses of all runs, NaN but for these rows."""
        table = np.full(len(self.engine.outcomes), np.nan)
        if len(rows):
            with torch.no_grad():
                table[rows] = self.network.select(rows).loss(torch.as_tensor(x, device=self.network.device)).cpu().numpy()
        return table

    def _save(self, file: Path) -> None:
        engine, settled = self.engine, [(i, o) for i, o in enumerate(self.engine.outcomes) if o is not None]
        fields = [[i, o.kind, o.reason, o.period, o.residual, o.distance, o.multiplier, o.steps, len(o.points)] for i, o in settled]
        points = [np.reshape(o.points, (-1, engine.ends.shape[1])) for _, o in settled]
        content = io.BytesIO()
        np.savez(
            content,
            outcomes=np.array(json.dumps(fields)),
            points=np.concatenate([*points, np.empty((0, engine.ends.shape[1]))]),
            history=np.array(self.history),
            **engine.state(),
        )
        write_whole(file, content.getvalue())
        self._saved = time.monotonic()

    def _restore(self, kept: dict[str, Any]) -> None:
        engine, begin = self.engine, 0
        for i, kind, reason, period, residual, distance, multiplier, steps, count in json.loads(str(kept["outcomes"])):
            points = kept["points"][begin : begin + count]
            begin += count
            engine.outcomes[i] = Outcome(
                OutcomeKind(kind), reason, period, residual, distance, multiplier, steps, engine.budget.max_steps, points
            )
        self.history = list(kept["history"])
        engine.restore(kept)
