"""The length of one PAL step, a stand-in: `theory.line_search.pal_update` takes its place."""

from __future__ import annotations


def pal_update(loss_0: float, slope: float, loss_mu: float, mu: float, alpha: float = 1, s_max: float | None = None) -> float:
    r"""Return s: :math:`-\alpha b/2a` for :math:`a = (l(\mu) - l(0) - b\mu)/\mu^2 > 0 > b`, :math:`\mu` for :math:`a \le 0 > b`, else 0.

    It is at most ``s_max``.
    """
    curvature = (loss_mu - loss_0 - slope * mu) / mu**2
    if slope >= 0:
        return 0.0
    step = -alpha * slope / (2 * curvature) if curvature > 0 else mu
    return step if s_max is None else min(step, s_max)
