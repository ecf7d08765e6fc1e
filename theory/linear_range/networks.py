"""A network as a dynamical system, and what moves when its parameters do. (section 2).

Everything holds for any number of layers and for states and parameters of any shape: one step, and an induction.
"""

from functools import cache

from sympy import Eq, Lambda

from theory.linear_range.symbols import D, Fs, Fu, I, J, Js, Ju, S, U, adjoint, f, i, l, psi, s, sigma, u, v, x
from theory.proof import And, ForAll, Statement, Theorem, assume, conclude, equal_words, specialize
from theory.proof.curves import LayerDerivatives, Velocity
from theory.proof.ranges import throughout

LAYERS = And(i >= 0, i <= I - 1)
STATES = And(i >= 0, i <= I)
DEEP = I >= 1

# As the step psi moves the parameters to s + psi sigma (equation 1)
INPUT = ForAll(psi, True, Eq(u(0, psi), x))
FORWARD = ForAll(i, LAYERS, ForAll(psi, True, Eq(u(i + 1, psi), f(i, u(i, psi), s(i) + psi * sigma(i)))))
SMOOTH = ForAll(i, LAYERS, LayerDerivatives(Lambda((U, S), f(i, U, S)), u(i, 0), s(i), Fu(i), Fs(i)))
NETWORK = (DEEP, INPUT, FORWARD, SMOOTH)

# The tangent solution (3), the propagation operators (6) and the adjoint solution (8)
REST = Eq(v(0), 0)
TANGENT = ForAll(i, LAYERS, Eq(v(i + 1), Fu(i) * v(i) + Fs(i) * sigma(i)))
PROPAGATION = ForAll(i, LAYERS, ForAll(l, And(l >= 0, l <= i), Eq(D(l, i + 1), Fu(i) * D(l, i))))
IDENTITY = ForAll(i, STATES, Eq(D(i, i), 1))
ADJOINT = ForAll(i, LAYERS, Eq(adjoint(i), adjoint(i + 1) * Fu(i) + Ju(i)))
TERMINAL = Eq(adjoint(I), Ju(I))  # (8) ends at layer I + 1, which the network does not have

# (8) as printed: it runs to l = I, where f_u(I) stands for any matrix, since the layer I does not exist
ADJOINT_8 = (Eq(adjoint(I + 1), 0), ForAll(l, And(l >= 0, l <= I), Eq(adjoint(l), adjoint(l + 1) * Fu(l) + Ju(l))))
ONLY_LAST = ForAll(i, LAYERS, Eq(Ju(i), 0))  # J = J_I(u_I)

# The objective (2)
SMOOTH_OBJECTIVE = ForAll(i, STATES, LayerDerivatives(Lambda((U, S), J(i, U, S)), u(i, 0), s(i), Ju(i), Js(i)))


def moves(state: Lambda, velocity: Lambda) -> ForAll:
    """Every state u(i), as a curve of psi, has the velocity v(i)."""
    return ForAll(i, STATES, Velocity(Lambda(psi, state(i, psi)), velocity(i)))


@cache
def terminal_condition() -> Theorem:
    """vbar(I) = J_u(I): (8) at l = I, where vbar(I+1) = 0 whatever f_u(I) is."""
    end, equation = ADJOINT_8
    last = at_layer(equation, I)
    return conclude(equal_words(adjoint(I), Ju(I), last, assume(end)), Statement((DEEP, *ADJOINT_8), TERMINAL))


@cache
def adjoint_of_every_layer() -> Theorem:
    """vbar(i) = vbar(i+1) f_u(i) + J_u(i) for 0 <= i <= I-1: (8) where the layer exists."""
    return throughout(at_layer(ADJOINT_8[1], i), i, LAYERS)


def at_layer(definition: ForAll, *layers: object) -> Theorem:
    """A definition for all layers, at one of them; its ranges become hypotheses."""
    theorem = assume(definition)
    for layer in layers:
        theorem = specialize(theorem, layer)
    return theorem
