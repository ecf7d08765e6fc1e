"""Is a small residual an arrival? Judges one period of one orbit by the rules of `dynamics.orbits.classify`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dynamics.orbits.outcomes import Outcome, OutcomeKind

Floats = NDArray[np.float64]

EPS = float(np.finfo(np.float64).eps)
# |1 - multiplier| below which a direction counts as a manifold of equilibria: eight digits above rounding, far below
# any rate a budget can see
FLAT = 1e-9
# a cycle's points lie this many distances apart: near multiplier -1 an orbit converging to a point shows 2
SEPARATION = 100.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """One period of one orbit: its last 2P + 1 points and the history of its residual."""

    period: int
    points: Floats
    looks: list[int]
    residuals: list[float]
    jacobian: Floats | None
    tolerance: float
    rounding: float
    repeats: Callable[[Floats, int], bool]


def judge(candidate: Candidate, max_steps: int) -> Outcome | None:
    """Return the outcome that the evidence supports, or ``None``."""
    distance, multiplier, reason = _distance(candidate)
    if not (distance <= candidate.tolerance and _settling(candidate, multiplier)):
        if not _exact_repeat(candidate):
            return None
        distance, reason = 0.0, "the orbit repeats exactly, checked in rational arithmetic"
    if candidate.period > 1 and separation(candidate.points, candidate.period) < SEPARATION * max(distance, candidate.rounding):
        return None
    return Outcome(
        OutcomeKind.CONVERGED if candidate.period == 1 else OutcomeKind.CYCLE,
        reason,
        period=candidate.period,
        residual=candidate.residuals[-1],
        distance=distance,
        multiplier=multiplier,
        steps=candidate.looks[-1],
        max_steps=max_steps,
        points=candidate.points[-candidate.period :].copy(),
    )


def worth_judging(points: Floats, period: int, residual: float, rounding: float) -> bool:
    """Rule a period out without its Jacobians: with multipliers below 1 the distance is half the residual or more."""
    return period == 1 or separation(points, period) >= SEPARATION * max(residual / 2, rounding)


def separation(points: Floats, period: int) -> float:
    """Smallest distance from the last point to the others of the cycle: zero if a divisor of the period is a period."""
    return float(np.linalg.norm(points[-period:-1] - points[-1], axis=1).min())


def _settling(candidate: Candidate, multiplier: float) -> bool:
    """The residual is down to rounding; or it has halved since the last look and shrinks at half the promised rate."""
    now, points, p = candidate.residuals[-1], candidate.points, candidate.period
    if now <= candidate.rounding:
        return True
    if len(candidate.residuals) < 2 or now > candidate.residuals[-2] / 2:
        return False
    promised = (1 + min(multiplier, 1.0)) / 2 if np.isfinite(multiplier) else 1.0
    first, last = np.linalg.norm(points[p] - points[0]), np.linalg.norm(points[-1] - points[-1 - p])
    return bool(last < first * promised ** ((len(points) - 1 - p) / p) or last <= candidate.rounding)


def _exact_repeat(candidate: Candidate) -> bool:
    bitwise = np.array_equal(candidate.points[-1 - candidate.period], candidate.points[-1])
    return bool(bitwise and candidate.repeats(candidate.points[-1], candidate.period))


def _distance(candidate: Candidate) -> tuple[float, float, str]:
    """Return the estimated distance to the cycle (``inf`` if unsupported), the spectral radius and the reason."""
    contracted = _by_contraction(candidate)
    by_contraction = f"the residual contracts, remaining path {contracted:.1e}"
    matrix = candidate.jacobian
    if matrix is None or not np.all(np.isfinite(matrix)):
        return contracted, float("nan"), by_contraction
    multipliers = np.linalg.eigvals(matrix)
    radius = float(np.abs(multipliers).max())
    moving = np.abs(1 - multipliers) > FLAT
    if moving.any() and float(np.abs(multipliers[moving]).max()) >= 1:
        return float("inf"), radius, "repelling or neutral"
    newton = _by_newton(candidate, matrix)
    if not moving.all() and candidate.residuals[-1] > candidate.rounding:
        return float("inf"), radius, "still moving, maybe along directions with multiplier 1"
    if moving.all():
        return newton, radius, f"the multiplier is {radius:.6g} in modulus, Newton's distance {newton:.1e}"
    return max(newton, contracted), radius, f"{int((~moving).sum())} directions have multiplier 1; {by_contraction}"


def _by_newton(candidate: Candidate, matrix: Floats) -> float:
    """Pseudo-inverse of I - M on the displacement, plus what it makes of rounding; flat directions are cut."""
    left, singular, right = np.linalg.svd(np.eye(len(matrix)) - matrix)
    keep = singular > FLAT
    if not keep.any():
        return 0.0
    displacement = candidate.points[-1] - candidate.points[-1 - candidate.period]
    correction = right[keep].T @ ((left[:, keep].T @ displacement) / singular[keep])
    noise = 8 * candidate.period * EPS * float(np.linalg.norm(candidate.points, axis=1).max())
    return float(np.linalg.norm(correction)) + noise / float(singular[keep].min())


def _by_contraction(candidate: Candidate) -> float:
    """Remaining path r / (1 - q), with q from the last two looks at which the residual stood clear of rounding."""
    floor = max(candidate.rounding, float(np.finfo(np.float64).tiny))
    clear = [i for i, r in enumerate(candidate.residuals) if r > 10 * floor]
    if not clear:
        return float("inf")
    start = clear[-1] if clear[-1] < len(candidate.residuals) - 1 else clear[-1] - 1
    if start < 0:
        return float("inf")
    before, after = candidate.residuals[start], max(candidate.residuals[start + 1], floor)
    if after >= before:
        return float("inf")
    per_step = np.log(after / before) / (candidate.looks[start + 1] - candidate.looks[start])
    return float(max(candidate.residuals[-1], floor) / -np.expm1(per_step))
