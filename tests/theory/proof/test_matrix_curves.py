"""The velocity of a curve of explicit matrices is decided entry by entry."""

import pytest
from sympy import Abs, ImmutableMatrix, Lambda, sqrt
from sympy.functions.elementary.complexes import transpose

from tests.theory.proof.number_curve_facts import CIRCLE, POINT, A, V, s, t
from theory.proof import ForAll, NotProved, Trace, Velocity, decide
from theory.proof.letters import interpret


def test_curves_of_explicit_matrices_are_differentiated_entry_by_entry() -> None:
    """Their velocity is known, and so is what it is not; a curve with a corner in one entry has none that is known."""
    assert decide(interpret(Velocity(CIRCLE, V), POINT)) is True
    assert decide(interpret(Velocity(CIRCLE, 2 * V), POINT)) is False
    assert decide(interpret(Velocity(CIRCLE, 0), POINT)) is False
    assert decide(interpret(Velocity(Lambda(t, Abs(t) * A + t * V), V), POINT)) is None
    everywhere = ForAll(s, True, Velocity(Lambda(t, (s + t) ** 2 * A), 2 * s * A))
    assert decide(interpret(everywhere, POINT)) is True
    length = Velocity(Lambda(t, sqrt(Trace(transpose(A + t * V) * (A + t * V)))), 0)
    assert decide(interpret(length, POINT)) is True  # at a right angle
    assert decide(interpret(Velocity(Lambda(t, A + t * V), V), {A: ImmutableMatrix([1, 2]), V: ImmutableMatrix([1, 2])})) is True


def test_the_variable_of_a_curve_is_not_captured() -> None:
    with pytest.raises(NotProved, match="occurs in a matrix"):
        interpret(Velocity(Lambda(t, A + t * V), V), {A: ImmutableMatrix([t, 1]), V: ImmutableMatrix([1, 0])})
