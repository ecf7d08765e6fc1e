"""Networks in continuous time: how their states move with the parameters. (equation 18).

The state u(t) follows du/dt = f(u, s). Its derivative v(t) in the step psi obeys the linear equation dv/dt = f_u v + f_s sigma.
"""

from sympy import Eq, Expr, Lambda, Rational, exp

from theory.evidence import at, extends, mutant, proves
from theory.linear_range.neurons import added, product
from theory.linear_range.symbols import (
    Fs,
    Fu,
    Ju,
    P,
    Q,
    R,
    S,
    T,
    U,
    adjoint,
    begin,
    change,
    direction,
    f,
    h,
    parameters,
    psi,
    t,
    tau,
    u,
    v,
    x,
)
from theory.proof import (
    And,
    ForAll,
    LayerDerivatives,
    SmoothField,
    Statement,
    Theorem,
    Velocity,
    assume,
    cite,
    combine_words,
    conjunction,
    cut,
    equal_words,
    rewrite,
    specialize,
)
from theory.proof.flows import during, solves
from theory.proof.ranges import throughout

TIMES = during(t, begin, T)
FIELD, FLOW = Lambda((U, S), f(U, S)), Lambda((t, psi), u(t, psi))
STEERED = Lambda(psi, parameters + psi * direction)
START = ForAll(psi, True, Eq(u(0, psi), x))
ODE = solves(FIELD, FLOW, STEERED, h, begin, T, R)
MOVED = ForAll(t, TIMES, Velocity(Lambda(psi, u(t, psi)), v(t)))
SMOOTH = ForAll(t, TIMES, LayerDerivatives(FIELD, u(t, 0), parameters, Fu(t), Fs(t)))
CHANGE = Eq(change, psi * direction)


def _tangent(rate: Expr) -> And:
    return And(Eq(v(0), 0), ForAll(t, TIMES, Velocity(Lambda(h, psi * v(t + h)), rate)))


equation_18 = Statement(
    (begin < 0, T > 0, R > 0, SmoothField(FIELD), START, ODE, MOVED, SMOOTH, CHANGE),
    _tangent(Fu(t) * (psi * v(t)) + Fs(t) * change),
    source="ni-talnikar:equation-18",
)
# du/dt = s u with s = u(0) = 1 and sigma = 1: u = e^(t (1 + psi)) and v = t e^t
GROWTH = {
    begin: -1,
    T: 3,
    R: 1,
    f: Lambda((U, S), S * U),
    parameters: [[1]],
    direction: [[1]],
    x: [[1]],
    u: Lambda((t, psi), exp(t * (1 + psi))),
    v: Lambda(t, t * exp(t)),
    Fu: Lambda(t, 1),
    Fs: Lambda(t, exp(t)),
    psi: Rational(1, 2),
    change: [[Rational(1, 2)]],
}


@proves(
    equation_18,
    witness=at(GROWTH),
    mutants=[
        mutant(equation_18.with_then(_tangent(Fs(t) * change)), GROWTH, "without f_u"),
        mutant(equation_18.with_then(_tangent(Fu(t) * psi * v(t))), GROWTH, "without the parameters"),
        mutant(equation_18.with_then(_tangent(Fu(t) * psi * v(t) + Fs(t) * direction)), GROWTH, "with the direction for the change"),
    ],
)
def the_tangent_equation_in_continuous_time() -> Theorem:
    """The derivatives in time and in psi commute, and the chain rule gives that of f(u, s + psi sigma)."""
    line = cite("straight-line", parameters, direction, psi)
    chain = cite("chain-rule", FIELD, Lambda(psi, u(t, psi)), STEERED, Fu(t), Fs(t), v(t), direction)
    chain = throughout(cut(chain, line, specialize(assume(MOVED), t), specialize(assume(SMOOTH), t)), t, TIMES)
    rate = Lambda(t, Fu(t) * v(t) + Fs(t) * direction)
    commute = cut(cite("flow-derivatives-commute", FIELD, FLOW, STEERED, x, Lambda(t, v(t)), rate, h, begin, T, R), chain)
    here = specialize(commute, t)
    scaled = cut(cite("velocity-of-multiple", *here.then.args, psi, 1), here)
    wanted = Fu(t) * psi * v(t) + Fs(t) * change
    printed = combine_words(scaled.then.args[1], wanted, (-Fs(t), assume(CHANGE), 1))
    input_ = Lambda(psi, u(0, psi))
    still = cut(cite("same-curve", input_, Lambda(psi, x), 0), assume(START), cite("straight-line", x, 0, psi))
    rest = cut(cite("one-velocity", input_, v(0), 0), still, specialize(assume(MOVED), 0))
    return conjunction(rest, throughout(rewrite(scaled, printed), t, TIMES))


# Tangent and adjoint agree in continuous time (beyond the paper)

V_CURVE, ADJOINT_CURVE = Lambda(h, v(t + h)), Lambda(h, adjoint(t + h))
TANGENT = ForAll(t, TIMES, Velocity(V_CURVE, Fu(t) * v(t) + Fs(t) * direction))
ADJOINT = ForAll(t, TIMES, Velocity(ADJOINT_CURVE, -adjoint(t) * Fu(t) - Ju(t)))
BY_TANGENT = ForAll(t, TIMES, Velocity(Lambda(h, P(t + h)), Ju(t) * v(t)))
BY_ADJOINT = ForAll(t, TIMES, Velocity(Lambda(h, Q(t + h)), adjoint(t) * Fs(t) * direction))
FROM_NOTHING = (Eq(v(0), 0), Eq(P(0), 0), Eq(Q(0), 0))
agreement = Statement(
    (begin < 0, T > 0, tau > begin, tau < T, TANGENT, ADJOINT, BY_TANGENT, BY_ADJOINT, *FROM_NOTHING),
    Eq(P(tau) + adjoint(tau) * v(tau), Q(tau)),
)
# The growth above with J the integral of u: vbar = e^-t - 1, P = (t - 1) e^t + 1 and Q = t - e^t + 1
SUMMED = {key: GROWTH[key] for key in (direction, v, Fu, Fs)} | {
    begin: -1,
    T: 3,
    tau: 2,
    Ju: Lambda(t, 1),
    adjoint: Lambda(t, exp(-t) - 1),
    P: Lambda(t, (t - 1) * exp(t) + 1),
    Q: Lambda(t, t - exp(t) + 1),
}


@extends(
    "ni-talnikar:equation-18",
    agreement,
    witness=at(SUMMED),
    mutants=[
        mutant(agreement.with_then(Eq(P(tau), Q(tau))), SUMMED, "without the adjoint of the last state"),
        mutant(agreement.drop(Eq(P(0), 0)), {**SUMMED, P: Lambda(t, (t - 1) * exp(t))}, "from another start"),
    ],
)
def tangent_and_adjoint_agree_in_time() -> Theorem:
    """The integral of J_u v, with vbar v at the end, is the integral of vbar f_s sigma: d(vbar v)/dt + J_u v - vbar f_s sigma = 0."""
    adjoints, tangents, gained, steered = (specialize(assume(h_), t) for h_ in (ADJOINT, TANGENT, BY_TANGENT, BY_ADJOINT))
    taken = cut(cite("velocity-of-multiple", *steered.then.args, -1, 1), steered)
    balance = added(added(product(adjoints, tangents), gained), taken)
    rests = throughout(rewrite(balance, equal_words(balance.then.args[1], 0, because="every term comes twice")), t, TIMES)
    total = Lambda(t, adjoint(t) * v(t) + P(t) - Q(t))
    constant = specialize(cut(cite("constant-curve", total, h, begin, T), rests), tau)
    still, nothing, none = (assume(e) for e in FROM_NOTHING)
    return combine_words(*agreement.then.args, (1, constant, 1), (adjoint(0), still, 1), (1, nothing, 1), (-1, none, 1))
