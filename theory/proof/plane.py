"""One solution through each point of a smooth field; and functions of two numbers that are differentiable."""

from __future__ import annotations

from typing import Any

from sympy import Eq, Gt, Lambda, Lt, Symbol, diff, sympify

from theory.proof.curves import Velocity, _is_layer
from theory.proof.deciding import decide
from theory.proof.facts import Instance, fact
from theory.proof.flows import SmoothField, during
from theory.proof.language import conditions, keep_bound, keep_state
from theory.proof.logic import And, ForAll, Implies, Predicate, apply, substitute
from theory.proof.theorem import KernelError


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


__all__ = ["PartialDerivatives", "SmoothNear"]
