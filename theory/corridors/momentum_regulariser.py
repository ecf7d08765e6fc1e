"""Momentum's modified equation loses its regulariser in a corridor. (Section 3, remark A.3).

To second order in h, momentum from rest follows in step k the flow theta' = -c_k g - h gamma_k H g, with c_k = (1 - beta^k)/(1 - beta), as
Ghosh et al. (2023) and Cattaneo et al. (2023) found. Its second term is the gradient of (h gamma_k/2) |g|^2, up to the sign. In a
corridor it is 0, whatever gamma_k is, and what remains is the equation (12) that momentum follows exactly.
"""

from functools import cache
from numbers import Integral
from typing import Any

from sympy import Eq, Expr, Lambda, S, sympify

from theory.corridors.corridor import GRADIENT, jacobian
from theory.corridors.momentum import SPEED, WITHIN, coefficient, landed_after
from theory.corridors.momentum_flow import BEFORE, IN_STEP, LATER, LINE, constant_gradient, every_line_solves, one_equation_per_step
from theory.corridors.staying import STEPS
from theory.corridors.symbols import H, U, beta, d, g, gamma, h, k, s, t
from theory.evidence import at, mutant, proves
from theory.proof import (
    And,
    ForAll,
    Statement,
    Theorem,
    Velocity,
    assume,
    cite,
    combine_words,
    conclude,
    conjunction,
    cut,
    discharge,
    follows,
    part,
    rewrite,
    specialize,
)
from theory.proof.ranges import throughout
from theory.values import exact_number, shown


def regulariser_coefficient(decay: Any, step: int) -> Expr:
    """gamma_k = c_k^2/2 - a_k, where a_1 = 0 and a_(k+1) = beta (a_k - c_k^2), with c_k = (1 - beta^k)/(1 - beta).

    With it the flow of theta' = -c_k g - h gamma_k H g ends, after the time h, where step k of momentum from rest ends, up to O(h^3).

    Args:
        decay: beta, an exact number in [0, 1).
        step: k, an integer from 1 on.

    Returns:
        The exact number gamma_k: 1/2 for the first step, as for gradient descent, and towards (1 + beta)/(2 (1 - beta)^3) later.

    Raises:
        TypeError: for floats, and for a step that is no integer.
        ValueError: for a decay outside [0, 1), or a step before the first.

    Source:
        Dherin & Rosca, section 3, with Ghosh et al. (2023) and Cattaneo et al. (2023), whom they cite. The coefficient is derived here:
        step k moves by -h c_k g + h^2 a_k H g + O(h^3), and that flow by -h c_k g + h^2 (c_k^2/2 - gamma_k) H g + O(h^3).

    Example:
        >>> from sympy import Rational
        >>> regulariser_coefficient(Rational(1, 2), 1), regulariser_coefficient(Rational(1, 2), 2)
        (1/2, 13/8)
    """
    value = exact_number(decay, "decay")
    if not 0 <= value < 1:
        raise ValueError(f"decay is {shown(decay)}: expected a number in [0, 1)")
    if isinstance(step, bool) or not isinstance(step, Integral):
        raise TypeError(f"step is {shown(step)}: expected an integer")
    if step < 1:
        raise ValueError(f"step is {shown(step)}: expected 1 or more")
    speed, bend = S.One, S.Zero
    for _ in range(int(step) - 1):
        speed, bend = 1 + value * speed, value * (bend - speed**2)
    return sympify(speed**2 / 2 - bend)


BEFORE_THE_END = And(t >= 0, t < h)
SMOOTH = ForAll(k, STEPS, ForAll(t, BEFORE_THE_END, jacobian(GRADIENT, LATER, H(LATER))))
NO_PULL = ForAll(t, BEFORE_THE_END, Eq(H(LATER) * g(LATER), 0))


def _modified(rate: Expr) -> ForAll:
    """The line of step k solves the modified equation."""
    line = Lambda(s, LATER - s * coefficient(k) * g(BEFORE))
    return ForAll(t, BEFORE_THE_END, Velocity(line, -rate * g(LATER) - h * gamma(k) * H(LATER) * g(LATER)))


def _recovered(rate: Expr) -> ForAll:
    return ForAll(k, STEPS, And(NO_PULL, _modified(rate), landed_after(SPEED)))


recovered = Statement((*WITHIN, SMOOTH), _recovered(coefficient(k)), source="dherin-rosca:text-momentum-ir")
ON_A_LINE = {**LINE, H: Lambda(U, 0), gamma: Lambda(k, k / 2)}


@proves(
    recovered,
    witness=at(ON_A_LINE),
    mutants=[
        mutant(recovered.drop(SMOOTH), {**ON_A_LINE, H: Lambda(U, 1)}, "with another Hessian"),
        mutant(recovered.with_then(_recovered(1 / (1 - beta))), ON_A_LINE, "with the coefficient of late steps"),
        mutant(recovered.with_then(_recovered(coefficient(k + 1))), ON_A_LINE, "with the coefficient of the next step"),
    ],
)
def the_regulariser_vanishes() -> Theorem:
    """The gradient is constant along the line of a step, which moves at the rate -c_k g: so c_k H g = 0, and c_k > 0."""
    vanishes = _no_pull()
    line = every_line_solves()
    rate = combine_words(
        -coefficient(k) * g(LATER),
        -coefficient(k) * g(LATER) - h * gamma(k) * H(LATER) * g(LATER),
        (h * gamma(k), vanishes, 1),
    )
    both = [throughout(_in_time(e), t, BEFORE_THE_END) for e in (vanishes, rewrite(line, rate))]
    landed = part(specialize(one_equation_per_step(), k), landed_after(SPEED))
    return conclude(throughout(conjunction(*both, landed), k, STEPS), recovered)


def _now(range_: And) -> Statement:
    """The gradient is constant at the time t of step k, from the hypotheses of the claim."""
    return Statement((*recovered.given, *STEPS.args, *range_.args), constant_gradient().then)


@cache
def _faster() -> Theorem:
    """c_k > 0, as beta^k < 1."""
    less = discharge(cite("power-increases", beta, 1, k), beta > 0)
    return follows(coefficient(k) > 0, beta >= 0, beta < 1, k >= 1, using=(less,), because="beta^k < 1")


def _in_time(theorem: Theorem) -> Theorem:
    return conclude(theorem, Statement((*recovered.given, *STEPS.args, *BEFORE_THE_END.args), theorem.then))


@cache
def _no_pull() -> Theorem:
    """H g = 0 at the time t of step k."""
    moves = cite("straight-line", LATER, -coefficient(k) * g(BEFORE), d)
    still, rests = cite("straight-line", 0, 0, d), cite("straight-line", g(BEFORE), 0, d)
    smooth = specialize(specialize(assume(SMOOTH), k), t)
    slope = cite("chain-rule", GRADIENT, moves.then.args[0], still.then.args[0], H(LATER), 0, moves.then.args[1], 0)
    slope = cut(slope, moves, still, smooth)
    ranges = (*recovered.given, *STEPS.args, *BEFORE_THE_END.args)
    soon = And(d >= 0, d < h - t)
    constant = specialize(throughout(conclude(constant_gradient(), _now(IN_STEP)), t, IN_STEP), t + d)
    constant = rewrite(constant, combine_words(LATER.subs(t, t + d), moves.then.args[0].expr))
    constant = conclude(constant, Statement((*ranges, *soon.args), constant.then))
    same = cite("same-ahead", slope.then.args[0], rests.then.args[0], slope.then.args[1], 0, h - t)
    same = cut(same, throughout(constant, d, soon), rests, slope, follows(h - t > 0, t < h))
    fast = _faster()
    now = specialize(throughout(conclude(constant_gradient(), _now(IN_STEP)), t, IN_STEP), t)
    none = combine_words(H(LATER) * g(LATER), 0, (-1 / coefficient(k), same, 1), (H(LATER), now, 1))
    return cut(none, *(follows(c, using=(fast,)) for c in none.given if c not in ranges and c.has(beta) and c.has(k) and not c.has(t)))
