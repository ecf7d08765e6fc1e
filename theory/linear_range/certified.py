"""A certified part of the epsilon*-linear range of a logistic network, of any depth and width, from exact weights. (beyond section 3.1).

The theorem `certified_steps.steps_within_the_linear_range` says which psi_0 are safe; here its norms, states and tangents are enclosed in
balls, and the largest such psi_0 is found by bisection. Nothing is rounded to the unsafe side.

The bound is sharp for one neuron: where the logistic function bends most, the end of the range over psi_0 tends to 1 with epsilon* to 0.
Each layer more costs a factor, as norms are multiplied and no cancellation is seen: with random weights and directions and epsilon* = 0.3
the range ends at 1.2 to 1.8 psi_0 for one layer, at 3 to 5 psi_0 for two, at 6 to 9 for three of width 5, but at 40 to 600 for width 50.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sympy as sp
from flint import arb, arb_mat, ctx
from sympy import Expr, Rational

from theory.linear_range.layer_bounds import SHARPEST, STEEPEST, next_bulge, next_reach
from theory.proof.balls import ball
from theory.values import exact_number, shown

BITS = 128
SQUARINGS = 5  # the 64th root of the trace of (M' M)^32 is at most n^(1/64) times the norm of M: 6 % more for n = 50
FAR = 4096  # doublings of the step before the search is given up
STEPS = 24  # bisections: psi_0 is within 1e-7 of the largest that the bound allows


def certified_range(weights: Sequence[Any], directions: Sequence[Any], inputs: Sequence[Any], epsilon_star: Any) -> Rational:
    """A psi_0 > 0 such that epsilon(psi) <= epsilon* for all 0 < |psi| <= psi_0, for one input; epsilon as in (13).

    Layer i is u_{i+1} = g(W_i u_i + b_i), g(r) = 1/(1 + e^-r), and the step moves it to W_i + psi Sigma_i, b_i + psi beta_i.

    Args:
        weights: the matrices (W_i b_i) of exact rational numbers, the bias as last column: shape (n_{i+1}, n_i + 1), as nested lists or
            SymPy matrices. A float x is an exact binary fraction: hand in Fraction(x).
        directions: the matrices (Sigma_i beta_i), of the same shapes.
        inputs: u_0, of length n_0.
        epsilon_star: the limit, a positive rational number.

    Returns:
        A rational number, the largest that the bound allows, rounded down by at most one part in ten million.

    Raises:
        TypeError: for floats and other inexact numbers.
        ValueError: for no layers, shapes that do not fit, numbers that are not rational, a limit that is not positive, and a layer whose
            tangent is 0, or so small that 128 bits do not tell it from 0: (13) divides by its size.

    Source:
        `theory.linear_range.certified_steps`, for (13) of Ni & Talnikar.

    Example:
        >>> neuron = [[2, -1]]  # g(2 u - 1) at u = 1, where W moves at the rate 3 and b at the rate 1
        >>> step = certified_range([neuron], [[[3, 1]]], [1], Rational(1, 10))
        >>> round(float(step), 6)
        0.102163
    """
    layers = [_matrix(w, f"weights[{n}]") for n, w in enumerate(weights)]
    moves = [_matrix(d, f"directions[{n}]") for n, d in enumerate(directions)]
    start = sp.ImmutableMatrix([_rational(value, f"inputs[{n}]") for n, value in enumerate(inputs)])
    limit = _rational(epsilon_star, "epsilon_star")
    if limit <= 0:
        raise ValueError(f"epsilon_star is {limit}: expected a positive number")
    _check_shapes(layers, moves, len(start))
    with _precision(BITS):
        share = _shares(layers, moves, start)
        return _largest(lambda step: share(step) * step <= _ball(limit) * len(layers))


def _matrix(value: Any, name: str) -> sp.ImmutableMatrix:
    """A matrix of rational numbers with a row or more, and two columns or more."""
    rows = value.tolist() if isinstance(value, sp.MatrixBase) else value
    try:
        entries = [[_rational(entry, f"an entry of {name}") for entry in row] for row in rows]
    except TypeError as error:
        if "expected an exact number" in str(error):
            raise
        raise TypeError(f"{name} is {shown(value)}: expected a matrix, i.e. a list of rows") from None
    if len({len(row) for row in entries}) != 1 or len(entries[0]) < 2:
        raise ValueError(f"{name} is {shown(value)}: expected rows of one length, 2 or more (the weights, then the bias)")
    return sp.ImmutableMatrix(entries)


def _rational(value: Any, name: str) -> Rational:
    number = exact_number(value, name)
    if not isinstance(number, Rational):
        raise ValueError(f"{name} is {number}: expected a rational number")
    return number


def _check_shapes(layers: list[sp.ImmutableMatrix], moves: list[sp.ImmutableMatrix], width: int) -> None:
    if not layers or len(layers) != len(moves):
        raise ValueError(f"found {len(layers)} weights and {len(moves)} directions: expected one or more layers, and one direction a layer")
    for n, (layer, move) in enumerate(zip(layers, moves, strict=True)):
        if layer.shape != move.shape or layer.cols != width + 1:
            raise ValueError(
                f"layer {n} has {width} inputs, weights of shape {layer.shape} and directions of shape {move.shape}: "
                f"expected {width + 1} columns in both, and as many rows"
            )
        width = layer.rows


@contextmanager
def _precision(bits: int) -> Iterator[None]:
    saved, ctx.prec = ctx.prec, bits
    try:
        yield
    finally:
        ctx.prec = saved


def _ball(number: Expr) -> arb:
    return ball(number, BITS)


def _balls(matrix: sp.MatrixBase) -> arb_mat:
    return arb_mat(matrix.rows, matrix.cols, [_ball(entry) for entry in matrix])


def _shares(layers: list[sp.ImmutableMatrix], moves: list[sp.ImmutableMatrix], start: sp.ImmutableMatrix) -> Callable[[Rational], arb]:
    """The sum of rho(i) = bulge(i)/|v_i| over the layers, as a function of the largest step."""
    state, tangent = _balls(start), arb_mat(len(start), 1)
    parts = []
    for n, (layer, move) in enumerate(zip(layers, moves, strict=True)):
        (weights, biases), (turns, shifts) = ((_balls(m[:, :-1]), _balls(m[:, -1])) for m in (layer, move))
        pushed = turns * state + shifts
        inside = weights * state + biases
        slopes = [1 / ((1 + z.exp()) * (1 + (-z).exp())) for z in inside.entries()]
        moved = weights * tangent + pushed
        state = _column([1 / (1 + (-z).exp()) for z in inside.entries()])
        tangent = _column([slope * entry for slope, entry in zip(slopes, moved.entries(), strict=True)])
        length = _length(tangent)
        if not length > 0:
            raise ValueError(f"the tangent of layer {n + 1} is 0, or too small to tell: (13) divides by its size, so no step is certified")
        steep = slopes[0]
        for slope in slopes[1:]:
            steep = steep.max(slope)
        parts.append((steep, _norm(weights), _norm(turns), _length(pushed), length))

    def total(step: Rational) -> arb:
        reach = bulge = result = arb(0)
        for steep, weights, turns, pushed, length in parts:
            after = next_reach(weights, turns, pushed, reach, _ball(step), _ball(STEEPEST))
            bulge = next_bulge(steep, weights, turns, bulge, reach, _ball(SHARPEST) * (after / _ball(STEEPEST)) ** 2)
            reach = after
            result += bulge / length
        return result

    return total


def _column(entries: list[arb]) -> arb_mat:
    return arb_mat(len(entries), 1, entries)


def _length(column: arb_mat) -> arb:
    return sum((entry**2 for entry in column.entries()), arb(0)).sqrt()


def _norm(matrix: arb_mat) -> arb:
    """An upper bound of the largest singular value: the root of the trace of a power of M' M."""
    power = matrix.transpose() * matrix if matrix.ncols() <= matrix.nrows() else matrix * matrix.transpose()
    for _ in range(SQUARINGS):
        power = power * power
    trace = sum((power[n, n] for n in range(power.nrows())), arb(0))
    root = trace.upper()
    for _ in range(SQUARINGS + 1):
        root = root.sqrt()
    return arb(root.upper())


def _largest(safe: Callable[[Rational], bool]) -> Rational:
    """The largest step that is known to be safe, by doubling and bisection; safe steps below a safe one are safe too."""
    low, high = Rational(1), Rational(1)
    for _ in range(FAR):
        if safe(low):
            break
        low, high = low / 2, low
    else:
        raise ValueError(f"no step down to {high} is certified: the tangents are too small")
    for _ in range(FAR):
        if low < high or not safe(2 * high):
            break
        low = high = 2 * high
    high = high if low < high else 2 * high
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if safe(middle) else (low, middle)
    return low


__all__ = ["certified_range"]
