"""Differential equations of any dimension whose parameters move: the derivatives in time and in the parameters commute.

Also: what never moves is constant.
"""

from __future__ import annotations

from typing import Any

from sympy import Add, Eq, Gt, Integer, Lambda, Lt, Mul, Pow, Symbol, sympify
from sympy.functions.elementary.complexes import transpose

from theory.proof.curves import Velocity, _is_layer
from theory.proof.facts import Instance, fact
from theory.proof.language import conditions, keep_bound, keep_state
from theory.proof.logic import And, Exists, ForAll, Predicate, apply, substitute
from theory.proof.theorem import KernelError
from theory.proof.words import Trace, squared_norm


class SmoothField(Predicate):
    """`SmoothField(Lambda((U, S), f(U, S)))`: f has continuous partial derivatives in the state U and in the parameters S, everywhere."""

    def decide(self) -> bool | None:
        """True for a polynomial, whose coefficients may be matrices."""
        field = self.args[0]
        return True if _is_layer(field) and _is_polynomial(field.expr, field.variables) else None


def _is_polynomial(word: Any, letters: tuple[Symbol, ...]) -> bool:
    """Sums, products and powers of the letters: |U C - C U| has no corner for numbers, and one for matrices."""
    if not word.has(*letters):
        return _is_a_number(word)
    powers = not isinstance(word, Pow) or (isinstance(word.exp, Integer) and word.exp > 0)
    linear = isinstance(word, Add | Mul | Pow | Trace | transpose) and powers
    return word in letters or (linear and all(_is_polynomial(a, letters) for a in word.args))


class Analytic(Predicate):
    """`Analytic(Lambda(t, f(t)))`: f is a real function on the line, and near every point the sum of a power series."""

    def decide(self) -> bool | None:
        """True for a polynomial."""
        function = self.args[0]
        polynomial = _is_function(function) and function.expr.is_polynomial(*function.variables)
        return True if polynomial and _is_a_number(function.expr) else None


def _is_a_number(value: Any) -> bool:
    """Whatever its symbols are: 1/x as a coefficient need not be one."""
    try:
        return not conditions(value)
    except ValueError:
        return False


def _is_function(function: Any) -> bool:
    """A real function of one real variable."""
    if not (isinstance(function, Lambda) and len(function.variables) == 1 and function.expr.is_commutative):
        return False
    return function.variables[0].is_real is True and function.variables[0].is_integer is not True


def solves(field: Lambda, flow: Lambda, parameters: Lambda, hour: Symbol, since: Any, until: Any, within: Any) -> ForAll:
    """For t0 < t < T and |psi| < R: the curve h -> u(t + h, psi) has the velocity f(u(t, psi), s(psi))."""
    time, step = flow.variables
    later = Lambda(hour, substitute(flow.expr, {time: time + hour}))
    rate = Velocity(later, apply(field, flow.expr, parameters.expr))
    return ForAll(time, during(time, since, until), ForAll(step, during(step, -sympify(within), within), rate))


def during(variable: Symbol, since: Any, until: Any) -> And:
    """Strictly between the two."""
    return And(Gt(variable, sympify(since)), Lt(variable, sympify(until)))


@fact(
    "the solution of a smooth differential equation is smooth in its parameters, and the derivatives in time and in them commute",
    "Hartman, Ordinary Differential Equations, 2nd ed., 2002, theorem V.3.1",
)
def flow_derivatives_commute(
    field: Any, flow: Any, parameters: Any, start: Any, velocities: Any, rate: Any, hour: Symbol, since: Any, until: Any, within: Any
) -> Instance:
    """For u' = f(u, s(psi)), u(0) = x, and v(t) the derivative of u(t, psi) in psi at 0: dv/dt is the derivative of f(u(t, psi), s(psi)).

    All from t0 < 0 to T > 0, and for |psi| < R. The parameters s move with psi at a constant rate; `rate` is the latter
    derivative, as a `Lambda` of the time.
    """
    if not (_is_layer(field) and isinstance(flow, Lambda) and len(flow.variables) == 2):
        raise KernelError(f"{field} and {flow} are no field f(U, S) and no flow u(t, psi)")
    time, step = flow.variables
    for curve, variable in ((parameters, step), (velocities, time), (rate, time)):
        if not (isinstance(curve, Lambda) and curve.variables == (variable,)):
            raise KernelError(f"{curve} is no curve of {variable}")
    if len({time, step, hour}) < 3:
        raise KernelError(f"the variables {time}, {step} and {hour} are not distinct")
    for bound in (time, step, hour):
        keep_state(bound, field, start, since, until, within)
    keep_bound(time, parameters.expr)
    keep_bound(step, velocities.expr, rate.expr)
    keep_bound(hour, flow.expr, parameters.expr, velocities.expr, rate.expr)
    if substitute(parameters.expr, {step: sympify(0)}) + step * _slope(parameters.expr, step) != parameters.expr:
        raise KernelError(f"{parameters} does not move at a constant rate")
    along = Lambda(step, apply(field, flow.expr, parameters.expr))
    given = (
        SmoothField(field),
        Lt(since, 0),
        Gt(until, 0),
        Gt(within, 0),
        ForAll(step, True, Eq(substitute(flow.expr, {time: sympify(0)}), start, evaluate=False)),
        solves(field, flow, parameters, hour, since, until, within),
        ForAll(time, during(time, since, until), Velocity(Lambda(step, flow.expr), velocities.expr)),
        ForAll(time, during(time, since, until), Velocity(along, rate.expr)),
    )
    later = Lambda(hour, substitute(velocities.expr, {time: time + hour}))
    return given, ForAll(time, during(time, since, until), Velocity(later, rate.expr))


@fact("a curve that never moves is constant", "Rudin, Principles of Mathematical Analysis, theorem 5.11 (b), entry by entry")
def constant_curve(curve: Any, hour: Symbol, since: Any, until: Any) -> Instance:
    """From dX/dt = 0 for t0 < t < T, where t0 < 0 < T: X(t) = X(0) for these t."""
    if not (isinstance(curve, Lambda) and len(curve.variables) == 1):
        raise KernelError(f"{curve} is no curve")
    (time,) = curve.variables
    for bound in (time, hour):
        keep_state(bound, since, until)
    keep_bound(hour, curve.expr, time)
    later = Lambda(hour, substitute(curve.expr, {time: time + hour}))
    rests = ForAll(time, during(time, since, until), Velocity(later, sympify(0)))
    here, start = curve.expr, substitute(curve.expr, {time: sympify(0)})
    return (Lt(since, 0), Gt(until, 0), rests), ForAll(time, during(time, since, until), Eq(here, start, evaluate=False))


@fact("a curve moves no farther than a bound on its speed allows", "Dieudonne, Foundations of Modern Analysis, 1969, theorem 8.5.1")
def mean_value(curve: Any, velocity: Any, bound: Any, hour: Symbol, end: Any) -> Instance:
    """From dX/dt = V and |V| <= p'(t) for 0 <= t <= T, with a polynomial p: |X(T) - X(0)| <= p(T) - p(0), for numbers or matrices."""
    if not (isinstance(curve, Lambda) and len(curve.variables) == 1):
        raise KernelError(f"{curve} is no curve")
    numbers = curve.expr.is_commutative
    if numbers and not sympify(velocity).is_commutative:
        raise KernelError(f"{curve} is a curve of numbers, and its velocity {velocity} is none")
    (time,) = curve.variables
    bound, end = sympify(bound), sympify(end)
    for variable in (time, hour):
        keep_state(variable, end)
    keep_bound(hour, curve.expr, velocity, bound, time)
    if not (bound.is_commutative and bound.is_polynomial(time)):
        raise KernelError(f"{bound} is no polynomial in {time}")
    later = Lambda(hour, substitute(curve.expr, {time: time + hour}))
    speed, during_ = bound.diff(time), And(time >= 0, time <= end)
    start, stop = (substitute(curve.expr, {time: at}) for at in (sympify(0), end))
    moves = ForAll(time, during_, Velocity(later, sympify(velocity)))
    rate, moved = (e**2 if numbers else squared_norm(e) for e in (sympify(velocity), stop - start))
    slow = ForAll(time, during_, And(speed >= 0, rate <= speed**2))
    reach = substitute(bound, {time: end}) - substitute(bound, {time: sympify(0)})
    return (end >= 0, moves, slow), moved <= reach**2


@fact(
    "the mean value theorem: a differentiable function of one number has its mean slope somewhere between",
    "Rudin, Principles of Mathematical Analysis, theorem 5.10",
)
def mean_value_point(curve: Any, velocity: Any, hour: Symbol, end: Any) -> Instance:
    """From the derivative v of a function f of numbers at all 0 <= t <= T, where T > 0: f(T) - f(0) = T v(t) for some 0 < t < T."""
    if not (isinstance(curve, Lambda) and len(curve.variables) == 1):
        raise KernelError(f"{curve} is no curve")
    (time,) = curve.variables
    velocity, end = sympify(velocity), sympify(end)
    if not (curve.expr.is_commutative and velocity.is_commutative and end.is_commutative):
        raise KernelError(f"{curve} is no curve of numbers with the velocity {velocity}: on a circle no velocity is the mean of all, 0")
    for variable in (time, hour):
        keep_state(variable, end)
    keep_bound(hour, curve.expr, velocity, time)
    later = Lambda(hour, substitute(curve.expr, {time: time + hour}))
    moves = ForAll(time, And(time >= 0, time <= end), Velocity(later, velocity))
    start, stop = (substitute(curve.expr, {time: at}) for at in (sympify(0), end))
    return (Gt(end, 0), moves), Exists(time, And(time > 0, time < end), Eq(stop - start, end * velocity, evaluate=False))


@fact(
    "an analytic function that is constant near a point is constant",
    "Krantz, Parks, A Primer of Real Analytic Functions, 2nd ed., 2002, corollary 1.2.6",
)
def identity_theorem(function: Any, value: Any, radius: Any) -> Instance:
    """From f(t) = c for |t| < r, where r > 0 and f is analytic on the line: f(t) = c for all t."""
    if not _is_function(function):
        raise KernelError(f"{function} is no real function of one real variable")
    (t,) = function.variables
    keep_state(t, value, radius)
    same = Eq(function.expr, sympify(value), evaluate=False)
    near = ForAll(t, during(t, -sympify(radius), radius), same)
    return (Analytic(function), Gt(radius, 0), near), ForAll(t, True, same)


def _slope(line: Any, variable: Symbol) -> Any:
    """The factor of the variable in a word that is linear in it."""
    unit, nothing = (substitute(line, {variable: sympify(n)}) for n in (1, 0))
    return unit - nothing


__all__ = ["Analytic", "SmoothField", "during", "solves"]
