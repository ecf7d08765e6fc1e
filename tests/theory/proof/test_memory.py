"""What is remembered is remembered of the very object, and of nothing that may change."""

import pytest
from sympy import Basic, Function, Matrix, symbols
from sympy.core.function import AppliedUndef, UndefinedFunction

from theory.proof.memory import remembered

x = symbols("x", real=True)


def test_the_same_object_is_computed_once() -> None:
    calls: list[Basic] = []
    squared = remembered(lambda e: calls.append(e) or e**2)
    assert squared(x + 1) == (x + 1) ** 2
    kept = x + 1
    assert squared(kept) is squared(kept)
    assert len(calls) <= 2


def test_what_may_change_is_computed_each_time() -> None:
    matrix = Matrix([[1]])
    entry = remembered(lambda m: m[0])
    assert entry(matrix) == 1
    matrix[0] = 2
    assert entry(matrix) == 2


def test_what_raises_raises_again() -> None:
    divided = remembered(lambda e: 1 / (0 if e is x else 1))
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            divided(x)


def test_an_impostor_of_the_same_name_leaves_nothing_behind() -> None:
    class Positive(AppliedUndef):
        is_extended_positive = True

    honest, impostor = Function("f", real=True), UndefinedFunction("f", bases=(Positive,), real=True)
    assert impostor != honest and hash(impostor) == hash(honest)  # equal, as SymPy came
    parent = remembered(lambda head: head.__mro__[1])
    assert (parent(impostor), parent(honest)) == (Positive, AppliedUndef)
