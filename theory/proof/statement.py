"""A claim as a mathematical object: hypotheses and a conclusion, and the plausible wrong versions of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sympy import Expr, Integer, Rational, sympify
from sympy.core.relational import Eq, Ge, Gt, Le, Lt, Ne, Relational

from theory.proof.language import check_sorts
from theory.proof.logic import And, Boolean, Implies, conjuncts, is_relation, substitute

SWAPPED = {Le: Ge, Ge: Le, Lt: Gt, Gt: Lt, Eq: Ne, Ne: Eq}


@dataclass(frozen=True)
class Statement:
    """Every value of the free symbols that satisfies all of `given` satisfies `then`.

    Attributes:
        given: the hypotheses, complete: ranges with their end points, non-zero conditions, definitions used.
        then: the conclusion, a SymPy relation or Boolean; never simplified.
        source: the id of the claim it formalises, e.g. `nar-sastry:corollary-1`.
        amends: the printed form that this statement corrects, or None.
        why: one sentence for the reader: what the amendment changes.

    Raises:
        TypeError: `then` or a hypothesis is not a SymPy Boolean (e.g. Python's `True`, from a comparison SymPy evaluated).
        ValueError: a symbol hides an assumption, or two symbols share a name.

    Example:
        >>> from sympy import symbols
        >>> x = symbols("x", real=True)
        >>> Statement(given=(x > 1,), then=x**2 > x).then
        x**2 > x
    """

    given: tuple[Boolean, ...]
    then: Boolean
    source: str | None = None
    amends: Statement | None = field(default=None, compare=False)
    why: str = field(default="", compare=False)

    def __init__(
        self,
        given: Iterable[Any],
        then: Any,
        source: str | None = None,
        amends: Statement | None = None,
        why: str = "",
    ) -> None:
        hypotheses = tuple(sympify(h) for h in given)
        conclusion = sympify(then)
        for part in (*hypotheses, conclusion):
            if not is_relation(part):
                raise TypeError(f"a statement needs SymPy relations, found {part!r} of type {type(part).__name__}")
            if part in (True, False):
                raise TypeError(f"SymPy evaluated a part of the statement to {part}; use symbols with a sort only")
        check_sorts((*hypotheses, conclusion))
        for name, value in (("given", hypotheses), ("then", conclusion), ("source", source), ("amends", amends)):
            object.__setattr__(self, name, value)
        object.__setattr__(self, "why", why)

    @property
    def parts(self) -> tuple[Boolean, ...]:
        """The conclusion, split at its conjunctions."""
        return conjuncts(self.then)

    def amend(self, given: Iterable[Any] | None = None, then: Any = None, why: str = "") -> Statement:
        """The corrected statement: other hypotheses or another conclusion, tied to this printed form."""
        return Statement(
            self.given if given is None else given,
            self.then if then is None else then,
            self.source,
            amends=self,
            why=why,
        )

    # Mutants: plausible wrong variants. Each must be refuted by an exact instance.

    def with_then(self, then: Any) -> Statement:
        """The same hypotheses with another conclusion."""
        return Statement(self.given, then)

    def drop(self, *hypotheses: Any) -> Statement:
        """The statement without some hypotheses.

        Raises:
            ValueError: a hypothesis to drop is not among those given.
        """
        for h in hypotheses:
            if h not in self.given:
                raise ValueError(f"no hypothesis {h} to drop; given are {list(self.given)}")
        return Statement((h for h in self.given if h not in hypotheses), self.then)

    def replacing(self, mapping: Mapping[Any, Any]) -> Statement:
        """The statement with sub-expressions exchanged everywhere (another exponent, constant or sign)."""
        changed = Statement((substitute(h, mapping) for h in self.given), substitute(self.then, mapping))
        if changed == replace_source(self):
            raise ValueError(f"nothing to exchange: {list(mapping)} does not occur in the statement")
        return changed

    def with_constant(self, factor: Any) -> Statement:
        """The conclusion `a R b` with `b` times `factor` (a rational number)."""
        relation = self._relation()
        return self.with_then(relation.func(relation.lhs, relation.rhs * _exact(factor)))

    def swap_relation(self) -> Statement:
        """The conclusion with its relation reversed: <= for >=, < for >, != for =."""
        relation = self._relation()
        return self.with_then(SWAPPED[type(relation)](relation.lhs, relation.rhs))

    def _relation(self) -> Relational:
        if not isinstance(self.then, tuple(SWAPPED)):
            raise TypeError(f"the conclusion {self.then} is no single relation; build the mutant with `with_then`")
        return self.then

    def as_implication(self) -> Boolean:
        """One Boolean: all hypotheses imply the conclusion."""
        return Implies(And(*self.given, evaluate=False), self.then, evaluate=False)


def replace_source(statement: Statement) -> Statement:
    """The statement without its tie to a claim."""
    return Statement(statement.given, statement.then)


def _exact(value: Any) -> Expr:
    number = sympify(value)
    if not isinstance(number, (Integer, Rational)):
        raise TypeError(f"a mutant's constant must be rational, found {value!r}; write Rational(9, 10)")
    return number


__all__ = ["Statement"]
