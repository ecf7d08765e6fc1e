"""The last step of every proof: side conditions that follow from a statement's hypotheses are discharged, then it must match."""

from __future__ import annotations

from theory.proof.kernel import (
    cut,
    matches,
)
from theory.proof.reals import follows
from theory.proof.statement import Statement
from theory.proof.theorem import (
    Theorem,
)


def conclude(theorem: Theorem, statement: Statement) -> Theorem:
    """`theorem`, said exactly as `statement` says it.

    A hypothesis of the proof that the statement does not give (a denominator that is not zero, say) must follow from those it
    gives, by arithmetic.

    Raises:
        NotProved: a hypothesis does not follow, or the conclusions differ.

    Example:
        >>> from sympy import symbols
        >>> from theory.proof import identity
        >>> x = symbols("x", real=True)
        >>> inverse = identity((x**2 - 1) / (x - 1), x + 1)  # where x - 1 is not 0
        >>> conclude(inverse, Statement((x > 1,), inverse.then)).given
        (x > 1,)
    """
    for hypothesis in theorem.given:
        if hypothesis not in statement.given:
            side = follows(hypothesis, *statement.given, because="a side condition, from the hypotheses")
            theorem = cut(theorem, side)
    return matches(theorem, statement)
