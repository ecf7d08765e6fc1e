"""Networks in continuous time: how their states move with the parameters. (equation 18).

The state u(t) follows du/dt = f(u, s). Its derivative v(t) in the step psi obeys the linear equation dv/dt = f_u v + f_s sigma.
"""

from sympy import Eq, Expr, Lambda, Rational, exp

from theory.evidence import at, mutant, proves
from theory.linear_range.symbols import Fs, Fu, R, S, T, U, change, direction, f, h, parameters, psi, t, u, v, x
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
    rewrite,
    specialize,
)
from theory.proof.flows import during, solves
from theory.proof.ranges import throughout

TIMES = during(t, T)
FIELD, FLOW = Lambda((U, S), f(U, S)), Lambda((t, psi), u(t, psi))
STEERED = Lambda(psi, parameters + psi * direction)
START = ForAll(psi, True, Eq(u(0, psi), x))
ODE = solves(FIELD, FLOW, STEERED, h, T, R)
MOVED = ForAll(t, TIMES, Velocity(Lambda(psi, u(t, psi)), v(t)))
SMOOTH = ForAll(t, TIMES, LayerDerivatives(FIELD, u(t, 0), parameters, Fu(t), Fs(t)))
CHANGE = Eq(change, psi * direction)


def _tangent(rate: Expr) -> And:
    return And(Eq(v(0), 0), ForAll(t, TIMES, Velocity(Lambda(h, psi * v(t + h)), rate)))


equation_18 = Statement(
    (T > 0, R > 0, SmoothField(FIELD), START, ODE, MOVED, SMOOTH, CHANGE),
    _tangent(Fu(t) * (psi * v(t)) + Fs(t) * change),
    source="ni-talnikar:equation-18",
)
# du/dt = s u with s = u(0) = 1 and sigma = 1: u = e^(t (1 + psi)) and v = t e^t
GROWTH = {
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
    commute = cut(cite("flow-derivatives-commute", FIELD, FLOW, STEERED, x, Lambda(t, v(t)), rate, h, T, R), chain)
    here = specialize(commute, t)
    scaled = cut(cite("velocity-of-multiple", *here.then.args, psi, 1), here)
    wanted = Fu(t) * psi * v(t) + Fs(t) * change
    printed = combine_words(scaled.then.args[1], wanted, (-Fs(t), assume(CHANGE), 1))
    input_ = Lambda(psi, u(0, psi))
    still = cut(cite("same-curve", input_, Lambda(psi, x), 0), assume(START), cite("straight-line", x, 0, psi))
    rest = cut(cite("one-velocity", input_, v(0), 0), still, specialize(assume(MOVED), 0))
    return conjunction(rest, throughout(rewrite(scaled, printed), t, TIMES))
