"""What an orbit did: five outcomes, each with its reason, never a bare number."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray


class OutcomeKind(StrEnum):
    """The five things that an orbit can do within a budget of steps."""

    CONVERGED = "converged"
    CYCLE = "cycle"
    BOUNDED = "bounded"
    DIVERGED = "diverged"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one orbit did within its budget.

    Attributes:
        kind: One of the five kinds.
        reason: One line: the evidence, or what is missing.
        period: Minimal period: 1 for ``converged``, at least 2 for ``cycle``, otherwise ``None``.
        residual: ``|x[k+p] - x[k]|`` (Euclidean) at the last look, with p the period, or the p <= ``max_period`` that
            makes it smallest.
        distance: Estimated distance from the last point to the equilibrium or cycle; ``nan`` where there is none.
        multiplier: Spectral radius of the Jacobian of the p-step map; ``nan`` where it was not computed.
        steps: Steps that were used.
        max_steps: Steps that were allowed.
        points: The last points, oldest first, shape ``(count, n)``: one period of an equilibrium or a cycle, the last
            look of a bounded or undecided orbit,
            none of a diverged one. Left out of comparisons.

    Raises:
        ValueError: If the period does not fit the kind.

    Example:
        >>> Outcome(OutcomeKind.CYCLE, "the residual contracts", period=2).period
        2
    """

    kind: OutcomeKind
    reason: str
    period: int | None = None
    residual: float = float("nan")
    distance: float = float("nan")
    multiplier: float = float("nan")
    steps: int = 0
    max_steps: int = 0
    points: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 0)), compare=False, repr=False)

    def __post_init__(self) -> None:
        fits = {
            OutcomeKind.CONVERGED: self.period == 1,
            OutcomeKind.CYCLE: self.period is not None and self.period >= 2,
        }
        if not fits.get(self.kind, self.period is None):
            raise ValueError(
                f"an outcome '{self.kind}' cannot have period {self.period}: give 1 for converged, >= 2 for cycle, None for the others"
            )
