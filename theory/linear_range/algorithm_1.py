"""Algorithm 1, linGrad, line by line in exact arithmetic, for networks of one neuron a layer. (section 3.2).

What the algorithm leaves open is decided as follows. Line 6: the direction is steepest descent of the mean loss of the minibatch, one for
all its samples, since line 14 can apply only one. Line 12 divides by epsilon and (13) by |v_i psi|: where either is 0 the run stops with
an error. "Every N_lin minibatches" counts through the epochs and begins with the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sympy import Abs, Expr, Lambda, S, diff

from theory.evidence import implements
from theory.linear_range.exactly import is_zero
from theory.values import exact_number


@dataclass(frozen=True)
class LinGradStep:
    """What linGrad did on one minibatch.

    Attributes:
        epsilon: the measurement at the previous step size (line 11), None where this minibatch was not measured.
        candidate: psi* (line 12), None where it was not measured.
        step_size: the psi that moved the parameters (lines 13 and 14).
        parameters: s_0, ..., s_{I-1} afterwards.
    """

    epsilon: Expr | None
    candidate: Expr | None
    step_size: Expr
    parameters: tuple[Expr, ...]


@dataclass(frozen=True)
class _Network:
    """The layers with their derivatives, and the derivative of the loss."""

    layers: tuple[Lambda, ...]
    by_state: tuple[Lambda, ...]
    by_parameter: tuple[Lambda, ...]
    loss_slope: Lambda

    @classmethod
    def of(cls, layers: Sequence[Lambda], loss: Lambda) -> _Network:
        for name, function in [("loss", loss), *((f"layers[{n}]", layer) for n, layer in enumerate(layers))]:
            if not isinstance(function, Lambda) or len(function.variables) != 2:
                raise TypeError(f"{name} is {function!r}: expected a Lambda of two variables")
        slopes = [tuple(Lambda(f.variables, diff(f.expr, x)) for f in layers for x in (f.variables[n],)) for n in (0, 1)]
        return cls(tuple(layers), slopes[0], slopes[1], Lambda(loss.variables, diff(loss.expr, loss.variables[0])))

    def states(self, x: Expr, parameters: Sequence[Expr]) -> list[Expr]:
        """(1)."""
        states = [x]
        for layer, s in zip(self.layers, parameters, strict=True):
            states.append(layer(states[-1], s))
        return states

    def descent(self, sample: tuple[Expr, Expr], parameters: Sequence[Expr]) -> list[Expr]:
        """Minus the gradient of the loss of one sample, by the adjoint solution (8), (10)."""
        x, y = sample
        states = self.states(x, parameters)
        adjoint, direction = self.loss_slope(states[-1], y), []
        for u, s, by_state, by_parameter in reversed(list(zip(states[:-1], parameters, self.by_state, self.by_parameter, strict=True))):
            direction.append(-adjoint * by_parameter(u, s))
            adjoint *= by_state(u, s)
        return direction[::-1]

    def epsilon(self, x: Expr, parameters: Sequence[Expr], direction: Sequence[Expr], psi: Expr) -> Expr:
        """(4) and (13)."""
        moved = [s + psi * d for s, d in zip(parameters, direction, strict=True)]
        old, new = self.states(x, parameters), self.states(x, moved)
        tangent, total = S.Zero, S.Zero
        for n, d in enumerate(direction):
            tangent = self.by_state[n](old[n], parameters[n]) * tangent + self.by_parameter[n](old[n], parameters[n]) * psi * d
            if is_zero(tangent, f"the tangent of layer {n + 1}"):
                raise ValueError(f"the tangent of layer {n + 1} is 0 for the input {x}: (13) divides by its size")
            total += Abs((new[n + 1] - old[n + 1] - tangent) / tangent)
        return total / len(direction)


@implements("ni-talnikar:algorithm-1")
def lingrad(
    layers: Sequence[Lambda],
    loss: Lambda,
    parameters: Sequence[Any],
    minibatches: Sequence[Sequence[tuple[Any, Any]]],
    *,
    epsilon_star: Any,
    first_step: Any,
    history: int,
    every: int = 1,
    epochs: int = 1,
) -> list[LinGradStep]:
    """Psi = min of the last N_hist of psi epsilon*/epsilon, then s_i <- s_i + sigma_i psi.

    Args:
        layers: f_0, ..., f_{I-1}, each a Lambda of a state and a parameter.
        loss: a Lambda of the last state and the target.
        parameters: s_0, ..., s_{I-1}, exact numbers.
        minibatches: lists of samples (x, y), exact numbers, in the order of each epoch.
        epsilon_star: the limit, greater than 0.
        first_step: psi_0, greater than 0.
        history: N_hist.
        every: N_lin; one minibatch in so many is measured.
        epochs: how often all minibatches are gone through.

    Returns:
        One step a minibatch. Numerators and denominators grow with every step, so this is for a few steps.

    Raises:
        TypeError: for inexact numbers, or layers that are no Lambda of two variables.
        ValueError: for an empty minibatch, counts below 1, and where algorithm 1 divides by 0, passes a pole of a layer, or goes on from
            a number whose sign cannot be settled.

    Source:
        Ni & Talnikar, algorithm 1.

    Example:
        >>> from sympy import Rational, symbols
        >>> u, s, y = symbols("u s y", real=True)
        >>> layer, loss = Lambda((u, s), u * s**2), Lambda((u, y), (u - y) ** 2 / 2)
        >>> run = lingrad([layer], loss, [1], [[(1, 2)]], epsilon_star=Rational(1, 2), first_step=1, history=5)
        >>> run[0].epsilon, run[0].step_size, run[0].parameters
        (1, 1/2, (2,))
    """
    counts: dict[str, Any] = {"history": history, "every": every, "epochs": epochs}
    for name, count in counts.items():
        if isinstance(count, bool) or not isinstance(count, int) or count < 1:
            raise ValueError(f"{name} is {count!r}: expected an integer >= 1")
    network = _Network.of(layers, loss)
    s = tuple(exact_number(w, f"parameters[{n}]") for n, w in enumerate(parameters))
    if not s or len(s) != len(network.layers):
        raise ValueError(
            f"found {len(network.layers)} layers and {len(s)} parameters: expected one or more layers, and one parameter a layer"
        )
    batches = [[(exact_number(x, "an input"), exact_number(y, "a target")) for x, y in batch] for batch in minibatches]
    if not batches or not all(batches):
        raise ValueError("a minibatch is empty: expected one or more samples in each")
    limit, psi = exact_number(epsilon_star, "epsilon_star"), exact_number(first_step, "first_step")
    if limit.is_positive is not True or psi.is_positive is not True:
        raise ValueError(f"epsilon_star is {limit} and first_step {psi}: expected both to be greater than 0")
    candidates: list[Expr] = []
    steps: list[LinGradStep] = []
    for number, batch in enumerate(batches * epochs):
        gradients = [network.descent(sample, s) for sample in batch]
        sigma = [sum(column, S.Zero) / len(batch) for column in zip(*gradients, strict=True)]
        epsilon = candidate = None
        if number % every == 0:
            epsilon = sum((network.epsilon(x, s, sigma, psi) for x, _ in batch), S.Zero) / len(batch)
            if is_zero(epsilon, f"epsilon on minibatch {number}"):
                raise ValueError(f"epsilon is 0 on minibatch {number}: psi* = psi epsilon*/epsilon divides by it")
            candidate = psi * limit / epsilon
            candidates.append(candidate)
            psi = min(candidates[-history:])
        s = tuple(w + psi * d for w, d in zip(s, sigma, strict=True))
        steps.append(LinGradStep(epsilon, candidate, psi, s))
    return steps


__all__ = ["LinGradStep", "lingrad"]
