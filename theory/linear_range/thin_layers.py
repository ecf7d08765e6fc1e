"""More and more layers that move less and less: the error of the last one, in closed form, tends to a neural ODE's. (3.1, appendix A).

Where every one of n layers moves at the relative rate r tau/n, the last state grows to (1 + r tau psi/n)^n times what it was. A neural ODE
that moves at the rate r grows to e^(r tau psi) times what it was by the time tau. So the relative error of the last layer, one term of
the mean in (13), tends to the ODE's there.
"""

from functools import cache

from sympy import Abs, Eq, Expr, Lambda, Ne, Rational, exp, false

from theory.evidence import at, extends, mutant
from theory.linear_range.continuous_time import TIMES
from theory.linear_range.linear_layers import CLOSED
from theory.linear_range.neurons import added, product
from theory.linear_range.sizes import size
from theory.linear_range.symbols import (
    T,
    begin,
    decay,
    first,
    growth,
    h,
    i,
    k,
    psi,
    q,
    rate,
    t,
    tau,
    u,
    unit,
    v,
    x,
)
from theory.proof import (
    ForAll,
    Statement,
    Tends,
    Theorem,
    Velocity,
    assume,
    cite,
    combine_words,
    conclude,
    cut,
    discharge,
    equal_words,
    evaluate,
    follows,
    image_tends,
    instance,
    rewrite,
    specialize,
    squared_norm,
    substitute,
    unique_limit,
    weaken,
)
from theory.proof.ranges import throughout

# The neural ODE du/dt = (a + psi r) u, and its tangent (18): dv/dt = a v + r u


def _follows(curve: Expr, speed: Expr) -> ForAll:
    return ForAll(t, TIMES, Velocity(Lambda(h, substitute(curve, {t: t + h})), speed))


NOW = rate * tau * psi
ODE = (
    ForAll(psi, True, Eq(u(0, psi), x)),
    ForAll(psi, True, _follows(u(t, psi), (decay + psi * rate) * u(t, psi))),
    Eq(v(0), 0),
    _follows(v(t), decay * v(t) + rate * u(t, 0)),
)
MISSED = u(tau, psi) - u(tau, 0) - psi * v(tau)
BETWEEN = (begin < 0, T > 0, tau > begin, tau < T)
MOVING = (Ne(rate, 0), Ne(tau, 0), Ne(psi, 0))
IN_TIME = (Eq(q(tau, psi) * size(psi * v(tau)), size(MISSED)), squared_norm(x) > 0, *MOVING)
in_time = Statement((*BETWEEN, *ODE, *IN_TIME), Eq(q(tau, psi) * Abs(NOW), Abs(exp(NOW) - 1 - NOW)))
# du/dt = (1 + psi) u from 1: u = e^(t (1 + psi)) and v = t e^t
GROWING = {
    unit: [[1]],
    begin: -1,
    T: 3,
    tau: 2,
    decay: 1,
    rate: 1,
    psi: Rational(1, 2),
    x: [[1]],
    u: Lambda((t, psi), exp(t * (1 + psi)) * unit),
    v: Lambda(t, t * exp(t) * unit),
    q: Lambda((t, psi), exp(1) - 2),
}
SOONER = {**GROWING, tau: 1, q: Lambda((t, psi), 2 * exp(Rational(1, 2)) - 3)}
ANOTHER = {**GROWING, v: Lambda(t, 2 * t * exp(t) * unit), q: Lambda((t, psi), (3 - exp(1)) / 2)}


@cache
def growth_in_time() -> Theorem:
    """The state u(t, psi) = e^((a + psi r) t) x: what u e^(-(a + psi r) t) moves by is 0."""
    speed = decay + psi * rate
    faded = evaluate(Velocity(Lambda(h, exp(-speed * (t + h))), -speed * exp(-speed * t)))
    moves = product(faded, specialize(specialize(assume(ODE[1]), psi), t))
    still = rewrite(moves, equal_words(moves.then.args[1], 0, because="the rates cancel"))
    curve = Lambda(t, exp(-speed * t) * u(t, psi))
    constant = cut(cite("constant-curve", curve, h, begin, T), throughout(still, t, TIMES))
    here = specialize(constant, tau)
    grown = exp(speed * tau)
    return combine_words(u(tau, psi), grown * x, (grown, here, 1), (grown, specialize(assume(ODE[0]), psi), 1))


@cache
def tangent_in_time() -> Theorem:
    """The tangent v(t) = r t e^(a t) x: what v e^(-a t) - r t x moves by is 0."""
    faded = evaluate(Velocity(Lambda(h, exp(-decay * (t + h))), -decay * exp(-decay * t)))
    time = evaluate(Velocity(Lambda(h, t + h), 1))
    line = cut(cite("velocity-of-multiple", *time.then.args, -rate, x), time)
    moves = added(product(faded, specialize(assume(ODE[3]), t)), line)
    before = throughout(instance(growth_in_time(), {psi: 0}), tau, substitute(TIMES, {t: tau}))
    before = specialize(before, t)
    still = rewrite(moves, combine_words(moves.then.args[1], 0, (rate * exp(-decay * t), before, 1)))
    curve = Lambda(t, exp(-decay * t) * v(t) - rate * t * x)
    constant = specialize(cut(cite("constant-curve", curve, h, begin, T), throughout(still, t, TIMES)), tau)
    grown = exp(decay * tau)
    return combine_words(v(tau), rate * tau * grown * x, (grown, constant, 1), (grown, assume(ODE[2]), 1))


@extends(
    "ni-talnikar:text-ode-integral",
    in_time,
    witness=at(GROWING),
    mutants=[
        mutant(in_time.with_then(Eq(in_time.then.lhs, exp(Abs(NOW)) - 1)), GROWING, "without the tangent"),
        mutant(in_time.with_then(Eq(q(tau, psi), in_time.then.rhs)), SOONER, "not relative"),
        mutant(in_time.drop(ODE[3]), ANOTHER, "for another tangent"),
    ],
)
def the_measurement_in_time() -> Theorem:
    """The error is e^(a t) (e^(r t psi) - 1 - r t psi) x, and v psi is e^(a t) r t psi x."""
    new, old, moved = growth_in_time(), instance(growth_in_time(), {psi: 0}), tangent_in_time()
    grown = exp(decay * tau) * x
    missed = equal_words(squared_norm(MISSED), (exp(NOW) - 1 - NOW) ** 2 * squared_norm(grown), new, old, moved)
    tangent = equal_words(squared_norm(psi * v(tau)), NOW**2 * squared_norm(grown), moved)
    lively = equal_words(exp(-2 * decay * tau) * squared_norm(grown), squared_norm(x))
    positive = [cite("norm-nonnegative", word) for word in (MISSED, psi * v(tau), grown)]
    return follows(in_time.then, *IN_TIME, using=(missed, tangent, lively, *positive), because="divided by e^(a t) |x|")


# The last of n = k + first layers that move at the relative rate r tau/n each: the closed form, as n grows

NUMBER = k + first
LAST = substitute(CLOSED, {i: NUMBER, growth: 1 + NOW / NUMBER, rate: rate * tau / NUMBER})
RATIO = LAST.rhs / Abs(NOW)  # what q is there
thin = Statement((first >= 1, *BETWEEN, *ODE, *IN_TIME), Tends(k, RATIO, q(tau, psi)))
FROM_ONE = {**GROWING, first: 1}


def the_limit() -> Theorem:
    """|(1 + x/n)^n - 1 - x|/|x| tends to |e^x - 1 - x|/|x|, for x = r tau psi other than 0."""
    compound = weaken(cite("compound-growth", NOW, first), *MOVING)
    return image_tends(compound, Lambda(t, Abs(t - 1 - NOW) / Abs(NOW)))


def at_one() -> Theorem:
    """The same in numbers, for x = 1: the limit is e - 2."""
    return instance(the_limit(), {key: FROM_ONE[key] for key in (first, rate, tau, psi)})


def not_to(limit: Expr) -> Theorem:
    """A sequence has one limit, so for x = 1 it has no other."""
    index, sequence, right = at_one().then.args
    other = Tends(index, sequence, limit)
    same = unique_limit(at_one(), assume(other))
    different = evaluate(Ne(right, limit, evaluate=False))
    return discharge(follows(false, other, using=(same, different), because="another number"), other)


@extends(
    "ni-talnikar:text-ode-integral",
    thin,
    witness=at(FROM_ONE, at_one),
    mutants=[
        mutant(thin.with_then(Tends(k, RATIO, q(tau, psi) + 1)), FROM_ONE, "without the tangent", lambda: not_to(exp(1) - 1)),
        mutant(thin.with_then(Tends(k, RATIO, q(tau, psi) / 2)), FROM_ONE, "half of it", lambda: not_to(exp(1) / 2 - 1)),
    ],
)
def many_thin_layers_are_an_ode() -> Theorem:
    """(1 + x/n)^n tends to e^x; the weights, the input and the rate of the ODE before the step are seen in neither."""
    ode, positive = the_measurement_in_time(), [cite("norm-nonnegative", word) for word in (MISSED, psi * v(tau))]
    value = follows(Eq(Abs(exp(NOW) - 1 - NOW) / Abs(NOW), q(tau, psi)), *MOVING, using=(ode, *positive), because="divided by |x|")
    return conclude(rewrite(the_limit(), value), thin)
