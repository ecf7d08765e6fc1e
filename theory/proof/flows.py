"""Differential equations of any dimension whose parameters move: the derivatives in time and in the parameters commute.

Also: what never moves is constant.
"""

from __future__ import annotations

from typing import Any

from sympy import Abs, Eq, Ge, Gt, Lambda, Lt, Symbol, diff, sympify

from theory.proof.curves import Velocity, _is_layer
from theory.proof.facts import Instance, fact
from theory.proof.language import conditions, keep_bound, keep_state
from theory.proof.logic import And, ForAll, Implies, Predicate, apply, substitute
from theory.proof.points import decide
from theory.proof.theorem import KernelError
from theory.proof.words import squared_norm


class SmoothField(Predicate):
    """`SmoothField(Lambda((U, S), f(U, S)))`: f has continuous partial derivatives in the state U and in the parameters S, everywhere."""

    def decide(self) -> bool | None:
        """True for a polynomial."""
        field = self.args[0]
        if not _is_layer(field):
            return None
        numbers = {v: Symbol(f"number_{n}", real=True) for n, v in enumerate(field.variables)}
        return True if substitute(field.expr, numbers).is_polynomial(*numbers.values()) else None


class Analytic(Predicate):
    """`Analytic(Lambda(t, f(t)))`: f is a real function on the line, and near every point the sum of a power series."""

    def decide(self) -> bool | None:
        """True for a polynomial."""
        function = self.args[0]
        return True if _is_function(function) and function.expr.is_polynomial(*function.variables) else None


def _is_function(function: Any) -> bool:
    """A real function of one real variable."""
    if not (isinstance(function, Lambda) and len(function.variables) == 1 and function.expr.is_commutative):
        return False
    return function.variables[0].is_real is True and function.variables[0].is_integer is not True


class SmoothNear(Predicate):
    """`SmoothNear(Lambda((U, S), f(U, S)), u, s)`: f has continuous partial derivatives in a neighbourhood of (u, s)."""

    def decide(self) -> bool | None:
        """True for a polynomial."""
        return SmoothField(self.args[0]).decide()


class PartialDerivatives(Predicate):
    """`PartialDerivatives(Lambda((r, s), f(r, s)), Lambda((r, s), p(r, s)), Lambda((r, s), q(r, s)))`, of functions of two real numbers.

    At every point of the plane f is differentiable, with the partial derivatives p and q.
    """

    def decide(self) -> bool | None:
        """For a polynomial, by its derivatives."""
        function, *partial = self.args
        if not _in_the_plane(*self.args) or not function.expr.is_polynomial(*function.variables):
            return None
        slopes = (Eq(diff(function.expr, v), p.expr, evaluate=False) for v, p in zip(function.variables, partial, strict=True))
        return decide(And(*slopes))


def _in_the_plane(*functions: Any) -> bool:
    """Functions of the same two real numbers, and of nothing else."""
    if not all(isinstance(f, Lambda) and f.variables == functions[0].variables and not f.free_symbols for f in functions):
        return False
    variables = functions[0].variables
    return (
        len(variables) == 2 and all(v.is_real and v.is_integer is None for v in variables) and all(f.expr.is_commutative for f in functions)
    )


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
    """From dX/dt = V and |V| <= p'(t) for 0 <= t <= T, with a polynomial p: |X(T) - X(0)| <= p(T) - p(0)."""
    if not (isinstance(curve, Lambda) and len(curve.variables) == 1 and curve.expr.is_commutative is False):
        raise KernelError(f"{curve} is no curve of matrices")
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
    slow = ForAll(time, during_, And(speed >= 0, squared_norm(velocity) <= speed**2))
    reach = substitute(bound, {time: end}) - substitute(bound, {time: sympify(0)})
    return (end >= 0, moves, slow), squared_norm(stop - start) <= reach**2


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


@fact(
    "Picard, Lindeloef: through a point runs one solution of a differential equation whose field has continuous derivatives",
    "Hartman, Ordinary Differential Equations, 2nd ed., 2002, theorem II.1.1: a C^1 field is locally Lipschitz",
)
def one_solution(field: Any, curve: Any, other: Any, hour: Symbol, since: Any, until: Any) -> Instance:
    """For x' = f(x) and y' = f(y) while t0 < t < T, where t0 < 0 < T: if x(0) = y(0), then x = y, where f is C^1 near every x(t).

    The times at which x = y are closed, as both are continuous, and open, as f is Lipschitz near x(t); so they are all times. The
    field's second argument is not used: it is 0.
    """
    if not (_is_layer(field) and all(isinstance(c, Lambda) and len(c.variables) == 1 for c in (curve, other))):
        raise KernelError(f"{field} is no field f(U, S), or {curve} and {other} are no curves")
    (time,) = curve.variables
    if other.variables != (time,):
        raise KernelError(f"{curve} and {other} are curves of two times")
    for bound in (time, hour):
        keep_state(bound, field, since, until)
    keep_bound(hour, curve.expr, other.expr, time)

    def runs(path: Any) -> ForAll:
        later = Lambda(hour, substitute(path, {time: time + hour}))
        return ForAll(time, during(time, since, until), Velocity(later, apply(field, path, sympify(0))))

    smooth = ForAll(time, during(time, since, until), SmoothNear(field, curve.expr, sympify(0)))
    start = Eq(*(substitute(c.expr, {time: sympify(0)}) for c in (curve, other)), evaluate=False)
    given = (Lt(since, 0), Gt(until, 0), smooth, runs(curve.expr), runs(other.expr), start)
    return given, ForAll(time, during(time, since, until), Eq(curve.expr, other.expr, evaluate=False))


@fact(
    "a function is differentiable where it is a quotient of polynomials, and where it is within K |h|^2 of a plane",
    "Rudin, Principles of Mathematical Analysis, theorems 5.3 and 9.21, and definition 9.11",
)
def gradient_off_a_point(function: Any, first: Any, second: Any, formula: Any, point: Any, bound: Any) -> Instance:
    """For functions f, p, q of the plane, a quotient f0 of polynomials, and a point c: f has the partial derivatives p, q everywhere.

    If off the point f = f0, p = df0/dr and q = df0/ds, and f0 has no pole; and if, for |x - c| <= 1, f(x) is within K |x - c|^2 of
    f(c) + p(c) (r - c1) + q(c) (s - c2).
    """
    if not _in_the_plane(function, first, second, formula) or not formula.expr.is_rational_function(*formula.variables):
        raise KernelError(f"{function}, {first}, {second} and {formula} are no functions of one pair of numbers, the last one rational")
    (r, s), (a, b), bound = function.variables, map(sympify, point), sympify(bound)
    for variable in (r, s):
        keep_state(variable, a, b, bound)
    keep_state(r, s)
    apart = (r - a) ** 2 + (s - b) ** 2
    slopes = (diff(formula.expr, variable) for variable in (r, s))
    same = (Eq(f.expr, e, evaluate=False) for f, e in zip((function, first, second), (formula.expr, *slopes), strict=True))
    off = ForAll(r, True, ForAll(s, True, Implies(apart > 0, And(*conditions(formula.expr), *same))))
    value, by_r, by_s = (apply(f, a, b) for f in (function, first, second))
    rest = function.expr - value - by_r * (r - a) - by_s * (s - b)
    near = ForAll(r, True, ForAll(s, apart <= 1, rest**2 <= bound**2 * apart**2))
    return (off, near), PartialDerivatives(function, first, second)


@fact("a number that changes at most at the rate K changes by at most K t", "Rudin, Principles of Mathematical Analysis, theorem 5.10")
def speed_limit(curve: Any, velocity: Any, bound: Any, hour: Symbol, since: Any, until: Any) -> Instance:
    """From df/dt = v(t) with v(t)^2 <= K^2 for t0 < t < T, where t0 < 0 < T and K >= 0: |f(t) - f(0)| <= K |t| for these t."""
    numbers = all(sympify(e).is_commutative for e in (curve.expr, velocity, bound)) if isinstance(curve, Lambda) else False
    if not (numbers and len(curve.variables) == 1):
        raise KernelError(f"{curve} is no curve of numbers, or {velocity} and {bound} are none")
    (time,) = curve.variables
    for variable in (time, hour):
        keep_state(variable, bound, since, until)
    keep_bound(hour, curve.expr, velocity, time)
    later = Lambda(hour, substitute(curve.expr, {time: time + hour}))
    moves = ForAll(time, during(time, since, until), Velocity(later, velocity))
    slow = ForAll(time, during(time, since, until), sympify(velocity) ** 2 <= sympify(bound) ** 2)
    change = Abs(curve.expr - substitute(curve.expr, {time: sympify(0)})) <= bound * Abs(time)
    return (Lt(since, 0), Gt(until, 0), Ge(bound, 0), moves, slow), ForAll(time, during(time, since, until), change)


def _slope(line: Any, variable: Symbol) -> Any:
    """The factor of the variable in a word that is linear in it."""
    unit, nothing = (substitute(line, {variable: sympify(n)}) for n in (1, 0))
    return unit - nothing


__all__ = ["Analytic", "PartialDerivatives", "SmoothField", "SmoothNear", "during", "solves"]
