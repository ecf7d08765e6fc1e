"""Expansions of second order: what vanishes like a power of t, second derivatives of layers, and the chain rule for both.

A curve X with X(t) = X(0) + t V + t^2 W + O(t^3) is carried by a layer to another such curve; no norm, basis or shape is named.
"""

from __future__ import annotations

from typing import Any

from sympy import Abs, Dummy, Eq, Expr, Integer, Lambda, Mul, Ne, Poly, Rational, Sum, Symbol, expand, sqrt, sympify

from theory.proof.curves import _in_one_algebra, _is_curve, _is_layer, _number, _require_curve
from theory.proof.deciding import decide
from theory.proof.facts import Instance, fact
from theory.proof.language import conditions, keep_bound
from theory.proof.logic import And, ForAll, Predicate, apply, substitute
from theory.proof.theorem import KernelError
from theory.proof.words import squared_norm

Triple = tuple[Any, Any, Any]
POSITIVE = Symbol("distance", positive=True)  # |t|; it enters no formula


class BigO(Predicate):
    """`BigO(Lambda(t, X(t)), n)`: X(t) = O(t^n), that is |X(t)| <= K |t|^n for some K and all t near 0 but 0 itself."""

    def decide(self) -> bool | None:
        """For a number that is a polynomial of t and of moduli of such, on both sides of 0."""
        curve, order = self.args[0], self.args[1]
        if not (_is_curve(curve) and isinstance(order, Integer) and order >= 0):
            return None
        value = _number(curve.expr)
        if value is None:
            return None
        value = value.doit() if value.has(Sum) else value
        sides = [_vanishes(substitute(value, {curve.variables[0]: side * POSITIVE}), int(order)) for side in (1, -1)]
        return False if False in sides else None if None in sides else True


def _vanishes(value: Any, order: int) -> bool | None:
    """Whether the coefficients below an order are 0, of a polynomial of `POSITIVE` and of moduli of such."""
    polynomial = _without_moduli(value)
    if polynomial is None:
        return None
    zero = [decide(Eq(polynomial.coeff_monomial(POSITIVE**power), 0)) for power in range(order)]
    return False if False in zero else None if None in zero else True


def _without_moduli(value: Any) -> Poly | None:
    """The polynomial that the value is near 0, where a modulus has the sign of the lowest term inside."""
    moduli: dict[Any, Any] = {}
    for modulus in sorted((e for e in value.atoms(Abs) if e.has(POSITIVE)), key=lambda e: e.count_ops()):
        inside = _without_moduli(substitute(modulus.args[0], moduli))
        # each sign by itself: that a number is not 0 may be known, and its sign not
        signs = [] if inside is None else [sign for sign in (1, -1) if decide(sign * inside.EC() > 0) is True]
        if inside is None or not signs:
            return None
        moduli[modulus] = signs[0] * inside.as_expr()
    value = substitute(value, moduli)
    if not value.is_polynomial(POSITIVE) or value.free_symbols - {POSITIVE}:
        return None
    return Poly(value, POSITIVE)


class LayerCurvature(Predicate):
    """`LayerCurvature(f, u, s, A, B, Q)`: f(u + h, s + k) = f(u, s) + A h + B k + Q(h, k)/2 + O((|h| + |k|)^3), with a quadratic form Q.

    f and Q are `Lambda`s of a state and of parameters. It is enough that f has two derivatives near (u, s), and that the second, which
    is Q at (u, s), is Lipschitz continuous there.
    """

    def decide(self) -> bool | None:
        """For a polynomial in the state and the parameters, with numbers as coefficients, at a multiple of the identity."""
        layer, form = self.args[0], self.args[5]
        state, parameter, by_state, by_parameter = map(_number, self.args[1:5])
        if not (_is_layer(layer) and _is_layer(form)) or None in (state, parameter, by_state, by_parameter):
            return None
        if not all(_is_polynomial_word(function) for function in (layer, form)):
            return None
        terms = (layer.expr, form.expr, state, parameter, by_state, by_parameter)
        if any(decide(c) is not True for term in terms for c in conditions(term)):
            return None
        # words, in which U S is not S U: two words may be one number, but then they are two matrices
        words = [Dummy(commutative=False) for _ in range(2)]
        numbers = [Dummy(real=True) for _ in range(2)]
        gaps = [_gaps(layer, form, state, parameter, by_state, by_parameter, *moves) for moves in (words, numbers)]
        if all(gap == 0 for gap in gaps[0]):
            return True
        false = any(isinstance(c, Rational) and c != 0 for gap in gaps[1] for c in Poly(gap, *numbers).coeffs())
        return False if false else None


def _is_polynomial_word(function: Lambda) -> bool:
    numbers = {v: Dummy(real=True) for v in function.variables}
    plain = _in_one_algebra(function.expr, function.variables)
    return plain and bool(substitute(function.expr, numbers).is_polynomial(*numbers.values()))


def _gaps(layer: Lambda, form: Lambda, state: Any, parameter: Any, by_state: Any, by_parameter: Any, h: Symbol, k: Symbol) -> list[Expr]:
    """What the first and the second derivative of a polynomial, in the direction (h, k), are beside what they are said to be."""
    step = Dummy(real=True)  # no name that a coefficient could have too
    at = dict(zip(layer.variables, (state + step * h, parameter + step * k), strict=True))
    path = expand(substitute(layer.expr, at))
    said = by_state * h + by_parameter * k, substitute(form.expr, dict(zip(form.variables, (h, k), strict=True))) / 2
    return [expand(path.coeff(step, power) - wanted) for power, wanted in zip((1, 2), said, strict=True)]


def rest_of(curve: Lambda, first: Any, second: Any) -> Lambda:
    """The curve X(t) - X(0) - t V - t^2 W."""
    (t,) = curve.variables
    return Lambda(t, curve.expr - substitute(curve.expr, {t: sympify(0)}) - t * sympify(first) - t**2 * sympify(second))


@fact(
    "the chain rule of second order: expansions are put into one another, and what is of third order is left out",
    "Cartan, Differential Calculus, 1971, theorem 5.6.2 (Taylor's formula)",
)
def second_order_chain_rule(
    layer: Any, at: tuple[Any, Any, Any], state: tuple[Any, Any, Any], parameter: tuple[Any, Any, Any], image: Any
) -> Instance:
    """For u(t) = u + t v + t^2 v' + O(t^3), s(t) = s + t r + t^2 r' + O(t^3): f(u(t), s(t)) has A v + B r, A v' + B r' + Q(v, r)/2.

    Proof: h = u(t) - u and k = s(t) - s are O(t), so Q(h, k) = t^2 Q(v, r) + O(t^3), for Q is bilinear in (h, k) twice and bounded;
    A and B are linear; and the layer's own rest is O((|h| + |k|)^3) = O(t^3).

    Args:
        layer: f, a `Lambda` of a state and of parameters.
        at: A, B and the second derivative Q, a `Lambda` of the moves of both.
        state: the curve u, v and v'.
        parameter: the curve s, r and r'.
        image: a curve that is f(u(t), s(t)) for all t.
    """
    (by_state, by_parameter, form), (path, v, bend), (line, r, turn) = at, state, parameter
    t = _require_curve(path, line, image)
    if not (_is_layer(layer) and _is_layer(form)):
        raise KernelError(f"{layer} is no layer, or {form} no form: expected a Lambda of a state and of parameters for each")
    keep_bound(t, layer, form, by_state, by_parameter, v, bend, r, turn)
    here = (substitute(curve.expr, {t: sympify(0)}) for curve in (path, line))
    given = (
        LayerCurvature(layer, *here, by_state, by_parameter, form),
        BigO(rest_of(path, v, bend), 3),
        BigO(rest_of(line, r, turn), 3),
        ForAll(t, True, Eq(image.expr, apply(layer, path.expr, line.expr), evaluate=False)),
    )
    first = by_state * v + by_parameter * r
    second = by_state * bend + by_parameter * turn + apply(form, v, r) / 2
    return given, BigO(rest_of(image, first, second), 3)


@fact(
    "what is at most a finite sum of multiples of things of one order, divided by a power of t, is of the order that is left",
    "de Bruijn, Asymptotic Methods in Analysis, 1958, section 1.2",
)
def dominated(curve: Any, order: Any, radius: Any, power: Any, terms: Any, factor: Any, index: Symbol, low: Any, high: Any) -> Instance:
    """From |t|^m |Y(t)| <= the sum of c_j |X_j(t)| for 0 < |t| <= r, and X_j(t) = O(t^(m + n)): Y(t) = O(t^n).

    Args:
        curve: Y.
        order: n.
        radius: r > 0.
        power: m.
        terms: the curves X_j.
        factor: c_j, which does not depend on t.
        index: j.
        low: the first j.
        high: the last j.
    """
    t = _require_curve(curve, terms)
    for number in (order, power):
        if isinstance(number, bool) or not isinstance(number, int) or number < 0:
            raise KernelError(f"an order is an integer >= 0, found {number!r}")
    keep_bound(index, t, curve, radius, low, high)
    keep_bound(t, radius, factor, low, high)
    low, high, radius = map(sympify, (low, high, radius))
    each = ForAll(index, And(index >= low, index <= high), BigO(terms, order + power))
    total = Sum(Mul(factor, _length(terms.expr)), (index, low, high))
    near = ForAll(t, And(Ne(t, 0), t >= -radius, t <= radius), Abs(t) ** power * _length(curve.expr) <= total)
    return (radius > 0, high >= low, each, near), BigO(curve, order)


def _length(value: Any) -> Expr:
    """|x|, for a number or a word."""
    return Abs(value) if value.is_commutative else sqrt(squared_norm(value))


__all__ = ["BigO", "LayerCurvature", "rest_of"]
