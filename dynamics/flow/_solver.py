"""Gradient flow of rows: the vector field of a map's loss, and SciPy's solvers driven step by step.

SciPy, not torchdiffeq, also for batches of networks: at the same true error on a CPU torchdiffeq took 1.04 to 2.7 times as long
(``tests/benchmarks/bench_flow.py``), and SciPy has an implicit method and says how far it got.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import sympy as sp
import torch
from numpy.typing import NDArray
from scipy.integrate import DOP853, OdeSolver, Radau
from scipy.sparse import block_diag

from dynamics.maps._expressions import compiled, nested
from dynamics.maps.gradient_map import GradientMap
from dynamics.maps.symbolic_map import count
from dynamics.networks.network_maps import NetworkMap

Floats = NDArray[np.float64]

SOLVERS: dict[str, type[OdeSolver]] = {"DOP853": DOP853, "Radau": Radau}
TIGHTER = 100.0  # each solution is checked against one of a local tolerance so many times smaller
FLOOR = 100 * float(np.finfo(np.float64).eps)  # SciPy's own smallest relative tolerance


class FlowStopped(ArithmeticError):
    """The flow did not get to the last time: blow-up, a kink, stiffness, or an accuracy out of reach.

    Attributes:
        time: How far it got.
    """

    def __init__(self, message: str, time: float) -> None:
        super().__init__(message)
        self.time = time


@dataclass(frozen=True, slots=True)
class Field:
    """A loss on rows ``(rows, n)``: its value ``(rows,)``, gradient g ``(rows, n)``, Hessian H ``(rows, n, n)``, and H g ``(rows, n)``."""

    name: str
    device: str
    dimension: int
    loss: Callable[[Floats], Floats]
    gradient: Callable[[Floats], Floats]
    hessian: Callable[[Floats], Floats]
    hessian_gradient: Callable[[Floats], Floats]


def field_of(gradient_map: Any) -> Field:
    """Return the field of a map's loss; raises ``TypeError`` for a map without a loss, or not in float64."""
    if isinstance(gradient_map, GradientMap):
        return _symbolic(gradient_map)
    if isinstance(gradient_map, NetworkMap):
        return _network(gradient_map)
    raise TypeError(
        f"the flow is that of a {type(gradient_map).__name__}: expected a GradientMap, a network or a TorchMap, which have a loss"
    )


def _symbolic(gradient_map: GradientMap) -> Field:
    names, gradient = gradient_map.variables, gradient_map.gradient
    n = len(names)

    def on_rows(formulas: Callable[[], Iterable[sp.Expr]], *shape: int) -> Callable[[Floats], Floats]:
        function = cache(lambda: compiled(names, nested(tuple(formulas()), names)))  # a Hessian that nobody asks for costs nothing

        def values(x: Floats) -> Floats:
            with np.errstate(all="ignore"):
                columns = [np.broadcast_to(np.asarray(v, dtype=np.float64), len(x)) for v in function()(*x.T)]
            return np.stack(columns, axis=-1).reshape(len(x), *shape)

        return values

    def half_square() -> sp.Expr:
        return sum((g**2 for g in gradient), sp.Integer(0)) / 2

    return Field(
        str(gradient_map.loss),
        "cpu",
        n,
        loss=on_rows(lambda: [gradient_map.loss]),
        gradient=on_rows(lambda: gradient, n),
        hessian=on_rows(lambda: gradient_map.hessian, n, n),
        hessian_gradient=on_rows(lambda: [sp.diff(half_square(), v) for v in names], n),  # H g is the gradient of |g|^2 / 2
    )


def _network(net: NetworkMap) -> Field:
    if net.dtype != torch.float64:
        raise TypeError(f"the map is {net.dtype}: the flow is followed in float64, so make its data float64")
    if getattr(net, "momentum", None) is not None:
        raise TypeError("the map has momentum, so it is no gradient descent: give the same loss without momentum for the flow")

    def on_rows(function: Callable[[torch.Tensor], torch.Tensor]) -> Callable[[Floats], Floats]:
        return lambda x: function(torch.as_tensor(x, device=net.device)).detach().cpu().numpy()

    def hessian_gradient(x: torch.Tensor) -> torch.Tensor:
        g, pull_back, *_ = torch.func.vjp(net.gradient, x)
        return pull_back(g)[0]

    return Field(
        type(net).__name__,
        str(net.device),
        net.dimension,
        on_rows(net.loss),
        on_rows(net.gradient),
        on_rows(net.hessian),
        on_rows(hessian_gradient),
    )


def check(field: Field, rows: Floats, accuracy: float, method: str, max_gradients: int) -> None:
    """Raise ``ValueError`` for options out of range, or a loss that has no finite gradient at the start."""
    if method not in SOLVERS:
        raise ValueError(f"the method is {method!r}: expected one of {', '.join(SOLVERS)}")
    least = 10 ** np.ceil(np.log10(TIGHTER * FLOOR))
    if not least <= accuracy < 1:
        raise ValueError(f"accuracy = {accuracy!r}: expected a number from {least:g} to 1")
    if count(max_gradients) < 1:
        raise ValueError("max_gradients = 0: expected 1 or more")
    gradient = field.gradient(rows)
    if not np.isfinite(gradient).all():
        raise ValueError(
            f"the gradient at the start is {gradient[~np.isfinite(gradient).all(axis=1)][0]}: start where the loss is differentiable"
        )


def solve(field: Field, start: Floats, times: Floats, accuracy: float, method: str, budget: int) -> tuple[Floats, Floats, int]:
    """Return points ``(times, rows, n)``, estimated errors ``(times, rows)``, and how many gradients it took.

    The estimate is the distance to the solution of a `TIGHTER` times larger local tolerance, plus the smaller tolerance, since the two
    may meet by chance. Both fall until no estimate exceeds ``accuracy (1 + |x|)``. The points are those of the smaller one.
    """
    coarse, used = solve_once(field, start, times, accuracy, method, budget)
    tolerance = accuracy
    while True:
        tolerance = max(tolerance / TIGHTER, FLOOR)
        fine, more = solve_once(field, start, times, tolerance, method, budget - used)
        used += more
        scale = 1 + np.linalg.norm(fine, axis=-1)
        errors = np.linalg.norm(fine - coarse, axis=-1) + np.where(times > 0, tolerance, 0.0)[:, None] * scale
        good = (errors <= accuracy * scale).all(axis=1)
        if good.all():
            return fine, errors, used
        if tolerance <= FLOOR:
            reached = float(times[np.argmin(good) - 1]) if good[0] else 0.0
            worst = float(errors.max())
            raise FlowStopped(
                f"the accuracy {accuracy:g} holds up to t = {reached:.10g} of {times[-1]:g}, the estimated error grows to {worst:.1e}: "
                "ask for earlier times or less accuracy",
                reached,
            )
        coarse = fine


def solve_once(field: Field, start: Floats, times: Floats, tolerance: float, method: str, budget: int) -> tuple[Floats, int]:
    """Return points ``(times, rows, n)`` at one local tolerance, and how many gradients they took."""
    shape = start.shape

    def slope(_: float, y: Floats) -> Floats:
        return -field.gradient(y.reshape(shape)).ravel()

    def jacobian(t: float, y: Floats) -> Any:
        blocks = -field.hessian(y.reshape(shape))
        if not np.isfinite(blocks).all():
            raise FlowStopped(
                f"the flow stopped at t = {t:.10g} of {times[-1]:g}: the Hessian is not finite there; ask for earlier times", t
            )
        return blocks[0] if len(blocks) == 1 else block_diag(blocks, format="csc")

    filled = int(np.searchsorted(times, 0.0, side="right"))
    points = np.empty((len(times), *shape))
    points[:filled] = start
    if filled == len(times):
        return points, 0
    exact = {"jac": jacobian} if method == "Radau" else {}
    with np.errstate(all="ignore"):  # a flow that blows up leaves float64 in a trial step, which the solver then refuses
        solver = SOLVERS[method](slope, 0.0, start.ravel(), times[-1], rtol=tolerance, atol=tolerance, **exact)
        while filled < len(times):
            solver.step()
            reached = int(np.searchsorted(times, solver.t, side="right"))
            if reached > filled:
                points[filled:reached] = solver.dense_output()(times[filled:reached]).T.reshape(-1, *shape)
                filled = reached
            if solver.status == "failed" or (solver.nfev > budget and filled < len(times)):
                raise _stopped(field, solver, shape, float(times[-1]))
    return points, solver.nfev


def _stopped(field: Field, solver: OdeSolver, shape: tuple[int, ...], end: float) -> FlowStopped:
    y = solver.y.reshape(shape)
    largest = float(np.linalg.norm(y, axis=1).max())
    where = (
        f"the flow stopped at t = {solver.t:.10g} of {end:g}, where |x| = {largest:.3g}, |grad| = {np.linalg.norm(field.gradient(y)):.3g}"
    )
    if solver.status == "failed":
        why = "the step fell below the spacing of float64: it blows up there, or meets a kink; ask for earlier times"
    else:
        why = f"{solver.nfev} gradients are used up: a kink, a stiff loss (method='Radau' if it is smooth), or a small max_gradients"
    return FlowStopped(f"{where}: {why}", float(solver.t))
