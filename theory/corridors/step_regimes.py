"""Where the corridor step settles on (x^2 + kappa y^2)/2, for a given condition number: directions, rate and multiplier, exactly.

The proofs stand in `step_on_quadratics`. Beyond 4 + sqrt(15) float64 orbits show further doublings and chaos, with windows of cycles in
it; the first window of two directions is exact (`step_windows`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sympy import Expr, Rational, S, expand, radsimp, sqrt

from theory.corridors.step_on_quadratics import BEST_RATE, FIXED, SIGMA, SLOPE, STEP
from theory.corridors.symbols import kappa, t
from theory.proof import substitute
from theory.values import exact_number


@dataclass(frozen=True)
class Regime:
    """What the corridor step settles on.

    Attributes:
        ratios: The squared ratios of the two parts of the gradient, steep to flat, one or two in turn.
        factor: By how much each step multiplies the loss.
        steps: The step sizes, in units of 1 over the smaller curvature.
        multiplier: By how much a small change of the ratio is multiplied, once around.
    """

    ratios: tuple[Expr, ...]
    factor: Expr
    steps: tuple[Expr, ...]
    multiplier: Expr


def condition_number(sigma: Any) -> Expr:
    """The kappa >= 1 with kappa + 1/kappa = sigma, for an exact sigma of 2 at least.

    Raises:
        TypeError: for floats.
        ValueError: below 2.

    Example:
        >>> condition_number(6)
        2*sqrt(2) + 3
    """
    value = exact_number(sigma, "sigma")
    if (value - 2).is_negative is not False:
        raise ValueError(f"sigma is {value}: expected at least 2, the least value of kappa + 1/kappa")
    return expand((value + sqrt(value**2 - 4)) / 2)


def thresholds() -> dict[str, Expr]:
    """The condition numbers at which the corridor step changes what it does.

    Returns:
        By name: where it leaves the flat axis, where one direction becomes two in turn, where these no longer attract (orbits show four
        instead), and where a step can raise the loss.

    Source:
        Beyond Dherin & Rosca (2024), equation 3; proved in `theory.corridors.step_on_quadratics`.

    Example:
        >>> thresholds()["two directions"]
        2*sqrt(2) + 3
    """
    sigmas = {"one direction": Rational(10, 3), "two directions": 6, "four directions": 8, "the loss can rise": 14}
    return {name: condition_number(sigma) for name, sigma in sigmas.items()}


def settles(number: Any) -> Regime | None:
    """The directions to which corridor steps on (x^2 + kappa y^2)/2 are attracted off the axes, with the rate of the loss.

    Args:
        number: kappa, an exact number of 1 at least.

    Returns:
        The regime, or None beyond kappa = 4 + sqrt(15), where neither the one direction nor the two that halve the loss attract;
        others may (`step_windows`). At a threshold it is that of the smaller condition numbers, and the multiplier has modulus 1. At
        kappa = 1 every direction is kept, and the flat axis stands for all.

    Raises:
        TypeError: for floats.
        ValueError: for a number below 1.

    Source:
        Beyond Dherin & Rosca (2024), equation 3.

    Example:
        >>> settles(2).factor, settles(5).steps, settles(6).ratios
        (1/4, (1/3,), (2/3, 3/2))
    """
    value = exact_number(number, "kappa")
    if (value - 1).is_negative is not False:
        raise ValueError(f"kappa is {value}: expected at least 1, the larger curvature over the smaller")
    at, sigma = {kappa: value}, _tidy(substitute(SIGMA, {kappa: value}))
    passed = [name for name, threshold in thresholds().items() if (value - threshold).is_positive is True]
    if "four directions" in passed:
        return None
    if "two directions" in passed:
        larger = (sigma - 4 + sqrt((sigma - 4) ** 2 - 4)) / 2
        ratios = (_tidy(1 / larger), _tidy(larger))
        return Regime(ratios, Rational(1, 2), tuple(_at(STEP, at, ratio) for ratio in ratios), _tidy(7 - sigma))
    if "one direction" in passed:
        ratio = _tidy(substitute(FIXED, at))
        return Regime((ratio,), _tidy(substitute(BEST_RATE, at)), (_at(STEP, at, ratio),), _at(SLOPE, at, ratio))
    return Regime((S.Zero,), Rational(1, 4), (Rational(1, 2),), _tidy((2 - value) ** 2))


def _at(formula: Expr, at: Any, ratio: Expr) -> Expr:
    return _tidy(substitute(formula, {**at, t: ratio}))


def _tidy(value: Expr) -> Expr:
    return expand(radsimp(value))


__all__ = ["Regime", "condition_number", "settles", "thresholds"]
