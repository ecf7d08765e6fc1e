"""Whether a number that something is divided by is 0: SymPy compares nested roots by their spelling only."""

from sympy import Expr

from theory.proof.balls import sign
from theory.proof.theorem import NotProved
from theory.values import exact_number


def is_zero(value: Expr, name: str) -> bool:
    """Whether an exact number is 0.

    Raises:
        ValueError: the value is no finite real number, or its sign cannot be settled.
    """
    try:
        return sign(exact_number(value, name)) == 0
    except NotProved as undecided:
        raise ValueError(f"{name} is {value}, and whether it is 0 cannot be settled: {undecided}") from undecided


__all__ = ["is_zero"]
