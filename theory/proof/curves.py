"""Derivatives of curves and layers of any shape: how fast a matrix moves with one parameter, the chain rule, and sums.

A curve is a `Lambda` of one real variable with a word of matrices as value, and it is looked at where the variable is 0. So
"the derivative in a direction" needs no norm and no basis, and an identity between velocities holds for all shapes.
"""

from __future__ import annotations

from typing import Any

from sympy import Add, Dummy, Eq, Expr, Gt, ImmutableMatrix, Lambda, Lt, Min, Mul, Pow, S, Sum, Symbol, diff, sympify
from sympy.functions.elementary.complexes import transpose

from theory.proof.algebra import derivative
from theory.proof.deciding import decide
from theory.proof.facts import Instance, fact
from theory.proof.language import conditions, keep_bound, keep_state
from theory.proof.logic import And, Exists, ForAll, Predicate, apply, substitute
from theory.proof.theorem import KernelError, NotProved
from theory.proof.words import Trace, squared_norm


class Velocity(Predicate):
    """`Velocity(Lambda(t, X(t)), V)`: the curve X is differentiable at t = 0, and V is its derivative there."""

    def decide(self) -> bool | None:
        """Entry by entry: a polynomial, or whatever the rule `derivative` differentiates near 0; for numbers or explicit matrices."""
        curve, velocity = self.args
        if not _is_curve(curve):
            return None
        (t,) = curve.variables
        pairs = _pairs(curve.expr, velocity)
        found = [_moves_at(path, t, rate) for path, rate in pairs or ()]
        return None if pairs is None or None in found else all(found)


def _pairs(path: Any, velocity: Any) -> list[tuple[Any, Any]] | None:
    """The entries of a curve with those of its velocity; None for matrices that are not explicit, or of different shapes."""
    if not isinstance(path, ImmutableMatrix):
        path, velocity = _number(path), _number(velocity)
        return None if path is None or velocity is None else [(path, velocity)]
    if velocity is S.Zero:
        velocity = ImmutableMatrix.zeros(*path.shape)
    elif path.shape == (1, 1) and not isinstance(velocity, ImmutableMatrix):
        velocity = ImmutableMatrix([[velocity]])
    if not isinstance(velocity, ImmutableMatrix) or velocity.shape != path.shape:
        return None
    return list(zip(path, velocity, strict=True))


def _moves_at(path: Any, t: Symbol, velocity: Any) -> bool | None:
    rate = _rate(path, t)
    return None if rate is None else decide(Eq(rate, velocity, evaluate=False))


def _rate(path: Any, t: Symbol) -> Any:
    """The derivative at 0, or None where it is not known; of a minimum, that of the one term which is least there, if all are smooth."""
    path = path.doit() if path.has(Sum) else path
    if isinstance(path, Min):
        rates, values = [_rate(term, t) for term in path.args], [substitute(term, {t: sympify(0)}) for term in path.args]
        least = [k for k, v in enumerate(values) if all(decide(Lt(v, w)) is True for w in (*values[:k], *values[k + 1 :]))]
        return rates[least[0]] if least and None not in rates else None
    if not path.is_polynomial(t):
        return _smooth_rate(path, t)
    # 1/s is no number for every s
    defined = path.free_symbols <= {t} or all(decide(c) is True for c in conditions(path))
    return substitute(diff(path, t), {t: sympify(0)}) if defined else None


class LayerDerivatives(Predicate):
    """`LayerDerivatives(Lambda((U, S), f(U, S)), u, s, A, B)`: f(u + h, s + k) = f(u, s) + A h + B k + o(|h| + |k|).

    The layer f is differentiable at the state u and the parameters s, and A and B are its two partial Jacobians there.
    """

    def decide(self) -> bool | None:
        """For a polynomial in the state and the parameters, with numbers as coefficients, at a multiple of the identity."""
        layer, (state, parameter, by_state, by_parameter) = self.args[0], map(_number, self.args[1:])
        if not _is_layer(layer) or None in (state, parameter, by_state, by_parameter):
            return None
        if not _in_one_algebra(layer.expr, layer.variables):
            return None
        at = dict(zip(layer.variables, (state, parameter), strict=True))
        numbers = {v: Dummy(real=True) for v in layer.variables}  # no name that a coefficient could have too
        body = substitute(layer.expr, numbers)
        if not body.is_polynomial(*numbers.values()):
            return None
        here = {numbers[v]: at[v] for v in layer.variables}
        slopes = (substitute(diff(body, numbers[v]), here) for v in layer.variables)
        return decide(And(*(Eq(a, b, evaluate=False) for a, b in zip(slopes, (by_state, by_parameter), strict=True))))


def _in_one_algebra(e: Any, letters: tuple[Symbol, ...]) -> bool:
    """Sums and products of these letters and numbers alone: U C - C U is 0 for numbers, not for matrices; so is U - U'."""
    if not e.has(*letters):
        return bool(e.is_commutative)
    return e in letters or (isinstance(e, Add | Mul | Pow) and all(_in_one_algebra(a, letters) for a in e.args))


def _number(value: Any) -> Any:
    """A number, or a 1 x 1 matrix as one; None for any other matrix."""
    if isinstance(value, ImmutableMatrix):
        return value[0] if value.shape == (1, 1) else None
    return value if value.is_commutative else None


def _smooth_rate(path: Any, t: Symbol) -> Any:
    """The derivative at 0 where its side conditions hold there: they are open, so they hold nearby too."""
    try:
        rule = derivative(path, t)
        if all(decide(substitute(c, {t: sympify(0)})) is True for c in rule.given):
            return substitute(rule.then.args[1], {t: sympify(0)})
    except (NotProved, ValueError):  # no rule, no number there, or a derivative that is none, as that of a sign
        pass
    return None


def _is_curve(curve: Any) -> bool:
    return isinstance(curve, Lambda) and len(curve.variables) == 1 and curve.variables[0].is_integer is not True


def _is_layer(layer: Any) -> bool:
    return isinstance(layer, Lambda) and len(layer.variables) == 2 and all(v.is_commutative is False for v in layer.variables)


def _require_curve(*curves: Any) -> Symbol:
    """The variable of curves that share it."""
    for curve in curves:
        if not _is_curve(curve) or curve.variables != curves[0].variables:
            raise KernelError(f"{curve} is no curve: expected a Lambda of one real variable, the same for all")
    variable: Symbol = curves[0].variables[0]
    keep_state(variable)
    return variable


@fact("the chain rule", "Rudin, Principles of Mathematical Analysis, theorem 9.15")
def chain_rule(layer: Any, state: Any, parameter: Any, by_state: Any, by_parameter: Any, moved: Any, steered: Any) -> Instance:
    """The curve t -> f(u(t), s(t)) has the velocity A v + B sigma, for curves u, s of velocities v, sigma."""
    t = _require_curve(state, parameter)
    if not _is_layer(layer):
        raise KernelError(f"{layer} is no layer: expected a Lambda of a state and of parameters")
    keep_bound(t, layer)
    start = {t: sympify(0)}
    here = (substitute(curve.expr, start) for curve in (state, parameter))
    given = (LayerDerivatives(layer, *here, by_state, by_parameter), Velocity(state, moved), Velocity(parameter, steered))
    image = apply(layer, state.expr, parameter.expr)
    return given, Velocity(Lambda(t, image), by_state * moved + by_parameter * steered)


@fact("a curve that moves at a constant rate has that rate as its velocity", "Rudin, Principles of Mathematical Analysis, definition 5.1")
def straight_line(start: Any, direction: Any, t: Symbol) -> Instance:
    """For the curve t -> s + t d; with d = 0 it stays where it is."""
    keep_state(t, start, direction)
    return (), Velocity(Lambda(t, sympify(start) + t * direction), sympify(direction))


@fact("a curve that stays within K t^2 of a line has the line's rate as its velocity", "Rudin, Principles of Mathematical Analysis, 5.1")
def near_a_line(curve: Any, velocity: Any, bound: Any, radius: Any) -> Instance:
    """From |X(t) - X(0) - t V|^2 <= (K t^2)^2 for |t| <= r, where r > 0: the velocity of X is V."""
    t = _require_curve(curve)
    keep_state(t, velocity, bound, radius)
    bound, radius = sympify(bound), sympify(radius)
    rest = curve.expr - substitute(curve.expr, {t: sympify(0)}) - t * velocity
    near = ForAll(t, And(t >= -radius, t <= radius), squared_norm(rest) <= bound**2 * t**4)
    return (radius > 0, near), Velocity(curve, sympify(velocity))


@fact("a curve with a velocity stays within every cone around its line, for a while", "Rudin, Principles of Mathematical Analysis, 9.11")
def close_to_its_line(curve: Any, velocity: Any, slope: Any, radius: Symbol) -> Instance:
    """From the velocity V and e > 0: there is r > 0 with |X(t) - X(0) - t V|^2 <= e^2 t^2 for |t| <= r."""
    near = _in_a_cone(curve, velocity, slope, radius)
    return (Velocity(curve, velocity), Gt(slope, 0)), near


@fact(
    "a curve that stays for a while within every cone around a line has its rate as velocity",
    "Rudin, Principles of Mathematical Analysis, 9.11",
)
def within_every_cone(curve: Any, velocity: Any, slope: Symbol, radius: Symbol) -> Instance:
    """If for every e > 0 there is r > 0 with |X(t) - X(0) - t V|^2 <= e^2 t^2 for |t| <= r: the velocity of X is V."""
    near = _in_a_cone(curve, velocity, slope, radius)
    keep_state(slope, curve, velocity, radius)
    return (ForAll(slope, slope > 0, near),), Velocity(curve, sympify(velocity))


def _in_a_cone(curve: Any, velocity: Any, slope: Any, radius: Symbol) -> Exists:
    """There is r > 0 with |X(t) - X(0) - t V|^2 <= e^2 t^2 for |t| <= r."""
    t = _require_curve(curve)
    keep_state(t, velocity, slope)
    keep_state(radius, curve, velocity, slope, t)
    rest = curve.expr - substitute(curve.expr, {t: sympify(0)}) - t * sympify(velocity)
    length = rest**2 if rest.is_commutative else squared_norm(rest)
    near = ForAll(t, And(t >= -radius, t <= radius), length <= sympify(slope) ** 2 * t**2)
    return Exists(radius, radius > 0, near)


@fact("the derivative of a sum is the sum of the derivatives", "Rudin, Principles of Mathematical Analysis, theorem 5.3")
def velocity_of_sum(curve: Any, velocity: Any, index: Symbol, low: Any, high: Any) -> Instance:
    """For curves X_i of velocities V_i, low <= i <= high: the curve of their sum."""
    t = _require_curve(curve)
    keep_bound(index, low, high)
    keep_bound(t, velocity, low, high)
    low, high = sympify(low), sympify(high)
    each = ForAll(index, And(index >= low, index <= high), Velocity(curve, velocity))
    limits = (index, low, high)
    return (high >= low, each), Velocity(Lambda(t, Sum(curve.expr, limits)), Sum(velocity, limits))


@fact("the derivative of a sum is the sum of the derivatives", "Rudin, Principles of Mathematical Analysis, theorem 5.3")
def velocity_of_multiple(curve: Any, velocity: Any, left: Any, right: Any) -> Instance:
    """For a curve X of velocity V and fixed factors a, b: the curve of a X b has the velocity a V b."""
    t = _require_curve(curve)
    keep_bound(t, left, right)
    return (Velocity(curve, velocity),), Velocity(Lambda(t, left * curve.expr * right), left * velocity * right)


@fact(
    "a matrix is differentiated entry by entry, so its transpose has the transposed derivative",
    "Rudin, Principles of Mathematical Analysis, remark 5.16",
)
def velocity_of_transpose(curve: Any, velocity: Any) -> Instance:
    """For a curve X of velocity V: the curve of X' has the velocity V'."""
    t = _require_curve(curve)
    keep_bound(t, velocity)
    return (Velocity(curve, velocity),), Velocity(Lambda(t, transpose(curve.expr)), transpose(sympify(velocity)))


@fact("the chain rule for a function of one number", "Rudin, Principles of Mathematical Analysis, theorem 5.5")
def chain_rule_of_numbers(function: Any, slope: Any, curve: Any, velocity: Any) -> Instance:
    """For a curve f of numbers with the velocity v, and phi with the derivative m at f(0): phi(f(t)) has the velocity m v."""
    t = _require_curve(curve)
    if not (_is_curve(function) and function.variables[0].is_real and curve.expr.is_commutative and sympify(velocity).is_commutative):
        raise KernelError(f"{function} is no function of a real number, or {curve} no curve of numbers of velocity {velocity}")
    keep_bound(t, function, slope, velocity)
    here = Lambda(t, apply(function, substitute(curve.expr, {t: sympify(0)}) + t))
    return (Velocity(here, slope), Velocity(curve, velocity)), Velocity(Lambda(t, apply(function, curve.expr)), slope * velocity)


@fact(
    "the trace is linear, so the trace of a curve has the trace of the velocity", "Rudin, Principles of Mathematical Analysis, remark 5.16"
)
def velocity_of_trace(curve: Any, velocity: Any) -> Instance:
    """For a curve X of square matrices, of velocity V: the curve of trace X has the velocity trace V."""
    t = _require_curve(curve)
    keep_bound(t, velocity)
    if curve.expr.is_commutative:
        raise KernelError(f"{curve} is a curve of numbers; the trace of a number depends on the size of the identity")
    return (Velocity(curve, velocity),), Velocity(Lambda(t, Trace(curve.expr)), Trace(velocity))


@fact(
    "where one of two curves of numbers is below the other, the lesser of both moves as it does", "Rudin, Principles, theorems 4.8 and 5.2"
)
def velocity_of_the_lesser(curve: Any, velocity: Any, other: Any, other_velocity: Any) -> Instance:
    """For curves f, g of velocities v, w, with f(0) < g(0): Min(f, g) has the velocity v."""
    t = _require_curve(curve, other)
    keep_bound(t, velocity, other_velocity)
    if not (curve.expr.is_commutative and other.expr.is_commutative):
        raise KernelError(f"{curve} and {other} are no curves of numbers")
    lower, upper = (substitute(c.expr, {t: sympify(0)}) for c in (curve, other))
    given = (Velocity(curve, velocity), Velocity(other, other_velocity), Lt(lower, upper))
    return given, Velocity(Lambda(t, Min(curve.expr, other.expr)), velocity)


@fact("curves that agree everywhere have the same derivative", "Rudin, Principles of Mathematical Analysis, definition 5.1")
def same_curve(curve: Any, other: Any, velocity: Any) -> Instance:
    """From X(t) = Y(t) for all t, and the velocity V of Y: that of X."""
    t = _require_curve(curve, other)
    return (ForAll(t, True, _same(curve.expr, other.expr)), Velocity(other, velocity)), Velocity(curve, velocity)


@fact("a function has one derivative", "Rudin, Principles of Mathematical Analysis, definition 5.1 and theorem 9.12")
def one_velocity(curve: Any, velocity: Any, other: Any) -> Instance:
    """From two velocities of one curve: they are equal."""
    _require_curve(curve)
    return (Velocity(curve, velocity), Velocity(curve, other)), Eq(sympify(velocity), sympify(other), evaluate=False)


@fact(
    "curves that agree from a time on have the same derivative at that time",
    "Rudin, Principles of Mathematical Analysis, definition 5.1: the limit from the right",
)
def same_ahead(curve: Any, other: Any, velocity: Any, other_velocity: Any, until: Any) -> Instance:
    """From X(t) = Y(t) for 0 <= t < T, where T > 0, and the velocities V, W of X, Y: V = W."""
    t = _require_curve(curve, other)
    keep_bound(t, velocity, other_velocity, until)
    ahead = ForAll(t, And(t >= 0, t < sympify(until)), _same(curve.expr, other.expr))
    given = (Gt(until, 0), ahead, Velocity(curve, velocity), Velocity(other, other_velocity))
    return given, _same(sympify(velocity), sympify(other_velocity))


def _same(one: Expr, other: Expr) -> Any:
    return Eq(one, other, evaluate=False)


__all__ = ["LayerDerivatives", "Velocity"]
