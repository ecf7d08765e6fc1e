"""Functions applied to every entry of a column, as in a layer of neurons: their derivative is a diagonal matrix.

Also the product and the sum of two curves of matrices, what the rule `derivative` says as `HasDerivative` or of a velocity, and
functions of one direction.
"""

from __future__ import annotations

from typing import Any

from sympy import Add, Derivative, Eq, ImmutableMatrix, Integer, Lambda, Mul, Sum, Symbol, sympify
from sympy.functions.elementary.complexes import transpose

from theory.proof.curves import LayerDerivatives, Velocity, _require_curve
from theory.proof.deciding import decide
from theory.proof.facts import Instance, fact
from theory.proof.language import keep_bound, keep_state
from theory.proof.letters import SHORT
from theory.proof.logic import And, ForAll, Predicate, apply, substitute
from theory.proof.systems import HasDerivative
from theory.proof.theorem import KernelError
from theory.proof.values import put
from theory.proof.words import Column, Trace


class Entrywise(Predicate):
    """`Entrywise(Lambda(r, g(r)), X, Y)`: every entry of the column Y is g of the entry of the column X in the same place."""

    def decide(self) -> bool | None:
        """For explicit columns of one shape, or numbers."""
        function, before, after = self.args
        inputs, outputs = _entries(before), _entries(after)
        if not _is_real_function(function) or inputs is None or outputs is None or len(inputs) != len(outputs):
            return None
        return decide(And(*(Eq(apply(function, x), y, evaluate=False) for x, y in zip(inputs, outputs, strict=True))))


class Gate(Predicate):
    """`Gate(Lambda(r, h(r)), X, M)`: M is the diagonal matrix of the values of h at the entries of the column X."""

    def decide(self) -> bool | None:
        """For an explicit column and matrix, or numbers."""
        function, column, matrix = self.args
        entries = _entries(column)
        square = matrix if isinstance(matrix, ImmutableMatrix) else ImmutableMatrix([[matrix]])
        if not _is_real_function(function) or entries is None or square.has(Symbol) or square.shape != (len(entries),) * 2:
            return None
        wanted = ImmutableMatrix(*square.shape, lambda a, b: apply(function, entries[a]) if a == b else sympify(0))
        return decide(And(*(Eq(x, y, evaluate=False) for x, y in zip(square, wanted, strict=True))))


def _entries(column: Any) -> list[Any] | None:
    """The entries of an explicit column, or the one of a number; None for anything else."""
    if isinstance(column, ImmutableMatrix):
        return list(column) if column.cols == 1 else None
    return [_written_out(column)] if column.is_commutative else None


def _written_out(e: Any) -> Any:
    """The number with its sums over explicit ranges written out, so that terms with the factor 0 are gone."""
    if isinstance(e, Sum) and len(e.limits) == 1:
        index, low, high = e.limits[0]
        if isinstance(low, Integer) and isinstance(high, Integer) and low - 1 <= high <= low + SHORT:
            return Add(*(substitute(e.function, {index: Integer(n)}) for n in range(int(low), int(high) + 1)))
    return e.func(*map(_written_out, e.args)) if isinstance(e, Add | Mul) else e


def _is_real_function(function: Any) -> bool:
    one = isinstance(function, Lambda) and len(function.variables) == 1
    return one and function.variables[0].is_real is True and function.variables[0].is_integer is not True


@fact(
    "a function applied to every entry has the diagonal matrix of its slopes as derivative",
    "Rudin, Principles of Mathematical Analysis, theorem 5.5 and remark 5.16",
)
def entrywise_chain_rule(function: Any, slope: Any, inside: Any, outside: Any, velocity: Any, gate: Any) -> Instance:
    """For g with g' = h everywhere, and Y(t) = g(X(t)) entry by entry: the velocity of Y is M V, with M = diag h(X(0))."""
    t = _require_curve(inside, outside)
    if not (_is_real_function(function) and _is_real_function(slope)):
        raise KernelError(f"{function} and its slope {slope} are no functions of a real variable")
    keep_bound(t, function, slope, velocity, gate)
    start = substitute(inside.expr, {t: sympify(0)})
    applied = ForAll(t, True, Entrywise(function, inside.expr, outside.expr))
    given = (HasDerivative(function, slope), applied, Velocity(inside, velocity), Gate(slope, start, gate))
    return given, Velocity(outside, gate * velocity)


@fact("the product rule", "Rudin, Principles of Mathematical Analysis, theorem 5.3 (b)")
def velocity_of_product(curve: Any, velocity: Any, other: Any, other_velocity: Any) -> Instance:
    """For curves X, Y of velocities V, W: the curve of X Y has the velocity V Y(0) + X(0) W."""
    t = _require_curve(curve, other)
    keep_bound(t, velocity, other_velocity)
    x, y = (substitute(c.expr, {t: sympify(0)}) for c in (curve, other))
    given = (Velocity(curve, velocity), Velocity(other, other_velocity))
    return given, Velocity(Lambda(t, curve.expr * other.expr), velocity * y + x * other_velocity)


@fact("the derivative of a sum is the sum of the derivatives", "Rudin, Principles of Mathematical Analysis, theorem 5.3 (a)")
def velocity_of_addition(curve: Any, velocity: Any, other: Any, other_velocity: Any) -> Instance:
    """For curves X, Y of velocities V, W: the curve of X + Y has the velocity V + W."""
    t = _require_curve(curve, other)
    keep_bound(t, velocity, other_velocity)
    given = (Velocity(curve, velocity), Velocity(other, other_velocity))
    return given, Velocity(Lambda(t, curve.expr + other.expr), sympify(velocity) + sympify(other_velocity))


@fact("a function with a derivative at every point is differentiable", "Rudin, Principles of Mathematical Analysis, definition 5.1")
def derivative_everywhere(function: Any, slope: Any) -> Instance:
    """From f'(r) = g(r) for every real r: f has the derivative g."""
    if not (_is_real_function(function) and _is_real_function(slope) and function.variables == slope.variables):
        raise KernelError(f"{function} and {slope} are no functions of one real variable")
    (r,) = function.variables
    keep_state(r)
    everywhere = ForAll(r, True, Eq(Derivative(function.expr, (r, 1)), slope.expr, evaluate=False))
    return (everywhere,), HasDerivative(function, slope)


@fact("the derivative at a point is the velocity there", "Rudin, Principles of Mathematical Analysis, definition 5.1")
def velocity_from_derivative(function: Any, slope: Any, where: Any, hour: Symbol, point: Any) -> Instance:
    """From f'(r) = g(r) for every real r with c(r), and c(p): the curve h -> f(p + h) has the velocity g(p)."""
    if not (_is_real_function(function) and _is_real_function(slope) and function.variables == slope.variables):
        raise KernelError(f"{function} and {slope} are no functions of one real variable")
    (r,) = function.variables
    where, point = sympify(where), sympify(point)
    keep_state(hour, function, slope, where, point, r)
    here = ForAll(r, where, Eq(Derivative(function.expr, (r, 1)), slope.expr, evaluate=False))
    curve = Lambda(hour, apply(function, point + hour))
    return (here, *put(where, {r: point})), Velocity(curve, apply(slope, point))


@fact("a function of one direction has its slope in that direction as Jacobian", "Rudin, Principles of Mathematical Analysis, theorem 9.15")
def one_direction(
    function: Any, slope: Any, direction: Any, factor: Any, state: Any, parameter: Any, hour: Symbol, letters: tuple[Symbol, Symbol]
) -> Instance:
    """From f'(c' u) = a for a column c: the layer U -> f(c' U) B has the Jacobian a B c' at the column u; the parameters are not used."""
    if not (_is_real_function(function) and isinstance(direction, Column) and all(v.is_commutative is False for v in letters)):
        raise KernelError(f"{function} is no function of a real variable, {direction} no column, or {letters} are no letters")
    state, factor, slope = map(sympify, (state, factor, slope))
    if state.is_commutative and state != 0:
        raise KernelError(f"{state} is no column")
    for letter in letters:
        keep_bound(letter, function, direction, factor)
    value = Trace(transpose(direction) * state)
    keep_state(hour, function, slope, value)
    layer = Lambda(letters, apply(function, Trace(transpose(direction) * letters[0])) * factor)
    moves = Velocity(Lambda(hour, apply(function, value + hour)), slope)
    return (moves,), LayerDerivatives(layer, state, sympify(parameter), slope * factor * transpose(direction), sympify(0))


__all__ = ["Entrywise", "Gate"]
